//! Processes and threads that are made: both ends in one event.

use aya_ebpf::helpers::generated::bpf_task_pt_regs;
use capture_format::param::{BootTime, CloneFlags, Number, Pid, Tty};
use capture_format::schema::{EventType, raw};
use core::ptr::read_volatile;

use crate::cgroup;
use crate::dispatch::{inherit, is_compat, is_recorded};
use crate::emit::Writer;
use crate::kernel::{Address, Syscall, at, current, load, load_address, user};
use crate::task;

const PARAMS: usize = EventType::Clone.info().params.len();
/// Signal the child sends when it ends: the low byte of clone's flags.
const CSIGNAL: u64 = 0xff;
const CLONE_VM: u64 = 0x100;
const CLONE_VFORK: u64 = 0x4000;

/// Whether the helper that finds saved registers exists (Linux 5.15).
#[unsafe(no_mangle)]
pub static HAS_TASK_REGS: u32 = 0;
/// Numbers of the calls that make processes: clone, clone3, fork, vfork.
#[unsafe(no_mangle)]
static FORK_CALLS: [u32; 4] = [u32::MAX; 4];

/// The call the current thread is in; `None` for a kernel thread and where it cannot be known.
#[inline(always)]
pub fn current_call() -> Option<Syscall> {
    let task = current();
    // SAFETY: a static.
    if unsafe { read_volatile(&raw const HAS_TASK_REGS) } == 0 || task::is_kernel_thread(task) || is_compat()
    {
        return None;
    }
    // SAFETY: the task is the current one.
    let regs = unsafe { bpf_task_pt_regs(task as *mut _) };
    Some(Syscall::from_regs(regs as Address))
}

/// Kind of the event, and the flags the caller gave.
#[inline(always)]
fn cause() -> (EventType, u64) {
    let Some(call) = current_call() else { return (EventType::Clone, 0) };
    let number = call.number() as u32;
    // SAFETY: a static.
    let [clone, clone3, fork, vfork] = unsafe { read_volatile(&raw const FORK_CALLS) };
    if number == clone {
        (EventType::Clone, call.arg(0) & !CSIGNAL)
    } else if number == clone3 {
        // struct clone_args starts with the flags.
        (EventType::Clone3, user(call.arg(0)).unwrap_or_default())
    } else if number == fork {
        (EventType::Fork, 0)
    } else if number == vfork {
        (EventType::Vfork, CLONE_VFORK | CLONE_VM)
    } else {
        (EventType::Clone, 0)
    }
}

/// Relies on: TRACE_EVENT(sched_process_fork, struct task_struct *parent, struct task_struct *child)
#[unsafe(no_mangle)]
#[unsafe(link_section = "tp_btf/sched_process_fork")]
fn fork(ctx: *const u64) -> i32 {
    // SAFETY: the tracepoint's second argument.
    let child = unsafe { read_volatile(ctx.add(1)) } as Address;
    let caller = current();
    inherit(task::tgid(caller) as u32, task::tgid(child) as u32);
    if !is_recorded() {
        return 0;
    }
    let child_cgroup = cgroup::announce(child);
    let Some(mut out) = Writer::new(0, PARAMS) else { return 0 };
    let (event_type, flags) = cause();
    let level = task::level(child);
    let parent = load_address(child, at::task_parent());
    let comm = out.kernel_str((child as u64).wrapping_add(u64::from(at::task_comm())), 15);
    // The four events have the same parameters; `Clone` stands for all.
    let event = raw::Clone {
        res: Pid(load(child, at::task_pid())).into(),
        flags: CloneFlags(flags).into(),
        vtid: Pid(task::vtid(child, level)).into(),
        vpid: Pid(task::vpid(child, level)).into(),
        pidns_init_start_ts: BootTime(task::pidns_start(child, level)).into(),
        child_pid: Pid(task::tgid(child)).into(),
        child_start: BootTime(task::start(child)).into(),
        parent_pid: Pid(task::tgid(parent)).into(),
        parent_start: BootTime(task::start(parent)).into(),
        child_cgroup: Number(child_cgroup).into(),
        comm,
        tty: Tty(task::tty(child)).into(),
        child_session: Pid(task::session(child) as i32).into(),
        pgid: Pid(task::pgid(child)).into(),
        vpgid: Pid(task::vpgid(child, level)).into(),
    };
    let present = event.encode(&mut out);
    out.head(caller, cgroup::key(caller));
    out.send_critical(event_type, present);
    0
}
