//! Why a condition could not be used, and where in its text.

use std::fmt;

/// A stretch of a condition's text.
///
/// `source` tells texts apart once macros are expanded: 0 is the text that was parsed alone, a rule
/// loader numbers its texts as it likes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Which text.
    pub source: u32,
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
}

impl Span {
    /// A stretch of text number `source`; lengths beyond 4 GiB saturate.
    pub fn new(source: u32, start: usize, end: usize) -> Self {
        let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { source, start: clamp(start), end: clamp(end) }
    }

    /// From the beginning of `self` to the end of `other`.
    pub fn to(self, other: Span) -> Self {
        Self { end: other.end.max(self.start), ..self }
    }
}

/// What is wrong with a condition. Texts are those of Falco where it has one, so that tools which
/// read its messages go on working.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// It is not a sentence of the language.
    Syntax(String),
    /// It nests deeper than the limit.
    TooDeep(u32),
    /// It is larger than the limit, after macros.
    TooLarge(usize),
    /// No such field, or not with this argument.
    UnknownField(String),
    /// The field needs an argument.
    MissingArgument(String),
    /// No such macro.
    UndefinedMacro(String),
    /// A macro leads back to itself.
    MacroLoop(String),
    /// No such event.
    UnknownEvent(String),
    /// The operator does not go with the field's type.
    Operator {
        /// The operator.
        op: &'static str,
        /// Kind of field, as in "numeric".
        class: &'static str,
    },
    /// The literal is not of the field's type.
    Literal(String),
    /// Two fields cannot be compared.
    Operands(String),
    /// A transformer is used in a way it does not allow.
    Transformer(String),
    /// The pattern is not a regular expression of the supported kind.
    Regex(String),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(text) | Self::Operands(text) | Self::Transformer(text) => f.write_str(text),
            Self::TooDeep(limit) => write!(f, "exceeded max depth limit of {limit}"),
            Self::TooLarge(limit) => write!(f, "condition is larger than the limit of {limit} checks"),
            Self::UnknownField(name) => write!(f, "filter_check called with nonexistent field {name}"),
            Self::MissingArgument(name) => write!(f, "filter syntax error: {name}"),
            Self::UndefinedMacro(name) => write!(f, "Undefined macro '{name}' used in filter."),
            Self::MacroLoop(name) => write!(f, "reference loop in macro '{name}'"),
            Self::UnknownEvent(name) => write!(f, "unknown event type {name}"),
            Self::Operator { op, class } => {
                write!(f, "filter error: '{op}' operator not supported for {class} filters")
            }
            Self::Literal(text) => write!(f, "filter error: {text}"),
            Self::Regex(text) => write!(f, "filter error: invalid regex: {text}"),
        }
    }
}

/// Why a condition could not be used, and where in its text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct ConditionError {
    /// What is wrong.
    pub kind: Kind,
    /// Where.
    pub at: Span,
}

impl ConditionError {
    /// An error at a place.
    pub fn new(kind: Kind, at: Span) -> Self {
        Self { kind, at }
    }
}
