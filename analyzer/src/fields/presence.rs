//! At which events a field can have a value at all, and which.
//!
//! What a condition asks for can be impossible whatever happens: a descriptor where an event has
//! none, a flag of the open family at an exec. This is derived from the same tables the fields are
//! extracted with, and errs on the side of "possible".

use capture_format::schema::Category;
use capture_format::{EventInfo, EventType};

use super::descriptors::FdKind;
use super::fs::{self, Which};
use super::shape::{self, Refers};
use super::{Argument, Field, evt, render_args};

/// What a field can be at events of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It has no value there.
    Absent,
    /// It may have any value of its type, or none.
    Any,
    /// It is false there.
    False,
}

/// Longest command name, in bytes: the kernel keeps 16 with the NUL.
pub const COMM_MAX: usize = 15;

/// Fields that are command names, or lists of such.
const COMMS: &[&str] = &[
    "proc.name",
    "proc.pname",
    "proc.aname",
    "proc.sname",
    "proc.pgid.name",
    "proc.vpgid.name",
    "thread.name",
];

/// Fields of one end of a connection; of a file they are absent or equal to nothing.
const ENDS: &[&str] = &["fd.sip", "fd.cip", "fd.lip", "fd.rip", "fd.ip"];

/// What `fd.` can be followed by to name one end of a connection.
const END_KINDS: &[&str] = &[
    "sport", "cport", "lport", "rport", "port", "sproto", "cproto", "lproto", "rproto", "proto", "snet",
    "cnet", "lnet", "rnet", "net",
];

/// Words that a field is always one of; `None` if it can be anything.
pub fn words_of(field: &Field) -> Option<&'static [&'static str]> {
    Some(match field.name {
        "fd.typechar" => &[
            "f", "d", "4", "6", "2", "3", "u", "n", "p", "e", "s", "l", "i", "t", "b", "r", "m", "P", "o",
            "X",
        ],
        "fd.sockfamily" => &["ip", "unix"],
        "fd.l4proto" => &["tcp", "udp", "icmp", "raw", "<NA>"],
        "evt.io_dir" => &["read", "write"],
        "evt.dir" => &["<"],
        _ => return None,
    })
}

/// Most bytes a value of the field can have, if that is bounded.
pub fn longest(field: &Field) -> Option<usize> {
    COMMS.contains(&field.name).then_some(COMM_MAX)
}

/// What a field with this argument can be at this event.
pub fn presence(field: &Field, argument: &Argument, event: &EventInfo) -> Presence {
    let at = event.event_type;
    let shape = shape::of(at);
    let when = |present: bool| if present { Presence::Any } else { Presence::Absent };
    let truth = |possible: bool| if possible { Presence::Any } else { Presence::False };
    let described = matches!(shape.refers, Refers::Opened | Refers::Descriptor);
    match field.name {
        "evt.arg" | "evt.rawarg" => match argument {
            Argument::Key(name) => when(event.param(name).is_some() || render_args::is_derived(at, name)),
            _ => Presence::Any,
        },
        "evt.res" | "evt.rawres" => when(shape.result.is_some()),
        "evt.is_open_read" | "evt.is_open_write" => {
            truth(shape.refers == Refers::Opened && shape.flags.is_some())
        }
        "evt.is_open_exec" | "evt.is_open_create" => truth(shape.refers == Refers::Opened),
        "evt.is_io" => truth(evt::io(at)),
        "evt.is_io_read" => truth(evt::reads(at)),
        "evt.is_io_write" | "evt.is_syslog" => truth(evt::writes(at)),
        "evt.io_dir" | "evt.buflen" | "evt.buflen.net" => when(evt::io(at)),
        "evt.buflen.in" | "evt.buflen.net.in" => when(evt::reads(at)),
        "evt.buflen.out" | "evt.buflen.net.out" => when(evt::writes(at)),
        "evt.buffer" => when(shape.data.is_some()),
        "evt.count.error.file" => when(event.category == Category::File),
        "evt.count.error.net" => when(event.category == Category::Net),
        "syscall.type" => when(evt::is_syscall(at)),
        "fs.path.name" | "fs.path.nameraw" => when(fs::has(at, Which::Only)),
        "fs.path.source" | "fs.path.sourceraw" => when(fs::has(at, Which::Source)),
        "fs.path.target" | "fs.path.targetraw" => when(fs::has(at, Which::Target)),
        "fd.realpath" | "fd.ino" | "fd.dev" | "fd.dev.major" | "fd.dev.minor" | "fd.is_upper_layer"
        | "fd.is_lower_layer" => when(described),
        "fd.path_disagrees" => when(shape.refers == Refers::Opened),
        "fd.directory" | "fd.containerdirectory" | "fd.filename" => when(
            described
                || matches!(shape.refers, Refers::Directory | Refers::New(FdKind::Directory | FdKind::Memfd)),
        ),
        name if is_end(name) => when(shape.refers == Refers::Descriptor),
        name if name.starts_with("fd.") && name != "fd.types" => when(shape.refers != Refers::Nothing),
        _ => Presence::Any,
    }
}

/// Whether a field is about one end of a connection.
fn is_end(name: &str) -> bool {
    let whole = name.strip_suffix(".name").unwrap_or(name);
    ENDS.contains(&whole) || name.strip_prefix("fd.").is_some_and(|rest| END_KINDS.contains(&rest))
}

/// The field that says at such an event what `fd.name` says at others, if there is one.
pub fn path_field(event: EventType) -> Option<&'static str> {
    [(Which::Only, "fs.path.name"), (Which::Target, "fs.path.target")]
        .into_iter()
        .find(|(which, _)| fs::has(event, *which))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use capture_format::EVENTS;

    use super::*;
    use crate::fields::resolve;

    fn at(text: &str, event: &str) -> Presence {
        let (field, argument) = resolve(text).unwrap();
        let event = EVENTS.iter().find(|known| known.name == event).unwrap();
        presence(field, &argument, event)
    }

    #[test]
    fn a_descriptor_is_where_the_event_has_one() {
        assert_eq!(at("fd.name", "chmod"), Presence::Absent);
        assert_eq!(at("fd.name", "execve"), Presence::Absent);
        assert_eq!(at("fd.name", "fchmod"), Presence::Any);
        assert_eq!(at("fd.sip", "openat"), Presence::Absent);
        assert_eq!(at("fd.sip", "connect"), Presence::Any);
        assert_eq!(at("fd.sip.name", "openat"), Presence::Absent);
        assert_eq!(at("fs.path.name", "chmod"), Presence::Any);
        assert_eq!(at("fs.path.name", "execve"), Presence::Absent);
    }

    #[test]
    fn a_parameter_is_where_the_schema_has_it() {
        assert_eq!(at("evt.arg.mode", "chmod"), Presence::Any);
        assert_eq!(at("evt.arg.mode", "connect"), Presence::Absent);
        assert_eq!(at("evt.arg.exe", "execve"), Presence::Any);
        assert_eq!(at("evt.arg.exe", "openat"), Presence::Absent);
        assert_eq!(at("evt.is_open_write", "execve"), Presence::False);
    }

    #[test]
    fn what_speaks_of_every_event_is_possible_everywhere() {
        for event in EVENTS {
            for name in ["proc.name", "user.name", "container.id", "evt.num", "evt.failed"] {
                assert_eq!(at(name, event.name), Presence::Any, "{name} at {}", event.name);
            }
        }
    }
}
