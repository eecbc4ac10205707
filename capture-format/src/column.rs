//! Columns of a lane: one `u64` word a row, coded so that little is left to compress and a row can
//! still be read with a few loads.
//!
//! ```text
//! column := head byte, body
//! head   := bits 0-2 coding, bits 3-4 width (1 << n bytes), bits 5-6 what a word is, bit 7 zero
//! ```
//! | coding | body |
//! |---|---|
//! | 0 same | varint: the word of every row |
//! | 1 offset | varint `base`; a little-endian number of `width` bytes a row, added to it |
//! | 2 table | varint count, count varints; a position of `width` bytes (1 or 2) a row |
//! | 3 planes | varint: first word; of every further row the zigzag difference to the row before, `width` bytes: first the lowest byte of each, then the next … |
//!
//! Additions wrap at 64 bits. A varint is LEB128, at most 10 bytes. Planes serve clocks and
//! counters: they leave zstd 2 % less than varints did and decode faster (`cargo bench`).

use std::collections::HashMap;

/// What the words of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Refers {
    /// Values.
    Values,
    /// Numbers of entries of the dictionary of state strings.
    StateStrings,
    /// Numbers of entries of the dictionary of strings.
    Strings,
    /// Numbers of entries of the dictionary of descriptors.
    Descriptors,
}

impl Refers {
    const ALL: [Self; 4] = [Self::Values, Self::StateStrings, Self::Strings, Self::Descriptors];

    /// Position of the dictionary in a block; `None` for values.
    pub(crate) fn dictionary(self) -> Option<usize> {
        match self {
            Self::Values => None,
            Self::StateStrings => Some(0),
            Self::Strings => Some(1),
            Self::Descriptors => Some(2),
        }
    }

    fn bits(self) -> u8 {
        self.dictionary().map_or(0, |position| position as u8 + 1) << 5
    }

    fn from_head(head: u8) -> Option<Self> {
        Self::ALL.get(usize::from(head >> 5)).copied()
    }
}

const SAME: u8 = 0;
const OFFSET: u8 = 1;
const TABLE: u8 = 2;
const PLANES: u8 = 3;

/// Most values of a table.
const TABLE_MAX: usize = 4096;

/// A column that was read: where its words are in the lane's bytes.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) refers: Refers,
    words: Data,
}

#[derive(Clone, Debug)]
enum Data {
    Same(u64),
    /// `at` and `shift` say where the numbers lie and that they have `1 << shift` bytes.
    Offset {
        base: u64,
        at: usize,
        shift: u8,
    },
    Table {
        values: Box<[u64]>,
        at: usize,
        shift: u8,
    },
    Words(Box<[u64]>),
}

impl Column {
    /// Word of row `row`; 0 if there is no such row. `raw` is what the column was read from.
    #[inline]
    pub(crate) fn get(&self, raw: &[u8], row: usize) -> u64 {
        match &self.words {
            Data::Same(word) => *word,
            Data::Offset { base, at, shift } => base.wrapping_add(narrow(raw, *at, *shift, row)),
            Data::Table { values, at, shift } => {
                values.get(narrow(raw, *at, *shift, row) as usize).copied().unwrap_or(0)
            }
            Data::Words(words) => words.get(row).copied().unwrap_or(0),
        }
    }

    /// Reads the column of `rows` rows that begins at `at`; gives it and where it ends. `None` if
    /// the bytes are not a column. Allocates at most 8 bytes a byte read.
    pub(crate) fn decode(raw: &[u8], at: usize, rows: usize) -> Option<(Self, usize)> {
        let head = *raw.get(at)?;
        let refers = Refers::from_head(head)?;
        let shift = head >> 3 & 3;
        let mut at = at + 1;
        let body = |at: usize, len: usize| raw.get(at..at.checked_add(len)?).map(|_| at + len);
        let words = match head & 7 {
            SAME => Data::Same(varint(raw, &mut at)?),
            OFFSET => {
                let base = varint(raw, &mut at)?;
                let start = at;
                at = body(at, rows << shift)?;
                Data::Offset { base, at: start, shift }
            }
            TABLE => {
                let count = varint(raw, &mut at)?;
                if count > TABLE_MAX as u64 || count as usize > rows || shift > 1 {
                    return None;
                }
                let values = (0..count).map(|_| varint(raw, &mut at)).collect::<Option<Box<[u64]>>>()?;
                let start = at;
                at = body(at, rows << shift)?;
                if (0..rows).any(|row| narrow(raw, start, shift, row) >= count) {
                    return None;
                }
                Data::Table { values, at: start, shift }
            }
            PLANES => {
                let first = varint(raw, &mut at)?;
                let steps = rows.checked_sub(1)?;
                let planes = raw.get(at..at.checked_add(steps << shift)?)?;
                at += steps << shift;
                let mut words = vec![0; rows];
                if steps > 0 {
                    for (position, plane) in planes.chunks_exact(steps).enumerate() {
                        for (word, byte) in words.iter_mut().skip(1).zip(plane) {
                            *word |= u64::from(*byte) << (8 * position);
                        }
                    }
                }
                let mut sum = first;
                for (row, word) in words.iter_mut().enumerate() {
                    sum = if row == 0 { first } else { sum.wrapping_add(unzigzag(*word)) };
                    *word = sum;
                }
                Data::Words(words.into())
            }
            _ => return None,
        };
        Some((Self { refers, words }, at))
    }
}

