//! Laws of whole files, on random events.

mod common;

use capture_format::reader::Capture;
use capture_format::record::Row;
use capture_format::writer::{CaptureWriter, WriterOptions};
use capture_format::{EVENTS, EventType, Head};
use common::{Sample, Value, events, header};
use proptest::prelude::*;

fn any_head(event_type: EventType) -> impl Strategy<Value = Head> {
    let words = prop::array::uniform11(prop_oneof![Just(0), Just(u64::MAX), 0..1000_u64, any::<u64>()]);
    words.prop_map(move |words| Head { event_type, ..Head::from_words_of(event_type, &words) })
}

fn any_sample() -> impl Strategy<Value = Sample> {
    (0..EVENTS.len()).prop_flat_map(|kind| {
        let info = EVENTS[kind];
        let values: Vec<_> = info
            .params
            .iter()
            .map(|param| {
                let value = match param.kind.storage() {
                    capture_format::Storage::Word => {
                        prop_oneof![Just(0), Just(u64::MAX), 0..300_u64, any::<u64>()]
                            .prop_map(Value::Word)
                            .boxed()
                    }
                    _ => (prop::collection::vec(any::<u8>(), 0..30), prop_oneof![Just(0), 0..100_000_u32])
                        .prop_map(|(data, more)| Value::Bytes(data, more))
                        .boxed(),
                };
                prop::option::of(value)
            })
            .collect();
        (any_head(info.event_type), values).prop_map(|(head, values)| Sample { head, values })
    })
}

/// Numbers ascend by at least one; blocks are sealed now and then.
fn any_events() -> impl Strategy<Value = Vec<(u64, Sample, bool)>> {
    let step = prop_oneof![9 => 1..3_u64, 1 => 1..1_u64 << 40];
    prop::collection::vec((step, any_sample(), prop::bool::weighted(0.1)), 0..60).prop_map(|events| {
        let mut number = 0;
        events
            .into_iter()
            .map(|(step, sample, seal)| {
                number += step;
                (number, sample, seal)
            })
            .collect()
    })
}

fn write(events: &[(u64, Sample, bool)]) -> Vec<u8> {
    let mut writer = CaptureWriter::new(Vec::new(), &header(), WriterOptions::default()).unwrap();
    for (number, sample, seal) in events {
        writer.event(*number, &sample.record()).unwrap();
        if *seal {
            writer.seal_block().unwrap();
        }
    }
    writer.finish(Default::default()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// forall events: read(write(events)) == events, in order, and the file verifies.
    #[test]
    fn decode_after_encode_is_the_identity(written in any_events()) {
        let capture = Capture::from_bytes(write(&written)).unwrap();
        prop_assert_eq!(capture.damage(), &[]);
        prop_assert!(capture.verify().is_intact());
        let expected: Vec<_> = written.into_iter().map(|(number, sample, _)| (number, sample)).collect();
        prop_assert_eq!(events(&capture), expected);
    }

    /// forall events, lanes: reading some lanes gives what reading all and dropping the rest gives,
    /// and equal ids are equal strings.
    #[test]
    fn reading_some_lanes_is_reading_all_and_dropping_the_rest(written in any_events(), salt in any::<u16>()) {
        let capture = Capture::from_bytes(write(&written)).unwrap();
        let wanted = |kind: EventType| (kind as u16 ^ salt).is_multiple_of(3);
        for index in 0..capture.blocks().len() {
            let all = capture.block(index, &|_| true).unwrap();
            let some = capture.block(index, &wanted).unwrap();
            let of = |block: &capture_format::block::Block| -> Vec<_> {
                block.rows().filter(|row| wanted(row.event_type())).map(|row| (row.number(), Sample::of(&row))).collect()
            };
            prop_assert_eq!(of(&some), of(&all));
            for row in all.rows() {
                for param in 0..row.info().params.len() {
                    let id = row.string_id(param).or(row.descriptor_id(param));
                    prop_assert!(id.is_none_or(|id| id < all.entries()));
                    prop_assert_eq!(id.and_then(|id| all.entry(id)), row.bytes(param));
                }
            }
        }
    }

    /// forall bytes behind a real start: opening, reading and verifying return.
    #[test]
    fn random_damage_never_panics(written in any_events(), places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let mut bytes = write(&written);
        for (place, value) in places {
            let at = place.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(capture) = Capture::from_bytes(bytes) {
            let _ = events(&capture);
            let _ = capture.verify().to_string();
        }
    }
}
