//! Program starts and new processes, whichever call made them: the events of one family have the
//! same parameters and different types.

use capture_format::{Bytes, Descriptor};

/// The child is a thread of the caller's process.
pub(super) const CLONE_THREAD: u64 = 0x0001_0000;

/// A program start, through whichever call.
pub(super) struct Exec<'a> {
    pub(super) argv: Option<Bytes<'a>>,
    pub(super) env: Option<Bytes<'a>>,
    pub(super) cwd: Option<Bytes<'a>>,
    pub(super) comm: Option<Bytes<'a>>,
    pub(super) exepath: Option<Bytes<'a>>,
    pub(super) ppid: Option<i32>,
    pub(super) pstart: Option<u64>,
    pub(super) tty: Option<u32>,
    pub(super) pgid: Option<i32>,
    pub(super) vpgid: Option<i32>,
    pub(super) vpid: Option<i32>,
    pub(super) vtid: Option<i32>,
    pub(super) pidns_start: Option<u64>,
    pub(super) fdlimit: Option<u64>,
    pub(super) flags: u32,
    pub(super) cap_inheritable: u64,
    pub(super) ino: u64,
    pub(super) dev: u32,
    pub(super) ctime: i64,
    pub(super) mtime: i64,
    /// Descriptors 0, 1 and 2.
    pub(super) standard: [Option<Descriptor<'a>>; 3],
}

macro_rules! exec {
    ($event:expr) => {
        $crate::history::calls::Exec {
            argv: $event.argv,
            env: $event.env,
            cwd: $event.cwd,
            comm: $event.comm,
            exepath: $event.trusted_exepath,
            ppid: $event.ptid.map(|it| it.0),
            pstart: $event.pstart.map(|it| it.0),
            tty: $event.tty.map(|it| it.0),
            pgid: $event.pgid.map(|it| it.0),
            vpgid: $event.vpgid.map(|it| it.0),
            vpid: $event.vpid.map(|it| it.0),
            vtid: $event.vtid.map(|it| it.0),
            pidns_start: $event.pidns_start.map(|it| it.0),
            fdlimit: $event.fdlimit.map(|it| it.0),
            flags: $event.flags.map_or(0, |it| it.0),
            cap_inheritable: $event.cap_inheritable.map_or(0, |it| it.0),
            ino: $event.exe_ino.map_or(0, |it| it.0),
            dev: $event.exe_dev.map_or(0, |it| it.0),
            ctime: $event.exe_ino_ctime.map_or(0, |it| it.0),
            mtime: $event.exe_ino_mtime.map_or(0, |it| it.0),
            standard: [$event.stdin, $event.stdout, $event.stderr],
        }
    };
}

/// A new process or thread, through whichever call.
pub(super) struct Fork<'a> {
    pub(super) tid: Option<i32>,
    pub(super) thread: bool,
    pub(super) vtid: Option<i32>,
    pub(super) vpid: Option<i32>,
    pub(super) pidns_start: Option<u64>,
    pub(super) pid: Option<i32>,
    pub(super) start: Option<u64>,
    pub(super) ppid: Option<i32>,
    pub(super) pstart: Option<u64>,
    pub(super) cgroup: Option<u64>,
    pub(super) comm: Option<Bytes<'a>>,
    pub(super) tty: Option<u32>,
    pub(super) session: Option<i32>,
    pub(super) pgid: Option<i32>,
    pub(super) vpgid: Option<i32>,
}

macro_rules! fork {
    ($event:expr) => {
        $crate::history::calls::Fork {
            tid: $event.res.map(|it| it.0),
            thread: $event.flags.is_some_and(|it| it.0 & $crate::history::calls::CLONE_THREAD != 0),
            vtid: $event.vtid.map(|it| it.0),
            vpid: $event.vpid.map(|it| it.0),
            pidns_start: $event.pidns_init_start_ts.map(|it| it.0),
            pid: $event.child_pid.map(|it| it.0),
            start: $event.child_start.map(|it| it.0),
            ppid: $event.parent_pid.map(|it| it.0),
            pstart: $event.parent_start.map(|it| it.0),
            cgroup: $event.child_cgroup.map(|it| it.0),
            comm: $event.comm,
            tty: $event.tty.map(|it| it.0),
            session: $event.child_session.map(|it| it.0),
            pgid: $event.pgid.map(|it| it.0),
            vpgid: $event.vpgid.map(|it| it.0),
        }
    };
}

pub(super) use {exec, fork};
