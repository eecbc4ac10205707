//! Why a rule matched an event or did not: its condition as a tree with the value of every field, and
//! the events that came nearest to matching.

mod find;
mod search;
mod subject;
pub mod tables;
mod value;

pub use find::at;
pub use search::{Found, Group, Match, Nearest, Scope};
pub use subject::Subject;
pub use value::Shown;

use super::alerts::Scene;
use crate::rules::Place;

/// What a line of the tree is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All parts hold.
    And,
    /// One part holds.
    Or,
    /// The part does not hold.
    Not,
    /// A macro, and where it was defined and changed.
    Macro(Vec<Place>),
    /// An exception of the rule, or a row of it.
    Exception,
    /// A comparison.
    Check,
}

impl Kind {
    /// As JSON calls it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Or => "or",
            Self::Not => "not",
            Self::Macro(_) => "macro",
            Self::Exception => "exception",
            Self::Check => "check",
        }
    }
}

/// A part of a condition at one moment.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it is.
    pub kind: Kind,
    /// As written, names of macros and lists kept.
    pub text: String,
    /// Whether it holds.
    pub holds: bool,
    /// Whether it has to hold for the rule to match: not so below `not`.
    pub wanted: bool,
    /// Whether evaluation, which stops where the outcome is settled, comes here.
    pub reached: bool,
    /// How many comparisons below are not as wanted, of alternatives those of the nearest.
    pub distance: u32,
    /// Whether it is one of these comparisons, or holds one.
    pub decides: bool,
    /// What the fields of a comparison have.
    pub values: Vec<Shown>,
    /// Literals that the value satisfies by itself.
    pub items: Vec<Item>,
    /// Where it stands.
    pub place: Option<Place>,
    /// What it is made of.
    pub parts: Vec<Line>,
}

impl Line {
    /// Whether an exception, or a row of one, is part of it.
    pub fn has_exception(&self) -> bool {
        self.kind == Kind::Exception || self.parts.iter().any(Self::has_exception)
    }
}

/// A literal of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The literal.
    pub text: Vec<u8>,
    /// The list it is from, and where in its file.
    pub list: Option<(String, Option<Place>)>,
}

/// Whether somebody who writes rules can do something about a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// By editing what stands there.
    Edit {
        /// What stands there: `rule`, `macro x`, `list x`, `exception x`.
        what: String,
        /// Where.
        place: Place,
    },
    /// By overriding it from a file of their own: it is one of Saker's rules.
    Override {
        /// What is overridden.
        what: String,
        /// Where it stands.
        place: Place,
    },
    /// No, for this reason.
    Never(String),
}

/// A comparison that is not as the rule wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Number of the plan's node.
    pub node: usize,
    /// The comparison as written, or the name of an exception that applies.
    pub text: String,
    /// Whether it has to hold; else it must not.
    pub wanted: bool,
    /// Macros and exceptions it stands in, from the outside in.
    pub within: Vec<String>,
    /// What its fields have.
    pub values: Vec<Shown>,
    /// What can be done.
    pub change: Change,
    /// Where it stands.
    pub place: Place,
}

/// A rule at one event.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The capture.
    pub capture: String,
    /// Number of the event.
    pub number: u64,
    /// When, ns since 1970.
    pub wall_ns: i64,
    /// Name of the event.
    pub event: &'static str,
    /// Who did it and where.
    pub scene: Scene,
    /// What it was about: the command line of a program start, else the arguments.
    pub about: String,
    /// Whether the rule can match events of this name at all.
    pub possible: bool,
    /// Whether its condition holds.
    pub holds: bool,
    /// How many comparisons are not as wanted.
    pub distance: u32,
    /// The rule before it that raises the alert, if another one does.
    pub taken_by: Option<String>,
    /// What is not as wanted; each text once.
    pub missing: Vec<Missing>,
    /// The condition.
    pub tree: Line,
}
