//! Conditions in a form in which the same meaning mostly has the same shape.
//!
//! Logic is two-valued and comparisons have no effects, so the order of parts, nesting of the same
//! connective, repetition, and where a `not` stands (De Morgan) carry no meaning. Comparisons are
//! taken as they are: `a != b` is not `not a = b`, which differs where `a` is absent.

use std::collections::BTreeSet;
use std::fmt;

use super::ast::{Check, Expr, Rhs};
use super::operators::{Modifier, Op};

/// A condition without macros, normalised.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Normal {
    /// All hold; of none, it always holds.
    And(BTreeSet<Normal>),
    /// One holds; of none, it never holds.
    Or(BTreeSet<Normal>),
    /// A comparison.
    Leaf(Leaf),
}

/// A comparison or its opposite.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leaf {
    /// Whether it must not hold.
    pub negated: bool,
    /// What is compared and how: `proc.name in`.
    pub head: String,
    /// With what, sorted where order means nothing.
    pub items: Vec<String>,
    /// Whether the items are a set: more of them can only make it hold more often.
    pub set: bool,
}

impl Normal {
    /// Normalises a condition; a macro in it stands for itself.
    pub fn of(expr: &Expr) -> Self {
        Self::go(expr, false)
    }

    fn go(expr: &Expr, negated: bool) -> Self {
        match expr {
            Expr::Not(part) => Self::go(part, !negated),
            Expr::And(parts) => Self::joined(parts, negated, negated),
            Expr::Or(parts) => Self::joined(parts, !negated, negated),
            Expr::Macro(name) => {
                Self::Leaf(Leaf { head: name.lossy().into_owned(), items: Vec::new(), set: false, negated })
            }
            Expr::Check(check) => Self::Leaf(Leaf { negated, ..leaf(check) }),
        }
    }

    fn joined(parts: &[Expr], any: bool, negated: bool) -> Self {
        let mut all = BTreeSet::new();
        for part in parts {
            match Self::go(part, negated) {
                Self::And(inner) if !any => all.extend(inner),
                Self::Or(inner) if any => all.extend(inner),
                other => {
                    all.insert(other);
                }
            }
        }
        match all.len() {
            1 => all.pop_first().unwrap_or(Self::And(BTreeSet::new())),
            _ if any => Self::Or(all),
            _ => Self::And(all),
        }
    }

    /// The parts of which all must hold.
    pub fn terms(&self) -> Vec<&Self> {
        match self {
            Self::And(parts) => parts.iter().collect(),
            other => vec![other],
        }
    }

    /// Whether `other` holds whenever this does, as far as shapes show it within `budget`
    /// comparisons of parts. `false` means nothing.
    pub fn implies(&self, other: &Self, budget: &mut u32) -> bool {
        let Some(left) = budget.checked_sub(1) else { return false };
        *budget = left;
        match (self, other) {
            (a, b) if a == b => true,
            (Self::Or(parts), b) => parts.iter().all(|part| part.implies(b, budget)),
            (a, Self::And(parts)) => parts.iter().all(|part| a.implies(part, budget)),
            (Self::And(parts), b) if parts.iter().any(|part| part.implies(b, budget)) => true,
            (a, Self::Or(parts)) => parts.iter().any(|part| a.implies(part, budget)),
            (Self::Leaf(a), Self::Leaf(b)) => a.implies(b),
            _ => false,
        }
    }
}

impl Leaf {
    fn implies(&self, other: &Self) -> bool {
        if !self.set || !other.set || self.head != other.head || self.negated != other.negated {
            return false;
        }
        let within =
            |few: &[String], many: &[String]| few.iter().all(|item| many.binary_search(item).is_ok());
        if self.negated { within(&other.items, &self.items) } else { within(&self.items, &other.items) }
    }
}

