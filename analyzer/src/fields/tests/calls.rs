//! Parameters as text, and times.

use super::check;
use crate::history::TimeZone;
use crate::history::testing::{BOOT, Story};

#[test]
fn parameters_have_the_text_forms_of_falco() {
    let mut story = Story::new();
    let ptrace = story.event(1, "ptrace", &[("res", 0.into()), ("request", 16.into()), ("pid", 1.into())]);
    let bpf = story.event(1, "bpf", &[("fd", 7.into()), ("cmd", 5.into())]);
    let exec = story.event(1, "execve", &[("res", 0.into()), ("comm", "x".into()), ("flags", 3.into())]);
    let unshare = story.event(1, "unshare", &[("res", 0.into()), ("flags", 0x6c02_0000.into())]);
    let kill = story.event(1, "kill", &[("res", 0.into()), ("pid", 1.into()), ("sig", 9.into())]);
    let mount = story.event(
        1,
        "mount",
        &[
            ("res", 0.into()),
            ("dev", "".into()),
            ("dir", "/".into()),
            ("type", "".into()),
            ("flags", 540_672.into()),
        ],
    );
    let connect = story.event(
        1,
        "connect",
        &[
            ("res", 0.into()),
            ("fd", 3.into()),
            ("addr", (&[2, 0, 0, 80, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0][..]).into()),
        ],
    );
    let recording = story.tell();
    check(
        &recording,
        ptrace,
        &[
            ("evt.arg.request", "PTRACE_ATTACH"),
            ("evt.arg.addr", "-"),
            ("evt.rawarg.request", "16"),
            ("evt.rawarg.res", "0"),
        ],
    );
    check(&recording, bpf, &[("evt.arg.cmd", "BPF_PROG_LOAD"), ("fd.type", "bpf"), ("fd.num", "7")]);
    check(
        &recording,
        exec,
        &[
            ("evt.arg.flags", "EXE_WRITABLE|EXE_UPPER_LAYER"),
            ("proc.is_exe_upper_layer", "true"),
            ("proc.is_exe_from_memfd", "false"),
        ],
    );
    check(
        &recording,
        unshare,
        &[("evt.args", "res=0 flags=248(CLONE_NEWIPC|CLONE_NEWNET|CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWUTS)")],
    );
    check(&recording, kill, &[("evt.arg.sig", "SIGKILL"), ("evt.category", "signal")]);
    check(
        &recording,
        mount,
        &[
            ("evt.args", "res=0 dev= dir=/ type= flags=540672(REC|SLAVE)"),
            ("fs.path.source", ""),
            ("fs.path.target", "/"),
        ],
    );
    check(&recording, connect, &[("evt.arg.addr", "127.0.0.1:80"), ("fd.name", "")]);
}

#[test]
fn times_are_utc_unless_asked_otherwise() {
    let tell = |time_zone| {
        let mut story = Story::new();
        story.options.time_zone = time_zone;
        story.event(1, "setsid", &[("res", 1.into())]);
        story.tell()
    };
    let utc = tell(TimeZone::Utc);
    check(
        &utc,
        1,
        &[
            ("evt.time", "22:13:25.000000000"),
            ("evt.time.s", "22:13:25"),
            ("evt.datetime", "2023-11-14 22:13:25.000000000"),
            ("evt.time.iso8601", "2023-11-14T22:13:25.000000000+0000"),
            ("evt.rawtime", &(BOOT + 5_000_000_000).to_string()),
            ("evt.reltime", "0"),
            ("evt.hostname", "node1"),
            ("evt.num", "1"),
            ("evt.dir", "<"),
            ("evt.source", "syscall"),
            ("evt.type", "setsid"),
            ("evt.type.is.setsid", "1"),
            ("evt.type.is.open", "0"),
            ("syscall.type", "setsid"),
            ("evt.cpu", "1"),
            ("evt.io_uring", "false"),
        ],
    );
    check(
        &tell(TimeZone::Capture),
        1,
        &[("evt.time.s", "00:13:25"), ("evt.time.iso8601", "2023-11-14T22:13:25.000000000+0000")],
    );
    check(&tell(TimeZone::Fixed(-3600)), 1, &[("evt.time.s", "21:13:25")]);
}
