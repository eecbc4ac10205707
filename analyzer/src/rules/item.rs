//! Items of a rules file, read key by key.

use std::collections::{BTreeMap, BTreeSet};

use super::priority::Priority;
use super::report::{ErrorCode, WarningCode};
use super::text::Text;
use super::yaml::{Data, Spot, Yaml, boolean};

/// Something wrong at a place, before it is known in which rule.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) code: ErrorCode,
    pub(super) text: String,
    pub(super) spot: Spot,
}

pub(super) type Result<T> = std::result::Result<T, Trouble>;

/// The structure of the file is wrong.
pub(super) fn shape<T>(text: impl Into<String>, spot: Spot) -> Result<T> {
    Err(Trouble { code: ErrorCode::YamlValidate, text: text.into(), spot })
}

/// What the file says is wrong.
pub(super) fn invalid<T>(text: impl Into<String>, spot: Spot) -> Result<T> {
    Err(Trouble { code: ErrorCode::Validate, text: text.into(), spot })
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

/// The value of a key that must be there and not empty.
pub(super) fn required<'y>(item: &'y Yaml, key: &str) -> Result<&'y Yaml> {
    match item.get(key) {
        None => shape(format!("Item has no mapping for key '{key}'"), item.spot),
        Some(value) => filled(value),
    }
}

fn filled(value: &Yaml) -> Result<&Yaml> {
    match &value.data {
        Data::Null => shape("Value must be non-empty", value.spot),
        Data::Scalar(text) if text.is_empty() => shape("Value must be non-empty", value.spot),
        _ => Ok(value),
    }
}

/// The value of a key, which may not be empty if it is there.
pub(super) fn optional<'y>(item: &'y Yaml, key: &str) -> Result<Option<&'y Yaml>> {
    item.get(key).map(filled).transpose()
}

pub(super) fn text(value: &Yaml) -> Result<&str> {
    match value.scalar() {
        Some(text) => Ok(text),
        None => shape("Value is not a scalar value", value.spot),
    }
}

pub(super) fn flag(item: &Yaml, key: &str) -> Result<Option<bool>> {
    let Some(value) = optional(item, key)? else { return Ok(None) };
    match boolean(text(value)?) {
        Some(flag) => Ok(Some(flag)),
        None => shape("Can't decode YAML scalar value", value.spot),
    }
}

pub(super) fn texts(value: &Yaml) -> Result<Vec<(String, Spot)>> {
    let Some(items) = value.sequence() else { return shape("Value is not a sequence", value.spot) };
    items.iter().map(|item| Ok((text(item)?.to_owned(), item.spot))).collect()
}

fn located(value: &Yaml) -> Result<Text> {
    Ok(Text::new(text(value)?, value.spot))
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
    pub(super) keys: BTreeMap<String, Change>,
    /// Asked for by `append: true`.
    pub(super) legacy: bool,
}

impl Changes {
    pub(super) fn any(&self, change: Change) -> bool {
        self.keys.values().any(|one| *one == change)
    }

    pub(super) fn of(&self, key: &str) -> Option<Change> {
        self.keys.get(key).copied()
    }
}

/// Reads `override` and `append` of an item. `appendable` and `replaceable` are the keys that may be
/// changed; `legacy` those that `append: true` changes.
pub(super) fn changes(
    item: &Yaml,
    appendable: &[&str],
    replaceable: &[&str],
    legacy: &[&str],
    warn: &mut dyn FnMut(WarningCode, String, Spot),
) -> Result<Changes> {
    let mut changes = Changes::default();
    if let Some(map) = item.get("override") {
        let Data::Map(entries) = &map.data else {
            return shape("Value is not a yaml associative array", map.spot);
        };
        for (key, value) in entries {
            let (name, operation) = (text(key)?, text(value)?);
            let change = match operation {
                "append" => Change::Append,
                "replace" => Change::Replace,
                other => {
                    return shape(
                        format!(
                            "Invalid override operation for key '{name}': '{other}'. Allowed values are: \
                             append, replace"
                        ),
                        value.spot,
                    );
                }
            };
            match change {
                Change::Append if !appendable.contains(&name) => {
                    return if replaceable.contains(&name) {
                        shape(format!("Key '{name}' cannot be appended to, use 'replace' instead"), key.spot)
                    } else {
                        shape(format!("Key '{name}' cannot be appended to"), key.spot)
                    };
                }
                Change::Replace if !replaceable.contains(&name) => {
                    return shape(format!("Key '{name}' cannot be replaced"), key.spot);
                }
                _ => {}
            }
            if item.get(name).is_none() {
                return shape(
                    format!("An {operation} override for '{name}' was specified but '{name}' is not defined"),
                    key.spot,
                );
            }
            changes.keys.insert(name.to_owned(), change);
        }
        if !changes.keys.is_empty() {
            for key in appendable.iter().chain(replaceable) {
                if item.get(key).is_some() && !changes.keys.contains_key(*key) {
                    return shape(
                        format!(
                            "Unexpected key '{key}': no corresponding entry under 'override' is defined."
                        ),
                        item.get(key).map_or(item.spot, |value| value.spot),
                    );
                }
            }
        }
    }
    if let Some(flag) = flag(item, "append")? {
        let spot = item.get("append").map_or(item.spot, |value| value.spot);
        warn(
            WarningCode::DeprecatedItem,
            "'append' key is deprecated. Add an 'append' entry (e.g. 'condition: append') under 'override' \
             instead."
                .to_owned(),
            spot,
        );
        if flag && !changes.keys.is_empty() {
            return shape(
                "Keys 'override' and 'append: true' cannot be used together. Add an 'append' entry (e.g. \
                 'condition: append') under 'override' instead.",
                spot,
            );
        }
        if flag {
            changes.legacy = true;
            for key in legacy.iter().filter(|key| item.get(key).is_some()) {
                changes.keys.insert((*key).to_owned(), Change::Append);
            }
        }
    }
    Ok(changes)
}

