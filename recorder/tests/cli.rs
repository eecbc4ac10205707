//! The command line from outside: exit codes, messages, and what is left behind.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout)] // A test that cannot run says so.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use capture_format::EventType;
use capture_format::reader::Capture;
use capture_format::record::Row;

const BINARY: &str = env!("CARGO_BIN_EXE_saker-record");

/// A directory of a test, writable for everybody.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let dir = std::env::temp_dir().join(format!("saker-cli-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::set_permissions(&dir, PermissionsExt::from_mode(0o777)).unwrap();
        Self(dir)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(BINARY).args(arguments).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What the tests below record with; `None`, said loudly, where this user or kernel cannot.
fn recorded(name: &str, capture: &Path, arguments: &[&str]) -> Option<Output> {
    // Cargo sets the library path; it is one of the names that are kept.
    let mut command = Command::new(BINARY);
    command.env_remove("LD_LIBRARY_PATH").arg("-o").arg(capture).args(arguments);
    let output = command.output().unwrap();
    if code(&output) == 4 || code(&output) == 125 {
        println!("SKIPPED: {name}: {}", told(&output).trim());
        assert!(!is_root_with_bpf(), "root can record here: {}", told(&output));
        return None;
    }
    Some(output)
}

/// Whether recording must work: otherwise a skipped test would hide that it does not.
fn is_root_with_bpf() -> bool {
    std::env::var_os("SAKER_LIVE").is_some()
}

/// Calls `look` with every event of a type.
fn each(
    capture: &Capture,
    event: EventType,
    mut look: impl FnMut(&dyn Fn(&str) -> Vec<u8>, &capture_format::Head),
) {
    for index in 0..capture.blocks().len() {
        let block = capture.block(index, &|it| it == event).unwrap();
        for row in block.rows() {
            let bytes = |name: &str| {
                let index = event.info().param(name).unwrap();
                row.bytes(index).map(|bytes| bytes.data.to_vec()).unwrap_or_default()
            };
            look(&bytes, &row.head());
        }
    }
}

#[test]
fn a_wrong_command_line_is_usage() {
    let place = Place::new("usage");
    let file = place.file("a.skr");
    let file = file.to_str().unwrap();
    for (arguments, word) in [
        (vec![], "--output"),
        (vec!["-o", file, "-d", "5"], "not a duration"),
        (vec!["-o", file, "--events", "opemat"], "did you mean `openat`"),
        (vec!["-o", file, "--events=-execve"], "cannot be left out"),
        (vec!["-o", file, "--for-rules", "/does/not/exist"], "/does/not/exist"),
        (vec!["-o", file, "--pid", "4000000000"], "no process 4000000000"),
        (vec!["-o", file, "--env", "A=B"], "environment variable"),
        (vec!["-o", file, "--container", "x", "--", "true"], "cannot be used with"),
    ] {
        let output = run(&arguments);
        assert_eq!(code(&output), 2, "{arguments:?}: {}", told(&output));
        assert!(told(&output).contains(word), "{arguments:?}: {}", told(&output));
        assert!(output.stdout.is_empty());
        assert!(!Path::new(file).exists(), "{arguments:?} left a file");
    }
}

#[test]
fn events_are_listed_without_recording() {
    let output = run(&["--list-events"]);
    assert_eq!(code(&output), 0);
    assert!(String::from_utf8_lossy(&output.stdout).lines().any(|line| line.starts_with("openat ")));
}

#[test]
fn an_output_that_cannot_be_written_is_named() {
    let place = Place::new("output");
    let there = place.file("there.skr");
    std::fs::write(&there, "precious").unwrap();
    let output = run(&["-o", there.to_str().unwrap(), "-d", "1s"]);
    assert_eq!(code(&output), 7);
    assert!(told(&output).contains("--force"), "{}", told(&output));
    assert_eq!(std::fs::read(&there).unwrap(), b"precious");

    let output = run(&["-o", "/does/not/exist.skr", "-d", "1s"]);
    assert_eq!(code(&output), 7);
    assert_eq!(told(&output).lines().count(), 1, "{}", told(&output));

    let output = run(&["-o", "/does/not/exist.skr", "--", "true"]);
    assert_eq!(code(&output), 125, "with a command every failure of the recorder is one");
}

