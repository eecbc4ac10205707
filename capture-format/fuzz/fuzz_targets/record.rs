//! Any bytes are a record or an error, before and after normalising.
#![no_main]

use capture_format::record::normalise;
use capture_format::{Descriptor, Event, Record, Row};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut turned = bytes.to_vec();
    normalise(&mut turned);
    for bytes in [bytes, &turned] {
        let mut rest = bytes;
        while let Ok((record, behind)) = Record::split_first(rest) {
            assert!(behind.len() < rest.len());
            rest = behind;
            let _ = Event::decode(&record);
            for index in 0..70 {
                let _ = record.word(index);
                let _ = record.bytes(index).and_then(Descriptor::parse);
            }
        }
    }
});
