//! Reads a capture: whole or damaged, finished or not, from a file or from memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::block::{Block, Lane};
use crate::damage::{Damage, DamageKind};
use crate::dictionary::Dictionary;
use crate::directory::{DICTIONARIES, Directory, Section};
use crate::frame::{FRAME_HEADER_LEN, FrameHeader, FrameType, VERSION, limits};
use crate::header::{CaptureHeader, End, EndFrame, Gap, GapFrame, HeaderFrame};
use crate::index::{Index, IndexEntry};
use crate::integrity::{self, IntegrityReport};
use crate::recover::{self, add};
use crate::schema::EventType;
use crate::serial;
use crate::snapshot::{MetadataFrame, Snapshot, SnapshotFrame, Tables};

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
    fn new((number, rows): (u16, u32)) -> Self {
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
    header: CaptureHeader,
    snapshots: Vec<Snapshot>,
    checkpoints: Vec<CheckpointInfo>,
    tables: Tables,
    blocks: Vec<BlockInfo>,
    gaps: Vec<Gap>,
    end: Option<End>,
    damage: Vec<Damage>,
    skipped: Skipped,
}

impl std::fmt::Debug for Capture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Capture")
            .field("header", &self.header)
            .field("blocks", &self.blocks.len())
            .field("damage", &self.damage)
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
        let file = source.bytes();
        if file.is_empty() {
            return Err(CaptureError::Empty);
        }
        let mut loader = Loader { file, ..Loader::default() };
        match Index::find(file) {
            Some((index, _)) => {
                for entry in &index.frames {
                    loader.indexed(entry)?;
                }
                loader.header.get_or_insert(index.header);
            }
            None => {
                let walk = recover::walk(file);
                if walk.frames.is_empty() {
                    return Err(CaptureError::NotACapture { len: file.len() as u64 });
                }
                loader.damage = walk.damage;
                for found in &walk.frames {
                    loader.frame(found.offset, &found.header)?;
                }
            }
        }
        let tables = loader.tables();
        let Loader { header, snapshots, checkpoints, blocks, gaps, end, damage, skipped, .. } = loader;
        Ok(Self {
            header: header.unwrap_or_default(),
            snapshots: snapshots.into_iter().map(|(_, snapshot)| snapshot).collect(),
            checkpoints,
            tables,
            blocks,
            gaps,
            end,
            damage,
            skipped,
            source,
        })
    }

    /// What was recorded, where, when and how. All default if it is lost ([`Capture::damage`]).
    pub fn header(&self) -> &CaptureHeader {
        &self.header
    }

    /// What existed when the file began: the snapshots and checkpoints before its first block.
    pub fn snapshots(&self) -> &[Snapshot] {
        &self.snapshots
    }

    /// The checkpoints behind the first block, in file order.
    pub fn checkpoints(&self) -> &[CheckpointInfo] {
        &self.checkpoints
    }

    /// Reads the checkpoint at `index` of [`Capture::checkpoints`].
    pub fn checkpoint(&self, index: usize) -> Result<Snapshot, Damage> {
        let file = self.source.bytes();
        match self.checkpoints.get(index) {
            Some(info) => checkpoint(file, info.offset),
            None => {
                Err(Damage::new(DamageKind::NoFrame, self.size(), 0)
                    .because(format!("no checkpoint {index}")))
            }
        }
    }

    /// The tables of names of snapshots, checkpoints and metadata frames: sorted, each thing once.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// Blocks in file order. Their time ranges may overlap, their numbers ascend.
    pub fn blocks(&self) -> &[BlockInfo] {
        &self.blocks
    }

    /// What was lost while recording.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// All damage known from opening. Blocks are looked into only when they are read, or by
    /// [`Capture::verify`].
    pub fn damage(&self) -> &[Damage] {
        &self.damage
    }

    /// Why the file ended; `None` if the recorder did not end it.
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// Bytes of the file.
    pub fn size(&self) -> u64 {
        self.source.bytes().len() as u64
    }

    /// What was passed over because a later version wrote it.
    pub fn skipped(&self) -> Skipped {
        self.skipped
    }

    /// Reads all of the file and holds it against its checksums and its chain.
    pub fn verify(&self) -> IntegrityReport {
        integrity::verify(self.source.bytes())
    }

    /// Reads the lanes of block `index` whose type is wanted, and the dictionaries they need.
    /// Nothing else is inflated. Lanes that cannot be read are named by [`Block::damage`].
    pub fn block(&self, index: usize, wanted: &dyn Fn(EventType) -> bool) -> Result<Block, Damage> {
        let Some(info) = self.blocks.get(index) else {
            return Err(Damage::new(DamageKind::NoFrame, self.size(), 0).because(format!("no block {index}")));
        };
        let (header, payload) = frame_at(self.source.bytes(), info.offset)
            .filter(|(header, _)| header.known_type() == Some(FrameType::Block))
            .ok_or_else(|| {
                let mut damage = Damage::new(DamageKind::NoFrame, info.offset, info.len);
                damage.frame = Some(FrameType::Block);
                damage.events = Some(u64::from(info.events));
                damage.numbers = Some((info.first_number, info.last_number));
                damage.times = Some((info.first_ns, info.last_ns));
                damage.because("its frame header is damaged")
            })?;
        let directory = directory(info.offset, &header, payload)?;
        Ok(Opening { offset: info.offset, header: &header, payload, directory: &directory }.read(wanted))
    }
}

