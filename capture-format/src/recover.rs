//! Finds the frames of a file by walking from header to header, and goes on after damage.

use crate::damage::{Damage, DamageKind};
use crate::frame::{
    FRAME_HEADER_LEN, FrameHeader, FrameType, MAGIC, SYNC, TRAILER_LEN, TRAILER_MAGIC, Trailer, limits,
};

/// A frame and where it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) offset: u64,
    pub(crate) header: FrameHeader,
    /// The frame before it in the file is the one found before it.
    pub(crate) adjacent: bool,
}

/// What walking through a file found.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    pub(crate) frames: Vec<Found>,
    pub(crate) damage: Vec<Damage>,
    pub(crate) trailer: Option<Trailer>,
}

/// Walks through all of `file`.
pub(crate) fn walk(file: &[u8]) -> Walk {
    let mut walker = Walker {
        file,
        walk: Walk::default(),
        last: None,
        last_number: 0,
        hole: None,
        // Checksums computed to decide where to go on; bounded, so that crafted frames within
        // frames cannot make the walk quadratic.
        budget: (file.len() as u64).saturating_mul(2).saturating_add(1 << 20),
    };
    walker.run();
    walker.walk
}

struct Walker<'a> {
    file: &'a [u8],
    walk: Walk,
    last: Option<FrameHeader>,
    /// Number of the last event so far.
    last_number: u64,
    /// Position in `walk.damage` of the damage between the last frame and the next.
    hole: Option<usize>,
    budget: u64,
}

