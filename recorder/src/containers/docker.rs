//! Docker: its state files first, which disturbs nothing, then its socket.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use capture_format::cgroup::ContainerRef;
use capture_format::snapshot::{Container, ContainerMount};
use serde_json::Value;

use super::{Places, image, json};
use crate::files;

/// How long the daemon may take to answer.
const SOCKET_TIME: Duration = Duration::from_millis(300);
/// Most bytes of an answer.
const ANSWER_MAX: u64 = 4 << 20;
/// Most bytes of a state file.
const STATE_MAX: usize = 4 << 20;

/// Describes a container of Docker.
pub fn describe(places: &Places, found: &ContainerRef) -> Option<Container> {
    from_files(places, found).or_else(|| from_socket(places, found))
}

fn from_files(places: &Places, found: &ContainerRef) -> Option<Container> {
    let dir = places.docker_state.join(&found.id);
    let state = files::read_json(&dir.join("config.v2.json"), STATE_MAX)?;
    let host = files::read_json(&dir.join("hostconfig.json"), STATE_MAX).unwrap_or(Value::Null);
    let container = assemble(&found.id, &state, &host);
    // The file of a container that is being made is written more than once: without a name it is
    // not complete yet.
    (!container.name.is_empty()).then_some(container)
}

fn from_socket(places: &Places, found: &ContainerRef) -> Option<Container> {
    let state = ask(&places.docker_socket, &format!("/containers/{}/json", found.id))?;
    Some(assemble(&found.id, &state, state.get("HostConfig").unwrap_or(&Value::Null)))
}

/// The state file and the daemon's answer differ only in where the host configuration and the
/// mounts stand.
fn assemble(id: &str, state: &Value, host: &Value) -> Container {
    let reference = json::text(state, "/Config/Image");
    let parts = image::split(&reference);
    let mode_is_host = |pointer| host.pointer(pointer).and_then(Value::as_str).map(|mode| mode == "host");
    Container {
        id: id.to_owned(),
        runtime: "docker".to_owned(),
        name: json::text(state, "/Name").trim_start_matches('/').to_owned(),
        image: reference,
        image_repository: parts.repository,
        image_tag: parts.tag,
        image_id: image::bare_id(&json::text(state, "/Image")).to_owned(),
        image_digest: parts.digest,
        labels: json::pairs(state, "/Config/Labels"),
        privileged: json::flag(host, "/Privileged"),
        mounts: mounts(state),
        ip: address(state),
        host_pid: mode_is_host("/PidMode"),
        host_network: mode_is_host("/NetworkMode"),
        host_ipc: mode_is_host("/IpcMode"),
        pod: None,
    }
}

fn mounts(state: &Value) -> Vec<ContainerMount> {
    let in_file =
        state.get("MountPoints").and_then(Value::as_object).into_iter().flat_map(|map| map.values());
    let mut mounts: Vec<_> = json::list(state, "/Mounts")
        .chain(in_file)
        .take(json::ENTRIES_MAX)
        .map(|mount| {
            let mode = json::text(mount, "/Mode");
            ContainerMount {
                source: json::text(mount, "/Source"),
                dest: json::text(mount, "/Destination"),
                mode: if mode.is_empty() { json::text(mount, "/Relabel") } else { mode },
                writable: json::flag(mount, "/RW").unwrap_or(false),
                propagation: json::text(mount, "/Propagation"),
            }
        })
        .collect();
    mounts.sort_by(|a, b| a.dest.cmp(&b.dest));
    mounts
}

fn address(state: &Value) -> String {
    let own = json::text(state, "/NetworkSettings/IPAddress");
    if !own.is_empty() {
        return own;
    }
    let Some(Value::Object(networks)) = state.pointer("/NetworkSettings/Networks") else { return own };
    let mut names: Vec<_> = networks.keys().collect();
    names.sort();
    names
        .into_iter()
        .filter_map(|name| networks.get(name)?.get("IPAddress")?.as_str())
        .find(|ip| !ip.is_empty())
        .unwrap_or_default()
        .to_owned()
}

