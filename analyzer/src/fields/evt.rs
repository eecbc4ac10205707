//! Fields of the event itself.

use capture_format::param::Kind;
use capture_format::record::event_flags;
use capture_format::schema::Category;
use capture_format::{EventType, Storage};

use super::fs::{self, Which};
use super::row::{absent, bytes, number, owned, row, signed, truth};
use super::shape::{self, Refers};
use super::times::{Civil, civil};
use super::{Arg, Argument, Field, Format, Moment, Type, Value, render_args};

const NO_PLUGIN: &str = "captures hold system calls only, no events of plugins";
const NEVER_UPSTREAM: &str = "Falco extracts nothing either";
const ALONE: &str = "an event is judged alone, not after the one before it";
const NO_MEMORY: &str = "no call of the class memory is recorded";
const SECOND: u64 = 1_000_000_000;

const O_ACCMODE: u64 = 3;
const O_WRONLY: u64 = 1;
const O_RDWR: u64 = 2;
const O_CREAT: u64 = 0o100;
const O_TMPFILE: u64 = 0o20_000_000;

fn wall_ns(now: &Moment<'_>) -> i64 {
    now.recording().wall_ns(now.head().time_ns)
}

fn local(now: &Moment<'_>) -> Civil {
    civil(wall_ns(now), now.recording().utc_offset_s())
}

fn reltime(now: &Moment<'_>) -> u64 {
    now.head().time_ns.saturating_sub(now.recording().first_ns())
}

fn failed(now: &Moment<'_>) -> bool {
    now.result().is_some_and(|result| result < 0)
}

fn failed_in<'a>(now: &Moment<'a>, class: fn(Category) -> bool) -> Option<Value<'a>> {
    (failed(now) && class(now.info().category)).then_some(1u64).and_then(number)
}

/// Flags of an open call that has flags; creat has none and Falco asks nothing of it.
fn open_flags(now: &Moment<'_>) -> Option<u64> {
    let shape = shape::of(now.event_type());
    match shape.refers {
        Refers::Opened => now.word(shape.flags?),
        _ => None,
    }
}

fn opens_to_run(now: &Moment<'_>) -> bool {
    let shape = shape::of(now.event_type());
    if shape.refers != Refers::Opened {
        return false;
    }
    let makes = match open_flags(now) {
        Some(flags) => flags & (O_CREAT | O_TMPFILE) != 0,
        None => now.event_type() == EventType::Creat,
    };
    let mode = shape.mode.and_then(|mode| now.word(mode)).unwrap_or(0);
    makes && mode & 0o111 != 0
}

/// Whether the event moves bytes in and out.
pub(super) fn reads(event: EventType) -> bool {
    matches!(event, EventType::Recvfrom | EventType::Recvmsg)
}

pub(super) fn writes(event: EventType) -> bool {
    matches!(event, EventType::Sendto | EventType::Sendmsg)
}

/// Bytes that were moved; absent for other events and failed calls.
fn moved<'a>(now: &Moment<'a>, which: fn(EventType) -> bool) -> Option<Value<'a>> {
    if !which(now.event_type()) {
        return None;
    }
    u64::try_from(now.result()?).ok().and_then(number)
}

pub(super) fn io(event: EventType) -> bool {
    reads(event) || writes(event)
}

/// Word of a class of events.
fn category(now: &Moment<'_>) -> &'static str {
    if reads(now.event_type()) {
        return "IO-read";
    }
    if writes(now.event_type()) {
        return "IO-write";
    }
    match now.info().category {
        Category::File => "file",
        Category::Net => "net",
        Category::Process => "process",
        Category::Signal => "signal",
        Category::User => "user",
        Category::System => "system",
    }
}

/// Whether events of this type are system calls.
pub fn is_syscall(event: EventType) -> bool {
    !matches!(event, EventType::Procexit | EventType::Cgroup)
}

/// A parameter with its own type: numbers as numbers, bytes as bytes.
fn raw_argument<'a>(now: &Moment<'a>, argument: &Argument) -> Option<Value<'a>> {
    let Argument::Key(name) = argument else { return None };
    let index = now.slot(name)?;
    let kind = now.info().params.get(index)?.kind;
    match kind.storage() {
        Storage::Word => {
            let word = now.word(index)?;
            Some(match kind {
                Kind::Flag => Value::Bool(word != 0),
                _ => Value::Number(render_args::number(now, index)?),
            })
        }
        Storage::Bytes => bytes(now.bytes(index)?.data),
        Storage::Descriptor => render_args::text(now, index).map(Value::Bytes),
    }
}

