//! Programs that are started, and those that could not be.

use capture_format::param::{
    Argv, BootTime, Caps, Device, Env, ExeFlags, Gid, KernelPath, Number, Path, Pid, Res, Text, Tty,
    WallTime, exe_flags,
};
use capture_format::record::Slot;
use capture_format::schema::{EventType, raw};
use core::ptr::read_volatile;

use super::fork::current_call;
use super::syscall;
use crate::cgroup;
use crate::dispatch::is_recorded;
use crate::emit::{STRING_MAX, Writer, room};
use crate::kernel::{ABSENT, Address, Syscall, at, load, load_address, probe_field, user};
use crate::path::{self, Place, Walked, fs_of};
use crate::sock::{self, Inode};
use crate::task;
use aya_ebpf::helpers::generated::bpf_probe_read_user_str;
use capture_format::descriptor::flags;

const PARAMS: usize = EventType::Execve.info().params.len();
/// Capabilities that overrule permissions.
const CAP_DAC_OVERRIDE: u64 = 1 << 1;
const S_IWUSR: u32 = 0o200;
const S_IWGRP: u32 = 0o020;
const S_IWOTH: u32 = 0o002;
/// Most arguments of a failed exec that are followed.
const ARGS_MAX: u64 = 20;
/// Longest such argument.
const ARG_MAX: u32 = 512;

/// Number of execveat(2).
#[unsafe(no_mangle)]
static EXECVEAT_CALL: u32 = u32::MAX;

/// The executable of a memory map.
struct Executable {
    path: Slot<KernelPath>,
    flags: u32,
    inode: Option<Inode>,
}

#[inline(always)]
fn executable(out: &mut Writer, task: Address, mm: Address) -> Executable {
    let file = load_address(mm, at::mm_exe_file());
    if file.is_null() {
        return Executable { path: Slot::absent(), flags: 0, inode: None };
    }
    let inode = Inode::at(load(file, at::file_inode()));
    let place = Place::of_file(file as u64);
    let walked = path::walk(out, place, Place::root(fs_of(task)));
    let mut bits = 0;
    let layer = inode.layer();
    if layer & flags::UPPER_LAYER != 0 {
        bits |= exe_flags::UPPER_LAYER;
    }
    if layer & flags::LOWER_LAYER != 0 {
        bits |= exe_flags::LOWER_LAYER;
    }
    if is_memfd(out, &walked) {
        bits |= exe_flags::FROM_MEMFD;
    }
    if is_writable(task, &inode) {
        bits |= exe_flags::WRITABLE;
    }
    let cut = u32::from(walked.flags & flags::PATH_CUT != 0);
    let path = Slot::stored(walked.start as usize, walked.len as usize, walked.len as u32 + cut);
    Executable { path, flags: bits, inode: Some(inode) }
}

#[inline(always)]
fn is_memfd(out: &Writer, walked: &Walked) -> bool {
    let Some(start) = room(walked.start, 8) else { return false };
    // SAFETY: `room` made sure that 8 bytes fit.
    let first = unsafe { out.buffer().add(start as usize).cast::<u64>().read_unaligned() };
    walked.unattached && first & 0xffff_ffff_ffff == u64::from_le_bytes(*b"memfd:\0\0")
}

/// Whether the user of `task` may write the file, by its permissions and capabilities. Access
/// control lists, supplementary groups and read-only mounts are not looked at.
#[inline(always)]
fn is_writable(task: Address, inode: &Inode) -> bool {
    let cred = load_address(task, at::task_cred());
    if task::caps(cred, at::cred_cap_effective()) & CAP_DAC_OVERRIDE != 0 {
        return true;
    }
    let uid: u32 = probe_field(inode.address, at::inode_uid());
    let gid: u32 = probe_field(inode.address, at::inode_gid());
    let needed = if load::<u32>(cred, at::cred_fsuid()) == uid {
        S_IWUSR
    } else if load::<u32>(cred, at::cred_fsgid()) == gid {
        S_IWGRP
    } else {
        S_IWOTH
    };
    inode.mode & needed != 0
}

