//! The Saker capture format.
//!
//! Without the feature `std` this crate holds what both sides of the kernel share: the event
//! schema ([`schema`]), the parameter types ([`param`]) and the bytes of one event ([`record`]).
//! With it come the `.skr` file, its writer, its reader and its recovery after damage.
#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "std")]
pub mod block;
#[cfg(feature = "std")]
pub mod cgroup;
#[cfg(feature = "std")]
mod column;
#[cfg(all(test, feature = "std"))]
mod compat_tests;
#[cfg(feature = "std")]
pub mod damage;
pub mod descriptor;
#[cfg(feature = "std")]
mod dictionary;
#[cfg(feature = "std")]
pub mod directory;
#[cfg(feature = "std")]
pub mod frame;
#[cfg(feature = "std")]
pub mod header;
#[cfg(feature = "std")]
pub mod index;
#[cfg(feature = "std")]
mod inflate_block;
#[cfg(feature = "std")]
pub mod integrity;
#[cfg(feature = "std")]
pub mod lanes;
#[cfg(feature = "std")]
mod load;
pub mod param;
#[cfg(feature = "std")]
pub mod reader;
pub mod record;
#[cfg(feature = "std")]
mod recover;
pub mod schema;
#[cfg(feature = "std")]
pub mod serial;
#[cfg(feature = "std")]
pub mod snapshot;
#[cfg(feature = "std")]
mod tables;
#[cfg(feature = "std")]
pub mod writer;

#[cfg(feature = "std")]
pub use damage::Damage;
pub use descriptor::Descriptor;
pub use param::{Bytes, Kind, Storage};
pub use record::{FormatError, Head, Record, Row};
pub use schema::{EVENTS, Event, EventInfo, EventType, ParamInfo};
