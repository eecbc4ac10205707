//! Conditions: from text to a tree ([`parse`]), from a tree to a typed plan ([`Plan::lower`]), from a
//! plan and a moment to true or false ([`Plan::holds`]).

pub mod ast;
mod error;
mod evaluate;
mod event_names;
mod events;
mod getopt;
mod glob;
mod lex;
mod limits;
mod netaddr;
pub mod normal;
pub mod operators;
mod params;
mod parse;
mod paths;
mod pattern;
pub mod plan;
mod predicate;
mod resolve;
mod special;
mod trace;
mod transform;
mod types;
mod warning;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use ast::Expr;
pub use error::{ConditionError, Kind, Span};
pub use events::{EventSet, event_names, is_event};
pub use glob::Glob;
pub use limits::Limits;
pub use netaddr::{Cidr, parse_address, parse_port};
pub use params::{parameter, parameter_names};
pub use parse::{parse, parse_source, parse_within};
pub(crate) use parse::{parse_term, parse_term_prefix};
pub use plan::{Env, Plan};
pub(crate) use plan::{Shared, Typed, lower_term};
pub use predicate::{Predicate, Set};
pub use resolve::{Bound, Find, resolve};
pub use trace::{Reading, Step, Trace};
pub use transform::{TRANSFORMERS, Transformer};
pub(crate) use types::class as class_of;
pub use types::{is_signed, type_from_name, type_name};

use crate::fields::Extract;

/// A stand-alone condition, as `saker events` takes it.
#[derive(Clone, Debug)]
pub struct Filter {
    plan: Plan,
}

impl Filter {
    /// Compiles a condition over the fields of captures.
    pub fn compile(text: &str) -> Result<Self, ConditionError> {
        Self::compile_in(text, &Env::captures())
    }

    /// Compiles a condition over the fields of `env`.
    pub fn compile_in(text: &str, env: &Env<'_>) -> Result<Self, ConditionError> {
        Plan::lower(&parse(text)?, env).map(|plan| Self { plan })
    }

    /// Whether it holds at this moment.
    pub fn holds<E: Extract + ?Sized>(&self, now: &E) -> bool {
        self.plan.holds(now)
    }

    /// Events for which it can hold.
    pub fn events(&self) -> EventSet {
        self.plan.events()
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}
