//! Reading captures: which, which part of them, in parallel and in order.

pub mod clock;
pub mod find;
pub mod ordered;
pub mod pass;
pub mod span;

pub use pass::{Scanned, View, Workers};
