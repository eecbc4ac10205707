//! Fields of the event's descriptor.

use std::borrow::Cow;
use std::net::IpAddr;

use capture_format::descriptor::flags;

use super::descriptors::FdKind;
use super::row::{absent, bytes, number, owned, row, signed, truth};
use super::shape::{self, Refers};
use super::{Arg, Field, Format, Moment, Multi, Type, Value, paths};

const NO_POLL: &str = "poll and its kin are not recorded";
const NO_TABLE: &str = "descriptor tables of processes are not followed";

type End = Option<(IpAddr, u16)>;

fn client(now: &Moment<'_>) -> End {
    now.sides()?.client
}

fn server(now: &Moment<'_>) -> End {
    now.sides()?.server
}

fn near(now: &Moment<'_>) -> End {
    Some(now.near_and_far()?.0)
}

fn far(now: &Moment<'_>) -> End {
    Some(now.near_and_far()?.1)
}

fn address<'a>(end: End) -> Option<Value<'a>> {
    Some(Value::Addr(end?.0))
}

fn port<'a>(end: End) -> Option<Value<'a>> {
    number(end?.1)
}

/// A port as text: services are not looked up, as in Falco's default settings.
fn port_text<'a>(end: End) -> Option<Value<'a>> {
    owned(end?.1.to_string())
}

/// The name bound to an address, or a list if there are several or none.
fn names<'a>(now: &Moment<'a>, end: End) -> Option<Value<'a>> {
    let names = now.history().names(now.container(), end?.0);
    let mut names: Vec<_> = names.map(|name| Value::bytes(name.as_bytes())).collect();
    if names.len() == 1 { names.pop() } else { Some(Value::List(names)) }
}

/// Both ends as far as they are known. `None` without a descriptor.
///
/// For Falco these exist for any descriptor, a file's too; but compared with anything, they are
/// false there, even `!=`. So a descriptor without ends has one that equals nothing and differs from
/// nothing.
fn either<'a>(now: &Moment<'a>, value: fn((IpAddr, u16)) -> Value<'a>) -> Option<Value<'a>> {
    now.fd_kind()?;
    let (client, server) = now.sides().map_or((None, None), |sides| (sides.client, sides.server));
    let ends: Vec<_> = [client, server].into_iter().flatten().map(value).collect();
    Some(Value::List(if ends.is_empty() { vec![Value::List(Vec::new())] } else { ends }))
}

fn text(text: Cow<'_, [u8]>) -> Option<Value<'_>> {
    Some(Value::Bytes(text))
}

/// The path of the event's file: of a failed open too.
fn path<'a>(now: &Moment<'a>) -> Option<Cow<'a, [u8]>> {
    let failed_open = now.fd_kind().is_none() && shape::of(now.event_type()).refers == Refers::Opened;
    match now.fd_kind() {
        Some(FdKind::File | FdKind::Directory | FdKind::Memfd) => now.fd_name(),
        _ if failed_open => now.fd_name(),
        _ => None,
    }
}

fn directory<'a>(now: &Moment<'a>) -> Option<Cow<'a, [u8]>> {
    let path = path(now)?;
    // A directory stands for itself.
    Some(if now.fd_kind() == Some(FdKind::Directory) { path } else { paths::part(path, paths::directory) })
}

/// Container id, colon, text.
fn in_container<'a>(now: &Moment<'a>, text: &[u8]) -> Option<Value<'a>> {
    let mut out = super::container::short_id(now.container()).as_bytes().to_vec();
    out.push(b':');
    out.extend_from_slice(text);
    owned(out)
}

fn l4proto(now: &Moment<'_>) -> Option<&'static str> {
    let kind = now.fd_kind()?;
    let fd = now.socket().filter(|fd| kind.is_inet() && fd.is_inet());
    Some(match fd.map(|fd| (fd.protocol, fd.socket_type)) {
        Some((6, _)) => "tcp",
        Some((17, _)) => "udp",
        Some((1 | 58, _)) => "icmp",
        // SOCK_RAW
        Some((_, 3)) => "raw",
        _ => "<NA>",
    })
}

fn layer<'a>(now: &Moment<'a>, flag: u32) -> Option<Value<'a>> {
    truth(now.fd_descriptor()?.flags & flag != 0)
}

fn device(now: &Moment<'_>) -> Option<u32> {
    let fd = now.fd_descriptor().filter(|_| now.fd_kind().is_some())?;
    Some(fd.dev)
}

