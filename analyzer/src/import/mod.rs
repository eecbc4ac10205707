//! What others wrote, in Saker's terms: rules of other languages.

pub mod sigma;
