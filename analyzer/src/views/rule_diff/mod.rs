//! What differs between two rule sets: in what they say, and in the alerts they raise.

mod alerts;
mod compare;
mod tables;

pub use alerts::{Both, Changed, Tally, Verdicts};
pub use compare::expanded;

use serde_json::Value;

use crate::condition::normal::Normal;
use crate::rules::{Rule, RuleSet};

/// Kinds of things that rules files define.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A rule.
    Rule,
    /// A macro.
    Macro,
    /// A list.
    List,
}

impl Kind {
    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Macro => "macro",
            Self::List => "list",
        }
    }
}

/// What became of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Only the second set has it.
    Added,
    /// Only the first set has it.
    Removed,
    /// It says something else.
    Changed,
    /// It is written in another way and means the same.
    Rewritten,
}

impl Status {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Rewritten => "same meaning",
        }
    }
}

/// One aspect of a thing that changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Aspect {
    /// Which: `condition`, `priority`, `items`, …
    pub what: &'static str,
    /// What it was; nothing if only the second set has it.
    pub from: Value,
    /// What it is now.
    pub to: Value,
    /// For people: what is gone and what is new.
    pub gone: Vec<String>,
    /// See `gone`.
    pub new: Vec<String>,
}

/// A thing that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What became of it.
    pub status: Status,
    /// What of it changed.
    pub aspects: Vec<Aspect>,
    /// Rules that use it, if it is a macro or list.
    pub affects: Vec<String>,
}

/// Everything that differs between two rule sets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// What differs: rules, macros, lists, each in the order of the second set, what only the first
    /// has behind them.
    pub items: Vec<Item>,
}

impl Difference {
    /// What differs between two sets.
    pub fn between(before: &RuleSet, after: &RuleSet) -> Self {
        compare::compare(before, after)
    }

    fn count(&self, kind: Kind, status: Status) -> usize {
        self.items.iter().filter(|item| item.kind == kind && item.status == status).count()
    }
}

/// The meaning of the condition of `rule`, one of `set`; `None` if it is too deep.
pub fn meaning(set: &RuleSet, rule: &Rule) -> Option<Normal> {
    expanded(set.definitions(), &rule.written, 0).map(|expr| Normal::of(&expr))
}
