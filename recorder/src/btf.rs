//! The kernel's own description of its types (BTF): where fields of its structs are.
//!
//! Everything is read with bounds checks: a file given with `--btf` is not to be trusted.

use std::collections::BTreeMap;

/// Why bytes are not usable BTF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BtfError {
    /// The magic number is missing.
    #[error("this is not BTF: the magic number is missing")]
    Magic,
    /// A part lies outside the bytes.
    #[error("the BTF is cut short or damaged")]
    Damaged,
    /// A kind of type this version does not know; what follows it cannot be found.
    #[error("BTF kind {0} is unknown to this version")]
    UnknownKind(u8),
}

/// Kinds of type that matter here, as the format numbers them.
mod kind {
    pub(super) const INT: u8 = 1;
    pub(super) const ARRAY: u8 = 3;
    pub(super) const STRUCT: u8 = 4;
    pub(super) const UNION: u8 = 5;
    pub(super) const ENUM: u8 = 6;
    pub(super) const TYPEDEF: u8 = 8;
    pub(super) const RESTRICT: u8 = 11;
    pub(super) const FUNC_PROTO: u8 = 13;
    pub(super) const VAR: u8 = 14;
    pub(super) const DATASEC: u8 = 15;
    pub(super) const DECL_TAG: u8 = 17;
    pub(super) const TYPE_TAG: u8 = 18;
    pub(super) const ENUM64: u8 = 19;
}

/// Where a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Bits from the start of the outermost struct.
    pub bit: u32,
    /// Whether it is a bit field.
    pub bit_field: bool,
}

impl Place {
    /// Bytes from the start; `None` for a bit field.
    pub fn byte(self) -> Option<u32> {
        (!self.bit_field && self.bit.is_multiple_of(8)).then_some(self.bit / 8)
    }
}

#[derive(Clone, Copy)]
struct Type {
    /// Where its 12-byte head starts.
    at: usize,
    info: u32,
}

impl Type {
    fn kind(self) -> u8 {
        (self.info >> 24 & 0x1f) as u8
    }

    fn len(self) -> usize {
        (self.info & 0xffff) as usize
    }

    fn has_bit_fields(self) -> bool {
        self.info >> 31 == 1
    }
}

/// Parsed BTF.
pub struct Btf<'a> {
    bytes: &'a [u8],
    strings: &'a [u8],
    types: Vec<Type>,
    /// Structs, unions and enums by name; the first of several wins.
    named: BTreeMap<&'a [u8], Vec<u32>>,
}

impl<'a> Btf<'a> {
    /// Reads the table of types. Only names in `wanted` can be looked up afterwards: the kernel has
    /// a hundred thousand types and start-up time matters.
    pub fn parse(bytes: &'a [u8], wanted: &dyn Fn(&[u8]) -> bool) -> Result<Self, BtfError> {
        let word = |at: usize| u32_at(bytes, at).ok_or(BtfError::Damaged);
        if bytes.get(..2) != Some(&[0x9f, 0xeb]) {
            return Err(BtfError::Magic);
        }
        let header = word(4)? as usize;
        let part = |offset: u32, len: u32| -> Result<(usize, usize), BtfError> {
            let start = header.checked_add(offset as usize).ok_or(BtfError::Damaged)?;
            let end = start.checked_add(len as usize).ok_or(BtfError::Damaged)?;
            if end > bytes.len() { Err(BtfError::Damaged) } else { Ok((start, end)) }
        };
        let (mut at, end) = part(word(8)?, word(12)?)?;
        let (strings_start, strings_end) = part(word(16)?, word(20)?)?;
        let strings = bytes.get(strings_start..strings_end).ok_or(BtfError::Damaged)?;

        // Type 0 is void.
        let mut types = vec![Type { at: 0, info: 0 }];
        let mut named: BTreeMap<&[u8], Vec<u32>> = BTreeMap::new();
        while at < end {
            let one = Type { at, info: word(at + 4)? };
            let more = match one.kind() {
                kind::INT | kind::VAR | kind::DECL_TAG => 4,
                kind::ARRAY => 12,
                kind::STRUCT | kind::UNION | kind::DATASEC | kind::ENUM64 => 12 * one.len(),
                kind::ENUM | kind::FUNC_PROTO => 8 * one.len(),
                2 | 7..=12 | 16 | kind::TYPE_TAG => 0,
                other => return Err(BtfError::UnknownKind(other)),
            };
            if matches!(one.kind(), kind::STRUCT | kind::UNION | kind::ENUM) {
                let name = string(strings, word(at)?);
                if !name.is_empty() && wanted(name) {
                    named.entry(name).or_default().push(types.len() as u32);
                }
            }
            types.push(one);
            at += 12 + more;
        }
        Ok(Self { bytes, strings, types, named })
    }

    /// Place of `struct.member` or `struct.member.member`; members of anonymous structs and unions
    /// count as members of what contains them.
    pub fn place(&self, path: &str) -> Option<Place> {
        let mut names = path.split('.');
        let outer = names.next()?;
        self.named.get(outer.as_bytes())?.iter().find_map(|&id| {
            let mut place = Place { bit: 0, bit_field: false };
            let mut inside = id;
            for name in names.clone() {
                let (member, id) = self.member(inside, name.as_bytes(), 0)?;
                place = Place { bit: place.bit.checked_add(member.bit)?, bit_field: member.bit_field };
                inside = id;
            }
            Some(place)
        })
    }