impl Walker<'_> {
    fn run(&mut self) {
        let mut at = MAGIC.len();
        if !self.file.starts_with(&MAGIC) {
            let len = self.file.len().min(MAGIC.len());
            self.damage(Damage::new(DamageKind::Magic, 0, len as u64));
            if self.header(at).is_none() {
                at = 0;
            }
        }
        while at < self.file.len() {
            let Some(next) = self.step(at) else { break };
            at = next;
        }
        self.finish();
    }

    /// Takes what lies at `at`; gives where to go on, `None` at the end.
    fn step(&mut self, at: usize) -> Option<usize> {
        let rest = self.file.get(at..)?;
        if let Some(trailer) = rest.get(..TRAILER_LEN).and_then(Trailer::decode) {
            let behind = rest.len() - TRAILER_LEN;
            self.walk.trailer = Some(trailer);
            if behind > 0 {
                let offset = at + TRAILER_LEN;
                self.damage(Damage::new(DamageKind::Trailing, offset as u64, behind as u64));
            } else if trailer.file_len != self.file.len() as u64 {
                let detail = format!("{} bytes instead of {}", self.file.len(), trailer.file_len);
                self.damage(Damage::new(DamageKind::Length, 0, 0).because(detail));
            }
            return None;
        }
        let Some(header) = self.header(at) else { return self.resync(at, at + 1) };
        let end = at + header.frame_len();
        if end > self.file.len() {
            let inside = self.search(at + FRAME_HEADER_LEN);
            let mut damage = Damage::of_frame(DamageKind::Truncated, at as u64, &header);
            damage.len = (inside.unwrap_or(self.file.len()) - at) as u64;
            damage.detail = format!("{} of its {} bytes are there", damage.len, header.frame_len());
            self.damage(damage);
            self.last = Some(header);
            self.hole = None;
            return inside;
        }
        if !self.plausible(end) && !self.payload_matches(at, &header) {
            // Bytes may be missing inside it: the next frame may begin before it should end.
            if let Some(inside) = self.search(at + FRAME_HEADER_LEN).filter(|&inside| inside < end) {
                let mut damage = Damage::of_frame(DamageKind::Payload, at as u64, &header);
                damage.len = (inside - at) as u64;
                self.damage(damage);
                self.last = Some(header);
                self.hole = None;
                return Some(inside);
            }
        }
        self.accept(at, header);
        Some(end)
    }

    /// A frame header of this recording at `at`.
    fn header(&self, at: usize) -> Option<FrameHeader> {
        let header = FrameHeader::decode(self.file.get(at..)?)?;
        match &self.last {
            Some(last) => (last.recording == header.recording && last.file_number == header.file_number)
                .then_some(header),
            None => Some(header),
        }
    }

    /// Whether something can follow at `at`: a frame, the trailer, the end.
    fn plausible(&self, at: usize) -> bool {
        let rest = self.file.get(at..).unwrap_or_default();
        rest.is_empty() || rest.starts_with(&TRAILER_MAGIC) || self.header(at).is_some()
    }

    fn payload_matches(&mut self, at: usize, header: &FrameHeader) -> bool {
        let Some(left) = self.budget.checked_sub(header.padded_len() as u64) else { return true };
        self.budget = left;
        let start = at + FRAME_HEADER_LEN;
        let padded = self.file.get(start..start + header.padded_len()).unwrap_or_default();
        crc32c::crc32c(padded) == header.payload_crc
    }

    /// The next frame at or behind `from`. Frames lie at multiples of 8, but where bytes were
    /// removed they may not any more: every offset is looked at.
    fn search(&self, from: usize) -> Option<usize> {
        let [first, ..] = SYNC;
        let mut at = from;
        loop {
            let rest = self.file.get(at..)?;
            at += rest.iter().position(|&byte| byte == first)?;
            if self.file.get(at..)?.starts_with(&SYNC) && self.header(at).is_some() {
                return Some(at);
            }
            at += 1;
        }
    }

    /// Reports that no frame is at `at` and goes on at the next one behind `from`.
    fn resync(&mut self, at: usize, from: usize) -> Option<usize> {
        let found = self.search(from);
        let end = found.unwrap_or(self.file.len());
        let rest = self.file.get(at..end).unwrap_or_default();
        let after_index = self.last.is_some_and(|last| last.known_type() == Some(FrameType::Index));
        let start_of = |what: &[u8]| {
            rest.len() < FRAME_HEADER_LEN && rest.starts_with(what.get(..rest.len().min(8)).unwrap_or(what))
        };
        let kind = match found {
            None if after_index && rest.len() <= TRAILER_LEN => DamageKind::Trailer,
            None if start_of(&SYNC) || start_of(&TRAILER_MAGIC) => DamageKind::Truncated,
            _ => DamageKind::NoFrame,
        };
        self.damage(Damage::new(kind, at as u64, rest.len() as u64));
        self.hole = self.walk.damage.len().checked_sub(1);
        found
    }

    /// Takes a frame in, after comparing its number with that of the last.
    fn accept(&mut self, at: usize, header: FrameHeader) {
        let hole = self.hole.take();
        let expected = self.last.map_or(0, |last| last.sequence.saturating_add(1));
        let mut adjacent = hole.is_none() && header.sequence == expected;
        if header.sequence > expected {
            let missing = header.sequence - expected;
            let detail = format!("{missing} missing");
            let numbers = self.numbers_between(&header);
            match hole.and_then(|hole| self.walk.damage.get_mut(hole)) {
                // The bytes in between were named already: say what was in them.
                Some(damage) => {
                    damage.detail = format!("frames: {detail}");
                    damage.numbers = numbers;
                }
                None => {
                    let mut damage = Damage::new(DamageKind::Missing, at as u64, 0).because(detail);
                    damage.numbers = numbers;
                    self.damage(damage);
                }
            }
            adjacent = false;
        } else if header.sequence < expected {
            let damage = Damage::of_frame(DamageKind::OutOfOrder, at as u64, &header);
            let damage = damage.because(format!("number {} where {expected} was due", header.sequence));
            self.damage(Damage { events: None, numbers: None, times: None, ..damage });
            adjacent = false;
        }
        self.last = Some(header);
        self.last_number = self.last_number.max(header.last_number);
        self.walk.frames.push(Found { offset: at as u64, header, adjacent });
    }

    /// Event numbers that must have been in the frames between the last one and `next`.
    fn numbers_between(&self, next: &FrameHeader) -> Option<(u64, u64)> {
        let (first, last) = (self.last_number.checked_add(1)?, next.first_number.checked_sub(1)?);
        (self.last_number > 0 && first <= last).then_some((first, last))
    }

    /// What is missing at the end.
    fn finish(&mut self) {
        let at = self.file.len() as u64;
        let named =
            self.walk.damage.iter().any(|d| d.kind == DamageKind::Truncated && d.offset + d.len == at);
        let has = |kind| self.walk.frames.iter().any(|found| found.header.known_type() == Some(kind));
        if !has(FrameType::End) && !named {
            self.damage(Damage::new(DamageKind::Unfinished, at, 0));
        } else if self.walk.trailer.is_none() && !named {
            let trailer = DamageKind::Trailer;
            if !self.walk.damage.iter().any(|damage| damage.kind == trailer) {
                self.damage(Damage::new(trailer, at, 0));
            }
        }
    }

    fn damage(&mut self, damage: Damage) {
        add(&mut self.walk.damage, damage);
    }
}

/// Adds `damage`; beyond a limit only counts.
pub(crate) fn add(list: &mut Vec<Damage>, damage: Damage) {
    if list.len() < limits::DAMAGES {
        list.push(damage);
        return;
    }
    if list.len() == limits::DAMAGES {
        list.push(Damage::new(DamageKind::More, damage.offset, 0));
    }
    if let Some(more) = list.last_mut() {
        more.len = more.len.saturating_add(damage.len);
    }
}
