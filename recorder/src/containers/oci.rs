//! Bundles of the open container runtimes: containerd (Kubernetes, nerdctl) and cri-o, and what
//! any bundle tells.

use std::path::Path;

use capture_format::cgroup::ContainerRef;
use capture_format::snapshot::{Container, ContainerMount, Pod};
use serde_json::Value;

use super::{Places, image, json};
use crate::files;

/// Most bytes of a bundle's `config.json`.
pub const CONFIG_MAX: usize = 4 << 20;
/// Most namespaces of containerd that are looked through.
const NAMESPACES_MAX: usize = 64;

/// Where an annotation of each runtime says what. The first that is there counts.
struct Keys {
    name: &'static [&'static str],
    image: &'static [&'static str],
    pod_name: &'static [&'static str],
    pod_namespace: &'static [&'static str],
    pod_uid: &'static [&'static str],
    sandbox: &'static [&'static str],
    labels: &'static str,
}

const KEYS: Keys = Keys {
    name: &["io.kubernetes.cri.container-name", "io.kubernetes.container.name", "nerdctl/name"],
    image: &[
        "io.kubernetes.cri.image-name",
        "io.kubernetes.cri-o.ImageName",
        "io.kubernetes.cri-o.UserRequestedImage",
        "nerdctl/image-name",
    ],
    pod_name: &["io.kubernetes.cri.sandbox-name", "io.kubernetes.pod.name"],
    pod_namespace: &["io.kubernetes.cri.sandbox-namespace", "io.kubernetes.pod.namespace"],
    pod_uid: &["io.kubernetes.cri.sandbox-uid", "io.kubernetes.pod.uid"],
    sandbox: &["io.kubernetes.cri.sandbox-id", "io.kubernetes.cri-o.SandboxID"],
    labels: "io.kubernetes.cri-o.Labels",
};

/// Describes a container of containerd from its bundle, in whichever namespace it is.
pub fn containerd(places: &Places, found: &ContainerRef) -> Option<Container> {
    let kubernetes = places.containerd_tasks.join("k8s.io");
    let others = files::subdirectories(&places.containerd_tasks, NAMESPACES_MAX);
    std::iter::once(kubernetes).chain(others).find_map(|namespace| {
        let bundle = read_bundle(&namespace.join(&found.id))?;
        Some(assemble(found, &bundle))
    })
}

/// Describes a container of cri-o from its bundle.
pub fn crio(places: &Places, found: &ContainerRef) -> Option<Container> {
    places.crio_stores.iter().find_map(|store| {
        let bundle = read_bundle(&store.join(&found.id).join("userdata"))?;
        Some(assemble(found, &bundle))
    })
}

fn read_bundle(dir: &Path) -> Option<Value> {
    files::read_json(&dir.join("config.json"), CONFIG_MAX)
}

fn assemble(found: &ContainerRef, bundle: &Value) -> Container {
    let annotation = |keys: &[&str]| -> String {
        let at = |key: &&str| bundle.get("annotations")?.get(*key)?.as_str().map(str::to_owned);
        keys.iter().find_map(at).unwrap_or_default()
    };
    let reference = annotation(KEYS.image);
    let parts = image::split(&reference);
    let mut container = Container {
        id: found.id.clone(),
        runtime: found.runtime.to_owned(),
        name: annotation(KEYS.name),
        image: reference,
        image_repository: parts.repository,
        image_tag: parts.tag,
        image_digest: parts.digest,
        ..Container::default()
    };
    let labels: Value = serde_json::from_str(&annotation(&[KEYS.labels])).unwrap_or(Value::Null);
    container.labels = json::pairs(&labels, "");
    let uid = annotation(KEYS.pod_uid);
    let uid = if uid.is_empty() { found.pod_uid.clone().unwrap_or_default() } else { uid };
    let pod = Pod {
        name: annotation(KEYS.pod_name),
        namespace: annotation(KEYS.pod_namespace),
        uid,
        sandbox_id: annotation(KEYS.sandbox),
        ..Pod::default()
    };
    if pod != Pod::default() {
        container.pod = Some(pod);
    }
    fill_from_bundle(&mut container, bundle);
    container
}

/// Adds what any bundle says: shared namespaces and bind mounts.
pub fn fill_from_bundle(container: &mut Container, bundle: &Value) {
    if bundle.pointer("/linux/namespaces").is_some_and(Value::is_array) {
        let shares = |kind: &str| {
            Some(
                !json::list(bundle, "/linux/namespaces")
                    .any(|namespace| json::text(namespace, "/type") == kind),
            )
        };
        container.host_pid = shares("pid");
        container.host_network = shares("network");
        container.host_ipc = shares("ipc");
    }
    if container.mounts.is_empty() {
        container.mounts = json::list(bundle, "/mounts").filter_map(mount).collect();
        container.mounts.sort_by(|a, b| a.dest.cmp(&b.dest));
    }
}

