//! Items of a rules file, read key by key.
//!
//! Every key is read, also after one that is wrong: all that is wrong with an item is told, in the
//! order in which Falco's reader, which stops at the first, would come upon it.

use std::collections::BTreeMap;

use super::report::{ErrorCode, WarningCode};
use super::suggest::nearest;
use super::text::Text;
use super::yaml::{Data, Spot, Yaml, boolean};

/// A part of an item, in Falco's words: what kind of thing, and its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// Empty for the item itself.
    pub(super) kind: &'static str,
    pub(super) name: String,
}

/// Something wrong at a place, before it is known in which rule.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) code: ErrorCode,
    pub(super) text: String,
    pub(super) spot: Spot,
    pub(super) hint: Option<String>,
    pub(super) part: Part,
}

impl Trouble {
    pub(super) fn new(code: ErrorCode, text: impl Into<String>, spot: Spot) -> Self {
        Self { code, text: text.into(), spot, hint: None, part: Part::default() }
    }

    /// With what to do about it.
    pub(super) fn hint(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }

    /// In this part of the item.
    pub(super) fn part(self, kind: &'static str, name: &str) -> Self {
        Self { part: Part { kind, name: name.to_owned() }, ..self }
    }
}

pub(super) type Result<T> = std::result::Result<T, Trouble>;

/// The structure of the file is wrong.
pub(super) fn shape(text: impl Into<String>, spot: Spot) -> Trouble {
    Trouble::new(ErrorCode::YamlValidate, text, spot)
}

/// What the file says is wrong.
pub(super) fn invalid(text: impl Into<String>, spot: Spot) -> Trouble {
    Trouble::new(ErrorCode::Validate, text, spot)
}

/// "did you mean …", if a known name is near.
pub(super) fn meant<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // Every name of two letters is near every other.
    let near = Some(name).filter(|name| name.len() > 2).and_then(|name| nearest(name, known.into_iter()));
    near.filter(|near| *near != name).map(|near| format!("did you mean `{near}`?"))
}

/// An item's warnings and errors, as they come.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) errors: Vec<Trouble>,
    pub(super) warnings: Vec<(WarningCode, String, Spot, Option<String>)>,
}

impl Notes {
    /// The value, or nothing and one more error.
    pub(super) fn take<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|trouble| self.errors.push(trouble)).ok()
    }

    pub(super) fn warn(&mut self, code: WarningCode, text: impl Into<String>, spot: Spot) {
        self.warnings.push((code, text.into(), spot, None));
    }
}

/// Kinds of item, in the order in which their keys are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ItemKind {
    Engine,
    Plugins,
    List,
    Macro,
    Rule,
}

/// Saker's own key of rules, see [`super::rate`].
pub(super) const RATE: &str = "rate";

/// Each kind's key and the keys that may stand beside it.
pub(super) static KINDS: &[(ItemKind, &str, &[&str])] = &[
    (ItemKind::Engine, "required_engine_version", &[]),
    (ItemKind::Plugins, "required_plugin_versions", &[]),
    (ItemKind::List, "list", &["items", "append", "override"]),
    (ItemKind::Macro, "macro", &["condition", "append", "override"]),
    (
        ItemKind::Rule,
        "rule",
        &[
            "condition",
            "output",
            "desc",
            "priority",
            "source",
            "enabled",
            "tags",
            "exceptions",
            "warn_evttypes",
            "skip-if-unknown-filter",
            "capture",
            "capture_duration",
            RATE,
            "override",
            "append",
        ],
    ),
];

/// Where a message about all of an item points: at its name.
pub(super) fn anchor(item: &Yaml) -> Spot {
    let name = KINDS.iter().find_map(|(_, key, _)| item.get(key)).or_else(|| item.get("name"));
    name.filter(|name| name.scalar().is_some_and(|text| !text.is_empty())).map_or(item.spot, |name| name.spot)
}

/// The text of a key that must be there and not empty.
pub(super) fn required<'y>(item: &'y Yaml, key: &'static str) -> Result<(&'y str, Spot)> {
    match item.get(key) {
        None => Err(shape(format!("Item has no mapping for key '{key}'"), anchor(item))),
        Some(value) => filled(value, key),
    }
}

fn filled<'y>(value: &'y Yaml, key: &'static str) -> Result<(&'y str, Spot)> {
    let wrong = |text: &str| Err(shape(text, value.spot).part("value for", key));
    match &value.data {
        Data::Null => Err(shape(format!("Mapping for key '{key}' is empty"), value.spot)),
        Data::Scalar(text) if text.is_empty() => wrong("Value must be non-empty"),
        Data::Scalar(text) => Ok((text, value.spot)),
        Data::Sequence(_) | Data::Map(_) => wrong("Value is not a scalar value"),
    }
}

/// The text of a key, which may not be empty if it is there.
pub(super) fn optional<'y>(item: &'y Yaml, key: &'static str) -> Result<Option<(&'y str, Spot)>> {
    item.get(key).map(|value| filled(value, key)).transpose()
}

