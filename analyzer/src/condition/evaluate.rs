//! Whether a plan holds at a moment: slow, obvious, one moment at a time.
//!
//! Logic is two-valued. A comparison whose value is absent is false, so `not (a = b)` and `a != b`
//! differ.

use std::borrow::Cow;

use super::operators::{Modifier, Op};
use super::plan::{Check, Node, Plan, Source, Test};
use super::predicate::{Predicate, bytes_hold, numbers_hold, order_holds};
use super::types::{bytes_of, is_signed};
use crate::fields::{Extract, Multi, Type, Value};

impl Plan {
    /// Whether it holds at this moment.
    pub fn holds<E: Extract + ?Sized>(&self, now: &E) -> bool {
        self.root().holds(now)
    }
}

impl Node {
    /// Whether it holds at this moment.
    pub fn holds<E: Extract + ?Sized>(&self, now: &E) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(now)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(now)),
            Self::Not(part) => !part.holds(now),
            Self::Check(check) => check.holds(now),
        }
    }
}

impl Check {
    /// Whether it holds at this moment.
    pub fn holds<E: Extract + ?Sized>(&self, now: &E) -> bool {
        let Some(value) = self.source.value(now) else { return false };
        if let Test::Against { op, ty, right } = &self.test {
            return right.value(now).is_some_and(|right| against(*op, *ty, &value, &right));
        }
        self.test.holds(self.multi, &value)
    }
}

impl Source {
    /// Its value at this moment; `None` is absent.
    pub fn value<'a, E: Extract + ?Sized>(&'a self, now: &'a E) -> Option<Value<'a>> {
        match self {
            Self::Field(field, argument) => now.extract(field, argument),
            Self::Text(text) => Some(Value::Bytes(Cow::Borrowed(text))),
            Self::List(parts) => values(parts, now).map(Value::List),
            Self::Call(row, parts, letter) => (row.apply)(values(parts, now)?, *letter),
        }
    }
}

/// All values, or nothing if one is absent.
fn values<'a, E: Extract + ?Sized>(parts: &'a [Source], now: &'a E) -> Option<Vec<Value<'a>>> {
    parts.iter().map(|part| part.value(now)).collect()
}

impl Test {
    /// Whether it holds for a value that is there. [`Test::Against`] does not know its other value
    /// here and never holds.
    pub fn holds(&self, multi: Multi, value: &Value<'_>) -> bool {
        match (self, multi, value) {
            (Self::Exists, ..) => true,
            (Self::Never | Self::Against { .. }, ..) => false,
            (Self::Members { set, all: true }, Multi::List, Value::List(values)) => {
                values.iter().all(|value| set.contains(value))
            }
            (_, Multi::Either, Value::List(ends)) => self.either(ends),
            (_, Multi::Either, end) => self.either(std::slice::from_ref(end)),
            // Ancestors, and elements under `intersects`: one that satisfies is enough.
            (_, _, Value::List(values)) => values.iter().any(|value| self.one(value)),
            (_, _, value) => self.one(value),
        }
    }

    fn one(&self, value: &Value<'_>) -> bool {
        match self {
            Self::Is(predicate) => predicate.holds(value),
            Self::Members { set, .. } => set.contains(value),
            Self::Each(modifier, predicates) => {
                modifier.holds(predicates.iter().map(|predicate| predicate.holds(value)))
            }
            Self::Exists => true,
            Self::Never | Self::Against { .. } => false,
        }
    }

    /// Both ends of a connection: either may be equal, both must differ.
    fn either(&self, ends: &[Value<'_>]) -> bool {
        let holds = |predicate: &Predicate| {
            let mut each = ends.iter().map(|end| predicate.holds(end));
            if predicate.is_negative() {
                // An address without names differs from every name.
                each.all(|holds| holds)
            } else {
                each.any(|holds| holds)
            }
        };
        match self {
            Self::Is(predicate) => holds(predicate),
            Self::Each(modifier, predicates) => modifier.holds(predicates.iter().map(holds)),
            _ => ends.iter().any(|end| self.one(end)),
        }
    }
}

impl Modifier {
    /// Whether enough of the comparisons hold; never for an empty list.
    fn holds(self, mut each: impl ExactSizeIterator<Item = bool>) -> bool {
        match self {
            Self::AnyOf => each.any(|holds| holds),
            Self::AllOf => each.len() > 0 && each.all(|holds| holds),
            Self::OneOf => each.filter(|holds| *holds).take(2).count() == 1,
        }
    }
}

/// The elements of a list, or the one value.
fn listed<'v, 'a>(value: &'v Value<'a>) -> &'v [Value<'a>] {
    match value {
        Value::List(values) => values,
        value => std::slice::from_ref(value),
    }
}

/// Compares two values of one type.
fn against(op: Op, ty: Type, left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::List(_), _) | (_, Value::List(_)) => {
            let (left, right) = (listed(left), listed(right));
            let mut members =
                left.iter().map(|value| right.iter().any(|other| against(Op::Eq, ty, value, other)));
            if op == Op::In { members.all(|member| member) } else { members.any(|member| member) }
        }
        (Value::Bytes(_), Value::Bytes(_)) => match (bytes_of(ty, left), bytes_of(ty, right)) {
            (Some(left), Some(right)) if op == Op::IContains => {
                bytes_hold(op, left, &right.to_ascii_lowercase())
            }
            (Some(left), Some(right)) => bytes_hold(op, left, right),
            _ => false,
        },
        (Value::Number(left), Value::Number(right)) => numbers_hold(op, is_signed(ty), *left, *right),
        (Value::Double(left), Value::Double(right)) => {
            left.partial_cmp(right).is_some_and(|order| order_holds(op, order))
        }
        (Value::Bool(left), Value::Bool(right)) => order_holds(op, left.cmp(right)),
        (Value::Addr(left), Value::Addr(right)) => order_holds(op, left.cmp(right)),
        _ => false,
    }
}
