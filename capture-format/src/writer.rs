//! Writes a capture to anything that takes bytes, front to back, without ever going back.

use std::io::{self, Write};

use serde::Serialize;

use crate::frame::{FRAME_HEADER_LEN, FrameHeader, FrameType, MAGIC, Trailer, VERSION, limits, link};
use crate::header::{CaptureHeader, End, EndFrame, Gap, GapFrame, HeaderFrame};
use crate::index::{Index, IndexEntry, IndexFrame};
use crate::lanes::BlockBuilder;
use crate::record::Record;
use crate::serial;
use crate::snapshot::{MetadataFrame, Snapshot, SnapshotFrame, Tables};

/// How a capture is written.
#[derive(Clone, Copy, Debug)]
pub struct WriterOptions {
    /// Compression level of zstd.
    pub level: i32,
    /// Events after which a block closes by itself.
    pub block_events: u32,
    /// Bytes of records after which a block closes by itself.
    pub block_bytes: usize,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self { level: 3, block_events: limits::BLOCK_EVENTS, block_bytes: 4 << 20 }
    }
}

/// What a frame holds, before it has a place in a file. A ring in memory keeps these.
#[derive(Clone, Debug)]
pub struct Payload {
    /// Type of the frame.
    pub(crate) frame_type: FrameType,
    pub(crate) bytes: Vec<u8>,
    pub(crate) raw_len: u32,
    pub(crate) first_ns: u64,
    pub(crate) last_ns: u64,
    pub(crate) events: u32,
    pub(crate) lost: u64,
    pub(crate) first_number: u64,
    pub(crate) last_number: u64,
    /// Lanes of a block: number of the event type and of events.
    pub(crate) lanes: Vec<(u16, u32)>,
}

impl Payload {
    /// A payload that is serialised and then compressed.
    fn serial<T: Serialize>(
        frame_type: FrameType,
        value: &T,
        times: (u64, u64),
        zstd: &mut zstd::bulk::Compressor<'_>,
    ) -> io::Result<Self> {
        let raw = serial::encode(value).map_err(io::Error::other)?;
        Ok(Self {
            frame_type,
            bytes: zstd.compress(&raw)?,
            raw_len: raw.len() as u32,
            first_ns: times.0,
            last_ns: times.1,
            events: 0,
            lost: 0,
            first_number: 0,
            last_number: 0,
            lanes: Vec::new(),
        })
    }

    /// Type of the frame.
    pub fn frame_type(&self) -> FrameType {
        self.frame_type
    }

    /// Bytes it takes in memory and, but for header and padding, in a file.
    pub fn stored_len(&self) -> usize {
        self.bytes.len()
    }

    /// Events in it.
    pub fn events(&self) -> u32 {
        self.events
    }
}

/// Makes payloads. [`CaptureWriter`] has one; a ring in memory or a thread of its own may too.
pub struct Encoder {
    zstd: zstd::bulk::Compressor<'static>,
}

impl Encoder {
    /// An encoder that compresses at `level`.
    pub fn new(level: i32) -> io::Result<Self> {
        Ok(Self { zstd: zstd::bulk::Compressor::new(level)? })
    }

    /// The block that `builder` collected; it is empty afterwards.
    pub fn block(&mut self, builder: &mut BlockBuilder) -> io::Result<Payload> {
        builder.seal(&mut self.zstd)
    }

    /// What existed when recording began.
    pub fn snapshot(&mut self, snapshot: &Snapshot) -> io::Result<Payload> {
        self.existing(FrameType::Snapshot, snapshot)
    }

    /// What existed at a later moment.
    pub fn checkpoint(&mut self, snapshot: &Snapshot) -> io::Result<Payload> {
        self.existing(FrameType::Checkpoint, snapshot)
    }

    fn existing(&mut self, frame_type: FrameType, snapshot: &Snapshot) -> io::Result<Payload> {
        let times = (snapshot.time_ns, snapshot.time_ns);
        Payload::serial(frame_type, &SnapshotRef::V1(snapshot), times, &mut self.zstd)
    }

    /// Rows for the tables of names.
    pub fn metadata(&mut self, tables: &Tables) -> io::Result<Payload> {
        Payload::serial(FrameType::Metadata, &MetadataRef::V1(tables), (0, 0), &mut self.zstd)
    }