/// The intact frame header at `offset` and the stored payload, if all of it is there.
fn frame_at(file: &[u8], offset: u64) -> Option<(FrameHeader, &[u8])> {
    let rest = file.get(usize::try_from(offset).ok()?..)?;
    let header = FrameHeader::decode(rest)?;
    let payload = rest.get(FRAME_HEADER_LEN..header.frame_len())?;
    Some((header, payload.get(..header.payload_len as usize)?))
}

fn checkpoint(file: &[u8], offset: u64) -> Result<Snapshot, Damage> {
    let (header, _) = frame_at(file, offset)
        .filter(|(header, _)| header.known_type() == Some(FrameType::Checkpoint))
        .ok_or_else(|| {
            let mut damage = Damage::new(DamageKind::NoFrame, offset, 0);
            damage.frame = Some(FrameType::Checkpoint);
            damage.because("its frame header is damaged")
        })?;
    serialised(file, offset, &header).map(|SnapshotFrame::V1(snapshot)| snapshot)
}

/// Checks, inflates and reads a serialised payload.
fn serialised<T: DeserializeOwned>(file: &[u8], offset: u64, header: &FrameHeader) -> Result<T, Damage> {
    let damaged = |kind| Damage::of_frame(kind, offset, header);
    let (_, payload) = frame_at(file, offset).ok_or_else(|| damaged(DamageKind::Truncated))?;
    let start = offset as usize + FRAME_HEADER_LEN;
    let padded = file.get(start..start + header.padded_len()).unwrap_or_default();
    if crc32c::crc32c(padded) != header.payload_crc {
        return Err(damaged(DamageKind::Payload));
    }
    serial::inflate(payload, header.raw_len, limits::SERIAL)
        .and_then(|raw| serial::decode(&raw))
        .map_err(|error| damaged(DamageKind::Payload).because(error.to_string()))
}

fn directory(offset: u64, header: &FrameHeader, payload: &[u8]) -> Result<Directory, Damage> {
    let damaged = |why| Damage::of_frame(DamageKind::Payload, offset, header).because(why);
    let directory = Directory::decode(payload).map_err(damaged)?;
    if directory.events != header.events {
        return Err(damaged("its lane directory counts other events than its header"));
    }
    Ok(directory)
}

/// A block on its way in.
struct Opening<'a> {
    offset: u64,
    header: &'a FrameHeader,
    payload: &'a [u8],
    directory: &'a Directory,
}

