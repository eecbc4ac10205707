//! Names that do not exist and what is meant by them.

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rules) enum What {
    Macro,
    Field,
    Event,
}

/// A name that does not exist and the one that is meant: a row.
pub(in crate::rules) struct Name {
    pub(in crate::rules) what: What,
    pub(in crate::rules) wrong: &'static str,
    pub(in crate::rules) right: &'static str,
}

const fn row(what: What, wrong: &'static str, right: &'static str) -> Name {
    Name { what, wrong, right }
}

use What::{Event, Field, Macro};

/// The rows. Fields that never existed are what people carry over from other tools, from older
/// versions, or from the names of alerts' keys.
pub(in crate::rules) static NAMES: &[Name] = &[
    row(Macro, "write", "open_write"),
    row(Macro, "read", "open_read"),
    row(Macro, "file_write", "open_write"),
    row(Macro, "file_read", "open_read"),
    row(Macro, "exec", "spawned_process"),
    row(Macro, "execve", "spawned_process"),
    row(Macro, "process_spawned", "spawned_process"),
    row(Macro, "spawn_process", "spawned_process"),
    row(Macro, "spawned_proc", "spawned_process"),
    row(Macro, "new_process", "spawned_process"),
    row(Macro, "in_container", "container"),
    row(Macro, "containers", "container"),
    row(Macro, "is_container", "container"),
    row(Macro, "network", "inbound_outbound"),
    row(Macro, "outgoing", "outbound"),
    row(Macro, "incoming", "inbound"),
    row(Macro, "delete", "remove"),
    row(Macro, "shell", "shell_procs"),
    row(Macro, "user", "user.name"),
    row(Macro, "syscall", "evt.type"),
    row(Field, "fd.mode", "evt.arg.mode"),
    row(Field, "fd.flags", "evt.arg.flags"),
    row(Field, "fd.path", "fd.name"),
    row(Field, "fd.file", "fd.filename"),
    row(Field, "fd.basename", "fd.filename"),
    row(Field, "fd.dir", "fd.directory"),
    row(Field, "file.name", "fd.filename"),
    row(Field, "file.path", "fd.name"),
    row(Field, "fd.srcip", "fd.cip"),
    row(Field, "fd.dstip", "fd.sip"),
    row(Field, "fd.dip", "fd.sip"),
    row(Field, "fd.dport", "fd.sport"),
    row(Field, "proc.path", "proc.exepath"),
    row(Field, "proc.exe_path", "proc.exepath"),
    row(Field, "proc.command", "proc.cmdline"),
    row(Field, "proc.commandline", "proc.cmdline"),
    row(Field, "proc.cmd", "proc.cmdline"),
    row(Field, "proc.parent", "proc.pname"),
    row(Field, "proc.parent.name", "proc.pname"),
    row(Field, "proc.ppname", "proc.aname[2]"),
    row(Field, "proc.gpname", "proc.aname[2]"),
    row(Field, "proc.user", "user.name"),
    row(Field, "proc.uid", "user.uid"),
    row(Field, "user.id", "user.uid"),
    row(Field, "user.username", "user.name"),
    row(Field, "group.id", "group.gid"),
    row(Field, "container.pod", "k8s.pod.name"),
    row(Field, "container.pod.name", "k8s.pod.name"),
    row(Field, "container.image.name", "container.image.repository"),
    row(Field, "container.image_name", "container.image.repository"),
    row(Field, "k8s.namespace", "k8s.ns.name"),
    row(Field, "k8s.namespace.name", "k8s.ns.name"),
    row(Field, "k8s.ns", "k8s.ns.name"),
    row(Field, "k8s.pod", "k8s.pod.name"),
    row(Field, "k8s.pod.namespace", "k8s.ns.name"),
    row(Field, "k8s.podname", "k8s.pod.name"),
    row(Field, "k8s_pod.name", "k8s.pod.name"),
    row(Field, "evt.name", "evt.type"),
    row(Field, "evt.syscall", "evt.type"),
    row(Field, "syscall.name", "syscall.type"),
    row(Field, "evt.result", "evt.res"),
    row(Field, "evt.retval", "evt.rawres"),
    row(Field, "evt.args.flags", "evt.arg.flags"),
    row(Event, "exec", "execve"),
    row(Event, "execv", "execve"),
    row(Event, "spawn", "execve"),
    row(Event, "chmodat", "fchmodat"),
    row(Event, "chownat", "fchownat"),
    row(Event, "delete", "unlink"),
    row(Event, "rm", "unlink"),
    row(Event, "opennat", "openat"),
];

/// What is meant by a name that does not exist.
pub(in crate::rules) fn meant(what: What, wrong: &str) -> Option<&'static str> {
    NAMES.iter().find(|row| row.what == what && row.wrong == wrong).map(|row| row.right)
}
