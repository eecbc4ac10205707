//! What the descriptor of an event is: number, kind, name, ends.

use std::borrow::Cow;
use std::net::IpAddr;

use capture_format::descriptor::flags;
use capture_format::{Descriptor, EventType};

use super::Moment;
use super::shape::{self, Refers};
use crate::history::{Role, address, resolved_directory};

/// Kinds of descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FdKind {
    File,
    Directory,
    Ipv4,
    Ipv6,
    Unix,
    Netlink,
    Pipe,
    Event,
    Signal,
    Eventpoll,
    Inotify,
    Timer,
    Bpf,
    Userfaultfd,
    IoUring,
    Memfd,
    Pidfd,
    Unknown,
}

/// Kind, its letter and its word.
const KINDS: &[(FdKind, &str, &str)] = &[
    (FdKind::File, "f", "file"),
    (FdKind::Directory, "d", "directory"),
    (FdKind::Ipv4, "4", "ipv4"),
    (FdKind::Ipv6, "6", "ipv6"),
    (FdKind::Unix, "u", "unix"),
    (FdKind::Netlink, "n", "netlink"),
    (FdKind::Pipe, "p", "pipe"),
    (FdKind::Event, "e", "event"),
    (FdKind::Signal, "s", "signalfd"),
    (FdKind::Eventpoll, "l", "eventpoll"),
    (FdKind::Inotify, "i", "inotify"),
    (FdKind::Timer, "t", "timerfd"),
    (FdKind::Bpf, "b", "bpf"),
    (FdKind::Userfaultfd, "u", "userfaultfd"),
    (FdKind::IoUring, "r", "io_uring"),
    (FdKind::Memfd, "m", "memfd"),
    (FdKind::Pidfd, "P", "pidfd"),
    (FdKind::Unknown, "o", "unknown"),
];

/// How the kernel's names of anonymous inodes begin, after brackets and `anon_inode:`.
const ANON_INODES: &[(&str, FdKind)] = &[
    ("eventfd", FdKind::Event),
    ("eventpoll", FdKind::Eventpoll),
    ("signalfd", FdKind::Signal),
    ("timerfd", FdKind::Timer),
    ("inotify", FdKind::Inotify),
    ("userfaultfd", FdKind::Userfaultfd),
    ("io_uring", FdKind::IoUring),
    ("pidfd", FdKind::Pidfd),
    ("bpf", FdKind::Bpf),
];

const AF_UNIX: u16 = 1;
const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;
const AF_NETLINK: u16 = 16;
const EINPROGRESS: i64 = -115;

impl FdKind {
    pub(super) fn letter(self) -> &'static str {
        KINDS.iter().find(|(kind, ..)| *kind == self).map_or("o", |(_, letter, _)| letter)
    }

    pub(super) fn word(self) -> &'static str {
        KINDS.iter().find(|(kind, ..)| *kind == self).map_or("unknown", |(_, _, word)| word)
    }

    pub(super) fn is_inet(self) -> bool {
        matches!(self, Self::Ipv4 | Self::Ipv6)
    }

    /// Kind of a socket of this family.
    fn of_family(family: u16) -> Self {
        match family {
            AF_UNIX => Self::Unix,
            AF_INET => Self::Ipv4,
            AF_INET6 => Self::Ipv6,
            AF_NETLINK => Self::Netlink,
            _ => Self::Unknown,
        }
    }

    /// Kind of a described descriptor.
    pub(super) fn of(fd: &Descriptor<'_>) -> Self {
        if fd.flags & flags::MEMFD != 0 {
            return Self::Memfd;
        }
        if fd.flags & flags::ANON_INODE != 0 {
            let name = fd.path.data;
            let name = name.strip_prefix(b"anon_inode:").unwrap_or(name);
            let name = name.strip_prefix(b"[").unwrap_or(name);
            let row = ANON_INODES.iter().find(|(start, _)| name.starts_with(start.as_bytes()));
            return row.map_or(Self::Unknown, |(_, kind)| *kind);
        }
        match fd.file_type() {
            0o040_000 => Self::Directory,
            0o100_000 | 0o020_000 | 0o060_000 => Self::File,
            0o010_000 => Self::Pipe,
            _ if fd.family == AF_INET6 && Ends::of(fd).is_some_and(|ends| ends.local.0.is_ipv4()) => {
                Self::Ipv4
            }
            _ if fd.family != 0 => Self::of_family(fd.family),
            0o140_000 => Self::Unknown,
            // A file system that gives no type still opened a file.
            _ if !fd.path.data.is_empty() => Self::File,
            _ => Self::Unknown,
        }
    }
}