/// A time of an inode, ns since 1970.
#[inline(always)]
fn inode_time(inode: &Inode, sec: u32, nsec: u32) -> Slot<WallTime> {
    if sec == ABSENT || nsec == ABSENT {
        return Slot::absent();
    }
    let sec: i64 = probe_field(inode.address, sec);
    let nsec: u32 = probe_field(inode.address, nsec);
    WallTime(sec.wrapping_mul(1_000_000_000).wrapping_add(i64::from(nsec))).into()
}

/// What an exec's event says, as far as the task itself knows; arguments, environment, given path
/// and standard descriptors come from elsewhere. Serves the listing of processes, too.
#[inline(always)]
pub fn exec_parameters(
    out: &mut Writer,
    task: Address,
    res: Slot<Res>,
    argv: Slot<Argv>,
    env: Slot<Env>,
    filename: Slot<Path>,
) -> raw::Execve {
    let mm = load_address(task, at::task_mm());
    let exe = executable(out, task, mm);
    let cwd = path::slot(out, Place::cwd(fs_of(task)), Place::root(fs_of(task)));
    let comm: Slot<Text> = out.kernel_str((task as u64).wrapping_add(u64::from(at::task_comm())), 15);
    let cred = load_address(task, at::task_cred());
    let parent = load_address(task, at::task_parent());
    let level = task::level(task);
    let (exe_ino, exe_dev, ctime, mtime) = match &exe.inode {
        Some(inode) => (
            Number(inode.ino).into(),
            Device(inode.dev).into(),
            inode_time(inode, at::inode_ctime_sec(), at::inode_ctime_nsec()),
            inode_time(inode, at::inode_mtime_sec(), at::inode_mtime_nsec()),
        ),
        None => (Slot::absent(), Slot::absent(), Slot::absent(), Slot::absent()),
    };
    raw::Execve {
        res,
        argv,
        env,
        ptid: Pid(task::tgid(parent)).into(),
        cwd,
        comm,
        tty: Tty(task::tty(task)).into(),
        vpgid: Pid(task::vpgid(task, level)).into(),
        flags: ExeFlags(exe.flags).into(),
        cap_inheritable: Caps(task::caps(cred, at::cred_cap_inheritable())).into(),
        exe_ino,
        exe_ino_ctime: ctime,
        exe_ino_mtime: mtime,
        trusted_exepath: exe.path,
        pgid: Pid(task::pgid(task)).into(),
        filename,
        pstart: BootTime(task::start(parent)).into(),
        vpid: Pid(task::vpid(task, level)).into(),
        vtid: Pid(task::vtid(task, level)).into(),
        pidns_start: BootTime(task::pidns_start(task, level)).into(),
        exe_dev,
        fdlimit: Number(task::fdlimit(task)).into(),
        rgid: Gid(load(cred, at::cred_gid())).into(),
        stdin: Slot::absent(),
        stdout: Slot::absent(),
        stderr: Slot::absent(),
    }
}

/// Appends a region of strings, each ended by NUL, without the last NUL.
#[inline(always)]
fn region<T: capture_format::param::Param>(out: &mut Writer, start: u64, end: u64) -> Slot<T> {
    if end <= start || start == 0 {
        return Slot::absent();
    }
    out.user_bytes(start, end - start - 1, STRING_MAX)
}

