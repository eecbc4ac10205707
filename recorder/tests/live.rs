//! Makes real calls under the real kernel program and looks for exactly those events.
//!
//! Needs root and a kernel with BTF; says so loudly where it has neither. The recorder leaves its
//! own process out, so the calls are made by this test's binary started once more.
#![cfg(target_os = "linux")]
#![allow(unsafe_code)] // reason: the calls are made with exactly the arguments that are looked for
#![allow(clippy::print_stderr)] // reason: a skipped test must not look like a passed one

#[path = "live/acts.rs"]
mod acts;
#[path = "live/seen.rs"]
mod seen;

use std::os::fd::AsRawFd;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use capture_format::descriptor::flags;
use capture_format::{EVENTS, EventType, Row};
use recorder::attach::{Options, Recorder, StartError};
use recorder::iterate;
use seen::Seen;

/// One recording at a time: each loads all programs.
static TURN: Mutex<()> = Mutex::new(());

fn all_events() -> Vec<EventType> {
    EVENTS.iter().map(|event| event.event_type).collect()
}

/// A recording, or `None` where this machine cannot make one.
fn start(options: &Options) -> Option<(Recorder, MutexGuard<'static, ()>)> {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    match Recorder::start(options) {
        Ok(recorder) => Some((recorder, turn)),
        Err(error @ (StartError::Privilege | StartError::NoBtf { .. })) => {
            eprintln!("SKIPPED: live recording: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// The command that performs an act in `dir`.
fn actor(act: &str, dir: &std::path::Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "the_actor", "--ignored", "--nocapture", "--test-threads=1"]);
    command.env("SAKER_ACT", act).current_dir(dir).stdout(Stdio::null()).stdin(Stdio::null());
    command
}

/// Not a test of its own: performs what the others look for.
#[test]
#[ignore = "performs what the other tests look for"]
fn the_actor() {
    if let Ok(act) = std::env::var("SAKER_ACT") {
        acts::perform(&act);
    }
}

fn temp_dir(name: &str) -> std::path::PathBuf {
    let dir = std::env::temp_dir().join(format!("saker-live-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir.canonicalize().unwrap()
}

/// Performs an act under a recording of everything.
fn record(act: &str) -> Option<(Seen, u32, std::path::PathBuf)> {
    let (mut recorder, _turn) = start(&Options { events: all_events(), ..Options::default() })?;
    let dir = temp_dir(act);
    let mut child = actor(act, &dir).spawn().unwrap();
    let pid = child.id();
    assert!(child.wait().unwrap().success(), "the actor of `{act}` failed");
    let mut seen = Seen::default();
    recorder.flush(&mut |number, bytes| seen.push(number, bytes)).unwrap();
    assert_eq!(recorder.losses(), []);
    assert!(seen.by_pid(std::process::id()).next().is_none(), "the recorder's own activity was recorded");
    Some((seen, pid, dir))
}

#[test]
fn each_file_call_is_seen_with_its_values() {
    let Some((seen, pid, dir)) = record("files") else { return };
    for expected in acts::files(&dir) {
        seen.must_have(pid, &expected);
    }
    let long = seen.find(pid, EventType::Open, "fd", i64::from(-libc::ENAMETOOLONG));
    assert!(seen::bytes(&long, "name").unwrap().is_cut(), "a name that was cut says so");
    let made = dir.join("made");
    let removed = seen.all(pid, EventType::Openat).find(|open| {
        seen::descriptor(open, "file").is_some_and(|file| file.path.data == made.to_str().unwrap().as_bytes())
    });
    let removed = removed.expect("opened through /proc after it was removed");
    assert_eq!(seen::descriptor(&removed, "file").unwrap().flags, flags::DELETED);
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn each_socket_call_is_seen_with_its_values() {
    let Some((seen, pid, dir)) = record("sockets") else { return };
    for expected in acts::sockets() {
        seen.must_have(pid, &expected);
    }
    let connect = seen.find(pid, EventType::Connect, "res", 0);
    let client = seen::descriptor(&connect, "tuple").unwrap();
    let accept = seen.find(pid, EventType::Accept4, "flags", i64::from(libc::SOCK_CLOEXEC));
    let server = seen::descriptor(&accept, "tuple").unwrap();
    assert_eq!((client.family, client.socket_type, client.protocol, client.state), (2, 1, 6, 1));
    assert_eq!(client.local_addr[..4], [127, 0, 0, 1]);
    assert_eq!((client.local_port, client.remote_port), (server.remote_port, server.local_port));
    assert_eq!(client.flags & flags::CONNECTED, flags::CONNECTED);
    assert_ne!(client.ino, server.ino);
    let listener = seen::descriptor(&accept, "listener").unwrap();
    assert_eq!((listener.local_port, listener.state), (server.local_port, 10));

    let sent = seen.find(pid, EventType::Sendto, "size", 5);
    let datagram = seen::descriptor(&sent, "tuple").unwrap();
    assert_eq!((datagram.remote_addr[..4].to_vec(), datagram.remote_port), (vec![127, 0, 0, 7], 9999));
    assert_ne!(datagram.flags & flags::ADDR_FROM_CALL, 0);

    let six = seen.find(pid, EventType::Connect, "res", i64::from(-libc::ECONNREFUSED));
    let six = seen::descriptor(&six, "tuple").unwrap();
    assert_eq!((six.family, six.remote_port, six.remote_addr[15]), (10, 1, 1));

    let unix = seen.all(pid, EventType::Bind).filter_map(|one| {
        let socket = seen::descriptor(&one, "tuple")?;
        (socket.family == 1).then(|| String::from_utf8_lossy(socket.path.data).into_owned())
    });
    assert_eq!(unix.collect::<Vec<_>>(), ["unix.sock", "\0saker-abstract"]);
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn each_process_call_is_seen_with_its_values() {
    let Some((seen, pid, dir)) = record("processes") else { return };
    for expected in acts::processes(&dir, pid) {
        seen.must_have(pid, &expected);
    }
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn every_event_of_the_schema_is_made_by_some_act() {
    let dir = std::path::Path::new("/");
    let expected = [acts::files(dir), acts::sockets(), acts::processes(dir, 1)].concat();
    for event in EVENTS {
        let made = expected.iter().any(|one| one.event == event.event_type)
            || acts::ELSEWHERE.contains(&event.event_type);
        assert!(made, "no act makes `{}`", event.name);
    }
}

#[test]
fn a_process_is_seen_from_fork_to_exit_with_one_key() {
    let Some((mut recorder, _turn)) = start(&Options { events: all_events(), ..Options::default() }) else {
        return;
    };
    let dir = temp_dir("life");
    let mut child = Command::new("/bin/sh")
        .args(["-c", "/bin/true 'two words'; exit 7"])
        .env("SAKER_ENV", "kept")
        .current_dir(&dir)
        .spawn()
        .unwrap();
    let pid = child.id();
    assert_eq!(child.wait().unwrap().code(), Some(7));
    let mut seen = Seen::default();
    recorder.flush(&mut |number, bytes| seen.push(number, bytes)).unwrap();

    let exec = seen.find(pid, EventType::Execve, "res", 0);
    let start = exec.head().start_ns;
    let text = |record, name| seen::text(record, name).unwrap();
    assert_eq!(text(&exec, "argv"), "/bin/sh\0-c\0/bin/true 'two words'; exit 7");
    assert!(text(&exec, "env").split('\0').any(|one| one == "SAKER_ENV=kept"));
    assert_eq!(text(&exec, "cwd"), dir.to_str().unwrap());
    assert_eq!(text(&exec, "comm"), "sh");
    assert_eq!(text(&exec, "filename"), "/bin/sh");
    assert_eq!(text(&exec, "trusted_exepath"), std::fs::canonicalize("/bin/sh").unwrap().to_str().unwrap());
    assert_eq!(seen::word(&exec, "ptid"), Some(i64::from(std::process::id())));
    assert_eq!(seen::word(&exec, "vpid"), Some(i64::from(pid)));

    let fork = seen.children(pid).next().expect("the shell starts true");
    let child_pid = seen::word(&fork, "child_pid").unwrap() as u32;
    let inner = seen.find(child_pid, EventType::Execve, "res", 0);
    assert_eq!(text(&inner, "argv"), "/bin/true\0two words");
    assert_eq!(seen::word(&fork, "child_start"), Some(inner.head().start_ns as i64));
    assert_eq!(seen::word(&inner, "pstart"), Some(start as i64));
    assert_eq!(seen::word(&fork, "child_cgroup"), Some(inner.head().cgroup as i64));

    let exit = seen.find(pid, EventType::Procexit, "ret", 7);
    assert_eq!((exit.head().start_ns, seen::word(&exit, "group_dead")), (start, Some(1)));
    assert_eq!(seen::word(&exit, "status"), Some(7 << 8));
    assert!(seen::word(&exit, "reaper_tid").is_some_and(|reaper| reaper > 0));
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn an_exec_tells_what_the_program_reads_from_and_writes_to() {
    let Some((mut recorder, _turn)) = start(&Options { events: all_events(), ..Options::default() }) else {
        return;
    };
    let dir = temp_dir("standard");
    let log = dir.join("log");
    let (reader, writer) = std::io::pipe().unwrap();
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let socket = std::net::TcpStream::connect(server.local_addr().unwrap()).unwrap();
    let port = server.local_addr().unwrap().port();
    let pipe = std::fs::read_link(format!("/proc/self/fd/{}", reader.as_raw_fd())).unwrap();
    let mut child = Command::new("/bin/true")
        .stdin(reader)
        .stdout(std::os::fd::OwnedFd::from(socket))
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    drop(writer);
    assert!(child.wait().unwrap().success());
    let mut seen = Seen::default();
    recorder.flush(&mut |number, bytes| seen.push(number, bytes)).unwrap();

    let exec = seen.find(child.id(), EventType::Execve, "res", 0);
    let [stdin, stdout, stderr] =
        ["stdin", "stdout", "stderr"].map(|name| seen::descriptor(&exec, name).unwrap());
    assert_eq!(stdin.file_type(), 0o010_000);
    assert_eq!(pipe.to_str().unwrap(), format!("pipe:[{}]", stdin.ino));
    assert_eq!((stdout.family, stdout.remote_port), (2, port));
    assert_eq!(stderr.path.data, log.to_str().unwrap().as_bytes());
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn the_listing_has_the_keys_of_the_events() {
    let Some((mut recorder, _turn)) = start(&Options { events: all_events(), ..Options::default() }) else {
        return;
    };
    let dir = temp_dir("listing");
    std::fs::write(dir.join("held"), "").unwrap();
    let mut child = Command::new("/bin/sh")
        .args(["-c", "exec 7<held; read line"])
        .stdin(Stdio::piped())
        .current_dir(&dir)
        .spawn()
        .unwrap();
    let pid = child.id();
    let held = dir.join("held");
    let mut found = None;
    for _ in 0..100 {
        std::thread::sleep(std::time::Duration::from_millis(20));
        let listing = iterate::processes(&mut recorder).unwrap();
        assert!(listing.processes.iter().all(|process| process.pid != std::process::id()));
        let process = listing.processes.into_iter().find(|process| process.pid == pid).unwrap();
        if process.descriptors.iter().any(|open| open.fd == 7) {
            assert!(listing.cgroups.iter().any(|cgroup| cgroup.key == process.cgroup));
            found = Some(process);
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let process = found.expect("the shell opens descriptor 7");
    let open = process.descriptors.iter().find(|open| open.fd == 7).unwrap();
    let file = capture_format::Descriptor::parse(capture_format::Bytes::whole(&open.descriptor)).unwrap();
    assert_eq!(file.path.data, held.to_str().unwrap().as_bytes());
    assert_eq!(process.argv, b"/bin/sh\0-c\0exec 7<held; read line");
    assert_eq!(process.cwd, dir.to_str().unwrap().as_bytes());

    let mut seen = Seen::default();
    recorder.flush(&mut |number, bytes| seen.push(number, bytes)).unwrap();
    let exec = seen.find(pid, EventType::Execve, "res", 0).head();
    assert_eq!((process.start_ns, process.cgroup, process.sid), (exec.start_ns, exec.cgroup, exec.session));
    assert_eq!(process.cap_effective, exec.cap_effective);
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn only_a_process_and_what_it_starts_are_recorded() {
    let options = Options { events: all_events(), follow: Some(Vec::new()), ..Options::default() };
    let Some((mut recorder, _turn)) = start(&options) else { return };
    let stranger = Command::new("/bin/true").status().unwrap();
    assert!(stranger.success());
    let mut child =
        Command::new("/bin/sh").args(["-c", "read go; /bin/true"]).stdin(Stdio::piped()).spawn().unwrap();
    recorder.follow(child.id()).unwrap();
    drop(child.stdin.take());
    child.wait().unwrap();
    let mut seen = Seen::default();
    recorder.flush(&mut |number, bytes| seen.push(number, bytes)).unwrap();
    let descendant = seen.children(child.id()).next().expect("the shell starts true");
    let descendant = seen::word(&descendant, "child_pid").unwrap() as u32;
    assert!(seen.by_pid(descendant).any(|record| record.head().event_type == EventType::Execve));
    let others = seen.pids().into_iter().filter(|pid| ![child.id(), descendant].contains(pid));
    assert_eq!(others.collect::<Vec<u32>>(), Vec::<u32>::new());
}

#[test]
fn what_happens_after_a_time_stays_behind_it() {
    // A checkpoint goes between the two: what it lists must not be older than the events before it.
    let options = Options { events: all_events(), follow: Some(Vec::new()), ..Options::default() };
    let Some((mut recorder, _turn)) = start(&options) else { return };
    let act = |recorder: &mut Recorder| {
        let mut child =
            Command::new("/bin/sh").args(["-c", "read go; /bin/true"]).stdin(Stdio::piped()).spawn().unwrap();
        recorder.follow(child.id()).unwrap();
        drop(child.stdin.take());
        child.wait().unwrap();
        child.id()
    };
    let before = act(&mut recorder);
    let time_ns = recorder::drain::boot_ns();
    let after = act(&mut recorder);
    let mut seen = Seen::default();
    let ends = |seen: &Seen, pid| seen.all(pid, EventType::Procexit).count();
    recorder.flush_until(time_ns, &mut |number, bytes| seen.push(number, bytes)).unwrap();
    assert_eq!((ends(&seen, before), seen.by_pid(after).count()), (1, 0));
    let told = seen.by_pid(before).count();
    recorder.flush(&mut |number, bytes| seen.push(number, bytes)).unwrap();
    assert_eq!((ends(&seen, after), seen.by_pid(before).count()), (1, told));
}

#[test]
fn what_does_not_fit_into_the_ring_is_counted_exactly() {
    let options = Options {
        events: vec![EventType::Kill],
        critical_bytes: 64 << 10,
        follow: Some(Vec::new()),
        ..Options::default()
    };
    let Some((mut recorder, _turn)) = start(&options) else { return };
    let dir = temp_dir("storm");
    let mut child = actor("storm", &dir).stdin(Stdio::piped()).spawn().unwrap();
    recorder.follow(child.id()).unwrap();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    let mut seen = Seen::default();
    recorder.flush(&mut |number, bytes| seen.push(number, bytes)).unwrap();
    let recorded = seen.all(child.id(), EventType::Kill).count() as u64;
    let losses = recorder.losses();
    let lost =
        losses.iter().find(|(number, _)| *number == EventType::Kill as u16).map_or(0, |(_, count)| *count);
    assert!(lost > 0, "a ring of 64 KiB held {recorded} events");
    assert_eq!(recorded + lost, acts::STORM);
    assert!(recorder.losses().iter().all(|(number, _)| *number != EventType::Kill as u16), "told twice");
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_thread_that_came_through_no_call_makes_no_event() {
    // A signal handler returns through rt_sigreturn(2), which sets the number of the call to -1.
    let Some((seen, pid, dir)) = record("signals") else { return };
    let kills: Vec<_> = seen.all(pid, EventType::Kill).collect();
    assert_eq!(kills.len(), 50);
    assert!(kills.iter().all(|kill| seen::word(kill, "sig") == Some(i64::from(libc::SIGUSR1))));
    std::fs::remove_dir_all(dir).unwrap();
}
