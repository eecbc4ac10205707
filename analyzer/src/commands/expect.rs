//! Expectations of a sample: which alerts must and must not appear. `docs/testing.md` is their
//! reference.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Deserialize;
use serde_json::Value;

use super::yaml;
use crate::condition::Glob;
use crate::rules::Priority;

/// An `expect.yaml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Expectations {
    /// Rules to replay: `own` or files.
    pub rules: Several,
    /// What an event raises that matches several rules.
    pub matching: Matching,
    /// Alerts that must appear.
    pub expect: Vec<Expected>,
    /// Rules that must not raise an alert.
    pub forbid: Vec<String>,
    /// Most severe alert that unexpected rules may raise.
    pub max_priority: Option<Severity>,
    /// Whether unexpected rules may raise alerts.
    pub others: Option<bool>,
    /// Whether the capture may have losses or damage.
    pub losses: bool,
}

/// One text or several.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(untagged)]
pub(super) enum Several {
    /// None given.
    #[default]
    None,
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Several {
    /// The texts.
    pub(super) fn texts(&self) -> Vec<&str> {
        match self {
            Self::None => Vec::new(),
            Self::One(text) => vec![text],
            Self::Many(texts) => texts.iter().map(String::as_str).collect(),
        }
    }
}

/// `first` or `all`.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Matching {
    /// The first rule.
    #[default]
    First,
    /// All rules.
    All,
}

/// A priority.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Severity(pub Priority);

impl TryFrom<String> for Severity {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("`{text}` is no priority"))
    }
}

/// Alerts that must appear.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    /// Rule that raises them.
    pub rule: String,
    /// How many.
    #[serde(default)]
    pub count: Count,
    /// What their fields must be.
    #[serde(default, rename = "where")]
    pub fields: BTreeMap<String, Value>,
}

/// A comparison with a number.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "Value")]
pub(super) struct Count {
    op: Op,
    number: u64,
}

/// Operators, as they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Equal,
    Unequal,
    AtLeast,
    AtMost,
    More,
    Less,
}

/// Longer ones first: `>=` also begins with `>`.
const OPS: &[(&str, Op)] = &[
    ("==", Op::Equal),
    ("!=", Op::Unequal),
    (">=", Op::AtLeast),
    ("<=", Op::AtMost),
    (">", Op::More),
    ("<", Op::Less),
];

impl Default for Count {
    fn default() -> Self {
        Self { op: Op::AtLeast, number: 1 }
    }
}

impl TryFrom<Value> for Count {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        match value {
            Value::Number(number) => number
                .as_u64()
                .map(|number| Self { op: Op::Equal, number })
                .ok_or_else(|| format!("`{number}` is no count")),
            Value::String(text) => text.parse(),
            other => Err(format!("`{other}` is no count")),
        }
    }
}

impl FromStr for Count {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        for &(name, op) in OPS {
            if let Some(number) = text.trim().strip_prefix(name) {
                let number = number.trim().parse().map_err(|_| format!("`{text}` is no count"))?;
                return Ok(Self { op, number });
            }
        }
        Err(format!("`{text}` is no count: write a number, or one after ==, !=, <, <=, >, >="))
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = OPS.iter().find(|(_, op)| *op == self.op).map_or("", |(name, _)| *name);
        write!(f, "{name} {}", self.number)
    }
}

impl Count {
    fn holds(&self, found: u64) -> bool {
        match self.op {
            Op::Equal => found == self.number,
            Op::Unequal => found != self.number,
            Op::AtLeast => found >= self.number,
            Op::AtMost => found <= self.number,
            Op::More => found > self.number,
            Op::Less => found < self.number,
        }
    }
}

/// An alert, as expectations see it.
#[derive(Clone, Debug)]
pub(super) struct Raised {
    /// Its rule.
    pub rule: String,
    /// Its priority.
    pub priority: Priority,
    /// Fields of its output.
    pub fields: serde_json::Map<String, Value>,
    /// Its text.
    pub message: String,
    /// Whether it is about the recording, not about an event.
    pub internal: bool,
}

fn glob(pattern: &str, text: &str) -> bool {
    Glob::new(pattern.as_bytes(), false).matches(text.as_bytes())
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "<NA>".to_owned(),
        other => other.to_string(),
    }
}

impl Expected {
    /// Whether it can only hold if the rule raises an alert.
    pub(super) fn is_proof(&self) -> bool {
        !self.count.holds(0)
    }

    fn matches(&self, alert: &Raised) -> bool {
        alert.rule == self.rule
            && self.fields.iter().all(|(name, wanted)| {
                alert.fields.get(name).is_some_and(|value| glob(&plain(wanted), &plain(value)))
            })
    }
}

