//! Collects events into lanes and turns them into a block's payload.

use std::collections::BTreeMap;
use std::io;

use crate::column::{self, Refers, Scratch};
use crate::dictionary::DictionaryBuilder;
use crate::directory::{DICTIONARIES, Directory, LANE_NEEDS, LANE_STATE, LaneEntry, Section};
use crate::frame::FrameType;
use crate::param::Storage;
use crate::record::{HEAD_WORDS, PARAMS_MAX, Record, Row, word};
use crate::schema::EventType;
use crate::writer::Payload;

/// Lanes shorter than this share a section with others of their sort, bytes.
const SMALL_LANE: usize = 4096;

/// Column of header word 0; before it stands the event number.
pub(crate) const HEAD_COLUMN: usize = 1;
/// Column of parameter 0.
pub(crate) const PARAM_COLUMN: usize = HEAD_COLUMN + HEAD_WORDS;

/// What the words of parameter `storage` in a lane refer to.
pub(crate) fn refers(storage: Storage, state: bool) -> Refers {
    match (storage, state) {
        (Storage::Word, _) => Refers::Values,
        (Storage::Bytes | Storage::Descriptor, true) => Refers::StateStrings,
        (Storage::Bytes, false) => Refers::Strings,
        (Storage::Descriptor, false) => Refers::Descriptors,
    }
}

/// The events of one type, row after row.
#[derive(Debug)]
struct LaneBuilder {
    event_type: EventType,
    rows: u32,
    words: Vec<u64>,
}

/// Collects the events of a block.
#[derive(Debug, Default)]
pub struct BlockBuilder {
    lanes: BTreeMap<EventType, LaneBuilder>,
    dictionaries: [DictionaryBuilder; DICTIONARIES],
    events: u32,
    record_bytes: usize,
    first_ns: u64,
    last_ns: u64,
    first_number: u64,
    last_number: u64,
    scratch: Scratch,
    column: Vec<u64>,
}

impl BlockBuilder {
    /// Adds an event; its number must be greater than that of the one before.
    pub fn push(&mut self, number: u64, record: &Record<'_>) {
        let head = record.head();
        let info = head.event_type.info();
        let known = if info.params.len() < PARAMS_MAX { (1 << info.params.len()) - 1 } else { u64::MAX };
        let present = record.present() & known;
        let lane = self.lanes.entry(head.event_type).or_insert_with(|| LaneBuilder {
            event_type: head.event_type,
            rows: 0,
            words: Vec::new(),
        });
        let mut words = head.words(0, present);
        // The type is the lane's, the length the record's: neither belongs to the row.
        words[word::TYPE_CPU_LEN] = u64::from(head.cpu);
        lane.words.push(number);
        lane.words.extend_from_slice(&words);
        for (index, param) in info.params.iter().enumerate() {
            let value = match refers(param.kind.storage(), info.state).dictionary() {
                None => record.word(index).unwrap_or(0),
                Some(position) => match (record.bytes(index), self.dictionaries.get_mut(position)) {
                    (Some(bytes), Some(dictionary)) => u64::from(dictionary.number(bytes)),
                    _ => 0,
                },
            };
            lane.words.push(value);
        }
        lane.rows += 1;
        self.record_bytes += record.as_bytes().len();
        if self.events == 0 {
            (self.first_ns, self.last_ns, self.first_number) = (head.time_ns, head.time_ns, number);
        }
        self.first_ns = self.first_ns.min(head.time_ns);
        self.last_ns = self.last_ns.max(head.time_ns);
        self.last_number = number;
        self.events += 1;
    }

    /// Events collected.
    pub fn events(&self) -> u32 {
        self.events
    }

    /// Bytes of the records collected.
    pub fn record_bytes(&self) -> usize {
        self.record_bytes
    }

