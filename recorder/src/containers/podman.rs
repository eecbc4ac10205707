//! Podman: the container store of its storage library, the bundle beside it, and for labels its
//! database, or its service if it has another database.

use capture_format::cgroup::ContainerRef;
use capture_format::snapshot::Container;
use serde_json::Value;

use std::path::Path;

use super::{Places, bolt, docker, image, json, oci};
use crate::files;

/// Most bytes of the list of all containers.
const LIST_MAX: usize = 16 << 20;
/// Annotation of a bundle: `TRUE` or `FALSE`.
const PRIVILEGED: &str = "io.podman.annotations.privileged";
/// How often the database is read if podman writes it meanwhile.
const TRIES: usize = 3;

/// Describes a container of podman.
pub fn describe(places: &Places, found: &ContainerRef) -> Option<Container> {
    places.podman_stores.iter().find_map(|store| {
        let list = files::read_json(&store.join("containers.json"), LIST_MAX)?;
        let entry = list.as_array()?.iter().find(|entry| json::text(entry, "/id") == found.id)?;
        let bundle = files::read_json(&store.join(&found.id).join("userdata/config.json"), oci::CONFIG_MAX);
        let mut container = assemble(found, entry, bundle.as_ref().unwrap_or(&Value::Null));
        container.labels = labels_in_database(store, &found.id)
            .or_else(|| labels_of_service(places, &found.id))
            .unwrap_or_default();
        Some(container)
    })
}

type Labels = Vec<(String, String)>;

/// Labels as the database has them, which stands beside the store; `None` if it does not know the
/// container.
fn labels_in_database(store: &Path, id: &str) -> Option<Labels> {
    let path = store.parent()?.join("libpod/bolt_state.db");
    (0..TRIES).find_map(|_| {
        let config = bolt::get(&path, &[b"ctr", id.as_bytes()], b"config")?;
        let config: Value = serde_json::from_slice(&config).ok()?;
        (json::text(&config, "/id") == id).then(|| json::pairs(&config, "/labels"))
    })
}

fn labels_of_service(places: &Places, id: &str) -> Option<Labels> {
    let state = docker::ask(&places.podman_socket, &format!("/containers/{id}/json"))?;
    Some(json::pairs(&state, "/Config/Labels"))
}

fn assemble(found: &ContainerRef, entry: &Value, bundle: &Value) -> Container {
    // The metadata is JSON in a JSON string.
    let metadata: Value = serde_json::from_str(&json::text(entry, "/metadata")).unwrap_or(Value::Null);
    let reference = json::text(&metadata, "/image-name");
    let parts = image::split(&reference);
    let name = json::text(entry, "/names/0");
    let mut container = Container {
        id: found.id.clone(),
        runtime: "podman".to_owned(),
        name: if name.is_empty() { json::text(&metadata, "/name") } else { name },
        image: reference,
        image_repository: parts.repository,
        image_tag: parts.tag,
        image_id: json::text(entry, "/image"),
        image_digest: parts.digest,
        ..Container::default()
    };
    let privileged = bundle.get("annotations").and_then(|all| all.get(PRIVILEGED)).and_then(Value::as_str);
    container.privileged = privileged.map(|said| said.eq_ignore_ascii_case("true"));
    oci::fill_from_bundle(&mut container, bundle);
    container
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::containers::testing;

    #[test]
    fn names_and_images_come_from_the_store() {
        let id = "3f4e5d6c7b8a99887766554433221100ffeeddccbbaa99887766554433221100";
        let dir = testing::Dir::new("podman");
        dir.write(
            "podman/containers.json",
            &format!(
                r#"[{{"id":"{}","names":["other"]}},
                 {{"id":"{id}","names":["db"],"image":"99473041","layer":"x",
                   "metadata":"{{\"image-name\":\"docker.io/library/mysql:8\",\"image-id\":\"99473041\",\"name\":\"db\"}}"}}]"#,
                "0".repeat(64)
            ),
        );
        dir.write(
            &format!("podman/{id}/userdata/config.json"),
            r#"{"linux":{"namespaces":[{"type":"pid"},{"type":"ipc"},{"type":"mount"}]},
                "mounts":[{"destination":"/proc","type":"proc","source":"proc"},
                          {"destination":"/data","type":"bind","source":"/srv","options":["rbind","ro","rprivate"]}]}"#,
        );
        let found = ContainerRef { runtime: "podman", id: id.to_owned(), pod_uid: None };
        let container = describe(&dir.places(), &found).unwrap();
        assert_eq!((container.name.as_str(), container.runtime.as_str()), ("db", "podman"));
        assert_eq!(container.image_repository, "docker.io/library/mysql");
        assert_eq!(container.image_tag, "8");
        assert_eq!((container.host_pid, container.host_network), (Some(false), Some(true)));
        assert_eq!(container.mounts.len(), 1);
        assert!(!container.mounts[0].writable);
        assert_eq!(container.mounts[0].propagation, "rprivate");
    }

    /// Store, bundle and database that podman 4.3 wrote for one container, shortened.
    const STORE: &str = include_str!("testdata/podman-containers.json");
    const BUNDLE: &str = include_str!("testdata/podman-config.json");
    const DATABASE: &[u8] = include_bytes!("testdata/podman-bolt_state.db");
    const ID: &str = "84b67be41a1daa8569543396014bfdbc08c8496838f61a876f23bb835ca7e32b";

    fn found() -> ContainerRef {
        ContainerRef { runtime: "podman", id: ID.to_owned(), pod_uid: None }
    }

    fn labels() -> Labels {
        vec![("app".into(), "mysql".into()), ("tier".into(), "db".into())]
    }

    #[test]
    fn labels_come_from_the_database() {
        let dir = testing::Dir::new("podman-database");
        dir.write("podman/containers.json", STORE);
        dir.write(&format!("podman/{ID}/userdata/config.json"), BUNDLE);
        dir.write_bytes("libpod/bolt_state.db", DATABASE);
        let container = describe(&dir.places(), &found()).unwrap();
        assert_eq!(container.labels, labels());
        assert_eq!((container.name.as_str(), container.image_tag.as_str()), ("pdb1", "8"));
        assert_eq!((container.privileged, container.host_network), (Some(false), Some(false)));
        assert_eq!(container.mounts.len(), 1);
        assert_eq!((container.mounts[0].dest.as_str(), container.mounts[0].writable), ("/data", false));
    }

    #[test]
    fn labels_come_from_the_service_if_there_is_no_database() {
        let dir = testing::Dir::new("podman-service");
        dir.write("podman/containers.json", STORE);
        assert_eq!(describe(&dir.places(), &found()).unwrap().labels, []);
        let body = r#"{"Name":"/pdb1","Config":{"Labels":{"tier":"db","app":"mysql"}}}"#;
        let answer = format!("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{body}");
        let service = dir.serve(dir.places().podman_socket, answer.into_bytes());
        let container = describe(&dir.places(), &found()).unwrap();
        assert_eq!((container.labels, container.name.as_str()), (labels(), "pdb1"));
        assert!(service.join().unwrap().starts_with(&format!("GET /containers/{ID}/json ")));
    }
}
