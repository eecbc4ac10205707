//! What a field is: its type, its argument, its value.

use std::borrow::Cow;
use std::net::IpAddr;

/// Type of a field, as Falco's libs distinguish them for operators and literals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Type {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    /// A port or a service name.
    Port,
    /// Permission bits.
    Mode,
    /// A set of flags.
    Flags,
    /// One of a set of values.
    EnumFlags,
    /// A duration, ns.
    RelTime,
    /// A time, ns since 1970.
    AbsTime,
    Bool,
    Double,
    /// Text (`CHARBUF`).
    Text,
    /// An absolute path (`FSPATH`).
    Path,
    /// A relative path (`FSRELPATH`).
    RelPath,
    /// Bytes (`BYTEBUF`).
    Bytes,
    /// An IPv4 or IPv6 address.
    Addr,
    /// Compared with networks; the value is an address.
    Net,
    /// Known only from the event (`DYN`).
    Dyn,
}

/// Value of a field at a moment.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Text, paths and bytes.
    Bytes(Cow<'a, [u8]>),
    /// Integers, ports, modes, flags, times: 64 bits, signed values sign-extended. The field's
    /// type says how to read them.
    Number(u64),
    /// A truth value.
    Bool(bool),
    /// A floating point number.
    Double(f64),
    /// An address.
    Addr(IpAddr),
    /// Several values: of a list field, of all ancestors, of both ends of a connection.
    List(Vec<Value<'a>>),
}

impl<'a> Value<'a> {
    /// A borrowed byte string.
    pub fn bytes(bytes: &'a [u8]) -> Self {
        Self::Bytes(Cow::Borrowed(bytes))
    }

    /// An owned byte string.
    pub fn owned(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Bytes(Cow::Owned(bytes.into()))
    }
}

/// How many values a field has at one moment and how operators treat them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Multi {
    /// One.
    One,
    /// A list: only `in`, `intersects`, `exists`.
    List,
    /// `proc.aname` and its kin without index: the value is the list of all proper ancestors,
    /// nearest first, and an operator holds if it holds for any of them, `!=` included.
    Ancestors,
    /// `fd.ip` and its kin: the value is the list of the ends that are known; `=` holds for
    /// either, `!=` must hold for all. `fd.sip.name` and its kin: the name that is bound to the
    /// address, or the list of all if there are several; of an address without names the list is
    /// empty, so that `=` is false, `!=` is true, and an output shows it as absent.
    Either,
}

/// What a field takes in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arg {
    /// Nothing.
    None,
    /// A number, optional.
    OptionalIndex,
    /// A number or a key, optional.
    OptionalIndexOrKey,
    /// A number, required.
    Index,
    /// A key, required.
    Key,
    /// A number or a key, required.
    IndexOrKey,
    /// A dotted name (`evt.arg.flags`), required.
    Suffix,
    /// A dotted name or a number in brackets (`evt.arg.flags`, `evt.arg[1]`), required.
    SuffixOrIndex,
    /// A dotted name, optional (`evt.abspath.src`).
    OptionalSuffix,
}

/// The argument a rule gave.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Argument {
    /// None.
    None,
    /// A number.
    Index(u64),
    /// A key or a dotted name.
    Key(String),
}

/// How a number is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Decimal, text, true/false: what the type suggests.
    Plain,
    /// Upper-case hexadecimal without prefix.
    Hex,
    /// Octal with a leading 0.
    Octal,
    /// Ten digits with leading zeros.
    Padded,
}

/// Restrictions of a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Extracts nothing by itself, only in comparisons.
    pub filter_only: bool,
    /// Cannot stand in `val()` comparisons.
    pub no_rhs: bool,
    /// Cannot be wrapped in a transformer.
    pub no_transform: bool,
    /// Accepted but not listed.
    pub hidden: bool,
    /// Deprecated upstream.
    pub deprecated: bool,
}

/// Whether Saker gets a field out of captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// Extracted where it applies.
    Extracted,
    /// Accepted in rules, always absent, for this reason.
    Absent(&'static str),
}

/// A field: a row of a table.
pub struct Field {
    /// Name, as rules write it, without argument.
    pub name: &'static str,
    /// Type of one value.
    pub ty: Type,
    /// How many values.
    pub multi: Multi,
    /// What it takes in brackets.
    pub arg: Arg,
    /// How numbers are printed.
    pub format: Format,
    /// Restrictions.
    pub flags: Flags,
    /// Whether captures hold it.
    pub support: Support,
    /// What it is, in a sentence.
    pub doc: &'static str,
    /// Gets the value; `None` is absent.
    pub get: for<'a> fn(&super::Moment<'a>, &Argument) -> Option<Value<'a>>,
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Where conditions and templates get values from: a moment of a capture, or a test's table.
pub trait Extract {
    /// Value of `field` with `argument`; `None` if absent.
    fn extract(&self, field: &'static Field, argument: &Argument) -> Option<Value<'_>>;
    /// The event's name, for the event type prefilter.
    fn event_name(&self) -> &str;
}
