//! Layout constants of the `.skr` file: magic, frame header, trailer, limits.
//!
//! `docs/format.md` describes the same bytes for readers in other languages; a test holds the two
//! together.

/// First bytes of a file. The odd first byte and the line ends show damage by text transfers.
pub const MAGIC: [u8; 8] = *b"\x89SKR\r\n\x1a\n";
/// First bytes of the trailer: the magic backwards.
pub const TRAILER_MAGIC: [u8; 8] = *b"\n\x1a\n\rRKS\x89";
/// First bytes of every frame header; what recovery looks for.
pub const SYNC: [u8; 8] = [0xf5, b'S', b'k', b'F', 0xc3, 0x91, 0x00, 0xa7];
/// Length of a frame header, bytes.
pub const FRAME_HEADER_LEN: usize = 128;
/// Length of the trailer, bytes.
pub const TRAILER_LEN: usize = 64;
/// Version of the layout of frames and of every payload this version writes.
pub const VERSION: u8 = 1;

/// What a reader accepts at most. A writer keeps within them; a file beyond them is damaged.
pub mod limits {
    /// Stored length of a payload, bytes.
    pub const PAYLOAD: u32 = 256 << 20;
    /// Inflated length of a payload that is serialised, bytes.
    pub const SERIAL: u32 = 128 << 20;
    /// Inflated length of all serialised payloads that stay in memory while a capture is open. Read
    /// values take more room than their bytes, crafted ones up to 24 times as much (an empty pair
    /// of strings is two bytes and 48 in memory).
    pub const RETAINED: u64 = 256 << 20;
    /// Inflated length of all sections of a block together, bytes.
    pub const BLOCK_RAW: u32 = 64 << 20;
    /// Events of a block.
    pub const BLOCK_EVENTS: u32 = 64 << 10;
    /// Bytes of records after which a writer closes a block, whatever it was told.
    pub const BLOCK_RECORDS: usize = 16 << 20;
    /// Lanes of a block.
    pub const LANES: u16 = 1024;
    /// Sections of a block.
    pub const SECTIONS: u16 = LANES + 8;
    /// Columns of a lane: number, header words, parameters.
    pub const COLUMNS: u16 = 1 + 11 + 64;
    /// Damaged places a reader lists one by one; more are counted in the last one.
    pub const DAMAGES: usize = 1000;
}

