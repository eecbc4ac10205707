//! Any bytes are a capture or an error: opening, reading and verifying return. The first byte says
//! whether the checksums of frame headers are made right first, so that what they hide is reached.
#![no_main]

use capture_format::Row;
use capture_format::frame::{FRAME_HEADER_LEN, SYNC, at};
use capture_format::reader::Capture;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&how, file)) = bytes.split_first() else { return };
    let mut file = file.to_vec();
    if how & 1 == 1 {
        repair(&mut file);
    }
    let Ok(capture) = Capture::from_bytes(file) else { return };
    for index in 0..capture.blocks().len() {
        match capture.block(index, &|_| true) {
            Ok(block) => {
                for row in block.rows() {
                    let _ = (row.head(), row.word(0), row.bytes(1));
                }
                block.damage().iter().for_each(|damage| drop(damage.to_string()));
            }
            Err(damage) => drop(damage.to_string()),
        }
    }
    capture.damage().iter().for_each(|damage| drop(damage.to_string()));
    let _ = capture.verify().to_string();
});

/// Makes the checksum of every frame header and payload right.
fn repair(file: &mut [u8]) {
    let places: Vec<usize> =
        file.windows(SYNC.len()).enumerate().filter(|(_, w)| *w == SYNC).map(|(place, _)| place).collect();
    for start in places {
        let Some((header, rest)) =
            file.get_mut(start..).and_then(|rest| rest.split_first_chunk_mut::<FRAME_HEADER_LEN>())
        else {
            continue;
        };
        header[at::HEADER_CRC..at::HEADER_CRC + 4].fill(0);
        let len = u32::from_le_bytes(header[at::PAYLOAD_LEN..at::PAYLOAD_LEN + 4].try_into().expect("four"));
        if let Some(padded) = rest.get(..(len as usize).next_multiple_of(8)) {
            header[at::PAYLOAD_CRC..at::PAYLOAD_CRC + 4]
                .copy_from_slice(&crc32c::crc32c(padded).to_le_bytes());
        }
        let crc = crc32c::crc32c(header);
        header[at::HEADER_CRC..at::HEADER_CRC + 4].copy_from_slice(&crc.to_le_bytes());
    }
}