#[test]
fn type_information_that_is_none_is_named() {
    let place = Place::new("btf");
    let file = place.file("a.skr");
    let file = file.to_str().unwrap();
    for btf in ["/does/not/exist", "/etc/hostname"] {
        let output = run(&["-o", file, "-d", "1s", "--btf", btf]);
        assert_eq!(code(&output), 4, "{}", told(&output));
        assert!(told(&output).contains("--btf") && told(&output).lines().count() == 1, "{}", told(&output));
        assert!(!Path::new(file).exists(), "a recording that did not begin leaves nothing");
    }
}

#[test]
fn without_privilege_the_message_says_what_to_do() {
    use std::os::unix::process::CommandExt;
    let place = Place::new("privilege");
    // The build directory may be closed to others; a copy is not.
    let binary = place.file("saker-record");
    std::fs::copy(BINARY, &binary).unwrap();
    let file = place.file("a.skr");
    let mut command = Command::new(&binary);
    command.arg("-o").arg(&file).args(["-d", "1s"]);
    if std::fs::metadata("/proc/self").is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0) {
        command.uid(65534).gid(65534);
    }
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            println!("SKIPPED: another user cannot be become: {error}");
            return;
        }
    };
    assert_eq!(code(&output), 4, "{}", told(&output));
    assert!(told(&output).contains("root"), "{}", told(&output));
    assert_eq!(told(&output).lines().count(), 1);
    assert!(!file.exists());
}

#[test]
fn a_command_is_recorded_from_its_first_instruction() {
    let place = Place::new("command");
    let file = place.file("a.skr");
    let script = "exec 3</etc/hostname; sh -c 'exit 3'; exit 7";
    let arguments = ["--anonymous", "--host", "here", "--", "sh", "-c", script];
    let Some(output) = recorded("a recorded command", &file, &arguments) else { return };
    assert_eq!(code(&output), 7, "the command's own status: {}", told(&output));
    assert!(output.stdout.is_empty());

    let capture = Capture::open(&file).unwrap();
    assert_eq!(capture.end().unwrap().reason, "command ended");
    let header = capture.header();
    assert_eq!((header.host.as_str(), header.machine_id.as_str()), ("here", ""));
    assert!(header.command_line.is_empty());
    assert_eq!(header.scope, ["command"]);

    let mut execs = Vec::new();
    each(&capture, EventType::Execve, |bytes, head| execs.push((bytes("argv"), head.pid)));
    assert_eq!(
        execs[0].0,
        format!("sh\0-c\0{script}").into_bytes(),
        "the first thing recorded is the command"
    );
    assert_eq!(execs.len(), 2, "and only its descendants follow");
    let mut opened = false;
    each(&capture, EventType::Openat, |bytes, head| {
        opened |= bytes("name") == b"/etc/hostname" && head.pid == execs[0].1
    });
    assert!(opened);

    let snapshot = &capture.snapshots()[0];
    assert_eq!(snapshot.processes.len(), 2, "the command, and what stands for everything above it");
    assert!(snapshot.processes.iter().any(|process| process.outside && process.comm.is_empty()));
    let command = snapshot.processes.iter().find(|process| !process.outside).unwrap();
    assert!(command.argv.is_empty() && command.env.is_empty(), "nothing of the recorder: {command:?}");
    assert!(snapshot.tables.mounts.is_empty() && snapshot.tables.interfaces.is_empty());
}

#[test]
fn a_command_that_does_not_start_leaves_nothing() {
    let place = Place::new("missing");
    let file = place.file("a.skr");
    let output = run(&["-o", file.to_str().unwrap(), "--", "no-such-program-anywhere"]);
    assert_eq!(code(&output), 127, "{}", told(&output));
    assert!(told(&output).contains("no-such-program-anywhere"));
    assert!(!file.exists());
}

