//! An event and what was true when it happened.

use std::borrow::Cow;
use std::cell::OnceCell;

use capture_format::block::RowRef;
use capture_format::record::Row;
use capture_format::{Bytes, Descriptor, EventInfo, EventType, Head, Record};

use super::{Argument, Extract, Field, Value};
use crate::history::{Container, History, Image, Process, Recording, resolved_directory};

/// File type of a directory in `st_mode`.
const S_IFDIR: u32 = 0o040_000;

/// Where an event's bytes are.
#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    Row(RowRef<'a>),
    Record(Record<'a>),
}

/// An event and what was true when it happened.
#[derive(Debug)]
pub struct Moment<'a> {
    recording: &'a Recording,
    source: Source<'a>,
    number: u64,
    head: Head,
    info: &'static EventInfo,
    process: OnceCell<Option<Process<'a>>>,
}

impl<'a> Moment<'a> {
    /// The moment of an event of `recording`.
    pub fn new(recording: &'a Recording, row: RowRef<'a>) -> Self {
        Self::at(recording, Source::Row(row), row.number(), row.head())
    }

    /// The moment of a single record, which is event `number` of `recording`.
    pub fn of_record(recording: &'a Recording, number: u64, record: Record<'a>) -> Self {
        Self::at(recording, Source::Record(record), number, record.head())
    }

    fn at(recording: &'a Recording, source: Source<'a>, number: u64, head: Head) -> Self {
        Self { recording, source, number, head, info: head.event_type.info(), process: OnceCell::new() }
    }

    /// The recording it is from.
    pub fn recording(&self) -> &'a Recording {
        self.recording
    }

    /// What was true when.
    pub fn history(&self) -> &'a History {
        self.recording.history()
    }

    /// Number of the event.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// What the event says about itself and its thread.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Kind of event.
    pub fn event_type(&self) -> EventType {
        self.head.event_type
    }

    /// Name, parameters and the rest of the kind of event.
    pub fn info(&self) -> &'static EventInfo {
        self.info
    }

    /// Its process, if history knows it.
    pub fn process(&self) -> Option<Process<'a>> {
        *self
            .process
            .get_or_init(|| self.history().process(&self.head, self.number).filter(Process::is_known))
    }

    /// What its process ran.
    pub fn image(&self) -> Option<Image<'a>> {
        self.process()?.image()
    }

    /// The container of its process; `None` on the host.
    pub fn container(&self) -> Option<&'a Container> {
        self.history().container(self.head.cgroup)
    }

    /// Value of the parameter number `index` as a word.
    pub fn word(&self, index: usize) -> Option<u64> {
        match self.source {
            Source::Row(row) => row.word(index),
            Source::Record(record) => record.word(index),
        }
    }

    /// Bytes of the parameter number `index`.
    pub fn bytes(&self, index: usize) -> Option<Bytes<'a>> {
        match self.source {
            Source::Row(row) => row.bytes(index),
            Source::Record(record) => record.bytes(index),
        }
    }

    /// The parameter number `index` as a descriptor.
    pub fn descriptor(&self, index: usize) -> Option<Descriptor<'a>> {
        let mut fd = Descriptor::parse(self.bytes(index)?)?;
        if fd.file_type() == S_IFDIR {
            fd.path.data = resolved_directory(fd.path.data);
        }
        Some(fd)
    }

    /// Slot of the parameter called `name`.
    pub(super) fn slot(&self, name: &str) -> Option<usize> {
        self.info.param(name)
    }

    /// Bytes of the parameter called `name`.
    pub(super) fn named(&self, name: &str) -> Option<&'a [u8]> {
        Some(self.bytes(self.slot(name)?)?.data)
    }

    /// What the call returned: its result or new descriptor.
    pub fn result(&self) -> Option<i64> {
        Some(self.word(super::shape::of(self.event_type()).result?)? as i64)
    }

    /// Working directory of its process; empty if unknown.
    pub(super) fn cwd(&self) -> &'a [u8] {
        self.process().map_or(&[], |process| process.cwd())
    }

    /// The path in parameter `path`, absolute against the directory in parameter `dir`.
    pub(super) fn absolute(&self, path: usize, dir: Option<usize>) -> Option<Cow<'a, [u8]>> {
        let path = self.bytes(path)?.data;
        if path.starts_with(b"/") {
            return Some(super::paths::absolute(b"", path));
        }
        let dir = match dir.and_then(|dir| self.bytes(dir)) {
            Some(dir) => resolved_directory(dir.data),
            None => self.cwd(),
        };
        Some(super::paths::absolute(dir, path))
    }
}

impl Extract for Moment<'_> {
    fn extract(&self, field: &'static Field, argument: &Argument) -> Option<Value<'_>> {
        (field.get)(self, argument)
    }

    fn event_name(&self) -> &str {
        self.info.name
    }
}
