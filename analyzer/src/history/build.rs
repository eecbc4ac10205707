//! Builds history from a snapshot and the events that change state.

use std::collections::HashMap;

use capture_format::record::Row;
use capture_format::snapshot::{Process as SnapshotProcess, Snapshot};
use capture_format::{Bytes, Event};

use super::History;
use super::calls::{exec, fork};
use super::containers::Directory;
use super::processes::{ImageRow, NEVER, NOBODY, Processes, Slot, State, Thread};
use super::sockets::{Role, Sockets};
use super::strings::{Interner, StringId};

const PR_SET_NAME: u32 = 15;
const EINPROGRESS: i64 = -115;

/// Takes in snapshots and events, in order of event number.
#[derive(Debug, Default)]
pub struct Builder {
    pub(super) processes: Processes,
    pub(super) strings: Interner,
    sockets: Sockets,
    directory: Directory,
    /// Slot that has a pid now.
    pub(super) live: HashMap<u32, u32>,
}

/// A pid out of a capture; negative ones and 0 are none.
pub(super) fn positive(id: Option<i32>) -> Option<u32> {
    id.and_then(|id| u32::try_from(id).ok()).filter(|id| *id != 0)
}

impl Builder {
    /// Takes in what existed before event `number + 1`: the start snapshot with `number` 0,
    /// checkpoints with the number of the event before them.
    pub fn snapshot(&mut self, number: u64, snapshot: &Snapshot) {
        self.directory.add(&snapshot.tables);
        self.sockets.snapshot(number, &snapshot.listeners);
        for process in &snapshot.processes {
            self.snapshot_process(number, process);
        }
        // Parents in a second pass: a child may stand before its parent.
        for process in &snapshot.processes {
            let Some(slot) = self.key(process.pid, process.start_ns) else { continue };
            let parent = match process.ppid {
                0 => NOBODY,
                ppid => self.slot(number, ppid, process.pstart_ns),
            };
            if parent != NOBODY && self.state(slot).parent != parent {
                self.adopt(number, slot, parent);
            }
        }
    }

    /// Adds names and containers that are in effect for the whole capture.
    pub fn tables(&mut self, tables: &capture_format::snapshot::Tables) {
        self.directory.add(tables);
    }

    /// Binds a name to an address for everybody (`--resolve`).
    pub fn resolve(&mut self, name: &str, address: std::net::IpAddr) {
        self.directory.resolve(name, address);
    }

    fn snapshot_process(&mut self, number: u64, process: &SnapshotProcess) {
        let slot = self.slot(number, process.pid, process.start_ns);
        let mut now = State { number, ..self.state(slot) };
        // A stand-in for what lies above a limited recording tells nothing of a process that was seen
        // itself: it can only have been taken for one because it was not seen yet.
        if process.outside && now.is_known() {
            return;
        }
        let (exepath, argv) = (self.strings.intern(&process.exepath), self.strings.intern(&process.argv));
        let same_image = self.processes.images.get(now.image as usize).is_some_and(|image| {
            // Arguments come from /proc: a process that ended while it was listed has none there, and
            // what its exec told is better than nothing.
            image.exepath == exepath
                && image.exe_ino == process.exe_ino
                && (image.argv == argv || process.argv.is_empty())
        });
        // Kernel threads run nothing, and of the anonymous process above a limited recording
        // nothing is told.
        let runs = !exepath.is_empty() || !argv.is_empty() || process.exe_ino != 0;
        if runs && !same_image {
            let env = self.strings.intern(&process.env);
            let standard = [0, 1, 2].map(|fd| {
                let open = process.descriptors.iter().find(|open| open.fd == fd);
                self.strings.intern(open.map_or(&[], |open| &open.descriptor))
            });
            now.image = self.image(ImageRow {
                number,
                exepath,
                argv,
                env,
                exe_ino: process.exe_ino,
                exe_dev: process.exe_dev,
                exe_flags: process.exe_flags,
                exe_ctime_ns: process.exe_ctime_ns,
                exe_mtime_ns: process.exe_mtime_ns,
                cap_inheritable: process.cap_inheritable,
                standard,
            });
        }
        now.comm = self.strings.intern(&process.comm);
        now.cwd = self.strings.intern(&process.cwd);
        (now.tty, now.session) = (process.tty, process.sid);
        (now.pgid, now.vpgid) = (process.pgid, process.vpgid);
        self.set(slot, now);
        if let Some(row) = self.processes.slots.get_mut(slot as usize) {
            row.vpid = process.vpid;
            row.pidns_start_ns = process.pidns_start_ns;
            row.fdlimit = process.fdlimit;
            row.cgroup = process.cgroup;
            row.outside = process.outside;
        }
    }

