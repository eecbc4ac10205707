//! What a sample may hold. Everything else is taken for a trace of the machine it was made on.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The name samples give their host.
pub(crate) const HOST: &str = "sample-node";

/// Users and groups of the clean room and of the stand-in images.
pub(crate) const USERS: &[&str] = &["root", "mysql", "www-data", "nobody", "nogroup"];

/// Interfaces of the clean room and of a linked container.
pub(crate) const INTERFACES: &[&str] = &["lo", "far", "eth0"];

/// Labels of the stand-in images.
pub(crate) const LABELS: &[&str] = &["org.saker.stand-in"];

/// Names that `/etc/hosts` files and a cluster's environment bind.
const NAMES: &[&str] = &[
    "localhost",
    "ip6-localhost",
    "ip6-loopback",
    "ip6-localnet",
    "ip6-mcastprefix",
    "ip6-allnodes",
    "ip6-allrouters",
    "kubernetes.default.svc.cluster.local",
    "kubernetes.default.svc",
    "kubernetes.default",
    "kubernetes",
    // Host names of the containers.
    "api",
    "mysql-db",
    "shop",
    "web",
];

/// First components of the paths a Linux system has anyway.
const ROOTS: &[&str] = &[
    "bin", "dev", "etc", "home", "host", "lib", "lib64", "proc", "root", "run", "sbin", "srv", "sys", "tmp",
    "usr", "var",
];

/// Beginnings of paths that would pass for their first component alone, and what may follow.
const PLACES: &[(&str, &[&str])] = &[
    // Where a developer's things are; the clean room has one invented home.
    ("/home", &["/home/alice"]),
    (
        "/root",
        &[
            "/root/.bash",
            "/root/.config/curlrc",
            "/root/.curlrc",
            "/root/.inputrc",
            "/root/.ldaprc",
            "/root/.profile",
            "/root/.ssh",
            "/root/.terminfo",
            "/root/ldaprc",
        ],
    ),
    // The one thing of the host that a container has mounted.
    ("/host", &["/host/proc"]),
    // The scratch folder of a recording.
    ("/tmp/sample.", &[]),
    ("/usr/local", &["/usr/local/bin", "/usr/local/sbin", "/usr/local/lib", "/usr/local/share"]),
];

/// What the samples' containers have mounted, by its place on the host.
const MOUNTS: &[&str] = &["/proc", "/var/lib/docker/volumes/api-data/_data"];

/// Whether a container may have this of the host mounted.
pub(crate) fn mount(source: &str) -> bool {
    MOUNTS.contains(&source)
}

/// Whether an absolute path may appear.
pub(crate) fn path(path: &str) -> bool {
    // A file in memory has a name but no place.
    if path.starts_with("/memfd:") {
        return true;
    }
    let first = path.trim_start_matches('/').split('/').next().unwrap_or("");
    if !first.is_empty() && !ROOTS.contains(&first) {
        return false;
    }
    PLACES.iter().all(|(place, within)| {
        !path.starts_with(place)
            || path.trim_end_matches('/') == *place
            || within.iter().any(|allowed| path.starts_with(allowed))
    })
}

/// Whether a name bound to an address may appear.
pub(crate) fn name(name: &str) -> bool {
    NAMES.contains(&name)
}

/// Networks without a machine behind them: loopback, unspecified, TEST-NET-3, the services of an
/// invented cluster, the metadata address of clouds, and the multicast prefixes of `/etc/hosts`.
pub(crate) fn address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            v4.is_loopback()
                || v4.is_unspecified()
                || v4.octets().starts_with(&[203, 0, 113])
                || v4.octets().starts_with(&[10, 96, 0])
                || v4 == Ipv4Addr::new(169, 254, 169, 254)
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => self::address(v4.into()),
            None => {
                v6.is_loopback()
                    || v6.is_unspecified()
                    || v6.segments() == [0xfe00, 0, 0, 0, 0, 0, 0, 0]
                    || v6.segments() == [0xff00, 0, 0, 0, 0, 0, 0, 0]
                    || [
                        Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1),
                        Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2),
                    ]
                    .contains(&v6)
            }
        },
    }
}

/// Whether a cgroup path begins at its container: nothing of the host's hierarchy.
pub(crate) fn cgroup(path: &str) -> bool {
    let hex = |id: &str| id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    match path.trim_start_matches('/') {
        "" => true,
        rest => hex(rest.strip_prefix("docker/").unwrap_or(rest)),
    }
}

#[test]
fn what_a_machine_has_of_its_own_is_not_allowed() {
    for allowed in ["/", "/etc/shadow", "/usr/bin/cat", "/home/alice/notes", "/root", "/root/.bashrc", "//"] {
        assert!(path(allowed), "{allowed}");
    }
    for foreign in
        ["/home/bob/x", "/builds/saker", "/root/.cargo/bin/cargo", "/tmp/sample.Xyz/act", "/usr/local/go/bin"]
    {
        assert!(!path(foreign), "{foreign}");
    }
    for allowed in ["127.0.0.53", "203.0.113.10", "10.96.0.1", "::1", "::ffff:127.0.0.1"] {
        assert!(address(allowed.parse().unwrap()), "{allowed}");
    }
    for foreign in
        ["10.0.0.5", "192.168.1.4", "172.17.0.2", "8.8.8.8", "fe80::1", "2001:db8::1", "::ffff:10.1.1.1"]
    {
        assert!(!address(foreign.parse().unwrap()), "{foreign}");
    }
    let id = "0123456789abcdef".repeat(4);
    assert!(cgroup("") && cgroup("/") && cgroup(&format!("/docker/{id}")) && cgroup(&format!("/{id}")));
    assert!(!cgroup("/user.slice") && !cgroup(&format!("/node-7/docker/{id}")) && !cgroup("/docker"));
    assert!(name("localhost") && !name("build-7.example.org"));
}
