//! For which events a condition can hold at all.

use std::fmt;

use capture_format::EventType;
use capture_format::schema::EVENTS;

use super::ast::{Check, Expr, Rhs, Term, Word};
use super::event_names::NAMES;
use super::operators::Op;

const WORDS: usize = 9;

/// A set of event names, of all that Falco and Saker know.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventSet([u64; WORDS]);

impl EventSet {
    /// The empty set.
    pub const NONE: Self = Self([0; WORDS]);

    /// Every name.
    pub const fn all() -> Self {
        const ALL: EventSet = EventSet::first(NAMES.len());
        ALL
    }

    /// The first `count` names.
    const fn first(count: usize) -> Self {
        let mut words = [0; WORDS];
        let mut index = 0;
        while index < count {
            words[index / 64] |= 1 << (index % 64);
            index += 1;
        }
        Self(words)
    }

    /// The set of these names; unknown ones are left out.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut set = Self::NONE;
        for index in names.into_iter().filter_map(index) {
            set.insert(index);
        }
        set
    }

    fn insert(&mut self, index: usize) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    fn zip(self, other: Self, f: fn(u64, u64) -> u64) -> Self {
        let mut set = self;
        set.0.iter_mut().zip(other.0).for_each(|(word, other)| *word = f(*word, other));
        set
    }

    /// What is in both.
    pub fn and(self, other: Self) -> Self {
        self.zip(other, |a, b| a & b)
    }

    /// What is in either.
    pub fn or(self, other: Self) -> Self {
        self.zip(other, |a, b| a | b)
    }

    /// What is not in it.
    pub fn complement(self) -> Self {
        Self::all().zip(self, |all, own| all & !own)
    }

    /// Whether the event called `name` is in it. A name nobody knows is in no set but the full one.
    pub fn contains(&self, name: &str) -> bool {
        match index(name) {
            Some(index) => self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1),
            None => self.is_all(),
        }
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        *self == Self::NONE
    }

    /// Whether it holds every name.
    pub fn is_all(&self) -> bool {
        *self == Self::all()
    }

    /// How many names it holds.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The names in it, sorted.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let set = *self;
        NAMES.iter().copied().filter(move |name| set.contains(name))
    }

    /// Whether any of the names is an event that Saker records.
    pub fn is_recordable(&self) -> bool {
        EVENTS.iter().any(|event| self.contains(event.name))
    }
}

impl fmt::Debug for EventSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() { f.write_str("all") } else { f.debug_list().entries(self.names()).finish() }
    }
}

fn index(name: &str) -> Option<usize> {
    NAMES.binary_search(&name).ok()
}

/// Whether an event of this name exists.
pub fn is_event(name: &str) -> bool {
    index(name).is_some()
}

/// The names of all events, sorted.
pub fn event_names() -> &'static [&'static str] {
    NAMES
}

/// Events for which `expr`, free of macros, could evaluate to `outcome`.
///
/// Only comparisons of `evt.type` and `syscall.type` and comparisons of `evt.num` that hold for all
/// or for no number from 1 up say anything; everything else may hold for any event.
pub(super) fn possible(expr: &Expr, outcome: bool) -> EventSet {
    let meet =
        |parts: &[Expr]| parts.iter().fold(EventSet::all(), |set, part| set.and(possible(part, outcome)));
    let union =
        |parts: &[Expr]| parts.iter().fold(EventSet::NONE, |set, part| set.or(possible(part, outcome)));
    match expr {
        Expr::And(parts) if outcome => meet(parts),
        Expr::And(parts) => union(parts),
        Expr::Or(parts) if outcome => union(parts),
        Expr::Or(parts) => meet(parts),
        Expr::Not(part) => possible(part, !outcome),
        Expr::Macro(_) => EventSet::all(),
        Expr::Check(check) => by_check(check, outcome),
    }
}

impl Expr {
    /// Events for which it can hold. Macros, unless expanded, may hold for any.
    pub fn events(&self) -> EventSet {
        possible(self, true)
    }
}

