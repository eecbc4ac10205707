//! Which parameters of an event play the common parts: result, descriptor, path.
//!
//! Looked up by name once for every event type, so that a field costs no comparison of strings
//! per event.

use std::sync::LazyLock;

use capture_format::{EVENTS, EventInfo, EventType, Kind};

/// What the fields of class `fd` speak about at an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refers {
    /// No descriptor.
    Nothing,
    /// The file that the call opened, or could not.
    Opened,
    /// The descriptor that is in the event.
    Descriptor,
    /// A new socket of the event's domain.
    NewSocket,
    /// A descriptor of one kind, named by a parameter or not at all.
    New(super::descriptors::FdKind),
    /// The directory that relative paths of the call start from.
    Directory,
}

/// Slots of an event type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) refers: Refers,
    /// What the call returned.
    pub(super) result: Option<usize>,
    /// Number of the descriptor.
    pub(super) fd: Option<usize>,
    /// What the descriptor refers to.
    pub(super) file: Option<usize>,
    /// Path of the opened file, as given.
    pub(super) name: Option<usize>,
    /// Directory that relative paths start from.
    pub(super) dir: Option<usize>,
    pub(super) flags: Option<usize>,
    pub(super) mode: Option<usize>,
    pub(super) created: Option<usize>,
    pub(super) data: Option<usize>,
}

static SHAPES: LazyLock<Vec<Shape>> = LazyLock::new(|| {
    let len = EVENTS.iter().map(|event| event.number as usize + 1).max().unwrap_or(0);
    let mut shapes = vec![NOTHING; len];
    for event in EVENTS {
        if let Some(shape) = shapes.get_mut(event.number as usize) {
            *shape = derive(event);
        }
    }
    shapes
});

const NOTHING: Shape = Shape {
    refers: Refers::Nothing,
    result: None,
    fd: None,
    file: None,
    name: None,
    dir: None,
    flags: None,
    mode: None,
    created: None,
    data: None,
};

/// The shape of an event type.
pub(super) fn of(event: EventType) -> &'static Shape {
    SHAPES.get(event as usize).unwrap_or(&NOTHING)
}

fn derive(event: &EventInfo) -> Shape {
    let of_kind = |kind| event.params.iter().position(|param| param.kind == kind);
    let new_fd = of_kind(Kind::NewFd);
    Shape {
        refers: refers(event.event_type),
        result: event.param("res").or(new_fd),
        fd: new_fd.or(of_kind(Kind::Fd)),
        file: of_kind(Kind::File),
        name: event.param("name"),
        dir: ["dir", "at_dir", "olddir_path"].iter().find_map(|name| {
            event.params.iter().position(|param| param.name == *name && param.kind == Kind::KernelPath)
        }),
        flags: event.param("flags"),
        mode: event.param("mode"),
        created: event.param("created"),
        data: event.param("data"),
    }
}

/// No `_` arm: a new event must say here what its descriptor is.
fn refers(event: EventType) -> Refers {
    use super::descriptors::FdKind;
    use EventType as E;
    match event {
        E::Open | E::Openat | E::Openat2 | E::Creat => Refers::Opened,
        E::Connect
        | E::Accept
        | E::Accept4
        | E::Bind
        | E::Listen
        | E::Sendto
        | E::Sendmsg
        | E::Recvfrom
        | E::Recvmsg
        | E::Dup
        | E::Dup2
        | E::Dup3
        | E::Setns
        | E::Fchmod
        | E::Fchown
        | E::FinitModule => Refers::Descriptor,
        E::Socket => Refers::NewSocket,
        E::MemfdCreate => Refers::New(FdKind::Memfd),
        E::Bpf => Refers::New(FdKind::Bpf),
        E::Userfaultfd => Refers::New(FdKind::Userfaultfd),
        E::Fchdir => Refers::New(FdKind::Directory),
        E::Fchmodat
        | E::Fchmodat2
        | E::Fchownat
        | E::Renameat
        | E::Renameat2
        | E::Unlinkat
        | E::Linkat
        | E::Symlinkat
        | E::Mkdirat => Refers::Directory,
        E::Execve
        | E::Execveat
        | E::Clone
        | E::Clone3
        | E::Fork
        | E::Vfork
        | E::Procexit
        | E::Cgroup
        | E::Unshare
        | E::Chmod
        | E::Chown
        | E::Lchown
        | E::Rename
        | E::Unlink
        | E::Link
        | E::Symlink
        | E::Mkdir
        | E::Rmdir
        | E::Mount
        | E::Umount2
        | E::Ptrace
        | E::Setuid
        | E::Setgid
        | E::Setreuid
        | E::Setregid
        | E::Setresuid
        | E::Setresgid
        | E::Setfsuid
        | E::Setfsgid
        | E::Capset
        | E::Chdir
        | E::Prctl
        | E::InitModule
        | E::DeleteModule
        | E::Kill
        | E::Tkill
        | E::Tgkill
        | E::Setsid
        | E::Setpgid
        | E::Chroot
        | E::PivotRoot => Refers::Nothing,
    }
}