/// Relies on: TRACE_EVENT(sched_process_exec, struct task_struct *p, pid_t old_pid, struct linux_binprm *bprm)
#[unsafe(no_mangle)]
#[unsafe(link_section = "tp_btf/sched_process_exec")]
fn exec(ctx: *const u64) -> i32 {
    // SAFETY: the tracepoint's first and third argument.
    let (task, bprm) = unsafe { (read_volatile(ctx) as Address, read_volatile(ctx.add(2)) as Address) };
    if !is_recorded() {
        return 0;
    }
    let key = cgroup::announce(task);
    let Some(mut out) = Writer::new(0, PARAMS) else { return 0 };
    let mm = load_address(task, at::task_mm());
    let argv = region(&mut out, load(mm, at::mm_arg_start()), load(mm, at::mm_arg_end()));
    let env = region(&mut out, load(mm, at::mm_env_start()), load(mm, at::mm_env_end()));
    let filename = out.kernel_str(load(bprm, at::bprm_filename()), STRING_MAX);
    // Descriptors that close on exec are closed by now.
    let [stdin, stdout, stderr] = sock::standard(&mut out, task);
    let event = exec_parameters(&mut out, task, Res(0).into(), argv, env, filename);
    let event = raw::Execve { stdin, stdout, stderr, ..event };
    let present = event.encode(&mut out);
    // SAFETY: a static.
    let execveat = i64::from(unsafe { read_volatile(&raw const EXECVEAT_CALL) });
    let event_type = match current_call() {
        Some(call) if call.number() == execveat => EventType::Execveat,
        _ => EventType::Execve,
    };
    out.head(task, key);
    out.send_critical(event_type, present);
    0
}

/// Appends the arguments of a failed exec, as the caller passed them.
#[inline(always)]
fn passed_argv(out: &mut Writer, array: u64) -> Slot<Argv> {
    let start = out.end();
    let mut whole = false;
    for index in 0..ARGS_MAX {
        let Some(argument) = user::<u64>(array.wrapping_add(index * 8)) else { break };
        if argument == 0 {
            whole = true;
            break;
        }
        if out.end().wrapping_sub(start) > u64::from(STRING_MAX - ARG_MAX) {
            break;
        }
        let Some(place) = out.room(ARG_MAX) else { break };
        // SAFETY: `room` made sure that ARG_MAX bytes fit.
        let n = unsafe {
            bpf_probe_read_user_str(out.buffer().add(place as usize).cast(), ARG_MAX, argument as *const _)
        };
        if n <= 0 {
            break;
        }
        out.set_end(place + (n as u64 & 0x3ff));
    }
    let end = out.end();
    let whole = out.forget(u64::from(whole)) != 0;
    if end == start {
        return Slot::absent();
    }
    // Without the last NUL.
    let len = (end - 1).wrapping_sub(start) & 0x7fff;
    out.set_end(start + len);
    Slot::stored(start as usize, len as usize, len as u32 + !whole as u32)
}

/// A failed exec: the caller goes on as what it was.
#[inline(always)]
fn failed(call: &Syscall, out: &mut Writer, task: Address, path: u64, argv: u64) -> Option<raw::Execve> {
    // A successful one was recorded as it happened.
    if call.ret() >= 0 {
        return None;
    }
    let filename = out.user_str(path);
    let argv = passed_argv(out, argv);
    let res = Res(call.ret()).into();
    Some(exec_parameters(out, task, res, argv, Slot::absent(), filename))
}

syscall! {
    /// Relies on: long sys_execve(const char __user *filename, const char __user *const __user *argv, ...)
    fn execve(call, out, caller) -> Execve {
        failed(call, out, caller.task(), call.arg(0), call.arg(1))?
    }
}

/// Relies on: long sys_execveat(int dfd, const char __user *filename, const char __user *const __user *argv, ...)
#[unsafe(no_mangle)]
#[unsafe(link_section = "tp_btf/sys_exit")]
fn execveat(ctx: *const u64) -> i32 {
    let call = Syscall::from_exit(ctx);
    let Some(mut out) = Writer::new(0, PARAMS) else { return 0 };
    let task = crate::kernel::current();
    if let Some(event) = failed(&call, &mut out, task, call.arg(1), call.arg(2)) {
        let present = event.encode(&mut out);
        out.send(EventType::Execveat, present);
    }
    0
}
