//! Damage: what is wrong with a file, where, what is missing, what to do.

use core::fmt;

use crate::frame::{FrameHeader, FrameType};
use crate::schema::EventType;

macro_rules! damage_kinds {
    ($($(#[doc = $doc:literal])+ $Kind:ident $class:ident $what:literal $advice:literal,)+) => {
        /// What is wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum DamageKind {
            $($(#[doc = $doc])+ $Kind,)+
        }

        impl DamageKind {
            /// Whether bytes changed or only stop.
            pub const fn class(self) -> DamageClass {
                match self { $(Self::$Kind => DamageClass::$class,)+ }
            }

            /// What is wrong, in words.
            pub const fn what(self) -> &'static str {
                match self { $(Self::$Kind => $what,)+ }
            }

            /// What to do about it.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$Kind => $advice,)+ }
            }
        }
    };
}

/// How damage came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DamageClass {
    /// Bytes are not what was written.
    Altered,
    /// The file stops early.
    Truncated,
    /// Nothing is wrong with the file; this version does not know something in it.
    Unsupported,
}

damage_kinds! {
    /// The first bytes of the file.
    Magic Altered "the file does not begin like a capture"
        "the rest was read; compare with another copy",
    /// Bytes where a frame should be.
    NoFrame Altered "these bytes are no part of a capture"
        "reading went on at the next frame; compare with another copy",
    /// A payload against its checksum.
    Payload Altered "its contents do not match their checksum"
        "the rest was read; compare with another copy",
    /// A frame against the chain.
    Chain Altered "it is not what the recorder wrote: the chain breaks here"
        "do not trust it as evidence; compare with another copy",
    /// A lane of a block.
    Lane Altered "a lane cannot be read"
        "the other lanes were read; compare with another copy",
    /// Frames that are not there.
    Missing Altered "frames are missing here"
        "compare with another copy",
    /// Frames in the wrong place.
    OutOfOrder Altered "a frame is not in its place"
        "do not trust the order of events around it; compare with another copy",
    /// A frame that goes on beyond the end of the file.
    Truncated Truncated "the file ends inside it"
        "copy the file again if the copy was interrupted; otherwise the recorder was stopped hard and the rest does not exist",
    /// No end frame.
    Unfinished Truncated "the recording has no end"
        "copy the file again if the copy was interrupted; otherwise the recorder was stopped hard and at most its last second is missing",
    /// Trailer or index.
    Trailer Truncated "the index at the end of the file cannot be used"
        "nothing is lost: the frames were found one by one",
    /// Bytes behind the trailer.
    Trailing Altered "bytes follow the end of the capture"
        "they were ignored; compare with another copy",
    /// A length that does not fit.
    Length Altered "the file does not have the length it was finished with"
        "compare with another copy",
    /// A payload of a later version.
    Version Unsupported "it was written by a later version"
        "read it with that version",
    /// More than stays in memory.
    Limit Unsupported "it was passed over: the capture holds more than fits in memory"
        "split the recording into more files",
    /// More places than are listed.
    More Altered "more damaged places follow"
        "compare with another copy",
}

/// A damaged place of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// What is wrong.
    pub kind: DamageKind,
    /// Where, in bytes from the start of the file.
    pub offset: u64,
    /// How many bytes are affected; 0 where something is missing.
    pub len: u64,
    /// The type of the frame, if it is known.
    pub frame: Option<FrameType>,
    /// The type of the lane that cannot be read.
    pub lane: Option<u16>,
    /// Why, beyond what the kind says; may be empty.
    pub detail: String,
    /// Events that cannot be read because of it, if their number is known.
    pub events: Option<u64>,
    /// Numbers of the first and the last event that may be missing.
    pub numbers: Option<(u64, u64)>,
    /// Times between which events may be missing, ns on the boot clock.
    pub times: Option<(u64, u64)>,
}

impl Damage {
    /// Damage at a place, nothing more known.
    pub fn new(kind: DamageKind, offset: u64, len: u64) -> Self {
        Self {
            kind,
            offset,
            len,
            frame: None,
            lane: None,
            detail: String::new(),
            events: None,
            numbers: None,
            times: None,
        }
    }

    /// Damage of the frame `header` at `offset`, all of which is lost.
    pub fn of_frame(kind: DamageKind, offset: u64, header: &FrameHeader) -> Self {
        let mut damage = Self::new(kind, offset, header.frame_len() as u64);
        damage.frame = FrameType::from_number(header.frame_type);
        if header.events > 0 {
            damage.events = Some(u64::from(header.events));
            damage.numbers = Some((header.first_number, header.last_number));
        }
        if header.last_ns > 0 {
            damage.times = Some((header.first_ns, header.last_ns));
        }
        damage
    }

    /// The same with a reason.
    pub fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(frame) = self.frame {
            write!(f, "{} ", frame.name())?;
        }
        write!(f, "at byte {}", self.offset)?;
        if self.len > 0 {
            write!(f, " ({} bytes)", self.len)?;
        }
        write!(f, ": {}", self.kind.what())?;
        if let Some(lane) = self.lane {
            match EventType::from_number(lane) {
                Some(known) => write!(f, " ({})", known.info().name)?,
                None => write!(f, " (event type {lane})")?,
            }
        }
        if !self.detail.is_empty() {
            write!(f, ", {}", self.detail)?;
        }
        match (self.events, self.numbers) {
            (Some(events), Some((first, last))) => {
                write!(f, "; {events} events are missing, numbers {first} to {last}")?;
            }
            (Some(events), None) => write!(f, "; {events} events are missing")?,
            (None, Some((first, last))) => write!(f, "; events {first} to {last} may be missing")?,
            (None, None) => {}
        }
        if let Some((first, last)) = self.times {
            let seconds = |ns: u64| (ns / 1_000_000_000, ns % 1_000_000_000 / 1_000_000);
            let ((from, from_ms), (to, to_ms)) = (seconds(first), seconds(last));
            write!(f, ", {from}.{from_ms:03} s to {to}.{to_ms:03} s after boot")?;
        }
        write!(f, "; {}", self.kind.advice())
    }
}

impl std::error::Error for Damage {}
