//! What every process was, at every event.

use std::collections::HashMap;

use capture_format::{Bytes, Descriptor};

use super::strings::{StringId, Strings};

/// Longest chain of ancestors that is followed. Real ones are far shorter; a hostile capture may
/// declare a circle.
pub const ANCESTORS_MAX: usize = 256;

/// No process.
pub(super) const NOBODY: u32 = u32::MAX;

/// Event number of something that has not happened.
pub(super) const NEVER: u64 = u64::MAX;

/// What a process runs between two execs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ImageRow {
    /// Event that started it; 0 for what the snapshot found.
    pub(super) number: u64,
    pub(super) exepath: StringId,
    pub(super) argv: StringId,
    pub(super) env: StringId,
    pub(super) exe_ino: u64,
    pub(super) exe_dev: u32,
    pub(super) exe_flags: u32,
    pub(super) exe_ctime_ns: i64,
    pub(super) exe_mtime_ns: i64,
    pub(super) cap_inheritable: u64,
    /// Descriptors 0, 1 and 2 when it was started; empty if unknown.
    pub(super) standard: [StringId; 3],
}

/// What holds for a process from one event to the next that changes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    pub(super) number: u64,
    pub(super) image: u32,
    pub(super) comm: StringId,
    pub(super) cwd: StringId,
    /// Slot of the parent, or [`NOBODY`].
    pub(super) parent: u32,
    pub(super) tty: u32,
    pub(super) session: u32,
    pub(super) pgid: u32,
    pub(super) vpgid: u32,
}

impl State {
    pub(super) fn is_known(&self) -> bool {
        self.image != NOBODY || !self.comm.is_empty()
    }

    pub(super) fn unknown(number: u64) -> Self {
        Self {
            number,
            image: NOBODY,
            comm: StringId::default(),
            cwd: StringId::default(),
            parent: NOBODY,
            tty: 0,
            session: 0,
            pgid: 0,
            vpgid: 0,
        }
    }
}

/// What never changes about a process, and its states.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) pid: u32,
    pub(super) vpid: u32,
    pub(super) start_ns: u64,
    pub(super) pidns_start_ns: u64,
    pub(super) fdlimit: u64,
    /// Cgroup it was first seen in.
    pub(super) cgroup: u64,
    /// First event that knows it.
    pub(super) born: u64,
    /// Event of its end, or [`NEVER`].
    pub(super) ended: u64,
    /// Slot of the process that adopted its children when it ended, or [`NOBODY`].
    pub(super) reaper: u32,
    /// Ordered by number, never empty.
    pub(super) states: Vec<State>,
    /// Stands for everything above the recorded part of the tree.
    pub(super) outside: bool,
    /// Whether a thread of it has a name or id in [`Processes::threads`].
    pub(super) threads: bool,
}

/// What is known of a thread that is not its process's leader.
#[derive(Debug, Default)]
pub(super) struct Thread {
    /// Id in its own pid namespace; 0 if unknown.
    pub(super) vtid: u32,
    /// Names it gave itself, by event.
    pub(super) names: Vec<(u64, StringId)>,
}

/// All processes of a capture.
#[derive(Debug, Default)]
pub(super) struct Processes {
    pub(super) slots: Vec<Slot>,
    pub(super) images: Vec<ImageRow>,
    pub(super) strings: Strings,
    pub(super) by_key: HashMap<(u32, u64), u32>,
    /// Pid, first event, slot: ordered.
    pub(super) by_pid: Vec<(u32, u64, u32)>,
    /// Threads by slot and thread id.
    pub(super) threads: HashMap<(u32, u32), Thread>,
}

impl Processes {
    /// Slot of the process `pid` that started at `start_ns`; without a start the one that had
    /// this pid at event `number`.
    pub(super) fn find(&self, pid: u32, start_ns: u64, number: u64) -> Option<u32> {
        match start_ns {
            0 => self.at_pid(pid, number),
            start_ns => self.by_key.get(&(pid, start_ns)).copied(),
        }
    }