#[test]
fn a_signal_ends_with_a_complete_capture() {
    let direct = "exec \"$0\" \"$@\"";
    // As `nohup` does: the end of an ssh session shall not end the recording.
    let ignoring = "trap '' HUP; exec \"$0\" \"$@\"";
    for (start, signal, reason) in [
        (direct, "-TERM", "terminated"),
        (direct, "-INT", "interrupted"),
        (direct, "-HUP", "terminated"),
        (ignoring, "-TERM", "terminated"),
    ] {
        let place = Place::new(signal);
        let file = place.file("a.skr");
        let mut recorder =
            Command::new("/bin/sh").args(["-c", start, BINARY, "-q", "-o"]).arg(&file).spawn().unwrap();
        let end = Instant::now() + Duration::from_secs(60);
        while std::fs::metadata(&file).map_or(0, |meta| meta.len()) == 0 {
            if let Some(status) = recorder.try_wait().unwrap() {
                println!("SKIPPED: a signal: recording is not possible here ({status})");
                assert!(!is_root_with_bpf());
                return;
            }
            assert!(Instant::now() < end, "recording does not begin");
            std::thread::sleep(Duration::from_millis(20));
        }
        // The snapshot follows the header; then the recorder's loop runs.
        std::thread::sleep(Duration::from_millis(1500));
        if start == ignoring {
            Command::new("kill").arg("-HUP").arg(recorder.id().to_string()).status().unwrap();
            std::thread::sleep(Duration::from_millis(200));
        }
        let marked = Command::new("cat").arg("/etc/hostname").output().unwrap();
        assert!(marked.status.success());
        Command::new("kill").arg(signal).arg(recorder.id().to_string()).status().unwrap();
        assert_eq!(recorder.wait().unwrap().code(), Some(0));
        let capture = Capture::open(&file).unwrap();
        assert_eq!(capture.end().map(|end| end.reason.as_str()), Some(reason));
        assert!(capture.damage().is_empty(), "{:?}", capture.damage());
        let mut found = false;
        each(&capture, EventType::Execve, |bytes, _| found |= bytes("argv") == b"cat\0/etc/hostname");
        assert!(found, "what happened right before the end is in the file");
        let own = capture.header().self_pid;
        for event in capture_format::EVENTS {
            each(&capture, event.event_type, |_, head| {
                assert_ne!(head.pid, own, "own activity: {}", event.name)
            });
        }
    }
}

#[test]
fn an_environment_is_kept_by_name_only() {
    let place = Place::new("env");
    let file = place.file("a.skr");
    let script = "TOKEN=hidden LD_PRELOAD= HTTP_PROXY=http://p.example FOO_A=1 cat /etc/hostname >/dev/null";
    let Some(output) = recorded("environments", &file, &["--env", "+FOO_*", "--", "sh", "-c", script]) else {
        return;
    };
    assert_eq!(code(&output), 0, "{}", told(&output));
    let capture = Capture::open(&file).unwrap();
    assert!(capture.header().env_policy.contains("FOO_*"));
    let mut kept = Vec::new();
    each(&capture, EventType::Execve, |bytes, _| {
        if bytes("argv").starts_with(b"cat") {
            kept = bytes("env");
        }
    });
    let mut kept: Vec<&[u8]> = kept.split(|&byte| byte == 0).collect();
    kept.sort();
    assert_eq!(kept, [&b"FOO_A=1"[..], b"HTTP_PROXY=http://p.example", b"LD_PRELOAD="]);
}

#[test]
fn standard_output_carries_the_same_bytes() {
    let place = Place::new("stdout");
    let file = place.file("a.skr");
    let output = run(&["-q", "-o", "-", "-d", "300ms"]);
    if code(&output) != 0 {
        println!("SKIPPED: standard output: {}", told(&output).trim());
        assert!(!is_root_with_bpf());
        return;
    }
    assert!(output.stderr.is_empty(), "{}", told(&output));
    std::fs::write(&file, &output.stdout).unwrap();
    let capture = Capture::open(&file).unwrap();
    assert_eq!(capture.end().unwrap().reason, "duration");
    assert!(!capture.snapshots()[0].processes.is_empty());
}
