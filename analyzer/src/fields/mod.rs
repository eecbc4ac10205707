//! The fields that rules and outputs name: a row each.

mod types;

pub use types::{Arg, Argument, Extract, Field, Flags, Format, Multi, Support, Type, Value};

/// An event and what was true when it happened.
pub struct Moment<'a> {
    /// Placeholder of the borrow until history exists.
    pub now: std::marker::PhantomData<&'a ()>,
}