/// The rows.
pub(super) static FIELDS: &[Field] = &[
    row(
        "fd.num",
        Type::I64,
        "Number of the descriptor; -1 if the call should have made one and failed.",
        |now, _| signed(now.fd_number()?),
    ),
    row(
        "fd.type",
        Type::Text,
        "Kind of descriptor: `file`, `directory`, `ipv4`, `ipv6`, `unix`, `pipe` and others.",
        |now, _| bytes(now.fd_kind()?.word().as_bytes()),
    ),
    row(
        "fd.typechar",
        Type::Text,
        "Kind of descriptor as one letter: `f`, `d`, `4`, `6`, `u`, `p` and others.",
        |now, _| {
            let letter = match now.fd_kind() {
                Some(kind) => kind.letter(),
                None => match (shape::of(now.event_type()).refers, now.info().name) {
                    (Refers::Nothing, _) => return None,
                    // What a failed open would have made.
                    (Refers::Opened, "openat" | "openat2" | "creat") => "f",
                    _ => "o",
                },
            };
            bytes(letter.as_bytes())
        },
    ),
    row(
        "fd.name",
        Type::Text,
        "Path that the caller gave, made absolute and normalised; of a descriptor the kernel's path; of a socket `client:port->server:port`.",
        |now, _| text(now.fd_name()?),
    ),
    row(
        "fd.nameraw",
        Type::Text,
        "Path as the caller gave it, with repeated slashes made one; else as `fd.name`.",
        |now, _| {
            let shape = shape::of(now.event_type());
            match shape.refers {
                Refers::Opened => text(paths::single_slashes(now.bytes(shape.name?)?.data)),
                _ => text(now.fd_name()?),
            }
        },
    ),
    row(
        "fd.realpath",
        Type::Text,
        "Path as the kernel resolved it, symbolic links and `/proc/self/root` seen through, from the root of the process. Saker's own.",
        |now, _| {
            let fd = now.fd_descriptor()?;
            (!fd.is_inet() && !fd.path.data.is_empty()).then_some(fd.path.data).and_then(bytes)
        },
    ),
    row(
        "fd.path_disagrees",
        Type::Bool,
        "Whether the path the caller gave and the path the kernel resolved differ. Saker's own.",
        |now, _| {
            let shape = shape::of(now.event_type());
            let fd = now.fd_descriptor().filter(|_| shape.refers == Refers::Opened)?;
            let seen = now.fd_name().filter(|path| path.starts_with(b"/"))?;
            let name = now.bytes(shape.name?)?;
            let whole = !name.is_cut()
                && !fd.path.is_cut()
                && fd.flags & (flags::PATH_CUT | flags::OUTSIDE_ROOT) == 0;
            // Names of deleted files and of memfds are the kernel's own words.
            let plain = fd.path.data.starts_with(b"/")
                && fd.flags & (flags::DELETED | flags::MEMFD | flags::ANON_INODE) == 0;
            (whole && plain).then(|| *seen != *fd.path.data).and_then(truth)
        },
    ),
    row("fd.directory", Type::Text, "Directory of the file; a directory's own path.", |now, _| {
        text(directory(now)?)
    }),
    row("fd.filename", Type::Text, "Last component of the file's path.", |now, _| match now.fd_kind()? {
        FdKind::File | FdKind::Memfd => text(paths::part(now.fd_name()?, paths::filename)),
        _ => None,
    }),
    row("fd.containername", Type::Text, "Container id, a colon and `fd.name`.", |now, _| {
        let name = now.fd_name()?;
        in_container(now, &name)
    }),
    row("fd.containerdirectory", Type::Text, "Container id, a colon and `fd.directory`.", |now, _| {
        let directory = directory(now)?;
        in_container(now, &directory)
    }),
    row("fd.uid", Type::Text, "Thread id followed by the number of the descriptor.", |now, _| {
        owned(format!("{}{}", now.head().tid, now.fd_number()?))
    }),
    row("fd.ino", Type::I64, "Inode number.", |now, _| {
        now.fd_kind()?;
        Some(now.fd_descriptor()?.ino).filter(|ino| *ino != 0).and_then(number)
    }),
    row("fd.dev", Type::I32, "Device number, major << 20 | minor.", |now, _| number(device(now)?))
        .shown(Format::Hex),
    row("fd.dev.major", Type::I32, "Major device number.", |now, _| number(device(now)? >> 20)),
    row("fd.dev.minor", Type::I32, "Minor device number.", |now, _| number(device(now)? & 0xf_ffff)),
    row(
        "fd.is_upper_layer",
        Type::Bool,
        "Whether the file lies in the upper layer of an overlay.",
        |now, _| layer(now, flags::UPPER_LAYER),
    ),
    row(
        "fd.is_lower_layer",
        Type::Bool,
        "Whether the file lies in a lower layer of an overlay.",
        |now, _| layer(now, flags::LOWER_LAYER),
    ),
    row("fd.sockfamily", Type::Text, "`ip` or `unix`.", |now, _| match now.fd_kind()? {
        FdKind::Ipv4 | FdKind::Ipv6 => bytes(b"ip"),
        FdKind::Unix => bytes(b"unix"),
        _ => None,
    }),
    row("fd.l4proto", Type::Text, "`tcp`, `udp`, `icmp`, `raw`, or the text `<NA>`.", |now, _| {
        bytes(l4proto(now)?.as_bytes())
    }),
    row("fd.is_server", Type::Bool, "Whether this side is the server.", |now, _| {
        now.fd_kind()?;
        truth(now.sides().is_some_and(|sides| sides.is_server))
    }),
    row("fd.connected", Type::Bool, "Whether the socket is connected.", |now, _| truth(now.fd_connected()?)),
    row(
        "fd.name_changed",
        Type::Bool,
        "Whether this event gave the descriptor another name, as a datagram to a new address does.",
        |now, _| truth(now.fd_name_changed()?),
    ),
    row("fd.sip", Type::Addr, "Address of the server.", |now, _| address(server(now))),
    row("fd.cip", Type::Addr, "Address of the client.", |now, _| address(client(now))),
    row("fd.lip", Type::Addr, "Address of this machine's end.", |now, _| address(near(now))),
    row("fd.rip", Type::Addr, "Address of the far end.", |now, _| address(far(now))),
    row("fd.sport", Type::Port, "Port of the server.", |now, _| port(server(now))),
    row("fd.cport", Type::Port, "Port of the client.", |now, _| port(client(now))),
    row("fd.lport", Type::Port, "Port of this machine's end.", |now, _| port(near(now))),
    row("fd.rport", Type::Port, "Port of the far end.", |now, _| port(far(now))),
    row("fd.sproto", Type::Text, "Port of the server as text.", |now, _| port_text(server(now))),
    row("fd.cproto", Type::Text, "Port of the client as text.", |now, _| port_text(client(now))),
    row("fd.lproto", Type::Text, "Port of this machine's end as text.", |now, _| port_text(near(now))),
    row("fd.rproto", Type::Text, "Port of the far end as text.", |now, _| port_text(far(now))),
    row("fd.snet", Type::Net, "Address of the server, compared with networks.", |now, _| {
        address(server(now))
    })
    .filter_only(),
    row("fd.cnet", Type::Net, "Address of the client, compared with networks.", |now, _| {
        address(client(now))
    })
    .filter_only(),
    row("fd.lnet", Type::Net, "Address of this machine's end, compared with networks.", |now, _| {
        address(near(now))
    })
    .filter_only(),
    row("fd.rnet", Type::Net, "Address of the far end, compared with networks.", |now, _| address(far(now)))
        .filter_only(),
    row("fd.ip", Type::Addr, "Address of either end.", |now, _| either(now, |end| Value::Addr(end.0)))
        .many(Multi::Either)
        .filter_only(),
    row("fd.net", Type::Net, "Address of either end, compared with networks.", |now, _| {
        either(now, |end| Value::Addr(end.0))
    })
    .many(Multi::Either)
    .filter_only(),
    row("fd.port", Type::Port, "Port of either end.", |now, _| {
        either(now, |end| Value::Number(end.1.into()))
    })
    .many(Multi::Either)
    .filter_only(),
    row("fd.proto", Type::Port, "Port of either end.", |now, _| {
        either(now, |end| Value::Number(end.1.into()))
    })
    .many(Multi::Either)
    .filter_only(),
    row(
        "fd.sip.name",
        Type::Text,
        "Recorded name of the server's address; any of them if it has several.",
        |now, _| names(now, server(now)),
    )
    .many(Multi::Either)
    .no_rhs(),
    row(
        "fd.cip.name",
        Type::Text,
        "Recorded name of the client's address; any of them if it has several.",
        |now, _| names(now, client(now)),
    )
    .many(Multi::Either)
    .no_rhs(),
    row(
        "fd.lip.name",
        Type::Text,
        "Recorded name of the address of this machine's end; any of them if it has several.",
        |now, _| names(now, near(now)),
    )
    .many(Multi::Either)
    .no_rhs(),
    row(
        "fd.rip.name",
        Type::Text,
        "Recorded name of the far end's address; any of them if it has several.",
        |now, _| names(now, far(now)),
    )
    .many(Multi::Either)
    .no_rhs(),
    absent("fd.types", Type::Text, "Kinds of descriptor open in the process.", NO_TABLE)
        .takes(Arg::OptionalIndex)
        .many(Multi::List)
        .no_val(),
    absent("fdlist.nums", Type::Text, "Numbers of the descriptors waited for.", NO_POLL),
    absent("fdlist.names", Type::Text, "Names of the descriptors waited for.", NO_POLL),
    absent("fdlist.cips", Type::Text, "Client addresses of the descriptors waited for.", NO_POLL),
    absent("fdlist.sips", Type::Text, "Server addresses of the descriptors waited for.", NO_POLL),
    absent("fdlist.cports", Type::Text, "Client ports of the descriptors waited for.", NO_POLL),
    absent("fdlist.sports", Type::Text, "Server ports of the descriptors waited for.", NO_POLL),
];
