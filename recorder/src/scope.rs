//! What limits a recording, and what of a snapshot lies within.
//!
//! A capture never carries more of a node than it was asked for: of what is outside only the
//! runtimes that started a recorded container stay, by name, and above them one anonymous process.

use std::collections::{BTreeMap, BTreeSet};

use capture_format::cgroup::{self, ContainerRef};
use capture_format::snapshot::{Container, Process};

/// Programs that stand between a container and the host, by command name (15 characters of it).
const RUNTIMES: &[&str] = &["containerd-shim", "conmon", "runc", "crun", "lxc-start", "crio"];
/// Fewest digits of an id that `--container` takes for one.
const ID_DIGITS_MIN: usize = 4;

/// What a recording takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// The whole host.
    #[default]
    Host,
    /// Containers whose name is one of these, or whose id begins with one.
    Containers(Vec<String>),
    /// These processes and their descendants.
    Tree {
        /// The topmost processes.
        roots: Vec<u32>,
        /// Whether the recorder itself started the one root.
        command: bool,
    },
}

impl Scope {
    /// Whether anything is left out.
    pub fn is_limited(&self) -> bool {
        *self != Self::Host
    }

    /// What the capture's header says about the limits.
    pub fn describe(&self) -> Vec<String> {
        match self {
            Self::Host => Vec::new(),
            Self::Containers(wanted) => wanted.iter().map(|name| format!("container={name}")).collect(),
            Self::Tree { command: true, .. } => vec!["command".to_owned()],
            Self::Tree { roots, .. } => roots.iter().map(|pid| format!("pid={pid}")).collect(),
        }
    }

    /// Whether a container is wanted as far as its id tells.
    pub fn wants_id(&self, found: &ContainerRef) -> bool {
        let Self::Containers(wanted) = self else { return false };
        wanted.iter().any(|name| {
            name.len() >= ID_DIGITS_MIN && found.id.starts_with(name.as_str()) || *name == found.id
        })
    }

    /// Whether a container is wanted by its id or its name.
    pub fn wants(&self, container: &Container) -> bool {
        let Self::Containers(wanted) = self else { return false };
        wanted.iter().any(|name| {
            *name == container.name || name.len() >= ID_DIGITS_MIN && container.id.starts_with(name.as_str())
        })
    }
}

/// The cgroup path a limited capture may show: nothing of the host above the container.
pub fn shown_path(path: &[u8]) -> Vec<u8> {
    cgroup::contained(path).map_or_else(|| b"/".to_vec(), String::into_bytes)
}

/// Key of a process: pid and start.
pub type ProcessKey = (u32, u64);

/// Keeps what lies within, given by `is_inside`, with the runtimes above it and the anonymous
/// process above those.
pub fn limit(processes: Vec<Process>, is_inside: impl Fn(&Process) -> bool) -> Vec<Process> {
    let inside: BTreeSet<u32> =
        processes.iter().filter(|process| is_inside(process)).map(|p| p.pid).collect();
    let by_pid: BTreeMap<u32, &Process> = processes.iter().map(|process| (process.pid, process)).collect();
    let mut ancestors: BTreeMap<u32, Process> = BTreeMap::new();
    for pid in &inside {
        let mut parent = by_pid.get(pid).map(|process| (process.ppid, process.pstart_ns));
        while let Some((pid, start)) = parent
            && pid != 0
            && !inside.contains(&pid)
            && !ancestors.contains_key(&pid)
        {
            match by_pid.get(&pid).filter(|process| is_runtime(&process.comm)) {
                Some(runtime) => {
                    parent = Some((runtime.ppid, runtime.pstart_ns));
                    ancestors.insert(pid, bare(runtime));
                }
                None => {
                    ancestors.insert(pid, outside(pid, start));
                    parent = None;
                }
            }
        }
    }
    let mut kept: Vec<Process> =
        processes.into_iter().filter(|process| inside.contains(&process.pid)).collect();
    kept.extend(ancestors.into_values());
    kept.sort_by_key(|process| process.pid);
    kept
}

/// The descendants of `roots`, themselves included.
pub fn tree(processes: &[Process], roots: &[u32]) -> BTreeSet<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for process in processes {
        children.entry(process.ppid).or_default().push(process.pid);
    }
    let mut found = BTreeSet::new();
    let mut next: Vec<u32> = roots.to_vec();
    while let Some(pid) = next.pop() {
        if found.insert(pid) {
            next.extend(children.get(&pid).into_iter().flatten());
        }
    }
    found
}

