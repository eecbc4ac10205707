//! Captures for tests of the command line, made from the schema alone, and the binary run on them.
#![allow(dead_code, unreachable_pub, reason = "every test uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use capture_format::header::{CaptureHeader, End, Gap};
use capture_format::param::{self, Bytes};
use capture_format::record::{Builder, HEAD_WORDS, Words};
use capture_format::snapshot::{Cgroup, Container, Process, Snapshot, Tables, User};
use capture_format::writer::{CaptureWriter, WriterOptions};
use capture_format::{EVENTS, EventType, Head};

/// Where the repository is.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// A folder of its own for a test, removed with the value.
pub struct Folder(PathBuf);

impl std::ops::Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl From<&Folder> for std::ffi::OsString {
    fn from(folder: &Folder) -> Self {
        folder.0.clone().into()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An empty folder whose name begins with `name`.
pub fn folder(name: &str) -> Folder {
    let folder = std::env::temp_dir().join(format!("saker-test-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    Folder(folder)
}

/// Runs `saker`.
pub fn saker<S: AsRef<std::ffi::OsStr>>(args: &[S]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_saker")).args(args).env("TZ", "UTC").output().unwrap()
}

/// Its exit code.
pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("ended by a signal: {output:?}"))
}

/// What it wrote to standard output.
pub fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What it wrote to standard error.
pub fn notes(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Value of a parameter.
pub enum Value<'a> {
    Word(u64),
    Bytes(&'a [u8]),
}

/// The record of an event; parameters that are not named are absent.
pub fn record(head: Head, values: &[(&str, Value<'_>)]) -> Vec<u8> {
    let info = head.event_type.info();
    let mut builder = Builder::new(head.event_type);
    let mut present = 0;
    for (name, value) in values {
        let index = info.param(name).unwrap_or_else(|| panic!("{} has no {name}", info.name));
        let word = match value {
            Value::Word(word) => *word,
            Value::Bytes(bytes) => builder.bytes::<param::Path>(Bytes::whole(bytes)).word,
        };
        present |= 1 << index;
        builder.put(HEAD_WORDS + index, word);
    }
    builder.finish(&head, present)
}

/// Id of the container that the events are from.
pub const CONTAINER: &str = "3fa4be5d0c1e3fa4be5d0c1e3fa4be5d0c1e3fa4be5d0c1e3fa4be5d0c1e3fa4";

/// Head of an event of process 4242 in the container, `second` seconds into the recording.
pub fn head(event_type: EventType, second: u64) -> Head {
    Head {
        time_ns: 1_000_000_000 * (100 + second),
        pid: 4242,
        tid: 4242,
        start_ns: 90_000_000_000,
        event_type,
        cpu: 1,
        uid: 0,
        euid: 0,
        egid: 0,
        loginuid: u32::MAX,
        cgroup: 77,
        session: 4242,
        flags: 0,
        cap_effective: 0,
        cap_permitted: 0,
    }
}

/// A shell with these arguments (separated by NUL) is started.
pub fn shell(second: u64, argv: &[u8]) -> Vec<u8> {
    record(
        head(EventType::Execve, second),
        &[
            ("res", Value::Word(0)),
            ("argv", Value::Bytes(argv)),
            ("comm", Value::Bytes(b"bash")),
            ("ptid", Value::Word(4200)),
            ("tty", Value::Word(34816)),
            ("trusted_exepath", Value::Bytes(b"/bin/bash")),
            ("filename", Value::Bytes(b"/bin/bash")),
            ("cwd", Value::Bytes(b"/")),
            ("pstart", Value::Word(80_000_000_000)),
        ],
    )
}

/// A file is opened for reading.
pub fn open(second: u64, path: &[u8]) -> Vec<u8> {
    record(
        head(EventType::Openat, second),
        &[
            ("fd", Value::Word(3)),
            ("dirfd", Value::Word(-100i64 as u64)),
            ("name", Value::Bytes(path)),
            ("flags", Value::Word(0)),
        ],
    )
}

/// What a capture of the tests holds.
pub struct Scenario {
    pub header: CaptureHeader,
    /// Records; a block is sealed after every `per_block`.
    pub records: Vec<Vec<u8>>,
    pub per_block: usize,
    pub gaps: Vec<Gap>,
}

impl Scenario {
    /// A container `mysql-db` on `node1`, recorded with every event type.
    pub fn new(records: Vec<Vec<u8>>) -> Self {
        let header = CaptureHeader {
            recording_id: *b"0123456789abcdef",
            host: "node1".into(),
            kernel: "6.18.0".into(),
            arch: "x86_64".into(),
            boot_wall_ns: 1_763_812_800_000_000_000,
            started_ns: 99_000_000_000,
            recorder_version: "0.1.0".into(),
            events: EVENTS.iter().map(|event| event.number).collect(),
            env_policy: "all".into(),
            utc_offset_s: 3600,
            ..CaptureHeader::default()
        };
        Self { header, records, per_block: 2, gaps: Vec::new() }
    }

    /// A shell with these arguments that reads the shadow file and some others.
    pub fn shell(argv: &[u8]) -> Self {
        let mut records = vec![shell(0, argv)];
        records.extend((1..8).map(|second| open(second, format!("/tmp/{second}").as_bytes())));
        records.push(open(8, b"/etc/shadow"));
        Self::new(records)
    }

    /// The bytes of the capture.
    pub fn bytes(&self) -> Vec<u8> {
        let mut writer = CaptureWriter::new(Vec::new(), &self.header, WriterOptions::default()).unwrap();
        writer.snapshot(&snapshot()).unwrap();
        for (index, record) in self.records.iter().enumerate() {
            writer.event(index as u64 + 1, record).unwrap();
            if (index + 1) % self.per_block == 0 {
                writer.seal_block().unwrap();
            }
        }
        for gap in &self.gaps {
            writer.gap(gap).unwrap();
        }
        let end = End {
            reason: "duration".into(),
            last_ns: 200_000_000_000,
            events: self.records.len() as u64,
            lost: self.gaps.iter().map(Gap::total).sum(),
            ..End::default()
        };
        writer.finish(end).unwrap()
    }

    /// The capture as a file in `folder`.
    pub fn write(&self, folder: &Path, name: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, self.bytes()).unwrap();
        path
    }
}

fn snapshot() -> Snapshot {
    let process = |pid: u32, ppid: u32, comm: &str| Process {
        pid,
        ppid,
        start_ns: if pid == 4242 { 90_000_000_000 } else { 80_000_000_000 },
        pstart_ns: 80_000_000_000,
        comm: comm.into(),
        exepath: format!("/usr/bin/{comm}").into_bytes(),
        argv: comm.into(),
        cgroup: if pid == 4242 { 77 } else { 1 },
        ..Process::default()
    };
    Snapshot {
        time_ns: 99_000_000_000,
        processes: vec![process(4200, 1, "containerd-shim"), process(4242, 4200, "runc")],
        tables: Tables {
            cgroups: vec![
                Cgroup { key: 1, path: b"/".to_vec() },
                Cgroup { key: 77, path: format!("/system.slice/docker-{CONTAINER}.scope").into_bytes() },
            ],
            containers: vec![Container {
                id: CONTAINER.into(),
                runtime: "docker".into(),
                name: "mysql-db".into(),
                image: "mysql:8".into(),
                image_repository: "mysql".into(),
                image_tag: "8".into(),
                ..Container::default()
            }],
            users: vec![User { name: b"root".to_vec(), ..User::default() }],
            ..Tables::default()
        },
        ..Snapshot::default()
    }
}

/// Rules for these scenarios: a warning for the shell, a notice for what it reads below /etc.
pub const RULES: &str = r#"
- rule: Shell
  desc: a shell was started
  condition: evt.type = execve and proc.name = bash
  output: shell %proc.cmdline (user=%user.name container=%container.name)
  priority: WARNING
  tags: [shell, container]
- rule: Reads etc
  desc: something below /etc was opened
  condition: evt.type = openat and fd.name startswith /etc
  output: read %fd.name by %proc.name
  priority: NOTICE
  tags: [files]
"#;

/// [`RULES`] as a file in `folder`.
pub fn rules(folder: &Path) -> PathBuf {
    let path = folder.join("rules.yaml");
    std::fs::write(&path, RULES).unwrap();
    path
}