    /// The process that had `pid` at event `number`.
    pub(super) fn at_pid(&self, pid: u32, number: u64) -> Option<u32> {
        let before = self.by_pid.partition_point(|(other, born, _)| (*other, *born) <= (pid, number));
        let (found, _, slot) = self.by_pid.get(before.checked_sub(1)?)?;
        (*found == pid).then_some(*slot)
    }
}

/// A process at one event.
#[derive(Clone, Copy, Debug)]
pub struct Process<'a> {
    processes: &'a Processes,
    slot: &'a Slot,
    index: u32,
    state: &'a State,
    number: u64,
}

/// What a process runs.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    processes: &'a Processes,
    row: &'a ImageRow,
}

impl<'a> Process<'a> {
    pub(super) fn at(processes: &'a Processes, index: u32, number: u64) -> Option<Self> {
        let slot = processes.slots.get(index as usize)?;
        let known = slot.states.partition_point(|state| state.number <= number);
        // A process may be asked about before its first state, as a parent whose own fork came
        // late: then the first state is the best answer.
        let state = slot.states.get(known.saturating_sub(1))?;
        Some(Self { processes, slot, index, state, number })
    }

    /// Process id, host pid namespace.
    pub fn pid(&self) -> u32 {
        self.slot.pid
    }

    /// Start on the boot clock, ns; 0 if unknown.
    pub fn start_ns(&self) -> u64 {
        self.slot.start_ns
    }

    /// Number that tells this process from all others of the capture.
    pub fn slot(&self) -> u32 {
        self.index
    }

    /// Whether anything but pid and start is known.
    pub fn is_known(&self) -> bool {
        self.state.is_known()
    }

    /// Whether it stands for everything above the recorded part of the tree.
    pub fn is_outside(&self) -> bool {
        self.slot.outside
    }

    /// Event number at which it ended, if the capture saw that.
    pub fn ended(&self) -> Option<u64> {
        (self.slot.ended != NEVER).then_some(self.slot.ended)
    }

    /// Process id in its own pid namespace; 0 if unknown.
    pub fn vpid(&self) -> u32 {
        self.slot.vpid
    }

    /// Start of the first process of its pid namespace, boot clock ns; 0 if unknown.
    pub fn pidns_start_ns(&self) -> u64 {
        self.slot.pidns_start_ns
    }

    /// Most descriptors it may open; 0 if unknown.
    pub fn fdlimit(&self) -> u64 {
        self.slot.fdlimit
    }

    /// Cgroup key it was first seen in.
    pub fn cgroup(&self) -> u64 {
        self.slot.cgroup
    }

