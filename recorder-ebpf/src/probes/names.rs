//! Names of files: made, moved, removed.

use capture_format::param::{AtFlags, Fd, Mode, RenameFlags, UnlinkFlags};

use super::{AT_FDCWD, UserPath, res, syscall, user_path};

syscall! {
    /// Relies on: long sys_rename(const char __user *oldname, const char __user *newname)
    fn rename(call, out, caller) -> Rename {
        let old = user_path(out, caller, AT_FDCWD, call.arg(0));
        let new = user_path(out, caller, AT_FDCWD, call.arg(1));
        Rename {
            res: res(call),
            oldpath: old.path,
            newpath: new.path,
            olddir_path: old.dir,
            newdir_path: new.dir,
        }
    }

    /// Relies on: long sys_renameat(int olddfd, const char __user *oldname, int newdfd, const char __user *newname)
    fn renameat(call, out, caller) -> Renameat {
        let (olddir, newdir) = (call.arg(0) as i32, call.arg(2) as i32);
        let old = user_path(out, caller, olddir, call.arg(1));
        let new = user_path(out, caller, newdir, call.arg(3));
        Renameat {
            res: res(call),
            olddirfd: Fd(olddir).into(),
            oldpath: old.path,
            newdirfd: Fd(newdir).into(),
            newpath: new.path,
            olddir_path: old.dir,
            newdir_path: new.dir,
        }
    }

    /// Relies on: long sys_renameat2(int olddfd, const char __user *oldname, int newdfd, const char __user *newname, unsigned int flags)
    fn renameat2(call, out, caller) -> Renameat2 {
        let (olddir, newdir) = (call.arg(0) as i32, call.arg(2) as i32);
        let old = user_path(out, caller, olddir, call.arg(1));
        let new = user_path(out, caller, newdir, call.arg(3));
        Renameat2 {
            res: res(call),
            olddirfd: Fd(olddir).into(),
            oldpath: old.path,
            newdirfd: Fd(newdir).into(),
            newpath: new.path,
            flags: RenameFlags(call.arg(4) as u32).into(),
            olddir_path: old.dir,
            newdir_path: new.dir,
        }
    }

    /// Relies on: long sys_unlink(const char __user *pathname)
    fn unlink(call, out, caller) -> Unlink {
        let UserPath { path, dir } = user_path(out, caller, AT_FDCWD, call.arg(0));
        Unlink { res: res(call), path, dir }
    }

    /// Relies on: long sys_unlinkat(int dfd, const char __user *pathname, int flag)
    fn unlinkat(call, out, caller) -> Unlinkat {
        let dirfd = call.arg(0) as i32;
        let UserPath { path, dir } = user_path(out, caller, dirfd, call.arg(1));
        Unlinkat {
            res: res(call),
            dirfd: Fd(dirfd).into(),
            name: path,
            flags: UnlinkFlags(call.arg(2) as u32).into(),
            dir,
        }
    }

    /// Relies on: long sys_link(const char __user *oldname, const char __user *newname)
    fn link(call, out, caller) -> Link {
        let old = user_path(out, caller, AT_FDCWD, call.arg(0));
        let new = user_path(out, caller, AT_FDCWD, call.arg(1));
        Link {
            res: res(call),
            oldpath: old.path,
            newpath: new.path,
            olddir_path: old.dir,
            newdir_path: new.dir,
        }
    }

    /// Relies on: long sys_linkat(int olddfd, const char __user *oldname, int newdfd, const char __user *newname, int flags)
    fn linkat(call, out, caller) -> Linkat {
        let (olddir, newdir) = (call.arg(0) as i32, call.arg(2) as i32);
        let old = user_path(out, caller, olddir, call.arg(1));
        let new = user_path(out, caller, newdir, call.arg(3));
        Linkat {
            res: res(call),
            olddir: Fd(olddir).into(),
            oldpath: old.path,
            newdir: Fd(newdir).into(),
            newpath: new.path,
            flags: AtFlags(call.arg(4) as u32).into(),
            olddir_path: old.dir,
            newdir_path: new.dir,
        }
    }

    /// Relies on: long sys_symlink(const char __user *old, const char __user *new)
    fn symlink(call, out, caller) -> Symlink {
        let target = out.user_str(call.arg(0));
        let UserPath { path, dir } = user_path(out, caller, AT_FDCWD, call.arg(1));
        Symlink { res: res(call), target, linkpath: path, dir }
    }

    /// Relies on: long sys_symlinkat(const char __user *oldname, int newdfd, const char __user *newname)
    fn symlinkat(call, out, caller) -> Symlinkat {
        let dirfd = call.arg(1) as i32;
        let target = out.user_str(call.arg(0));
        let UserPath { path, dir } = user_path(out, caller, dirfd, call.arg(2));
        Symlinkat { res: res(call), target, linkdirfd: Fd(dirfd).into(), linkpath: path, dir }
    }

    /// Relies on: long sys_mkdir(const char __user *pathname, umode_t mode)
    fn mkdir(call, out, caller) -> Mkdir {
        let UserPath { path, dir } = user_path(out, caller, AT_FDCWD, call.arg(0));
        Mkdir { res: res(call), path, mode: Mode(call.arg(1) as u32).into(), dir }
    }

    /// Relies on: long sys_mkdirat(int dfd, const char __user *pathname, umode_t mode)
    fn mkdirat(call, out, caller) -> Mkdirat {
        let dirfd = call.arg(0) as i32;
        let UserPath { path, dir } = user_path(out, caller, dirfd, call.arg(1));
        Mkdirat { res: res(call), dirfd: Fd(dirfd).into(), path, mode: Mode(call.arg(2) as u32).into(), dir }
    }

    /// Relies on: long sys_rmdir(const char __user *pathname)
    fn rmdir(call, out, caller) -> Rmdir {
        let UserPath { path, dir } = user_path(out, caller, AT_FDCWD, call.arg(0));
        Rmdir { res: res(call), path, dir }
    }
}
