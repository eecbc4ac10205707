//! What existed when recording began, and the recorder's table of names.
//!
//! Serialised with bincode through serde. The structs are frozen: a change makes a new variant of
//! the versioned enum that wraps them.

use serde::{Deserialize, Serialize};

/// Byte string of the recorded host: not necessarily UTF-8.
pub type HostBytes = Vec<u8>;

/// A snapshot or checkpoint, by version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SnapshotFrame {
    /// First version.
    V1(Snapshot),
}

/// What existed at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When it was complete, ns on the boot clock. Events before this time may already be in it.
    pub time_ns: u64,
    /// Processes, ordered by pid.
    pub processes: Vec<Process>,
    /// Sockets that wait for connections.
    pub listeners: Vec<Listener>,
    /// Names and the rest of the recorder's table.
    pub tables: Tables,
}

/// A process that ran when the snapshot was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Process id, host pid namespace.
    pub pid: u32,
    /// Start on the boot clock, ns, to the precision of the kernel's task (not of /proc).
    pub start_ns: u64,
    /// Parent process id; 0 for none.
    pub ppid: u32,
    /// Start of the parent; 0 if unknown.
    pub pstart_ns: u64,
    /// Command name.
    pub comm: HostBytes,
    /// Executable as the kernel resolved it, seen from the process's root; empty if unknown.
    pub exepath: HostBytes,
    /// Arguments separated by NUL, `argv[0]` first.
    pub argv: HostBytes,
    /// Recorded environment variables, separated by NUL.
    pub env: HostBytes,
    /// Working directory; empty if unknown.
    pub cwd: HostBytes,
    /// Real user id.
    pub uid: u32,
    /// Effective user id.
    pub euid: u32,
    /// Real group id.
    pub gid: u32,
    /// Effective group id.
    pub egid: u32,
    /// Audit login user id; 4294967295 is "unset".
    pub loginuid: u32,
    /// Session id, host pid namespace.
    pub sid: u32,
    /// Process group, host pid namespace.
    pub pgid: u32,
    /// Process id in its own pid namespace.
    pub vpid: u32,
    /// Process group in its own pid namespace.
    pub vpgid: u32,
    /// Controlling terminal: major << 8 | minor; 0 for none.
    pub tty: u32,
    /// Effective capabilities.
    pub cap_effective: u64,
    /// Permitted capabilities.
    pub cap_permitted: u64,
    /// Inheritable capabilities.
    pub cap_inheritable: u64,
    /// Cgroup key, as in the events' header.
    pub cgroup: u64,
    /// Device of the executable, major << 20 | minor.
    pub exe_dev: u32,
    /// Inode of the executable.
    pub exe_ino: u64,
    /// Last change of the executable's inode, ns since 1970.
    pub exe_ctime_ns: i64,
    /// Last change of the executable's content, ns since 1970.
    pub exe_mtime_ns: i64,
    /// Provenance of the executable: `param::exe_flags`.
    pub exe_flags: u32,
    /// Start of the first process of its pid namespace, boot clock ns; 0 if unknown.
    pub pidns_start_ns: u64,
    /// Most descriptors it may open; 0 if unknown.
    pub fdlimit: u64,
    /// Open descriptors.
    pub descriptors: Vec<OpenDescriptor>,
    /// Kept only as an ancestor of what is recorded: no arguments, directory or descriptors.
    pub ancestor_only: bool,
    /// Stands for everything above the recorded part of the tree.
    pub outside: bool,
}

/// An open descriptor of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenDescriptor {
    /// Its number.
    pub fd: i32,
    /// What it refers to: the bytes of a [`crate::Descriptor`].
    pub descriptor: HostBytes,
}

/// A socket that waits for connections.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// `IPPROTO_TCP` 6, `IPPROTO_UDP` 17.
    pub protocol: u8,
    /// Address family: 2 or 10.
    pub family: u16,
    /// Local address; IPv4 in the first 4 bytes.
    pub addr: [u8; 16],
    /// Local port.
    pub port: u16,
    /// Inode of the socket.
    pub ino: u64,
}

/// A metadata frame, by version: rows to add to the tables, in effect for the whole capture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MetadataFrame {
    /// First version.
    V1(Tables),
}

