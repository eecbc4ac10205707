//! Records: the bytes of one event.

mod common;

use capture_format::descriptor::{FIXED_LEN, flags};
use capture_format::param::{self, Bytes};
use capture_format::record::{Builder, RECORD_MAX, Words, normalise, turn_components};
use capture_format::{Descriptor, EVENTS, Event, EventType, FormatError, Record, Row, schema};
use common::{Numbers, Sample, parsed, sample};
use proptest::prelude::*;

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(seed in any::<u64>(), kind in 0..EVENTS.len()) {
        let written = sample(&mut Numbers(seed), EVENTS[kind].event_type, seed);
        let bytes = written.record();
        prop_assert_eq!(Sample::of(&parsed(&bytes)), written);
    }

    #[test]
    fn any_bytes_are_a_record_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read_all(&bytes);
    }

    /// The same with a header that gets past the first checks.
    #[test]
    fn any_slots_are_a_record_or_an_error(seed in any::<u64>(), kind in 0..EVENTS.len(), slots in prop::collection::vec(any::<u64>(), 64)) {
        let mut bytes = sample(&mut Numbers(seed), EVENTS[kind].event_type, 1).record();
        for (place, slot) in bytes[80..].chunks_exact_mut(8).zip(slots) {
            place.copy_from_slice(&(slot & 0xff_0000_ff00_00ff).to_le_bytes());
        }
        read_all(&bytes);
    }

    #[test]
    fn turning_components_keeps_the_length_and_puts_the_root_first(names in prop::collection::vec("[a-z]{1,8}", 0..12)) {
        let mut bytes: Vec<u8> = names.iter().rev().flat_map(|name| [name.as_bytes(), b"\0"].concat()).collect();
        turn_components(&mut bytes);
        let path: String = names.iter().map(|name| format!("/{name}")).collect();
        prop_assert_eq!(String::from_utf8(bytes).unwrap(), path);
    }

    #[test]
    fn turning_any_bytes_does_not_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let len = bytes.len();
        turn_components(&mut bytes);
        prop_assert_eq!(bytes.len(), len);
    }
}

/// Reads all there is to read; the result is that it returns.
fn read_all(bytes: &[u8]) {
    let mut turned = bytes.to_vec();
    normalise(&mut turned);
    for bytes in [bytes, &turned] {
        if let Ok((record, rest)) = Record::split_first(bytes) {
            assert!(record.as_bytes().len() + rest.len() == bytes.len());
            let _ = Sample::of(&record);
            let _ = format!("{:?}", Event::decode(&record));
        }
    }
}

#[test]
fn every_event_cut_or_flipped_anywhere_is_a_record_or_an_error() {
    let mut numbers = Numbers(3);
    for event in EVENTS {
        let bytes = sample(&mut numbers, event.event_type, 5).record();
        for at in 0..bytes.len() {
            let cut = Record::split_first(&bytes[..at]);
            assert!(matches!(cut, Err(FormatError::Truncated { .. })), "{} cut at {at}: {cut:?}", event.name);
            for mask in [0x01, 0x80, 0xff] {
                let mut flipped = bytes.clone();
                flipped[at] ^= mask;
                read_all(&flipped);
            }
        }
    }
}

#[test]
fn absent_is_not_zero() {
    let mut numbers = Numbers(4);
    let mut written = sample(&mut numbers, EventType::Kill, 1);
    written.values = vec![Some(common::Value::Word(0)), None, None];
    let bytes = written.record();
    let Event::Kill(kill) = Event::decode(&parsed(&bytes)) else { panic!("not a kill") };
    assert_eq!(kill.res.map(|res| res.0), Some(0));
    assert!(kill.pid.is_none() && kill.sig.is_none());
}

#[test]
fn a_record_of_a_later_version_reads_as_far_as_this_one_knows_it() {
    let mut builder = Builder::new(EventType::Kill);
    let head = sample(&mut Numbers(5), EventType::Kill, 9).head;
    let tail = builder.bytes::<param::Path>(Bytes::whole(b"a later parameter"));
    builder.put(capture_format::record::HEAD_WORDS, 7);
    assert!(tail.present);
    let bytes = builder.finish(&head, u64::MAX);
    let read = Sample::of(&parsed(&bytes));
    assert_eq!(read.values.len(), EventType::Kill.info().params.len());
    assert_eq!(read.values[0], Some(common::Value::Word(7)));
}