/// A list, as an item gives it.
#[derive(Debug)]
pub(super) struct ListItem {
    pub(super) name: String,
    pub(super) items: Vec<(String, Spot)>,
}

pub(super) fn list(item: &Yaml) -> Result<ListItem> {
    let name = text(required(item, "list")?)?.to_owned();
    let items = match item.get("items") {
        None => return shape("Item has no mapping for key 'items'", item.spot),
        Some(items) => texts(items)?,
    };
    Ok(ListItem { name, items })
}

/// A macro, as an item gives it.
#[derive(Debug)]
pub(super) struct MacroItem {
    pub(super) name: String,
    pub(super) condition: Text,
}

pub(super) fn macro_(item: &Yaml) -> Result<MacroItem> {
    let name = text(required(item, "macro")?)?.to_owned();
    Ok(MacroItem { name, condition: located(required(item, "condition")?)? })
}

/// A rule, as an item gives it: everything may be missing.
#[derive(Debug, Default)]
pub(super) struct RuleItem {
    pub(super) name: String,
    pub(super) condition: Option<Text>,
    pub(super) output: Option<(String, Spot)>,
    pub(super) desc: Option<String>,
    pub(super) priority: Option<Priority>,
    pub(super) source: Option<String>,
    pub(super) enabled: Option<bool>,
    pub(super) tags: Option<BTreeSet<String>>,
    pub(super) exceptions: Option<Vec<ExceptionItem>>,
    pub(super) warn_evttypes: Option<bool>,
    pub(super) skip_unknown: Option<bool>,
    pub(super) capture: Option<bool>,
    pub(super) capture_duration: Option<u32>,
    pub(super) spot: Spot,
}

pub(super) fn rule(item: &Yaml) -> Result<RuleItem> {
    let name = text(required(item, "rule")?)?.to_owned();
    let mut rule = RuleItem { name, spot: item.spot, ..RuleItem::default() };
    rule.condition = optional(item, "condition")?.map(located).transpose()?;
    if let Some(value) = optional(item, "output")? {
        rule.output = Some((text(value)?.trim().to_owned(), value.spot));
    }
    rule.desc = optional(item, "desc")?.map(|value| text(value).map(str::to_owned)).transpose()?;
    if let Some(value) = optional(item, "priority")? {
        match text(value)?.parse() {
            Ok(priority) => rule.priority = Some(priority),
            Err(_) => return shape("Invalid priority", value.spot),
        }
    }
    // An empty source is as good as none.
    if let Some(value) = item.get("source")
        && !matches!(value.data, Data::Null)
    {
        rule.source = Some(text(value)?.to_owned()).filter(|source| !source.is_empty());
    }
    rule.enabled = flag(item, "enabled")?;
    if let Some(value) = optional(item, "tags")? {
        rule.tags = Some(texts(value)?.into_iter().map(|(tag, _)| tag).collect());
    }
    if let Some(value) = item.get("exceptions") {
        let items = match &value.data {
            Data::Null => &[],
            Data::Sequence(items) => items.as_slice(),
            _ => return shape("Rule exceptions must be a sequence", value.spot),
        };
        rule.exceptions = Some(items.iter().map(exception).collect::<Result<_>>()?);
    }
    rule.warn_evttypes = flag(item, "warn_evttypes")?;
    rule.skip_unknown = flag(item, "skip-if-unknown-filter")?;
    rule.capture = flag(item, "capture")?;
    if let Some(value) = optional(item, "capture_duration")? {
        match text(value)?.parse() {
            Ok(duration) => rule.capture_duration = Some(duration),
            Err(_) => return shape("Can't decode YAML scalar value", value.spot),
        }
    }
    Ok(rule)
}

/// A scalar, or a list of scalars, or a list of those.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    One(String, Spot),
    Many(Vec<Entry>, Spot),
}

impl Entry {
    pub(super) fn spot(&self) -> Spot {
        match self {
            Self::One(_, spot) | Self::Many(_, spot) => *spot,
        }
    }

    fn read(value: &Yaml) -> Result<Self> {
        match &value.data {
            Data::Scalar(text) => Ok(Self::One(text.clone(), value.spot)),
            Data::Null => Ok(Self::One(String::new(), value.spot)),
            Data::Sequence(items) => {
                Ok(Self::Many(items.iter().map(Self::read).collect::<Result<_>>()?, value.spot))
            }
            Data::Map(_) => shape("Can't decode YAML sequence value", value.spot),
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

fn exception(item: &Yaml) -> Result<ExceptionItem> {
    if !matches!(item.data, Data::Map(_)) {
        return shape("Rule exception must be a yaml associative array", item.spot);
    }
    let name = text(required(item, "name")?)?.to_owned();
    let entry = |key: &str| item.get(key).map(Entry::read).transpose();
    let values = match item.get("values") {
        None => None,
        Some(value) => match Entry::read(value)? {
            Entry::Many(values, _) => Some(values),
            Entry::One(..) => return shape("Rule exception values must be a sequence", value.spot),
        },
    };
    Ok(ExceptionItem { name, fields: entry("fields")?, comps: entry("comps")?, values, spot: item.spot })
}
