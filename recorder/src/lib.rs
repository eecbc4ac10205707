//! The recorder as a library, so that its parts can be tested one by one.
//!
//! Recording needs Linux; elsewhere this crate is empty.
#![cfg(target_os = "linux")]

pub mod attach;
pub mod btf;
pub mod calls;
mod check;
pub mod drain;
pub mod iterate;
pub mod offsets;
