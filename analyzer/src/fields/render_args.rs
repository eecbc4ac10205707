//! Parameters of events as text.
//!
//! A parameter has a number or string of its own and may have a resolved form: names of flags,
//! of an error, of a user, the file behind a descriptor. `evt.arg.NAME` is the resolved form if
//! there is one; `evt.args` shows `name=own(resolved)`.

use std::borrow::Cow;
use std::net::IpAddr;

use capture_format::descriptor::flags as descriptor_flags;
use capture_format::{Descriptor, EventType, Kind};

use super::descriptors::FdKind;
use super::names::errno::errno as error_name;
use super::names::flags::{self as bits, Bit, OpenOutcome};
use super::names::values::{self, Name};
use super::{Moment, group, shape, user};
use crate::history::resolved_directory;

const AT_FDCWD: i64 = -100;

/// A parameter as text: its own and, if there is one, the resolved form.
struct Text<'a> {
    own: Cow<'a, [u8]>,
    resolved: Option<Cow<'a, [u8]>>,
}

impl<'a> Text<'a> {
    fn plain(text: impl Into<String>) -> Self {
        Self { own: Cow::Owned(text.into().into_bytes()), resolved: None }
    }

    fn both(own: impl ToString, resolved: impl Into<String>) -> Self {
        let resolved: String = resolved.into();
        let resolved = (!resolved.is_empty()).then(|| Cow::Owned(resolved.into_bytes()));
        Self { own: Cow::Owned(own.to_string().into_bytes()), resolved }
    }

    fn flags(table: &[Bit], value: u64) -> Self {
        Self::both(bits::renumber(table, value), bits::join(table, value))
    }

    fn named(table: &[Name], value: u64) -> Self {
        Self::both(value, values::name(table, value).unwrap_or_default())
    }

    fn bytes(bytes: &'a [u8]) -> Self {
        Self { own: Cow::Borrowed(bytes), resolved: None }
    }
}

/// Name of a negative errno.
pub(super) fn errno(result: i64) -> Option<Cow<'static, [u8]>> {
    let number = result.checked_neg().and_then(|number| u64::try_from(number).ok())?;
    Some(match error_name(number) {
        Some(name) => Cow::Borrowed(name.as_bytes()),
        None => Cow::Owned(result.to_string().into_bytes()),
    })
}

/// Names of capabilities joined by blanks.
pub(super) fn capabilities(set: u64) -> String {
    let names = values::CAPABILITIES.iter().enumerate().filter(|(bit, _)| set >> bit & 1 != 0);
    names.map(|(_, name)| *name).collect::<Vec<_>>().join(" ")
}

/// `<f>/path`: what the event's descriptor is.
fn descriptor_text(kind: Option<FdKind>, name: &[u8]) -> Cow<'static, [u8]> {
    let mut out = format!("<{}>", kind.map_or("", FdKind::letter)).into_bytes();
    out.extend_from_slice(name);
    Cow::Owned(out)
}

/// The resolved form of a result: the name of its error.
fn result(value: i64) -> Text<'static> {
    Text {
        own: Cow::Owned(value.to_string().into_bytes()),
        resolved: if value < 0 { errno(value) } else { None },
    }
}

fn descriptor_number<'a>(now: &Moment<'a>, index: usize, value: i64) -> Text<'a> {
    let own = Cow::Owned(value.to_string().into_bytes());
    let shape = shape::of(now.event_type());
    let resolved = match value {
        AT_FDCWD => Some(Cow::Borrowed(&b"AT_FDCWD"[..])),
        value if value < 0 => errno(value),
        _ if shape.fd == Some(index) => {
            now.fd_name().map(|name| descriptor_text(now.fd_kind().or(Some(FdKind::Unknown)), &name))
        }
        _ => None,
    };
    Text { own, resolved }
}

