//! Any payload of a block, in a file whose checksums are right: what is behind the checksums must
//! hold by itself.
#![no_main]

use capture_format::Row;
use capture_format::directory::Directory;
use capture_format::frame::{FRAME_HEADER_LEN, FrameHeader, FrameType, MAGIC, VERSION};
use capture_format::reader::Capture;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut payload = bytes.to_vec();
    repair(&mut payload);
    let events = payload.get(12..16).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b));
    let mut header = FrameHeader {
        frame_type: FrameType::Block as u8,
        version: VERSION,
        payload_len: payload.len() as u32,
        events,
        ..FrameHeader::default()
    };
    payload.resize(header.padded_len(), 0);
    header.payload_crc = crc32c::crc32c(&payload);
    let file = [&MAGIC[..], &header.encode(), &payload].concat();
    assert_eq!(file.len(), MAGIC.len() + FRAME_HEADER_LEN + payload.len());
    let capture = Capture::from_bytes(file).expect("a frame with a right header is a capture");
    for index in 0..capture.blocks().len() {
        let Ok(block) = capture.block(index, &|_| true) else { continue };
        let mut before = 0;
        for row in block.rows() {
            assert!(row.number() >= before, "rows ascend");
            before = row.number();
            let _ = row.head();
            for param in 0..70 {
                let _ = row.word(param);
                let _ = row.bytes(param);
                let id = row.string_id(param).or(row.descriptor_id(param));
                assert!(id.is_none_or(|id| id < block.entries() && block.entry(id) == row.bytes(param)));
            }
        }
    }
});

/// Makes the checksums of the directory and of the sections right.
fn repair(payload: &mut [u8]) {
    // Twice: the directory is only readable once its own checksum is right.
    for _ in 0..2 {
        let len = payload.get(4..8).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b));
        let crc = payload.get(4..len as usize).map(crc32c::crc32c);
        if let (Some(crc), Some(place)) = (crc, payload.get_mut(..4)) {
            place.copy_from_slice(&crc.to_le_bytes());
        }
        let Ok(directory) = Directory::decode(payload) else { return };
        for (number, section) in directory.sections.iter().enumerate() {
            let (start, len) = (section.offset as usize, section.stored_len as usize);
            let Some(crc) = payload.get(start..start.saturating_add(len)).map(crc32c::crc32c) else {
                continue;
            };
            let at = 32 + number * 16 + 12;
            if let Some(place) = payload.get_mut(at..at + 4) {
                place.copy_from_slice(&crc.to_le_bytes());
            }
        }
    }
}