fn leaf(check: &Check) -> Leaf {
    let (modifier, words) = match &check.right {
        Rhs::List(modifier, words, _) => (*modifier, words.as_slice()),
        // To be one value is to be among one value.
        Rhs::Word(word) if check.op == Op::Eq => {
            let items = vec![word.to_string()];
            return Leaf {
                head: format!("{} {}", check.left, Op::In.name()),
                items,
                set: true,
                negated: false,
            };
        }
        _ => {
            return Leaf { head: check.to_string(), items: Vec::new(), set: false, negated: false };
        }
    };
    let mut items: Vec<String> = words.iter().map(ToString::to_string).collect();
    items.sort();
    // For `oneof` a repeated item counts twice; `allof` of more items holds less often.
    if modifier != Some(Modifier::OneOf) {
        items.dedup();
    }
    let grows = matches!((check.op, modifier), (Op::In | Op::Intersects | Op::PMatch, None))
        || modifier == Some(Modifier::AnyOf);
    let modifier = modifier.map(|modifier| format!(" {}", modifier.name())).unwrap_or_default();
    Leaf { head: format!("{} {}{modifier}", check.left, check.op.name()), items, set: grows, negated: false }
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negated {
            f.write_str("not ")?;
        }
        match (self.items.as_slice(), self.head.strip_suffix(" in")) {
            ([], _) => f.write_str(&self.head),
            ([item], Some(left)) => write!(f, "{left} = {item}"),
            (items, _) => write!(f, "{} ({})", self.head, items.join(", ")),
        }
    }
}

impl fmt::Display for Normal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, with) = match self {
            Self::Leaf(leaf) => return leaf.fmt(f),
            Self::And(parts) => (parts, " and "),
            Self::Or(parts) => (parts, " or "),
        };
        let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
        write!(f, "({})", parts.join(with))
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn normal(text: &str) -> Normal {
        Normal::of(&parse(text).unwrap())
    }

    fn implies(a: &str, b: &str) -> bool {
        normal(a).implies(&normal(b), &mut 10_000)
    }

    #[test]
    fn order_nesting_and_repetition_mean_nothing() {
        assert_eq!(
            normal("a.b = 1 and (c.d = 2 and e.f = 3)"),
            normal("(e.f=3 and c.d=2) and a.b=1 and a.b=1")
        );
        assert_eq!(normal("not (a.b = 1 or not c.d = 2)"), normal("not a.b = 1 and c.d = 2"));
        assert_eq!(normal("a.b in (x, y, x)"), normal("a.b in (y, x)"));
        assert_eq!(normal("not not a.b = 1"), normal("a.b = 1"));
        assert_eq!(normal("a.b = 1"), normal("a.b in (1)"));
    }

    #[test]
    fn what_means_something_else_looks_different() {
        assert_ne!(normal("a.b != 1"), normal("not a.b = 1"), "they differ where a.b is absent");
        assert_ne!(normal("a.b = oneof (x, x)"), normal("a.b = oneof (x)"));
        assert_ne!(normal("a.b = 1 and (c.d = 2 or e.f = 3)"), normal("(a.b = 1 and c.d = 2) or e.f = 3"));
        assert_ne!(normal("a.b in (x)"), normal("not a.b in (x)"));
    }

    #[test]
    fn more_terms_and_fewer_items_imply() {
        assert!(implies("a.b = 1 and c.d = 2", "c.d = 2"));
        assert!(!implies("c.d = 2", "a.b = 1 and c.d = 2"));
        assert!(implies("a.b in (x)", "a.b in (x, y)"));
        assert!(implies("a.b = x", "a.b in (x, y)"));
        assert!(implies("not a.b in (x, y)", "not a.b = x"));
        assert!(!implies("a.b startswith x", "a.b in (x, y)"));
        assert!(!implies("a.b in (x, z)", "a.b in (x, y)"));
        assert!(implies("not a.b in (x, y)", "not a.b in (x)"));
        assert!(implies("a.b = 1", "a.b = 1 or c.d = 2"));
        assert!(implies("a.b = 1 and (c.d = 2 or c.d = 3)", "c.d = 3 or c.d = 2 or e.f = 4"));
        assert!(implies("a.b = anyof (x)", "a.b = anyof (x, y)"));
        assert!(!implies("a.b = allof (x)", "a.b = allof (x, y)"));
        assert!(!normal("a.b = 1 and c.d = 2").implies(&normal("c.d = 2"), &mut 1), "out of budget");
    }
}