#[inline]
fn narrow(raw: &[u8], at: usize, shift: u8, row: usize) -> u64 {
    let at = at + (row << shift);
    match shift {
        0 => raw.get(at).copied().map_or(0, u64::from),
        1 => u64::from(crate::frame::u16_at(raw, at)),
        2 => u64::from(crate::frame::u32_at(raw, at)),
        _ => crate::frame::u64_at(raw, at),
    }
}

/// Appends a column of `words` (at least one) to `out`, in the coding that takes least room.
/// `steps` says that neighbours are close: a clock or a counter.
pub(crate) fn encode(words: &[u64], refers: Refers, steps: bool, scratch: &mut Scratch, out: &mut Vec<u8>) {
    let Some((&first, rest)) = words.split_first() else { return };
    let head = |coding: u8, shift: u8| coding | shift << 3 | refers.bits();
    if rest.iter().all(|&word| word == first) {
        out.push(head(SAME, 0));
        put_varint(out, first);
        return;
    }
    if steps {
        scratch.values.clear();
        let mut before = first;
        scratch.values.extend(rest.iter().map(|&word| {
            let step = zigzag(word.wrapping_sub(before));
            before = word;
            step
        }));
        let shift = shift_for(scratch.values.iter().copied().max().unwrap_or(0));
        out.push(head(PLANES, shift));
        put_varint(out, first);
        for plane in 0..1_u32 << shift {
            out.extend(scratch.values.iter().map(|step| (step >> (8 * plane)) as u8));
        }
        return;
    }
    // Compared as signed numbers, so that -2 and 3 are five apart.
    let signed = words.iter().map(|&word| word as i64);
    let base = signed.clone().min().unwrap_or(0) as u64;
    let range = (signed.max().unwrap_or(0) as u64).wrapping_sub(base);
    let shift = shift_for(range);
    // A table pays where it makes rows narrower.
    if shift > 0 && scratch.tabulate(words, if shift == 1 { 256 } else { TABLE_MAX }) {
        let index_shift = u8::from(scratch.values.len() > 256);
        let plain = words.len() << shift;
        if (words.len() << index_shift) + scratch.values.len() * 6 < plain {
            out.push(head(TABLE, index_shift));
            put_varint(out, scratch.values.len() as u64);
            for &value in &scratch.values {
                put_varint(out, value);
            }
            for &position in &scratch.positions {
                out.extend_from_slice(position.to_le_bytes().get(..1 << index_shift).unwrap_or_default());
            }
            return;
        }
    }
    out.push(head(OFFSET, shift));
    put_varint(out, base);
    for &word in words {
        let bytes = word.wrapping_sub(base).to_le_bytes();
        out.extend_from_slice(bytes.get(..1 << shift).unwrap_or_default());
    }
}

/// Room that encoding reuses from column to column.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    seen: HashMap<u64, u16>,
    values: Vec<u64>,
    positions: Vec<u16>,
}

impl Scratch {
    /// Fills `values` with the distinct words and `positions` with where each row's is; false if
    /// there are more than `most`.
    fn tabulate(&mut self, words: &[u64], most: usize) -> bool {
        self.seen.clear();
        self.values.clear();
        self.positions.clear();
        let mut last = None;
        for &word in words {
            let position = match last {
                Some((value, position)) if value == word => position,
                _ => {
                    let next = self.values.len() as u16;
                    let position = *self.seen.entry(word).or_insert(next);
                    if position == next {
                        if self.values.len() == most {
                            return false;
                        }
                        self.values.push(word);
                    }
                    position
                }
            };
            last = Some((word, position));
            self.positions.push(position);
        }
        true
    }
}

fn shift_for(range: u64) -> u8 {
    match range {
        0..=0xff => 0,
        0x100..=0xffff => 1,
        0x1_0000..=0xffff_ffff => 2,
        _ => 3,
    }
}

fn zigzag(word: u64) -> u64 {
    (word << 1) ^ ((word as i64 >> 63) as u64)
}

fn unzigzag(word: u64) -> u64 {
    (word >> 1) ^ (word & 1).wrapping_neg()
}

/// Appends `word` as LEB128.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut word: u64) {
    while word >= 0x80 {
        out.push(word as u8 | 0x80);
        word >>= 7;
    }
    out.push(word as u8);
}

/// Reads a LEB128 number at `at` and moves on; `None` at the end or beyond 64 bits.
#[inline]
pub(crate) fn varint(raw: &[u8], at: &mut usize) -> Option<u64> {
    let mut word = 0;
    for shift in (0..64).step_by(7) {
        let byte = *raw.get(*at)?;
        *at += 1;
        if shift == 63 && byte > 1 {
            return None;
        }
        word |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(word);
        }
    }
    None
}
