//! What exists when recording begins: what the kernel program listed, completed from /proc.

pub mod accounts;
pub mod mounts;
pub mod names;
pub mod network;
pub mod proc;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use capture_format::cgroup::{self, ContainerRef};
use capture_format::param::Bytes;
use capture_format::snapshot::{Cgroup, Listener, NameBinding, Process, Snapshot, Tables, User};
use capture_format::{Descriptor, snapshot};

use crate::environment::EnvPolicy;
use crate::iterate::Listing;
use crate::scope::{self, Scope};

/// Containers of the cgroups in a listing, by cgroup key.
pub fn containers_of(cgroups: &[Cgroup]) -> BTreeMap<u64, ContainerRef> {
    cgroups.iter().filter_map(|entry| Some((entry.key, cgroup::container_of(&entry.path)?))).collect()
}

/// Puts a snapshot together. Tables of containers are added by the caller, who may wait for them.
pub struct Assembly<'a> {
    /// What limits the recording.
    pub scope: &'a Scope,
    /// Which variables are kept.
    pub env: &'a EnvPolicy,
    /// Containers by cgroup key.
    pub containers: &'a BTreeMap<u64, ContainerRef>,
    /// Full ids of the containers that are recorded, if containers limit the recording.
    pub wanted: &'a BTreeSet<String>,
    /// Whether the command to record still waits to begin.
    pub held: bool,
    /// Bindings of `--resolve`.
    pub resolve: &'a [NameBinding],
}

impl Assembly<'_> {
    /// The snapshot of what was listed.
    pub fn assemble(&self, listing: Listing, time_ns: u64) -> Snapshot {
        let mut processes = listing.processes;
        if self.scope.is_limited() {
            let inside = self.inside(&processes);
            processes = scope::limit(processes, |process| inside.contains(&process.pid));
        }
        let mut names: Vec<NameBinding> = self.resolve.to_vec();
        for process in &mut processes {
            if process.outside || process.ancestor_only {
                if !process.outside {
                    process.exepath = proc::or_else(&process.exepath, || proc::exe(process.pid));
                }
                continue;
            }
            proc::complete(process);
            if let Some(container) = self.containers.get(&process.cgroup) {
                names.extend(names::from_environment(&process.env, &container.id));
            }
            process.env = self.env.filter(&process.env);
        }
        if let Scope::Tree { roots, command: true } = self.scope
            && self.held
        {
            for process in processes.iter_mut().filter(|process| roots.contains(&process.pid)) {
                hide_recorder(process);
            }
        }
        let host = Path::new("/");
        let mut tables = Tables { cgroups: self.cgroups(listing.cgroups, &processes), ..Tables::default() };
        if !self.scope.is_limited() {
            (tables.users, tables.groups) = accounts::read(host, "");
            tables.mounts = mounts::read();
            tables.interfaces = network::interfaces();
            names.extend(names::read(host, ""));
        } else {
            tables.users = host_users(&self.host_uids(&processes));
        }
        tables.names = names;
        Snapshot { time_ns, listeners: self.listeners(&processes), processes, tables }
    }

    /// Pids of what is recorded.
    fn inside(&self, processes: &[Process]) -> BTreeSet<u32> {
        match self.scope {
            Scope::Host => processes.iter().map(|process| process.pid).collect(),
            Scope::Tree { roots, .. } => scope::tree(processes, roots),
            Scope::Containers(_) => processes
                .iter()
                .filter(|process| {
                    self.containers.get(&process.cgroup).is_some_and(|c| self.wanted.contains(&c.id))
                })
                .map(|process| process.pid)
                .collect(),
        }
    }

    /// Ids of the host's users in a limited recording.
    fn host_uids(&self, processes: &[Process]) -> BTreeSet<u32> {
        processes
            .iter()
            .filter(|process| !process.ancestor_only && !self.containers.contains_key(&process.cgroup))
            .flat_map(|process| [process.uid, process.euid, process.loginuid])
            .collect()
    }

    /// Cgroups of what is recorded, without what is above a container's.
    fn cgroups(&self, mut cgroups: Vec<Cgroup>, processes: &[Process]) -> Vec<Cgroup> {
        if self.scope.is_limited() {
            let used: BTreeSet<u64> =
                processes.iter().filter(|p| !p.ancestor_only).map(|p| p.cgroup).collect();
            cgroups.retain(|cgroup| used.contains(&cgroup.key));
            for cgroup in &mut cgroups {
                cgroup.path = scope::shown_path(&cgroup.path);
            }
        }
        cgroups
    }

    /// Sockets that wait for connections, of each network namespace once; of a limited recording
    /// only those that a recorded process holds.
    fn listeners(&self, processes: &[Process]) -> Vec<Listener> {
        let mut namespaces = BTreeSet::new();
        let mut found = Vec::new();
        for process in processes.iter().filter(|process| !process.ancestor_only) {
            if proc::network_namespace(process.pid).is_some_and(|namespace| namespaces.insert(namespace)) {
                found.extend(network::listeners(process.pid));
            }
        }
        if self.scope.is_limited() {
            let held: BTreeSet<u64> =
                processes.iter().flat_map(|process| &process.descriptors).filter_map(socket_inode).collect();
            found.retain(|listener| held.contains(&listener.ino));
        }
        found.sort_by_key(|listener| (listener.ino, listener.protocol, listener.family, listener.port));
        found
    }
}

/// Inode of an open socket.
fn socket_inode(open: &snapshot::OpenDescriptor) -> Option<u64> {
    let descriptor = Descriptor::parse(Bytes::whole(&open.descriptor))?;
    (descriptor.family != 0).then_some(descriptor.ino)
}

/// The command that is about to be recorded is still the recorder: its arguments, environment and
/// the descriptors that its program will not have are nobody's business.
fn hide_recorder(process: &mut Process) {
    process.argv.clear();
    process.env.clear();
    process.exepath.clear();
    let pid = process.pid;
    process.descriptors.retain(|open| !proc::closes_on_exec(pid, open.fd));
}

/// Users of the host with these ids: what a limited recording may tell of them.
pub fn host_users(uids: &BTreeSet<u32>) -> Vec<User> {
    let (mut users, _) = accounts::read(Path::new("/"), "");
    users.retain(|user| uids.contains(&user.uid));
    users
}
