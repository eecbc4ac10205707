//! A capture with its history.

use std::net::IpAddr;
use std::path::Path;

use capture_format::Damage;
use capture_format::reader::{Capture, CaptureError};

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
    capture: Capture,
    history: History,
    damage: Vec<Damage>,
    utc_offset_s: i32,
    first_ns: u64,
}

impl Recording {
    /// Opens the capture at `path` and builds its history.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self, CaptureError> {
        Ok(Self::of(Capture::open(path)?, options))
    }

    /// Builds the history of an open capture: the lanes that change state, block after block.
    pub fn of(capture: Capture, options: &OpenOptions) -> Self {
        let mut builder = Builder::default();
        let mut damage = Vec::new();
        for start in capture.snapshots() {
            builder.snapshot(0, start);
        }
        // A checkpoint seals the block before it, so it belongs between two blocks.
        let mut checkpoints = capture.checkpoints().iter().enumerate().peekable();
        let mut number = 0;
        for (index, info) in capture.blocks().iter().enumerate() {
            while let Some((position, _)) = checkpoints.next_if(|(_, info)| info.blocks_before <= index) {
                match capture.checkpoint(position) {
                    Ok(checkpoint) => builder.snapshot(number, &checkpoint),
                    Err(lost) => damage.push(lost),
                }
            }
            match capture.block(index, &|event| event.info().state) {
                Ok(block) => {
                    for row in block.rows() {
                        builder.apply(row.number(), &row);
                    }
                    damage.extend_from_slice(block.damage());
                }
                Err(lost) => damage.push(lost),
            }
            number = number.max(info.last_number);
        }
        for (position, _) in checkpoints {
            match capture.checkpoint(position) {
                Ok(checkpoint) => builder.snapshot(number, &checkpoint),
                Err(lost) => damage.push(lost),
            }
        }
        builder.tables(capture.tables());
        for (name, address) in &options.names {
            builder.resolve(name, *address);
        }
        let utc_offset_s = match options.time_zone {
            TimeZone::Utc => 0,
            TimeZone::Capture => capture.header().utc_offset_s,
            TimeZone::Fixed(offset) => offset,
        };
        let first_ns = capture.blocks().iter().map(|block| block.first_ns).min().unwrap_or(0);
        Self { history: builder.finish(), damage, utc_offset_s, first_ns, capture }
    }

    /// The capture.
    pub fn capture(&self) -> &Capture {
        &self.capture
    }

    /// What was true when.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Damage met in the lanes that history is built from. What opening the capture found is in
    /// [`Capture::damage`].
    pub fn damage(&self) -> &[Damage] {
        &self.damage
    }

    /// Name of the recorded machine.
    pub fn host(&self) -> &str {
        &self.capture.header().host
    }

    /// Wall clock, ns since 1970, of a time on the boot clock.
    pub fn wall_ns(&self, time_ns: u64) -> i64 {
        self.capture.header().boot_wall_ns.saturating_add_unsigned(time_ns)
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
