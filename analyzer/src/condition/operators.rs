//! Every operator and modifier of the language: a row each.

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Op {
    Exists,
    Le,
    Lt,
    Ge,
    Gt,
    EqEq,
    Eq,
    Ne,
    Glob,
    IGlob,
    Contains,
    IContains,
    BContains,
    StartsWith,
    BStartsWith,
    EndsWith,
    Regex,
    Intersects,
    In,
    PMatch,
}

/// What stands on the right of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Nothing.
    Nothing,
    /// A number.
    Number,
    /// A string, or a modifier and a list.
    Text,
    /// A list.
    List,
}

/// Kinds of value, as far as operators tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Integers, ports, modes, flags, times, floating point.
    Number,
    /// true and false.
    Bool,
    /// Text and paths.
    Text,
    /// Bytes.
    Bytes,
    /// Addresses and networks.
    Addr,
    /// Lists of anything.
    List,
}

impl Class {
    /// As error messages call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "numeric",
            Self::Bool => "boolean",
            Self::Text => "string",
            Self::Bytes => "byte buffer",
            Self::Addr => "ip address and network",
            Self::List => "list",
        }
    }
}

/// An operator: a row of [`OPERATORS`].
#[derive(Debug)]
pub struct Operator {
    /// Which.
    pub op: Op,
    /// As rules write it.
    pub name: &'static str,
    /// What follows it.
    pub right: Right,
    /// Kinds of value it applies to.
    pub classes: &'static [Class],
    /// Whether two fields may be compared with it.
    pub fields: bool,
}

use Class::{Addr, Bool, Bytes, List, Number, Text};

const ALL: &[Class] = &[Number, Bool, Text, Bytes, Addr, List];
const ONE: &[Class] = &[Number, Bool, Text, Bytes, Addr];
const ORDER: &[Class] = &[Number, Text];
const STRING: &[Class] = &[Text, Bytes];

/// The operators, in the order in which a parser tries them: a name comes before its prefixes.
pub static OPERATORS: &[Operator] = &[
    row(Op::Exists, "exists", Right::Nothing, ALL, false),
    row(Op::Le, "<=", Right::Number, ORDER, true),
    row(Op::Lt, "<", Right::Number, ORDER, true),
    row(Op::Ge, ">=", Right::Number, ORDER, true),
    row(Op::Gt, ">", Right::Number, ORDER, true),
    row(Op::EqEq, "==", Right::Text, ONE, true),
    row(Op::Eq, "=", Right::Text, ONE, true),
    row(Op::Ne, "!=", Right::Text, ONE, true),
    row(Op::Glob, "glob", Right::Text, &[Text], true),
    row(Op::IGlob, "iglob", Right::Text, &[Text], true),
    row(Op::Contains, "contains", Right::Text, STRING, true),
    row(Op::IContains, "icontains", Right::Text, &[Text], true),
    row(Op::BContains, "bcontains", Right::Text, &[Bytes], true),
    row(Op::StartsWith, "startswith", Right::Text, STRING, true),
    row(Op::BStartsWith, "bstartswith", Right::Text, &[Bytes], true),
    row(Op::EndsWith, "endswith", Right::Text, STRING, true),
    row(Op::Regex, "regex", Right::Text, &[Text], false),
    row(Op::Intersects, "intersects", Right::List, ALL, true),
    row(Op::In, "in", Right::List, ALL, true),
    row(Op::PMatch, "pmatch", Right::List, &[Text], false),
];

const fn row(op: Op, name: &'static str, right: Right, classes: &'static [Class], fields: bool) -> Operator {
    Operator { op, name, right, classes, fields }
}

impl Op {
    /// The operator's row.
    pub fn info(self) -> &'static Operator {
        // Rows stand in the order of the variants; a test holds them to it.
        &OPERATORS[self as usize]
    }

    /// As rules write it.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The operator called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        OPERATORS.iter().find(|row| row.name == name).map(|row| row.op)
    }
}

/// How many elements of a list an operator must hold for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Modifier {
    /// Exactly one, duplicates counted.
    OneOf,
    /// At least one.
    AnyOf,
    /// All, and there is one.
    AllOf,
}

/// The modifiers and their names.
pub static MODIFIERS: &[(Modifier, &str)] =
    &[(Modifier::OneOf, "oneof"), (Modifier::AnyOf, "anyof"), (Modifier::AllOf, "allof")];

impl Modifier {
    /// As rules write it.
    pub fn name(self) -> &'static str {
        MODIFIERS.iter().find(|(modifier, _)| *modifier == self).map_or("", |(_, name)| name)
    }

    /// The modifier called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        MODIFIERS.iter().find(|(_, known)| *known == name).map(|(modifier, _)| *modifier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_the_variants() {
        for (index, row) in OPERATORS.iter().enumerate() {
            assert_eq!(row.op as usize, index, "{}", row.name);
            assert_eq!(Op::from_name(row.name), Some(row.op));
        }
    }

    #[test]
    fn a_name_comes_before_its_prefixes() {
        for (index, row) in OPERATORS.iter().enumerate() {
            for later in &OPERATORS[index + 1..] {
                assert!(!later.name.starts_with(row.name), "{} hides {}", row.name, later.name);
            }
        }
    }
}
