//! Whether comparisons of one field can hold together.

use std::rc::Rc;

use super::leaf::Leaf;
use crate::condition::operators::Op;
use crate::fields::{Type, Value, longest};

/// Most values that are tried.
const MOST_VALUES: usize = 4096;

/// A comparison and whether it is to hold.
#[derive(Clone)]
pub(super) struct Fact {
    pub(super) leaf: Rc<Leaf>,
    pub(super) holds: bool,
}

/// The fact among `known` that makes `new` impossible, if there is one. `effort` bounds the work of
/// this and later calls; when it is spent, nothing is impossible.
pub(super) fn conflict<'f>(known: &'f [Fact], new: &'f Fact, effort: &mut usize) -> Option<&'f Fact> {
    *effort = effort.checked_sub(known.len())?;
    if let Some(opposite) =
        known.iter().find(|fact| fact.leaf.text == new.leaf.text && fact.holds != new.holds)
    {
        return Some(opposite);
    }
    let field = new.leaf.plain?;
    let related = |fact: &&Fact| fact.leaf.left == new.leaf.left && fact.leaf.plain.is_some();
    let others: Vec<&Fact> = known.iter().filter(related).collect();
    // What follows looks at all of them for each value, and perhaps at each pair.
    let costly = others.len().saturating_mul(new.leaf.literals.max(8)).saturating_mul(2);
    *effort = effort.checked_sub(costly)?;
    let impossible = |facts: &[&Fact]| {
        // A negated comparison is also true where the field is absent: one must ask for a value.
        if !facts.iter().any(|fact| fact.holds) {
            return false;
        }
        match values(facts, field.ty, longest(field)) {
            Some(values) => !values.iter().any(|value| suits(facts, value)),
            None => edges_differ(facts),
        }
    };
    let mut all = others.clone();
    all.push(new);
    if others.is_empty() || !impossible(&all) {
        return None;
    }
    // The one that alone contradicts, or any.
    let alone = others.iter().find(|fact| impossible(&[**fact, new]));
    alone.or_else(|| others.iter().find(|fact| fact.holds)).or(others.first()).copied()
}

fn suits(facts: &[&Fact], value: &Value<'_>) -> bool {
    facts.iter().all(|fact| fact.leaf.plan.is_none() || fact.leaf.holds(value) == fact.holds)
}

/// Values of which one must suit if any does; `None` if nothing bounds them.
fn values(facts: &[&Fact], ty: Type, longest: Option<usize>) -> Option<Vec<Value<'static>>> {
    let first = &facts.first()?.leaf;
    if first.is_bool() {
        return Some(vec![Value::Bool(false), Value::Bool(true)]);
    }
    if first.is_number() {
        let mut numbers = vec![0];
        for fact in facts {
            for number in fact.leaf.thresholds()? {
                numbers.extend([number.wrapping_sub(1), number, number.wrapping_add(1)]);
            }
        }
        numbers.retain(|number| fits(ty, *number));
        return (numbers.len() <= MOST_VALUES).then(|| numbers.into_iter().map(Value::Number).collect());
    }
    let values = facts.iter().filter(|fact| fact.holds).find_map(|fact| fact.leaf.values())?;
    let short = |value: &Value<'_>| match (value, longest) {
        (Value::Bytes(bytes), Some(most)) => bytes.len() <= most,
        _ => true,
    };
    (values.len() <= MOST_VALUES).then(|| values.into_iter().filter(short).collect())
}

/// Whether a value of this type can be this number, as it is widened to 64 bits.
fn fits(ty: Type, number: u64) -> bool {
    let signed = number as i64;
    match ty {
        Type::I8 => i8::try_from(signed).is_ok(),
        Type::I16 => i16::try_from(signed).is_ok(),
        Type::I32 => i32::try_from(signed).is_ok(),
        Type::U8 => number <= u8::MAX.into(),
        Type::U16 | Type::Port => number <= u16::MAX.into(),
        Type::U32 | Type::Mode | Type::Flags | Type::EnumFlags => number <= u32::MAX.into(),
        _ => true,
    }
}

/// Whether two beginnings, or two ends, exclude each other, or one contains what must not be.
fn edges_differ(facts: &[&Fact]) -> bool {
    let edges: Vec<(bool, Op, &[u8])> =
        facts.iter().filter_map(|fact| fact.leaf.edge().map(|(op, text)| (fact.holds, op, text))).collect();
    let within = |op: Op, long: &[u8], short: &[u8]| match op {
        Op::StartsWith => long.starts_with(short),
        _ => long.ends_with(short),
    };
    edges.iter().enumerate().any(|(index, (holds, op, text))| {
        edges.iter().skip(index + 1).any(|(other_holds, other_op, other)| {
            op == other_op
                && match (holds, other_holds) {
                    (true, true) => !within(*op, text, other) && !within(*op, other, text),
                    (true, false) => within(*op, text, other),
                    (false, true) => within(*op, other, text),
                    (false, false) => false,
                }
        })
    })
}
