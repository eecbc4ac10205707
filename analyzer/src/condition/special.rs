//! Fields that are compared in a way of their own.

use super::ast::{Check as Written, Rhs};
use super::operators::{Class, Op};
use super::plan::{Source, Typed};
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
