//! What was true when: processes and their images, parents, sessions, containers, users, names
//! of addresses and the roles of sockets.
//!
//! History is built once, in order of event number, from the snapshot and the events that change
//! state, and is immutable afterwards. Every question names an event number and is answered from
//! what was known up to and including that event.

mod build;
mod calls;
mod changes;
mod containers;
mod processes;
mod recording;
mod sockets;
mod strings;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use capture_format::snapshot::{Group, User};
use capture_format::{Descriptor, Head};

pub use build::Builder;
pub use containers::{Container, address};
pub use processes::{ANCESTORS_MAX, Image, Process};
pub use recording::{OpenOptions, Recording, TimeZone};
pub use sockets::Role;

/// A directory as the kernel resolved it: the root has no component, so its path is empty.
pub fn resolved_directory(path: &[u8]) -> &[u8] {
    if path.is_empty() { b"/" } else { path }
}

/// What was true at every event of a capture.
#[derive(Debug, Default)]
pub struct History {
    processes: processes::Processes,
    sockets: sockets::Sockets,
    directory: containers::Directory,
}

impl History {
    /// The process of an event with this head and number.
    pub fn process(&self, head: &Head, number: u64) -> Option<Process<'_>> {
        self.process_at(head.pid, head.start_ns, number)
    }

    /// The process `pid` that started at `start_ns`, at event `number`; with start 0 whichever
    /// had the pid then.
    pub fn process_at(&self, pid: u32, start_ns: u64, number: u64) -> Option<Process<'_>> {
        Process::at(&self.processes, self.processes.find(pid, start_ns, number)?, number)
    }

    /// Every process of the capture, in order of first sight, at event `number`.
    pub fn processes(&self, number: u64) -> impl Iterator<Item = Process<'_>> {
        (0..self.processes.slots.len() as u32)
            .filter_map(move |slot| Process::at(&self.processes, slot, number))
    }

    /// The container of a cgroup; `None` for the host and for cgroups nobody named.
    pub fn container(&self, cgroup: u64) -> Option<&Container> {
        self.directory.container(cgroup)
    }

    /// Every container of the capture, in order of first mention.
    pub fn containers(&self) -> &[Container] {
        self.directory.containers()
    }

    /// Path of a cgroup.
    pub fn cgroup_path(&self, key: u64) -> Option<&[u8]> {
        self.directory.cgroup_path(key)
    }

    /// A user, as `container` (`None`: the host) knows it.
    pub fn user(&self, container: Option<&Container>, uid: u32) -> Option<&User> {
        self.directory.user(container, uid)
    }

    /// A group, as `container` (`None`: the host) knows it.
    pub fn group(&self, container: Option<&Container>, gid: u32) -> Option<&Group> {
        self.directory.group(container, gid)
    }

    /// Names bound to an address: those `container` knows first, then those of the host.
    pub fn names<'a>(
        &'a self,
        container: Option<&Container>,
        address: IpAddr,
    ) -> impl Iterator<Item = &'a str> + use<'a> {
        self.directory.names(container, address)
    }

    /// Whether an address is one of the recorded machine's own.
    pub fn is_local(&self, address: IpAddr) -> bool {
        self.directory.is_local(address)
    }

    /// Which side of its connection a socket was at event `number`.
    pub fn role(&self, number: u64, socket: &Descriptor<'_>) -> Option<Role> {
        self.sockets.role(number, socket)
    }

    /// Whether event `number` gave a socket another remote end.
    pub fn peer_changed(&self, number: u64, ino: u64) -> bool {
        self.sockets.peer_changed(number, ino)
    }
}