/// `127.0.0.1:22` of a `struct sockaddr`.
fn socket_address(bytes: &[u8]) -> Option<String> {
    let family = u16::from_ne_bytes(*bytes.first_chunk()?);
    let port = || Some(u16::from_be_bytes(*bytes.get(2..4)?.first_chunk()?));
    match family {
        1 => {
            let path = bytes.get(2..)?;
            // A leading NUL marks the abstract namespace, shown as in /proc/net/unix.
            let shown = match path.split_first() {
                Some((0, rest)) => [b"@", rest].concat(),
                _ => path.split(|byte| *byte == 0).next().unwrap_or_default().to_vec(),
            };
            Some(String::from_utf8_lossy(&shown).into_owned())
        }
        2 => Some(format!("{}:{}", IpAddr::from(*bytes.get(4..)?.first_chunk::<4>()?), port()?)),
        10 => Some(format!(
            "{}:{}",
            IpAddr::from(*bytes.get(8..)?.first_chunk::<16>()?).to_canonical(),
            port()?
        )),
        family => values::name(values::FAMILIES, family.into()).map(str::to_owned),
    }
}

fn described<'a>(now: &Moment<'a>, fd: &Descriptor<'a>) -> Cow<'a, [u8]> {
    match now.tuple_text(fd).filter(|_| fd.is_inet()) {
        Some(tuple) => Cow::Owned(tuple.into_bytes()),
        None => Cow::Borrowed(fd.path.data),
    }
}

fn open_outcome(now: &Moment<'_>) -> OpenOutcome {
    let shape = shape::of(now.event_type());
    let flags = now.fd_descriptor().map_or(0, |fd| fd.flags);
    OpenOutcome {
        created: shape.created.and_then(|slot| now.word(slot)).is_some_and(|created| created != 0),
        upper_layer: flags & descriptor_flags::UPPER_LAYER != 0,
        lower_layer: flags & descriptor_flags::LOWER_LAYER != 0,
    }
}

/// Permissions: names of bits in the chmod family, octal in the open family, hexadecimal
/// elsewhere, as Falco declares them.
fn mode(event: EventType, value: u64) -> Text<'static> {
    use EventType as E;
    let octal = if value == 0 { "0".to_owned() } else { format!("0{value:o}") };
    match event {
        E::Chmod | E::Fchmod | E::Fchmodat | E::Fchmodat2 => Text::both(octal, bits::join(bits::MODE, value)),
        E::Open | E::Openat | E::Openat2 | E::Creat => Text::plain(octal),
        _ => Text::plain(format!("{value:X}")),
    }
}

/// A process id with the name of the process, if the id is the host's.
fn process_id<'a>(now: &Moment<'a>, name: &str, value: i64) -> Text<'a> {
    let own = Cow::Owned(value.to_string().into_bytes());
    let host_ns = now.process().is_some_and(|process| process.vpid() == process.pid());
    let is_process = !matches!(name, "vtid" | "vpid" | "pgid" | "vpgid" | "new_vpgid");
    let always_host = matches!(name, "ptid" | "reaper_tid" | "child_pid" | "parent_pid" | "target_pid")
        || (name == "res" && now.event_type() != EventType::Setsid);
    let known = match u32::try_from(value) {
        Ok(pid) if pid != 0 && is_process && (host_ns || always_host) => {
            now.history().process_at(pid, 0, now.number()).filter(|process| process.is_known())
        }
        _ => None,
    };
    Text { own, resolved: known.map(|process| Cow::Borrowed(process.comm())).filter(|comm| !comm.is_empty()) }
}

