//! Captures made up for tests: written by the real writer, read by the real reader.

use capture_format::header::{CaptureHeader, End};
use capture_format::param::{Path, TRUE_LEN_MAX};
use capture_format::reader::Capture;
use capture_format::record::{Builder, HEAD_WORDS, Words};
use capture_format::snapshot::{Process, Snapshot};
use capture_format::writer::{CaptureWriter, WriterOptions};
use capture_format::{Bytes, Descriptor, EventType, Head, Storage};

use super::{OpenOptions, Recording};

/// Start of the made-up machine, ns since 1970.
pub(crate) const BOOT: i64 = 1_700_000_000_000_000_000;

/// What happens in a made-up capture.
#[derive(Default)]
pub(crate) struct Story {
    pub(crate) snapshot: Snapshot,
    pub(crate) options: OpenOptions,
    events: Vec<Vec<u8>>,
}

/// A parameter's value.
pub(crate) enum Word<'a> {
    Number(i64),
    Bytes(&'a [u8]),
    Descriptor(Descriptor<'a>),
}

impl From<i64> for Word<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl<'a> From<&'a str> for Word<'a> {
    fn from(text: &'a str) -> Self {
        Self::Bytes(text.as_bytes())
    }
}

impl<'a> From<&'a [u8]> for Word<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a> From<Descriptor<'a>> for Word<'a> {
    fn from(descriptor: Descriptor<'a>) -> Self {
        Self::Descriptor(descriptor)
    }
}

/// The head of an event of process `pid`, which started at `pid * 1000`.
pub(crate) fn head(pid: u32) -> Head {
    Head {
        time_ns: 5_000_000_000,
        pid,
        tid: pid,
        start_ns: u64::from(pid) * 1000,
        event_type: EventType::Open,
        cpu: 1,
        uid: 0,
        euid: 0,
        egid: 0,
        loginuid: u32::MAX,
        cgroup: 0,
        session: 0,
        flags: 0,
        cap_effective: 0,
        cap_permitted: 0,
    }
}

/// A process of a snapshot that started at `pid * 1000`, child of `ppid`.
pub(crate) fn process(pid: u32, ppid: u32, comm: &str) -> Process {
    Process {
        pid,
        start_ns: u64::from(pid) * 1000,
        ppid,
        pstart_ns: u64::from(ppid) * 1000,
        comm: comm.into(),
        exepath: format!("/bin/{comm}").into_bytes(),
        argv: comm.into(),
        cwd: b"/".to_vec(),
        vpid: pid,
        ..Process::default()
    }
}

/// The record of an event. Names that the event does not have are a mistake of the test.
pub(crate) fn record(name: &str, head: &Head, params: &[(&str, Word<'_>)]) -> Vec<u8> {
    let event_type = EventType::from_name(name).expect("an event of the schema");
    let info = event_type.info();
    let mut builder = Builder::new(event_type);
    let mut present = 0;
    for (param, value) in params {
        let index = info.param(param).unwrap_or_else(|| panic!("{name} has no {param}"));
        let mut tail = |bytes: &[u8]| {
            let true_len = u32::try_from(bytes.len()).unwrap_or(TRUE_LEN_MAX);
            builder.bytes::<Path>(Bytes { data: bytes, true_len }).word
        };
        let storage = info.params[index].kind.storage();
        let word = match value {
            Word::Number(number) => {
                assert_eq!(storage, Storage::Word, "{name} {param}");
                *number as u64
            }
            Word::Bytes(bytes) => {
                assert_ne!(storage, Storage::Word, "{name} {param}");
                tail(bytes)
            }
            Word::Descriptor(descriptor) => {
                assert_eq!(storage, Storage::Descriptor, "{name} {param}");
                tail(&[&descriptor.fixed()[..], descriptor.path.data].concat())
            }
        };
        builder.put(HEAD_WORDS + index, word);
        present |= 1 << index;
    }
    builder.finish(&Head { event_type, ..*head }, present)
}

impl Story {
    /// A machine where `systemd` (1) runs and nothing else.
    pub(crate) fn new() -> Self {
        let mut story = Self::default();
        story.snapshot.processes.push(process(1, 0, "systemd"));
        story
    }

    /// An event of process `pid`; gives its number.
    pub(crate) fn event(&mut self, pid: u32, name: &str, params: &[(&str, Word<'_>)]) -> u64 {
        self.event_of(&head(pid), name, params)
    }

    /// An event with this head.
    pub(crate) fn event_of(&mut self, head: &Head, name: &str, params: &[(&str, Word<'_>)]) -> u64 {
        self.events.push(record(name, head, params));
        self.events.len() as u64
    }

    /// `pid` forks `child`.
    pub(crate) fn fork(&mut self, pid: u32, child: u32) -> u64 {
        let child = i64::from(child);
        self.event(
            pid,
            "clone",
            &[
                ("res", child.into()),
                ("flags", 0.into()),
                ("vpid", child.into()),
                ("vtid", child.into()),
                ("child_pid", child.into()),
                ("child_start", (child * 1000).into()),
                ("parent_pid", i64::from(pid).into()),
                ("parent_start", (i64::from(pid) * 1000).into()),
            ],
        )
    }

    /// `pid`, child of `ppid`, starts `/bin/COMM` with `argv` (separated by NUL).
    pub(crate) fn exec(&mut self, pid: u32, ppid: u32, comm: &str, argv: &str) -> u64 {
        self.event(
            pid,
            "execve",
            &[
                ("res", 0.into()),
                ("argv", argv.into()),
                ("ptid", i64::from(ppid).into()),
                ("pstart", (i64::from(ppid) * 1000).into()),
                ("cwd", "/root".into()),
                ("comm", comm.into()),
                ("trusted_exepath", format!("/bin/{comm}").as_str().into()),
                ("vpid", i64::from(pid).into()),
            ],
        )
    }

    /// The last thread of `pid` ends and `reaper` adopts its children.
    pub(crate) fn exit(&mut self, pid: u32, reaper: u32) -> u64 {
        let reaper = i64::from(reaper);
        self.event(
            pid,
            "procexit",
            &[
                ("status", 0.into()),
                ("reaper_tid", reaper.into()),
                ("reaper_start", (reaper * 1000).into()),
                ("group_dead", 1.into()),
            ],
        )
    }

    /// Writes the capture and opens it.
    pub(crate) fn tell(self) -> Recording {
        let header = CaptureHeader {
            host: "node1".into(),
            boot_wall_ns: BOOT,
            utc_offset_s: 7200,
            ..CaptureHeader::default()
        };
        // Small blocks, so that a story spans several.
        let options = WriterOptions { block_events: 3, ..WriterOptions::default() };
        let mut writer = CaptureWriter::new(Vec::new(), &header, options).expect("memory takes bytes");
        writer.snapshot(&self.snapshot).expect("memory takes bytes");
        for (index, event) in self.events.iter().enumerate() {
            writer.event(index as u64 + 1, event).expect("memory takes bytes");
        }
        let bytes = writer.finish(End::default()).expect("memory takes bytes");
        Recording::of(Capture::from_bytes(bytes).expect("a capture"), &self.options)
    }
}
