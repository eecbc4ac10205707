//! Permissions and owners of files.

use capture_format::param::{AtFlags, Fd, Gid, Mode, Uid};

use super::{AT_FDCWD, UserPath, descriptor, res, syscall, user_path};

syscall! {
    /// Relies on: long sys_chmod(const char __user *filename, umode_t mode)
    fn chmod(call, out, caller) -> Chmod {
        let UserPath { path, dir } = user_path(out, caller, AT_FDCWD, call.arg(0));
        Chmod { res: res(call), filename: path, mode: Mode(call.arg(1) as u32).into(), dir }
    }

    /// Relies on: long sys_fchmod(unsigned int fd, umode_t mode)
    fn fchmod(call, out, caller) -> Fchmod {
        let fd = call.arg(0) as i32;
        Fchmod {
            res: res(call),
            fd: Fd(fd).into(),
            mode: Mode(call.arg(1) as u32).into(),
            file: descriptor(out, caller, fd),
        }
    }

    /// Relies on: long sys_fchmodat(int dfd, const char __user *filename, umode_t mode)
    fn fchmodat(call, out, caller) -> Fchmodat {
        let dirfd = call.arg(0) as i32;
        let UserPath { path, dir } = user_path(out, caller, dirfd, call.arg(1));
        Fchmodat {
            res: res(call),
            dirfd: Fd(dirfd).into(),
            filename: path,
            mode: Mode(call.arg(2) as u32).into(),
            dir,
        }
    }

    /// Relies on: long sys_fchmodat2(int dfd, const char __user *filename, umode_t mode, unsigned int flags)
    fn fchmodat2(call, out, caller) -> Fchmodat2 {
        let dirfd = call.arg(0) as i32;
        let UserPath { path, dir } = user_path(out, caller, dirfd, call.arg(1));
        Fchmodat2 {
            res: res(call),
            dirfd: Fd(dirfd).into(),
            filename: path,
            mode: Mode(call.arg(2) as u32).into(),
            flags: AtFlags(call.arg(3) as u32).into(),
            dir,
        }
    }

    /// Relies on: long sys_chown(const char __user *filename, uid_t user, gid_t group)
    fn chown(call, out, caller) -> Chown {
        let UserPath { path, dir } = user_path(out, caller, AT_FDCWD, call.arg(0));
        Chown {
            res: res(call),
            path,
            uid: Uid(call.arg(1) as u32).into(),
            gid: Gid(call.arg(2) as u32).into(),
            dir,
        }
    }

    /// Relies on: long sys_lchown(const char __user *filename, uid_t user, gid_t group)
    fn lchown(call, out, caller) -> Lchown {
        let UserPath { path, dir } = user_path(out, caller, AT_FDCWD, call.arg(0));
        Lchown {
            res: res(call),
            path,
            uid: Uid(call.arg(1) as u32).into(),
            gid: Gid(call.arg(2) as u32).into(),
            dir,
        }
    }

    /// Relies on: long sys_fchown(unsigned int fd, uid_t user, gid_t group)
    fn fchown(call, out, caller) -> Fchown {
        let fd = call.arg(0) as i32;
        Fchown {
            res: res(call),
            fd: Fd(fd).into(),
            uid: Uid(call.arg(1) as u32).into(),
            gid: Gid(call.arg(2) as u32).into(),
            file: descriptor(out, caller, fd),
        }
    }

    /// Relies on: long sys_fchownat(int dfd, const char __user *filename, uid_t user, gid_t group, int flag)
    fn fchownat(call, out, caller) -> Fchownat {
        let dirfd = call.arg(0) as i32;
        let UserPath { path, dir } = user_path(out, caller, dirfd, call.arg(1));
        Fchownat {
            res: res(call),
            dirfd: Fd(dirfd).into(),
            pathname: path,
            uid: Uid(call.arg(2) as u32).into(),
            gid: Gid(call.arg(3) as u32).into(),
            flags: AtFlags(call.arg(4) as u32).into(),
            dir,
        }
    }
}
