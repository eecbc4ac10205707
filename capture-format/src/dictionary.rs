//! Dictionaries of a block: byte strings with their true lengths, by number.
//!
//! ```text
//! dictionary := (varint length, varint true length - length)*, bytes of all entries in order
//! ```
//! The number of entries is in the block's directory.

use std::hash::{BuildHasher, RandomState};

use crate::column::{put_varint, varint};
use crate::param::{Bytes, TRUE_LEN_MAX};

/// A dictionary that was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dictionary {
    raw: Vec<u8>,
    /// Where each entry begins in `raw`, and where the last ends.
    starts: Vec<u32>,
    true_lens: Vec<u32>,
}

impl Dictionary {
    /// Reads a dictionary of `entries` entries; `None` if the bytes are not one. Allocates at most
    /// 4 bytes a byte of `raw`.
    pub(crate) fn decode(raw: Vec<u8>, entries: u32) -> Option<Self> {
        let entries = entries as usize;
        // An entry takes at least two bytes: checked before room is made.
        if entries > raw.len() / 2 || raw.len() > u32::MAX as usize {
            return None;
        }
        let mut at = 0;
        let mut starts = Vec::with_capacity(entries + 1);
        let mut true_lens = Vec::with_capacity(entries);
        let mut sum: u64 = 0;
        for _ in 0..entries {
            starts.push(sum as u32);
            let len = varint(&raw, &mut at)?;
            let more = varint(&raw, &mut at)?;
            let true_len = len.checked_add(more).filter(|&len| len <= u64::from(TRUE_LEN_MAX))?;
            true_lens.push(true_len as u32);
            sum = sum.checked_add(len).filter(|&sum| sum <= raw.len() as u64)?;
        }
        starts.push(sum as u32);
        if at + sum as usize != raw.len() {
            return None;
        }
        starts.iter_mut().for_each(|start| *start += at as u32);
        Some(Self { raw, starts, true_lens })
    }

    pub(crate) fn len(&self) -> u32 {
        self.true_lens.len() as u32
    }

    /// The entry number `id`.
    #[inline]
    pub(crate) fn get(&self, id: u32) -> Option<Bytes<'_>> {
        let id = id as usize;
        let true_len = *self.true_lens.get(id)?;
        let data = self.raw.get(*self.starts.get(id)? as usize..*self.starts.get(id + 1)? as usize)?;
        Some(Bytes { data, true_len })
    }
}

/// A dictionary that is being filled.
#[derive(Debug, Default)]
pub(crate) struct DictionaryBuilder {
    bytes: Vec<u8>,
    /// Where each entry ends in `bytes`, and its true length.
    entries: Vec<(u32, u32)>,
    /// Open addressing: entry number + 1, 0 for free. Its length is a power of two.
    slots: Vec<u32>,
    /// Keyed per process, so that what a recorded program chooses cannot make it slow.
    hasher: RandomState,
}

impl DictionaryBuilder {
    pub(crate) fn len(&self) -> u32 {
        self.entries.len() as u32
    }

    fn entry(&self, id: usize) -> Option<Bytes<'_>> {
        let (end, true_len) = *self.entries.get(id)?;
        let start = id.checked_sub(1).and_then(|before| self.entries.get(before)).map_or(0, |e| e.0);
        Some(Bytes { data: self.bytes.get(start as usize..end as usize)?, true_len })
    }

    fn hash(&self, bytes: Bytes<'_>) -> usize {
        self.hasher.hash_one((bytes.data, bytes.true_len)) as usize
    }

    /// Number of the entry `bytes`, which is added if it is new.
    pub(crate) fn number(&mut self, bytes: Bytes<'_>) -> u32 {
        if self.entries.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut place = self.hash(bytes) & mask;
        while let Some(&slot) = self.slots.get(place) {
            let Some(id) = (slot as usize).checked_sub(1) else { break };
            if self.entry(id) == Some(bytes) {
                return id as u32;
            }
            place = (place + 1) & mask;
        }
        self.bytes.extend_from_slice(bytes.data);
        let id = self.entries.len() as u32;
        self.entries.push((self.bytes.len() as u32, bytes.true_len));
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = id + 1;
        }
        id
    }

    fn grow(&mut self) {
        let len = (self.slots.len() * 2).max(256);
        let mut slots = vec![0; len];
        for id in 0..self.entries.len() {
            let Some(bytes) = self.entry(id) else { continue };
            let mut place = self.hash(bytes) & (len - 1);
            while slots.get(place).is_some_and(|&slot| slot != 0) {
                place = (place + 1) & (len - 1);
            }
            if let Some(slot) = slots.get_mut(place) {
                *slot = id as u32 + 1;
            }
        }
        self.slots = slots;
    }

    /// The dictionary's bytes; it is empty afterwards.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.bytes.len() + self.entries.len() * 2);
        let mut start = 0;
        for &(end, true_len) in &self.entries {
            let len = end - start;
            put_varint(&mut out, u64::from(len));
            put_varint(&mut out, u64::from(true_len.saturating_sub(len)));
            start = end;
        }
        out.extend_from_slice(&self.bytes);
        self.bytes.clear();
        self.entries.clear();
        self.slots.fill(0);
        out
    }
}
