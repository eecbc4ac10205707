//! Reads a capture: whole or damaged, finished or not, from a file or from memory.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::block::Block;
use crate::damage::{Damage, DamageKind};
use crate::directory::Directory;
use crate::frame::{FrameHeader, FrameType, VERSION};
use crate::header::{CaptureHeader, End, Gap};
use crate::inflate_block::Opening;
use crate::integrity::{self, IntegrityReport};
use crate::load::{self, Contents};
use crate::schema::EventType;
use crate::snapshot::{Snapshot, Tables};

/// Why a capture cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The system did not give the bytes.
    #[error("cannot read `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No bytes at all.
    #[error("the file is empty: the recorder never wrote to it")]
    Empty,
    /// Nothing of a capture in it.
    #[error("not a capture: no header at byte 0 and no frame in {len} bytes; is this the right file?")]
    NotACapture {
        /// Length of the file.
        len: u64,
    },
    /// Written by a later version.
    #[error("byte {offset}: format version {version}, this program knows {VERSION}; use a later one")]
    Version {
        /// Where it says so.
        offset: u64,
        /// The version.
        version: u8,
    },
}

/// Where a capture's bytes are.
enum Source {
    Map(memmap2::Mmap),
    Bytes(Vec<u8>),
}

impl Source {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Map(map) => map,
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// A block, as its frame describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockInfo {
    /// Earliest time in it, ns on the boot clock.
    pub first_ns: u64,
    /// Latest time in it.
    pub last_ns: u64,
    /// Events in it.
    pub events: u32,
    /// Number of its first event.
    pub first_number: u64,
    /// Number of its last event.
    pub last_number: u64,
    /// Its lanes, ascending by event type.
    pub lanes: Vec<LaneInfo>,
    /// Where its frame begins in the file.
    pub offset: u64,
    /// Bytes of its frame.
    pub len: u64,
}

/// A lane of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneInfo {
    /// Number of the event type.
    pub number: u16,
    /// The event type, if this version knows it.
    pub event_type: Option<EventType>,
    /// Events.
    pub rows: u32,
}

impl LaneInfo {
    pub(crate) fn new((number, rows): (u16, u32)) -> Self {
        Self { number, event_type: EventType::from_number(number), rows }
    }
}

/// A checkpoint, which is read only when it is asked for: a long recording has many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckpointInfo {
    /// When it was complete, ns on the boot clock.
    pub time_ns: u64,
    /// How many of [`Capture::blocks`] lie before it in the file.
    pub blocks_before: usize,
    /// Where its frame begins in the file.
    pub offset: u64,
}

/// What a reader passed over because a later version wrote it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Frames.
    pub frames: u64,
    /// Lanes.
    pub lanes: u64,
    /// Events in those lanes.
    pub events: u64,
}

/// An open capture.
pub struct Capture {
    source: Source,
    contents: Contents,
}

impl std::fmt::Debug for Capture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Capture")
            .field("header", self.header())
            .field("blocks", &self.blocks().len())
            .field("damage", &self.damage())
            .finish_non_exhaustive()
    }
}

impl Capture {
    /// Opens the file at `path`. It is mapped, not read: who changes it meanwhile changes what is
    /// seen, and who cuts it meanwhile ends this process.
    pub fn open(path: &Path) -> Result<Self, CaptureError> {
        let failed = |source| CaptureError::Io { path: path.to_path_buf(), source };
        let mut file = File::open(path).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        if !about.is_file() || about.len() == 0 {
            // A pipe or a device has no length to map.
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map_err(failed)?;
            return Self::from_bytes(bytes);
        }
        // SAFETY: the map is only read, as bytes whose every use is checked; a file that shrinks
        // under it is the documented limit above.
        #[allow(unsafe_code, reason = "the one place where a file is mapped")]
        let map = unsafe { memmap2::Mmap::map(&file) }.map_err(failed)?;
        Self::load(Source::Map(map))
    }

