//! Files of other versions, which this version's writer cannot make: later event types, frames,
//! payload versions and parameters; earlier lanes with fewer; and promises no file may make.

use std::sync::Arc;

use crate::block::Lane;
use crate::column::{self, Refers, Scratch};
use crate::damage::DamageKind;
use crate::directory::{DICTIONARIES, Directory, LaneEntry};
use crate::frame::{FRAME_HEADER_LEN, FrameHeader, FrameType, VERSION, limits, put};
use crate::header::{CaptureHeader, End};
use crate::lanes::PARAM_COLUMN;
use crate::reader::{Capture, CaptureError};
use crate::record::{Builder, Head, Row};
use crate::schema::{EventType, raw};
use crate::writer::{CaptureWriter, WriterOptions};
use crate::{Record, param};

fn kill(time_ns: u64) -> Vec<u8> {
    let mut builder = Builder::new(EventType::Kill);
    let event =
        raw::Kill { res: param::Res(0).into(), pid: param::Pid(7).into(), sig: param::Signal(9).into() };
    let present = event.encode(&mut builder);
    let words = [time_ns; crate::record::HEAD_WORDS];
    builder.finish(&Head::from_words_of(EventType::Kill, &words), present)
}

/// A file with one block of three kills, and where the block's frame begins.
fn file() -> (Vec<u8>, usize) {
    let header = CaptureHeader { recording_id: [1; 16], ..CaptureHeader::default() };
    let mut writer = CaptureWriter::new(Vec::new(), &header, WriterOptions::default()).unwrap();
    for number in 1..=3 {
        writer.event(number, &kill(number * 10)).unwrap();
    }
    let bytes = writer.finish(End::default()).unwrap();
    let at = Capture::from_bytes(bytes.clone()).unwrap().blocks()[0].offset as usize;
    (bytes, at)
}

/// Changes the frame at `at` and makes its checksums right; the index is taken away.
fn changed(change: impl FnOnce(&mut FrameHeader, &mut Vec<u8>)) -> Vec<u8> {
    let (bytes, at) = file();
    let mut header = FrameHeader::decode(&bytes[at..]).unwrap();
    let end = at + header.frame_len();
    let mut payload = bytes[at + FRAME_HEADER_LEN..][..header.payload_len as usize].to_vec();
    change(&mut header, &mut payload);
    header.payload_len = payload.len() as u32;
    payload.resize(header.padded_len(), 0);
    header.payload_crc = crc32c::crc32c(&payload);
    [&bytes[..at], &header.encode(), &payload, &bytes[end..bytes.len() - 64]].concat()
}

fn with_directory(change: impl FnOnce(&mut Directory)) -> Vec<u8> {
    changed(|_, payload| {
        let mut directory = Directory::decode(payload).unwrap();
        change(&mut directory);
        put(payload, 0, &directory.encode());
    })
}

#[test]
fn a_lane_of_an_unknown_type_is_passed_over_and_counted() {
    let capture = Capture::from_bytes(with_directory(|directory| directory.lanes[0].number = 9999)).unwrap();
    assert_eq!((capture.skipped().lanes, capture.skipped().events), (1, 3));
    assert_eq!(capture.blocks()[0].lanes[0].event_type, None);
    let block = capture.block(0, &|_| true).unwrap();
    assert_eq!((block.rows().len(), block.damage().len()), (0, 0));
}

#[test]
fn a_frame_of_an_unknown_type_is_passed_over_and_counted() {
    let bytes = changed(|header, _| {
        header.frame_type = 200;
        header.events = 0;
    });
    let capture = Capture::from_bytes(bytes).unwrap();
    assert_eq!(capture.skipped().frames, 1);
    assert!(capture.blocks().is_empty());
    assert!(capture.damage().iter().all(|damage| damage.kind == DamageKind::Trailer));
}

#[test]
fn a_block_of_a_later_version_is_named_as_missing() {
    let capture = Capture::from_bytes(changed(|header, _| header.version = VERSION + 1)).unwrap();
    let named: Vec<_> = capture.damage().iter().filter(|d| d.kind == DamageKind::Version).collect();
    assert_eq!(named.len(), 1);
    assert_eq!((named[0].events, named[0].numbers), (Some(3), Some((1, 3))));
}

#[test]
fn a_header_of_a_later_version_is_an_error() {
    let (mut bytes, _) = file();
    let mut header = FrameHeader::decode(&bytes[8..]).unwrap();
    header.version = 2;
    bytes.truncate(bytes.len() - 64);
    put(&mut bytes, 8, &header.encode());
    let error = Capture::from_bytes(bytes).unwrap_err();
    assert!(matches!(error, CaptureError::Version { offset: 8, version: 2 }), "{error}");
}

