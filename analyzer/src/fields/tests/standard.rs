//! What a program is started with.

use capture_format::snapshot::OpenDescriptor;
use capture_format::{Bytes, Descriptor};

use super::{check, file};
use crate::history::testing::{Story, process};

fn pipe() -> Descriptor<'static> {
    Descriptor { mode: 0o010_600, ino: 77, ..Descriptor::default() }
}

fn socket() -> Descriptor<'static> {
    Descriptor {
        mode: 0o140_777,
        family: 2,
        protocol: 6,
        local_port: 40_000,
        remote_port: 4444,
        local_addr: [10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        remote_addr: [203, 0, 113, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ..Descriptor::default()
    }
}

#[test]
fn a_program_keeps_the_descriptors_it_was_started_with() {
    let mut story = Story::new();
    let exec = story.event(
        10,
        "execve",
        &[
            ("res", 0.into()),
            ("comm", "sh".into()),
            ("argv", "sh".into()),
            ("stdin", pipe().into()),
            ("stdout", socket().into()),
            ("stderr", file("/var/log/x").into()),
        ],
    );
    let failed = story.event(10, "execve", &[("res", (-2).into()), ("filename", "/x".into())]);
    story.fork(10, 11);
    let child = story.event(11, "setuid", &[("res", 0.into())]);
    let recording = story.tell();
    for event in [exec, failed, child] {
        check(
            &recording,
            event,
            &[
                ("proc.stdin.type", "pipe"),
                ("proc.stdin.name", "pipe:[77]"),
                ("proc.stdout.type", "ipv4"),
                ("proc.stdout.name", "10.0.0.2:40000->203.0.113.10:4444"),
                ("proc.stderr.type", "file"),
                ("proc.stderr.name", "/var/log/x"),
            ],
        );
    }
}

#[test]
fn a_listed_process_has_the_descriptors_of_the_listing() {
    let mut story = Story::new();
    let tty = Descriptor { path: Bytes::whole(b"/dev/pts/3"), ..file("") };
    let descriptor = [&tty.fixed()[..], b"/dev/pts/3"].concat();
    let open =
        vec![OpenDescriptor { fd: 7, ..OpenDescriptor::default() }, OpenDescriptor { fd: 0, descriptor }];
    story
        .snapshot
        .processes
        .push(capture_format::snapshot::Process { descriptors: open, ..process(5, 1, "bash") });
    let event = story.event(5, "setuid", &[("res", 0.into())]);
    let recording = story.tell();
    check(
        &recording,
        event,
        &[
            ("proc.stdin.type", "file"),
            ("proc.stdin.name", "/dev/pts/3"),
            ("proc.stdout.type", "-"),
            ("proc.stdout.name", "-"),
        ],
    );
}
