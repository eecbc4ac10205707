//! Threads that end.

use capture_format::param::{BootTime, Flag, Pid, Signal, Signed};
use capture_format::record::Slot;
use capture_format::schema::{EventType, raw::Procexit};
use core::ptr::read_volatile;

use crate::cgroup;
use crate::dispatch::{forget, is_recorded};
use crate::emit::Writer;
use crate::kernel::{ABSENT, Address, at, load, load_address};
use crate::task;

const PARAMS: usize = EventType::Procexit.info().params.len();
/// Bit of a wait status: memory was dumped.
const CORE: u32 = 0x80;

/// Relies on: TRACE_EVENT(sched_process_exit, struct task_struct *p, ...)
#[unsafe(no_mangle)]
#[unsafe(link_section = "tp_btf/sched_process_exit")]
fn exit(ctx: *const u64) -> i32 {
    // SAFETY: the tracepoint's first argument.
    let task = unsafe { read_volatile(ctx) } as Address;
    if !is_recorded() {
        return 0;
    }
    let Some(mut out) = Writer::new(0, PARAMS) else { return 0 };
    let signal = load_address(task, at::task_signal());
    let group_dead = at::signal_live() != ABSENT && load::<u32>(signal, at::signal_live()) == 0;
    let code: u32 = load(task, at::task_exit_code());
    let (reaper_tid, reaper_start): (Slot<Pid>, Slot<BootTime>) = if group_dead {
        let (pid, start) = task::identity(task::reaper(task));
        (Pid(pid).into(), BootTime(start).into())
    } else {
        (Slot::absent(), Slot::absent())
    };
    let event = Procexit {
        status: Signed(i64::from(code)).into(),
        ret: Signed(i64::from(code >> 8 & 0xff)).into(),
        sig: Signal(code & 0x7f).into(),
        core: Flag((code & CORE != 0) as u8).into(),
        reaper_tid,
        reaper_start,
        group_dead: Flag(group_dead as u8).into(),
    };
    let present = event.encode(&mut out);
    out.head(task, cgroup::key(task));
    out.send(EventType::Procexit, present);
    if group_dead {
        forget(task::tgid(task) as u32);
    }
    0
}