/// Promises beyond the limits, behind right checksums, are refused before room is made.
#[test]
fn promises_beyond_the_limits_are_damage() {
    type Change = fn(&mut Directory);
    let beyond: [(&str, Change); 6] = [
        ("raw length", |directory| directory.sections[3].raw_len = limits::BLOCK_RAW + 1),
        ("rows", |directory| directory.lanes[0].rows = u32::MAX),
        ("events", |directory| {
            directory.lanes[0].rows = limits::BLOCK_EVENTS + 1;
            directory.events = limits::BLOCK_EVENTS + 1;
        }),
        ("columns", |directory| directory.lanes[0].columns = limits::COLUMNS + 1),
        ("entries", |directory| directory.entries[1] = u32::MAX),
        ("no rows", |directory| {
            directory.lanes[0].rows = 0;
            directory.events = 0;
        }),
    ];
    for (what, change) in beyond {
        let capture = Capture::from_bytes(with_directory(change)).unwrap();
        let named = capture.damage().iter().any(|damage| damage.kind == DamageKind::Payload);
        assert!(named && capture.blocks().is_empty(), "{what}: {:?}", capture.damage());
    }
    let serial = changed(|header, _| {
        header.frame_type = FrameType::Snapshot as u8;
        header.raw_len = limits::SERIAL + 1;
    });
    let capture = Capture::from_bytes(serial).unwrap();
    assert!(capture.damage().iter().any(|damage| damage.kind == DamageKind::Payload));
}

/// A lane of kills with `params` parameter columns.
fn lane(params: usize) -> Result<Lane, &'static str> {
    let mut out = Vec::new();
    for index in 0..PARAM_COLUMN + params {
        let words: Vec<u64> = match index {
            0 => vec![5, 6],
            11 => vec![u64::MAX; 2],
            _ => vec![index as u64, 300],
        };
        column::encode(&words, Refers::Values, index < 2, &mut Scratch::default(), &mut out);
    }
    let entry = LaneEntry {
        number: EventType::Kill as u16,
        columns: (PARAM_COLUMN + params) as u16,
        flags: 0,
        section: 3,
        rows: 2,
        offset: 0,
        len: out.len() as u32,
        first_number: 5,
        last_number: 6,
    };
    Lane::decode(&entry, EventType::Kill, &Arc::from(out), &<[_; DICTIONARIES]>::default())
}

#[test]
fn parameters_that_an_earlier_version_lacks_are_absent_and_those_of_a_later_one_are_passed_over() {
    for params in [0, 1, 3, 4, 40] {
        let block = crate::block::Block {
            lanes: vec![lane(params).unwrap()],
            dictionaries: Default::default(),
            bases: [0; DICTIONARIES],
            entries: 0,
            damage: Vec::new(),
        };
        let row = block.rows().next().unwrap();
        for param in 0..45 {
            let expected = (param < params.min(3)).then_some((PARAM_COLUMN + param) as u64);
            assert_eq!(row.word(param), expected, "{params} columns, parameter {param}");
            assert_eq!(row.bytes(param), None);
        }
    }
}

#[test]
fn every_coding_gives_back_its_words() {
    let cases: [(&str, Vec<u64>, bool); 8] = [
        ("same", vec![7; 9], false),
        ("one row", vec![u64::MAX], true),
        ("negative", vec![-2_i64 as u64, 3, 100], false),
        ("extremes", vec![u64::MAX, 0, i64::MAX as u64, i64::MIN as u64], false),
        ("few large", (0..500).map(|n| (n % 3) << 50).collect(), false),
        ("many large", (0..5000).map(|n| n << 40).collect(), false),
        ("clock", (0..300).map(|n| 1_000_000 + n * n * 37).collect(), true),
        ("clock that jumps", vec![5, u64::MAX, 0, 1 << 63, 9], true),
    ];
    for (what, words, steps) in cases {
        let mut out = vec![0xaa; 3];
        column::encode(&words, Refers::Strings, steps, &mut Scratch::default(), &mut out);
        let (column, end) = column::Column::decode(&out, 3, words.len()).unwrap();
        assert_eq!((end, column.refers), (out.len(), Refers::Strings), "{what}");
        let read: Vec<_> = (0..words.len()).map(|row| column.get(&out, row)).collect();
        assert_eq!(read, words, "{what}");
        for cut in 3..out.len() {
            assert!(column::Column::decode(&out[..cut], 3, words.len()).is_none(), "{what} cut at {cut}");
        }
    }
}

#[test]
fn the_writer_refuses_what_is_no_record_or_out_of_order() {
    let mut writer =
        CaptureWriter::new(Vec::new(), &CaptureHeader::default(), WriterOptions::default()).unwrap();
    writer.event(5, &kill(1)).unwrap();
    assert!(writer.event(5, &kill(2)).is_err());
    assert!(writer.event(6, &kill(2)[..80]).is_err());
    assert!(writer.event(6, &[kill(2), kill(3)].concat()).is_err());
    writer.event(6, &kill(2)).unwrap();
    assert_eq!(writer.events(), 2);
    assert!(Record::split_first(&kill(1)).is_ok());
}
