//! Whole files: what is written is read.

mod common;

use capture_format::lanes::BlockBuilder;
use capture_format::reader::Capture;
use capture_format::record::Row;
use capture_format::snapshot::{Container, Tables};
use capture_format::writer::{CaptureWriter, Encoder, WriterOptions};
use common::{Numbers, capture, events, sample, samples};

#[test]
fn what_is_written_is_read_in_the_same_order() {
    let written = samples(5000, 1);
    let bytes = capture(&written, 700);
    let read = Capture::from_bytes(bytes).unwrap();
    assert_eq!(read.damage(), &[]);
    assert!(read.verify().is_intact(), "{:?}", read.verify());
    assert_eq!(events(&read), written);
    assert_eq!(read.header(), &common::header());
    assert_eq!(read.snapshots(), [common::snapshot(950_000)]);
    assert_eq!(
        read.checkpoints().iter().map(|c| (c.time_ns, c.blocks_before)).collect::<Vec<_>>(),
        [(1_500_000, 4)]
    );
    assert_eq!(read.checkpoint(0).unwrap(), common::snapshot(1_500_000));
    assert!(read.checkpoint(1).is_err());
    assert_eq!(read.gaps().len(), 1);
    assert_eq!(read.end().map(|end| (end.events, end.lost)), Some((5000, 5)));
}

#[test]
fn a_file_without_its_index_reads_the_same() {
    let written = samples(2000, 2);
    let bytes = capture(&written, 300);
    let whole = Capture::from_bytes(bytes.clone()).unwrap();
    let walked = Capture::from_bytes(bytes[..bytes.len() - 64].to_vec()).unwrap();
    assert_eq!(walked.blocks(), whole.blocks());
    assert_eq!(walked.tables(), whole.tables());
    assert_eq!(walked.checkpoints(), whole.checkpoints());
    assert_eq!(events(&walked), written);
    assert_eq!(walked.damage().len(), 1);
}

#[test]
fn only_wanted_lanes_come() {
    let written = samples(3000, 3);
    let read = Capture::from_bytes(capture(&written, 3000)).unwrap();
    let block = read.block(0, &|kind| kind.info().name == "openat").unwrap();
    assert!(block.rows().len() > 10);
    assert!(block.rows().all(|row| row.head().event_type.info().name == "openat"));
}

#[test]
fn a_block_closes_by_itself() {
    let mut numbers = Numbers(4);
    let options = WriterOptions { block_bytes: usize::MAX, ..WriterOptions::default() };
    let mut writer = CaptureWriter::new(Vec::new(), &common::header(), options).unwrap();
    let written: Vec<_> = (1..=70_000)
        .map(|number| (number, sample(&mut numbers, capture_format::EventType::Kill, number)))
        .collect();
    for (number, sample) in &written {
        writer.event(*number, &sample.record()).unwrap();
    }
    assert_eq!((writer.events(), writer.open_events()), (70_000, 70_000 - 65_536));
    let read = Capture::from_bytes(writer.finish(Default::default()).unwrap()).unwrap();
    assert_eq!(read.blocks().iter().map(|b| b.events).collect::<Vec<_>>(), [65_536, 70_000 - 65_536]);
    assert_eq!(events(&read), written);
}

#[test]
fn a_block_closes_when_its_records_are_long() {
    let options = WriterOptions { block_bytes: 10_000, ..WriterOptions::default() };
    let mut writer = CaptureWriter::new(Vec::new(), &common::header(), options).unwrap();
    for (number, sample) in samples(500, 6) {
        writer.event(number, &sample.record()).unwrap();
        assert!(writer.open_events() < 10_000 / 88);
    }
}

/// What a rotated set needs: the chain goes on, numbers go on.
#[test]
fn a_file_carries_the_chain_of_the_one_before() {
    let first = CaptureWriter::new(Vec::new(), &common::header(), WriterOptions::default()).unwrap();
    let (bytes, chain) = first.finish_with_chain(Default::default()).unwrap();
    let report = Capture::from_bytes(bytes).unwrap().verify();
    assert!(report.is_intact() && report.chain == chain);
}

/// A ring in memory seals payloads long before it knows whether they are written.
#[test]
fn payloads_sealed_elsewhere_read_as_if_written_directly() {
    let written = samples(300, 5);
    let mut encoder = Encoder::new(3).unwrap();
    let mut builder = BlockBuilder::default();
    let mut writer = CaptureWriter::new(Vec::new(), &common::header(), WriterOptions::default()).unwrap();
    writer.sealed(&encoder.checkpoint(&common::snapshot(1)).unwrap()).unwrap();
    for part in written.chunks(100) {
        for (number, sample) in part {
            builder.push(*number, &common::parsed(&sample.record()));
        }
        writer.sealed(&encoder.block(&mut builder).unwrap()).unwrap();
    }
    let read = Capture::from_bytes(writer.finish(Default::default()).unwrap()).unwrap();
    assert!(read.verify().is_intact());
    assert_eq!(read.end().map(|end| (end.events, end.blocks)), Some((300, 3)));
    assert_eq!(read.snapshots(), [common::snapshot(1)]);
    assert_eq!(events(&read), written);
}

#[test]
fn of_two_rows_about_the_same_thing_the_later_counts() {
    let mut writer = CaptureWriter::new(Vec::new(), &common::header(), WriterOptions::default()).unwrap();
    let container = |name: &str| Container { id: "c1".into(), name: name.into(), ..Container::default() };
    let of = |container| Tables { containers: vec![container], ..Tables::default() };
    writer.metadata(&of(container(""))).unwrap();
    writer.metadata(&of(Container { id: "c0".into(), ..Container::default() })).unwrap();
    writer.metadata(&of(container("mysql-db"))).unwrap();
    let read = Capture::from_bytes(writer.finish(Default::default()).unwrap()).unwrap();
    let named: Vec<_> = read.tables().containers.iter().map(|c| (c.id.as_str(), c.name.as_str())).collect();
    assert_eq!(named, [("c0", ""), ("c1", "mysql-db")]);
}
