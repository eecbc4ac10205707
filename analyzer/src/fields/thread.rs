//! Fields of the thread.

use super::render_args::capabilities;
use super::row::{absent, bytes, number, owned, row, truth};
use super::{Arg, Argument, Field, Moment, Type};

const NO_USAGE: &str = "CPU and memory use are not recorded";

/// Name of the hierarchy in the top bits of a cgroup key.
fn hierarchy(key: u64) -> &'static str {
    match key >> 60 {
        0 => "pids",
        1 => "memory",
        2 => "cpu",
        _ => "unified",
    }
}

/// The recorded cgroup as `hierarchy=path`.
pub(super) fn cgroups(now: &Moment<'_>) -> Option<Vec<u8>> {
    let key = now.head().cgroup;
    let mut out = format!("{}=", hierarchy(key)).into_bytes();
    out.extend_from_slice(now.history().cgroup_path(key)?);
    Some(out)
}

/// The rows.
pub(super) static FIELDS: &[Field] = &[
    row("thread.tid", Type::I64, "Thread id in the host's pid namespace.", |now, _| number(now.head().tid)),
    row("thread.vtid", Type::I64, "Thread id in its own pid namespace.", |now, _| {
        match now.process()?.vtid(now.head().tid) {
            // Threads of the host's pid namespace are numbered once.
            0 if u64::from(now.process()?.vpid()) == u64::from(now.head().pid) => number(now.head().tid),
            0 => None,
            vtid => number(vtid),
        }
    }),
    row("thread.ismain", Type::Bool, "Whether the thread leads its process.", |now, _| {
        truth(now.head().tid == now.head().pid)
    }),
    row("thread.nametid", Type::Text, "Command name joined with the thread id.", |now, _| {
        let mut out = now.process()?.comm_of(now.head().tid).to_vec();
        out.extend_from_slice(now.head().tid.to_string().as_bytes());
        owned(out)
    })
    .hidden(),
    row("thread.cap_permitted", Type::Text, "Permitted capabilities, names joined by blanks.", |now, _| {
        owned(capabilities(now.head().cap_permitted))
    }),
    row("thread.cap_effective", Type::Text, "Effective capabilities, names joined by blanks.", |now, _| {
        owned(capabilities(now.head().cap_effective))
    }),
    row(
        "thread.cap_inheritable",
        Type::Text,
        "Inheritable capabilities when the program started, names joined by blanks.",
        |now, _| {
            let changed = now.slot("cap_inheritable").and_then(|slot| now.word(slot));
            owned(capabilities(match changed {
                Some(caps) => caps,
                None => now.image()?.cap_inheritable(),
            }))
        },
    ),
    row(
        "thread.cgroup",
        Type::Text,
        "Path of the thread's cgroup in the hierarchy that was recorded, `thread.cgroup.memory`.",
        |now, argument| {
            let Argument::Key(wanted) = argument else { return None };
            let key = now.head().cgroup;
            // One hierarchy is recorded; on a unified host it serves all controllers.
            let serves = hierarchy(key) == wanted || hierarchy(key) == "unified";
            bytes(serves.then(|| now.history().cgroup_path(key)).flatten()?)
        },
    )
    .takes(Arg::Suffix),
    row("thread.cgroups", Type::Text, "The recorded cgroup as `hierarchy=path`.", |now, _| {
        owned(cgroups(now)?)
    }),
    absent("thread.cpu", Type::Double, "CPU used in the last second.", NO_USAGE),
    absent("thread.cpu.user", Type::Double, "User CPU used in the last second.", NO_USAGE),
    absent("thread.cpu.system", Type::Double, "System CPU used in the last second.", NO_USAGE),
    absent("thread.exectime", Type::RelTime, "CPU time of the last slice.", NO_USAGE),
    absent("thread.totexectime", Type::RelTime, "CPU time since the capture began.", NO_USAGE),
    absent("thread.pfmajor", Type::U64, "Major page faults.", NO_USAGE),
    absent("thread.pfminor", Type::U64, "Minor page faults.", NO_USAGE),
    absent("thread.vmrss", Type::U64, "Resident memory of the main thread, kB.", NO_USAGE),
    absent("thread.vmrss.b", Type::U64, "Resident memory of the main thread, bytes.", NO_USAGE).hidden(),
    absent("thread.vmsize", Type::U64, "Virtual memory of the main thread, kB.", NO_USAGE),
    absent("thread.vmsize.b", Type::U64, "Virtual memory of the main thread, bytes.", NO_USAGE).hidden(),
];