/// Whether a command name is that of a container runtime's process.
pub fn is_runtime(comm: &[u8]) -> bool {
    RUNTIMES.iter().any(|name| comm == name.as_bytes()) || comm.starts_with(b"runc:[")
}

/// An ancestor: which program, and where it hangs in the tree.
pub fn bare(process: &Process) -> Process {
    Process {
        pid: process.pid,
        start_ns: process.start_ns,
        ppid: process.ppid,
        pstart_ns: process.pstart_ns,
        comm: process.comm.clone(),
        exepath: process.exepath.clone(),
        ancestor_only: true,
        ..Process::default()
    }
}

/// What stands above the recorded part of the tree. Keeps pid and start, by which events name it.
pub fn outside(pid: u32, start_ns: u64) -> Process {
    Process { pid, start_ns, ancestor_only: true, outside: true, ..Process::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: u32, ppid: u32, comm: &str, cgroup: u64) -> Process {
        Process {
            pid,
            ppid,
            start_ns: u64::from(pid) * 10,
            pstart_ns: u64::from(ppid) * 10,
            comm: comm.into(),
            exepath: format!("/bin/{comm}").into(),
            argv: format!("{comm}\0--secret").into(),
            cwd: b"/home/alice".to_vec(),
            cgroup,
            ..Process::default()
        }
    }

    fn host() -> Vec<Process> {
        vec![
            process(1, 0, "systemd", 1),
            process(50, 1, "dockerd", 1),
            process(90, 1, "containerd-shim", 1),
            process(100, 90, "sh", 7),
            process(101, 100, "sleep", 7),
            process(102, 90, "sh", 8),
            process(200, 1, "bash", 1),
            process(201, 200, "vi", 1),
        ]
    }

    #[test]
    fn a_container_keeps_its_shim_and_nothing_else_of_the_host() {
        let kept = limit(host(), |process| process.cgroup == 7);
        assert_eq!(kept.iter().map(|process| process.pid).collect::<Vec<_>>(), [1, 90, 100, 101]);
        let (top, shim) = (&kept[0], &kept[1]);
        assert!(top.outside && top.comm.is_empty() && top.argv.is_empty() && top.exepath.is_empty());
        assert!(shim.ancestor_only && !shim.outside && shim.argv.is_empty() && shim.cwd.is_empty());
        assert_eq!(
            (shim.comm.as_slice(), shim.exepath.as_slice()),
            (&b"containerd-shim"[..], &b"/bin/containerd-shim"[..])
        );
        assert!(!kept[2].ancestor_only && !kept[2].argv.is_empty());
    }

    #[test]
    fn a_tree_hangs_below_an_anonymous_process() {
        let inside = tree(&host(), &[201]);
        let kept = limit(host(), |process| inside.contains(&process.pid));
        assert_eq!(
            kept.iter().map(|p| (p.pid, p.outside, p.start_ns)).collect::<Vec<_>>(),
            [(200, true, 2000), (201, false, 2010)]
        );
        assert!(kept[0].comm.is_empty());
        assert_eq!(tree(&host(), &[90]).into_iter().collect::<Vec<_>>(), [90, 100, 101, 102]);
    }

    #[test]
    fn containers_are_wanted_by_name_or_by_the_beginning_of_the_id() {
        let scope = Scope::Containers(vec!["db".into(), "3f4e5d6c7b8a".into()]);
        let container =
            |id: &str, name: &str| Container { id: id.into(), name: name.into(), ..Container::default() };
        assert!(scope.wants(&container("aaaa", "db")));
        assert!(scope.wants(&container("3f4e5d6c7b8a9988", "x")));
        assert!(!scope.wants(&container("dbdb", "x")), "a name is not an id");
        assert!(!scope.wants(&container("aaaa", "db2")));
        assert!(!Scope::Host.wants(&container("aaaa", "db")));
    }

    #[test]
    fn nothing_of_the_host_is_in_a_shown_path() {
        assert_eq!(shown_path(b"/user.slice/user-1000.slice"), b"/");
        let id = "ab".repeat(32);
        assert_eq!(shown_path(format!("/host/docker/{id}").as_bytes()), format!("/docker/{id}").into_bytes());
    }
}