/// Both ends of an internet socket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    pub(super) local: (IpAddr, u16),
    pub(super) remote: (IpAddr, u16),
    /// Whether there is a remote end.
    pub(super) joined: bool,
}

impl Ends {
    pub(super) fn of(fd: &Descriptor<'_>) -> Option<Self> {
        let mut local = address(fd.family, &fd.local_addr)?;
        let mut remote = address(fd.family, &fd.remote_addr)?;
        let joined = fd.remote_port != 0 || !remote.is_unspecified();
        // One end of a socket in IPv4 clothes and the other unset: `::` then means 0.0.0.0.
        if fd.family == AF_INET6 && local.is_ipv4() != remote.is_ipv4() {
            let nowhere = IpAddr::from([0, 0, 0, 0]);
            if local.is_unspecified() {
                local = nowhere;
            } else if remote.is_unspecified() {
                remote = nowhere;
            }
        }
        Some(Self { local: (local, fd.local_port), remote: (remote, fd.remote_port), joined })
    }
}

/// The ends of a socket by what they do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sides {
    pub(super) client: Option<(IpAddr, u16)>,
    pub(super) server: Option<(IpAddr, u16)>,
    /// Whether the recorded side is the server.
    pub(super) is_server: bool,
}

impl<'a> Moment<'a> {
    fn refers(&self) -> Refers {
        shape::of(self.event_type()).refers
    }

    /// Number of the event's descriptor; -1 if the call should have made one and failed.
    pub(super) fn fd_number(&self) -> Option<i64> {
        let shape = shape::of(self.event_type());
        if shape.refers == Refers::Nothing {
            return None;
        }
        let number = self.word(shape.fd?)? as i64;
        match self.refers() {
            Refers::Directory | Refers::New(FdKind::Directory) => Some(number),
            // A direct descriptor of io_uring has no number in the table of descriptors.
            _ => Some(number.max(-1)),
        }
    }

