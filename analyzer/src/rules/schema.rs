//! What Falco's schema of rules files says of one: keys, types, words. It never fails a load.
//!
//! Facts from `rule_json_schema.h` of Falco's engine. Its validator takes any scalar for a string, and
//! does not mind keys that belong to another kind of item.

use super::item::EXCEPTION_KEYS;
use super::yaml::{Data, Yaml};

/// What the schema says of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// It could not be asked: the file is no YAML, or empty.
    #[default]
    None,
    /// The file is as it should be.
    Ok,
    /// It is not: why, a sentence each.
    Failed(Vec<String>),
}

impl Verdict {
    /// Falco's word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Ok => "ok",
            Self::Failed(_) => "failed",
        }
    }
}

/// Types of the schema.
#[derive(Clone, Copy)]
enum Type {
    Text,
    Integer,
    Bool,
    Texts,
    /// Strings or whole numbers.
    Items,
    Exceptions,
    Plugins,
    Priority,
    Override,
}

static ITEM: &[(&str, Type)] = &[
    ("required_engine_version", Type::Text),
    ("required_plugin_versions", Type::Plugins),
    ("macro", Type::Text),
    ("condition", Type::Text),
    ("list", Type::Text),
    ("items", Type::Items),
    ("rule", Type::Text),
    ("desc", Type::Text),
    ("enabled", Type::Bool),
    ("output", Type::Text),
    ("append", Type::Bool),
    ("priority", Type::Priority),
    ("capture", Type::Bool),
    ("capture_duration", Type::Integer),
    ("capture_events", Type::Integer),
    ("capture_filesize", Type::Integer),
    ("source", Type::Text),
    ("exceptions", Type::Exceptions),
    ("override", Type::Override),
    ("tags", Type::Texts),
    ("warn_evttypes", Type::Bool),
    ("skip-if-unknown-filter", Type::Bool),
];

