//! At which events a condition may hold, with everything its terms say about each other.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::facts::{Fact, conflict};
use super::leaf::{Leaf, Nature};
use super::study::Study;
use crate::condition::ast::Check;
use crate::condition::plan::Env;
use crate::condition::{EventSet, Expr, Span};

/// Most steps that are taken for one question; beyond, everything is possible.
const MOST_STEPS: usize = 50_000;
/// Deepest nesting that is followed, that of macros included.
const MOST_DEPTH: usize = 400;
/// Most steps, and comparisons of facts, in all, so that no file takes more than some seconds.
const MOST_EFFORT: usize = 5_000_000;

/// Why something can never hold.
#[derive(Clone, Debug)]
pub(super) enum Blame {
    /// It is switched off on purpose.
    Switch,
    /// It says so itself.
    Alone(Span, String, Nature),
    /// A field has no value at any event that is left.
    Absent {
        at: Span,
        field: String,
        /// Text of the comparison.
        text: String,
        events: EventSet,
    },
    /// Two comparisons exclude each other.
    Against { at: Span, text: String, other: String },
    /// No event is left.
    Events { at: Span, text: String },
}

impl Blame {
    /// Where the trouble is.
    pub(super) fn at(&self) -> Option<Span> {
        match self {
            Self::Switch => None,
            Self::Alone(at, ..)
            | Self::Absent { at, .. }
            | Self::Against { at, .. }
            | Self::Events { at, .. } => Some(*at),
        }
    }

    /// In words: why.
    pub(super) fn why(&self) -> String {
        match self {
            Self::Switch => "it is switched off".to_owned(),
            Self::Alone(_, text, Nature::TooLong(word, most)) => format!(
                "`{}` never matches: `{}` has {} bytes and a command name at most {most}",
                short(text),
                short(word),
                word.len()
            ),
            Self::Alone(_, text, Nature::NoSuchWord(words)) => {
                format!("`{}` never matches: the field is always one of {}", short(text), words.join(" "))
            }
            Self::Alone(_, text, _) => format!("`{}` never matches", short(text)),
            Self::Absent { field, text, events, .. } => {
                format!("`{}` needs `{field}`, which has no such value at {}", short(text), listed(*events))
            }
            Self::Against { text, other, .. } => format!("`{}` contradicts `{}`", short(text), short(other)),
            Self::Events { text, .. } => format!("`{}` leaves no type of event", short(text)),
        }
    }
}

/// A comparison's text, its middle left out if it is long.
pub(super) fn short(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let start: String = text.chars().take(MOST - 2).collect();
    format!("{}…{}", start.trim_end_matches([' ', ',']), if text.ends_with(')') { ")" } else { "" })
}

/// Names of events, the first few.
pub(super) fn listed(events: EventSet) -> String {
    let mut names: Vec<&str> = events.names().collect();
    let more = names.len().saturating_sub(8);
    names.truncate(8);
    let names = names.join(", ");
    if more > 0 { format!("{names} and {more} more") } else { names }
}

/// What a conjunction amounts to.
pub(super) struct May {
    /// Events at which it may hold.
    pub(super) events: EventSet,
    /// Why there are none.
    pub(super) blame: Option<Blame>,
}

/// A condition and the outcome asked for.
pub(super) type Part<'e> = (&'e Expr, bool);

/// A comparison in a conjunction.
struct Unit<'e> {
    check: &'e Check,
    holds: bool,
    /// Where it shows in the text that was asked about: the macro it came through, or nothing.
    shown: Option<Span>,
}

/// An `or` in a conjunction.
struct Fork<'e> {
    expr: &'e Expr,
    outcome: bool,
    shown: Option<Span>,
    depth: usize,
}

/// Looks at conditions, and keeps what it learns of each comparison.
pub(super) struct Walk<'s> {
    study: &'s Study<'s>,
    env: Env<'s>,
    leaves: BTreeMap<Span, Rc<Leaf>>,
    facts: Vec<Fact>,
    steps: usize,
    effort: usize,
}

