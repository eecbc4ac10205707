//! What was true when, in made-up captures.

use super::testing::{Story, head, process};
use super::{ANCESTORS_MAX, Process, Recording};

fn at(recording: &Recording, pid: u32, number: u64) -> Process<'_> {
    let history = recording.history();
    history.process_at(pid, u64::from(pid) * 1000, number).expect("a process")
}

fn comm(recording: &Recording, pid: u32, number: u64) -> String {
    String::from_utf8_lossy(at(recording, pid, number).comm()).into_owned()
}

fn line(recording: &Recording, pid: u32, number: u64) -> Vec<u32> {
    at(recording, pid, number).ancestors().map(|process| process.pid()).collect()
}

#[test]
fn a_question_is_answered_from_what_was_known_at_its_event() {
    let mut story = Story::new();
    let forked = story.fork(1, 10);
    let shell = story.exec(10, 1, "bash", "bash\0-il");
    let renamed =
        story.event(10, "prctl", &[("res", 0.into()), ("option", 15.into()), ("arg2_str", "evil".into())]);
    let moved =
        story.event(10, "chdir", &[("res", 0.into()), ("path", "x".into()), ("cwd", "/tmp/x".into())]);
    let failed =
        story.event(10, "chdir", &[("res", (-2).into()), ("path", "y".into()), ("cwd", "/tmp/x".into())]);
    let recording = story.tell();
    assert_eq!(comm(&recording, 10, forked), "systemd", "a child runs what its parent ran");
    assert_eq!(comm(&recording, 10, shell), "bash");
    assert_eq!(comm(&recording, 10, renamed), "evil");
    assert_eq!(at(&recording, 10, shell).cwd(), b"/root");
    assert_eq!(at(&recording, 10, moved).cwd(), b"/tmp/x");
    assert_eq!(at(&recording, 10, failed).cwd(), b"/tmp/x");
    assert_eq!(at(&recording, 10, shell).image().unwrap().argv(), b"bash\0-il");
    assert_eq!(at(&recording, 10, forked).image().unwrap().exepath(), b"/bin/systemd");
}

#[test]
fn a_failed_exec_leaves_the_old_image() {
    let mut story = Story::new();
    story.exec(10, 1, "bash", "bash");
    let failed = story.event(
        10,
        "execve",
        &[("res", (-2).into()), ("argv", "nope".into()), ("filename", "/nope".into())],
    );
    let recording = story.tell();
    assert_eq!(comm(&recording, 10, failed), "bash");
    assert_eq!(at(&recording, 10, failed).image().unwrap().argv(), b"bash");
}

#[test]
fn children_of_the_dead_have_the_reaper_for_parent_from_then_on() {
    let mut story = Story::new();
    story.fork(1, 10);
    story.fork(10, 11);
    let forked = story.fork(11, 12);
    let exit = story.exit(11, 10);
    let recording = story.tell();
    assert_eq!(line(&recording, 12, forked), [11, 10, 1]);
    assert_eq!(line(&recording, 12, exit), [10, 1]);
    assert_eq!(at(&recording, 11, exit).ended(), Some(exit));
}

#[test]
fn who_adopts_may_die_too() {
    let mut story = Story::new();
    for (pid, child) in [(1, 10), (10, 11), (11, 12), (12, 13)] {
        story.fork(pid, child);
    }
    let first = story.exit(12, 11);
    let second = story.exit(11, 10);
    let again = story.exit(11, 5);
    let recording = story.tell();
    assert_eq!(line(&recording, 13, first), [11, 10, 1]);
    assert_eq!(line(&recording, 13, second), [10, 1]);
    assert_eq!(line(&recording, 13, again), [10, 1], "a process ends once");
}

#[test]
fn a_pid_used_again_is_another_process() {
    let mut story = Story::new();
    let first = story.exec(10, 1, "first", "first");
    story.exit(10, 1);
    let again = head(10);
    let again = capture_format::Head { start_ns: 777, ..again };
    let second = story.event_of(
        &again,
        "execve",
        &[("res", 0.into()), ("comm", "second".into()), ("argv", "second".into())],
    );
    let recording = story.tell();
    let by_pid = |number| recording.history().process_at(10, 0, number).unwrap().comm().to_vec();
    assert_eq!(by_pid(first), b"first");
    assert_eq!(by_pid(second), b"second");
    assert_eq!(comm(&recording, 10, second), "first", "by its key the first one stays what it was");
}

