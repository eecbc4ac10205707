//! Fields of the process.

use capture_format::param::exe_flags;

use super::row::{absent, bytes, number, owned, row, signed, truth};
use super::{Arg, Argument, Field, Moment, Multi, Type, Value};
use crate::history::{Image, Process};

const NO_TABLE: &str = "descriptor tables of processes are not followed";
const NO_COUNT: &str = "the snapshot does not count threads";
const NO_MEMORY: &str = "memory use is not recorded";
const NEVER_UPSTREAM: &str = "deprecated; Falco extracts nothing either";

/// Arguments without `argv[0]`; an empty list has no bytes to split.
fn arguments(argv: &[u8]) -> impl Iterator<Item = &[u8]> {
    argv.split(|byte| *byte == 0).skip(1)
}

fn zeroth(argv: &[u8]) -> &[u8] {
    argv.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn joined(argv: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(argv.len());
    for argument in arguments(argv) {
        if !out.is_empty() {
            out.push(b' ');
        }
        out.extend_from_slice(argument);
    }
    out
}

/// `first`, a blank and the arguments; the blank only if there are any.
fn line(first: &[u8], argv: &[u8]) -> Vec<u8> {
    let arguments = joined(argv);
    let mut out = first.to_vec();
    if !arguments.is_empty() {
        out.push(b' ');
        out.extend_from_slice(&arguments);
    }
    out
}

fn argv<'a>(process: &Process<'a>) -> &'a [u8] {
    process.image().map_or(&[], |image| image.argv())
}

fn cmdline(process: &Process<'_>) -> Vec<u8> {
    line(process.comm(), argv(process))
}

/// One variable's value, or the whole environment.
fn env<'a>(environment: &'a [u8], name: &str) -> Option<&'a [u8]> {
    environment
        .split(|byte| *byte == 0)
        .find_map(|variable| variable.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
}

fn spaced(nul_separated: &[u8]) -> Vec<u8> {
    nul_separated.iter().map(|byte| if *byte == 0 { b' ' } else { *byte }).collect()
}

/// The known ancestor that an index names.
fn ancestor<'a>(now: &Moment<'a>, n: u64) -> Option<Process<'a>> {
    now.process()?.ancestor(n).filter(Process::is_known)
}

/// What a field says of the ancestor with the index, or of all without.
fn ancestral<'a>(
    now: &Moment<'a>,
    argument: &Argument,
    get: impl Fn(&Process<'a>) -> Option<Value<'a>>,
) -> Option<Value<'a>> {
    match argument {
        Argument::Index(n) => get(&ancestor(now, *n)?),
        _ => Some(Value::List(
            now.process()?.ancestors().filter(Process::is_known).filter_map(|it| get(&it)).collect(),
        )),
    }
}

fn parent<'a>(now: &Moment<'a>) -> Option<Process<'a>> {
    now.process()?.parent().filter(Process::is_known)
}

fn leader<'a>(now: &Moment<'a>) -> Option<Process<'a>> {
    let session = match now.head().session {
        0 => now.process()?.session(),
        session => session,
    };
    now.process()?.other(session).filter(Process::is_known)
}

fn group<'a>(now: &Moment<'a>) -> Option<Process<'a>> {
    let process = now.process()?;
    process.other(process.pgid()).filter(Process::is_known)
}

fn exe<'a>(process: &Process<'a>) -> Option<Value<'a>> {
    bytes(zeroth(argv(process)))
}

fn exepath<'a>(process: &Process<'a>) -> Option<Value<'a>> {
    bytes(process.image().map_or(&[], |image| image.exepath()))
}

fn exe_flag<'a>(now: &Moment<'a>, flag: u32) -> Option<Value<'a>> {
    truth(now.image()?.exe_flags() & flag != 0)
}

