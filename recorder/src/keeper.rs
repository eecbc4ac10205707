//! The thread that looks containers up: their runtime's description, their users and their hosts
//! file. What it reads belongs to others and may be slow; recording never waits for it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use capture_format::cgroup::ContainerRef;
use capture_format::snapshot::{Container, Tables};

use crate::containers::{self, Places};
use crate::snapshot::{accounts, names};

/// How long a container is looked for again: its runtime writes its files while it starts.
const PATIENCE: Duration = Duration::from_secs(3);
/// Pause between two looks at containers that are not complete yet.
const PAUSE: Duration = Duration::from_millis(20);
/// Most processes remembered of a container that is not complete yet.
const PROCESSES_MAX: usize = 8;
/// Most containers looked up at a time.
const OPEN_MAX: usize = 4096;

/// A process was seen in a container.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The container.
    pub container: ContainerRef,
    /// The process.
    pub pid: u32,
}

/// What was found out.
#[derive(Clone, Debug)]
pub enum Found {
    /// What the runtime says; empty but for the id if it says nothing in time.
    Described(Box<Container>),
    /// Users, groups and names of the container with this full id; after its description.
    Inside(String, Tables),
}

/// The thread's handle. Dropping it ends the thread, without waiting for it.
pub struct Keeper {
    seen: Sender<Seen>,
    found: Receiver<Found>,
}

impl Keeper {
    /// Starts the thread.
    pub fn start(places: Places) -> std::io::Result<Self> {
        let (seen, requests) = mpsc::channel();
        let (answers, found) = mpsc::channel();
        std::thread::Builder::new()
            .name("containers".to_owned())
            .spawn(move || Work { places, answers, open: BTreeMap::new() }.run(&requests))?;
        Ok(Self { seen, found })
    }

    /// Tells that a process was seen in a container.
    pub fn saw(&self, seen: Seen) {
        // The thread ends only with this handle.
        let _ = self.seen.send(seen);
    }

    /// What was found since the last call. Does not wait.
    pub fn found(&self) -> impl Iterator<Item = Found> + '_ {
        self.found.try_iter()
    }

    /// The next thing found, waiting until `end` at most.
    pub fn next_until(&self, end: Instant) -> Option<Found> {
        self.found.recv_timeout(end.saturating_duration_since(Instant::now())).ok()
    }
}

/// A container that is not complete yet.
struct Open {
    container: ContainerRef,
    pids: Vec<u32>,
    since: Instant,
    described: bool,
    inside: bool,
}

struct Work {
    places: Places,
    answers: Sender<Found>,
    open: BTreeMap<String, Open>,
}

impl Work {
    fn run(mut self, requests: &Receiver<Seen>) {
        loop {
            let wait = if self.open.is_empty() { Duration::from_secs(3600) } else { PAUSE };
            match requests.recv_timeout(wait) {
                Ok(seen) => {
                    self.add(seen);
                    for seen in requests.try_iter() {
                        self.add(seen);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.look().is_none() {
                return;
            }
        }
    }

    fn add(&mut self, seen: Seen) {
        if self.open.len() >= OPEN_MAX && !self.open.contains_key(&seen.container.id) {
            return;
        }
        let open = self.open.entry(seen.container.id.clone()).or_insert_with(|| Open {
            container: seen.container,
            pids: Vec::new(),
            since: Instant::now(),
            described: false,
            inside: false,
        });
        open.since = Instant::now();
        // The latest are the likeliest to be alive and to be inside.
        if open.pids.len() == PROCESSES_MAX {
            open.pids.remove(0);
        }
        if !open.pids.contains(&seen.pid) {
            open.pids.push(seen.pid);
        }
    }

    /// Looks at every open container once; `None` if nobody listens any more.
    fn look(&mut self) -> Option<()> {
        for (id, open) in &mut self.open {
            let late = open.since.elapsed() > PATIENCE;
            if !open.described {
                let container = containers::describe(&self.places, &open.container);
                if late || containers::is_described(&container) {
                    open.described = true;
                    self.answers.send(Found::Described(Box::new(container))).ok()?;
                }
            }
            if open.described && !open.inside {
                // Newest first: an early process may not have entered the container's root yet.
                let tables = open.pids.iter().rev().find_map(|pid| inside(*pid, id));
                if let Some(tables) = tables {
                    open.inside = true;
                    self.answers.send(Found::Inside(id.clone(), tables)).ok()?;
                }
            }
        }
        self.open.retain(|_, open| !(open.described && open.inside) && open.since.elapsed() <= PATIENCE * 2);
        Some(())
    }
}

/// Users, groups and names as the process `pid` of the container `id` sees them; `None` while it
/// is still (or again) in the root of the recorder, or gone.
fn inside(pid: u32, id: &str) -> Option<Tables> {
    use std::os::unix::fs::MetadataExt;
    let root = PathBuf::from(format!("/proc/{pid}/root"));
    let theirs = std::fs::metadata(root.join(".")).ok()?;
    let ours = std::fs::metadata("/").ok()?;
    if (theirs.dev(), theirs.ino()) == (ours.dev(), ours.ino()) {
        return None;
    }
    let (users, groups) = accounts::read(&root, id);
    Some(Tables { users, groups, names: names::read(&root, id), ..Tables::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::containers::testing;

    #[test]
    fn a_container_described_late_is_still_found() {
        let id = "3f4e5d6c7b8a99887766554433221100ffeeddccbbaa99887766554433221100";
        let dir = testing::Dir::new("keeper");
        let keeper = Keeper::start(dir.places()).unwrap();
        let container = ContainerRef { runtime: "docker", id: id.to_owned(), pod_uid: None };
        keeper.saw(Seen { container, pid: std::process::id() });
        assert!(keeper.next_until(Instant::now() + PAUSE * 3).is_none(), "nothing is known yet");
        dir.write(&format!("docker/{id}/config.v2.json"), r#"{"Name":"/late","Config":{"Image":"x:1"}}"#);
        match keeper.next_until(Instant::now() + Duration::from_secs(2)) {
            Some(Found::Described(container)) => assert_eq!(container.name, "late"),
            other => panic!("{other:?}"),
        }
        // This very process is not in a root of its own: its users are the host's.
        assert!(keeper.next_until(Instant::now() + PAUSE * 3).is_none());
    }
}
