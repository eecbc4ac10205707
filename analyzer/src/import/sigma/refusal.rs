//! Why a rule is not converted, and where it says what cannot be said.

use super::SIZE_MAX;

/// Why a rule cannot be said in the rule language, or not without changing what it means.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The file is not YAML, or holds what a rule never does.
    #[error("not YAML: {0}")]
    Yaml(String),
    /// A key is missing or does not hold what it should.
    #[error("{0}")]
    Shape(String),
    /// A document about several events, or one that changes others.
    #[error("{0}")]
    Document(&'static str),
    /// Its authors withdrew it.
    #[error("its status is `{0}`")]
    Status(String),
    /// Nothing recorded answers it.
    #[error("{category} has no field `{field}`")]
    Field {
        /// As the rule has it.
        field: String,
        /// What the rule is about.
        category: &'static str,
    },
    /// A modifier.
    #[error("modifier `{name}`: {why}")]
    Modifier {
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A value that its field never has.
    #[error("`{field}: {value}`: {why}")]
    Value {
        /// The field.
        field: &'static str,
        /// The value.
        value: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A regular expression.
    #[error("regular expression: {0}")]
    Regex(String),
    /// A condition.
    #[error("condition: {0}")]
    Condition(String),
    /// A search without a field.
    #[error("words without a field, in {0}")]
    Keywords(&'static str),
    /// It would grow too large.
    #[error("it would take more than {SIZE_MAX} bytes")]
    Size,
    /// What came out does not load.
    #[error("what comes of it does not load: {0}")]
    Load(String),
}

/// A reason and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) reason: Reason,
    pub(super) line: usize,
}

impl Refusal {
    /// Of a value in YAML.
    pub(super) fn at(value: &crate::rules::yaml::Yaml, reason: Reason) -> Self {
        Self { reason, line: value.spot.line }
    }
}
