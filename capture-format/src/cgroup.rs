//! Which container a cgroup belongs to, from its path alone.
//!
//! Runtimes name cgroups by two schemes. With the cgroupfs driver the id is a path component,
//! bare or behind a prefix; with the systemd driver it is a scope, `docker-<id>.scope`. A new
//! runtime is a row of `PREFIXES`. The innermost match counts: of a cluster whose nodes are
//! containers the pod's container is told, not the node.

/// A container, as a cgroup path tells it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContainerRef {
    /// Runtime, in Falco's words: `docker`, `podman`, `containerd`, `cri-o`, `lxc`.
    pub runtime: &'static str,
    /// Full id; of `lxc` the name.
    pub id: String,
    /// Uid of the Kubernetes pod, with dashes, if the path names one.
    pub pod_uid: Option<String>,
}

/// What stands in front of the id in a component, and whose it is. Compared after `.scope` was
/// taken off; what follows must be an id, so `libpod-conmon-<id>` is nobody's.
const PREFIXES: &[(&str, &str)] = &[
    ("docker-", "docker"),
    ("libpod-", "podman"),
    ("cri-containerd-", "containerd"),
    ("cri-containerd:", "containerd"),
    ("nerdctl-", "containerd"),
    ("crio-", "cri-o"),
    ("crio:", "cri-o"),
];

/// Parents whose children are containers of `lxc`, and prefixes that mark one by themselves.
const LXC_PARENTS: &[&str] = &["lxc", "lxc.payload"];
const LXC_PREFIX: &str = "lxc.payload.";

/// The container a cgroup belongs to; `None` for the host's own.
///
/// `path` is the path below the hierarchy's root, as `/proc/PID/cgroup` shows it.
pub fn container_of(path: &[u8]) -> Option<ContainerRef> {
    let path = core::str::from_utf8(path).ok()?;
    let components: Vec<&str> = path.split('/').filter(|component| !component.is_empty()).collect();
    let (at, runtime, id) =
        (0..components.len()).rev().find_map(|at| identify(&components, at).map(|(r, id)| (at, r, id)))?;
    let pod_uid = components.iter().take(at + 1).rev().find_map(|component| pod_uid(component));
    Some(ContainerRef { runtime, id: id.to_owned(), pod_uid })
}

/// What a path says about its container and nothing of the host above: from the first component
/// that names runtime, pod or container. `None` if the path is not a container's.
///
/// [`container_of`] says the same of the result as of `path`.
pub fn contained(path: &[u8]) -> Option<String> {
    let path = core::str::from_utf8(path).ok()?;
    let components: Vec<&str> = path.split('/').filter(|component| !component.is_empty()).collect();
    let at = (0..components.len()).rev().find(|&at| identify(&components, at).is_some())?;
    let above = components.get(..at)?;
    let scheme = above.iter().rev().take_while(|component| is_scheme(component)).count();
    let kept = components.get(at - scheme..)?;
    Some(kept.iter().flat_map(|component| ["/", component]).collect())
}

/// Parents that runtimes give their containers everywhere.
const SCHEME: &[&str] = &[
    "docker",
    "libpod_parent",
    "machine.slice",
    "system.slice",
    "containerd.service",
    "burstable",
    "besteffort",
    "guaranteed",
    "default",
    "k8s.io",
    "ecs",
    "lxc",
    "lxc.payload",
];

fn is_scheme(component: &str) -> bool {
    SCHEME.contains(&component)
        || component.starts_with("kubepods")
        || pod_uid(component).is_some()
        // The task above a container of ECS.
        || component.len() == 32 && component.bytes().all(is_hex)
}

/// Runtime and id if the component number `at` is a container's cgroup.
fn identify<'a>(components: &[&'a str], at: usize) -> Option<(&'static str, &'a str)> {
    let component: &'a str = components.get(at)?;
    let above = components.get(..at)?;
    let name = component.strip_suffix(".scope").unwrap_or(component);
    // containerd with the wrong driver joins slice, prefix and id by colons.
    let name = name.split_once(".slice:").map_or(name, |(_, rest)| rest);
    for (prefix, runtime) in PREFIXES {
        if let Some(id) = name.strip_prefix(prefix)
            && is_id(id)
        {
            return Some((runtime, id));
        }
    }
    if let Some(name) = component.strip_prefix(LXC_PREFIX)
        && !name.is_empty()
    {
        return Some(("lxc", name));
    }
    let parent = above.last().copied().unwrap_or("");
    if LXC_PARENTS.contains(&parent) {
        return Some(("lxc", component));
    }
    let fargate = is_fargate_id(component) && parent_is_ecs(above);
    if !is_id(component) && !fargate {
        return None;
    }
    match parent {
        // A pod of podman: its containers are its children.
        "libpod_parent" => None,
        // Namespaces of containerd's own and nerdctl's clients.
        "default" | "k8s.io" => Some(("containerd", component)),
        _ if pod_uid(parent).is_some() => Some(("containerd", component)),
        _ if fargate => Some(("containerd", component)),
        _ => Some(("docker", component)),
    }
}

