//! Writes seeds for the fuzz targets: `cargo run -p capture-format --example fuzz_seeds`.
#![allow(unreachable_pub, reason = "shares a module with the tests")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::error::Error;
use std::path::Path;

use capture_format::directory::Directory;
use capture_format::frame::{FRAME_HEADER_LEN, limits};
use capture_format::reader::Capture;
use capture_format::serial;

fn main() -> Result<(), Box<dyn Error>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for target in ["record", "block", "file"] {
        std::fs::create_dir_all(corpus.join(target))?;
    }
    for seed in 0..20 {
        let name = format!("seed{seed}");
        let events = common::samples(1 + seed as usize * 2, seed);
        let file = common::capture(&events, 8);
        for (number, sample) in &events {
            std::fs::write(corpus.join("record").join(format!("{name}-{number}")), sample.record())?;
        }
        for (position, block) in Capture::from_bytes(file.clone())?.blocks().iter().enumerate() {
            let payload =
                &file[block.offset as usize + FRAME_HEADER_LEN..][..block.len as usize - FRAME_HEADER_LEN];
            let target = corpus.join("block");
            std::fs::write(target.join(format!("{name}-{position}")), [&[0], payload].concat())?;
            std::fs::write(target.join(format!("{name}-{position}-inflated")), inflated(payload)?)?;
        }
        std::fs::write(corpus.join("file").join(&name), [&[0], &file[..]].concat())?;
        std::fs::write(corpus.join("file").join(name + "-repaired"), [&[1], &file[..]].concat())?;
    }
    Ok(())
}

/// A block whose sections are not compressed, as its target takes them.
fn inflated(payload: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut directory = Directory::decode(payload)?;
    let mut raws = Vec::new();
    let start = directory.encoded_len();
    for section in &mut directory.sections {
        let stored = &payload[section.offset as usize..][..section.stored_len as usize];
        let raw = serial::inflate(stored, section.raw_len, limits::BLOCK_RAW)?;
        section.offset = (start + raws.len()) as u32;
        section.stored_len = section.raw_len;
        raws.extend_from_slice(&raw);
    }
    Ok([&[1], &directory.encode()[..], &raws].concat())
}