#[test]
fn impossible_lengths_are_refused() {
    let good = sample(&mut Numbers(6), EventType::Kill, 1).record();
    for len in [0, 8, 87, 88, good.len() as u32 + 4, RECORD_MAX as u32 + 8, u32::MAX] {
        let mut bytes = good.clone();
        bytes[28..32].copy_from_slice(&len.to_le_bytes());
        bytes.resize(64 << 10, 0);
        assert!(Record::split_first(&bytes).is_err(), "length {len}");
    }
}

/// As the kernel program stores them: kernel paths and files leaf first.
#[test]
fn normalising_makes_kernel_paths_text_and_leaves_the_rest() {
    let mut builder = Builder::new(EventType::Openat);
    let info = EventType::Openat.info();
    let mut present = 0;
    let fixed = Descriptor { flags: flags::LEAF_FIRST | flags::DELETED, ino: 7, ..Descriptor::default() };
    let file = [&fixed.fixed()[..], b"shadow\0etc\0"].concat();
    for (index, param) in info.params.iter().enumerate() {
        let data: &[u8] = match param.kind {
            capture_format::Kind::Path => b"./shadow",
            capture_format::Kind::File => &file,
            _ => continue,
        };
        let slot = builder.bytes::<param::Path>(Bytes::whole(data));
        builder.put(capture_format::record::HEAD_WORDS + index, slot.word);
        present |= 1 << index;
    }
    let head = sample(&mut Numbers(7), EventType::Openat, 1).head;
    let mut bytes = builder.finish(&head, present);
    normalise(&mut bytes);
    let once = bytes.clone();
    let record = parsed(&once);
    let files = info.params.iter().enumerate().filter(|(_, p)| p.kind == capture_format::Kind::File);
    let mut seen = 0;
    for (index, _) in files {
        let descriptor = Descriptor::parse(record.bytes(index).unwrap()).unwrap();
        assert_eq!(descriptor.path.data, b"/etc/shadow");
        assert_eq!(descriptor.flags, flags::DELETED);
        assert_eq!(record.bytes(index).unwrap().data.len(), FIXED_LEN + 11);
        seen += 1;
    }
    assert!(seen > 0, "openat lost its file");
    let path = info.param("name").or(info.param("path")).unwrap();
    assert_eq!(record.bytes(path).unwrap().data, b"./shadow");
}

#[test]
fn normalising_turns_a_kernel_path() {
    let mut builder = Builder::new(EventType::Chdir);
    let chdir = schema::raw::Chdir {
        res: param::Res(0).into(),
        path: builder.bytes(Bytes::whole(b"..")),
        cwd: builder.bytes(Bytes { data: b"b\0a\0", true_len: 9 }),
    };
    let present = chdir.encode(&mut builder);
    let head = sample(&mut Numbers(8), EventType::Chdir, 1).head;
    let mut bytes = builder.finish(&head, present);
    normalise(&mut bytes);
    let Event::Chdir(chdir) = Event::decode(&parsed(&bytes)) else { panic!("not a chdir") };
    assert_eq!(chdir.path.unwrap().data, b"..");
    assert_eq!(chdir.cwd.unwrap(), Bytes { data: b"/a/b", true_len: 9 });
}

#[test]
fn normalising_drops_what_lies_in_memory_behind_an_address() {
    let secret = b"secret on the stack";
    for (address, kept) in [
        (&b"\x01\0/run/x.sock\0"[..], 2 + 11),
        (b"\x01\0\0abstract", 2 + 9 + secret.len()),
        (b"\x02\0\x00\x50\x7f\0\0\x01", 8),
        (b"\x0a\0\x00\x50aaaabbbbbbbbbbbbbbbbcccc", 28),
        (b"\x10\0aabbbbcccc", 12),
        (b"\x28\0vsock", 7 + secret.len()),
        (b"\x02", 1 + secret.len()),
        (b"", secret.len()),
    ] {
        let mut builder = Builder::new(EventType::Connect);
        let given = [address, secret].concat();
        let slot = builder.bytes::<param::SocketAddress>(Bytes::whole(&given));
        let index = EventType::Connect.info().param("addr").unwrap();
        builder.put(capture_format::record::HEAD_WORDS + index, slot.word);
        let head = sample(&mut Numbers(9), EventType::Connect, 1).head;
        let mut bytes = builder.finish(&head, 1 << index);
        normalise(&mut bytes);
        let record = parsed(&bytes);
        assert_eq!(record.bytes(index).unwrap(), Bytes::whole(&given[..kept]), "{address:?}");
        let left = bytes.windows(secret.len()).any(|window| window == secret);
        assert_eq!(left, kept > address.len(), "{address:?}");
    }
}
