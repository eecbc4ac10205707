//! The plain directory in front of a block's sections.
//!
//! ```text
//! directory := u32 CRC-32C of what follows it in the directory, u32 length of the directory,
//!              u16 sections, u16 lanes, u32 events, 3 × u32 entries of the dictionaries, u32 zero,
//!              sections × (u32 offset, u32 stored length, u32 raw length, u32 CRC-32C),
//!              lanes × 40 bytes
//! ```
//! Sections 0, 1, 2 are the dictionaries: state strings, strings, descriptors. A section without
//! raw bytes has no stored bytes; any other is one zstd frame. Offsets count from the start of the
//! payload.

use crate::frame::{limits, put, u8_at, u16_at, u32_at, u64_at};

const FIXED_LEN: usize = 32;
const SECTION_LEN: usize = 16;
const LANE_LEN: usize = 40;

/// Number of dictionaries, which are the first sections.
pub(crate) const DICTIONARIES: usize = 3;

/// Bit of a lane's flags: it changes state, and refers to the state strings only.
pub(crate) const LANE_STATE: u8 = 1;
/// First of the bits 1, 2, 3 of a lane's flags: it needs the dictionary 0, 1, 2.
pub(crate) const LANE_NEEDS: u32 = 1;

/// A section of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// Where it begins, from the start of the payload.
    pub offset: u32,
    /// Its bytes in the file.
    pub stored_len: u32,
    /// Its bytes once inflated.
    pub raw_len: u32,
    /// CRC-32C of the stored bytes.
    pub crc: u32,
}

/// A lane's entry in the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneEntry {
    /// Number of the event type.
    pub number: u16,
    /// Columns: event number, header words, parameters.
    pub columns: u16,
    /// Bit 0: changes state. Bits 1, 2, 3: needs the dictionary 0, 1, 2.
    pub flags: u8,
    /// Section it lies in.
    pub section: u16,
    /// Events.
    pub rows: u32,
    /// Where it begins in the inflated section.
    pub offset: u32,
    /// Its bytes in the inflated section.
    pub len: u32,
    /// Number of its first event.
    pub first_number: u64,
    /// Number of its last event.
    pub last_number: u64,
}

impl LaneEntry {
    /// Whether it refers to the dictionary at `position`.
    pub fn needs(&self, position: usize) -> bool {
        u32::from(self.flags) >> (LANE_NEEDS + position as u32) & 1 == 1
    }
}

/// What a block contains and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    /// Events in all lanes.
    pub events: u32,
    /// Entries of the dictionaries.
    pub entries: [u32; DICTIONARIES],
    /// Sections, the dictionaries first.
    pub sections: Vec<Section>,
    /// Lanes, ascending by event type.
    pub lanes: Vec<LaneEntry>,
}

impl Directory {
    /// Length of the directory's bytes.
    pub fn encoded_len(&self) -> usize {
        FIXED_LEN + self.sections.len() * SECTION_LEN + self.lanes.len() * LANE_LEN
    }

    /// The directory's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![0; self.encoded_len()];
        put(&mut out, 4, &(self.encoded_len() as u32).to_le_bytes());
        put(&mut out, 8, &(self.sections.len() as u16).to_le_bytes());
        put(&mut out, 10, &(self.lanes.len() as u16).to_le_bytes());
        put(&mut out, 12, &self.events.to_le_bytes());
        for (position, entries) in self.entries.iter().enumerate() {
            put(&mut out, 16 + position * 4, &entries.to_le_bytes());
        }
        let mut at = FIXED_LEN;
        for section in &self.sections {
            for word in [section.offset, section.stored_len, section.raw_len, section.crc] {
                put(&mut out, at, &word.to_le_bytes());
                at += 4;
            }
        }
        for lane in &self.lanes {
            put(&mut out, at, &lane.number.to_le_bytes());
            put(&mut out, at + 2, &lane.columns.to_le_bytes());
            put(&mut out, at + 4, &[lane.flags]);
            put(&mut out, at + 6, &lane.section.to_le_bytes());
            put(&mut out, at + 8, &lane.rows.to_le_bytes());
            put(&mut out, at + 12, &lane.offset.to_le_bytes());
            put(&mut out, at + 16, &lane.len.to_le_bytes());
            put(&mut out, at + 24, &lane.first_number.to_le_bytes());
            put(&mut out, at + 32, &lane.last_number.to_le_bytes());
            at += LANE_LEN;
        }
        let crc = out.get(4..).map_or(0, crc32c::crc32c);
        put(&mut out, 0, &crc.to_le_bytes());
        out
    }

    /// Reads the directory at the start of a block's payload; the error says what is wrong.
    pub fn decode(payload: &[u8]) -> Result<Self, &'static str> {
        const SHORT: &str = "its lane directory is cut";
        let len = u32_at(payload, 4) as usize;
        let bytes = payload.get(..len).filter(|bytes| bytes.len() >= FIXED_LEN).ok_or(SHORT)?;
        if bytes.get(4..).map(crc32c::crc32c) != Some(u32_at(bytes, 0)) {
            return Err("the checksum of its lane directory does not match");
        }
        let (sections, lanes) = (u16_at(bytes, 8), u16_at(bytes, 10));
        let (section_bytes, lane_bytes) = bytes
            .get(FIXED_LEN..)
            .and_then(|rest| rest.split_at_checked(usize::from(sections) * SECTION_LEN))
            .ok_or(SHORT)?;
        if sections > limits::SECTIONS || lanes > limits::LANES || usize::from(sections) < DICTIONARIES {
            return Err("its lane directory lists an impossible number of sections or lanes");
        }
        if lane_bytes.len() != usize::from(lanes) * LANE_LEN {
            return Err(SHORT);
        }
        let directory = Self {
            events: u32_at(bytes, 12),
            entries: [u32_at(bytes, 16), u32_at(bytes, 20), u32_at(bytes, 24)],
            sections: section_bytes
                .as_chunks::<SECTION_LEN>()
                .0
                .iter()
                .map(|section| Section {
                    offset: u32_at(section, 0),
                    stored_len: u32_at(section, 4),
                    raw_len: u32_at(section, 8),
                    crc: u32_at(section, 12),
                })
                .collect(),
            lanes: lane_bytes
                .as_chunks::<LANE_LEN>()
                .0
                .iter()
                .map(|lane| LaneEntry {
                    number: u16_at(lane, 0),
                    columns: u16_at(lane, 2),
                    flags: u8_at(lane, 4),
                    section: u16_at(lane, 6),
                    rows: u32_at(lane, 8),
                    offset: u32_at(lane, 12),
                    len: u32_at(lane, 16),
                    first_number: u64_at(lane, 24),
                    last_number: u64_at(lane, 32),
                })
                .collect(),
        };
        directory.within_limits().then_some(directory).ok_or("it declares more than a block may hold")
    }

    /// Whether all that decoding would allocate stays within the declared bounds.
    fn within_limits(&self) -> bool {
        let raw: u64 = self.sections.iter().map(|section| u64::from(section.raw_len)).sum();
        let rows: u64 = self.lanes.iter().map(|lane| u64::from(lane.rows)).sum();
        raw <= u64::from(limits::BLOCK_RAW)
            && rows == u64::from(self.events)
            && self.events <= limits::BLOCK_EVENTS
            // An entry takes at least its two lengths; so their sum is no more than the raw bytes.
            && self.entries.iter().zip(&self.sections).all(|(entries, section)| *entries <= section.raw_len / 2)
            && self.lanes.iter().all(|lane| lane.columns <= limits::COLUMNS && lane.rows > 0)
    }
}
