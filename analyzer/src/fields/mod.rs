//! The fields that rules and outputs name: a row each.
//!
//! A field is added as a row to the table of its class. [`resolve`] finds the field and the
//! argument that a text such as `proc.aname[2]` or `evt.arg.flags` means.

mod container;
mod descriptors;
mod evt;
mod fd;
mod fs;
mod group;
mod k8s;
mod moment;
mod names;
mod paths;
mod presence;
mod proc;
mod render_args;
mod resolve;
mod row;
mod shape;
mod standard;
#[cfg(test)]
mod tests;
mod thread;
mod times;
mod types;
mod user;

pub use evt::is_syscall;
pub use moment::Moment;
pub use presence::{COMM_MAX, Presence, longest, path_field, presence, words_of};
pub use resolve::{all, find, resolve};
pub use types::{Arg, Argument, Extract, Field, Flags, Format, Multi, Support, Type, Value};

/// Every field: a table for each class. [`all`] walks them.
pub static FIELDS: &[&[Field]] = &[
    evt::FIELDS,
    proc::FIELDS,
    standard::FIELDS,
    thread::FIELDS,
    user::FIELDS,
    group::FIELDS,
    fd::FIELDS,
    fs::FIELDS,
    container::FIELDS,
    k8s::FIELDS,
];
