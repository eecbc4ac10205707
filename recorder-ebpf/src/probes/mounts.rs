//! Mounts, and the directories a process calls its own.

use capture_format::param::{Fd, MountFlags, UmountFlags};

use super::{AT_FDCWD, UserPath, res, syscall, user_path};
use crate::path::{self, Place};

/// Longest kind of file system.
const FS_TYPE_MAX: u32 = 64;

syscall! {
    /// Relies on: long sys_mount(char __user *dev_name, char __user *dir_name, char __user *type, unsigned long flags, void __user *data)
    fn mount(call, out, caller) -> Mount {
        let dev = out.user_str(call.arg(0));
        let UserPath { path, dir } = user_path(out, caller, AT_FDCWD, call.arg(1));
        Mount {
            res: res(call),
            dev,
            dir: path,
            r#type: out.user_str_max(call.arg(2), FS_TYPE_MAX),
            flags: MountFlags(call.arg(3)).into(),
            at_dir: dir,
        }
    }

    /// Relies on: long sys_umount(char __user *name, int flags)
    fn umount2(call, out, caller) -> Umount2 {
        let UserPath { path, dir } = user_path(out, caller, AT_FDCWD, call.arg(0));
        Umount2 { res: res(call), name: path, flags: UmountFlags(call.arg(1) as u32).into(), dir }
    }

    /// Relies on: long sys_chdir(const char __user *filename)
    fn chdir(call, out, caller) -> Chdir {
        let path = out.user_str(call.arg(0));
        let cwd = path::slot(out, caller.cwd(), caller.root());
        Chdir { res: res(call), path, cwd }
    }

    /// Relies on: long sys_fchdir(unsigned int fd)
    fn fchdir(call, out, caller) -> Fchdir {
        let cwd = path::slot(out, caller.cwd(), caller.root());
        Fchdir { res: res(call), fd: Fd(call.arg(0) as i32).into(), cwd }
    }

    /// Relies on: long sys_chroot(const char __user *filename)
    fn chroot(call, out, caller) -> Chroot {
        let path = out.user_str(call.arg(0));
        // As the host sees it: not stopped at any root.
        let root = path::slot(out, caller.root(), Place::NOWHERE);
        Chroot { res: res(call), path, root }
    }

    /// Relies on: long sys_pivot_root(const char __user *new_root, const char __user *put_old)
    fn pivot_root(call, out, caller) -> PivotRoot {
        let new_root = out.user_str(call.arg(0));
        let put_old = out.user_str(call.arg(1));
        PivotRoot { res: res(call), new_root, put_old }
    }
}