fn argument<'a>(now: &Moment<'a>, argument: &Argument) -> Option<Value<'a>> {
    match argument {
        Argument::Key(name) => render_args::named(now, name).map(Value::Bytes),
        Argument::Index(n) => render_args::numbered(now, usize::try_from(*n).ok()?).map(Value::Bytes),
        Argument::None => None,
    }
}

fn zero<'a>(_: &Moment<'a>, _: &Argument) -> Option<Value<'a>> {
    number(0u64)
}

/// Milliseconds between two times in ns, rounded up.
fn around(wall_ns: i64, time_ns: u64) -> u64 {
    i128::from(wall_ns).abs_diff(i128::from(time_ns)).div_ceil(1_000_000).try_into().unwrap_or(u64::MAX)
}

/// The rows.
pub(super) static FIELDS: &[Field] = &[
    row("evt.num", Type::U64, "Number of the event, from 1.", |now, _| number(now.number())),
    row("evt.time", Type::Text, "Time of day with nanoseconds.", |now, _| owned(local(now).time_ns())),
    row("evt.time.s", Type::Text, "Time of day to the second.", |now, _| owned(local(now).time())),
    row("evt.time.iso8601", Type::Text, "Date and time in UTC with nanoseconds, as ISO 8601.", |now, _| {
        let utc = civil(wall_ns(now), 0);
        owned(format!("{}T{}+0000", utc.date(), utc.time_ns()))
    }),
    row("evt.datetime", Type::Text, "Date and time of day with nanoseconds.", |now, _| {
        let local = local(now);
        owned(format!("{} {}", local.date(), local.time_ns()))
    }),
    row("evt.datetime.s", Type::Text, "Date and time of day to the second.", |now, _| {
        let local = local(now);
        owned(format!("{} {}", local.date(), local.time()))
    }),
    row("evt.rawtime", Type::AbsTime, "Time, nanoseconds since 1970.", |now, _| signed(wall_ns(now))),
    row("evt.rawtime.s", Type::AbsTime, "Whole seconds of the time since 1970.", |now, _| {
        signed(wall_ns(now).div_euclid(SECOND as i64))
    }),
    row("evt.rawtime.ns", Type::AbsTime, "Nanoseconds of the time within its second.", |now, _| {
        signed(wall_ns(now).rem_euclid(SECOND as i64))
    })
    .shown(Format::Padded),
    row("evt.reltime", Type::RelTime, "Nanoseconds since the first event of the capture.", |now, _| {
        number(reltime(now))
    }),
    row("evt.reltime.s", Type::RelTime, "Whole seconds since the first event of the capture.", |now, _| {
        number(reltime(now) / SECOND)
    }),
    row(
        "evt.reltime.ns",
        Type::RelTime,
        "Nanoseconds within the second since the first event of the capture.",
        |now, _| number(reltime(now) % SECOND),
    ),
    row("evt.type", Type::Text, "Name of the event, that of the system call.", |now, _| {
        bytes(now.info().name.as_bytes())
    }),
    row(
        "evt.type.is",
        Type::U32,
        "1 if the event has the name that follows, `evt.type.is.openat`.",
        |now, argument| match argument {
            Argument::Key(name) => number(u64::from(now.info().name == name)),
            _ => None,
        },
    )
    .takes(Arg::Suffix),
    row(
        "evt.arg",
        Type::Text,
        "One parameter as text, by name or number: `evt.arg.flags`, `evt.arg[0]`.",
        argument,
    )
    .takes(Arg::SuffixOrIndex),
    row("evt.rawarg", Type::Dyn, "One parameter with its own type, by name: `evt.rawarg.fd`.", raw_argument)
        .takes(Arg::Suffix)
        .no_rhs(),
    row("evt.args", Type::Text, "All parameters that Falco has too, as `name=value`.", |now, _| {
        owned(render_args::line(now))
    }),
    row("evt.info", Type::Text, "As `evt.args`.", |now, _| owned(render_args::line(now))),
    row("evt.res", Type::Text, "`SUCCESS`, or the name of the error.", |now, _| match now.result()? {
        result if result < 0 => render_args::errno(result).map(Value::Bytes),
        _ => bytes(b"SUCCESS"),
    }),
    row("evt.rawres", Type::I64, "What the call returned; negative is an error's number.", |now, _| {
        signed(now.result()?)
    }),
    row("evt.failed", Type::Bool, "Whether the call failed.", |now, _| truth(failed(now))),
    row("evt.cpu", Type::I16, "CPU the event happened on.", |now, _| number(now.head().cpu)),
    row("evt.dir", Type::Text, "Always `<`: events are recorded when calls return.", |_, _| bytes(b"<"))
        .deprecated(),
    row("evt.category", Type::Text, "Class of the event: `file`, `net`, `process` and others.", |now, _| {
        bytes(category(now).as_bytes())
    }),
    row("evt.source", Type::Text, "Source of the event: `syscall`.", |_, _| bytes(b"syscall")),
    row("evt.hostname", Type::Text, "Name of the recorded machine.", |now, _| {
        bytes(now.recording().host().as_bytes())
    }),
    row(
        "evt.is_open_read",
        Type::Bool,
        "Whether a file was opened, or should have been, for reading.",
        |now, _| truth(open_flags(now).is_some_and(|flags| flags & O_ACCMODE != O_WRONLY)),
    ),
    row(
        "evt.is_open_write",
        Type::Bool,
        "Whether a file was opened, or should have been, for writing.",
        |now, _| truth(open_flags(now).is_some_and(|flags| matches!(flags & O_ACCMODE, O_WRONLY | O_RDWR))),
    ),
    row(
        "evt.is_open_exec",
        Type::Bool,
        "Whether a call that makes a file gave it permission to run.",
        |now, _| truth(opens_to_run(now)),
    ),
    row("evt.is_open_create", Type::Bool, "Whether a call of the open family made the file.", |now, _| {
        let created = shape::of(now.event_type()).created.and_then(|slot| now.word(slot));
        truth(created.is_some_and(|created| created != 0))
    }),
    row("evt.is_io", Type::Bool, "Whether the event reads or writes a descriptor.", |now, _| {
        truth(io(now.event_type()))
    }),
    row("evt.is_io_read", Type::Bool, "Whether the event reads a descriptor.", |now, _| {
        truth(reads(now.event_type()))
    }),
    row("evt.is_io_write", Type::Bool, "Whether the event writes a descriptor.", |now, _| {
        truth(writes(now.event_type()))
    }),
    row("evt.io_dir", Type::Text, "`read` or `write`.", |now, _| match now.event_type() {
        event if reads(event) => bytes(b"read"),
        event if writes(event) => bytes(b"write"),
        _ => None,
    }),
    row("evt.is_wait", Type::Bool, "Whether the call only waits; no such call is recorded.", |_, _| {
        truth(false)
    }),
    row(
        "evt.is_async",
        Type::Bool,
        "Whether the event is no system call but a report; captures hold none.",
        |_, _| truth(false),
    ),
    row("evt.is_syslog", Type::Bool, "Whether the event writes to the socket of syslog.", |now, _| {
        let log = now
            .fd_descriptor()
            .is_some_and(|fd| fd.path.data == b"/dev/log" || fd.path.data.ends_with(b"/journal/dev-log"));
        truth(writes(now.event_type()) && log)
    }),
    row(
        "evt.buffer",
        Type::Bytes,
        "Bytes that were sent or received, if payloads were recorded.",
        |now, _| bytes(now.bytes(shape::of(now.event_type()).data?)?.data),
    ),
    row("evt.buflen", Type::U64, "Number of bytes that were sent or received.", |now, _| moved(now, io)),
    row("evt.buflen.in", Type::U64, "Number of bytes received.", |now, _| moved(now, reads)).hidden(),
    row("evt.buflen.out", Type::U64, "Number of bytes sent.", |now, _| moved(now, writes)).hidden(),
    row("evt.buflen.net", Type::U64, "Number of bytes moved on sockets.", |now, _| moved(now, io)).hidden(),
    row("evt.buflen.net.in", Type::U64, "Number of bytes received on sockets.", |now, _| moved(now, reads))
        .hidden(),
    row("evt.buflen.net.out", Type::U64, "Number of bytes sent on sockets.", |now, _| moved(now, writes))
        .hidden(),
    absent(
        "evt.buflen.file",
        Type::U64,
        "Number of bytes moved on files.",
        "reads and writes of files are not recorded",
    )
    .hidden(),
    absent(
        "evt.buflen.file.in",
        Type::U64,
        "Number of bytes read from files.",
        "reads of files are not recorded",
    )
    .hidden(),
    absent(
        "evt.buflen.file.out",
        Type::U64,
        "Number of bytes written to files.",
        "writes of files are not recorded",
    )
    .hidden(),
    row(
        "evt.abspath",
        Type::Text,
        "Path of the call made absolute; `evt.abspath.src` and `.dst` of a call with two.",
        |now, argument| {
            let which: &[Which] = match argument {
                Argument::Key(end) if end == "src" => &[Which::Source],
                Argument::Key(end) if end == "dst" => &[Which::Target],
                _ => &[Which::Only, Which::Source],
            };
            which.iter().find_map(|which| fs::resolved(now, *which)).map(Value::Bytes)
        },
    )
    .takes(Arg::OptionalSuffix),
    row(
        "evt.around",
        Type::U64,
        "Distance from a time (ns since 1970) in ms, rounded up. `=` asks for no more than that.",
        |now, argument| match argument {
            Argument::Index(time) => number(around(wall_ns(now), *time)),
            _ => None,
        },
    )
    .takes(Arg::Index)
    .filter_only(),
    row("evt.count", Type::U32, "Always 1.", |_, _| number(1u64)),
    row("evt.count.exit", Type::U32, "Always 1: events are recorded when calls return.", |_, _| number(1u64)),
    row("evt.count.error", Type::U32, "1 if the call failed.", |now, _| failed_in(now, |_| true)),
    row("evt.count.error.file", Type::U32, "1 if a call of the class file failed.", |now, _| {
        failed_in(now, |it| it == Category::File)
    }),
    row("evt.count.error.net", Type::U32, "1 if a call of the class net failed.", |now, _| {
        failed_in(now, |it| it == Category::Net)
    }),
    absent("evt.count.error.memory", Type::U32, "1 if a call of the class memory failed.", NO_MEMORY),
    row("evt.count.error.other", Type::U32, "1 if a call of another class failed.", |now, _| {
        failed_in(now, |it| !matches!(it, Category::File | Category::Net))
    }),
    absent("evt.count.procinfo", Type::U32, "1 for reports about main threads.", NO_PLUGIN).hidden(),
    absent("evt.count.threadinfo", Type::U32, "1 for reports about threads.", NO_PLUGIN).hidden(),
    absent("evt.asynctype", Type::Text, "Name of a report that is no system call.", NO_PLUGIN),
    absent("evt.pluginname", Type::Text, "Name of the plugin the event is from.", NO_PLUGIN),
    absent("evt.plugininfo", Type::Text, "What the plugin says of the event.", NO_PLUGIN),
    absent("evt.outputtime", Type::Text, "Time as the tool shows it.", NEVER_UPSTREAM),
    absent("evt.deltatime", Type::RelTime, "Nanoseconds since the event before.", ALONE),
    absent("evt.deltatime.s", Type::RelTime, "Whole seconds since the event before.", ALONE),
    absent("evt.deltatime.ns", Type::RelTime, "Nanoseconds within the second since the event before.", ALONE),
    absent("evt.infra.docker.name", Type::Text, "Name of an event of docker.", NEVER_UPSTREAM).hidden(),
    absent("evt.infra.docker.container.id", Type::Text, "Container of an event of docker.", NEVER_UPSTREAM)
        .hidden(),
    absent(
        "evt.infra.docker.container.name",
        Type::Text,
        "Container name of an event of docker.",
        NEVER_UPSTREAM,
    )
    .hidden(),
    absent("evt.infra.docker.container.image", Type::Text, "Image of an event of docker.", NEVER_UPSTREAM)
        .hidden(),
    row("evt.latency", Type::RelTime, "Always 0: events are recorded when calls return.", zero).deprecated(),
    row("evt.latency.s", Type::RelTime, "Always 0.", zero).deprecated(),
    row("evt.latency.ns", Type::RelTime, "Always 0.", zero).deprecated(),
    row("evt.latency.quantized", Type::U64, "Always 0.", zero).hidden().deprecated(),
    row("evt.latency.human", Type::Text, "Always `0ns`.", |_, _| bytes(b"0ns")).deprecated(),
    row("evt.wait_latency", Type::RelTime, "Always 0.", zero).deprecated(),
    row(
        "evt.io_uring",
        Type::Bool,
        "Whether the call was submitted through io_uring. Saker's own.",
        |now, _| truth(now.head().flags & event_flags::IO_URING != 0),
    ),
    row(
        "evt.compat",
        Type::Bool,
        "Whether the call came through the 32-bit interface. Saker's own.",
        |now, _| truth(now.head().flags & event_flags::COMPAT != 0),
    ),
    row("syscall.type", Type::Text, "Name of the system call; absent for other events.", |now, _| {
        is_syscall(now.event_type()).then_some(now.info().name.as_bytes()).and_then(bytes)
    }),
    absent(
        "util.cnt",
        Type::U64,
        "A counter of extractions.",
        "an event is judged alone, on any thread, in any order",
    ),
];
