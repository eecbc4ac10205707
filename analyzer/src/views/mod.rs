//! Answers: what a question yields, as tables and alerts. Views never print.

pub mod table;