#[test]
fn a_thread_may_have_a_name_of_its_own() {
    let mut story = Story::new();
    story.exec(10, 1, "java", "java");
    let thread = capture_format::Head { tid: 12, ..head(10) };
    let named = story.event_of(
        &thread,
        "prctl",
        &[("res", 0.into()), ("option", 15.into()), ("arg2_str", "GC Thread#0-and-more".into())],
    );
    let exec = story.event(10, "execve", &[("res", 0.into()), ("comm", "sh".into()), ("argv", "sh".into())]);
    let recording = story.tell();
    assert_eq!(at(&recording, 10, named).comm_of(12), b"GC Thread#0-and", "15 bytes, as the kernel keeps");
    assert_eq!(at(&recording, 10, named).comm_of(10), b"java");
    assert_eq!(at(&recording, 10, named).comm_of(99), b"java");
    assert_eq!(at(&recording, 10, exec).comm_of(12), b"sh", "an exec ends the other threads");
}

#[test]
fn a_parent_without_a_start_is_found_by_its_pid_at_that_time() {
    let mut story = Story::new();
    story.snapshot.processes.push(process(7, 1, "sshd"));
    let exec = story.event(10, "execve", &[("res", 0.into()), ("comm", "sh".into()), ("ptid", 7.into())]);
    let recording = story.tell();
    assert_eq!(line(&recording, 10, exec), [7, 1]);
}

#[test]
fn processes_nobody_told_about_are_no_obstacle() {
    let mut story = Story::new();
    let exec = story.event(
        50,
        "execve",
        &[("res", 0.into()), ("comm", "sh".into()), ("ptid", 49.into()), ("pstart", 5.into())],
    );
    story.event(60, "chdir", &[("res", 0.into()), ("cwd", "/x".into())]);
    story.exit(61, 62);
    story.fork(63, 64);
    let recording = story.tell();
    let parent = at(&recording, 50, exec).parent().unwrap();
    assert_eq!((parent.pid(), parent.is_known()), (49, false));
    assert!(recording.history().process_at(4444, 1, exec).is_none());
}

#[test]
fn above_a_limited_recording_stands_somebody_without_a_name() {
    let mut story = Story::new();
    story.snapshot.processes.push(process(7, 6, "bash"));
    let outside =
        capture_format::snapshot::Process { pid: 6, start_ns: 6000, outside: true, ..Default::default() };
    story.snapshot.processes.push(outside);
    let event = story.event(7, "setsid", &[("res", 7.into())]);
    let recording = story.tell();
    let parent = at(&recording, 7, event).parent().unwrap();
    assert!(parent.is_outside() && !parent.is_known());
}

#[test]
fn a_circle_of_parents_ends() {
    let mut story = Story::new();
    story.snapshot.processes.push(process(2, 3, "a"));
    story.snapshot.processes.push(process(3, 2, "b"));
    story.snapshot.processes.push(process(4, 4, "self"));
    story.snapshot.processes.push(process(5, 2, "below"));
    let event = story.event(5, "setsid", &[("res", 5.into())]);
    let recording = story.tell();
    assert!(line(&recording, 5, event).len() <= ANCESTORS_MAX);
    assert_eq!(line(&recording, 2, event), [3]);
    assert_eq!(line(&recording, 4, event), Vec::<u32>::new());
    assert!(at(&recording, 5, event).ancestor(u64::MAX).is_none());
}

/// What a test's event does to a few processes.
#[derive(Clone, Debug)]
enum Act {
    Fork(u32, u32),
    Exec(u32, u32, u8),
    Exit(u32, u32),
    Rename(u32, u32, u8),
    Chdir(u32, u8),
    Setsid(u32),
}

fn act() -> impl proptest::strategy::Strategy<Value = Act> {
    use proptest::prelude::*;
    let pid = || 1..6u32;
    prop_oneof![
        (pid(), pid()).prop_map(|(a, b)| Act::Fork(a, b)),
        (pid(), pid(), 0..3u8).prop_map(|(a, b, c)| Act::Exec(a, b, c)),
        (pid(), pid()).prop_map(|(a, b)| Act::Exit(a, b)),
        (pid(), pid(), 0..3u8).prop_map(|(a, b, c)| Act::Rename(a, b, c)),
        (pid(), 0..3u8).prop_map(|(a, b)| Act::Chdir(a, b)),
        pid().prop_map(Act::Setsid),
    ]
}

fn told(acts: &[Act]) -> Recording {
    let mut story = Story::new();
    for act in acts {
        match *act {
            Act::Fork(pid, child) => story.fork(pid, child),
            Act::Exec(pid, ppid, what) => {
                let name = format!("p{what}");
                story.exec(pid, ppid, &name, &name)
            }
            Act::Exit(pid, reaper) => story.exit(pid, reaper),
            Act::Rename(pid, tid, what) => story.event_of(
                &capture_format::Head { tid, ..head(pid) },
                "prctl",
                &[("res", 0.into()), ("option", 15.into()), ("arg2_str", format!("n{what}").as_str().into())],
            ),
            Act::Chdir(pid, what) => {
                story.event(pid, "chdir", &[("res", 0.into()), ("cwd", format!("/{what}").as_str().into())])
            }
            Act::Setsid(pid) => story.event(pid, "setsid", &[("res", 1.into())]),
        };
    }
    story.tell()
}