    /// Opens a capture in memory.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, CaptureError> {
        Self::load(Source::Bytes(bytes))
    }

    /// Reads a capture to its end, from standard input for example.
    pub fn from_reader(mut input: impl Read) -> Result<Self, CaptureError> {
        let mut bytes = Vec::new();
        input
            .read_to_end(&mut bytes)
            .map_err(|source| CaptureError::Io { path: PathBuf::from("-"), source })?;
        Self::from_bytes(bytes)
    }

    fn load(source: Source) -> Result<Self, CaptureError> {
        let contents = load::load(source.bytes())?;
        Ok(Self { source, contents })
    }

    /// What was recorded, where, when and how. All default if it is lost ([`Capture::damage`]).
    pub fn header(&self) -> &CaptureHeader {
        &self.contents.header
    }

    /// What existed when the file began: the snapshots and checkpoints before its first block.
    pub fn snapshots(&self) -> &[Snapshot] {
        &self.contents.snapshots
    }

    /// The checkpoints behind the first block, in file order.
    pub fn checkpoints(&self) -> &[CheckpointInfo] {
        &self.contents.checkpoints
    }

    /// Reads the checkpoint at `index` of [`Capture::checkpoints`].
    pub fn checkpoint(&self, index: usize) -> Result<Snapshot, Damage> {
        let file = self.source.bytes();
        match self.contents.checkpoints.get(index) {
            Some(info) => load::checkpoint(file, info.offset),
            None => {
                Err(Damage::new(DamageKind::NoFrame, self.size(), 0)
                    .because(format!("no checkpoint {index}")))
            }
        }
    }

    /// The tables of names of snapshots, checkpoints and metadata frames: sorted, each thing once.
    pub fn tables(&self) -> &Tables {
        &self.contents.tables
    }

    /// Blocks in file order. Their time ranges may overlap, their numbers ascend.
    pub fn blocks(&self) -> &[BlockInfo] {
        &self.contents.blocks
    }

    /// What was lost while recording.
    pub fn gaps(&self) -> &[Gap] {
        &self.contents.gaps
    }

    /// All damage known from opening. Blocks are looked into only when they are read, or by
    /// [`Capture::verify`].
    pub fn damage(&self) -> &[Damage] {
        &self.contents.damage
    }

    /// Why the file ended; `None` if the recorder did not end it.
    pub fn end(&self) -> Option<&End> {
        self.contents.end.as_ref()
    }

    /// Bytes of the file.
    pub fn size(&self) -> u64 {
        self.source.bytes().len() as u64
    }

    /// What was passed over because a later version wrote it.
    pub fn skipped(&self) -> Skipped {
        self.contents.skipped
    }

    /// Reads all of the file and holds it against its checksums and its chain.
    pub fn verify(&self) -> IntegrityReport {
        integrity::verify(self.source.bytes())
    }

    /// Reads the lanes of block `index` whose type is wanted, and the dictionaries they need.
    /// Nothing else is inflated. Lanes that cannot be read are named by [`Block::damage`].
    pub fn block(&self, index: usize, wanted: &dyn Fn(EventType) -> bool) -> Result<Block, Damage> {
        let (info, header, payload, directory) = self.frame(index)?;
        Ok(Opening { offset: info.offset, header: &header, payload, directory: &directory }.read(wanted))
    }

    /// Where the lanes of block `index` lie and how large they are. Nothing is inflated.
    pub fn directory(&self, index: usize) -> Result<Directory, Damage> {
        self.frame(index).map(|(_, _, _, directory)| directory)
    }

    fn frame(&self, index: usize) -> Result<(&BlockInfo, FrameHeader, &[u8], Directory), Damage> {
        let Some(info) = self.contents.blocks.get(index) else {
            return Err(Damage::new(DamageKind::NoFrame, self.size(), 0).because(format!("no block {index}")));
        };
        let (header, payload) = load::frame_at(self.source.bytes(), info.offset)
            .filter(|(header, _)| header.known_type() == Some(FrameType::Block))
            .ok_or_else(|| {
                let mut damage = Damage::new(DamageKind::NoFrame, info.offset, info.len);
                damage.frame = Some(FrameType::Block);
                damage.events = Some(u64::from(info.events));
                damage.numbers = Some((info.first_number, info.last_number));
                damage.times = Some((info.first_ns, info.last_ns));
                damage.because("its frame header is damaged")
            })?;
        let told = (info.first_ns, info.last_ns, info.events, info.first_number, info.last_number);
        if told != (header.first_ns, header.last_ns, header.events, header.first_number, header.last_number) {
            return Err(Damage::of_frame(DamageKind::Payload, info.offset, &header)
                .because("the index says otherwise about it"));
        }
        let directory = load::directory(info.offset, &header, payload)?;
        Ok((info, header, payload, directory))
    }
}
