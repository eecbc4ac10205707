//! What a line may ask. What is not known, or means nothing beside the rest, is ignored and named in
//! the answer, so that a slip of the pen shows.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::rules::AppendOutput;

/// A request, as it stands on the line.
#[derive(Deserialize)]
pub(super) struct Request {
    /// Repeated in the answer.
    #[serde(default)]
    pub(super) id: Option<Json>,
    #[serde(default)]
    pub(super) condition: Option<String>,
    #[serde(default)]
    pub(super) format: Option<String>,
    #[serde(default)]
    pub(super) fields: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    pub(super) rules_yaml: Option<String>,
    #[serde(default)]
    pub(super) before: Option<Vec<String>>,
    #[serde(default)]
    pub(super) append_output: Option<Vec<Append>>,
    #[serde(flatten)]
    others: BTreeMap<String, Json>,
}

impl Request {
    /// Keys that mean nothing here.
    pub(super) fn ignored(&self) -> Vec<String> {
        let rules = self.rules_yaml.is_some();
        let beside = [
            ("fields", rules && self.fields.is_some()),
            ("before", !rules && self.before.is_some()),
            ("append_output", !rules && self.append_output.is_some()),
        ];
        let beside = beside.into_iter().filter(|(_, ignored)| *ignored).map(|(name, _)| name.to_owned());
        let inner = self.fields.iter().flatten().filter_map(|(name, value)| match value {
            Value::Full(full) => Some(full.others.keys().map(move |key| format!("fields.{name}.{key}"))),
            _ => None,
        });
        beside.chain(self.others.keys().cloned()).chain(inner.flatten()).collect()
    }
}

/// Value of a field: in full, or in short a value of the field's own type; `null` is absent.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Value {
    Absent(()),
    Text(String),
    Bool(bool),
    Number(serde_json::Number),
    List(Vec<String>),
    Full(Full),
}

/// Value of a field with its type.
#[derive(Deserialize)]
pub(super) struct Full {
    #[serde(default, rename = "type")]
    pub(super) ty: Option<String>,
    #[serde(default)]
    pub(super) text: Option<Text>,
    #[serde(default)]
    pub(super) bytes_hex: Option<String>,
    #[serde(default)]
    pub(super) absent: bool,
    #[serde(flatten)]
    others: BTreeMap<String, Json>,
}

/// One value, or several.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Text {
    One(String),
    Bool(bool),
    Number(serde_json::Number),
    Several(Vec<String>),
}

/// An entry of Falco's `append_output`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Append {
    #[serde(default, rename = "match")]
    only: Match,
    #[serde(default)]
    extra_output: Option<String>,
    #[serde(default)]
    suggested_output: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Match {
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    rule: Option<String>,
}

impl From<Append> for AppendOutput {
    fn from(append: Append) -> Self {
        Self {
            source: append.only.source,
            rule: append.only.rule,
            tags: append.only.tags,
            extra: append.extra_output,
            suggested: append.suggested_output,
            ..Self::default()
        }
    }
}