fn undecodable(key: &'static str, spot: Spot) -> Trouble {
    shape("Can't decode YAML scalar value", spot).part("value for", key)
}

pub(super) fn flag(item: &Yaml, key: &'static str) -> Result<Option<bool>> {
    let Some((text, spot)) = optional(item, key)? else { return Ok(None) };
    match boolean(text) {
        Some(flag) => Ok(Some(flag)),
        None => Err(undecodable(key, spot)
            .hint(meant(text, ["true", "false"]).or(Some("write `true` or `false`".into())))),
    }
}

pub(super) fn number(item: &Yaml, key: &'static str) -> Result<Option<u32>> {
    let Some((text, spot)) = optional(item, key)? else { return Ok(None) };
    match unsigned(text) {
        Some(number) => Ok(Some(number)),
        None => Err(undecodable(key, spot)
            .hint(Some(format!("write a number of milliseconds from 0 to {}", u32::MAX)))),
    }
}

/// A number as YAML 1.1 readers take it: decimal, `0x…`, or octal with a leading zero.
pub(super) fn unsigned(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let (digits, base) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => (hex, 16),
        None if digits.len() > 1 && digits.starts_with('0') => (digits, 8),
        None => (digits, 10),
    };
    // The standard parser takes a sign of its own.
    if digits.starts_with(['+', '-']) { None } else { u32::from_str_radix(digits, base).ok() }
}

/// The texts of a sequence.
pub(super) fn texts(value: &Yaml, key: &'static str) -> Result<Vec<(String, Spot)>> {
    let Some(items) = value.sequence() else {
        let hint = value.scalar().map(|text| format!("write `[{text}]`"));
        return Err(shape("Value is not a sequence", value.spot).part("value for", key).hint(hint));
    };
    let text = |item: &Yaml| match item.scalar() {
        Some(text) => Ok((text.to_owned(), item.spot)),
        None => Err(shape("sequence value is not scalar", item.spot).part("list item", "")),
    };
    items.iter().map(text).collect()
}

pub(super) fn located((text, spot): (&str, Spot)) -> Text {
    Text::new(text, spot)
}

/// What an `override` entry asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Append,
    Replace,
}

/// Keys to change and how, as an item says with `override` or the older `append`.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) keys: BTreeMap<String, (Change, Spot)>,
    /// Asked for by `append: true`.
    pub(super) legacy: bool,
}

impl Changes {
    pub(super) fn any(&self, change: Change) -> bool {
        self.keys.values().any(|(one, _)| *one == change)
    }

    pub(super) fn of(&self, key: &str) -> Option<Change> {
        self.keys.get(key).map(|(change, _)| *change)
    }
}

/// Reads `append` and `override` of an item. `appendable` and `replaceable` are the keys that may be
/// changed.
pub(super) fn changes(
    item: &Yaml,
    appendable: &[&str],
    replaceable: &[&str],
    notes: &mut Notes,
) -> Result<Changes> {
    let mut changes = Changes::default();
    let spot = item.get("append").map_or(item.spot, |value| value.spot);
    if flag(item, "append")? == Some(true) {
        changes.legacy = true;
        notes.warn(
            WarningCode::DeprecatedItem,
            "'append' key is deprecated. Add an 'append' entry (e.g. 'condition: append') under 'override' \
             instead.",
            spot,
        );
    }
    let Some(map) = item.get("override") else { return Ok(changes) };
    let Data::Map(entries) = &map.data else {
        let hint = Some("write `override:` and below it `condition: append`, a key a line".to_owned());
        return Err(shape("Value is not a yaml associative array", map.spot)
            .part("overrides", "")
            .hint(hint));
    };
    for (key, value) in entries {
        let (Some(name), Some(operation)) = (key.scalar(), value.scalar()) else {
            let spot = if key.scalar().is_some() { value.spot } else { key.spot };
            notes.errors.push(shape("Value is not a scalar value", spot).part("overrides", ""));
            continue;
        };
        let (can_append, can_replace) = (appendable.contains(&name), replaceable.contains(&name));
        let known = || appendable.iter().chain(replaceable).copied();
        let (change, wrong) = match operation {
            "append" if can_append => (Change::Append, None),
            "replace" if can_replace => (Change::Replace, None),
            "append" => {
                (Change::Append, Some(format!("Key '{name}' cannot be appended to, use 'replace' instead")))
            }
            "replace" => (Change::Replace, Some(format!("Key '{name}' cannot be replaced"))),
            other => {
                let mut text =
                    format!("Invalid override operation for key '{name}': '{other}'. Allowed values are: ");
                text += if can_append { "append " } else { "" };
                text += if can_replace { "replace " } else { "" };
                let hint = meant(other, ["append", "replace"]).or_else(|| meant(name, known()));
                notes.errors.push(shape(text, value.spot).part("value for", name).hint(hint));
                continue;
            }
        };
        if let Some(text) = wrong {
            let hint = if can_append || can_replace { None } else { meant(name, known()) };
            notes.errors.push(shape(text, key.spot).part("overrides", name).hint(hint));
        } else {
            changes.keys.insert(name.to_owned(), (change, key.spot));
        }
    }
    if changes.legacy && !changes.keys.is_empty() {
        return Err(shape(
            "Keys 'override' and 'append: true' cannot be used together. Add an 'append' entry (e.g. \
             'condition: append') under 'override' instead.",
            spot,
        ));
    }
    Ok(changes)
}

