//! Any payload of a block, in a file whose checksums are right: what is behind the checksums must
//! hold by itself.
#![no_main]

use capture_format::Row;
use capture_format::directory::Directory;
use capture_format::frame::{FRAME_HEADER_LEN, FrameHeader, FrameType, MAGIC, VERSION};
use capture_format::reader::Capture;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(mut payload) = repaired(bytes) else { return };
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

/// Makes the directory's checksum right. If the first byte of the input is odd, what lies where it
/// puts the sections is compressed, so that dictionaries and columns are reached; else only their
/// checksums are made right, so that zstd is.
fn repaired(bytes: &[u8]) -> Option<Vec<u8>> {
    let (&how, bytes) = bytes.split_first()?;
    let mut payload = bytes.to_vec();
    let len = u32::from_le_bytes(*payload.get(4..8)?.first_chunk()?) as usize;
    let crc = crc32c::crc32c(payload.get(4..len)?);
    payload.get_mut(..4)?.copy_from_slice(&crc.to_le_bytes());
    let Ok(mut directory) = Directory::decode(&payload) else { return Some(payload) };
    let mut out = vec![0; directory.encoded_len()];
    for section in &mut directory.sections {
        let start = section.offset as usize;
        let Some(there) = payload.get(start..start.saturating_add(section.stored_len as usize)) else { continue };
        let stored = match how & 1 {
            1 if there.is_empty() => Vec::new(),
            1 => zstd::bulk::compress(there, 1).expect("memory"),
            _ => there.to_vec(),
        };
        if how & 1 == 1 {
            section.raw_len = there.len() as u32;
        }
        section.offset = out.len() as u32;
        section.stored_len = stored.len() as u32;
        section.crc = crc32c::crc32c(&stored);
        out.extend_from_slice(&stored);
    }
    let encoded = directory.encode();
    out[..encoded.len()].copy_from_slice(&encoded);
    Some(out)
}
