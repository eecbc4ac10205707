//! What a file says about itself: its header, its gaps, its end.
//!
//! Serialised through [`crate::serial`]. The structs are frozen: a change makes a new variant of
//! the versioned enum that wraps them.

use serde::{Deserialize, Serialize};

/// A header frame, by version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HeaderFrame {
    /// First version.
    V1(CaptureHeader),
}

/// What was recorded, where, when and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureHeader {
    /// Random id of the recording, the same in every file of a rotated set.
    pub recording_id: [u8; 16],
    /// Number of the file in the recording, from 0.
    pub file_number: u32,
    /// The chain at the end of the file before this one; zeros in the first.
    pub previous_chain: [u8; 32],
    /// Host name.
    pub host: String,
    /// Machine id of the host.
    pub machine_id: String,
    /// Kernel release.
    pub kernel: String,
    /// Machine architecture, as uname(2) names it.
    pub arch: String,
    /// What to add to a time of the boot clock to get ns since 1970 on the wall clock.
    pub boot_wall_ns: i64,
    /// When recording began, ns on the boot clock.
    pub started_ns: u64,
    /// Version of the recorder.
    pub recorder_version: String,
    /// The recorder's command line.
    pub command_line: Vec<String>,
    /// Numbers of the event types that were recorded, ascending.
    pub events: Vec<u16>,
    /// Which environment variables were recorded: `all`, `none`, or names.
    pub env_policy: String,
    /// Time zone of the host, such as `Europe/Berlin`; empty if unknown.
    pub time_zone: String,
    /// Offset of the host's time zone from UTC when recording began, seconds.
    pub utc_offset_s: i32,
    /// What limited the recording; empty for the whole host.
    pub scope: Vec<String>,
    /// Hash of the kernel's type information.
    pub btf_hash: String,
    /// Hash of the offsets the kernel program was given.
    pub offsets_hash: String,
    /// Anything worth knowing about how the recording was made.
    pub notes: Vec<String>,
    /// Process id of the recorder, whose own activity is left out.
    pub self_pid: u32,
}

/// A gap frame, by version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GapFrame {
    /// First version.
    V1(Gap),
}

/// What was lost while recording.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Nothing was lost before this time, ns on the boot clock.
    pub first_ns: u64,
    /// Nothing was lost after this time.
    pub last_ns: u64,
    /// Event type (0: unknown) and how many of it, ascending by type.
    pub lost: Vec<(u16, u64)>,
    /// Why, such as `ring full`.
    pub reason: String,
}

impl Gap {
    /// Events lost, of all types.
    pub fn total(&self) -> u64 {
        self.lost.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }
}

/// An end frame, by version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndFrame {
    /// First version.
    V1(End),
}

/// Why a file ended, with its totals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Why, such as `interrupted`, `duration`, `rotated`.
    pub reason: String,
    /// Last time the recorder looked, ns on the boot clock.
    pub last_ns: u64,
    /// Events in the file.
    pub events: u64,
    /// Events lost.
    pub lost: u64,
    /// Blocks in the file.
    pub blocks: u64,
}
