//! Descriptors that are duplicated, and files in memory.

use capture_format::param::{DupFlags, Fd, MemfdFlags};

use super::{descriptor, new_fd, syscall};

/// Longest name of a memfd: the kernel refuses longer ones.
const MEMFD_NAME_MAX: u32 = 250;

syscall! {
    /// Relies on: long sys_dup(unsigned int fildes)
    fn dup(call, out, caller) -> Dup {
        Dup {
            res: new_fd(call),
            oldfd: Fd(call.arg(0) as i32).into(),
            file: descriptor(out, caller, call.ret() as i32),
        }
    }

    /// Relies on: long sys_dup2(unsigned int oldfd, unsigned int newfd)
    fn dup2(call, out, caller) -> Dup2 {
        Dup2 {
            res: new_fd(call),
            oldfd: Fd(call.arg(0) as i32).into(),
            newfd: Fd(call.arg(1) as i32).into(),
            file: descriptor(out, caller, call.ret() as i32),
        }
    }

    /// Relies on: long sys_dup3(unsigned int oldfd, unsigned int newfd, int flags)
    fn dup3(call, out, caller) -> Dup3 {
        Dup3 {
            res: new_fd(call),
            oldfd: Fd(call.arg(0) as i32).into(),
            newfd: Fd(call.arg(1) as i32).into(),
            flags: DupFlags(call.arg(2) as u32).into(),
            file: descriptor(out, caller, call.ret() as i32),
        }
    }

    /// Relies on: long sys_memfd_create(const char __user *uname_ptr, unsigned int flags)
    fn memfd_create(call, out, caller) -> MemfdCreate {
        MemfdCreate {
            fd: new_fd(call),
            name: out.user_str_max(call.arg(0), MEMFD_NAME_MAX),
            flags: MemfdFlags(call.arg(1) as u32).into(),
        }
    }
}
