//! Names, images and pods of containers, from what their runtimes keep on this machine.
//!
//! Read only, with limits on time and size, and never fatal: a container that nobody describes is
//! known by its id. A new runtime is a row of `SOURCES`.

pub mod bolt;
pub mod docker;
pub mod image;
pub mod json;
pub mod oci;
pub mod podman;

use std::path::PathBuf;

use capture_format::cgroup::ContainerRef;
use capture_format::snapshot::{Container, Pod};

/// Where the runtimes keep what they know.
#[derive(Clone, Debug)]
pub struct Places {
    /// Socket of the Docker daemon.
    pub docker_socket: PathBuf,
    /// Docker's state, a directory a container.
    pub docker_state: PathBuf,
    /// Socket of podman's service.
    pub podman_socket: PathBuf,
    /// Container stores of podman.
    pub podman_stores: Vec<PathBuf>,
    /// Bundles of containerd, a directory a namespace.
    pub containerd_tasks: PathBuf,
    /// Container stores of cri-o.
    pub crio_stores: Vec<PathBuf>,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            docker_socket: "/var/run/docker.sock".into(),
            docker_state: "/var/lib/docker/containers".into(),
            podman_socket: "/run/podman/podman.sock".into(),
            podman_stores: vec!["/var/lib/containers/storage/overlay-containers".into()],
            containerd_tasks: "/run/containerd/io.containerd.runtime.v2.task".into(),
            crio_stores: vec![
                "/run/containers/storage/overlay-containers".into(),
                "/var/lib/containers/storage/overlay-containers".into(),
            ],
        }
    }
}

type Describe = fn(&Places, &ContainerRef) -> Option<Container>;

/// Who may know a container, by the runtime its cgroup tells. A runtime may stand in several rows:
/// a bare id in a cgroup path does not say whether Docker or containerd made it.
const SOURCES: &[(&str, Describe)] = &[
    ("docker", docker::describe),
    ("docker", oci::containerd),
    ("podman", podman::describe),
    ("containerd", oci::containerd),
    ("containerd", oci::crio),
    ("containerd", docker::describe),
    ("cri-o", oci::crio),
];

/// Describes a container; whatever nobody knows stays empty.
pub fn describe(places: &Places, found: &ContainerRef) -> Container {
    let known = SOURCES
        .iter()
        .filter(|(runtime, _)| *runtime == found.runtime)
        .find_map(|(_, describe)| describe(places, found));
    known.unwrap_or_else(|| Container {
        id: found.id.clone(),
        runtime: found.runtime.to_owned(),
        name: if found.runtime == "lxc" { found.id.clone() } else { String::new() },
        pod: found.pod_uid.clone().map(|uid| Pod { uid, ..Pod::default() }),
        ..Container::default()
    })
}

/// Whether a runtime described the container.
pub fn is_described(container: &Container) -> bool {
    !container.name.is_empty()
        || !container.image.is_empty()
        || container.pod.as_ref().is_some_and(|p| !p.name.is_empty())
}

#[cfg(test)]
pub(crate) mod testing {
    //! A directory that plays the runtimes' places.

    use super::Places;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixListener;
    use std::path::PathBuf;
    use std::thread::JoinHandle;

    pub(crate) struct Dir {
        path: PathBuf,
    }

    impl Dir {
        pub(crate) fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("saker-containers-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&path);
            std::fs::create_dir_all(&path).unwrap();
            Self { path }
        }

        pub(crate) fn places(&self) -> Places {
            Places {
                docker_socket: self.path.join("docker.sock"),
                docker_state: self.path.join("docker"),
                podman_socket: self.path.join("podman.sock"),
                podman_stores: vec![self.path.join("podman")],
                containerd_tasks: self.path.join("containerd"),
                crio_stores: vec![self.path.join("crio")],
            }
        }

        pub(crate) fn write(&self, name: &str, text: &str) {
            self.write_bytes(name, text.as_bytes());
        }

        /// Writes a file and gives its path.
        pub(crate) fn write_bytes(&self, name: &str, bytes: &[u8]) -> PathBuf {
            let path = self.path.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, bytes).unwrap();
            path
        }

        /// Answers one request on the socket and gives the request.
        pub(crate) fn serve(&self, socket: PathBuf, answer: Vec<u8>) -> JoinHandle<String> {
            let listener = UnixListener::bind(socket).unwrap();
            std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 4096];
                let len = stream.read(&mut request).unwrap();
                // The other side may hang up on an answer that is too long.
                let _ = stream.write_all(&answer);
                String::from_utf8_lossy(&request[..len]).into_owned()
            })
        }
    }

    impl Drop for Dir {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_nobody_describes_is_known_by_its_id() {
        let dir = testing::Dir::new("unknown");
        let found = ContainerRef { runtime: "docker", id: "0".repeat(64), pod_uid: Some("u".into()) };
        let container = describe(&dir.places(), &found);
        assert_eq!((container.id.len(), container.runtime.as_str()), (64, "docker"));
        assert!(!is_described(&container));
        assert_eq!(container.pod.unwrap().uid, "u");
    }
}
