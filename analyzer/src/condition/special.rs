//! Fields that are compared in a way of their own.

use super::ast::{Check as Written, Rhs, Term, Word};
use super::error::{ConditionError, Kind};
use super::events::is_event;
use super::operators::{Class, Op};
use super::plan::{Result, Source, Typed};
use super::types::class;
use crate::fields::{Argument, Type};

/// What an operator means for a term: `evt.around[T] = D` is a distance of at most D.
pub(super) fn meant(left: &Typed, op: Op) -> Op {
    match (&left.source, op) {
        (Source::Field(field, _), Op::Eq | Op::EqEq) if field.name == "evt.around" => Op::Le,
        _ => op,
    }
}

/// Whether upstream's engine answers false whatever the event: membership of both ends of a
/// connection, of ancestors' ids and of raw numbers is looked up with the wrong length there, and
/// modifiers do not work on networks.
pub(super) fn never(left: &Typed, written: &Written) -> bool {
    let Source::Field(field, argument) = &left.source else { return false };
    let modifier = matches!(written.right, Rhs::List(Some(_), ..) | Rhs::Name(Some(_), _));
    let set = matches!(written.op, Op::In | Op::Intersects);
    match (field.name, left.ty) {
        ("fd.ip", _) => modifier || set,
        ("proc.apid", _) => set && *argument == Argument::None,
        (name, ty) if name.starts_with("evt.rawarg") => set && class(ty) == Class::Number,
        (_, Type::Net) => modifier,
        _ => false,
    }
}

/// Refuses the field of an event's type under a transformer, or compared with a field: upstream's
/// engine gives up on all rules then.
pub(super) fn aborts(written: &Written) -> Result<()> {
    let odd = matches!(written.left, Term::Call { .. }) || matches!(written.right, Rhs::Term(_));
    match names_type(&written.left).filter(|_| odd) {
        Some(name) => {
            let text = format!("`{name}` is transformed, or compared with a field: Falco gives up here");
            Err(ConditionError::new(Kind::Operands(text), written.left.at()))
        }
        None => Ok(()),
    }
}

/// Names compared with `evt.type` must be names of events, whatever the operator.
pub(super) fn known_events(left: &Typed, words: &[Word]) -> Result<()> {
    if !matches!(left.source, Source::Field(field, _) if field.name == "evt.type") {
        return Ok(());
    }
    match words.iter().find(|word| !is_event(&word.lossy())) {
        Some(word) => Err(ConditionError::new(Kind::UnknownEvent(word.lossy().into_owned()), word.at)),
        None => Ok(()),
    }
}

fn names_type(term: &Term) -> Option<&'static str> {
    match term {
        Term::Field(field) | Term::Val(field) => {
            ["evt.type", "syscall.type"].into_iter().find(|name| field.name == *name)
        }
        Term::Call { args, .. } => args.iter().find_map(names_type),
        Term::List(terms, _) => terms.iter().find_map(names_type),
        Term::Text(_) => None,
    }
}