/// Names of the bits of a kind of flags.
fn table(kind: Kind) -> &'static [Bit] {
    match kind {
        Kind::UnlinkFlags => bits::UNLINK,
        Kind::AtFlags => bits::AT,
        Kind::RenameFlags => bits::RENAME,
        Kind::CloneFlags | Kind::NsType => bits::CLONE,
        Kind::MountFlags => bits::MOUNT,
        Kind::UmountFlags => bits::UMOUNT,
        Kind::MemfdFlags => bits::MEMFD,
        Kind::ModuleFlags => bits::MODULE,
        Kind::DupFlags => bits::DUP,
        Kind::AcceptFlags => bits::ACCEPT,
        Kind::MessageFlags => bits::MESSAGE,
        Kind::ExeFlags => bits::EXE,
        _ => &[],
    }
}

/// The word in parameter `index` as Falco numbers it.
pub(super) fn number(now: &Moment<'_>, index: usize) -> Option<u64> {
    let word = now.word(index)?;
    Some(match now.info().params.get(index)?.kind {
        Kind::OpenFlags => bits::open(word, open_outcome(now)).0,
        kind if !table(kind).is_empty() => bits::renumber(table(kind), word),
        _ => word,
    })
}

/// The parameter number `index`; `None` if it is absent.
fn parameter<'a>(now: &Moment<'a>, index: usize) -> Option<Text<'a>> {
    let info = now.info().params.get(index)?;
    let word = || now.word(index);
    let data = || Some(now.bytes(index)?.data);
    Some(match info.kind {
        Kind::Res => result(word()? as i64),
        Kind::NewFd | Kind::Fd => descriptor_number(now, index, word()? as i64),
        Kind::Pid => process_id(now, info.name, word()? as i64),
        Kind::Uid => match word()? as u32 {
            u32::MAX => Text::plain("-1"),
            uid => {
                let name = user::name(now.history().user(now.container(), uid), uid);
                Text { resolved: Some(Cow::Borrowed(name)), ..Text::plain(uid.to_string()) }
            }
        },
        Kind::Gid => match word()? as u32 {
            u32::MAX => Text::plain("-1"),
            gid => {
                Text { resolved: Some(Cow::Borrowed(group::name(now, gid))), ..Text::plain(gid.to_string()) }
            }
        },
        Kind::OpenFlags => {
            let (number, names) = bits::open(word()?, open_outcome(now));
            Text::both(number, names)
        }
        Kind::Mode => mode(now.event_type(), word()?),
        Kind::UnlinkFlags
        | Kind::AtFlags
        | Kind::RenameFlags
        | Kind::CloneFlags
        | Kind::NsType
        | Kind::MountFlags
        | Kind::UmountFlags
        | Kind::MemfdFlags
        | Kind::ModuleFlags
        | Kind::DupFlags
        | Kind::AcceptFlags
        | Kind::MessageFlags
        | Kind::ExeFlags => Text::flags(table(info.kind), word()?),
        Kind::SocketDomain => Text::named(values::FAMILIES, word()?),
        Kind::SocketType | Kind::SocketProtocol | Kind::Number | Kind::Tty => {
            Text::plain(word()?.to_string())
        }
        Kind::PtraceRequest => Text::named(values::PTRACE, word()?),
        Kind::BpfCommand => Text::named(values::BPF, word()?),
        Kind::PrctlOption => Text::named(values::PRCTL, word()?),
        Kind::Signal => Text::named(values::SIGNALS, word()?),
        Kind::Caps => Text::plain(capabilities(word()?)),
        Kind::Device => Text::plain(format!("{:X}", word()?)),
        Kind::BootTime => Text::plain(match word()? {
            0 => "0".to_owned(),
            time => now.recording().wall_ns(time).to_string(),
        }),
        Kind::WallTime | Kind::Signed => Text::plain((word()? as i64).to_string()),
        Kind::Hex => Text::plain(format!("{:X}", word()?)),
        Kind::Flag => Text::plain(word()?.to_string()),
        Kind::Path => {
            let given = data()?;
            let resolved = resolved_path(now, info.name, index, given);
            Text { own: Cow::Borrowed(given), resolved }
        }
        Kind::KernelPath
            if matches!(info.name, "cwd" | "dir" | "at_dir" | "olddir_path" | "newdir_path" | "root") =>
        {
            Text::bytes(resolved_directory(data()?))
        }
        Kind::KernelPath | Kind::CgroupPath | Kind::Text | Kind::Payload => Text::bytes(data()?),
        Kind::Argv | Kind::Env => Text { own: Cow::Owned(dotted(data()?)), resolved: None },
        Kind::SocketAddress => Text::plain(socket_address(data()?)?),
        Kind::File => {
            let fd = now.descriptor(index)?;
            Text { own: described(now, &fd), resolved: None }
        }
    })
}

