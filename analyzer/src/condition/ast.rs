//! What was written: conditions as trees. `Display` is Falco's canonical text, which is not always a
//! condition itself; in its alternate form (`{:#}`) it is one that parses to the same tree.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use super::error::Span;
use super::operators::{Modifier, Op};

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// All hold.
    And(Vec<Expr>),
    /// One holds.
    Or(Vec<Expr>),
    /// It does not hold.
    Not(Box<Expr>),
    /// A macro, by name.
    Macro(Word),
    /// A comparison. Shared by all conditions that a macro brings it into; and a parser that goes deep
    /// must not carry it through every level.
    Check(Arc<Check>),
}

/// A name or literal and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The bytes it stands for: escapes resolved, quotes gone.
    pub text: Vec<u8>,
    /// Where.
    pub at: Span,
}

impl Word {
    /// The text, with bytes that are not UTF-8 replaced.
    pub fn lossy(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.text)
    }
}

/// A comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What is compared.
    pub left: Term,
    /// How.
    pub op: Op,
    /// The operator's own place.
    pub op_at: Span,
    /// With what.
    pub right: Rhs,
}

/// Right side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rhs {
    /// Nothing: `exists`.
    None,
    /// A literal.
    Word(Word),
    /// Several literals, perhaps under a modifier.
    List(Option<Modifier>, Vec<Word>, Span),
    /// A bare name where a list could stand: one literal.
    Name(Option<Modifier>, Word),
    /// A field (`val(…)`) or a transformed one.
    Term(Term),
}

/// Something with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// A field, perhaps with an argument.
    Field(FieldRef),
    /// `val(field)`.
    Val(FieldRef),
    /// A transformer applied to terms.
    Call {
        /// Name of the transformer.
        name: Word,
        /// What it is applied to.
        args: Vec<Term>,
        /// `[argument]`, for `getopt`.
        arg: Option<Word>,
        /// All of it.
        at: Span,
    },
    /// A literal, inside a transformer.
    Text(Word),
    /// A list, inside a transformer.
    List(Vec<Term>, Span),
}

impl Term {
    /// Where it stands.
    pub fn at(&self) -> Span {
        match self {
            Self::Field(field) | Self::Val(field) => field.at,
            Self::Call { at, .. } | Self::List(_, at) => *at,
            Self::Text(word) => word.at,
        }
    }
}

/// A field as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRef {
    /// Dotted name.
    pub name: String,
    /// `[argument]`.
    pub arg: Option<Word>,
    /// Where.
    pub at: Span,
}

impl Expr {
    /// Calls `f` with every comparison in it, in the order of the text.
    pub fn each_check(&self, f: &mut dyn FnMut(&Expr)) {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.each_check(f)),
            Self::Not(part) => part.each_check(f),
            Self::Check(_) => f(self),
            Self::Macro(_) => {}
        }
    }

    /// Calls `f` with the name of every macro in it, in the order of the text.
    pub fn each_macro(&self, f: &mut dyn FnMut(&Word)) {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.each_macro(f)),
            Self::Not(part) => part.each_macro(f),
            Self::Macro(name) => f(name),
            Self::Check(_) => {}
        }
    }

    /// How many nodes deep it is.
    pub fn depth(&self) -> usize {
        match self {
            Self::And(parts) | Self::Or(parts) => 1 + parts.iter().map(Self::depth).max().unwrap_or(0),
            Self::Not(part) => 1 + part.depth(),
            Self::Macro(_) | Self::Check(_) => 1,
        }
    }

    /// Calls `f` with every macro name and every check.
    pub fn leaves<'a>(&'a self, f: &mut dyn FnMut(&'a Expr)) {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.leaves(f)),
            Self::Not(part) => part.leaves(f),
            Self::Macro(_) | Self::Check(_) => f(self),
        }
    }
}

