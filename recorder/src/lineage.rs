//! Which runtime started a container's process, in a recording that leaves the host out.
//!
//! The shim of a container that starts later, and the runc of a `docker exec`, are not in the
//! snapshot and their events are not recorded. They are followed here, by name and place in the
//! tree only, and told when a recorded process turns out to be their child.

use std::collections::{HashMap, HashSet};

use capture_format::param::{BootTime, Pid};
use capture_format::schema::Event;
use capture_format::snapshot::Process;
use capture_format::{Bytes, EventType, Record, Row};

use crate::scope::{self, ProcessKey};

/// Most runtime processes followed at a time.
const RUNTIMES_MAX: usize = 16 << 10;
/// Most runtimes between a container and the host.
const DEPTH_MAX: usize = 16;

/// The runtimes' processes. Asked by key only; its order never shows.
#[derive(Debug, Default)]
pub struct Lineage {
    runtimes: HashMap<ProcessKey, Process>,
    told: HashSet<ProcessKey>,
}

impl Lineage {
    /// Learns a process of the snapshot.
    pub fn learn(&mut self, process: &Process) {
        if scope::is_runtime(&process.comm) {
            self.insert(scope::bare(process));
        }
    }

    /// Remembers that the capture knows this process.
    pub fn tell(&mut self, key: ProcessKey) {
        self.told.insert(key);
    }

    /// Whether the capture knows this process as an ancestor.
    pub fn is_ancestor(&self, key: ProcessKey) -> bool {
        self.runtimes.contains_key(&key) && self.told.contains(&key)
    }

    /// Follows runtimes through the events of the whole host.
    pub fn follow(&mut self, record: &Record<'_>) {
        let head = record.head();
        let own = (head.pid, head.start_ns);
        match Event::decode(record) {
            Event::Execve(event) if event.res.is_none_or(|res| res.0 == 0) => {
                self.exec(own, event.ptid, event.pstart, event.comm, event.trusted_exepath);
            }
            Event::Execveat(event) if event.res.is_none_or(|res| res.0 == 0) => {
                self.exec(own, event.ptid, event.pstart, event.comm, event.trusted_exepath);
            }
            Event::Clone(event) => self.fork(
                event.child_pid,
                event.child_start,
                event.parent_pid,
                event.parent_start,
                event.comm,
            ),
            Event::Clone3(event) => self.fork(
                event.child_pid,
                event.child_start,
                event.parent_pid,
                event.parent_start,
                event.comm,
            ),
            Event::Fork(event) => self.fork(
                event.child_pid,
                event.child_start,
                event.parent_pid,
                event.parent_start,
                event.comm,
            ),
            Event::Vfork(event) => self.fork(
                event.child_pid,
                event.child_start,
                event.parent_pid,
                event.parent_start,
                event.comm,
            ),
            _ => {}
        }
    }

    /// Forgets a process that ended.
    pub fn forget(&mut self, key: ProcessKey) {
        self.runtimes.remove(&key);
        self.told.remove(&key);
    }

    /// The ancestors of a process that was just recorded, from its parent up, as far as the
    /// capture does not know them: runtimes, and above them one anonymous process.
    pub fn untold(&mut self, parent: ProcessKey) -> Vec<Process> {
        let mut found = Vec::new();
        let mut next = parent;
        while next.0 != 0 && found.len() < DEPTH_MAX && self.told.insert(next) {
            match self.runtimes.get(&next) {
                Some(runtime) => {
                    next = (runtime.ppid, runtime.pstart_ns);
                    found.push(runtime.clone());
                }
                None => {
                    found.push(scope::outside(next.0, next.1));
                    break;
                }
            }
        }
        found
    }

