//! What processes do to themselves and to each other.

use capture_format::param::{
    CloneFlags, Fd, Hex, NewFd, NsType, OpenFlags, Pid, PrctlOption, PtraceRequest, Signal, Signed,
};
use capture_format::record::Slot;

use super::{descriptor, new_fd, res, syscall};
use crate::task;

/// `PR_SET_NAME`: the only request of prctl(2) that is recorded.
const PR_SET_NAME: u32 = 15;
/// Longest command name.
const COMM_MAX: u32 = 15;
/// `PTRACE_TRACEME`: asks about no process.
const PTRACE_TRACEME: u64 = 0;

syscall! {
    /// Relies on: long sys_setns(int fd, int nstype)
    fn setns(call, out, caller) -> Setns {
        let fd = call.arg(0) as i32;
        Setns {
            res: res(call),
            fd: Fd(fd).into(),
            nstype: NsType(call.arg(1) as u32).into(),
            file: descriptor(out, caller, fd),
        }
    }

    /// Relies on: long sys_unshare(unsigned long unshare_flags)
    fn unshare(call, out, caller) -> Unshare {
        Unshare { res: res(call), flags: CloneFlags(call.arg(0)).into() }
    }

    /// Relies on: long sys_ptrace(long request, long pid, unsigned long addr, unsigned long data)
    fn ptrace(call, out, caller) -> Ptrace {
        let request = call.arg(0);
        let pid = call.arg(1) as i32;
        // Pids need no translation in the host's own namespace. In another one the caller's
        // numbering is all there is.
        let target = if request != PTRACE_TRACEME && task::level(caller.task()) == 0 {
            Pid(pid).into()
        } else {
            Slot::absent()
        };
        Ptrace {
            res: res(call),
            request: PtraceRequest(request).into(),
            addr: Hex(call.arg(2)).into(),
            data: Hex(call.arg(3)).into(),
            pid: Pid(pid).into(),
            target_pid: target,
        }
    }

    /// Relies on: long sys_prctl(int option, unsigned long arg2, ...)
    fn prctl(call, out, caller) -> Prctl {
        let option = call.arg(0) as u32;
        if option != PR_SET_NAME {
            return None;
        }
        Prctl {
            res: res(call),
            option: PrctlOption(option).into(),
            arg2_str: out.user_str_max(call.arg(1), COMM_MAX),
            arg2_int: Signed(call.arg(1) as i64).into(),
        }
    }

    /// Relies on: long sys_kill(pid_t pid, int sig)
    fn kill(call, out, caller) -> Kill {
        Kill {
            res: res(call),
            pid: Pid(call.arg(0) as i32).into(),
            sig: Signal(call.arg(1) as u32).into(),
        }
    }

    /// Relies on: long sys_tkill(pid_t pid, int sig)
    fn tkill(call, out, caller) -> Tkill {
        Tkill {
            res: res(call),
            tid: Pid(call.arg(0) as i32).into(),
            sig: Signal(call.arg(1) as u32).into(),
        }
    }

    /// Relies on: long sys_tgkill(pid_t tgid, pid_t pid, int sig)
    fn tgkill(call, out, caller) -> Tgkill {
        Tgkill {
            res: res(call),
            pid: Pid(call.arg(0) as i32).into(),
            tid: Pid(call.arg(1) as i32).into(),
            sig: Signal(call.arg(2) as u32).into(),
        }
    }

    /// Relies on: long sys_setsid(void)
    fn setsid(call, out, caller) -> Setsid {
        Setsid { res: res(call) }
    }

    /// Relies on: long sys_setpgid(pid_t pid, pid_t pgid)
    fn setpgid(call, out, caller) -> Setpgid {
        let task = caller.task();
        Setpgid {
            res: res(call),
            pid: Pid(call.arg(0) as i32).into(),
            pgid: Pid(call.arg(1) as i32).into(),
            new_pgid: Pid(task::pgid(task)).into(),
            new_vpgid: Pid(task::vpgid(task, task::level(task))).into(),
        }
    }

    /// Relies on: long sys_userfaultfd(int flags)
    fn userfaultfd(call, out, caller) -> Userfaultfd {
        Userfaultfd { res: new_fd(call), flags: OpenFlags(call.arg(0) as u32).into() }
    }

    /// Relies on: long sys_bpf(int cmd, union bpf_attr __user *attr, unsigned int size)
    fn bpf(call, out, caller) -> Bpf {
        Bpf {
            fd: NewFd(call.ret()).into(),
            cmd: capture_format::param::BpfCommand(call.arg(0) as u32).into(),
        }
    }
}
