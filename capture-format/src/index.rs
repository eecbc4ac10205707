//! The index at the end of a finished file. It only saves walking from frame to frame.

use serde::{Deserialize, Serialize};

use crate::frame::{FRAME_HEADER_LEN, FrameHeader, FrameType, MAGIC, TRAILER_LEN, Trailer, limits};
use crate::header::CaptureHeader;
use crate::serial;

/// An index frame, by version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IndexFrame {
    /// First version.
    V1(Index),
}

/// Where the frames of a file are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// A copy of the file's header, for when the first frame is damaged.
    pub header: CaptureHeader,
    /// Every frame before the index, in file order.
    pub frames: Vec<IndexEntry>,
}

/// A frame in the index: what a reader wants to know before it touches the frame.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexEntry {
    /// Number of the frame's type.
    pub frame_type: u8,
    /// Version of the payload's layout.
    pub version: u8,
    /// Where the frame begins.
    pub offset: u64,
    /// Bytes of the whole frame.
    pub len: u64,
    /// Earliest time in it, ns on the boot clock.
    pub first_ns: u64,
    /// Latest time in it.
    pub last_ns: u64,
    /// Events in it.
    pub events: u32,
    /// Number of the first event; 0 if none.
    pub first_number: u64,
    /// Number of the last event; 0 if none.
    pub last_number: u64,
    /// Lanes of a block: number of the event type and of events.
    pub lanes: Vec<(u16, u32)>,
}

impl Index {
    /// The index of a finished file, if there is one and it is plausible: intact, and its frames
    /// lie side by side from the magic to the index.
    pub(crate) fn find(file: &[u8]) -> Option<Self> {
        let trailer_at = file.len().checked_sub(TRAILER_LEN)?;
        let trailer = Trailer::decode(file.get(trailer_at..)?)?;
        if trailer.file_len != file.len() as u64 || !file.starts_with(&MAGIC) {
            return None;
        }
        let at = usize::try_from(trailer.index_offset).ok()?;
        let frame = file.get(at..trailer_at)?;
        let header = FrameHeader::decode(frame)?;
        let padded = frame.get(FRAME_HEADER_LEN..)?;
        if header.known_type() != Some(FrameType::Index)
            || padded.len() != header.padded_len()
            || crc32c::crc32c(padded) != header.payload_crc
        {
            return None;
        }
        let stored = padded.get(..header.payload_len as usize)?;
        let raw = serial::inflate(stored, header.raw_len, limits::SERIAL).ok()?;
        let IndexFrame::V1(index) = serial::decode(&raw).ok()?;
        let mut next = MAGIC.len() as u64;
        for entry in &index.frames {
            if entry.offset != next || entry.len < FRAME_HEADER_LEN as u64 {
                return None;
            }
            next = next.checked_add(entry.len)?;
        }
        (next == trailer.index_offset).then_some(index)
    }
}
