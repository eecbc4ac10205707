//! The rule language against a corpus of cases, if that lies beside the repository.
//!
//! The corpus is no part of the repository: without it these tests say so and pass. Cases of our own
//! for every operator and error stand with the code.

mod corpus;
mod load;
mod operators;
mod parse;
mod stock;
mod table;
