//! Laws of conditions, held over random ones.

mod eval;
mod expand;
mod moment;
mod print;
mod trees;