fn by_check(check: &Check, outcome: bool) -> EventSet {
    let Term::Field(field) = &check.left else { return EventSet::all() };
    let words: &[Word] = match &check.right {
        Rhs::Word(word) | Rhs::Name(None, word) => std::slice::from_ref(word),
        Rhs::List(None, words, _) => words,
        _ => return EventSet::all(),
    };
    let holds = match (field.name.as_str(), check.op) {
        // Where there is no system call no comparison holds, so each one's negation does.
        ("syscall.type", Op::Eq | Op::EqEq | Op::In) if !outcome => {
            EventSet::of(names(words).filter(|name| is_syscall(name)))
        }
        ("evt.type" | "syscall.type", Op::Eq | Op::EqEq | Op::In) => named(words),
        ("evt.type", Op::Ne) => named(words).complement(),
        // `!=` is false where there is no system call, so its negation may hold there.
        ("syscall.type", Op::Ne) if outcome => named(words).complement(),
        ("evt.num", op) => match always(op, words) {
            Some(true) => EventSet::all(),
            Some(false) => EventSet::NONE,
            None => return EventSet::all(),
        },
        _ => return EventSet::all(),
    };
    if outcome { holds } else { holds.complement() }
}

fn names(words: &[Word]) -> impl Iterator<Item = &str> {
    words.iter().filter_map(|word| std::str::from_utf8(&word.text).ok())
}

fn named(words: &[Word]) -> EventSet {
    EventSet::of(names(words))
}

/// Whether events of this name are system calls, as far as captures hold them.
fn is_syscall(name: &str) -> bool {
    EventType::from_name(name).is_none_or(crate::fields::is_syscall)
}

/// Whether the comparison holds for every number from 1 up, or for none.
fn always(op: Op, words: &[Word]) -> Option<bool> {
    let numbers = words.iter().map(|word| std::str::from_utf8(&word.text).ok()?.parse::<u64>().ok());
    let numbers = numbers.collect::<Option<Vec<u64>>>()?;
    match (op, numbers.as_slice()) {
        (Op::In, numbers) => numbers.iter().all(|number| *number == 0).then_some(false),
        (Op::Eq | Op::EqEq | Op::Le, [0]) | (Op::Lt, [0 | 1]) => Some(false),
        (Op::Ne | Op::Gt, [0]) | (Op::Ge, [0 | 1]) => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::parse;

    #[test]
    fn the_names_are_sorted_and_fit() {
        assert!(NAMES.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(NAMES.len() <= WORDS * 64, "{}", NAMES.len());
    }

    #[test]
    fn every_event_of_the_schema_has_its_name_here() {
        for event in EVENTS {
            assert!(is_event(event.name), "{}", event.name);
        }
    }

    #[test]
    fn a_set_is_derived_from_the_condition() {
        let rows: &[(&str, &[&str])] = &[
            ("evt.type = open", &["open"]),
            ("evt.type in (open, openat) and proc.name = a", &["open", "openat"]),
            ("not evt.type != open", &["open"]),
            ("evt.type = open and evt.type = close", &[]),
            ("evt.type = open or evt.type = close", &["close", "open"]),
            ("not (not evt.type = open or proc.name = x)", &["open"]),
            ("evt.num = 0", &[]),
            ("evt.type = open and not evt.num = 0", &["open"]),
            ("evt.type = open and evt.num > 0", &["open"]),
            ("evt.type = open and not evt.num != 0", &[]),
        ];
        for (text, names) in rows {
            let set = possible(&parse(text).unwrap(), true);
            assert_eq!(set.names().collect::<Vec<_>>(), *names, "{text}");
        }
        for text in
            ["proc.name = a", "evt.type exists", "evt.type startswith ope", "evt.num < -5", "evt.num = 1"]
        {
            assert!(possible(&parse(text).unwrap(), true).is_all(), "{text}");
        }
        let all_but = possible(&parse("evt.type != open").unwrap(), true);
        assert!(!all_but.contains("open") && all_but.contains("close"));
    }
}