    fn exec(
        &mut self,
        own: ProcessKey,
        ptid: Option<Pid>,
        pstart: Option<BootTime>,
        comm: Option<Bytes<'_>>,
        exepath: Option<Bytes<'_>>,
    ) {
        let comm = comm.map_or(&b""[..], |comm| comm.data);
        if !scope::is_runtime(comm) {
            // What becomes a container's own program is no runtime any more.
            self.runtimes.remove(&own);
            return;
        }
        self.insert(Process {
            pid: own.0,
            start_ns: own.1,
            ppid: ptid.map_or(0, |pid| pid.0 as u32),
            pstart_ns: pstart.map_or(0, |start| start.0),
            comm: comm.to_vec(),
            exepath: exepath.map_or_else(Vec::new, |path| path.data.to_vec()),
            ancestor_only: true,
            ..Process::default()
        });
    }

    fn fork(
        &mut self,
        child: Option<Pid>,
        child_start: Option<BootTime>,
        parent: Option<Pid>,
        parent_start: Option<BootTime>,
        comm: Option<Bytes<'_>>,
    ) {
        let (Some(child), Some(child_start), Some(parent), Some(parent_start)) =
            (child, child_start, parent, parent_start)
        else {
            return;
        };
        let parent = (parent.0 as u32, parent_start.0);
        let key = (child.0 as u32, child_start.0);
        if key == parent || self.runtimes.contains_key(&key) {
            return;
        }
        // A sibling made with CLONE_PARENT runs what the caller runs, not what its parent runs:
        // the name tells.
        let comm = comm.map_or(&b""[..], |comm| comm.data);
        if scope::is_runtime(comm) {
            let exepath = self.runtimes.get(&parent).map(|parent| parent.exepath.clone()).unwrap_or_default();
            self.insert(Process {
                pid: key.0,
                start_ns: key.1,
                ppid: parent.0,
                pstart_ns: parent.1,
                comm: comm.to_vec(),
                exepath,
                ancestor_only: true,
                ..Process::default()
            });
        }
    }

    fn insert(&mut self, process: Process) {
        if self.runtimes.len() < RUNTIMES_MAX {
            self.runtimes.insert((process.pid, process.start_ns), process);
        }
    }
}

/// Whether [`Lineage`] wants to see events of this type.
pub fn concerns(event: EventType) -> bool {
    matches!(
        event,
        EventType::Execve
            | EventType::Execveat
            | EventType::Clone
            | EventType::Clone3
            | EventType::Fork
            | EventType::Vfork
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime(pid: u32, ppid: u32, comm: &str) -> Process {
        Process {
            pid,
            start_ns: u64::from(pid),
            ppid,
            pstart_ns: u64::from(ppid),
            comm: comm.into(),
            argv: b"secret".to_vec(),
            ..Process::default()
        }
    }

    #[test]
    fn ancestors_are_told_once_up_to_the_host() {
        let mut lineage = Lineage::default();
        lineage.learn(&runtime(20, 10, "containerd-shim"));
        lineage.learn(&runtime(30, 20, "runc"));
        lineage.learn(&runtime(10, 1, "containerd"));
        let told = lineage.untold((30, 30));
        assert_eq!(
            told.iter().map(|p| (p.pid, p.outside)).collect::<Vec<_>>(),
            [(30, false), (20, false), (10, true)]
        );
        assert!(told.iter().all(|process| process.argv.is_empty() && process.ancestor_only));
        assert!(lineage.is_ancestor((30, 30)) && !lineage.is_ancestor((10, 10)));
        assert!(lineage.untold((30, 30)).is_empty(), "told once");
        lineage.learn(&runtime(31, 20, "runc"));
        assert_eq!(lineage.untold((31, 31)).len(), 1, "the shim is known already");
        lineage.forget((30, 30));
        assert!(!lineage.is_ancestor((30, 30)));
    }

    #[test]
    fn a_runtime_that_becomes_the_containers_program_is_none() {
        let mut lineage = Lineage::default();
        lineage.learn(&runtime(30, 20, "runc:[2:INIT]"));
        let sh = Bytes::whole(b"sh");
        lineage.exec((30, 30), Some(Pid(20)), Some(BootTime(20)), Some(sh), None);
        assert!(lineage.untold((30, 30)).iter().all(|process| process.outside));
    }
}