    /// What the event's descriptor refers to, if the event says.
    pub(super) fn fd_descriptor(&self) -> Option<Descriptor<'a>> {
        match self.refers() {
            Refers::Opened | Refers::Descriptor => self.descriptor(shape::of(self.event_type()).file?),
            _ => None,
        }
    }

    /// Kind of the event's descriptor; `None` if the call that should have made it failed.
    pub(super) fn fd_kind(&self) -> Option<FdKind> {
        match self.refers() {
            Refers::Nothing => None,
            // A number below 0 is no descriptor: `AT_FDCWD`.
            Refers::Directory => self.fd_number().filter(|number| *number >= 0).map(|_| FdKind::Directory),
            Refers::Opened if self.result()? < 0 => None,
            Refers::Opened => Some(self.fd_descriptor().map_or(FdKind::File, |fd| FdKind::of(&fd))),
            Refers::Descriptor => self.fd_descriptor().map(|fd| FdKind::of(&fd)),
            Refers::NewSocket if self.result()? < 0 => None,
            Refers::NewSocket => Some(FdKind::of_family(self.word(self.slot("domain")?)? as u16)),
            Refers::New(FdKind::Directory) => Some(FdKind::Directory),
            Refers::New(kind) => (self.result()? >= 0).then_some(kind),
        }
    }

    /// Path or addresses of the event's descriptor.
    pub(super) fn fd_name(&self) -> Option<Cow<'a, [u8]>> {
        let shape = shape::of(self.event_type());
        match shape.refers {
            Refers::Nothing => None,
            Refers::Opened => self.absolute(shape.name?, shape.dir),
            Refers::Descriptor => {
                let Some(fd) = self.fd_descriptor() else {
                    // A number that names nothing: no name, but a descriptor was spoken of.
                    return Some(Cow::Borrowed(b""));
                };
                if self.bind_failed() {
                    return Some(Cow::Borrowed(b""));
                }
                match fd.is_inet() {
                    true => Some(Cow::Owned(self.tuple_text(&fd)?.into_bytes())),
                    false => Some(Cow::Borrowed(fd.path.data)),
                }
            }
            Refers::NewSocket => Some(Cow::Borrowed(b"")),
            Refers::New(FdKind::Memfd) => {
                let mut name = b"memfd:".to_vec();
                name.extend_from_slice(self.named("name")?);
                Some(Cow::Owned(name))
            }
            Refers::New(FdKind::Directory) => {
                Some(Cow::Borrowed(self.named("cwd").map_or(&[], resolved_directory)))
            }
            Refers::New(_) => Some(Cow::Borrowed(b"")),
            Refers::Directory => {
                let known = self.fd_number().is_some_and(|number| number >= 0);
                let dir = shape.dir.filter(|_| known).and_then(|dir| self.bytes(dir));
                Some(Cow::Borrowed(dir.map_or(&[], |dir| resolved_directory(dir.data))))
            }
        }
    }

    fn bind_failed(&self) -> bool {
        self.event_type() == EventType::Bind && self.result().is_some_and(|result| result < 0)
    }

    /// A socket as text: `client:port->server:port`, or the one end a waiting socket has.
    pub(super) fn tuple_text(&self, fd: &Descriptor<'_>) -> Option<String> {
        let ends = Ends::of(fd)?;
        let end = |(address, port): (IpAddr, u16)| format!("{address}:{port}");
        if !ends.joined {
            return Some(match ends.local.1 {
                0 => String::new(),
                _ => end(ends.local),
            });
        }
        Some(match self.history().role(self.number(), fd) {
            Some(Role::Server) => format!("{}->{}", end(ends.remote), end(ends.local)),
            Some(Role::Client) | None => format!("{}->{}", end(ends.local), end(ends.remote)),
        })
    }

    /// The event's internet socket.
    pub(super) fn socket(&self) -> Option<Descriptor<'a>> {
        self.fd_descriptor().filter(|fd| fd.is_inet() && !self.bind_failed())
    }

    /// Client and server end of the event's internet socket.
    pub(super) fn sides(&self) -> Option<Sides> {
        let fd = self.socket()?;
        let ends = Ends::of(&fd)?;
        if !ends.joined {
            // Bound or waiting: a server without a client yet. Neither: no ends at all.
            let server = (ends.local.1 != 0).then_some(ends.local);
            return Some(Sides { client: None, server, is_server: server.is_some() });
        }
        let is_server = self.history().role(self.number(), &fd) == Some(Role::Server);
        let (client, server) = if is_server { (ends.remote, ends.local) } else { (ends.local, ends.remote) };
        Some(Sides { client: Some(client), server: Some(server), is_server })
    }

    /// Local and remote end, as Falco tells them apart: the client's address is the machine's own
    /// means that the client's end is the local one, else the server's.
    pub(super) fn near_and_far(&self) -> Option<((IpAddr, u16), (IpAddr, u16))> {
        let sides = self.sides()?;
        let (client, server) = (sides.client?, sides.server?);
        let client_is_local = !sides.is_server || self.history().is_local(client.0);
        Some(if client_is_local { (client, server) } else { (server, client) })
    }

    /// Whether the event's descriptor is a connected socket.
    pub(super) fn fd_connected(&self) -> Option<bool> {
        self.fd_kind()?;
        let Some(fd) = self.fd_descriptor() else { return Some(false) };
        let by_this_call = self.event_type() == EventType::Connect
            && self.result().is_some_and(|result| result == 0 || result == EINPROGRESS);
        Some(by_this_call || fd.flags & flags::CONNECTED != 0)
    }

    /// Whether the event gave its descriptor another name.
    pub(super) fn fd_name_changed(&self) -> Option<bool> {
        self.fd_kind()?;
        let Some(fd) = self.fd_descriptor() else { return Some(false) };
        Some(match self.event_type() {
            EventType::Connect => self.result().is_some_and(|result| result == 0 || result == EINPROGRESS),
            EventType::Bind | EventType::Accept | EventType::Accept4 => {
                self.result().is_some_and(|result| result >= 0)
            }
            EventType::Sendto | EventType::Sendmsg | EventType::Recvfrom | EventType::Recvmsg => {
                fd.flags & flags::CONNECTED == 0 && self.history().peer_changed(self.number(), fd.ino)
            }
            _ => false,
        })
    }
}