    /// Command name; empty if unknown.
    pub fn comm(&self) -> &'a [u8] {
        self.processes.strings.get(self.state.comm)
    }

    /// Command name of one of its threads.
    pub fn comm_of(&self, tid: u32) -> &'a [u8] {
        if !self.slot.threads || tid == self.slot.pid {
            return self.comm();
        }
        let Some(thread) = self.processes.threads.get(&(self.index, tid)) else { return self.comm() };
        let known = thread.names.partition_point(|(number, _)| *number <= self.number);
        // An exec ends all other threads: names from before it belong to threads that are gone.
        let image = self.image().map_or(0, |image| image.row.number);
        match known.checked_sub(1).and_then(|at| thread.names.get(at)) {
            Some((number, name)) if *number >= image => self.processes.strings.get(*name),
            _ => self.comm(),
        }
    }

    /// Id of one of its threads in its own pid namespace; 0 if unknown.
    pub fn vtid(&self, tid: u32) -> u32 {
        if tid == self.slot.pid {
            return self.slot.vpid;
        }
        match self.processes.threads.get(&(self.index, tid)) {
            Some(thread) => thread.vtid,
            None => 0,
        }
    }

    /// Working directory; empty if unknown.
    pub fn cwd(&self) -> &'a [u8] {
        self.processes.strings.get(self.state.cwd)
    }

    /// Controlling terminal, 0 for none.
    pub fn tty(&self) -> u32 {
        self.state.tty
    }

    /// Pid of the session leader, host pid namespace; 0 if unknown.
    pub fn session(&self) -> u32 {
        self.state.session
    }

    /// Process group, host pid namespace; 0 if unknown.
    pub fn pgid(&self) -> u32 {
        self.state.pgid
    }

    /// Process group in its own pid namespace; 0 if unknown.
    pub fn vpgid(&self) -> u32 {
        self.state.vpgid
    }

    /// What it runs; `None` if unknown.
    pub fn image(&self) -> Option<Image<'a>> {
        let row = self.processes.images.get(self.state.image as usize)?;
        Some(Image { processes: self.processes, row })
    }

    /// Its parent at the same event: if the one it was born to has ended, whoever adopted it.
    pub fn parent(&self) -> Option<Process<'a>> {
        let mut parent = self.state.parent;
        for _ in 0..ANCESTORS_MAX {
            match self.processes.slots.get(parent as usize)? {
                slot if slot.ended <= self.number && slot.reaper != NOBODY => parent = slot.reaper,
                _ => break,
            }
        }
        if parent == self.index {
            return None;
        }
        Process::at(self.processes, parent, self.number)
    }

    /// Its proper ancestors, nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = Process<'a>> + use<'a> {
        let first = self.index;
        std::iter::successors(self.parent(), Process::parent)
            .take_while(move |process| process.index != first)
            .take(ANCESTORS_MAX)
    }

    /// Ancestor number `n`: 0 is the process itself, 1 its parent.
    pub fn ancestor(&self, n: u64) -> Option<Process<'a>> {
        match n {
            0 => Some(*self),
            n => self.ancestors().nth(usize::try_from(n).ok()?.checked_sub(1)?),
        }
    }

    /// The process that has `pid` (host pid namespace) at the same event.
    pub fn other(&self, pid: u32) -> Option<Process<'a>> {
        if pid == self.slot.pid {
            return Some(*self);
        }
        Process::at(self.processes, self.processes.at_pid(pid, self.number)?, self.number)
    }
}

impl<'a> Image<'a> {
    /// Executable, as the kernel resolved it; empty if unknown.
    pub fn exepath(&self) -> &'a [u8] {
        self.processes.strings.get(self.row.exepath)
    }

    /// Arguments separated by NUL, `argv[0]` first; empty if unknown.
    pub fn argv(&self) -> &'a [u8] {
        self.processes.strings.get(self.row.argv)
    }

    /// Recorded environment variables, separated by NUL.
    pub fn env(&self) -> &'a [u8] {
        self.processes.strings.get(self.row.env)
    }

    /// Inode of the executable; 0 if unknown.
    pub fn exe_ino(&self) -> u64 {
        self.row.exe_ino
    }

    /// Device of the executable, major << 20 | minor.
    pub fn exe_dev(&self) -> u32 {
        self.row.exe_dev
    }

    /// Provenance of the executable: `capture_format::param::exe_flags`.
    pub fn exe_flags(&self) -> u32 {
        self.row.exe_flags
    }

    /// Last change of the executable's inode, ns since 1970; 0 if unknown.
    pub fn exe_ctime_ns(&self) -> i64 {
        self.row.exe_ctime_ns
    }

    /// Last change of the executable's content, ns since 1970; 0 if unknown.
    pub fn exe_mtime_ns(&self) -> i64 {
        self.row.exe_mtime_ns
    }

    /// Inheritable capabilities when it was started.
    pub fn cap_inheritable(&self) -> u64 {
        self.row.cap_inheritable
    }

    /// Descriptor 0 (input), 1 (output) or 2 (errors) when it was started. What it redirects later
    /// is not followed.
    pub fn standard(&self, fd: usize) -> Option<Descriptor<'a>> {
        Descriptor::parse(Bytes::whole(self.processes.strings.get(*self.row.standard.get(fd)?)))
    }

    /// Event that started it; 0 for what the snapshot found.
    pub fn number(&self) -> u64 {
        self.row.number
    }
}