/// Everything that can be asked about the few processes at an event.
fn all_answers(recording: &Recording, number: u64) -> Vec<String> {
    let ask = |pid: u32| {
        let Some(process) = recording.history().process_at(pid, u64::from(pid) * 1000, number) else {
            return "nobody".to_owned();
        };
        let names: Vec<_> =
            (1..6).map(|tid| String::from_utf8_lossy(process.comm_of(tid)).into_owned()).collect();
        let line: Vec<_> = process.ancestors().map(|process| process.pid()).collect();
        let argv = process.image().map(|image| String::from_utf8_lossy(image.argv()).into_owned());
        let cwd = String::from_utf8_lossy(process.cwd()).into_owned();
        format!("{names:?} {line:?} {argv:?} {cwd} {} {}", process.is_known(), process.session())
    };
    (1..6).map(ask).collect()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// forall events, cut: what is answered for an event does not depend on what came after it.
    #[test]
    fn answers_are_causal(acts in proptest::collection::vec(act(), 1..20), cut in 1..20usize) {
        let cut = cut.min(acts.len());
        let (whole, part) = (told(&acts), told(&acts[..cut]));
        for number in 1..=cut as u64 {
            let asked = acts[..number as usize].iter().flat_map(|act| match act {
                Act::Fork(a, b) | Act::Exec(a, b, _) | Act::Exit(a, b) => vec![*a, *b],
                Act::Rename(a, ..) | Act::Chdir(a, _) | Act::Setsid(a) => vec![*a],
            }).collect::<std::collections::BTreeSet<_>>();
            let (of_whole, of_part) = (all_answers(&whole, number), all_answers(&part, number));
            for pid in asked {
                proptest::prop_assert_eq!(&of_whole[pid as usize - 1], &of_part[pid as usize - 1], "pid {} at {}", pid, number);
            }
        }
    }
}

#[test]
fn a_circle_of_adoptions_ends() {
    let mut story = Story::new();
    story.fork(10, 12);
    story.exit(10, 11);
    let event = story.exit(11, 10);
    let recording = story.tell();
    assert!(line(&recording, 12, event).len() <= ANCESTORS_MAX);
}

#[test]
fn a_checkpoint_tells_again_what_damage_took_away() {
    let mut builder = super::Builder::default();
    builder.snapshot(
        0,
        &capture_format::snapshot::Snapshot {
            processes: vec![process(1, 0, "systemd"), process(10, 1, "bash")],
            ..Default::default()
        },
    );
    // Between 0 and 9 a fork and an exec were lost.
    builder.snapshot(
        9,
        &capture_format::snapshot::Snapshot {
            processes: vec![process(1, 0, "systemd"), process(10, 1, "vim"), process(11, 10, "sh")],
            ..Default::default()
        },
    );
    let history = builder.finish();
    let comm = |pid, number| history.process_at(pid, u64::from(pid) * 1000, number).unwrap().comm().to_vec();
    assert_eq!(comm(10, 8), b"bash");
    assert_eq!(comm(10, 9), b"vim");
    assert_eq!(comm(11, 9), b"sh");
    assert_eq!(comm(1, 20), b"systemd");
}

#[test]
fn a_process_that_ends_while_it_is_listed_keeps_its_arguments() {
    let mut builder = super::Builder::default();
    let snapshot = |processes| capture_format::snapshot::Snapshot { processes, ..Default::default() };
    let whole =
        capture_format::snapshot::Process { argv: b"cat\0/etc/shadow".to_vec(), ..process(10, 1, "cat") };
    let ended = capture_format::snapshot::Process { argv: Vec::new(), ..whole.clone() };
    builder.snapshot(0, &snapshot(vec![whole]));
    builder.snapshot(5, &snapshot(vec![ended]));
    let history = builder.finish();
    assert_eq!(history.process_at(10, 10_000, 6).unwrap().image().unwrap().argv(), b"cat\0/etc/shadow");
}

#[test]
fn a_stand_in_takes_nothing_from_a_process_that_was_seen() {
    let mut builder = super::Builder::default();
    let snapshot = |processes| capture_format::snapshot::Snapshot { processes, ..Default::default() };
    builder.snapshot(0, &snapshot(vec![process(10, 1, "bash")]));
    let stand_in = capture_format::snapshot::Process {
        pid: 10,
        start_ns: 10_000,
        outside: true,
        ancestor_only: true,
        ..Default::default()
    };
    builder.snapshot(5, &snapshot(vec![stand_in]));
    let history = builder.finish();
    let seen = history.process_at(10, 10_000, 6).unwrap();
    assert_eq!((seen.comm(), seen.is_outside()), (b"bash".as_slice(), false));
}
