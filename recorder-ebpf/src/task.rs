//! What a task says about itself.

use crate::emit::KERNEL_THREAD;
use crate::kernel::{ABSENT, Address, at, load, load_address, probe, probe_field};

/// `PF_KTHREAD` (include/linux/sched.h).
const PF_KTHREAD: u32 = 0x0020_0000;
/// `RLIMIT_NOFILE`, and the size of `struct rlimit`.
const RLIMIT_NOFILE: u32 = 7;
const RLIMIT_SIZE: u32 = 16;

/// Event flags that the task decides.
#[inline(always)]
pub fn flags(task: Address) -> u32 {
    if is_kernel_thread(task) { KERNEL_THREAD } else { 0 }
}

/// Whether this thread never was in user space.
#[inline(always)]
pub fn is_kernel_thread(task: Address) -> bool {
    load::<u32>(task, at::task_flags()) & PF_KTHREAD != 0
}

/// Process id, host pid namespace.
#[inline(always)]
pub fn tgid(task: Address) -> i32 {
    load(task, at::task_tgid())
}

/// Start of the task's process.
#[inline(always)]
pub fn start(task: Address) -> u64 {
    load(load_address(task, at::task_leader()), at::task_start())
}

/// Audit login user; "unset" on kernels without audit.
#[inline(always)]
pub fn loginuid(task: Address) -> u32 {
    if at::task_loginuid() == ABSENT { u32::MAX } else { load(task, at::task_loginuid()) }
}

/// A set of capabilities. Two halves: it was an array of two until Linux 6.3.
#[inline(always)]
pub fn caps(cred: Address, offset: u32) -> u64 {
    let low: u32 = load(cred, offset);
    let high: u32 = load(cred, offset.wrapping_add(4));
    u64::from(low) | u64::from(high) << 32
}

/// The `struct pid` of the task's process group or session.
#[inline(always)]
fn group_pid(task: Address, kind: u32) -> u64 {
    let signal = load_address(task, at::task_signal());
    load(signal, at::signal_pids().wrapping_add(kind.wrapping_mul(8)))
}

/// Number of a `struct pid` in the pid namespace at `level`.
#[inline(always)]
fn number(pid: u64, level: u32) -> i32 {
    if pid == 0 {
        return 0;
    }
    let upid = pid
        .wrapping_add(u64::from(at::pid_numbers()))
        .wrapping_add(u64::from(level).wrapping_mul(u64::from(at::upid_size())));
    probe_field(upid, at::upid_nr())
}

/// Depth of the task's own pid namespace.
#[inline(always)]
pub fn level(task: Address) -> u32 {
    probe_field(load(task, at::task_thread_pid()), at::pid_level())
}

/// Thread id in the pid namespace at `level`.
#[inline(always)]
pub fn vtid(task: Address, level: u32) -> i32 {
    number(load(task, at::task_thread_pid()), level)
}

/// Process id in the pid namespace at `level`.
#[inline(always)]
pub fn vpid(task: Address, level: u32) -> i32 {
    vtid(load_address(task, at::task_leader()), level)
}

/// Session id, host pid namespace.
#[inline(always)]
pub fn session(task: Address) -> u32 {
    number(group_pid(task, at::pid_type_sid()), 0) as u32
}

/// Process group, host pid namespace.
#[inline(always)]
pub fn pgid(task: Address) -> i32 {
    number(group_pid(task, at::pid_type_pgid()), 0)
}

/// Process group in the pid namespace at `level`; 0 if the group is not visible there.
#[inline(always)]
pub fn vpgid(task: Address, level: u32) -> i32 {
    let pid = group_pid(task, at::pid_type_pgid());
    let group_level: u32 = probe_field(pid, at::pid_level());
    if group_level < level { 0 } else { number(pid, level) }
}

/// The first process of the task's pid namespace, as an address to [`probe`].
#[inline(always)]
pub fn pidns_init(task: Address, level: u32) -> u64 {
    let pid: u64 = load(task, at::task_thread_pid());
    if pid == 0 {
        return 0;
    }
    let upid = pid
        .wrapping_add(u64::from(at::pid_numbers()))
        .wrapping_add(u64::from(level).wrapping_mul(u64::from(at::upid_size())));
    probe_field(probe_field::<u64>(upid, at::upid_ns()), at::pidns_reaper())
}

/// Start of the first process of the task's pid namespace.
#[inline(always)]
pub fn pidns_start(task: Address, level: u32) -> u64 {
    probe_field(pidns_init(task, level), at::task_start())
}

/// Controlling terminal, as in /proc/PID/stat; 0 for none.
#[inline(always)]
pub fn tty(task: Address) -> u32 {
    let signal = load_address(task, at::task_signal());
    let tty = load_address(signal, at::signal_tty());
    if tty.is_null() {
        return 0;
    }
    let driver = load_address(tty, at::tty_driver());
    let major: u32 = load(driver, at::tty_driver_major());
    let first: u32 = load(driver, at::tty_driver_minor_start());
    let index: u32 = load(tty, at::tty_index());
    let minor = first.wrapping_add(index);
    minor & 0xff | major << 8 | (minor & !0xff) << 12
}

/// Most descriptors the process may open.
#[inline(always)]
pub fn fdlimit(task: Address) -> u64 {
    let signal = load_address(task, at::task_signal());
    load(signal, at::signal_rlim().wrapping_add(RLIMIT_NOFILE * RLIMIT_SIZE))
}

/// Process id and start of a process known by address only.
#[inline(always)]
pub fn identity(task: u64) -> (i32, u64) {
    let leader: u64 = probe_field(task, at::task_leader());
    (probe_field(task, at::task_tgid()), probe_field(leader, at::task_start()))
}

/// The process that adopts the children of a process that ends: the nearest living ancestor that
/// asked for it, else the first of the pid namespace.
#[inline(always)]
pub fn reaper(task: Address) -> u64 {
    let bit = at::signal_subreaper_bit();
    if bit != ABSENT {
        let mut ancestor: u64 = load(task, at::task_parent());
        for _ in 0..16 {
            let signal: u64 = probe_field(ancestor, at::task_signal());
            if signal == 0 {
                break;
            }
            let byte: u8 = probe(signal.wrapping_add(u64::from(bit / 8)));
            if byte >> (bit % 8) & 1 != 0 {
                return ancestor;
            }
            let next: u64 = probe_field(ancestor, at::task_parent());
            if next == ancestor {
                break;
            }
            ancestor = next;
        }
    }
    pidns_init(task, level(task))
}