/// A relative path made absolute, for the parameters that Falco declares as paths from the
/// working directory.
fn resolved_path<'a>(now: &Moment<'a>, name: &str, index: usize, given: &'a [u8]) -> Option<Cow<'a, [u8]>> {
    use EventType as E;
    let shown = matches!(
        now.event_type(),
        E::Open
            | E::Creat
            | E::Mkdir
            | E::Rmdir
            | E::Unlink
            | E::Rename
            | E::Link
            | E::Symlink
            | E::Chmod
            | E::Chown
            | E::Lchown
            | E::Umount2
    ) && name != "target";
    let shape = shape::of(now.event_type());
    let dir = if name == "newpath" { now.slot("newdir_path") } else { shape.dir };
    let absolute =
        now.absolute(index, dir).filter(|_| shown && !given.starts_with(b"/") && !given.is_empty())?;
    absolute.starts_with(b"/").then_some(absolute)
}

/// Falco joins the members of a list of strings by dots.
fn dotted(nul_separated: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = nul_separated.iter().map(|byte| if *byte == 0 { b'.' } else { *byte }).collect();
    if !out.is_empty() {
        out.push(b'.');
    }
    out
}

/// The parameter number `index` as `evt.arg` shows it.
pub(super) fn text<'a>(now: &Moment<'a>, index: usize) -> Option<Cow<'a, [u8]>> {
    let Text { own, resolved } = parameter(now, index)?;
    // A path stays what the caller passed: rules compare it with what they expect to be passed.
    match now.info().params.get(index)?.kind {
        Kind::Path => Some(own),
        _ => Some(resolved.unwrap_or(own)),
    }
}

/// Parameters of exec in Falco's order; those without a value here keep their place.
const EXEC: &[&str] = &[
    "res",
    "exe",
    "args",
    "tid",
    "pid",
    "ptid",
    "cwd",
    "fdlimit",
    "pgft_maj",
    "pgft_min",
    "vm_size",
    "vm_rss",
    "vm_swap",
    "comm",
    "cgroups",
    "env",
    "tty",
    "vpgid",
    "loginuid",
    "flags",
    "cap_inheritable",
    "cap_permitted",
    "cap_effective",
    "exe_ino",
    "exe_ino_ctime",
    "exe_ino_mtime",
    "uid",
    "trusted_exepath",
    "pgid",
    "gid",
    "filename",
];

/// Parameters of clone and its kin in Falco's order.
const CLONE: &[&str] = &[
    "res",
    "exe",
    "args",
    "tid",
    "pid",
    "ptid",
    "cwd",
    "fdlimit",
    "pgft_maj",
    "pgft_min",
    "vm_size",
    "vm_rss",
    "vm_swap",
    "comm",
    "cgroups",
    "flags",
    "uid",
    "gid",
    "vtid",
    "vpid",
    "pidns_init_start_ts",
];

/// Parameters of these events that are not in the schema: they are in the event's head, in a
/// parameter of another form, or in history.
pub(super) const DERIVED: &[&str] = &[
    "exe",
    "args",
    "tid",
    "pid",
    "ptid",
    "cwd",
    "fdlimit",
    "cgroups",
    "loginuid",
    "cap_permitted",
    "cap_effective",
    "uid",
    "gid",
];