impl<'s> Walk<'s> {
    pub(super) fn new(study: &'s Study<'s>, env: Env<'s>) -> Self {
        Self { study, env, leaves: BTreeMap::new(), facts: Vec::new(), steps: 0, effort: MOST_EFFORT }
    }

    /// What is known of a comparison.
    pub(super) fn leaf(&mut self, check: &Check) -> Rc<Leaf> {
        let env = &self.env;
        Rc::clone(self.leaves.entry(check.op_at).or_insert_with(|| Rc::new(Leaf::new(check, env))))
    }

    /// Events that a condition asks for by their names.
    pub(super) fn asked(&mut self, expr: &Expr, outcome: bool) -> EventSet {
        self.steps = MOST_STEPS;
        self.effort = self.effort.saturating_sub(1);
        self.by_name(expr, outcome, 0)
    }

    fn by_name(&mut self, expr: &Expr, outcome: bool, depth: usize) -> EventSet {
        let Some(left) = self.steps.checked_sub(1).filter(|_| depth < MOST_DEPTH) else {
            return EventSet::all();
        };
        self.steps = left;
        let depth = depth + 1;
        let study = self.study;
        match expr {
            Expr::And(parts) | Expr::Or(parts) => {
                let meet = matches!(expr, Expr::And(_)) == outcome;
                let start = if meet { EventSet::all() } else { EventSet::NONE };
                parts.iter().fold(start, |set, part| {
                    let part = self.by_name(part, outcome, depth);
                    if meet { set.and(part) } else { set.or(part) }
                })
            }
            Expr::Not(part) => self.by_name(part, !outcome, depth),
            Expr::Macro(name) => match study.body(&name.lossy()) {
                Some(expr) => self.by_name(expr, outcome, depth),
                None => EventSet::all(),
            },
            Expr::Check(_) if outcome => expr.events(),
            Expr::Check(_) => Expr::Not(Box::new(expr.clone())).events(),
        }
    }

