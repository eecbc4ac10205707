//! Opening files.

use capture_format::param::{Device, Fd, File, Flag, Hex, Mode, Number, OpenFlags};
use capture_format::record::Slot;

use super::{AT_FDCWD, Caller, UserPath, new_fd, syscall, user_path};
use crate::emit::Writer;
use crate::kernel::{Syscall, user};
use crate::sock::{self, CallAddress};

/// What a successful open gave.
struct Opened {
    dev: Slot<Device>,
    ino: Slot<Number>,
    file: Slot<File>,
    created: Slot<Flag>,
}

#[inline(always)]
fn opened(out: &mut Writer, caller: &Caller, call: &Syscall) -> Opened {
    let file = caller.file(call.ret() as i32);
    match sock::describe(out, caller.root(), file, CallAddress::NONE) {
        Some(found) => Opened {
            dev: Device(found.inode.dev).into(),
            ino: Number(found.inode.ino).into(),
            file: found.slot,
            created: Flag(found.created as u8).into(),
        },
        None => {
            Opened { dev: Slot::absent(), ino: Slot::absent(), file: Slot::absent(), created: Slot::absent() }
        }
    }
}

syscall! {
    /// Relies on: long sys_open(const char __user *filename, int flags, umode_t mode)
    fn open(call, out, caller) -> Open {
        let UserPath { path, dir } = user_path(out, caller, AT_FDCWD, call.arg(0));
        let Opened { dev, ino, file, created } = opened(out, caller, call);
        Open {
            fd: new_fd(call),
            name: path,
            flags: OpenFlags(call.arg(1) as u32).into(),
            mode: Mode(call.arg(2) as u32).into(),
            dev,
            ino,
            dir,
            file,
            created,
        }
    }

    /// Relies on: long sys_openat(int dfd, const char __user *filename, int flags, umode_t mode)
    fn openat(call, out, caller) -> Openat {
        let dirfd = call.arg(0) as i32;
        let UserPath { path, dir } = user_path(out, caller, dirfd, call.arg(1));
        let Opened { dev, ino, file, created } = opened(out, caller, call);
        Openat {
            fd: new_fd(call),
            dirfd: Fd(dirfd).into(),
            name: path,
            flags: OpenFlags(call.arg(2) as u32).into(),
            mode: Mode(call.arg(3) as u32).into(),
            dev,
            ino,
            dir,
            file,
            created,
        }
    }

    /// Relies on: long sys_openat2(int dfd, const char __user *filename, struct open_how __user *how, size_t usize),
    /// struct open_how { __u64 flags, mode, resolve; }
    fn openat2(call, out, caller) -> Openat2 {
        let dirfd = call.arg(0) as i32;
        let how = call.arg(2);
        let UserPath { path, dir } = user_path(out, caller, dirfd, call.arg(1));
        let Opened { dev, ino, file, created } = opened(out, caller, call);
        Openat2 {
            fd: new_fd(call),
            dirfd: Fd(dirfd).into(),
            name: path,
            flags: user::<u64>(how).map(|flags| OpenFlags(flags as u32)).into(),
            mode: user::<u64>(how.wrapping_add(8)).map(|mode| Mode(mode as u32)).into(),
            resolve: user::<u64>(how.wrapping_add(16)).map(Hex).into(),
            dev,
            ino,
            dir,
            file,
            created,
        }
    }

    /// Relies on: long sys_creat(const char __user *pathname, umode_t mode)
    fn creat(call, out, caller) -> Creat {
        let UserPath { path, dir } = user_path(out, caller, AT_FDCWD, call.arg(0));
        let Opened { dev, ino, file, created } = opened(out, caller, call);
        Creat {
            fd: new_fd(call),
            name: path,
            mode: Mode(call.arg(1) as u32).into(),
            dev,
            ino,
            dir,
            file,
            created,
        }
    }
}