impl Expectations {
    /// Reads an `expect.yaml`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let value = match yaml::read(text)? {
            Value::Null => return Err("it expects and forbids nothing".into()),
            value => value,
        };
        let parsed: Self = serde_json::from_value(value).map_err(|error| error.to_string())?;
        if parsed.expect.is_empty()
            && parsed.forbid.is_empty()
            && parsed.max_priority.is_none()
            && parsed.others != Some(false)
        {
            return Err("it expects and forbids nothing".into());
        }
        Ok(parsed)
    }

    /// What of `raised` is not as expected: a sentence each.
    pub(super) fn failures(&self, raised: &[Raised]) -> Vec<String> {
        let mut failures = Vec::new();
        for expected in &self.expect {
            let found = raised.iter().filter(|alert| expected.matches(alert)).count() as u64;
            if !expected.count.holds(found) {
                let with: Vec<String> =
                    expected.fields.iter().map(|(name, value)| format!("{name}={}", plain(value))).collect();
                let with = if with.is_empty() { String::new() } else { format!(" with {}", with.join(", ")) };
                failures.push(format!(
                    "missing: `{}`{with}: {} wanted, {found} found{}",
                    expected.rule,
                    expected.count,
                    self.instead(expected, raised)
                ));
            }
        }
        let mut unexpected: BTreeMap<(&str, &str), (u64, &str)> = BTreeMap::new();
        for alert in raised.iter().filter(|alert| !alert.internal) {
            let named = self.expect.iter().any(|expected| expected.rule == alert.rule);
            let why = if self.forbid.iter().any(|pattern| glob(pattern, &alert.rule)) && !named {
                "forbidden"
            } else if !named && self.max_priority.is_some_and(|most| alert.priority < most.0) {
                "too severe"
            } else if !named && self.others == Some(false) {
                "unexpected"
            } else {
                continue;
            };
            unexpected.entry((why, &alert.rule)).or_insert((0, &alert.message)).0 += 1;
        }
        for ((why, rule), (count, message)) in unexpected {
            failures.push(format!("{why}: `{rule}`, {count} found, such as: {message}"));
        }
        failures
    }

    /// What an expected rule raised instead, if it is the fields that differ.
    fn instead(&self, expected: &Expected, raised: &[Raised]) -> String {
        let Some(near) = raised.iter().find(|alert| alert.rule == expected.rule) else {
            return String::new();
        };
        let differing: Vec<String> = expected
            .fields
            .iter()
            .filter_map(|(name, wanted)| match near.fields.get(name) {
                Some(value) if glob(&plain(wanted), &plain(value)) => None,
                Some(value) => Some(format!("{name}={}", plain(value))),
                None => Some(format!("no {name} in its output")),
            })
            .collect();
        if differing.is_empty() { String::new() } else { format!("; one has {}", differing.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raised(rule: &str, priority: Priority, name: &str) -> Raised {
        Raised {
            rule: rule.into(),
            priority,
            fields: [("proc.name".to_owned(), Value::from(name)), ("n".to_owned(), 5.into())]
                .into_iter()
                .collect(),
            message: format!("{name} did it"),
            internal: false,
        }
    }

    fn failures(text: &str, raised: &[Raised]) -> Vec<String> {
        Expectations::parse(text).unwrap().failures(raised)
    }

    #[test]
    fn what_must_appear_is_counted() {
        let two = [raised("A", Priority::Notice, "bash"), raised("A", Priority::Notice, "sh")];
        assert!(failures("expect: [{rule: A}]", &two).is_empty());
        assert!(failures("expect: [{rule: A, count: 2}]", &two).is_empty());
        assert!(
            failures("expect: [{rule: A, count: '== 1', where: {proc.name: ba*, n: 5}}]", &two).is_empty()
        );
        assert_eq!(
            failures("expect: [{rule: A, count: '> 2'}, {rule: B}]", &two),
            ["missing: `A`: > 2 wanted, 2 found", "missing: `B`: >= 1 wanted, 0 found"]
        );
        assert_eq!(
            failures("expect: [{rule: A, where: {proc.name: zsh, x.y: 1}}]", &two),
            [
                "missing: `A` with proc.name=zsh, x.y=1: >= 1 wanted, 0 found; one has proc.name=bash, no x.y in its output"
            ]
        );
    }

    #[test]
    fn what_must_not_appear_is_named() {
        let alerts =
            [raised("Shell one", Priority::Critical, "bash"), raised("Other", Priority::Debug, "sh")];
        assert_eq!(
            failures("forbid: ['Shell*']", &alerts),
            ["forbidden: `Shell one`, 1 found, such as: bash did it"]
        );
        assert_eq!(
            failures("max_priority: warning", &alerts),
            ["too severe: `Shell one`, 1 found, such as: bash did it"]
        );
        assert_eq!(
            failures("expect: [{rule: Shell one}]\nothers: false", &alerts),
            ["unexpected: `Other`, 1 found, such as: sh did it"]
        );
    }

    #[test]
    fn a_misspelt_expectation_does_not_pass() {
        for text in [
            "",
            "expects: []",
            "expect: []",
            "losses: true",
            "expect: [{rule: A, cuont: 1}]",
            "expect: [{rule: A, count: many}]",
            "expect: [{rule: A, count: -1}]",
            "max_priority: urgent",
            "matching: any\nforbid: [A]",
        ] {
            assert!(Expectations::parse(text).is_err(), "{text}");
        }
        assert!(Expectations::parse("rules: own\nothers: false").is_ok());
    }
}
