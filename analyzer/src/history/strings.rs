//! Byte strings kept once.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// Number of an interned byte string; 0 is the empty one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct StringId(u32);

impl StringId {
    /// Whether it is the empty string, which stands for "unknown".
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Byte strings, each kept once, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Strings {
    bytes: Vec<u8>,
    /// Where each string ends; string 0 ends at 0.
    ends: Vec<u64>,
}

impl Strings {
    /// The bytes of `id`.
    pub(super) fn get(&self, id: StringId) -> &[u8] {
        let index = id.0 as usize;
        let end = self.ends.get(index).copied().unwrap_or(0) as usize;
        let start = index.checked_sub(1).and_then(|at| self.ends.get(at)).copied().unwrap_or(0) as usize;
        self.bytes.get(start..end).unwrap_or(&[])
    }
}

/// Fills [`Strings`]; the index it needs for that goes away with it.
#[derive(Debug, Default)]
pub(super) struct Interner {
    strings: Strings,
    /// Hash, counted up past collisions, to string. The hash is keyed at random, so that a
    /// capture cannot be made to collide.
    by_hash: HashMap<u64, u32>,
    state: RandomState,
}

impl Interner {
    /// The number of `bytes`.
    pub(super) fn intern(&mut self, bytes: &[u8]) -> StringId {
        if self.strings.ends.is_empty() {
            self.strings.ends.push(0);
        }
        if bytes.is_empty() {
            return StringId(0);
        }
        let mut hash = self.state.hash_one(bytes);
        while let Some(&id) = self.by_hash.get(&hash) {
            if self.strings.get(StringId(id)) == bytes {
                return StringId(id);
            }
            hash = hash.wrapping_add(1);
        }
        let Ok(id) = u32::try_from(self.strings.ends.len()) else { return StringId(0) };
        self.strings.bytes.extend_from_slice(bytes);
        self.strings.ends.push(self.strings.bytes.len() as u64);
        self.by_hash.insert(hash, id);
        StringId(id)
    }

    /// The strings alone.
    pub(super) fn finish(mut self) -> Strings {
        self.strings.bytes.shrink_to_fit();
        self.strings.ends.shrink_to_fit();
        self.strings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bytes_have_one_number_and_come_back() {
        let mut interner = Interner::default();
        let a = interner.intern(b"/bin/sh");
        let b = interner.intern(b"");
        let c = interner.intern(b"/bin/bash");
        assert_eq!(interner.intern(b"/bin/sh"), a);
        assert!(b.is_empty() && !a.is_empty() && a != c);
        let strings = interner.finish();
        assert_eq!(strings.get(a), b"/bin/sh");
        assert_eq!(strings.get(b), b"");
        assert_eq!(strings.get(c), b"/bin/bash");
        assert_eq!(strings.get(StringId(999)), b"");
    }
}