/// Wall clock of a start; absent if the start is unknown.
fn started<'a>(now: &Moment<'a>, start_ns: u64) -> Option<Value<'a>> {
    (start_ns != 0).then(|| now.recording().wall_ns(start_ns)).and_then(signed)
}

fn since<'a>(now: &Moment<'a>, start_ns: u64) -> Option<Value<'a>> {
    (start_ns != 0).then(|| now.head().time_ns.saturating_sub(start_ns)).and_then(number)
}

/// A time of the executable's inode; absent if unknown.
fn exe_time<'a>(now: &Moment<'a>, get: fn(&Image<'a>) -> i64) -> Option<i64> {
    Some(get(&now.image()?)).filter(|time| *time != 0)
}

fn id<'a>(id: u32) -> Option<Value<'a>> {
    (id != 0).then_some(id).and_then(number)
}

/// The rows.
pub(super) static FIELDS: &[Field] = &[
    row("proc.pid", Type::I64, "Process id in the host's pid namespace.", |now, _| number(now.head().pid)),
    row("proc.name", Type::Text, "Command name of the thread, at most 15 bytes.", |now, _| {
        bytes(now.process()?.comm_of(now.head().tid))
    }),
    row(
        "proc.exe",
        Type::Text,
        "First argument (`argv[0]`), as the program was told its own name.",
        |now, _| exe(&now.process()?),
    ),
    row("proc.exepath", Type::Text, "Executable, as the kernel resolved it.", |now, _| {
        exepath(&now.process()?)
    }),
    row(
        "proc.args",
        Type::Text,
        "Arguments without `argv[0]`, joined by blanks; `[n]` is one of them, from 0.",
        |now, argument| {
            let argv = argv(&now.process()?);
            match argument {
                Argument::Index(n) => {
                    bytes(usize::try_from(*n).ok().and_then(|n| arguments(argv).nth(n)).unwrap_or_default())
                }
                _ => owned(joined(argv)),
            }
        },
    )
    .takes(Arg::OptionalIndex),
    row("proc.cmdline", Type::Text, "Command name and arguments, joined by blanks.", |now, _| {
        let process = now.process()?;
        owned(line(process.comm_of(now.head().tid), argv(&process)))
    }),
    row("proc.exeline", Type::Text, "`argv[0]` and the other arguments, joined by blanks.", |now, _| {
        let argv = argv(&now.process()?);
        owned(line(zeroth(argv), argv))
    }),
    row("proc.cmdnargs", Type::U64, "Number of arguments without `argv[0]`.", |now, _| {
        number(arguments(argv(&now.process()?)).count() as u64)
    }),
    row("proc.cmdlenargs", Type::U64, "Sum of the lengths of the arguments without `argv[0]`.", |now, _| {
        number(arguments(argv(&now.process()?)).map(|argument| argument.len() as u64).sum::<u64>())
    }),
    row(
        "proc.env",
        Type::Text,
        "Recorded environment variables, joined by blanks; `[NAME]` is the value of one.",
        |now, argument| {
            let environment = now.image()?.env();
            match argument {
                Argument::Key(name) => bytes(env(environment, name).unwrap_or_default()),
                Argument::Index(n) => bytes(
                    usize::try_from(*n)
                        .ok()
                        .and_then(|n| environment.split(|byte| *byte == 0).nth(n))
                        .unwrap_or_default(),
                ),
                Argument::None => owned(spaced(environment)),
            }
        },
    )
    .takes(Arg::OptionalIndexOrKey),
    row("proc.cwd", Type::Text, "Working directory, with a slash at its end.", |now, _| {
        let cwd = now.process()?.cwd();
        if cwd.is_empty() || cwd.ends_with(b"/") {
            return bytes(cwd);
        }
        let mut cwd = cwd.to_vec();
        cwd.push(b'/');
        owned(cwd)
    }),
    row("proc.tty", Type::U32, "Controlling terminal as major << 8 | minor, 0 for none.", |now, _| {
        number(now.process()?.tty())
    }),
    row("proc.vpid", Type::I64, "Process id in its own pid namespace.", |now, _| id(now.process()?.vpid())),
    row("proc.ppid", Type::I64, "Process id of the parent.", |now, _| number(now.process()?.parent()?.pid())),
    row("proc.pname", Type::Text, "Command name of the parent.", |now, _| bytes(parent(now)?.comm())),
    row("proc.pexe", Type::Text, "`argv[0]` of the parent.", |now, _| exe(&parent(now)?)),
    row("proc.pexepath", Type::Text, "Executable of the parent.", |now, _| exepath(&parent(now)?)),
    row("proc.pcmdline", Type::Text, "Command name and arguments of the parent.", |now, _| {
        owned(cmdline(&parent(now)?))
    }),
    row(
        "proc.pexeline",
        Type::Text,
        "`argv[0]` and the other arguments of the parent, joined by blanks. Saker's own.",
        |now, _| {
            let argv = argv(&parent(now)?);
            owned(line(zeroth(argv), argv))
        },
    ),
    row("proc.pvpid", Type::I64, "Process id of the parent in its own pid namespace.", |now, _| {
        id(parent(now)?.vpid())
    }),
    row(
        "proc.apid",
        Type::I64,
        "Process id of an ancestor: 0 is the process, 1 its parent; without index any ancestor.",
        |now, argument| ancestral(now, argument, |process| number(process.pid())),
    )
    .takes(Arg::OptionalIndex)
    .many(Multi::Ancestors)
    .no_rhs(),
    row(
        "proc.aname",
        Type::Text,
        "Command name of an ancestor: 0 is the process, 1 its parent; without index any ancestor.",
        |now, argument| ancestral(now, argument, |process| bytes(process.comm())),
    )
    .takes(Arg::OptionalIndex)
    .many(Multi::Ancestors)
    .no_rhs(),
    row("proc.aexe", Type::Text, "`argv[0]` of an ancestor; without index any ancestor.", |now, argument| {
        ancestral(now, argument, exe)
    })
    .takes(Arg::OptionalIndex)
    .many(Multi::Ancestors)
    .no_rhs(),
    row(
        "proc.aexepath",
        Type::Text,
        "Executable of an ancestor; without index any ancestor.",
        |now, argument| ancestral(now, argument, exepath),
    )
    .takes(Arg::OptionalIndex)
    .many(Multi::Ancestors)
    .no_rhs(),
    row(
        "proc.acmdline",
        Type::Text,
        "Command name and arguments of an ancestor; without index any ancestor.",
        |now, argument| ancestral(now, argument, |process| owned(cmdline(process))),
    )
    .takes(Arg::OptionalIndex)
    .many(Multi::Ancestors)
    .no_rhs(),
    row(
        "proc.aargs",
        Type::Text,
        "Arguments of an ancestor; without index any ancestor.",
        |now, argument| ancestral(now, argument, |process| owned(joined(argv(process)))),
    )
    .takes(Arg::OptionalIndex)
    .many(Multi::Ancestors),
    row(
        "proc.aenv",
        Type::Text,
        "Environment of ancestors; `[NAME]` is the nearest value of one variable.",
        |now, argument| {
            let process = now.process()?;
            let images = process.ancestors().filter_map(|ancestor| ancestor.image());
            match argument {
                Argument::Key(name) => Some(Value::List(
                    images
                        .take(20)
                        .find_map(|image| env(image.env(), name))
                        .map(Value::bytes)
                        .into_iter()
                        .collect(),
                )),
                _ => Some(Value::List(images.map(|image| Value::owned(spaced(image.env()))).collect())),
            }
        },
    )
    .takes(Arg::OptionalIndexOrKey)
    .many(Multi::Ancestors)
    .no_rhs(),
    row(
        "proc.loginshellid",
        Type::I64,
        "Process id of the oldest ancestor in one line whose name ends in `sh`.",
        |now, _| {
            let process = now.process()?;
            let line = std::iter::once(process).chain(process.ancestors());
            number(line.filter(|process| process.comm().ends_with(b"sh")).last()?.pid())
        },
    ),
    row(
        "proc.sid",
        Type::I64,
        "Session id: the leader's process id in its own pid namespace if known, else the host's.",
        |now, _| match leader(now) {
            Some(leader) if leader.vpid() != 0 => number(leader.vpid()),
            _ => id(match now.head().session {
                0 => now.process()?.session(),
                session => session,
            }),
        },
    ),
    row("proc.sname", Type::Text, "Command name of the session leader.", |now, _| bytes(leader(now)?.comm())),
    row("proc.sid.exe", Type::Text, "`argv[0]` of the session leader.", |now, _| exe(&leader(now)?)),
    row("proc.sid.exepath", Type::Text, "Executable of the session leader.", |now, _| exepath(&leader(now)?)),
    row("proc.is_sid_leader", Type::Bool, "Whether the process leads its session.", |now, _| {
        let session = match now.head().session {
            0 => now.process()?.session(),
            session => session,
        };
        truth(session == now.head().pid)
    }),
    row("proc.pgid", Type::I64, "Process group, in the host's pid namespace.", |now, _| {
        id(now.process()?.pgid())
    }),
    row("proc.pgid.name", Type::Text, "Command name of the leader of the process group.", |now, _| {
        bytes(group(now)?.comm())
    }),
    row("proc.pgid.exe", Type::Text, "`argv[0]` of the leader of the process group.", |now, _| {
        exe(&group(now)?)
    }),
    row("proc.pgid.exepath", Type::Text, "Executable of the leader of the process group.", |now, _| {
        exepath(&group(now)?)
    }),
    row("proc.is_pgid_leader", Type::Bool, "Whether the process leads its process group.", |now, _| {
        truth(now.process()?.pgid() == now.head().pid)
    }),
    row("proc.vpgid", Type::I64, "Process group, in the process's own pid namespace.", |now, _| {
        id(now.process()?.vpgid())
    }),
    row("proc.vpgid.name", Type::Text, "Command name of the leader of the process group.", |now, _| {
        bytes(group(now)?.comm())
    }),
    row("proc.vpgid.exe", Type::Text, "`argv[0]` of the leader of the process group.", |now, _| {
        exe(&group(now)?)
    }),
    row("proc.vpgid.exepath", Type::Text, "Executable of the leader of the process group.", |now, _| {
        exepath(&group(now)?)
    }),
    row(
        "proc.is_vpgid_leader",
        Type::Bool,
        "Whether the process leads its process group, by the numbers of its pid namespace.",
        |now, _| {
            let process = now.process()?;
            truth(process.vpgid() != 0 && process.vpgid() == process.vpid())
        },
    ),
    row("proc.duration", Type::RelTime, "Nanoseconds since the process started.", |now, _| {
        since(now, now.head().start_ns)
    }),
    row("proc.ppid.duration", Type::RelTime, "Nanoseconds since the parent started.", |now, _| {
        since(now, now.process()?.parent()?.start_ns())
    }),
    row("proc.pid.ts", Type::RelTime, "Start of the process, nanoseconds since 1970.", |now, _| {
        started(now, now.head().start_ns)
    }),
    row("proc.ppid.ts", Type::RelTime, "Start of the parent, nanoseconds since 1970.", |now, _| {
        started(now, now.process()?.parent()?.start_ns())
    }),
    row(
        "proc.pidns_init_start_ts",
        Type::U64,
        "Start of the pid namespace, nanoseconds since 1970.",
        |now, _| started(now, now.process()?.pidns_start_ns()),
    ),
    row("proc.exe_ino", Type::I64, "Inode of the executable.", |now, _| {
        Some(now.image()?.exe_ino()).filter(|ino| *ino != 0).and_then(number)
    }),
    row(
        "proc.exe_ino.ctime",
        Type::AbsTime,
        "Last change of the executable's inode, nanoseconds since 1970.",
        |now, _| signed(exe_time(now, Image::exe_ctime_ns)?),
    ),
    row(
        "proc.exe_ino.mtime",
        Type::AbsTime,
        "Last change of the executable's content, nanoseconds since 1970.",
        |now, _| signed(exe_time(now, Image::exe_mtime_ns)?),
    ),
    row(
        "proc.exe_ino.ctime_duration_proc_start",
        Type::AbsTime,
        "Nanoseconds from the last change of the executable's inode to the start of the process.",
        |now, _| {
            let start = now.recording().wall_ns(Some(now.head().start_ns).filter(|start| *start != 0)?);
            let passed = start.checked_sub(exe_time(now, Image::exe_ctime_ns)?)?;
            (passed >= 0).then_some(passed).and_then(signed)
        },
    ),
    row(
        "proc.exe_ino.ctime_duration_pidns_start",
        Type::AbsTime,
        "Nanoseconds from the start of the pid namespace to the last change of the executable's inode.",
        |now, _| {
            let start =
                now.recording().wall_ns(Some(now.process()?.pidns_start_ns()).filter(|start| *start != 0)?);
            let passed = exe_time(now, Image::exe_ctime_ns)?.checked_sub(start)?;
            (passed >= 0).then_some(passed).and_then(signed)
        },
    ),
    row(
        "proc.is_exe_writable",
        Type::Bool,
        "Whether the user of the process may write its executable.",
        |now, _| exe_flag(now, exe_flags::WRITABLE),
    ),
    row(
        "proc.is_exe_upper_layer",
        Type::Bool,
        "Whether the executable lies in the upper layer of an overlay, so is no part of the image.",
        |now, _| exe_flag(now, exe_flags::UPPER_LAYER),
    ),
    row(
        "proc.is_exe_lower_layer",
        Type::Bool,
        "Whether the executable lies in a lower layer of an overlay.",
        |now, _| exe_flag(now, exe_flags::LOWER_LAYER),
    ),
    row(
        "proc.is_exe_from_memfd",
        Type::Bool,
        "Whether the executable is a file in memory only.",
        |now, _| exe_flag(now, exe_flags::FROM_MEMFD),
    ),
    row("proc.fdlimit", Type::I64, "Most descriptors the process may open.", |now, _| {
        Some(now.process()?.fdlimit()).filter(|limit| *limit != 0).and_then(number)
    }),
    absent("proc.fdopencount", Type::U64, "Open descriptors of the process.", NO_TABLE),
    absent(
        "proc.fdusage",
        Type::Double,
        "Open descriptors as a percentage of the most it may open.",
        NO_TABLE,
    ),
    absent("proc.nchilds", Type::U64, "Threads of the process besides its leader.", NO_COUNT),
    absent("proc.nthreads", Type::U64, "Threads of the process.", NO_COUNT),
    absent("proc.vmrss", Type::U64, "Resident memory, kB.", NO_MEMORY),
    absent("proc.vmsize", Type::U64, "Virtual memory, kB.", NO_MEMORY),
    absent("proc.vmswap", Type::U64, "Swapped memory, kB.", NO_MEMORY),
    absent(
        "proc.is_container_healthcheck",
        Type::Bool,
        "Whether the process is a container's health check.",
        NEVER_UPSTREAM,
    )
    .deprecated(),
    absent(
        "proc.is_container_liveness_probe",
        Type::Bool,
        "Whether the process is a liveness probe.",
        NEVER_UPSTREAM,
    )
    .deprecated(),
    absent(
        "proc.is_container_readiness_probe",
        Type::Bool,
        "Whether the process is a readiness probe.",
        NEVER_UPSTREAM,
    )
    .deprecated(),
];
