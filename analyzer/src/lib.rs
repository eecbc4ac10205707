//! Replays captures and answers questions about them.
//!
//! Modules form a line, each importing only from those before it:
//! `history → fields → condition → rules → scan → views → render → import → commands`.

pub mod cli;
pub mod commands;
pub mod condition;
pub mod fields;
pub mod history;
pub mod import;
pub mod render;
pub mod rules;
pub mod scan;
pub mod views;