    /// Takes in event `number`. No `_` arm: a new event must say here whether it changes state.
    pub fn apply<'r, R: Row<'r>>(&mut self, number: u64, row: &R) {
        let head = row.head();
        match Event::decode(row) {
            Event::Execve(event) if event.res.is_none_or(|res| res.0 == 0) => {
                self.exec(number, &head, exec!(event))
            }
            Event::Execveat(event) if event.res.is_none_or(|res| res.0 == 0) => {
                self.exec(number, &head, exec!(event))
            }
            Event::Clone(event) => self.fork(number, &head, fork!(event)),
            Event::Clone3(event) => self.fork(number, &head, fork!(event)),
            Event::Fork(event) => self.fork(number, &head, fork!(event)),
            Event::Vfork(event) => self.fork(number, &head, fork!(event)),
            Event::Procexit(event) if event.group_dead.is_some_and(|dead| dead.0 != 0) => {
                let reaper = positive(event.reaper_tid.map(|it| it.0));
                self.exit(number, &head, reaper, event.reaper_start.map_or(0, |it| it.0));
            }
            Event::Cgroup(event) => {
                if let Some(path) = event.path {
                    self.directory.cgroup(head.cgroup, path.data);
                }
            }
            Event::Prctl(event) => {
                let renamed = event.option.is_some_and(|option| option.0 == PR_SET_NAME);
                if let (true, Some(name)) =
                    (renamed && event.res.is_none_or(|res| res.0 == 0), event.arg2_str)
                {
                    self.rename(number, &head, name.data);
                }
            }
            Event::Chdir(event) => self.chdir(number, &head, event.res.map_or(0, |res| res.0), event.cwd),
            Event::Fchdir(event) => self.chdir(number, &head, event.res.map_or(0, |res| res.0), event.cwd),
            Event::Setsid(event) if event.res.is_some_and(|res| res.0 >= 0) => {
                let slot = self.slot(number, head.pid, head.start_ns);
                let vpid = self.processes.slots.get(slot as usize).map_or(0, |row| row.vpid);
                let now = self.state(slot);
                self.set(
                    slot,
                    State { number, session: head.pid, pgid: head.pid, vpgid: vpid, tty: 0, ..now },
                );
            }
            Event::Setpgid(event) if event.res.is_some_and(|res| res.0 == 0) => {
                let slot = self.slot(number, head.pid, head.start_ns);
                let now = self.state(slot);
                let pgid = positive(event.new_pgid.map(|it| it.0)).unwrap_or(now.pgid);
                let vpgid = positive(event.new_vpgid.map(|it| it.0)).unwrap_or(now.vpgid);
                self.set(slot, State { number, pgid, vpgid, ..now });
            }
            Event::Connect(event) => {
                let made = event.res.is_some_and(|res| res.0 == 0 || res.0 == EINPROGRESS);
                if let (true, Some(socket)) = (made, event.tuple) {
                    self.sockets.became(number, &socket, Role::Client);
                }
            }
            Event::Accept(event) => {
                if let Some(socket) = event.tuple {
                    self.sockets.became(number, &socket, Role::Server);
                }
            }
            Event::Accept4(event) => {
                if let Some(socket) = event.tuple {
                    self.sockets.became(number, &socket, Role::Server);
                }
            }
            Event::Listen(event) if event.res.is_some_and(|res| res.0 == 0) => {
                if let Some(socket) = event.tuple {
                    self.sockets.listens(number, &socket);
                }
            }
            Event::Sendto(event) if event.res.is_some_and(|res| res.0 >= 0) => {
                if let Some(socket) = event.tuple {
                    self.sockets.moved(number, &socket, Role::Client);
                }
            }
            Event::Sendmsg(event) if event.res.is_some_and(|res| res.0 >= 0) => {
                if let Some(socket) = event.tuple {
                    self.sockets.moved(number, &socket, Role::Client);
                }
            }
            Event::Recvfrom(event) if event.res.is_some_and(|res| res.0 >= 0) => {
                if let Some(socket) = event.tuple {
                    self.sockets.moved(number, &socket, Role::Server);
                }
            }
            Event::Recvmsg(event) if event.res.is_some_and(|res| res.0 >= 0) => {
                if let Some(socket) = event.tuple {
                    self.sockets.moved(number, &socket, Role::Server);
                }
            }
            // Failed calls, and threads that end without their process.
            Event::Execve(_)
            | Event::Execveat(_)
            | Event::Procexit(_)
            | Event::Setsid(_)
            | Event::Setpgid(_)
            | Event::Listen(_)
            | Event::Sendto(_)
            | Event::Sendmsg(_)
            | Event::Recvfrom(_)
            | Event::Recvmsg(_) => {}
            // Credentials, capabilities and cgroup are in every event's own head.
            Event::Setuid(_)
            | Event::Setgid(_)
            | Event::Setreuid(_)
            | Event::Setregid(_)
            | Event::Setresuid(_)
            | Event::Setresgid(_)
            | Event::Setfsuid(_)
            | Event::Setfsgid(_)
            | Event::Capset(_) => {}
            // Files, directories and mounts: an event has the kernel's own answer with it.
            Event::Open(_)
            | Event::Openat(_)
            | Event::Openat2(_)
            | Event::Creat(_)
            | Event::Dup(_)
            | Event::Dup2(_)
            | Event::Dup3(_)
            | Event::MemfdCreate(_)
            | Event::Chmod(_)
            | Event::Fchmod(_)
            | Event::Fchmodat(_)
            | Event::Fchmodat2(_)
            | Event::Chown(_)
            | Event::Lchown(_)
            | Event::Fchown(_)
            | Event::Fchownat(_)
            | Event::Rename(_)
            | Event::Renameat(_)
            | Event::Renameat2(_)
            | Event::Unlink(_)
            | Event::Unlinkat(_)
            | Event::Link(_)
            | Event::Linkat(_)
            | Event::Symlink(_)
            | Event::Symlinkat(_)
            | Event::Mkdir(_)
            | Event::Mkdirat(_)
            | Event::Rmdir(_)
            | Event::Mount(_)
            | Event::Umount2(_)
            | Event::Chroot(_)
            | Event::PivotRoot(_) => {}
            // A role needs a second end; what a socket is bound to is in its descriptor.
            Event::Socket(_) | Event::Bind(_) => {}
            // Nothing that another event asks for.
            Event::Setns(_)
            | Event::Unshare(_)
            | Event::Ptrace(_)
            | Event::InitModule(_)
            | Event::FinitModule(_)
            | Event::DeleteModule(_)
            | Event::Bpf(_)
            | Event::Kill(_)
            | Event::Tkill(_)
            | Event::Tgkill(_)
            | Event::Userfaultfd(_) => {}
        }
    }

