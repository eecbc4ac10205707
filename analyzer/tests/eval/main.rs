//! `saker eval`, as a client has it: lines in, lines out, in both modes.

mod cases;
mod client;
mod corpus;
mod own;
