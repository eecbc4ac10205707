//! Comparisons of one value with literals, everything parsed.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::net::IpAddr;

use super::ast::Word;
use super::error::{ConditionError, Kind};
use super::glob::Glob;
use super::limits::Limits;
use super::netaddr::{Cidr, parse_address};
use super::operators::{Class, Op};
use super::paths::PathSet;
use super::pattern::Pattern;
use super::types::{bytes_of, class, double, is_signed, number};
use crate::fields::{Type, Value};

/// A comparison of one value with one literal.
#[derive(Clone, Debug)]
pub enum Predicate {
    /// Strings and bytes.
    Bytes {
        /// How.
        op: Op,
        /// Type of the value: text ends at NUL, bytes do not.
        ty: Type,
        /// With what.
        literal: Box<[u8]>,
    },
    /// A shell pattern.
    Glob(Glob),
    /// A regular expression.
    Regex(Pattern),
    /// Integers.
    Number {
        /// How.
        op: Op,
        /// Whether order takes signs into account.
        signed: bool,
        /// With what.
        literal: u64,
    },
    /// Floating point numbers.
    Double {
        /// How.
        op: Op,
        /// With what.
        literal: f64,
    },
    /// A truth value, or its opposite.
    Bool(bool),
    /// An address: is it (`true`), is it not.
    Addr(bool, IpAddr),
    /// A network: is it in it (`true`), is it not.
    Net(bool, Cidr),
    /// Paths that lead to the value.
    Paths(PathSet),
}

fn fail(word: &Word, text: String) -> ConditionError {
    ConditionError::new(Kind::Literal(text), word.at)
}

/// Decodes pairs of hexadecimal digits.
fn hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some((digit(*high)? * 16 + digit(*low)?) as u8),
        _ => None,
    };
    text.chunks(2).map(pair).collect()
}

impl Predicate {
    /// Parses the literal `word` as type and operator want it.
    pub(super) fn new(ty: Type, op: Op, word: &Word) -> Result<Self, ConditionError> {
        Self::within(ty, op, word, &Limits::DEFAULT)
    }

    /// As [`Predicate::new`], within other limits than usual.
    pub(super) fn within(ty: Type, op: Op, word: &Word, limits: &Limits) -> Result<Self, ConditionError> {
        let text = word.lossy();
        if ty != Type::Bytes && word.text.contains(&0) {
            return Err(fail(word, "a string literal may not contain a NUL byte".to_owned()));
        }
        let positive = op != Op::Ne;
        Ok(match (class(ty), op) {
            (Class::Text, Op::Glob | Op::IGlob) => Self::Glob(Glob::new(&word.text, op == Op::IGlob)),
            (Class::Text, Op::Regex) => Self::Regex(
                Pattern::within(&text, limits.regex)
                    .map_err(|why| ConditionError::new(Kind::Regex(why), word.at))?,
            ),
            (Class::Bytes, Op::BContains | Op::BStartsWith) => {
                let literal = hex(&word.text).ok_or_else(|| {
                    fail(word, format!("'{text}' is not an even number of hexadecimal digits"))
                })?;
                Self::Bytes { op, ty, literal: literal.into() }
            }
            (Class::Text, Op::IContains) => {
                Self::Bytes { op, ty, literal: word.text.to_ascii_lowercase().into() }
            }
            (Class::Text | Class::Bytes | Class::List, _) => {
                Self::Bytes { op, ty, literal: word.text.as_slice().into() }
            }
            (Class::Number, _) if ty == Type::Double => {
                Self::Double { op, literal: double(&text).map_err(|why| fail(word, why))? }
            }
            (Class::Number, _) => Self::Number {
                op,
                signed: is_signed(ty),
                literal: number(ty, &text).map_err(|why| fail(word, why))?,
            },
            (Class::Bool, _) => match &*text {
                "true" => Self::Bool(positive),
                "false" => Self::Bool(!positive),
                _ => return Err(fail(word, format!("unrecognized boolean value {text}"))),
            },
            (Class::Addr, _) if ty == Type::Net => match Cidr::parse(&text) {
                Some(net) => Self::Net(positive, net),
                None => return Err(fail(word, format!("unrecognized IP network {text}"))),
            },
            (Class::Addr, _) => match parse_address(&text) {
                Some(address) => Self::Addr(positive, address),
                None => return Err(fail(word, format!("unrecognized IP address {text}"))),
            },
        })
    }

    /// Whether it asks for difference, which both ends of a connection must show.
    pub(super) fn is_negative(&self) -> bool {
        match self {
            Self::Bytes { op, .. } | Self::Number { op, .. } | Self::Double { op, .. } => *op == Op::Ne,
            Self::Addr(positive, _) | Self::Net(positive, _) => !positive,
            Self::Glob(_) | Self::Regex(_) | Self::Bool(_) | Self::Paths(_) => false,
        }
    }