/// Asks the daemon, read only. HTTP/1.0, so that the answer ends with the connection. Podman's
/// service answers the same.
pub fn ask(socket: &Path, path: &str) -> Option<Value> {
    let end = Instant::now() + SOCKET_TIME;
    let mut stream = UnixStream::connect(socket).ok()?;
    stream.set_write_timeout(Some(SOCKET_TIME)).ok()?;
    stream
        .write_all(
            format!("GET {path} HTTP/1.0\r\nHost: docker\r\nAccept: application/json\r\n\r\n").as_bytes(),
        )
        .ok()?;
    let mut answer = Vec::new();
    let mut chunk = [0; 16 << 10];
    loop {
        let left = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
        stream.set_read_timeout(Some(left)).ok()?;
        let read = stream.read(&mut chunk).ok()?;
        if read == 0 {
            break;
        }
        answer.extend_from_slice(chunk.get(..read)?);
        if answer.len() as u64 > ANSWER_MAX {
            return None;
        }
    }
    body(&answer)
}

/// The JSON of an answer, if it is a success.
fn body(answer: &[u8]) -> Option<Value> {
    let status = answer.split(|&byte| byte == b'\r').next()?;
    if status.split(|&byte| byte == b' ').nth(1)? != b"200" {
        return None;
    }
    let at = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    serde_json::from_slice(answer.get(at + 4..)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::containers::testing;

    /// What `docker inspect` of Docker 20.10 prints of a container, shortened.
    const INSPECT: &str = include_str!("testdata/docker-inspect.json");
    /// `config.v2.json` and `hostconfig.json` of the same container, shortened.
    const STATE: &str = include_str!("testdata/docker-config.v2.json");
    const HOST: &str = include_str!("testdata/docker-hostconfig.json");
    const ID: &str = "78f22850a1e1e7de9b00c9fb6bea488ffe2bd4c8568d897b5d5b8103eba5d8c8";

    fn found() -> ContainerRef {
        ContainerRef { runtime: "docker", id: ID.to_owned(), pod_uid: None }
    }

    #[test]
    fn the_socket_and_the_files_tell_the_same() {
        let dir = testing::Dir::new("docker-same");
        let places = dir.places();
        dir.write(&format!("docker/{ID}/config.v2.json"), STATE);
        dir.write(&format!("docker/{ID}/hostconfig.json"), HOST);
        let from_files = from_files(&places, &found()).unwrap();

        let inspect: Value = serde_json::from_str(INSPECT).unwrap();
        let answer = format!("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{}", inspect[0]);
        let server = dir.serve(places.docker_socket.clone(), answer.into_bytes());
        let from_socket = from_socket(&places, &found()).unwrap();
        assert!(server.join().unwrap().starts_with(&format!("GET /containers/{ID}/json HTTP/1.0\r\n")));

        assert_eq!(from_files, from_socket);
        assert_eq!(from_files.name, "mysql-db");
        assert_eq!((from_files.image_repository.as_str(), from_files.image_tag.as_str()), ("mysql", "8"));
        assert_eq!(from_files.labels[0], ("app".to_owned(), "mysql".to_owned()));
        assert_eq!(from_files.privileged, Some(false));
        assert_eq!(from_files.ip, "172.17.0.2");
        assert_eq!(from_files.host_network, Some(false));
        assert_eq!(from_files.mounts.len(), 1);
        assert_eq!((from_files.mounts[0].mode.as_str(), from_files.mounts[0].writable), ("ro", false));
        assert_eq!(from_files.image_id.len(), 64);
    }

    #[test]
    fn an_answer_that_is_no_success_tells_nothing() {
        assert!(body(b"HTTP/1.0 404 Not Found\r\n\r\n{\"message\":\"no\"}").is_none());
        assert!(body(b"HTTP/1.0 200 OK\r\n\r\n{").is_none());
        assert!(body(b"").is_none());
    }

    #[test]
    fn a_daemon_that_never_answers_is_not_waited_for() {
        let dir = testing::Dir::new("docker-mute");
        let places = dir.places();
        let listener = std::os::unix::net::UnixListener::bind(&places.docker_socket).unwrap();
        let start = Instant::now();
        assert_eq!(from_socket(&places, &found()), None);
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
        drop(listener);
    }

    #[test]
    fn an_answer_without_end_is_cut_off() {
        let dir = testing::Dir::new("docker-endless");
        let places = dir.places();
        let mut answer = b"HTTP/1.0 200 OK\r\n\r\n\"".to_vec();
        answer.resize(answer.len() + ANSWER_MAX as usize + 1, b'a');
        answer.push(b'"');
        let server = dir.serve(places.docker_socket.clone(), answer);
        assert_eq!(from_socket(&places, &found()), None);
        drop(server);
    }
}