/// A bind mount; the file systems every container has are left out.
fn mount(mount: &Value) -> Option<ContainerMount> {
    let options: Vec<&str> = json::list(mount, "/options").filter_map(Value::as_str).collect();
    let bound = json::text(mount, "/type") == "bind"
        || options.iter().any(|option| matches!(*option, "bind" | "rbind"));
    let propagation = ["rprivate", "private", "rslave", "slave", "rshared", "shared"];
    bound.then(|| ContainerMount {
        source: json::text(mount, "/source"),
        dest: json::text(mount, "/destination"),
        mode: String::new(),
        writable: !options.contains(&"ro"),
        propagation: options.iter().find(|option| propagation.contains(option)).unwrap_or(&"").to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::containers::testing;

    const ID: &str = "3f4e5d6c7b8a99887766554433221100ffeeddccbbaa99887766554433221100";
    const UID: &str = "6d3c1b1a-0f5e-4a0f-9b57-2f1e5c0a7d11";

    fn found(runtime: &'static str) -> ContainerRef {
        ContainerRef { runtime, id: ID.to_owned(), pod_uid: Some(UID.to_owned()) }
    }

    #[test]
    fn a_container_of_kubernetes_knows_its_pod() {
        let dir = testing::Dir::new("cri");
        dir.write(
            &format!("containerd/k8s.io/{ID}/config.json"),
            &format!(
                r#"{{"annotations":{{"io.kubernetes.cri.container-type":"container",
                 "io.kubernetes.cri.container-name":"mysqld","io.kubernetes.cri.image-name":"docker.io/library/mysql:8",
                 "io.kubernetes.cri.sandbox-id":"aa","io.kubernetes.cri.sandbox-name":"mysql-0",
                 "io.kubernetes.cri.sandbox-namespace":"prod","io.kubernetes.cri.sandbox-uid":"{UID}"}},
                 "linux":{{"namespaces":[{{"type":"pid"}},{{"type":"network","path":"/proc/1/ns/net"}}]}}}}"#
            ),
        );
        let container = containerd(&dir.places(), &found("containerd")).unwrap();
        assert_eq!((container.name.as_str(), container.runtime.as_str()), ("mysqld", "containerd"));
        assert_eq!(
            (container.image_repository.as_str(), container.image_tag.as_str()),
            ("docker.io/library/mysql", "8")
        );
        let pod = container.pod.unwrap();
        assert_eq!(
            (pod.name.as_str(), pod.namespace.as_str(), pod.uid.as_str(), pod.sandbox_id.as_str()),
            ("mysql-0", "prod", UID, "aa")
        );
        assert_eq!((container.host_network, container.host_ipc), (Some(false), Some(true)));
    }

    #[test]
    fn other_namespaces_of_containerd_are_looked_through() {
        let dir = testing::Dir::new("nerdctl");
        dir.write(
            &format!("containerd/default/{ID}/config.json"),
            r#"{"annotations":{"nerdctl/name":"web","nerdctl/image-name":"nginx:1"}}"#,
        );
        let mut found = found("containerd");
        found.pod_uid = None;
        let container = containerd(&dir.places(), &found).unwrap();
        assert_eq!(
            (container.name.as_str(), container.image_tag.as_str(), container.pod),
            ("web", "1", None)
        );
    }

    #[test]
    fn a_container_of_crio_has_labels() {
        let dir = testing::Dir::new("crio");
        dir.write(
            &format!("crio/{ID}/userdata/config.json"),
            r#"{"annotations":{"io.kubernetes.container.name":"app","io.kubernetes.cri-o.ImageName":"quay.io/x/app:2",
                "io.kubernetes.pod.name":"app-1","io.kubernetes.pod.namespace":"dev","io.kubernetes.cri-o.SandboxID":"bb",
                "io.kubernetes.cri-o.Labels":"{\"tier\":\"web\",\"app\":\"x\"}"}}"#,
        );
        let container = crio(&dir.places(), &found("cri-o")).unwrap();
        assert_eq!(container.labels, [("app".into(), "x".into()), ("tier".into(), "web".into())]);
        let pod = container.pod.unwrap();
        assert_eq!((pod.name.as_str(), pod.uid.as_str()), ("app-1", UID));
    }

    #[test]
    fn garbage_tells_nothing() {
        let dir = testing::Dir::new("oci-garbage");
        dir.write(&format!("containerd/k8s.io/{ID}/config.json"), "{\"annotations\":");
        assert_eq!(containerd(&dir.places(), &found("containerd")), None);
        dir.write(&format!("containerd/k8s.io/{ID}/config.json"), "[1,2]");
        assert_eq!(containerd(&dir.places(), &found("containerd")).unwrap().name, "");
    }
}