macro_rules! frame_types {
    ($($(#[doc = $doc:literal])+ $number:literal => $Type:ident $name:literal,)+) => {
        /// What a frame holds.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum FrameType {
            $($(#[doc = $doc])+ $Type = $number,)+
        }

        impl FrameType {
            /// All types.
            pub const ALL: &'static [FrameType] = &[$(FrameType::$Type,)+];

            /// The type with this number, if this version knows it.
            pub const fn from_number(number: u8) -> Option<Self> {
                match number {
                    $($number => Some(Self::$Type),)+
                    _ => None,
                }
            }

            /// Name, as messages use it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$Type => $name,)+ }
            }

            /// What it holds, in a sentence.
            pub const fn doc(self) -> &'static str {
                match self { $(Self::$Type => concat!($($doc),+),)+ }
            }
        }
    };
}

frame_types! {
    /// What was recorded, where, when and how: the first frame.
    1 => Header "header",
    /// What existed when recording began.
    2 => Snapshot "snapshot",
    /// Events.
    3 => Block "block",
    /// What existed at a later moment; bounds what a lost block can take away.
    4 => Checkpoint "checkpoint",
    /// What was lost, when, how much.
    5 => Gap "gap",
    /// Rows added to the tables of names.
    6 => Metadata "metadata",
    /// Bytes of a file. Reserved: version 1 writes none.
    7 => Artifact "artifact",
    /// A signature over the chain. Reserved: version 1 writes none.
    8 => Seal "seal",
    /// Where the frames are.
    9 => Index "index",
    /// Why recording ended, with totals.
    10 => End "end",
}

/// Byte offsets in a frame header; all numbers little-endian.
pub mod at {
    /// 8 bytes: [`super::SYNC`].
    pub const SYNC: usize = 0;
    /// `u8`: [`super::FrameType`].
    pub const TYPE: usize = 8;
    /// `u8`: version of the payload's layout.
    pub const VERSION: usize = 9;
    /// `u16`: zero.
    pub const FLAGS: usize = 10;
    /// `u32`: CRC-32C of the 128 bytes with this field zero.
    pub const HEADER_CRC: usize = 12;
    /// `u64`: number of the frame in its file, from 0.
    pub const SEQUENCE: usize = 16;
    /// `u32`: stored bytes of the payload, without padding.
    pub const PAYLOAD_LEN: usize = 24;
    /// `u32`: bytes of the payload once inflated (of a block: of all its sections).
    pub const RAW_LEN: usize = 28;
    /// `u64`: earliest time in it, ns on the boot clock; 0 if it has none.
    pub const FIRST_NS: usize = 32;
    /// `u64`: latest time in it.
    pub const LAST_NS: usize = 40;
    /// `u32`: events in it.
    pub const EVENTS: usize = 48;
    /// `u32`: CRC-32C of the stored payload and its padding.
    pub const PAYLOAD_CRC: usize = 52;
    /// `u64`: events lost, of a gap.
    pub const LOST: usize = 56;
    /// `u64`: number of the first event; 0 if none.
    pub const FIRST_NUMBER: usize = 64;
    /// `u64`: number of the last event; 0 if none.
    pub const LAST_NUMBER: usize = 72;
    /// `u32`: number of the file in its recording.
    pub const FILE_NUMBER: usize = 80;
    /// `u32`: zero.
    pub const RESERVED: usize = 84;
    /// `u64`: first eight bytes of the recording's id, so that frames of another file found inside
    /// a damaged payload are not taken for this file's.
    pub const RECORDING: usize = 88;
    /// 32 bytes: BLAKE3 of the chain so far, this header with checksum and chain zero, and the
    /// padded payload.
    pub const CHAIN: usize = 96;
}

/// A frame header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameHeader {
    /// Number of the type: [`FrameType`], or one this version does not know.
    pub frame_type: u8,
    /// Version of the payload's layout.
    pub version: u8,
    /// Number of the frame in its file, from 0.
    pub sequence: u64,
    /// Stored bytes of the payload, without padding.
    pub payload_len: u32,
    /// Bytes of the payload once inflated.
    pub raw_len: u32,
    /// Earliest time in it, ns on the boot clock.
    pub first_ns: u64,
    /// Latest time in it.
    pub last_ns: u64,
    /// Events in it.
    pub events: u32,
    /// CRC-32C of the stored payload and its padding.
    pub payload_crc: u32,
    /// Events lost, of a gap.
    pub lost: u64,
    /// Number of the first event; 0 if none.
    pub first_number: u64,
    /// Number of the last event; 0 if none.
    pub last_number: u64,
    /// Number of the file in its recording.
    pub file_number: u32,
    /// First eight bytes of the recording's id.
    pub recording: u64,
    /// The chain up to and including this frame.
    pub chain: [u8; 32],
}

impl FrameHeader {
    /// The header's bytes, with its checksum.
    pub fn encode(&self) -> [u8; FRAME_HEADER_LEN] {
        let mut out = [0; FRAME_HEADER_LEN];
        put(&mut out, at::SYNC, &SYNC);
        put(&mut out, at::TYPE, &[self.frame_type]);
        put(&mut out, at::VERSION, &[self.version]);
        put(&mut out, at::SEQUENCE, &self.sequence.to_le_bytes());
        put(&mut out, at::PAYLOAD_LEN, &self.payload_len.to_le_bytes());
        put(&mut out, at::RAW_LEN, &self.raw_len.to_le_bytes());
        put(&mut out, at::FIRST_NS, &self.first_ns.to_le_bytes());
        put(&mut out, at::LAST_NS, &self.last_ns.to_le_bytes());
        put(&mut out, at::EVENTS, &self.events.to_le_bytes());
        put(&mut out, at::PAYLOAD_CRC, &self.payload_crc.to_le_bytes());
        put(&mut out, at::LOST, &self.lost.to_le_bytes());
        put(&mut out, at::FIRST_NUMBER, &self.first_number.to_le_bytes());
        put(&mut out, at::LAST_NUMBER, &self.last_number.to_le_bytes());
        put(&mut out, at::FILE_NUMBER, &self.file_number.to_le_bytes());
        put(&mut out, at::RECORDING, &self.recording.to_le_bytes());
        put(&mut out, at::CHAIN, &self.chain);
        let crc = crc32c::crc32c(&out);
        put(&mut out, at::HEADER_CRC, &crc.to_le_bytes());
        out
    }

