//! What each type is: its name, the operators' view of it, and how its literals read.

use super::netaddr::parse_port;
use super::operators::Class;
use crate::fields::{Type, Value};

/// A type: a row of [`TYPES`].
struct Row {
    ty: Type,
    /// Name in Falco's messages.
    name: &'static str,
    class: Class,
    /// Bits a number has, and whether it has a sign.
    bits: u32,
    signed: bool,
}

const fn row(ty: Type, name: &'static str, class: Class, bits: u32, signed: bool) -> Row {
    Row { ty, name, class, bits, signed }
}

/// Every type, in the order of the variants.
static TYPES: &[Row] = &[
    row(Type::I8, "INT8", Class::Number, 8, true),
    row(Type::I16, "INT16", Class::Number, 16, true),
    row(Type::I32, "INT32", Class::Number, 32, true),
    row(Type::I64, "INT64", Class::Number, 64, true),
    row(Type::U8, "UINT8", Class::Number, 8, false),
    row(Type::U16, "UINT16", Class::Number, 16, false),
    row(Type::U32, "UINT32", Class::Number, 32, false),
    row(Type::U64, "UINT64", Class::Number, 64, false),
    row(Type::Port, "PORT", Class::Number, 16, false),
    row(Type::Mode, "MODE", Class::Number, 32, false),
    row(Type::Flags, "FLAGS32", Class::Number, 32, false),
    row(Type::EnumFlags, "ENUMFLAGS32", Class::Number, 32, false),
    row(Type::RelTime, "RELTIME", Class::Number, 64, false),
    row(Type::AbsTime, "ABSTIME", Class::Number, 64, false),
    row(Type::Bool, "BOOL", Class::Bool, 0, false),
    row(Type::Double, "DOUBLE", Class::Number, 0, true),
    row(Type::Text, "CHARBUF", Class::Text, 0, false),
    row(Type::Path, "FSPATH", Class::Text, 0, false),
    row(Type::RelPath, "FSRELPATH", Class::Text, 0, false),
    row(Type::Bytes, "BYTEBUF", Class::Bytes, 0, false),
    row(Type::Addr, "IPADDR", Class::Addr, 0, false),
    row(Type::Net, "IPNET", Class::Addr, 0, false),
    row(Type::Dyn, "DYN", Class::Text, 0, false),
];

fn info(ty: Type) -> &'static Row {
    // Rows stand in the order of the variants; a test holds them to it.
    &TYPES[ty as usize]
}

/// Name of a type, as Falco's messages and `docs/fields.md` have it.
pub fn type_name(ty: Type) -> &'static str {
    info(ty).name
}

/// The type called `name`.
pub fn type_from_name(name: &str) -> Option<Type> {
    TYPES.iter().find(|row| row.name == name).map(|row| row.ty)
}

/// The operators' view of a type.
pub(crate) fn class(ty: Type) -> Class {
    info(ty).class
}

/// Whether a number of this type has a sign.
pub fn is_signed(ty: Type) -> bool {
    info(ty).signed
}

/// Reads a number: decimal only, cut to the type's width as Falco does, then widened again.
pub(super) fn number(ty: Type, text: &str) -> Result<u64, String> {
    if ty == Type::Port {
        return parse_port(text)
            .map(u64::from)
            .ok_or_else(|| format!("{text} is not a valid port number or service"));
    }
    let bad = || format!("{text} is not a valid number");
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad());
    }
    // Beyond 64 bits the nearest number counts.
    let magnitude = digits.parse::<u64>().unwrap_or(u64::MAX);
    let value = match (info(ty).signed, negative) {
        (true, false) => magnitude.min(i64::MAX as u64),
        (true, true) => magnitude.min(1 << 63).wrapping_neg(),
        (false, false) => magnitude,
        (false, true) => magnitude.wrapping_neg(),
    };
    Ok(match (info(ty).bits, info(ty).signed) {
        (8, true) => value as i8 as u64,
        (16, true) => value as i16 as u64,
        (32, true) => value as i32 as u64,
        (8, false) => u64::from(value as u8),
        (16, false) => u64::from(value as u16),
        (32, false) => u64::from(value as u32),
        _ => value,
    })
}

/// Reads a floating point number.
pub(super) fn double(text: &str) -> Result<f64, String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse().ok().filter(|_| plain).ok_or_else(|| format!("{text} is not a valid number"))
}

/// The bytes of a text as operators see them: a C string ends at the first NUL.
pub(super) fn text(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    bytes.get(..end).unwrap_or(bytes)
}

/// Bytes of a value of this type, if it has some.
pub(super) fn bytes_of<'v>(ty: Type, value: &'v Value<'_>) -> Option<&'v [u8]> {
    match value {
        Value::Bytes(bytes) if ty == Type::Bytes => Some(bytes),
        Value::Bytes(bytes) => Some(text(bytes)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_the_variants() {
        for (index, row) in TYPES.iter().enumerate() {
            assert_eq!(row.ty as usize, index, "{}", row.name);
        }
    }

    #[test]
    fn numbers_are_decimal_and_cut_to_their_width() {
        assert_eq!(number(Type::I64, "-1"), Ok(u64::MAX));
        assert_eq!(number(Type::U32, "-1"), Ok(0xffff_ffff));
        assert_eq!(number(Type::I16, "70000"), Ok(4464));
        assert_eq!(number(Type::I8, "255"), Ok(u64::MAX));
        assert_eq!(number(Type::U64, "+4"), Ok(4));
        assert_eq!(number(Type::Port, "ssh"), Ok(22));
        assert_eq!(number(Type::U64, "99999999999999999999"), Ok(u64::MAX));
        assert_eq!(number(Type::I64, "99999999999999999999"), Ok(i64::MAX as u64));
        assert_eq!(number(Type::I64, "-99999999999999999999"), Ok(i64::MIN as u64));
        for bad in ["0x10", "1.5", "", "-", "a", "1e+3"] {
            assert!(number(Type::U64, bad).is_err(), "{bad}");
        }
        assert!(number(Type::Port, "-1").is_err());
    }
}
