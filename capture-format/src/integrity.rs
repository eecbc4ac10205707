//! Whether a file is what the recorder wrote: every byte is covered by the magic, a checksum or
//! the chain.

use core::fmt;

use crate::damage::{Damage, DamageClass, DamageKind};
use crate::frame::{FRAME_HEADER_LEN, FrameHeader, FrameType, link};
use crate::recover::{self, Found, add};

/// What can be said about a file as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Chain, end and trailer are there and right.
    Intact,
    /// What is there is right, but it stops at this byte.
    TruncatedAt(u64),
    /// At this byte, the first such, it is not what was written.
    AlteredAt(u64),
}

/// What [`crate::reader::Capture::verify`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntegrityReport {
    /// The file as a whole.
    pub verdict: Verdict,
    /// Everything that is wrong, in file order.
    pub findings: Vec<Damage>,
    /// Bytes of the file.
    pub bytes: u64,
    /// Frames that are right.
    pub frames: u64,
    /// Blocks that are right.
    pub blocks: u64,
    /// Events in them.
    pub events: u64,
    /// Gap frames that are right.
    pub gaps: u64,
    /// Events lost while recording, according to them.
    pub lost: u64,
    /// The chain after the last frame: one value that pins the whole file.
    pub chain: [u8; 32],
}

impl IntegrityReport {
    /// Whether nothing is wrong.
    pub fn is_intact(&self) -> bool {
        self.verdict == Verdict::Intact
    }
}

impl fmt::Display for IntegrityReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.verdict {
            Verdict::Intact => write!(f, "intact")?,
            Verdict::TruncatedAt(at) => write!(f, "truncated at byte {at}")?,
            Verdict::AlteredAt(at) => write!(f, "altered at byte {at}")?,
        }
        write!(f, ": {} frames, {} blocks, {} events right", self.frames, self.blocks, self.events)?;
        if self.gaps > 0 {
            write!(f, "; {} gaps, {} events lost while recording", self.gaps, self.lost)?;
        }
        Ok(())
    }
}

/// Walks through all of `file`, ignoring the index, and holds every frame against its checksums
/// and the chain.
pub(crate) fn verify(file: &[u8]) -> IntegrityReport {
    let walk = recover::walk(file);
    let mut report = IntegrityReport {
        verdict: Verdict::Intact,
        findings: walk.damage,
        bytes: file.len() as u64,
        frames: 0,
        blocks: 0,
        events: 0,
        gaps: 0,
        lost: 0,
        chain: [0; 32],
    };
    for found in &walk.frames {
        match check(file, found, &report.chain) {
            Some(kind) => add(&mut report.findings, Damage::of_frame(kind, found.offset, &found.header)),
            None => report.count(&found.header),
        }
        // What the frame claims: a frame after an altered one is judged for itself.
        report.chain = found.header.chain;
    }
    if let Some(trailer) = walk.trailer
        && trailer.chain != report.chain
    {
        let at = (file.len() as u64).saturating_sub(crate::frame::TRAILER_LEN as u64);
        let damage = Damage::new(DamageKind::Chain, at, crate::frame::TRAILER_LEN as u64);
        add(&mut report.findings, damage.because("the trailer ends another chain"));
    }
    report.findings.sort_by_key(|damage| damage.offset);
    report.verdict = verdict(&report.findings);
    report
}

impl IntegrityReport {
    fn count(&mut self, header: &FrameHeader) {
        self.frames += 1;
        self.events += u64::from(header.events);
        match header.known_type() {
            Some(FrameType::Block) => self.blocks += 1,
            Some(FrameType::Gap) => {
                self.gaps += 1;
                self.lost = self.lost.saturating_add(header.lost);
            }
            _ => {}
        }
    }
}

/// What is wrong with a frame.
fn check(file: &[u8], found: &Found, previous: &[u8; 32]) -> Option<DamageKind> {
    let frame = usize::try_from(found.offset).ok().and_then(|at| file.get(at..));
    let parts = frame.and_then(|frame| frame.split_first_chunk::<FRAME_HEADER_LEN>());
    let Some((header, Some(padded))) =
        parts.map(|(header, rest)| (header, rest.get(..found.header.padded_len())))
    else {
        return Some(DamageKind::Truncated);
    };
    if crc32c::crc32c(padded) != found.header.payload_crc {
        return Some(DamageKind::Payload);
    }
    // Behind a hole the chain before the frame is not known; the hole itself is a finding.
    let broken = found.adjacent && link(previous, header, padded) != found.header.chain;
    broken.then_some(DamageKind::Chain)
}

fn verdict(findings: &[Damage]) -> Verdict {
    let first = |class| findings.iter().find(|damage| damage.kind.class() == class);
    if let Some(damage) = first(DamageClass::Altered) {
        return Verdict::AlteredAt(damage.offset);
    }
    first(DamageClass::Truncated).map_or(Verdict::Intact, |damage| Verdict::TruncatedAt(damage.offset))
}