    /// Reads a header; `None` unless sync word, checksum, reserved bytes and limits are right.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let fixed = bytes.first_chunk::<FRAME_HEADER_LEN>()?;
        if !fixed.starts_with(&SYNC) {
            return None;
        }
        let mut unsummed = *fixed;
        put(&mut unsummed, at::HEADER_CRC, &[0; 4]);
        if crc32c::crc32c(&unsummed) != u32_at(fixed, at::HEADER_CRC) {
            return None;
        }
        let header = Self {
            frame_type: u8_at(fixed, at::TYPE),
            version: u8_at(fixed, at::VERSION),
            sequence: u64_at(fixed, at::SEQUENCE),
            payload_len: u32_at(fixed, at::PAYLOAD_LEN),
            raw_len: u32_at(fixed, at::RAW_LEN),
            first_ns: u64_at(fixed, at::FIRST_NS),
            last_ns: u64_at(fixed, at::LAST_NS),
            events: u32_at(fixed, at::EVENTS),
            payload_crc: u32_at(fixed, at::PAYLOAD_CRC),
            lost: u64_at(fixed, at::LOST),
            first_number: u64_at(fixed, at::FIRST_NUMBER),
            last_number: u64_at(fixed, at::LAST_NUMBER),
            file_number: u32_at(fixed, at::FILE_NUMBER),
            recording: u64_at(fixed, at::RECORDING),
            chain: *fixed.last_chunk::<32>()?,
        };
        (header.payload_len <= limits::PAYLOAD).then_some(header)
    }

    /// The type, if this version knows it and its layout.
    pub fn known_type(&self) -> Option<FrameType> {
        FrameType::from_number(self.frame_type).filter(|_| self.version == VERSION)
    }

    /// Bytes of the payload with its padding.
    pub fn padded_len(&self) -> usize {
        (self.payload_len as usize).next_multiple_of(8)
    }

    /// Bytes of the whole frame.
    pub fn frame_len(&self) -> usize {
        FRAME_HEADER_LEN + self.padded_len()
    }
}

/// The chain after a frame: `previous` is the one before it, `header` and `padded` are its bytes in
/// the file. The header's checksum and its own chain do not enter.
pub fn link(previous: &[u8; 32], header: &[u8; FRAME_HEADER_LEN], padded: &[u8]) -> [u8; 32] {
    let mut header = *header;
    put(&mut header, at::HEADER_CRC, &[0; 4]);
    put(&mut header, at::CHAIN, &[0; 32]);
    let mut hasher = blake3::Hasher::new();
    hasher.update(previous).update(&header).update(padded);
    *hasher.finalize().as_bytes()
}

/// The last bytes of a finished file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trailer {
    /// Where the index frame begins.
    pub index_offset: u64,
    /// Length of the file, trailer included.
    pub file_len: u64,
    /// The chain after the last frame.
    pub chain: [u8; 32],
}

impl Trailer {
    /// The trailer's bytes: magic, version (`u32`), CRC-32C of the 64 bytes with this field zero,
    /// offset of the index, length of the file, chain.
    pub fn encode(&self) -> [u8; TRAILER_LEN] {
        let mut out = [0; TRAILER_LEN];
        put(&mut out, 0, &TRAILER_MAGIC);
        put(&mut out, 8, &u32::from(VERSION).to_le_bytes());
        put(&mut out, 16, &self.index_offset.to_le_bytes());
        put(&mut out, 24, &self.file_len.to_le_bytes());
        put(&mut out, 32, &self.chain);
        let crc = crc32c::crc32c(&out);
        put(&mut out, 12, &crc.to_le_bytes());
        out
    }

    /// Reads a trailer from exactly its bytes; `None` unless magic, version and checksum are right.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let fixed = <&[u8; TRAILER_LEN]>::try_from(bytes).ok()?;
        let mut unsummed = *fixed;
        put(&mut unsummed, 12, &[0; 4]);
        let right = fixed.starts_with(&TRAILER_MAGIC)
            && u32_at(fixed, 8) == u32::from(VERSION)
            && crc32c::crc32c(&unsummed) == u32_at(fixed, 12);
        right.then_some(Self {
            index_offset: u64_at(fixed, 16),
            file_len: u64_at(fixed, 24),
            chain: *fixed.last_chunk::<32>()?,
        })
    }
}

/// Copies `bytes` to `at`; what would not fit is left out (offsets here are constants that fit).
pub(crate) fn put(out: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(place) = out.get_mut(at..at + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

/// The `N` bytes at `at`, zeros if they are not there.
fn bytes_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
}

pub(crate) fn u8_at(bytes: &[u8], at: usize) -> u8 {
    bytes_at::<1>(bytes, at)[0]
}

pub(crate) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(bytes_at(bytes, at))
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes_at(bytes, at))
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes_at(bytes, at))
}