/// A literal as canonical text has it: quoted if it holds a blank, a quote or a backslash.
pub(super) struct Quoted<'a>(pub(super) &'a [u8]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return exactly(f, self.0, true);
        }
        let special = |byte: &u8| b"\x08\x0c\n\r\t \\\"'".contains(byte);
        let text = String::from_utf8_lossy(self.0);
        if !self.0.iter().any(special) {
            return f.write_str(&text);
        }
        f.write_str("\"")?;
        for c in text.chars() {
            match c {
                '\u{8}' => f.write_str("\\b")?,
                '\u{c}' => f.write_str("\\f")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                '\\' => f.write_str("\\\\")?,
                '"' => f.write_str("\\\"")?,
                c => write!(f, "{c}")?,
            }
        }
        f.write_str("\"")
    }
}

/// A literal so that it reads back as the same bytes. A backslash right before the closing quote would
/// hide that, so it is written as a number.
fn exactly(f: &mut fmt::Formatter<'_>, text: &[u8], may_be_bare: bool) -> fmt::Result {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_./-:*?+@%&<>~|$^!;{}".contains(byte);
    let word = !text.is_empty() && text.iter().all(plain);
    if may_be_bare && word && Modifier::from_name(&String::from_utf8_lossy(text)).is_none() {
        return f.write_str(&String::from_utf8_lossy(text));
    }
    f.write_str("\"")?;
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => f.write_str("\\\"")?,
                c if c == '\\' || c.is_ascii_control() => write!(f, "\\x{:02x}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        for byte in chunk.invalid() {
            write!(f, "\\x{byte:02x}")?;
        }
    }
    f.write_str("\"")
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[impl fmt::Display], with: &str) -> fmt::Result {
    f.write_str("(")?;
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(with)?;
        }
        part.fmt(f)?;
    }
    f.write_str(")")
}

fn bracket(f: &mut fmt::Formatter<'_>, arg: &Option<Word>) -> fmt::Result {
    match arg {
        None => Ok(()),
        Some(word) if word.text.is_empty() => f.write_str("[\"\"]"),
        Some(word) => {
            f.write_str("[")?;
            fmt::Display::fmt(word, f)?;
            f.write_str("]")
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Quoted(&self.text).fmt(f)
    }
}

impl fmt::Display for FieldRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        bracket(f, &self.arg)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => field.fmt(f),
            Self::Val(field) => {
                f.write_str("val(")?;
                field.fmt(f)?;
                f.write_str(")")
            }
            Self::Call { name, args, arg, .. } => {
                write!(f, "{}", name.lossy())?;
                joined(f, args, ",")?;
                bracket(f, arg)
            }
            // Inside transformers only numbers stand without quotes.
            Self::Text(word) if f.alternate() => exactly(f, &word.text, false),
            Self::Text(word) => word.fmt(f),
            Self::List(terms, _) => joined(f, terms, ","),
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.left.fmt(f)?;
        write!(f, " {}", self.op.name())?;
        if !matches!(self.right, Rhs::None | Rhs::Name(Some(_), _) | Rhs::List(..)) {
            f.write_str(" ")?;
        }
        let modifier = |f: &mut fmt::Formatter<'_>, modifier: &Option<Modifier>| match modifier {
            Some(modifier) => write!(f, " {}", modifier.name()),
            None => Ok(()),
        };
        match &self.right {
            Rhs::None => Ok(()),
            Rhs::Word(word) | Rhs::Name(None, word) => word.fmt(f),
            Rhs::Term(term) => term.fmt(f),
            Rhs::Name(with, word) => {
                modifier(f, with)?;
                f.write_str(" ")?;
                word.fmt(f)
            }
            Rhs::List(with, words, _) => {
                modifier(f, with)?;
                f.write_str(" ")?;
                joined(f, words, ", ")
            }
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => joined(f, parts, " and "),
            Self::Or(parts) => joined(f, parts, " or "),
            Self::Not(part) => {
                // A parser takes two negations in a row for none.
                let apart = f.alternate() && matches!(**part, Self::Not(_));
                f.write_str(if apart { "not (" } else { "not " })?;
                part.fmt(f)?;
                f.write_str(if apart { ")" } else { "" })
            }
            Self::Macro(name) => f.write_str(&name.lossy()),
            Self::Check(check) => check.fmt(f),
        }
    }
}