    /// Whether it holds for `value`; never for a value of another type.
    pub fn holds(&self, value: &Value<'_>) -> bool {
        match (self, value) {
            (Self::Bytes { op, ty, literal }, value) => {
                bytes_of(*ty, value).is_some_and(|bytes| bytes_hold(*op, bytes, literal))
            }
            (Self::Glob(glob), value) => bytes_of(Type::Text, value).is_some_and(|text| glob.matches(text)),
            (Self::Regex(regex), value) => {
                bytes_of(Type::Text, value).is_some_and(|text| regex.matches(text))
            }
            (Self::Paths(paths), value) => {
                bytes_of(Type::Text, value).is_some_and(|text| paths.matches(text))
            }
            (Self::Number { op, signed, literal }, Value::Number(value)) => {
                numbers_hold(*op, *signed, *value, *literal)
            }
            (Self::Double { op, literal }, Value::Double(value)) => {
                value.partial_cmp(literal).is_some_and(|order| order_holds(*op, order))
            }
            (Self::Bool(wanted), Value::Bool(value)) => wanted == value,
            (Self::Addr(positive, literal), Value::Addr(value)) => (literal == value) == *positive,
            (Self::Net(positive, net), Value::Addr(value)) => net.contains(*value) == *positive,
            _ => false,
        }
    }
}

/// Whether `needle` is in `hay`, letters compared without case if `fold` (then `needle` is lower case).
fn contains(hay: &[u8], needle: &[u8], fold: bool) -> bool {
    if needle.is_empty() {
        return true;
    }
    hay.windows(needle.len())
        .any(|window| if fold { window.eq_ignore_ascii_case(needle) } else { window == needle })
}

pub(super) fn bytes_hold(op: Op, value: &[u8], literal: &[u8]) -> bool {
    match op {
        Op::Contains | Op::BContains => contains(value, literal, false),
        Op::IContains => contains(value, literal, true),
        Op::StartsWith | Op::BStartsWith => value.starts_with(literal),
        Op::EndsWith => value.ends_with(literal),
        Op::Glob | Op::IGlob => Glob::new(literal, op == Op::IGlob).matches(value),
        op => order_holds(op, value.cmp(literal)),
    }
}

pub(super) fn numbers_hold(op: Op, signed: bool, value: u64, literal: u64) -> bool {
    let order = if signed { (value as i64).cmp(&(literal as i64)) } else { value.cmp(&literal) };
    order_holds(op, order)
}

pub(super) fn order_holds(op: Op, order: Ordering) -> bool {
    match op {
        Op::Eq | Op::EqEq | Op::In | Op::Intersects => order.is_eq(),
        Op::Ne => order.is_ne(),
        Op::Lt => order.is_lt(),
        Op::Le => order.is_le(),
        Op::Gt => order.is_gt(),
        Op::Ge => order.is_ge(),
        _ => false,
    }
}

/// Literals of `in` and `intersects`.
#[derive(Clone, Debug)]
pub enum Set {
    /// Strings.
    Texts(HashSet<Box<[u8]>>),
    /// Integers, sorted.
    Numbers(Vec<u64>),
    /// Anything else: equal to one of these.
    Any(Vec<Predicate>),
}

impl Set {
    /// Parses the literals.
    pub(super) fn new(ty: Type, words: &[Word]) -> Result<Self, ConditionError> {
        let equal = words.iter().map(|word| Predicate::new(ty, Op::Eq, word));
        let equal = equal.collect::<Result<Vec<_>, _>>()?;
        Ok(match class(ty) {
            Class::Text => Self::Texts(words.iter().map(|word| word.text.as_slice().into()).collect()),
            Class::Number if ty != Type::Double => {
                let literal = |predicate: &Predicate| match predicate {
                    Predicate::Number { literal, .. } => Some(*literal),
                    _ => None,
                };
                let mut numbers: Vec<u64> = equal.iter().filter_map(literal).collect();
                numbers.sort_unstable();
                Self::Numbers(numbers)
            }
            _ => Self::Any(equal),
        })
    }

    /// Whether `value` is one of them.
    pub fn contains(&self, value: &Value<'_>) -> bool {
        match (self, value) {
            (Self::Texts(texts), value) => {
                bytes_of(Type::Text, value).is_some_and(|text| texts.contains(text))
            }
            (Self::Numbers(numbers), Value::Number(number)) => numbers.binary_search(number).is_ok(),
            (Self::Numbers(_), _) => false,
            (Self::Any(predicates), value) => predicates.iter().any(|predicate| predicate.holds(value)),
        }
    }
}
