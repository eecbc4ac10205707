//! A capture with its history.

use std::net::IpAddr;

use capture_format::snapshot::Snapshot;

use super::{Builder, History};

/// What a user adds when a capture is opened.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// Names bound to addresses, on top of the recorded ones (`--resolve`).
    pub names: Vec<(String, IpAddr)>,
    /// Time zone of the fields that show a wall clock.
    pub time_zone: TimeZone,
}

/// A time zone for output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeZone {
    /// UTC.
    #[default]
    Utc,
    /// The recorded machine's, as it was when recording began.
    Capture,
    /// This many seconds east of UTC.
    Fixed(i32),
}

/// A capture with its history: immutable, shared by threads.
#[derive(Debug)]
pub struct Recording {
    history: History,
    host: String,
    boot_wall_ns: i64,
    utc_offset_s: i32,
    first_ns: u64,
}

impl Recording {
    /// A recording from its parts: what a file's header would say, a start snapshot, and events
    /// in order of number.
    pub fn from_parts<'r, R: capture_format::Row<'r>>(
        host: &str,
        boot_wall_ns: i64,
        snapshot: &Snapshot,
        events: impl IntoIterator<Item = (u64, R)>,
        options: &OpenOptions,
    ) -> Self {
        let mut builder = Builder::default();
        builder.snapshot(0, snapshot);
        let mut first_ns = None;
        for (number, row) in events {
            first_ns.get_or_insert(row.head().time_ns);
            builder.apply(number, &row);
        }
        for (name, address) in &options.names {
            builder.resolve(name, *address);
        }
        let utc_offset_s = match options.time_zone {
            TimeZone::Utc | TimeZone::Capture => 0,
            TimeZone::Fixed(offset) => offset,
        };
        Self {
            history: builder.finish(),
            host: host.to_owned(),
            boot_wall_ns,
            utc_offset_s,
            first_ns: first_ns.unwrap_or(0),
        }
    }

    /// What was true when.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Name of the recorded machine.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Wall clock, ns since 1970, of a time on the boot clock.
    pub fn wall_ns(&self, time_ns: u64) -> i64 {
        self.boot_wall_ns.saturating_add(i64::try_from(time_ns).unwrap_or(i64::MAX))
    }

    /// Seconds east of UTC of the fields that show a wall clock.
    pub fn utc_offset_s(&self) -> i32 {
        self.utc_offset_s
    }

    /// Time of the first event on the boot clock, ns.
    pub fn first_ns(&self) -> u64 {
        self.first_ns
    }
}