/// The recorder's small table: what ids of events mean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tables {
    /// Cgroups by key.
    pub cgroups: Vec<Cgroup>,
    /// Containers by id.
    pub containers: Vec<Container>,
    /// Users of the host (`container` empty) and of containers.
    pub users: Vec<User>,
    /// Groups of the host (`container` empty) and of containers.
    pub groups: Vec<Group>,
    /// Mounts.
    pub mounts: Vec<Mount>,
    /// Network interfaces.
    pub interfaces: Vec<Interface>,
    /// Names bound to addresses.
    pub names: Vec<NameBinding>,
}

/// A cgroup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cgroup {
    /// Key, as in the events' header.
    pub key: u64,
    /// Path below the hierarchy's root.
    pub path: HostBytes,
}

/// A container, as its runtime describes it. Empty strings: not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Full id.
    pub id: String,
    /// Runtime, in Falco's words: `docker`, `podman`, `containerd`, `cri-o`, `lxc`.
    pub runtime: String,
    /// Name.
    pub name: String,
    /// Image reference as given, such as `mysql:8`.
    pub image: String,
    /// Image without tag and digest.
    pub image_repository: String,
    /// Tag of the image.
    pub image_tag: String,
    /// Image id, without `sha256:`.
    pub image_id: String,
    /// Registry digest.
    pub image_digest: String,
    /// Labels, sorted by key.
    pub labels: Vec<(String, String)>,
    /// Whether it runs privileged; `None` if not known.
    pub privileged: Option<bool>,
    /// Mounts.
    pub mounts: Vec<ContainerMount>,
    /// Primary IPv4 address.
    pub ip: String,
    /// Whether it shares the host's pid namespace.
    pub host_pid: Option<bool>,
    /// Whether it shares the host's network namespace.
    pub host_network: Option<bool>,
    /// Whether it shares the host's ipc namespace.
    pub host_ipc: Option<bool>,
    /// Pod, if it belongs to one.
    pub pod: Option<Pod>,
}

/// A mount of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerMount {
    /// Path on the host, or a volume's name.
    pub source: String,
    /// Path in the container.
    pub dest: String,
    /// Mode text of the runtime.
    pub mode: String,
    /// Whether it is writable.
    pub writable: bool,
    /// Propagation text of the runtime.
    pub propagation: String,
}

/// A pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pod {
    /// Name.
    pub name: String,
    /// Namespace.
    pub namespace: String,
    /// Uid.
    pub uid: String,
    /// Full id of its sandbox.
    pub sandbox_id: String,
    /// Labels, sorted by key.
    pub labels: Vec<(String, String)>,
    /// IPv4 address.
    pub ip: String,
}

/// A user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Full id of the container whose user this is; empty for the host.
    pub container: String,
    /// User id.
    pub uid: u32,
    /// Primary group id.
    pub gid: u32,
    /// Name.
    pub name: HostBytes,
    /// Home directory.
    pub home: HostBytes,
    /// Login shell.
    pub shell: HostBytes,
}

/// A group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Full id of the container whose group this is; empty for the host.
    pub container: String,
    /// Group id.
    pub gid: u32,
    /// Name.
    pub name: HostBytes,
}

/// A mount of the host's mount namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Device, major << 20 | minor.
    pub dev: u32,
    /// Where.
    pub point: HostBytes,
    /// Kind of file system.
    pub fs_type: HostBytes,
    /// What is mounted.
    pub source: HostBytes,
}

/// A network interface with its addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// Name.
    pub name: HostBytes,
    /// Addresses: family (2 or 10), address with IPv4 in the first 4 bytes, prefix length.
    pub addresses: Vec<(u16, [u8; 16], u8)>,
}

/// A name bound to an address, with the place this is known from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameBinding {
    /// Name, lower case.
    pub name: String,
    /// Address family: 2 or 10.
    pub family: u16,
    /// Address; IPv4 in the first 4 bytes.
    pub addr: [u8; 16],
    /// Full id of the container it is known in; empty for the host and for `--resolve`.
    pub container: String,
    /// Where it is from: `hosts`, `environment`, `option`, `dns`.
    pub source: String,
}