    /// Events at which all parts may have their outcomes.
    pub(super) fn may(&mut self, parts: &[Part<'s>], within: EventSet) -> May {
        self.facts.clear();
        self.steps = MOST_STEPS.min(self.effort);
        self.effort = self.effort.saturating_sub(parts.len());
        let parts: Vec<Fork<'s>> = parts
            .iter()
            .map(|(expr, outcome)| Fork { expr, outcome: *outcome, shown: None, depth: 0 })
            .collect();
        self.all(&parts, within)
    }

    /// Whether there is no use in asking more.
    pub(super) fn is_spent(&self) -> bool {
        self.effort < MOST_STEPS
    }

    /// Why the parts can never have their outcomes; nothing if they can, or if that is on purpose.
    pub(super) fn never(&mut self, parts: &[Part<'s>]) -> Option<Blame> {
        self.may(parts, EventSet::all()).blame.filter(|blame| !matches!(blame, Blame::Switch))
    }

    fn all(&mut self, parts: &[Fork<'s>], within: EventSet) -> May {
        let mark = self.facts.len();
        let (mut units, mut forks) = (Vec::new(), Vec::new());
        for part in parts {
            self.gather(part, &mut units, &mut forks);
        }
        let may = self.conjunction(units, &forks, within);
        self.facts.truncate(mark);
        may
    }

    fn conjunction(&mut self, units: Vec<Unit<'s>>, forks: &[Fork<'s>], within: EventSet) -> May {
        let mut events = within;
        let never = |blame: Blame| May { events: EventSet::NONE, blame: Some(blame) };
        let mut units: Vec<(Rc<Leaf>, Unit<'s>)> =
            units.into_iter().map(|unit| (self.leaf(unit.check), unit)).collect();
        // What restricts the type comes first, so that the blame falls on what does not fit it.
        units.sort_by_key(|(leaf, _)| !leaf.typed);
        for (leaf, unit) in units {
            let at = unit.shown.unwrap_or(leaf.at);
            let left = events.and(leaf.may(unit.holds));
            if left.is_empty() {
                return never(blame(&leaf, &unit, at, events));
            }
            let fact = Fact { leaf, holds: unit.holds };
            if let Some(other) = conflict(&self.facts, &fact, &mut self.effort) {
                let shown = |fact: &Fact| match fact.holds {
                    true => fact.leaf.text.clone(),
                    false => format!("not {}", fact.leaf.text),
                };
                if other.leaf.nature == Nature::Switch || fact.leaf.nature == Nature::Switch {
                    return never(Blame::Switch);
                }
                return never(Blame::Against { at, text: shown(&fact), other: shown(other) });
            }
            events = left;
            self.facts.push(fact);
        }
        for fork in forks {
            let may = self.any(fork, events);
            if may.events.is_empty() {
                return may;
            }
            events = may.events;
        }
        May { events, blame: None }
    }

    /// Events at which one of the alternatives may hold.
    fn any(&mut self, fork: &Fork<'s>, within: EventSet) -> May {
        let (Expr::And(parts) | Expr::Or(parts)) = fork.expr else {
            return May { events: within, blame: None };
        };
        let mut events = EventSet::NONE;
        let mut blame: Option<Blame> = None;
        for expr in parts {
            if self.steps == 0 {
                return May { events: within, blame: None };
            }
            let part = Fork { expr, outcome: fork.outcome, shown: fork.shown, depth: fork.depth + 1 };
            let may = self.all(std::slice::from_ref(&part), within);
            events = events.or(may.events);
            // What is switched off on purpose excuses the others.
            match (&blame, may.blame) {
                (_, Some(Blame::Switch)) => blame = Some(Blame::Switch),
                (None, Some(new)) => blame = Some(new),
                _ => {}
            }
        }
        May { events, blame: blame.filter(|_| events.is_empty()) }
    }

    /// Takes a conjunction apart into comparisons and alternatives.
    fn gather(&mut self, part: &Fork<'s>, units: &mut Vec<Unit<'s>>, forks: &mut Vec<Fork<'s>>) {
        let Some(left) = self.steps.checked_sub(1).filter(|_| part.depth < MOST_DEPTH) else { return };
        self.steps = left;
        self.effort = self.effort.saturating_sub(1);
        let Fork { expr, outcome, shown, depth } = *part;
        let depth = depth + 1;
        match (expr, outcome) {
            (Expr::And(parts), true) | (Expr::Or(parts), false) => {
                for expr in parts {
                    self.gather(&Fork { expr, outcome, shown, depth }, units, forks);
                }
            }
            (Expr::And(_) | Expr::Or(_), _) => forks.push(Fork { expr, outcome, shown, depth }),
            (Expr::Not(expr), _) => {
                self.gather(&Fork { expr, outcome: !outcome, shown, depth }, units, forks)
            }
            (Expr::Check(check), holds) => units.push(Unit { check, holds, shown }),
            (Expr::Macro(name), _) => {
                let study = self.study;
                // One that does not exist may be anything.
                if let Some(expr) = study.body(&name.lossy()) {
                    let shown = shown.or(Some(name.at));
                    self.gather(&Fork { expr, outcome, shown, depth }, units, forks);
                }
            }
        }
    }
}

/// Why a comparison leaves no event.
fn blame(leaf: &Leaf, unit: &Unit<'_>, at: Span, events: EventSet) -> Blame {
    let text = || leaf.text.clone();
    if leaf.nature == Nature::Switch {
        return Blame::Switch;
    }
    if unit.holds && leaf.nature != Nature::Plain {
        return Blame::Alone(at, text(), leaf.nature.clone());
    }
    for (field, absent) in leaf.absent.iter().filter(|_| unit.holds) {
        if events.and(absent.complement()).is_empty() {
            return Blame::Absent { at, field: field.clone(), text: text(), events };
        }
    }
    match unit.holds {
        true => Blame::Events { at, text: text() },
        false => Blame::Events { at, text: format!("not {}", text()) },
    }
}