    /// What was lost.
    pub fn gap(&mut self, gap: &Gap) -> io::Result<Payload> {
        let frame = GapFrame::V1(gap.clone());
        let mut payload =
            Payload::serial(FrameType::Gap, &frame, (gap.first_ns, gap.last_ns), &mut self.zstd)?;
        payload.lost = gap.total();
        Ok(payload)
    }
}

/// [`SnapshotFrame`] without owning: a snapshot is too large to copy for writing it.
#[derive(Serialize)]
#[serde(rename = "SnapshotFrame")]
enum SnapshotRef<'a> {
    V1(&'a Snapshot),
}

/// [`MetadataFrame`] without owning.
#[derive(Serialize)]
#[serde(rename = "MetadataFrame")]
enum MetadataRef<'a> {
    V1(&'a Tables),
}

const _: fn(Snapshot, Tables) -> (SnapshotFrame, MetadataFrame) =
    |snapshot, tables| (SnapshotFrame::V1(snapshot), MetadataFrame::V1(tables));

/// Writes a capture.
///
/// Every frame goes out in one write and is flushed, so that whoever is killed leaves whole frames.
/// After an error the output may hold part of a frame: cut it to [`CaptureWriter::bytes_written`]
/// before writing on.
pub struct CaptureWriter<W: Write> {
    out: W,
    options: WriterOptions,
    encoder: Encoder,
    block: BlockBuilder,
    last_number: u64,
    index: Index,
    recording: u64,
    chain: [u8; 32],
    written: u64,
    events: u64,
    blocks: u64,
    lost: u64,
    frame: Vec<u8>,
}

impl<W: Write> CaptureWriter<W> {
    /// Begins a capture: magic and header.
    pub fn new(out: W, header: &CaptureHeader, options: WriterOptions) -> io::Result<Self> {
        let (id, _) = header.recording_id.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
        let mut writer = Self {
            out,
            options: WriterOptions {
                block_events: options.block_events.clamp(1, limits::BLOCK_EVENTS),
                block_bytes: options.block_bytes.clamp(1, limits::BLOCK_RECORDS),
                ..options
            },
            encoder: Encoder::new(options.level)?,
            block: BlockBuilder::default(),
            last_number: 0,
            index: Index { header: header.clone(), frames: Vec::new() },
            recording: u64::from_le_bytes(*id),
            chain: [0; 32],
            written: 0,
            events: 0,
            blocks: 0,
            lost: 0,
            frame: Vec::new(),
        };
        writer.out.write_all(&MAGIC)?;
        writer.written = MAGIC.len() as u64;
        let times = (header.started_ns, header.started_ns);
        let frame = HeaderFrame::V1(header.clone());
        let payload = Payload::serial(FrameType::Header, &frame, times, &mut writer.encoder.zstd)?;
        writer.payload(&payload)?;
        Ok(writer)
    }

    /// Writes what existed when recording began.
    pub fn snapshot(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        self.seal_block()?;
        let payload = self.encoder.snapshot(snapshot)?;
        self.payload(&payload)
    }

    /// Writes what exists now, so that losing what came before costs no more than that.
    pub fn checkpoint(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        self.seal_block()?;
        let payload = self.encoder.checkpoint(snapshot)?;
        self.payload(&payload)
    }

    /// Writes rows for the tables of names.
    pub fn metadata(&mut self, tables: &Tables) -> io::Result<()> {
        self.seal_block()?;
        let payload = self.encoder.metadata(tables)?;
        self.payload(&payload)
    }

    /// Writes what was lost.
    pub fn gap(&mut self, gap: &Gap) -> io::Result<()> {
        self.seal_block()?;
        let payload = self.encoder.gap(gap)?;
        self.payload(&payload)
    }

    /// Adds an event; `number` must be greater than that of the event before, and `record` one
    /// whole record whose kernel paths are text ([`crate::record::normalise`]).
    pub fn event(&mut self, number: u64, record: &[u8]) -> io::Result<()> {
        let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
        let (record, rest) = Record::split_first(record).map_err(|error| invalid(error.to_string()))?;
        if !rest.is_empty() {
            return Err(invalid(format!("{} bytes follow the record", rest.len())));
        }
        if number <= self.last_number {
            return Err(invalid(format!("event number {number} after {}", self.last_number)));
        }
        self.last_number = number;
        self.events += 1;
        self.block.push(number, &record);
        if self.block.events() >= self.options.block_events
            || self.block.record_bytes() >= self.options.block_bytes
        {
            self.seal_block()?;
        }
        Ok(())
    }

