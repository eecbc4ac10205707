//! Damage: cut at every byte, flipped at every byte, holes, junk. Nothing undamaged is lost,
//! everything damaged is named, nothing panics.

mod common;

use std::ops::Range;

use capture_format::damage::DamageKind;
use capture_format::integrity::Verdict;
use capture_format::reader::Capture;
use common::{Sample, capture, range, samples};

/// A small file, what is in it, and where its blocks lie.
struct Small {
    bytes: Vec<u8>,
    blocks: Vec<(Range<usize>, Rows)>,
}

type Rows = Vec<(u64, Sample)>;

fn small() -> Small {
    let bytes = capture(&samples(24, 7), 6);
    let whole = Capture::from_bytes(bytes.clone()).unwrap();
    assert!(whole.damage().is_empty() && whole.verify().is_intact());
    let blocks = (0..whole.blocks().len()).map(|index| (range(&whole.blocks()[index]), rows(&whole, index)));
    let blocks: Vec<_> = blocks.collect();
    assert!(blocks.len() >= 4 && bytes.len() < 16 << 10, "{} bytes", bytes.len());
    Small { bytes, blocks }
}

/// Rows of a block that can be read whole, else none.
fn rows(capture: &Capture, index: usize) -> Rows {
    match capture.block(index, &|_| true) {
        Ok(block) if block.damage().is_empty() => {
            block.rows().map(|row| (row.number(), Sample::of(&row))).collect()
        }
        _ => Vec::new(),
    }
}

/// Every block that lies outside of `damaged` is read as it was written; nothing is made up.
fn undamaged_blocks_are_read(small: &Small, bytes: &[u8], damaged: Range<usize>, what: &str) {
    let expected: Vec<_> = small
        .blocks
        .iter()
        .filter(|(range, _)| range.end <= damaged.start || damaged.end <= range.start)
        .flat_map(|(_, rows)| rows.clone())
        .collect();
    let read = match Capture::from_bytes(bytes.to_vec()) {
        Ok(read) => read,
        Err(error) => {
            assert!(expected.is_empty(), "{what}: {error}");
            return;
        }
    };
    let got: Vec<_> = (0..read.blocks().len()).flat_map(|index| rows(&read, index)).collect();
    for row in &expected {
        assert!(got.contains(row), "{what}: event {} is lost; {:?}", row.0, read.damage());
    }
    let all: Vec<_> = small.blocks.iter().flat_map(|(_, rows)| rows).collect();
    assert!(got.iter().all(|row| all.contains(&row)), "{what}: an event was made up");
    assert!(got.is_sorted_by_key(|row| row.0), "{what}: events are out of order");
    for damage in read.damage() {
        let text = damage.to_string();
        assert!(text.contains("byte") && text.contains(';'), "{what}: `{text}`");
    }
}

#[test]
fn a_file_cut_at_every_byte_gives_all_whole_blocks_and_says_that_it_is_cut() {
    let small = small();
    for cut in 0..small.bytes.len() {
        let bytes = &small.bytes[..cut];
        let what = format!("cut at {cut}");
        undamaged_blocks_are_read(&small, bytes, cut..usize::MAX, &what);
        let Ok(read) = Capture::from_bytes(bytes.to_vec()) else { continue };
        assert!(!read.damage().is_empty(), "{what}: not noticed");
        assert!(
            matches!(read.verify().verdict, Verdict::TruncatedAt(at) if at <= cut as u64),
            "{what}: {:?}",
            read.verify()
        );
    }
}

#[test]
fn a_file_flipped_at_every_byte_gives_all_other_blocks_and_never_verifies() {
    let small = small();
    for at in 0..small.bytes.len() {
        for mask in [0x01, 0xff] {
            let mut bytes = small.bytes.clone();
            bytes[at] ^= mask;
            let what = format!("byte {at} xor {mask:#x}");
            undamaged_blocks_are_read(&small, &bytes, at..at + 1, &what);
            match Capture::from_bytes(bytes) {
                Ok(read) => {
                    assert!(!read.verify().is_intact(), "{what}: not noticed");
                    // The index has a copy, and one flip cannot hit both.
                    assert_eq!(read.header(), &common::header(), "{what}");
                }
                Err(_) => panic!("{what}: one byte made all of the file unreadable"),
            }
        }
    }
}

#[test]
fn a_file_with_a_hole_gives_all_blocks_beside_it() {
    let small = small();
    for start in (0..small.bytes.len()).step_by(61) {
        for len in [1, 7, 8, 64, 333, 2000] {
            let end = (start + len).min(small.bytes.len());
            let mut bytes = small.bytes.clone();
            bytes.drain(start..end);
            let what = format!("{start}..{end} removed");
            undamaged_blocks_are_read(&small, &bytes, start..end, &what);
            let Ok(read) = Capture::from_bytes(bytes) else { continue };
            assert!(!read.verify().is_intact() && !read.damage().is_empty(), "{what}: not noticed");
        }
    }
}

