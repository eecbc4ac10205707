//! Damage and lies about lengths never make a reader ask for more memory than the declared bounds.
//! Alone in its binary: the allocator counts for the whole process.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use capture_format::frame::{FRAME_HEADER_LEN, FrameHeader, at, limits};
use capture_format::reader::Capture;
use common::{capture, samples};

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every call goes to the system's allocator unchanged; only sizes are counted beside it.
#[allow(unsafe_code, reason = "an allocator cannot be written without")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One measurement at a time: tests run in threads.
static ALONE: Mutex<()> = Mutex::new(());

/// Bytes that opening, reading and verifying `file` held at most.
fn peak(file: &[u8]) -> usize {
    let file = file.to_vec();
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    if let Ok(capture) = Capture::from_bytes(file) {
        for index in 0..capture.blocks().len() {
            if let Ok(block) = capture.block(index, &|_| true) {
                let _ = block.rows().count();
            }
        }
        let _ = capture.verify();
    }
    PEAK.load(Ordering::Relaxed) - before
}

#[test]
fn a_small_damaged_file_takes_little_memory() {
    let _alone = ALONE.lock();
    let file = capture(&samples(12, 1), 4);
    for at in 0..file.len() {
        let mut flipped = file.clone();
        flipped[at] ^= 0x80;
        let peak = peak(&flipped);
        assert!(peak < 4 << 20, "byte {at} flipped: {peak} bytes for a file of {}", file.len());
    }
}

/// Every byte of every frame header set to the worst, with a right checksum, so that nothing but
/// the limits stands against it.
#[test]
fn lengths_that_lie_behind_right_checksums_stay_within_the_limits() {
    let _alone = ALONE.lock();
    let mut file = capture(&samples(12, 1), 4);
    file.truncate(file.len() - 64);
    let mut frames = Vec::new();
    let mut at = 8;
    while let Some(header) = file.get(at..).and_then(FrameHeader::decode) {
        frames.push(at);
        at += header.frame_len();
    }
    assert!(frames.len() > 8);
    for start in frames {
        for field in at::TYPE..at::CHAIN {
            let mut lied = file.clone();
            lied[start + field] = 0xff;
            lied[start + at::HEADER_CRC..][..4].fill(0);
            let crc = crc32c::crc32c(&lied[start..start + FRAME_HEADER_LEN]);
            lied[start + at::HEADER_CRC..][..4].copy_from_slice(&crc.to_le_bytes());
            let peak = peak(&lied);
            assert!(
                peak < limits::SERIAL as usize + (4 << 20),
                "frame at {start}, byte {field}: {peak} bytes"
            );
        }
    }
}
