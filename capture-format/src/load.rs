//! Collects what a capture consists of, frame by frame, when it is opened.

use serde::de::DeserializeOwned;

use crate::damage::{Damage, DamageKind};
use crate::directory::Directory;
use crate::frame::{FRAME_HEADER_LEN, FrameHeader, FrameType, VERSION, limits};
use crate::header::{CaptureHeader, End, EndFrame, Gap, GapFrame, HeaderFrame};
use crate::index::{Index, IndexEntry};
use crate::reader::{BlockInfo, CaptureError, CheckpointInfo, LaneInfo, Skipped};
use crate::recover::{self, add};
use crate::serial;
use crate::snapshot::{MetadataFrame, Snapshot, SnapshotFrame, Tables};

/// The intact frame header at `offset` and the stored payload, if all of it is there.
pub(crate) fn frame_at(file: &[u8], offset: u64) -> Option<(FrameHeader, &[u8])> {
    let rest = file.get(usize::try_from(offset).ok()?..)?;
    let header = FrameHeader::decode(rest)?;
    let payload = rest.get(FRAME_HEADER_LEN..header.frame_len())?;
    Some((header, payload.get(..header.payload_len as usize)?))
}

pub(crate) fn checkpoint(file: &[u8], offset: u64) -> Result<Snapshot, Damage> {
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

pub(crate) fn directory(offset: u64, header: &FrameHeader, payload: &[u8]) -> Result<Directory, Damage> {
    let damaged = |why| Damage::of_frame(DamageKind::Payload, offset, header).because(why);
    let directory = Directory::decode(payload).map_err(damaged)?;
    if directory.events != header.events {
        return Err(damaged("its lane directory counts other events than its header"));
    }
    Ok(directory)
}

/// Everything of a capture that is known from opening it.
#[derive(Default)]
pub(crate) struct Contents {
    pub(crate) header: CaptureHeader,
    pub(crate) snapshots: Vec<Snapshot>,
    pub(crate) checkpoints: Vec<CheckpointInfo>,
    pub(crate) tables: Tables,
    pub(crate) blocks: Vec<BlockInfo>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) end: Option<End>,
    pub(crate) damage: Vec<Damage>,
    pub(crate) skipped: Skipped,
}

/// Finds the frames of `file`, by its index or by walking, and reads all but the blocks.
pub(crate) fn load(file: &[u8]) -> Result<Contents, CaptureError> {
    if file.is_empty() {
        return Err(CaptureError::Empty);
    }
    let mut loader = Loader { file, ..Loader::default() };
    match Index::find(file) {
        Some(index) => {
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
            loader.contents.damage = walk.damage;
            for found in &walk.frames {
                loader.frame(found.offset, &found.header)?;
            }
        }
    }
    let tables = loader.tables();
    Ok(Contents {
        header: loader.header.unwrap_or_default(),
        snapshots: loader.snapshots.into_iter().map(|(_, snapshot)| snapshot).collect(),
        tables,
        ..loader.contents
    })
}

/// Collects the contents of a capture.
#[derive(Default)]
struct Loader<'a> {
    file: &'a [u8],
    header: Option<CaptureHeader>,
    /// Snapshots and rows of tables with where their frames lie.
    snapshots: Vec<(u64, Snapshot)>,
    metadata: Vec<(u64, Tables)>,
    /// All else.
    contents: Contents,
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
                add(&mut self.contents.damage, damage.because("its frame header is damaged"));
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
            self.contents.skipped.frames += 1;
            if header.events > 0 {
                add(&mut self.contents.damage, Damage::of_frame(DamageKind::Version, offset, header));
            }
            return Ok(());
        };
        let taken = match kind {
            FrameType::Header => self.serial(offset, header).map(|HeaderFrame::V1(value)| {
                self.header.get_or_insert(value);
            }),
            FrameType::Checkpoint if !self.contents.blocks.is_empty() => {
                let blocks_before = self.contents.blocks.len();
                self.contents.checkpoints.push(CheckpointInfo {
                    time_ns: header.last_ns,
                    blocks_before,
                    offset,
                });
                Ok(())
            }
            FrameType::Snapshot | FrameType::Checkpoint => self
                .serial(offset, header)
                .map(|SnapshotFrame::V1(value)| self.snapshots.push((offset, value))),
            FrameType::Metadata => self
                .serial(offset, header)
                .map(|MetadataFrame::V1(value)| self.metadata.push((offset, value))),
            FrameType::Gap => {
                self.serial(offset, header).map(|GapFrame::V1(value)| self.contents.gaps.push(value))
            }
            FrameType::End => {
                self.serial(offset, header).map(|EndFrame::V1(value)| self.contents.end = Some(value))
            }
            FrameType::Block => self.block(offset, header),
            FrameType::Index => Ok(()),
            FrameType::Artifact | FrameType::Seal => {
                self.contents.skipped.frames += 1;
                Ok(())
            }
        };
        if let Err(damage) = taken {
            add(&mut self.contents.damage, damage);
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
            self.contents.skipped.lanes += 1;
            self.contents.skipped.events += u64::from(lane.rows);
        }
        self.contents.blocks.push(info);
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
    /// repeat what is known, the last one does unless something else is damaged; then as many of
    /// the latest as may be held at once.
    fn tables(&self) -> Tables {
        let checkpoints = &self.contents.checkpoints;
        let wanted = if self.contents.damage.is_empty() { 1 } else { checkpoints.len() };
        let mut room = limits::RETAINED;
        let fits = |info: &&CheckpointInfo| {
            let len = frame_at(self.file, info.offset).map_or(0, |(header, _)| u64::from(header.raw_len));
            let left = room.checked_sub(len);
            room = left.unwrap_or(0);
            left.is_some()
        };
        let repeated: Vec<(u64, Tables)> = checkpoints
            .iter()
            .rev()
            .take(wanted)
            .take_while(fits)
            .filter_map(|info| Some((info.offset, checkpoint(self.file, info.offset).ok()?.tables)))
            .collect();
        let mut parts: Vec<(u64, &Tables)> = Vec::new();
        parts.extend(self.metadata.iter().chain(&repeated).map(|(at, tables)| (*at, tables)));
        parts.extend(self.snapshots.iter().map(|(at, snapshot)| (*at, &snapshot.tables)));
        parts.sort_by_key(|(at, _)| *at);
        crate::tables::merge(parts.into_iter().map(|(_, tables)| tables))
    }
}