    /// Closes the open block, if it has events, and writes it.
    pub fn seal_block(&mut self) -> io::Result<()> {
        if self.block.events() == 0 {
            return Ok(());
        }
        let payload = self.encoder.block(&mut self.block)?;
        self.payload(&payload)
    }

    /// Writes a payload that was made elsewhere; the open block must have been sealed if order
    /// matters. Its events count as this file's.
    pub fn sealed(&mut self, payload: &Payload) -> io::Result<()> {
        self.seal_block()?;
        self.events += u64::from(payload.events);
        self.last_number = self.last_number.max(payload.last_number);
        self.payload(payload)
    }

    fn payload(&mut self, payload: &Payload) -> io::Result<()> {
        if payload.bytes.len() > limits::PAYLOAD as usize {
            return Err(io::Error::other(format!("a {} is too large to write", payload.frame_type.name())));
        }
        let mut header = FrameHeader {
            frame_type: payload.frame_type as u8,
            version: VERSION,
            sequence: self.index.frames.len() as u64,
            payload_len: payload.bytes.len() as u32,
            raw_len: payload.raw_len,
            first_ns: payload.first_ns,
            last_ns: payload.last_ns,
            events: payload.events,
            payload_crc: 0,
            lost: payload.lost,
            first_number: payload.first_number,
            last_number: payload.last_number,
            file_number: self.index.header.file_number,
            recording: self.recording,
            chain: [0; 32],
        };
        self.frame.clear();
        self.frame.resize(FRAME_HEADER_LEN, 0);
        self.frame.extend_from_slice(&payload.bytes);
        self.frame.resize(header.frame_len(), 0);
        if let Some((head, padded)) = self.frame.split_first_chunk_mut::<FRAME_HEADER_LEN>() {
            header.payload_crc = crc32c::crc32c(padded);
            header.chain = link(&self.chain, &header.encode(), padded);
            *head = header.encode();
        }
        self.out.write_all(&self.frame)?;
        self.out.flush()?;
        self.chain = header.chain;
        self.lost = self.lost.saturating_add(payload.lost);
        self.blocks += u64::from(payload.frame_type == FrameType::Block);
        self.index.frames.push(IndexEntry {
            frame_type: header.frame_type,
            version: header.version,
            offset: self.written,
            len: self.frame.len() as u64,
            first_ns: header.first_ns,
            last_ns: header.last_ns,
            events: header.events,
            first_number: header.first_number,
            last_number: header.last_number,
            lanes: payload.lanes.clone(),
        });
        self.written += self.frame.len() as u64;
        Ok(())
    }

    /// Events given to the writer, those of the open block included.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Events in the open block: what a sudden end would lose.
    pub fn open_events(&self) -> u32 {
        self.block.events()
    }

    /// Bytes of all whole frames that were written.
    pub fn bytes_written(&self) -> u64 {
        self.written
    }

    /// The chain after the last frame that was written.
    pub fn chain(&self) -> [u8; 32] {
        self.chain
    }

    /// Ends the capture: open block, end, index, trailer. Events and blocks of `end` are counted by
    /// the writer; its losses are at least those of the gaps.
    pub fn finish(self, end: End) -> io::Result<W> {
        self.finish_with_chain(end).map(|(out, _)| out)
    }

    /// As [`CaptureWriter::finish`]; gives also the chain after the last frame, which the next file
    /// of the recording carries in its header.
    pub fn finish_with_chain(mut self, end: End) -> io::Result<(W, [u8; 32])> {
        self.seal_block()?;
        let times = (end.last_ns, end.last_ns);
        let frame = EndFrame::V1(End {
            events: self.events,
            blocks: self.blocks,
            lost: end.lost.max(self.lost),
            ..end
        });
        let payload = Payload::serial(FrameType::End, &frame, times, &mut self.encoder.zstd)?;
        self.payload(&payload)?;
        let index_offset = self.written;
        let frame = IndexFrame::V1(self.index.clone());
        let payload = Payload::serial(FrameType::Index, &frame, (0, 0), &mut self.encoder.zstd)?;
        self.payload(&payload)?;
        let file_len = self.written + crate::frame::TRAILER_LEN as u64;
        let trailer = Trailer { index_offset, file_len, chain: self.chain };
        self.out.write_all(&trailer.encode())?;
        self.out.flush()?;
        Ok((self.out, self.chain))
    }
}
