//! What is odd about conditions that can be used all the same.

use std::fmt;

use super::error::Span;

/// Something odd about a condition that can be used all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What is odd.
    pub kind: WarningKind,
    /// Where.
    pub at: Span,
}

/// Kinds of [`Warning`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WarningKind {
    /// A field's name stands where a string is read.
    FieldAsText(String),
    /// A transformer stands where a string is read.
    TransformerAsText(String),
    /// A regular expression that simpler operators could replace.
    PlainRegex(String),
    /// A deprecated field.
    Deprecated(&'static str),
}

impl fmt::Display for WarningKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FieldAsText(text) => {
                write!(f, "'{text}' may be a valid field misused as a const string value")
            }
            Self::TransformerAsText(text) => {
                write!(f, "'{text}' may be a valid field transformer misused as a const string value")
            }
            Self::PlainRegex(text) => write!(
                f,
                "regex check with '{text}' may be optimized with simpler operators such as '=', 'contains', \
                 'startswith', 'endswith'"
            ),
            Self::Deprecated("evt.dir") => f.write_str(
                "due to the drop of enter events, 'evt.dir = <' always evaluates to true, and 'evt.dir = >' \
                 always evaluates to false. The rule expression can be simplified by removing the condition on \
                 'evt.dir'",
            ),
            Self::Deprecated(name) => write!(f, "field '{name}' is deprecated"),
        }
    }
}