#[test]
fn a_stretch_of_zeros_gives_all_blocks_beside_it() {
    let small = small();
    for start in (0..small.bytes.len()).step_by(61) {
        let end = (start + 512).min(small.bytes.len());
        let mut bytes = small.bytes.clone();
        bytes[start..end].fill(0);
        let what = format!("{start}..{end} zeroed");
        undamaged_blocks_are_read(&small, &bytes, start..end, &what);
        assert!(Capture::from_bytes(bytes).is_ok_and(|read| !read.verify().is_intact()), "{what}");
    }
}

#[test]
fn bytes_behind_the_end_are_named_and_ignored() {
    let mut small = small();
    let len = small.bytes.len();
    small.bytes.extend_from_slice(b"0123456789abcdef");
    undamaged_blocks_are_read(&small, &small.bytes, len..usize::MAX, "junk behind");
    let read = Capture::from_bytes(small.bytes).unwrap();
    assert_eq!(read.damage().iter().map(|d| d.kind).collect::<Vec<_>>(), [DamageKind::Trailing]);
    assert_eq!(read.verify().verdict, Verdict::AlteredAt(len as u64));
}

#[test]
fn a_capture_inside_a_damaged_one_is_not_mixed_in() {
    let small = small();
    let other = {
        let mut writer = capture_format::writer::CaptureWriter::new(
            Vec::new(),
            &capture_format::header::CaptureHeader { recording_id: [9; 16], ..common::header() },
            Default::default(),
        )
        .unwrap();
        for (number, sample) in samples(5, 99) {
            writer.event(number, &sample.record()).unwrap();
        }
        writer.finish(Default::default()).unwrap()
    };
    let at = small.blocks[1].0.start;
    let mut bytes = small.bytes.clone();
    bytes.splice(at..at, other);
    undamaged_blocks_are_read(&small, &bytes, at..at, "foreign frames inside");
    assert!(!Capture::from_bytes(bytes).unwrap().verify().is_intact());
}

#[test]
fn exchanged_frames_do_not_verify() {
    let small = small();
    let ((first, _), (second, _)) = (&small.blocks[0], &small.blocks[1]);
    assert_eq!(first.end, second.start);
    let mut bytes = small.bytes[..first.start].to_vec();
    bytes.extend_from_slice(&small.bytes[second.clone()]);
    bytes.extend_from_slice(&small.bytes[first.clone()]);
    bytes.extend_from_slice(&small.bytes[second.end..]);
    let read = Capture::from_bytes(bytes).unwrap();
    assert!(matches!(read.verify().verdict, Verdict::AlteredAt(at) if at == first.start as u64));
}

/// A metadata frame is lost; the checkpoint behind it says the same again.
#[test]
fn tables_of_a_damaged_frame_come_back_from_a_checkpoint() {
    use capture_format::snapshot::{Cgroup, Snapshot, Tables};
    let tables = |key| Tables { cgroups: vec![Cgroup { key, path: b"/a".to_vec() }], ..Tables::default() };
    let events = samples(4, 3);
    let mut writer =
        capture_format::writer::CaptureWriter::new(Vec::new(), &common::header(), Default::default())
            .unwrap();
    writer.event(events[0].0, &events[0].1.record()).unwrap();
    writer.seal_block().unwrap();
    let lost = writer.bytes_written() as usize;
    writer.metadata(&tables(1)).unwrap();
    writer.checkpoint(&Snapshot { tables: tables(1), ..Snapshot::default() }).unwrap();
    writer.checkpoint(&Snapshot { tables: tables(2), ..Snapshot::default() }).unwrap();
    let mut bytes = writer.finish(Default::default()).unwrap();
    bytes[lost + 130] ^= 1;
    let read = Capture::from_bytes(bytes).unwrap();
    assert_eq!(read.damage().len(), 1);
    assert_eq!(read.tables().cgroups.iter().map(|cgroup| cgroup.key).collect::<Vec<_>>(), [1, 2]);
}

/// Who alters a payload and computes the checksums again is found out by the chain.
#[test]
fn a_frame_with_matching_checksums_still_breaks_the_chain() {
    let small = small();
    let (block, _) = &small.blocks[1];
    let mut bytes = small.bytes.clone();
    bytes[block.end - 1] ^= 1;
    let payload_crc = crc32c::crc32c(&bytes[block.start + 128..block.end]);
    bytes[block.start + 52..block.start + 56].copy_from_slice(&payload_crc.to_le_bytes());
    bytes[block.start + 12..block.start + 16].fill(0);
    let header_crc = crc32c::crc32c(&bytes[block.start..block.start + 128]);
    bytes[block.start + 12..block.start + 16].copy_from_slice(&header_crc.to_le_bytes());
    let report = Capture::from_bytes(bytes).unwrap().verify();
    assert_eq!(report.verdict, Verdict::AlteredAt(block.start as u64));
    assert_eq!(report.findings.iter().map(|d| d.kind).collect::<Vec<_>>(), [DamageKind::Chain]);
}

#[test]
fn nothing_readable_is_an_error_that_says_so() {
    for bytes in [&b""[..], b"\x89SKR\r\n\x1a\n", b"hello", &[0; 5000]] {
        assert!(Capture::from_bytes(bytes.to_vec()).is_err());
    }
    let error = Capture::from_bytes(b"hello".to_vec()).unwrap_err();
    assert!(error.to_string().starts_with("not a capture"), "{error}");
}