/// A scalar, or a list of scalars, or a list of those.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    /// Empty if it is neither text nor a list.
    One(String, Spot),
    Many(Vec<Entry>, Spot),
}

impl Entry {
    pub(super) fn spot(&self) -> Spot {
        match self {
            Self::One(_, spot) | Self::Many(_, spot) => *spot,
        }
    }

    /// Whether it says anything.
    pub(super) fn is_given(&self) -> bool {
        matches!(self, Self::Many(..)) || matches!(self, Self::One(text, _) if !text.is_empty())
    }

    fn read(value: &Yaml, key: &'static str) -> Result<Self> {
        match &value.data {
            Data::Scalar(text) if text.is_empty() => {
                Err(shape("Value must be non-empty", value.spot).part("value for", key))
            }
            Data::Scalar(text) => Ok(Self::One(text.clone(), value.spot)),
            Data::Null | Data::Map(_) => Ok(Self::One(String::new(), value.spot)),
            Data::Sequence(items) => {
                let items = items.iter().map(|item| Self::read(item, "")).collect::<Result<_>>()?;
                Ok(Self::Many(items, value.spot))
            }
        }
    }
}

/// An exception, as an item gives it.
#[derive(Clone, Debug)]
pub(super) struct ExceptionItem {
    pub(super) name: String,
    pub(super) fields: Option<Entry>,
    pub(super) comps: Option<Entry>,
    pub(super) values: Option<Vec<Entry>>,
    pub(super) spot: Spot,
}

/// Keys of an exception.
pub(super) const EXCEPTION_KEYS: &[&str] = &["name", "fields", "comps", "values"];

/// Reads `exceptions` of an item; if they are added to those of a rule, `fields` may be missing.
pub(super) fn exceptions(item: &Yaml, append: bool, notes: &mut Notes) -> Result<Vec<ExceptionItem>> {
    let Some(value) = item.get("exceptions") else { return Ok(Vec::new()) };
    let items = match &value.data {
        Data::Null => return Ok(Vec::new()),
        Data::Sequence(items) => items,
        _ => return Err(shape("Rule exceptions must be a sequence", value.spot).part("exceptions", "")),
    };
    let mut exceptions: Vec<ExceptionItem> = Vec::new();
    for item in items {
        let result = exception(item, append);
        let Some(new) = notes.take(result) else { continue };
        if exceptions.iter().any(|known| known.name == new.name) {
            let text = format!("Multiple definitions of exception '{}' in the same rule", new.name);
            notes.warn(WarningCode::ExceptionNameNotUnique, text, new.spot);
        }
        if append && new.values.is_none() {
            let text = "Overriding/appending exception with no values";
            let stray = item.keys().find(|key| !EXCEPTION_KEYS.contains(key));
            let hint = stray.and_then(|key| meant(key, EXCEPTION_KEYS.iter().copied()));
            notes.warnings.push((WarningCode::AppendNoValues, text.to_owned(), new.spot, hint));
        }
        exceptions.push(new);
    }
    Ok(exceptions)
}

fn exception(item: &Yaml, append: bool) -> Result<ExceptionItem> {
    if !matches!(item.data, Data::Map(_)) {
        return Err(shape("Rule exception must be a mapping", item.spot).part("exception", ""));
    }
    let (name, spot) = required(item, "name")?;
    let stray = || {
        let stray = item.keys().find(|key| !EXCEPTION_KEYS.contains(key))?;
        meant(stray, EXCEPTION_KEYS.iter().copied())
    };
    let named = |trouble: Trouble| trouble.part("exception", name);
    let entry = |key: &'static str| item.get(key).map(|value| Entry::read(value, key)).transpose();
    let fields = entry("fields").map_err(named)?;
    if fields.is_none() && !append {
        return Err(named(shape("Item has no mapping for key 'fields'", spot).hint(stray())));
    }
    let comps = entry("comps").map_err(named)?;
    let values = match item.get("values") {
        None => None,
        Some(value) => match Entry::read(value, "values").map_err(named)? {
            Entry::Many(values, _) => Some(values),
            Entry::One(..) => {
                let trouble = shape("Rule exception values must be a sequence", value.spot);
                return Err(trouble.part("exception values", ""));
            }
        },
    };
    Ok(ExceptionItem { name: name.to_owned(), fields, comps, values, spot })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_yaml_1_1() {
        assert_eq!(unsigned("26"), Some(26));
        assert_eq!(unsigned("0x1a"), Some(26));
        assert_eq!(unsigned("032"), Some(26));
        assert_eq!(unsigned("+5"), Some(5));
        assert_eq!(unsigned("0"), Some(0));
        for bad in ["", "-1", "1.5", "4294967296", "08", "0x", "+-1", "5 "] {
            assert_eq!(unsigned(bad), None, "{bad}");
        }
    }
}