impl Opening<'_> {
    fn read(&self, wanted: &dyn Fn(EventType) -> bool) -> Block {
        let lanes = self.directory.lanes.iter().filter_map(|entry| {
            EventType::from_number(entry.number).filter(|&kind| wanted(kind)).map(|kind| (entry, kind))
        });
        let dictionaries: [Result<Dictionary, String>; DICTIONARIES] = std::array::from_fn(|position| {
            let needed = lanes.clone().any(|(entry, _)| entry.needs(position));
            if needed { self.dictionary(position) } else { Ok(Dictionary::default()) }
        });
        let mut bases = [0; DICTIONARIES];
        let mut entries: u32 = 0;
        for (base, count) in bases.iter_mut().zip(self.directory.entries) {
            *base = entries;
            entries = entries.saturating_add(count);
        }
        let mut damage = Vec::new();
        let missing: Vec<Option<String>> =
            dictionaries.iter().map(|dictionary| dictionary.as_ref().err().cloned()).collect();
        let dictionaries = dictionaries.map(Result::unwrap_or_default);
        // Each section is inflated once, so that all of them stay within the limit of a block.
        let mut inflated: BTreeMap<u16, Result<Arc<[u8]>, String>> = BTreeMap::new();
        let mut read = Vec::new();
        for (entry, event_type) in lanes {
            let unreadable = missing
                .iter()
                .enumerate()
                .find_map(|(position, why)| why.as_ref().filter(|_| entry.needs(position)).cloned());
            let lane = match unreadable {
                Some(why) => Err(why),
                None => {
                    let section = inflated
                        .entry(entry.section)
                        .or_insert_with(|| self.section(usize::from(entry.section)).map(Arc::from));
                    section.clone().and_then(|raw| {
                        Lane::decode(entry, event_type, &raw, &dictionaries).map_err(str::to_owned)
                    })
                }
            };
            match lane {
                Ok(lane) => read.push(lane),
                Err(why) => {
                    let mut lost = Damage::of_frame(DamageKind::Lane, self.offset, self.header).because(why);
                    lost.lane = Some(entry.number);
                    lost.events = Some(u64::from(entry.rows));
                    lost.numbers = Some((entry.first_number, entry.last_number));
                    damage.push(lost);
                }
            }
        }
        Block { lanes: read, dictionaries, bases, entries, damage }
    }

    fn dictionary(&self, position: usize) -> Result<Dictionary, String> {
        let entries = self.directory.entries.get(position).copied().unwrap_or(0);
        Dictionary::decode(self.section(position)?, entries)
            .ok_or_else(|| format!("dictionary {position} is malformed"))
    }

    /// Inflates a section after holding it against its checksum.
    fn section(&self, number: usize) -> Result<Vec<u8>, String> {
        let section = self.directory.sections.get(number).ok_or("its section does not exist")?;
        let Section { offset, stored_len, raw_len, crc } = *section;
        let stored = (offset as usize)
            .checked_add(stored_len as usize)
            .and_then(|end| self.payload.get(offset as usize..end))
            .ok_or_else(|| format!("section {number} lies outside the block"))?;
        if crc32c::crc32c(stored) != crc {
            return Err(format!("the checksum of section {number} does not match"));
        }
        serial::inflate(stored, raw_len, limits::BLOCK_RAW)
            .map_err(|error| format!("section {number}: {error}"))
    }
}

/// Collects what a capture consists of, frame by frame.
#[derive(Default)]
struct Loader<'a> {
    file: &'a [u8],
    header: Option<CaptureHeader>,
    snapshots: Vec<(u64, Snapshot)>,
    metadata: Vec<(u64, Tables)>,
    checkpoints: Vec<CheckpointInfo>,
    blocks: Vec<BlockInfo>,
    gaps: Vec<Gap>,
    end: Option<End>,
    damage: Vec<Damage>,
    skipped: Skipped,
    /// Bytes of inflated payloads that stay in memory.
    retained: u64,
}

