//! Podman: the container store of its storage library, and the bundle beside it.

use capture_format::cgroup::ContainerRef;
use capture_format::snapshot::Container;
use serde_json::Value;

use super::{Places, image, json, oci};
use crate::files;

/// Most bytes of the list of all containers.
const LIST_MAX: usize = 16 << 20;

/// Describes a container of podman.
pub fn describe(places: &Places, found: &ContainerRef) -> Option<Container> {
    places.podman_stores.iter().find_map(|store| {
        let list = files::read_json(&store.join("containers.json"), LIST_MAX)?;
        let entry = list.as_array()?.iter().find(|entry| json::text(entry, "/id") == found.id)?;
        let bundle = files::read_json(&store.join(&found.id).join("userdata/config.json"), oci::CONFIG_MAX);
        Some(assemble(found, entry, bundle.as_ref().unwrap_or(&Value::Null)))
    })
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
}
