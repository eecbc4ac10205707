//! Events and captures for tests, made from the schema alone.
#![allow(dead_code, unreachable_pub, reason = "every test uses its part")]

use capture_format::header::{CaptureHeader, End, Gap};
use capture_format::param::{self, Bytes, Storage};
use capture_format::reader::{BlockInfo, Capture};
use capture_format::record::{Builder, HEAD_WORDS, Words};
use capture_format::snapshot::{Process, Snapshot, Tables, User};
use capture_format::writer::{CaptureWriter, WriterOptions};
use capture_format::{EVENTS, EventType, Head, Record, Row};

/// Value of a parameter, as a test chooses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Stored in the slot.
    Word(u64),
    /// Stored behind it, with the bytes that were cut.
    Bytes(Vec<u8>, u32),
}

/// An event, as a test chooses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    pub head: Head,
    pub values: Vec<Option<Value>>,
}

impl Sample {
    /// The bytes of its record.
    pub fn record(&self) -> Vec<u8> {
        let mut builder = Builder::new(self.head.event_type);
        let mut present = 0;
        for (index, value) in self.values.iter().enumerate() {
            let word = match value {
                None => 0,
                Some(Value::Word(word)) => *word,
                Some(Value::Bytes(data, more)) => {
                    let true_len = data.len() as u32 + more;
                    builder.bytes::<param::Path>(Bytes { data, true_len }).word
                }
            };
            present |= u64::from(value.is_some()) << index;
            builder.put(HEAD_WORDS + index, word);
        }
        builder.finish(&self.head, present)
    }

    /// What a row says, as far as the schema knows parameters.
    pub fn of<'a>(row: &impl Row<'a>) -> Self {
        let head = row.head();
        let values = head.event_type.info().params.iter().enumerate().map(|(index, param)| {
            match param.kind.storage() {
                Storage::Word => row.word(index).map(Value::Word),
                Storage::Bytes | Storage::Descriptor => {
                    row.bytes(index).map(|b| Value::Bytes(b.data.to_vec(), b.true_len - b.data.len() as u32))
                }
            }
        });
        Self { head, values: values.collect() }
    }
}

/// A small, fast source of numbers that are the same in every run.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// Any event type, any presence, plausible values.
pub fn sample(numbers: &mut Numbers, event_type: EventType, time_ns: u64) -> Sample {
    let head = Head {
        time_ns,
        pid: 100 + numbers.below(5) as u32,
        tid: 100 + numbers.below(7) as u32,
        start_ns: 1_000 + numbers.below(5),
        event_type,
        cpu: numbers.below(4) as u16,
        uid: numbers.below(2) as u32 * 1000,
        euid: 0,
        egid: 0,
        loginuid: u32::MAX,
        cgroup: numbers.below(3),
        session: 100,
        flags: 0,
        cap_effective: 0x1ff_ffff_ffff,
        cap_permitted: 0x1ff_ffff_ffff,
    };
    let values = event_type.info().params.iter().map(|param| {
        if numbers.below(8) == 0 {
            return None;
        }
        Some(match param.kind.storage() {
            Storage::Word => Value::Word(match numbers.below(4) {
                0 => 0,
                1 => numbers.below(10),
                2 => (numbers.below(4) as i64).wrapping_neg() as u64,
                _ => numbers.next() >> numbers.below(64),
            }),
            Storage::Bytes | Storage::Descriptor => {
                let len = numbers.below(40) as usize;
                let data = (0..len).map(|_| b'a' + numbers.below(3) as u8).collect();
                Value::Bytes(data, if numbers.below(5) == 0 { 1000 } else { 0 })
            }
        })
    });
    Sample { head, values: values.collect() }
}

/// Events of every type in turn, ascending numbers with holes, times that sometimes go back.
pub fn samples(count: usize, seed: u64) -> Vec<(u64, Sample)> {
    let mut numbers = Numbers(seed);
    let mut number = 0;
    (0..count)
        .map(|position| {
            number += 1 + numbers.below(3);
            let time = 1_000_000 + position as u64 * 1000 - numbers.below(3000);
            let event_type = EVENTS[numbers.below(EVENTS.len() as u64) as usize].event_type;
            (number, sample(&mut numbers, event_type, time))
        })
        .collect()
}

/// A header that is filled in.
pub fn header() -> CaptureHeader {
    CaptureHeader {
        recording_id: *b"0123456789abcdef",
        host: "node1".into(),
        kernel: "6.18.0".into(),
        boot_wall_ns: 1_700_000_000_000_000_000,
        started_ns: 900_000,
        events: EVENTS.iter().map(|event| event.number).collect(),
        ..CaptureHeader::default()
    }
}

/// A snapshot with a process and a user.
pub fn snapshot(time_ns: u64) -> Snapshot {
    let process = Process { pid: 1, comm: b"init".to_vec(), ..Process::default() };
    let user = User { uid: 0, name: b"root".to_vec(), ..User::default() };
    let tables = Tables { users: vec![user], ..Tables::default() };
    Snapshot { time_ns, processes: vec![process], tables, ..Snapshot::default() }
}

/// A capture of `events` with `per_block` events a block, a snapshot, a gap in the middle, and a
/// checkpoint.
pub fn capture(events: &[(u64, Sample)], per_block: usize) -> Vec<u8> {
    let mut writer = CaptureWriter::new(Vec::new(), &header(), WriterOptions::default()).unwrap();
    writer.snapshot(&snapshot(950_000)).unwrap();
    for (position, (number, sample)) in events.iter().enumerate() {
        if position > 0 && position % per_block == 0 {
            writer.seal_block().unwrap();
        }
        if position == events.len() / 2 {
            let lost = vec![(11, 5)];
            writer.gap(&Gap { first_ns: 1, last_ns: 2, lost, reason: "ring full".into() }).unwrap();
            writer.checkpoint(&snapshot(1_500_000)).unwrap();
        }
        writer.event(*number, &sample.record()).unwrap();
    }
    writer.finish(End { reason: "test".into(), last_ns: 3_000_000, ..End::default() }).unwrap()
}

/// All events that can be read, in order.
pub fn events(capture: &Capture) -> Vec<(u64, Sample)> {
    let blocks = 0..capture.blocks().len();
    let read = blocks.filter_map(|block| capture.block(block, &|_| true).ok());
    read.flat_map(|block| block.rows().map(|row| (row.number(), Sample::of(&row))).collect::<Vec<_>>())
        .collect()
}

/// Where a block's frame lies.
pub fn range(block: &BlockInfo) -> std::ops::Range<usize> {
    block.offset as usize..(block.offset + block.len) as usize
}

/// The record of `bytes`.
pub fn parsed(bytes: &[u8]) -> Record<'_> {
    Record::split_first(bytes).unwrap().0
}
