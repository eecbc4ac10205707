//! Kernel modules.

use capture_format::param::{Fd, ModuleFlags, Number, OpenFlags};

use super::{descriptor, res, syscall};

/// Longest module parameters that are kept.
const PARAMETERS_MAX: u32 = 1024;
/// Longest name of a module.
const NAME_MAX: u32 = 64;

syscall! {
    /// Relies on: long sys_init_module(void __user *umod, unsigned long len, const char __user *uargs)
    fn init_module(call, out, caller) -> InitModule {
        InitModule {
            res: res(call),
            length: Number(call.arg(1)).into(),
            uargs: out.user_str_max(call.arg(2), PARAMETERS_MAX),
        }
    }

    /// Relies on: long sys_finit_module(int fd, const char __user *uargs, int flags)
    fn finit_module(call, out, caller) -> FinitModule {
        let fd = call.arg(0) as i32;
        FinitModule {
            res: res(call),
            fd: Fd(fd).into(),
            uargs: out.user_str_max(call.arg(1), PARAMETERS_MAX),
            flags: ModuleFlags(call.arg(2) as u32).into(),
            file: descriptor(out, caller, fd),
        }
    }

    /// Relies on: long sys_delete_module(const char __user *name_user, unsigned int flags)
    fn delete_module(call, out, caller) -> DeleteModule {
        DeleteModule {
            res: res(call),
            name: out.user_str_max(call.arg(0), NAME_MAX),
            flags: OpenFlags(call.arg(1) as u32).into(),
        }
    }
}
