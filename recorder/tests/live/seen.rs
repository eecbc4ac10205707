//! What a recording saw, and questions about it.

use std::collections::BTreeSet;
use std::fmt::Write;

use capture_format::{Bytes, Descriptor, EventType, Record, Row, Storage};

/// The value a parameter must have.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// Not there.
    Absent,
    /// A word.
    Is(i64),
    /// A byte string.
    Text(String),
    /// A descriptor whose path this is.
    File(String),
}

/// An event that must have happened.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) event: EventType,
    pub(crate) values: Vec<(&'static str, Value)>,
}

#[derive(Default)]
pub(crate) struct Seen {
    records: Vec<Vec<u8>>,
}

impl Seen {
    pub(crate) fn push(&mut self, number: u64, bytes: &[u8]) {
        assert_eq!(number, self.records.len() as u64 + 1, "numbers have no holes");
        self.records.push(bytes.to_vec());
    }

    fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.records.iter().map(|bytes| Record::split_first(bytes).expect("a whole record").0)
    }

    pub(crate) fn by_pid(&self, pid: u32) -> impl Iterator<Item = Record<'_>> {
        self.records().filter(move |record| record.head().pid == pid)
    }

    pub(crate) fn all(&self, pid: u32, event: EventType) -> impl Iterator<Item = Record<'_>> {
        self.by_pid(pid).filter(move |record| record.head().event_type == event)
    }

    /// The first event of this kind whose parameter has this value.
    pub(crate) fn find(&self, pid: u32, event: EventType, name: &str, value: i64) -> Record<'_> {
        self.all(pid, event)
            .find(|record| word(record, name) == Some(value))
            .unwrap_or_else(|| panic!("no {event:?} of {pid} with {name} = {value} in:\n{}", self.list(pid)))
    }

    /// Processes that this one made.
    pub(crate) fn children(&self, pid: u32) -> impl Iterator<Item = Record<'_>> {
        self.by_pid(pid).filter(|record| {
            use EventType::{Clone, Clone3, Fork, Vfork};
            let head = record.head();
            [Clone, Clone3, Fork, Vfork].contains(&head.event_type)
                && word(record, "child_pid") != Some(i64::from(head.pid))
        })
    }

    pub(crate) fn pids(&self) -> BTreeSet<u32> {
        self.records().map(|record| record.head().pid).collect()
    }

    /// Fails unless an event has all these values.
    pub(crate) fn must_have(&self, pid: u32, expected: &Expected) {
        let has = self.all(pid, expected.event).any(|record| {
            expected.values.iter().all(|(name, value)| match value {
                Value::Absent => word(&record, name).is_none() && bytes(&record, name).is_none(),
                Value::Is(number) => word(&record, name) == Some(*number),
                Value::Text(wanted) => text(&record, name).as_ref() == Some(wanted),
                Value::File(path) => {
                    descriptor(&record, name).is_some_and(|file| file.path.data == path.as_bytes())
                }
            })
        });
        assert!(has, "missing {expected:?} in:\n{}", self.list(pid));
    }

    fn list(&self, pid: u32) -> String {
        let mut out = String::new();
        for record in self.by_pid(pid) {
            let info = record.head().event_type.info();
            write!(out, "{}", info.name).unwrap();
            for (index, param) in info.params.iter().enumerate() {
                if param.kind.storage() == Storage::Descriptor {
                    let path = descriptor(&record, param.name).map(|file| file.path.data.to_vec());
                    write!(
                        out,
                        " {}=<{:?}>",
                        param.name,
                        path.map(|path| String::from_utf8_lossy(&path).into_owned())
                    )
                    .unwrap();
                } else if let Some(value) = record.word(index) {
                    write!(out, " {}={}", param.name, value as i64).unwrap();
                } else if let Some(value) = text(&record, param.name) {
                    write!(out, " {}={:?}", param.name, value.chars().take(80).collect::<String>()).unwrap();
                }
            }
            out.push('\n');
        }
        out
    }
}

fn index(record: &Record<'_>, name: &str) -> usize {
    let info = record.head().event_type.info();
    info.param(name).unwrap_or_else(|| panic!("`{}` has no parameter `{name}`", info.name))
}

pub(crate) fn word(record: &Record<'_>, name: &str) -> Option<i64> {
    record.word(index(record, name)).map(|word| word as i64)
}

pub(crate) fn bytes<'a>(record: &Record<'a>, name: &str) -> Option<Bytes<'a>> {
    record.bytes(index(record, name))
}

pub(crate) fn text(record: &Record<'_>, name: &str) -> Option<String> {
    bytes(record, name).map(|bytes| String::from_utf8_lossy(bytes.data).into_owned())
}

pub(crate) fn descriptor<'a>(record: &Record<'a>, name: &str) -> Option<Descriptor<'a>> {
    Descriptor::parse(bytes(record, name)?)
}
