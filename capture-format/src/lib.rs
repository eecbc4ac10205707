//! The Saker capture format.
//!
//! Without the feature `std` this crate holds what both sides of the kernel share: the event
//! schema ([`schema`]), the parameter types ([`param`]) and the bytes of one event ([`record`]).
//! With it come the `.skr` file, its writer, its reader and its recovery after damage.
#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "std")]
pub mod cgroup;
pub mod descriptor;
pub mod param;
pub mod record;
pub mod schema;
#[cfg(feature = "std")]
pub mod snapshot;

pub use descriptor::Descriptor;
pub use param::{Bytes, Kind, Storage};
pub use record::{FormatError, Head, Record, Row};
pub use schema::{EVENTS, Event, EventInfo, EventType, ParamInfo};