/// Whether the cgroup above is a task of Amazon ECS: `/ecs/<task>/<id>`.
fn parent_is_ecs(above: &[&str]) -> bool {
    above.len() >= 2 && above.contains(&"ecs")
}

/// The ids of all runtimes but lxc: 64 lower case hexadecimal digits.
fn is_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(is_hex)
}

/// Ids of ECS on Fargate: 32 hexadecimal digits, a dash, a number.
fn is_fargate_id(text: &str) -> bool {
    text.split_once('-').is_some_and(|(task, number)| {
        task.len() == 32
            && task.bytes().all(is_hex)
            && !number.is_empty()
            && number.len() <= 20
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn is_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Uid of a pod from a component such as `pod<uid>` or `kubepods-burstable-pod<uid>.slice`. The
/// systemd driver writes underscores for dashes; a static pod's uid is 32 digits without any.
fn pod_uid(component: &str) -> Option<String> {
    let name = component.split_once(".slice").map_or(component, |(name, _)| name);
    let uid = match name.strip_prefix("pod") {
        Some(uid) => uid,
        None => {
            name.strip_prefix("kubepods").and_then(|rest| rest.rsplit_once("-pod")).map(|(_, uid)| uid)?
        }
    };
    let uid = uid.replace('_', "-");
    let digits = uid.bytes().filter(|&byte| is_hex(byte)).count();
    let dashes = uid.bytes().filter(|&byte| byte == b'-').count();
    (digits == 32 && digits + dashes == uid.len() && (dashes == 0 || dashes == 4)).then_some(uid)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3f4e5d6c7b8a99887766554433221100ffeeddccbbaa99887766554433221100";
    const POD: &str = "aa4e5d6c7b8a99887766554433221100ffeeddccbbaa998877665544332211bb";
    const UID: &str = "6d3c1b1a-0f5e-4a0f-9b57-2f1e5c0a7d11";
    const STATIC_UID: &str = "5ab34ba3b2d4f3d0f1ba8d2c9b1f7e60";

    type Shape = (&'static str, Option<(&'static str, Option<&'static str>)>);

    /// One path a row; `I` stands for the id, `P` for another, `U` for the uid, `V` for the uid
    /// with underscores, `S` for a static pod's uid.
    const SHAPES: &[Shape] = &[
        // Hosts.
        ("/", None),
        ("", None),
        ("/process_api/9bcbb42bf22d466fee9f58b2fb11edf8", None),
        ("/user.slice/user-1000.slice/session-2.scope", None),
        ("/system.slice/docker.service", None),
        ("/system.slice/containerd.service", None),
        ("/kubepods/burstable/podU", None),
        ("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podV.slice", None),
        ("/mycontainer", None),
        // Docker.
        ("/docker/I", Some(("docker", None))),
        ("/custom/parent/I", Some(("docker", None))),
        ("/docker/I/init.scope", Some(("docker", None))),
        ("/system.slice/docker-I.scope", Some(("docker", None))),
        ("/docker/buildx/docker-I.scope/nested", Some(("docker", None))),
        ("/kubepods.slice/kubepods-podV.slice/docker-I.scope", Some(("docker", Some(UID)))),
        // Podman.
        ("/libpod_parent/libpod-I", Some(("podman", None))),
        ("/libpod_parent/P/libpod-I", Some(("podman", None))),
        ("/machine.slice/libpod-I.scope", Some(("podman", None))),
        ("/machine.slice/libpod-I.scope/container", Some(("podman", None))),
        ("/machine.slice/machine-libpod_pod_P.slice/libpod-I.scope", Some(("podman", None))),
        ("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-I.scope", Some(("podman", None))),
        ("/libpod_parent/P", None),
        ("/libpod_parent/conmon", None),
        ("/machine.slice/libpod-conmon-I.scope", None),
        // CRI.
        ("/kubepods/burstable/podU/I", Some(("containerd", Some(UID)))),
        ("/kubepods/podU/I", Some(("containerd", Some(UID)))),
        ("/kubepods/besteffort/podS/I", Some(("containerd", Some(STATIC_UID)))),
        (
            "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podV.slice/cri-containerd-I.scope",
            Some(("containerd", Some(UID))),
        ),
        (
            "/kubepods.slice/kubepods-podV.slice/cri-containerd-I.scope/sub/child",
            Some(("containerd", Some(UID))),
        ),
        (
            "/system.slice/containerd.service/kubepods-burstable-podV.slice:cri-containerd:I",
            Some(("containerd", Some(UID))),
        ),
        (
            "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podV.slice/crio-I.scope",
            Some(("cri-o", Some(UID))),
        ),
        ("/kubepods/burstable/podU/crio-I", Some(("cri-o", Some(UID)))),
        ("/kubepods.slice/kubepods-podV.slice/crio-conmon-I.scope", None),
        ("/kubelet.slice/kubelet-kubepods.slice/podU/I", Some(("containerd", Some(UID)))),
        // A cluster in containers: the innermost counts.
        ("/docker/P/kubelet/kubepods/burstable/podU/I", Some(("containerd", Some(UID)))),
        ("/docker/P/docker/I", Some(("docker", None))),
        // containerd without Kubernetes.
        ("/default/I", Some(("containerd", None))),
        ("/system.slice/nerdctl-I.scope", Some(("containerd", None))),
        // ECS.
        ("/ecs/0123456789abcdef0123456789abcdef/I", Some(("docker", None))),
        ("/ecs/cluster/0123456789abcdef0123456789abcdef/I", Some(("docker", None))),
    ];

    fn spell(shape: &str) -> String {
        shape
            .split('/')
            .map(|part| {
                let part = part.replace("podU", &format!("pod{UID}"));
                let part = part.replace("podV", &format!("pod{}", UID.replace('-', "_")));
                let part = part.replace("podS", &format!("pod{STATIC_UID}"));
                part.replace('I', ID).replace('P', POD)
            })
            .collect::<Vec<_>>()
            .join("/")
    }

    #[test]
    fn every_shape_of_a_path_is_told_apart() {
        for (shape, want) in SHAPES {
            let path = spell(shape);
            let want = want.map(|(runtime, pod_uid)| ContainerRef {
                runtime,
                id: ID.to_owned(),
                pod_uid: pod_uid.map(str::to_owned),
            });
            assert_eq!(container_of(path.as_bytes()), want, "{shape}");
        }
    }

    #[test]
    fn lxc_is_told_by_name() {
        for path in ["/lxc.payload.web1", "/lxc/web1", "/lxc.payload/web1/init.scope"] {
            let found = container_of(path.as_bytes()).unwrap();
            assert_eq!((found.runtime, found.id.as_str()), ("lxc", "web1"), "{path}");
        }
        assert_eq!(container_of(b"/lxc.monitor.web1"), None);
        assert_eq!(container_of(b"/lxc.payload."), None);
    }

    #[test]
    fn ids_of_fargate_are_not_hexadecimal_alone() {
        let task = "0123456789abcdef0123456789abcdef";
        let found = container_of(format!("/ecs/{task}/{task}-1234567890").as_bytes()).unwrap();
        assert_eq!(found.runtime, "containerd");
        assert_eq!(found.id, format!("{task}-1234567890"));
        assert_eq!(container_of(format!("/other/{task}/{task}-1234567890").as_bytes()), None);
    }

    #[test]
    fn wrong_ids_are_no_containers() {
        assert_eq!(container_of(format!("/docker/{}", &ID[1..]).as_bytes()), None, "63 digits");
        assert_eq!(container_of(format!("/docker/{ID}0").as_bytes()), None, "65 digits");
        assert_eq!(container_of(format!("/docker/{}", ID.to_uppercase()).as_bytes()), None, "upper case");
        assert_eq!(container_of(b"/docker/\xff\xfe"), None, "not text");
    }

    #[test]
    fn what_is_above_a_container_can_be_dropped() {
        for (shape, want) in [
            ("/process_api/docker/I", "/docker/I"),
            ("/secret/parent/I/inner", "/I/inner"),
            ("/host/kubepods/burstable/podU/I/x", "/kubepods/burstable/podU/I/x"),
            ("/user.slice/user-1000.slice/libpod-I.scope", "/libpod-I.scope"),
            ("/host/lxc.payload.web1/x", "/lxc.payload.web1/x"),
        ] {
            assert_eq!(contained(spell(shape).as_bytes()), Some(spell(want)), "{shape}");
        }
        assert_eq!(contained(b"/user.slice"), None);
    }

    #[test]
    fn a_contained_path_tells_the_same_container() {
        for (shape, _) in SHAPES {
            let path = spell(shape);
            let kept = contained(path.as_bytes());
            assert_eq!(
                kept.and_then(|kept| container_of(kept.as_bytes())),
                container_of(path.as_bytes()),
                "{shape}"
            );
        }
    }
}
