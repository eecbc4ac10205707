//! The recorder as a library, so that its parts can be tested one by one.
//!
//! Recording needs Linux; elsewhere this crate is empty.
#![cfg(target_os = "linux")]

pub mod attach;
pub mod btf;
pub mod calls;
mod check;
pub mod cli;
pub mod command;
pub mod console;
pub mod containers;
pub mod drain;
pub mod environment;
pub mod error;
pub mod files;
pub mod filter;
pub mod host;
pub mod iterate;
pub mod keeper;
pub mod lineage;
pub mod offsets;
pub mod scope;
pub mod selection;
pub mod session;
pub mod sink;
pub mod snapshot;
pub mod status;
pub mod sys;
pub mod units;