/// Whether events of this type have a parameter of this name that is not in the schema.
pub(super) fn is_derived(event: EventType, name: &str) -> bool {
    use EventType as E;
    DERIVED.contains(&name)
        && matches!(event, E::Execve | E::Execveat | E::Clone | E::Clone3 | E::Fork | E::Vfork)
}

/// Names of an event's parameters in Falco's order.
fn names(now: &Moment<'_>) -> Vec<&'static str> {
    use EventType as E;
    match now.event_type() {
        E::Execve | E::Execveat => EXEC.to_vec(),
        E::Clone | E::Clone3 | E::Fork | E::Vfork => CLONE.to_vec(),
        _ => now.info().params.iter().filter(|param| !param.own).map(|param| param.name).collect(),
    }
}

/// A parameter that the schema does not have.
fn derived<'a>(now: &Moment<'a>, name: &str) -> Option<Text<'a>> {
    use EventType as E;
    let argv = || match now.event_type() {
        // Of a failed call those that were asked for, which the process does not have.
        E::Execve | E::Execveat => now.named("argv"),
        E::Clone | E::Clone3 | E::Fork | E::Vfork => Some(now.image()?.argv()),
        _ => None,
    };
    if !matches!(now.event_type(), E::Execve | E::Execveat | E::Clone | E::Clone3 | E::Fork | E::Vfork) {
        return None;
    }
    let head = now.head();
    Some(match name {
        "exe" => Text::bytes(argv()?.split(|byte| *byte == 0).next().unwrap_or_default()),
        "args" => {
            let argv = argv()?;
            let behind = argv.iter().position(|byte| *byte == 0).map_or(argv.len(), |at| at + 1);
            Text { own: Cow::Owned(dotted(argv.get(behind..).unwrap_or_default())), resolved: None }
        }
        "tid" => Text {
            resolved: Some(Cow::Borrowed(now.process()?.comm_of(head.tid))),
            ..Text::plain(head.tid.to_string())
        },
        "pid" => process_id(now, "ptid", head.pid.into()),
        "ptid" => process_id(now, name, now.process()?.parent()?.pid().into()),
        "cwd" => Text::bytes(now.cwd()),
        "fdlimit" => Text::plain(now.process()?.fdlimit().to_string()),
        "cgroups" => Text { own: Cow::Owned(super::thread::cgroups(now)?), resolved: None },
        "loginuid" => Text::plain((head.loginuid as i32).to_string()),
        "cap_permitted" => Text::plain(capabilities(head.cap_permitted)),
        "cap_effective" => Text::plain(capabilities(head.cap_effective)),
        "uid" => Text::plain(head.euid.to_string()),
        "gid" => Text::plain(head.egid.to_string()),
        _ => return None,
    })
}

/// The parameter called `name`.
pub(super) fn named<'a>(now: &Moment<'a>, name: &str) -> Option<Cow<'a, [u8]>> {
    match now.slot(name) {
        Some(index) => text(now, index),
        None => derived(now, name).map(|text| text.resolved.unwrap_or(text.own)),
    }
}

/// The parameter that `evt.arg[n]` names, in Falco's order from 0.
pub(super) fn numbered<'a>(now: &Moment<'a>, n: usize) -> Option<Cow<'a, [u8]>> {
    named(now, names(now).get(n)?)
}

/// All parameters that Falco has too, `name=own(resolved)`, joined by blanks.
pub(super) fn line(now: &Moment<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    for name in names(now) {
        let text = match now.slot(name) {
            Some(index) => parameter(now, index),
            None => derived(now, name),
        };
        let Some(text) = text else { continue };
        if !out.is_empty() {
            out.push(b' ');
        }
        out.extend_from_slice(name.as_bytes());
        out.push(b'=');
        out.extend_from_slice(&text.own);
        if let Some(resolved) = &text.resolved {
            out.push(b'(');
            out.extend_from_slice(resolved);
            out.push(b')');
        }
    }
    out
}