impl Loader<'_> {
    /// Takes a frame from the index. Blocks are not looked at.
    fn indexed(&mut self, entry: &IndexEntry) -> Result<(), CaptureError> {
        if entry.version == VERSION && FrameType::from_number(entry.frame_type) == Some(FrameType::Block) {
            let info = BlockInfo {
                first_ns: entry.first_ns,
                last_ns: entry.last_ns,
                events: entry.events,
                first_number: entry.first_number,
                last_number: entry.last_number,
                lanes: entry.lanes.iter().copied().map(LaneInfo::new).collect(),
                offset: entry.offset,
                len: entry.len,
            };
            self.add_block(info);
            return Ok(());
        }
        match frame_at(self.file, entry.offset) {
            Some((header, _)) => self.frame(entry.offset, &header),
            None => {
                let mut damage = Damage::new(DamageKind::NoFrame, entry.offset, entry.len);
                damage.frame = FrameType::from_number(entry.frame_type);
                add(&mut self.damage, damage.because("its frame header is damaged"));
                Ok(())
            }
        }
    }

    /// Takes the frame `header` at `offset`.
    fn frame(&mut self, offset: u64, header: &FrameHeader) -> Result<(), CaptureError> {
        let Some(kind) = header.known_type() else {
            if header.frame_type == FrameType::Header as u8 {
                return Err(CaptureError::Version { offset, version: header.version });
            }
            self.skipped.frames += 1;
            if header.events > 0 {
                add(&mut self.damage, Damage::of_frame(DamageKind::Version, offset, header));
            }
            return Ok(());
        };
        let taken = match kind {
            FrameType::Header => self.serial(offset, header).map(|HeaderFrame::V1(value)| {
                self.header.get_or_insert(value);
            }),
            FrameType::Checkpoint if !self.blocks.is_empty() => {
                let blocks_before = self.blocks.len();
                self.checkpoints.push(CheckpointInfo { time_ns: header.last_ns, blocks_before, offset });
                Ok(())
            }
            FrameType::Snapshot | FrameType::Checkpoint => self
                .serial(offset, header)
                .map(|SnapshotFrame::V1(value)| self.snapshots.push((offset, value))),
            FrameType::Metadata => self
                .serial(offset, header)
                .map(|MetadataFrame::V1(value)| self.metadata.push((offset, value))),
            FrameType::Gap => self.serial(offset, header).map(|GapFrame::V1(value)| self.gaps.push(value)),
            FrameType::End => self.serial(offset, header).map(|EndFrame::V1(value)| self.end = Some(value)),
            FrameType::Block => self.block(offset, header),
            FrameType::Index => Ok(()),
            FrameType::Artifact | FrameType::Seal => {
                self.skipped.frames += 1;
                Ok(())
            }
        };
        if let Err(damage) = taken {
            add(&mut self.damage, damage);
        }
        Ok(())
    }

    fn block(&mut self, offset: u64, header: &FrameHeader) -> Result<(), Damage> {
        let (_, payload) = frame_at(self.file, offset)
            .ok_or_else(|| Damage::of_frame(DamageKind::Truncated, offset, header))?;
        let directory = directory(offset, header, payload)?;
        self.add_block(BlockInfo {
            first_ns: header.first_ns,
            last_ns: header.last_ns,
            events: header.events,
            first_number: header.first_number,
            last_number: header.last_number,
            lanes: directory.lanes.iter().map(|lane| LaneInfo::new((lane.number, lane.rows))).collect(),
            offset,
            len: header.frame_len() as u64,
        });
        Ok(())
    }

    fn add_block(&mut self, info: BlockInfo) {
        for lane in info.lanes.iter().filter(|lane| lane.event_type.is_none()) {
            self.skipped.lanes += 1;
            self.skipped.events += u64::from(lane.rows);
        }
        self.blocks.push(info);
    }

    /// Reads a payload that stays in memory, as long as not too much does already.
    fn serial<T: DeserializeOwned>(&mut self, offset: u64, header: &FrameHeader) -> Result<T, Damage> {
        self.retained = self.retained.saturating_add(u64::from(header.raw_len));
        if self.retained > limits::RETAINED {
            return Err(Damage::of_frame(DamageKind::Limit, offset, header));
        }
        serialised(self.file, offset, header)
    }

    /// The tables of everything, in file order: the later word wins. Of the checkpoints, which
    /// repeat what is known, the last one does unless something else is damaged.
    fn tables(&self) -> Tables {
        let needed = if self.damage.is_empty() { 1 } else { self.checkpoints.len() };
        let skip = self.checkpoints.len().saturating_sub(needed);
        let mut parts: Vec<(u64, Option<&Tables>)> = Vec::new();
        parts.extend(self.metadata.iter().map(|(at, tables)| (*at, Some(tables))));
        parts.extend(self.snapshots.iter().map(|(at, snapshot)| (*at, Some(&snapshot.tables))));
        parts.extend(self.checkpoints.iter().skip(skip).map(|info| (info.offset, None)));
        parts.sort_by_key(|(at, _)| *at);
        // In batches, so that many checkpoints are not held at once.
        parts.chunks(TABLES_AT_ONCE).fold(Tables::default(), |sum, batch| {
            let read: Vec<Tables> = batch
                .iter()
                .filter_map(|(at, tables)| match tables {
                    Some(tables) => Some((*tables).clone()),
                    None => checkpoint(self.file, *at).ok().map(|snapshot| snapshot.tables),
                })
                .collect();
            crate::tables::merge(std::iter::once(&sum).chain(&read))
        })
    }
}

/// Tables that are held beside each other while they are merged.
const TABLES_AT_ONCE: usize = 64;