    /// The block as a payload, compressed by `zstd`; the builder is empty afterwards.
    pub fn seal(&mut self, zstd: &mut zstd::bulk::Compressor<'_>) -> io::Result<Payload> {
        let mut directory = Directory { events: self.events, ..Directory::default() };
        // Whether some row really refers to a dictionary decides what the lane needs, so that a
        // damaged dictionary costs no lane that has nothing in it.
        let mut raws: Vec<Vec<u8>> = Vec::new();
        for (position, dictionary) in self.dictionaries.iter_mut().enumerate() {
            if let Some(entries) = directory.entries.get_mut(position) {
                *entries = dictionary.len();
            }
            raws.push(dictionary.take());
        }
        // Small lanes: those of state in one section, the others in another.
        let mut shared: [Option<usize>; 2] = [None; 2];
        for lane in self.lanes.values_mut().filter(|lane| lane.rows > 0) {
            let state = lane.event_type.info().state;
            let (raw, needs) = encode_lane(lane, &mut self.column, &mut self.scratch);
            let place = match shared.get_mut(usize::from(state)) {
                Some(place) if raw.len() < SMALL_LANE => *place.get_or_insert_with(|| {
                    raws.push(Vec::new());
                    raws.len() - 1
                }),
                _ => {
                    raws.push(Vec::new());
                    raws.len() - 1
                }
            };
            let Some(section) = raws.get_mut(place) else { continue };
            directory.lanes.push(LaneEntry {
                number: lane.event_type as u16,
                columns: (PARAM_COLUMN + lane.event_type.info().params.len()) as u16,
                flags: (if state { LANE_STATE } else { 0 }) | needs << LANE_NEEDS,
                section: place as u16,
                rows: lane.rows,
                offset: section.len() as u32,
                len: raw.len() as u32,
                first_number: lane.words.first().copied().unwrap_or(0),
                last_number: lane.last_number(),
            });
            section.extend_from_slice(&raw);
            lane.rows = 0;
            lane.words.clear();
        }
        let directory_lanes = directory.lanes.iter().map(|lane| (lane.number, lane.rows)).collect();
        let payload = compress(directory, &raws, zstd)?;
        let sealed = Payload {
            frame_type: FrameType::Block,
            bytes: payload,
            raw_len: raws.iter().map(|raw| raw.len() as u32).sum(),
            first_ns: self.first_ns,
            last_ns: self.last_ns,
            events: self.events,
            lost: 0,
            first_number: self.first_number,
            last_number: self.last_number,
            lanes: directory_lanes,
        };
        self.events = 0;
        self.record_bytes = 0;
        Ok(sealed)
    }
}

impl LaneBuilder {
    fn stride(&self) -> usize {
        PARAM_COLUMN + self.event_type.info().params.len()
    }

    fn last_number(&self) -> u64 {
        self.words.len().checked_sub(self.stride()).and_then(|at| self.words.get(at)).copied().unwrap_or(0)
    }
}

/// The lane's bytes, and which dictionaries it needs: bit n for dictionary n.
fn encode_lane(lane: &LaneBuilder, column: &mut Vec<u64>, scratch: &mut Scratch) -> (Vec<u8>, u8) {
    let info = lane.event_type.info();
    let mut out = Vec::with_capacity(lane.words.len() * 2);
    let mut needs = 0;
    let present = present_in_some_row(lane);
    for index in 0..lane.stride() {
        column.clear();
        column.extend(lane.words.iter().skip(index).step_by(lane.stride()));
        let param = index.checked_sub(PARAM_COLUMN);
        let refers = param
            .and_then(|param| info.params.get(param))
            .map_or(Refers::Values, |param| refers(param.kind.storage(), info.state));
        if let (Some(position), Some(param)) = (refers.dictionary(), param)
            && present >> param & 1 == 1
        {
            needs |= 1 << position;
        }
        let steps = index == 0 || index == HEAD_COLUMN + word::TIME;
        column::encode(column, refers, steps, scratch, &mut out);
    }
    (out, needs)
}

fn present_in_some_row(lane: &LaneBuilder) -> u64 {
    let column = HEAD_COLUMN + word::PRESENT;
    lane.words.iter().skip(column).step_by(lane.stride()).fold(0, |mask, word| mask | word)
}

/// Directory and compressed sections.
fn compress(
    mut directory: Directory,
    raws: &[Vec<u8>],
    zstd: &mut zstd::bulk::Compressor<'_>,
) -> io::Result<Vec<u8>> {
    directory.sections = vec![Section { offset: 0, stored_len: 0, raw_len: 0, crc: 0 }; raws.len()];
    let directory_len = directory.encoded_len();
    let mut payload = vec![0; directory_len];
    for (section, raw) in directory.sections.iter_mut().zip(raws) {
        let stored = if raw.is_empty() { Vec::new() } else { zstd.compress(raw)? };
        *section = Section {
            offset: payload.len() as u32,
            stored_len: stored.len() as u32,
            raw_len: raw.len() as u32,
            crc: crc32c::crc32c(&stored),
        };
        payload.extend_from_slice(&stored);
    }
    crate::frame::put(&mut payload, 0, &directory.encode());
    Ok(payload)
}
