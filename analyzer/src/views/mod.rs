//! Answers: what a question yields, as tables and alerts. Views never print.

pub mod alerts;
pub mod blind;
pub mod coverage;
pub mod drops;
pub mod events;
pub mod explain;
pub mod info;
pub mod rates;
pub mod review;
pub mod rule_diff;
pub mod sheet;
pub mod summary;
pub mod table;