    /// The finished history.
    pub fn finish(mut self) -> History {
        self.processes.strings = self.strings.finish();
        self.processes.by_pid = self
            .processes
            .slots
            .iter()
            .enumerate()
            .map(|(index, slot)| (slot.pid, slot.born, index as u32))
            .collect();
        self.processes.by_pid.sort_unstable();
        History { processes: self.processes, sockets: self.sockets, directory: self.directory }
    }

    /// The slot of a process, made if it is new.
    pub(super) fn slot(&mut self, number: u64, pid: u32, start_ns: u64) -> u32 {
        if let Some(slot) = self.key(pid, start_ns) {
            return slot;
        }
        // A parent named without its start, and now the start is known.
        if let Some(slot) = self.live.get(&pid).copied()
            && let Some(row) = self.processes.slots.get_mut(slot as usize)
            && row.start_ns == 0
        {
            row.start_ns = start_ns;
            self.processes.by_key.insert((pid, start_ns), slot);
            return slot;
        }
        let index = self.processes.slots.len() as u32;
        self.processes.slots.push(Slot {
            pid,
            vpid: 0,
            start_ns,
            pidns_start_ns: 0,
            fdlimit: 0,
            cgroup: 0,
            born: number,
            ended: NEVER,
            reaper: NOBODY,
            states: vec![State::unknown(number)],
            outside: false,
            threads: false,
        });
        if start_ns != 0 {
            self.processes.by_key.insert((pid, start_ns), index);
        }
        self.live.insert(pid, index);
        index
    }

    /// The slot with this key; with start 0 the one that has the pid now.
    pub(super) fn key(&self, pid: u32, start_ns: u64) -> Option<u32> {
        match start_ns {
            0 => self.live.get(&pid).copied(),
            start_ns => self.processes.by_key.get(&(pid, start_ns)).copied(),
        }
    }

    pub(super) fn state(&self, slot: u32) -> State {
        let slot = self.processes.slots.get(slot as usize);
        slot.and_then(|slot| slot.states.last()).copied().unwrap_or(State::unknown(0))
    }

    /// Makes `state` hold from its number on. Several changes by one event are one state.
    pub(super) fn set(&mut self, slot: u32, state: State) {
        let Some(slot) = self.processes.slots.get_mut(slot as usize) else { return };
        match slot.states.last_mut() {
            Some(last) if last.number >= state.number => *last = State { number: last.number, ..state },
            _ => {
                // Most processes have two or three states in their lives, and a vector grows to
                // four at once: with a million processes that is 100 MB for nothing.
                if slot.states.len() < 4 {
                    slot.states.reserve_exact(1);
                }
                slot.states.push(state);
            }
        }
    }

    pub(super) fn image(&mut self, image: ImageRow) -> u32 {
        let index = self.processes.images.len() as u32;
        self.processes.images.push(image);
        index
    }

    pub(super) fn thread(&mut self, slot: u32, tid: u32) -> &mut Thread {
        if let Some(row) = self.processes.slots.get_mut(slot as usize) {
            row.threads = true;
        }
        self.processes.threads.entry((slot, tid)).or_default()
    }

    pub(super) fn text(&mut self, bytes: Option<Bytes<'_>>) -> StringId {
        self.strings.intern(bytes.map_or(&[], |bytes| bytes.data))
    }
}