static PRIORITIES: &[&str] =
    &["EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "INFORMATIONAL", "DEBUG"];

static OVERRIDES: &[&str] = &[
    "items",
    "desc",
    "condition",
    "output",
    "priority",
    "enabled",
    "exceptions",
    "capture",
    "capture_duration",
    "capture_events",
    "capture_filesize",
    "tags",
    "warn_evttypes",
    "skip-if-unknown-filter",
];

/// Most sentences about one file.
const TOLD: usize = 100;

/// Asks the schema about the documents of a file.
pub(super) fn check(documents: &[Yaml]) -> Verdict {
    let mut wrong = Vec::new();
    for document in documents.iter().filter(|document| !matches!(document.data, Data::Null)) {
        match document.sequence() {
            Some(items) => items.iter().enumerate().for_each(|(at, each)| item(each, at, &mut wrong)),
            None => wrong.push("failed for <root>: value is no array".to_owned()),
        }
    }
    wrong.truncate(TOLD);
    match (documents.is_empty(), wrong.is_empty()) {
        (true, _) => Verdict::None,
        (false, true) => Verdict::Ok,
        (false, false) => Verdict::Failed(wrong),
    }
}

fn item(item: &Yaml, at: usize, wrong: &mut Vec<String>) {
    let Data::Map(entries) = &item.data else {
        return wrong.push(format!("failed for <root>[{at}]: value is no object"));
    };
    for (key, value) in entries {
        let key = key.scalar().unwrap_or("");
        let result = match ITEM.iter().find(|(known, _)| *known == key) {
            Some((_, ty)) => ty.takes(value),
            None => Err("there is no such property".to_owned()),
        };
        if let Err(why) = result {
            wrong.push(format!("failed for <root>[{at}][{key}]: {why}"));
        }
    }
}

/// The keys of an object are all known, and those that must be there are.
fn object(value: &Yaml, keys: &[&str], required: &[&str]) -> Result<(), String> {
    if !matches!(value.data, Data::Map(_)) {
        return Err("value is no object".to_owned());
    }
    if let Some(key) = value.keys().find(|key| !keys.contains(key)) {
        return Err(format!("there is no property `{key}`"));
    }
    match required.iter().find(|key| value.get(key).is_none()) {
        Some(key) => Err(format!("the property `{key}` is missing")),
        None => Ok(()),
    }
}

fn each(value: &Yaml, check: impl Fn(&Yaml) -> Result<(), String>) -> Result<(), String> {
    match value.sequence() {
        Some(items) => items.iter().try_for_each(check),
        None => Err("value is no array".to_owned()),
    }
}

fn text(value: &Yaml) -> Result<(), String> {
    if value.scalar().is_some() { Ok(()) } else { Err("value is no string".to_owned()) }
}

impl Type {
    fn takes(self, value: &Yaml) -> Result<(), String> {
        let scalar = value.scalar();
        let fits = |fits: bool, what: &str| if fits { Ok(()) } else { Err(format!("value is no {what}")) };
        match self {
            Self::Text => text(value),
            Self::Integer => fits(scalar.is_some_and(|text| text.parse::<i64>().is_ok()), "integer"),
            Self::Bool => fits(matches!(scalar, Some("true" | "false")), "boolean"),
            Self::Texts | Self::Items => each(value, text),
            Self::Priority => {
                let known = scalar.is_some_and(|text| PRIORITIES.contains(&text));
                if known { Ok(()) } else { Err(format!("value is none of {}", PRIORITIES.join(", "))) }
            }
            Self::Override => {
                object(value, OVERRIDES, &[])?;
                let Data::Map(entries) = &value.data else { return Ok(()) };
                fits(!entries.is_empty(), "object with a property")?;
                let known = |word: &Yaml| matches!(word.scalar(), Some("append" | "replace"));
                fits(entries.iter().all(|(_, word)| known(word)), "`append` or `replace`")
            }
            Self::Exceptions => each(value, |one| {
                object(one, EXCEPTION_KEYS, &["name"])?;
                one.get("name").map_or(Ok(()), text)
            }),
            Self::Plugins => each(value, |one| {
                object(one, &["name", "version", "alternatives"], &["name", "version"])?;
                let other = |one: &Yaml| object(one, &["name", "version"], &["name", "version"]);
                one.get("alternatives").map_or(Ok(()), |others| each(others, other))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::yaml;
    use super::*;

    fn verdict(text: &str) -> &'static str {
        check(&yaml::read(0, text).0).name()
    }

    #[test]
    fn the_schema_is_falcos() {
        let rule = "- rule: r\n  desc: d\n  condition: c\n  output: o\n  priority: ";
        assert_eq!(verdict(&format!("{rule}INFO\n")), "ok");
        assert_eq!(verdict(&format!("{rule}info\n")), "failed", "the loader takes it, the schema does not");
        for (more, expected) in [
            ("tags: [a]", "ok"),
            ("tags: a", "failed"),
            ("enabled: true", "ok"),
            ("enabled: perhaps", "failed"),
            ("capture_duration: 5", "ok"),
            ("capture_duration: x", "failed"),
            ("capture_events: 5", "ok"),
            ("items: [a, 1]", "ok"),
            ("colour: red", "failed"),
            ("exceptions: [{name: e, fields: x, value: y}]", "failed"),
            ("exceptions: [{fields: x}]", "failed"),
            ("override: {desc: append}", "ok"),
            ("override: {desc: add}", "failed"),
            ("override: {}", "failed"),
            ("override: {source: replace}", "failed"),
        ] {
            assert_eq!(verdict(&format!("{rule}INFO\n  {more}\n")), expected, "{more}");
        }
        assert_eq!(verdict("- required_engine_version: 26\n"), "ok");
        assert_eq!(verdict("- required_plugin_versions: [{name: a, version: 1.0.0}]\n"), "ok");
        assert_eq!(verdict("- required_plugin_versions: [{name: a}]\n"), "failed");
        assert_eq!(verdict("a: b\n"), "failed");
        assert_eq!(verdict("- x\n"), "failed");
        assert_eq!(verdict(""), "none");
    }
}