    /// Size in bytes of a struct.
    pub fn size(&self, name: &str) -> Option<u32> {
        self.named.get(name.as_bytes())?.iter().find_map(|&id| {
            let one = self.types.get(id as usize)?;
            if one.kind() != kind::STRUCT {
                return None;
            }
            u32_at(self.bytes, one.at + 8)
        })
    }

    /// Value of `enum.name`.
    pub fn enum_value(&self, path: &str) -> Option<u32> {
        let (outer, wanted) = path.split_once('.')?;
        self.named.get(outer.as_bytes())?.iter().find_map(|&id| {
            let one = *self.types.get(id as usize)?;
            if one.kind() != kind::ENUM {
                return None;
            }
            (0..one.len()).find_map(|index| {
                let at = one.at + 12 + index * 8;
                let name = string(self.strings, u32_at(self.bytes, at)?);
                if name == wanted.as_bytes() { u32_at(self.bytes, at + 4) } else { None }
            })
        })
    }

    /// Whether the struct has this member.
    pub fn has(&self, path: &str) -> bool {
        self.place(path).is_some()
    }

    fn member(&self, id: u32, wanted: &[u8], depth: u32) -> Option<(Place, u32)> {
        // Anonymous members nest a few levels in real kernels; damaged BTF could go in circles.
        if depth > 16 {
            return None;
        }
        let one = self.named_type(id)?;
        if !matches!(one.kind(), kind::STRUCT | kind::UNION) {
            return None;
        }
        for index in 0..one.len() {
            let at = one.at + 12 + index * 12;
            let name = string(self.strings, u32_at(self.bytes, at)?);
            let id = u32_at(self.bytes, at + 4)?;
            let raw = u32_at(self.bytes, at + 8)?;
            let (bit, size) = if one.has_bit_fields() { (raw & 0xff_ffff, raw >> 24) } else { (raw, 0) };
            if name == wanted {
                return Some((Place { bit, bit_field: size != 0 }, id));
            }
            if name.is_empty()
                && let Some((place, id)) = self.member(id, wanted, depth + 1)
            {
                return Some((Place { bit: bit.checked_add(place.bit)?, ..place }, id));
            }
        }
        None
    }

    /// The type behind typedefs, qualifiers and tags.
    fn named_type(&self, mut id: u32) -> Option<Type> {
        for _ in 0..16 {
            let one = *self.types.get(id as usize)?;
            match one.kind() {
                kind::TYPEDEF..=kind::RESTRICT | kind::TYPE_TAG => id = u32_at(self.bytes, one.at + 8)?,
                _ => return Some(one),
            }
        }
        None
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn string(strings: &[u8], at: u32) -> &[u8] {
    let rest = strings.get(at as usize..).unwrap_or_default();
    rest.split(|&byte| byte == 0).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// struct inner { int b; } ; struct outer { int a; struct { int c; }; unsigned d:1; }; enum e { X = 7 }
    fn sample() -> Vec<u8> {
        let names = b"\0int\0outer\0a\0c\0d\0e\0X\0";
        let at = |name: &[u8]| {
            let with_nul = [b"\0", name, b"\0"].concat();
            names.windows(with_nul.len()).position(|w| w == with_nul).unwrap() as u32 + 1
        };
        let mut types: Vec<u32> = Vec::new();
        types.extend([at(b"int"), 1 << 24, 4, 32]); // 1: int
        types.extend([0, 4 << 24 | 1, 4, at(b"c"), 1, 0]); // 2: anonymous struct { int c }
        types.extend([at(b"outer"), 1 << 31 | 4 << 24 | 3, 16]); // 3: outer
        types.extend([at(b"a"), 1, 0, 0, 2, 32, at(b"d"), 1, 1 << 24 | 67]);
        types.extend([at(b"e"), 6 << 24 | 1, 4, at(b"X"), 7]); // 4: enum e
        let type_bytes: Vec<u8> = types.iter().flat_map(|word| word.to_le_bytes()).collect();
        let mut out = vec![0x9f, 0xeb, 1, 0];
        for word in [24, 0, type_bytes.len() as u32, type_bytes.len() as u32, names.len() as u32] {
            out.extend(word.to_le_bytes());
        }
        out.extend(type_bytes);
        out.extend(names);
        out
    }

    #[test]
    fn fields_of_anonymous_members_and_bit_fields_are_found() {
        let bytes = sample();
        let btf = Btf::parse(&bytes, &|_| true).unwrap();
        assert_eq!(btf.place("outer.a").and_then(Place::byte), Some(0));
        assert_eq!(btf.place("outer.c").and_then(Place::byte), Some(4));
        assert_eq!(btf.place("outer.d"), Some(Place { bit: 67, bit_field: true }));
        assert_eq!(btf.place("outer.nothing"), None);
        assert_eq!(btf.size("outer"), Some(16));
        assert_eq!(btf.enum_value("e.X"), Some(7));
    }

    #[test]
    fn every_cut_and_every_flipped_byte_is_survived() {
        let bytes = sample();
        for len in 0..bytes.len() {
            assert!(Btf::parse(&bytes[..len], &|_| true).is_err());
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0xff;
            if let Ok(btf) = Btf::parse(&damaged, &|_| true) {
                let _ = (btf.place("outer.c"), btf.size("outer"), btf.enum_value("e.X"));
            }
        }
    }
}
