//! What all files together define: definitions, redefinitions, appends and overrides.

use std::collections::{BTreeMap, BTreeSet};

use super::exceptions::Exception;
use super::item::{self, Change, ItemKind, KINDS, Result, RuleItem, Trouble, invalid, shape};
use super::priority::Priority;
use super::report::{ErrorCode, WarningCode};
use super::text::Text;
use super::versions::{self, ENGINE_VERSION, PLUGINS};
use super::yaml::{Data, Spot, Yaml};
use crate::condition::plan::Env;

#[derive(Debug)]
pub(super) struct ListDef {
    pub(super) name: String,
    pub(super) items: Vec<(String, Spot)>,
    pub(super) index: usize,
    pub(super) visibility: usize,
    pub(super) spot: Spot,
}

#[derive(Debug)]
pub(super) struct MacroDef {
    pub(super) name: String,
    pub(super) condition: Text,
    pub(super) index: usize,
    pub(super) visibility: usize,
    pub(super) spot: Spot,
}

#[derive(Debug)]
pub(super) struct RuleDef {
    pub(super) name: String,
    pub(super) condition: Text,
    pub(super) output: String,
    pub(super) output_spot: Spot,
    pub(super) desc: String,
    pub(super) priority: Priority,
    pub(super) source: String,
    pub(super) enabled: bool,
    pub(super) tags: BTreeSet<String>,
    /// `None` if no item of the rule has the key.
    pub(super) exceptions: Option<Vec<Exception>>,
    pub(super) warn_evttypes: bool,
    pub(super) skip_unknown: bool,
    pub(super) capture: bool,
    pub(super) capture_duration: u32,
    pub(super) spot: Spot,
}

/// A warning that does not know its file yet.
pub(super) struct Oddity {
    pub(super) code: WarningCode,
    pub(super) text: String,
    pub(super) spot: Spot,
    pub(super) item: String,
}

/// An error of an item.
pub(super) struct Failure {
    pub(super) trouble: Trouble,
    pub(super) item: String,
}

/// Everything that was defined, in the order of first definition.
#[derive(Default)]
pub(super) struct Collector {
    pub(super) lists: Vec<ListDef>,
    pub(super) macros: Vec<MacroDef>,
    pub(super) rules: Vec<RuleDef>,
    names: BTreeMap<(u8, String), usize>,
    clock: usize,
    pub(super) oddities: Vec<Oddity>,
    pub(super) failures: Vec<Failure>,
    pub(super) required_engine: Option<String>,
}

/// The only source of events there is.
pub(super) const SOURCE: &str = "syscall";

const RULE_APPENDABLE: &[&str] = &["condition", "output", "desc", "tags", "exceptions"];
const RULE_REPLACEABLE: &[&str] = &[
    "condition",
    "output",
    "desc",
    "priority",
    "capture",
    "capture_duration",
    "tags",
    "exceptions",
    "enabled",
    "warn_evttypes",
    "skip-if-unknown-filter",
];

fn is_macro_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_list_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| "()\"'=,".contains(c) || c.is_whitespace())
}

impl Collector {
    /// Takes in one document of a file. Errors of all its items are kept.
    pub(super) fn document(&mut self, document: &Yaml, env: &Env<'_>) {
        let items = match &document.data {
            Data::Null => return,
            Data::Sequence(items) => items,
            Data::Map(_) => {
                return self.fail(shape("Rules content is not yaml array of objects", document.spot), "");
            }
            Data::Scalar(_) => return self.fail(shape("Rules content is not yaml", document.spot), ""),
        };
        for item in items {
            match &item.data {
                Data::Null => {}
                Data::Map(_) => self.item(item, env),
                _ => {
                    let text = "Unexpected element type. Each element should be a yaml associative array.";
                    self.fail(shape(text, item.spot), "");
                }
            }
        }
    }

    fn fail(&mut self, result: Result<()>, item: &str) {
        if let Err(trouble) = result {
            self.failures.push(Failure { trouble, item: item.to_owned() });
        }
    }

    fn warn(&mut self, code: WarningCode, text: impl Into<String>, spot: Spot, item: &str) {
        self.oddities.push(Oddity { code, text: text.into(), spot, item: item.to_owned() });
    }

    fn item(&mut self, item: &Yaml, env: &Env<'_>) {
        let Some((kind, key, keys)) = KINDS.iter().find(|(_, key, _)| item.get(key).is_some()) else {
            let Data::Map(entries) = &item.data else { return };
            let name = entries.first().and_then(|(key, _)| key.scalar()).unwrap_or("");
            return self.warn(
                WarningCode::UnknownItem,
                format!("Unknown top level item '{name}'"),
                item.spot,
                "",
            );
        };
        let name = item.get(key).and_then(Yaml::scalar).unwrap_or("");
        let label = match kind {
            ItemKind::Engine | ItemKind::Plugins => (*key).to_owned(),
            _ => format!("{key} `{name}`"),
        };
        if let Data::Map(entries) = &item.data {
            for (entry, _) in entries {
                let entry_name = entry.scalar().unwrap_or("");
                if entry_name != *key && !keys.contains(&entry_name) {
                    let text = format!("Unknown key '{entry_name}'. The key will be ignored.");
                    self.warn(WarningCode::UnknownKey, text, entry.spot, &label);
                }
            }
        }
        let result = match kind {
            ItemKind::Engine => self.engine(item, key),
            ItemKind::Plugins => plugins(item, key),
            ItemKind::List => self.list(item, &label),
            ItemKind::Macro => self.macro_(item, &label),
            ItemKind::Rule => self.rule(item, &label, env),
        };
        self.fail(result, &label);
    }

    fn engine(&mut self, item: &Yaml, key: &str) -> Result<()> {
        let value = item::required(item, key)?;
        let text = item::text(value)?;
        let Some(want) = versions::parse_engine(text) else {
            return shape(
                format!("Unable to parse engine version '{text}': expected x.y.z semver"),
                value.spot,
            );
        };
        let have = ENGINE_VERSION;
        if !versions::serves(have, want) {
            return invalid(
                format!(
                    "Rules require engine version {}.{}.{}, but engine version is {}.{}.{}",
                    want.0, want.1, want.2, have.0, have.1, have.2
                ),
                value.spot,
            );
        }
        self.required_engine = Some(text.to_owned());
        Ok(())
    }

    fn tick(&mut self) -> usize {
        self.clock += 1;
        self.clock
    }

    fn position(&self, kind: u8, name: &str) -> Option<usize> {
        self.names.get(&(kind, name.to_owned())).copied()
    }

    fn list(&mut self, item: &Yaml, label: &str) -> Result<()> {
        let list = item::list(item)?;
        if !is_list_name(&list.name) {
            let text = "List has an invalid name. List names should match a regular expression: \
                        ([^()\"'[:space:]=,]+)";
            self.warn(WarningCode::InvalidListName, text, item.spot, label);
        }
        let mut warnings = Vec::new();
        let changes = item::changes(item, &["items"], &["items"], &["items"], &mut |code, text, spot| {
            warnings.push((code, text, spot));
        });
        for (code, text, spot) in warnings {
            self.warn(code, text, spot, label);
        }
        let changes = changes?;
        let now = self.tick();
        let at = self.position(b'l', &list.name);
        match (at.and_then(|at| self.lists.get_mut(at)), changes.of("items")) {
            (Some(known), Some(Change::Append)) => {
                known.items.extend(list.items);
                known.visibility = now;
            }
            (None, Some(Change::Append)) => {
                return invalid(
                    "List uses 'append' or 'override.items: append' but no list by that name already exists",
                    item.spot,
                );
            }
            (Some(known), _) => {
                known.items = list.items;
                known.visibility = now;
                known.spot = item.spot;
            }
            (None, _) => {
                self.names.insert((b'l', list.name.clone()), self.lists.len());
                let (name, items) = (list.name, list.items);
                self.lists.push(ListDef { name, items, index: now, visibility: now, spot: item.spot });
            }
        }
        Ok(())
    }

    fn macro_(&mut self, item: &Yaml, label: &str) -> Result<()> {
        let new = item::macro_(item)?;
        if !is_macro_name(&new.name) {
            let text = "Macro has an invalid name. Macro names should match a regular expression: \
                        ([a-zA-Z]+[a-zA-Z0-9_]*)";
            self.warn(WarningCode::InvalidMacroName, text, item.spot, label);
        }
        let mut warnings = Vec::new();
        let changes =
            item::changes(item, &["condition"], &["condition"], &["condition"], &mut |code, text, spot| {
                warnings.push((code, text, spot));
            });
        for (code, text, spot) in warnings {
            self.warn(code, text, spot, label);
        }
        let changes = changes?;
        let now = self.tick();
        let at = self.position(b'm', &new.name);
        match (at.and_then(|at| self.macros.get_mut(at)), changes.of("condition")) {
            (Some(known), Some(Change::Append)) => {
                known.condition.append(&new.condition);
                known.visibility = now;
            }
            (None, Some(Change::Append)) => {
                return invalid(
                    "Macro uses 'append' or 'override.condition: append' but no macro by that name already \
                     exists",
                    item.spot,
                );
            }
            (Some(known), _) => {
                known.condition = new.condition;
                known.visibility = now;
                known.spot = item.spot;
            }
            (None, _) => {
                self.names.insert((b'm', new.name.clone()), self.macros.len());
                let (name, condition) = (new.name, new.condition);
                self.macros.push(MacroDef { name, condition, index: now, visibility: now, spot: item.spot });
            }
        }
        Ok(())
    }

    fn rule(&mut self, item: &Yaml, label: &str, env: &Env<'_>) -> Result<()> {
        let mut warnings = Vec::new();
        let changes = item::changes(
            item,
            RULE_APPENDABLE,
            RULE_REPLACEABLE,
            &["condition", "exceptions"],
            &mut |code, text, spot| warnings.push((code, text, spot)),
        );
        for (code, text, spot) in warnings {
            self.warn(code, text, spot, label);
        }
        let changes = changes?;
        let new = item::rule(item)?;
        if let Some(exceptions) = &new.exceptions {
            let mut seen = BTreeSet::new();
            for exception in exceptions {
                if !seen.insert(&exception.name) {
                    let text =
                        format!("Multiple definitions of exception '{}' in the same object", exception.name);
                    self.warn(WarningCode::ExceptionNameNotUnique, text, exception.spot, label);
                }
            }
        }
        let at = self.position(b'r', &new.name);
        self.tick();
        if changes.legacy || !changes.keys.is_empty() {
            if changes.keys.is_empty() {
                return invalid("Appended rule must have exceptions or condition property", item.spot);
            }
            let Some(at) = at else {
                let text = if changes.any(Change::Append) {
                    "Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists"
                } else {
                    "An 'override.<key>: replace' to a rule was requested but no rule by that name already exists"
                };
                return invalid(text, item.spot);
            };
            self.same_source(at, &new)?;
            return self.change(at, new, &changes, label, env);
        }
        let bare =
            new.condition.is_none() && new.output.is_none() && new.desc.is_none() && new.priority.is_none();
        if bare && let Some(enabled) = new.enabled {
            return self.toggle(at, enabled, item.spot, label);
        }
        self.define(at, new, label, env)
    }

    /// The older way to switch a rule on or off: an item with `enabled` and nothing else.
    fn toggle(&mut self, at: Option<usize>, enabled: bool, spot: Spot, label: &str) -> Result<()> {
        self.warn(
            WarningCode::DeprecatedItem,
            "The standalone 'enabled' key usage is deprecated. The correct approach requires also a 'replace' \
             entry under the 'override' key (i.e. 'enabled: replace').",
            spot,
            label,
        );
        match at.and_then(|at| self.rules.get_mut(at)) {
            Some(rule) => rule.enabled = enabled,
            None => {
                return invalid("Rule has 'enabled' key but no rule by that name already exists", spot);
            }
        }
        Ok(())
    }

    fn same_source(&self, at: usize, new: &RuleItem) -> Result<()> {
        match (self.rules.get(at), &new.source) {
            (Some(known), Some(source)) if known.source != *source => {
                invalid("Rule has been re-defined with a different source", new.spot)
            }
            _ => Ok(()),
        }
    }

    fn define(&mut self, at: Option<usize>, new: RuleItem, label: &str, env: &Env<'_>) -> Result<()> {
        let missing = |key: &str| Trouble {
            code: ErrorCode::YamlValidate,
            text: format!("Item has no mapping for key '{key}'"),
            spot: new.spot,
        };
        let (output, output_spot) = new.output.clone().ok_or_else(|| missing("output"))?;
        let source = new.source.clone().unwrap_or_else(|| SOURCE.to_owned());
        if let Some(at) = at {
            let known = self.rules.get(at).map(|known| known.source.clone());
            if known.is_some_and(|known| known != source) {
                return invalid("Rule has been re-defined with a different source", new.spot);
            }
        }
        let exceptions = match new.exceptions {
            None => None,
            Some(items) => {
                let mut defined = Vec::new();
                for item in items {
                    defined.push(Exception::define(item, env)?);
                }
                Some(defined)
            }
        };
        let rule = RuleDef {
            name: new.name.clone(),
            condition: new.condition.ok_or_else(|| Trouble {
                code: ErrorCode::YamlValidate,
                text: "Item has no mapping for key 'condition'".to_owned(),
                spot: new.spot,
            })?,
            output,
            output_spot,
            desc: new.desc.ok_or_else(|| Trouble {
                code: ErrorCode::YamlValidate,
                text: "Item has no mapping for key 'desc'".to_owned(),
                spot: new.spot,
            })?,
            priority: new.priority.ok_or_else(|| Trouble {
                code: ErrorCode::YamlValidate,
                text: "Item has no mapping for key 'priority'".to_owned(),
                spot: new.spot,
            })?,
            source,
            enabled: new.enabled.unwrap_or(true),
            tags: new.tags.unwrap_or_default(),
            exceptions,
            warn_evttypes: new.warn_evttypes.unwrap_or(true),
            skip_unknown: new.skip_unknown.unwrap_or(false),
            capture: new.capture.unwrap_or(false),
            capture_duration: new.capture_duration.unwrap_or(0),
            spot: new.spot,
        };
        if rule.source != SOURCE {
            let text = format!("Unknown source {}, skipping", rule.source);
            self.warn(WarningCode::UnknownSource, text, rule.spot, label);
        }
        match at.and_then(|at| self.rules.get_mut(at)) {
            Some(known) => *known = rule,
            None => {
                self.names.insert((b'r', new.name), self.rules.len());
                self.rules.push(rule);
            }
        }
        Ok(())
    }

    /// Appends to and replaces keys of a rule; appends come first.
    fn change(
        &mut self,
        at: usize,
        new: RuleItem,
        changes: &item::Changes,
        label: &str,
        env: &Env<'_>,
    ) -> Result<()> {
        let mut notes = Vec::new();
        let Some(rule) = self.rules.get_mut(at) else { return Ok(()) };
        let (append, replace) = (Some(Change::Append), Some(Change::Replace));
        let how = |key: &str| changes.of(key);
        if let Some(condition) = new.condition {
            match how("condition") {
                change if change == append => rule.condition.append(&condition),
                change if change == replace => rule.condition = condition,
                _ => {}
            }
        }
        if let Some((output, spot)) = new.output {
            if how("output") == append {
                rule.output = format!("{} {output}", rule.output);
            } else if how("output") == replace {
                (rule.output, rule.output_spot) = (output, spot);
            }
        }
        if let Some(desc) = new.desc {
            if how("desc") == append {
                rule.desc = format!("{} {desc}", rule.desc);
            } else if how("desc") == replace {
                rule.desc = desc;
            }
        }
        if let Some(tags) = new.tags {
            if how("tags") == append {
                rule.tags.extend(tags);
            } else if how("tags") == replace {
                rule.tags = tags;
            }
        }
        if let Some(items) = new.exceptions {
            if how("exceptions") == append {
                append_exceptions(rule, items, env, &mut notes)?;
            } else if how("exceptions") == replace {
                let defined = items.into_iter().map(|item| Exception::define(item, env));
                rule.exceptions = Some(defined.collect::<Result<_>>()?);
            }
        }
        let mut set = |key: &str, f: &mut dyn FnMut(&mut RuleDef)| {
            if how(key) == replace {
                f(rule);
            }
        };
        set("priority", &mut |rule| rule.priority = new.priority.unwrap_or(rule.priority));
        set("enabled", &mut |rule| rule.enabled = new.enabled.unwrap_or(rule.enabled));
        set("capture", &mut |rule| rule.capture = new.capture.unwrap_or(rule.capture));
        set("capture_duration", &mut |rule| {
            rule.capture_duration = new.capture_duration.unwrap_or(rule.capture_duration);
        });
        set("warn_evttypes", &mut |rule| {
            rule.warn_evttypes = new.warn_evttypes.unwrap_or(rule.warn_evttypes)
        });
        set("skip-if-unknown-filter", &mut |rule| {
            rule.skip_unknown = new.skip_unknown.unwrap_or(rule.skip_unknown);
        });
        for spot in notes {
            self.warn(
                WarningCode::AppendNoValues,
                "Overriding/appending exception with no values",
                spot,
                label,
            );
        }
        Ok(())
    }
}

fn append_exceptions(
    rule: &mut RuleDef,
    items: Vec<item::ExceptionItem>,
    env: &Env<'_>,
    notes: &mut Vec<Spot>,
) -> Result<()> {
    let exceptions = rule.exceptions.get_or_insert_with(Vec::new);
    for item in items {
        let known = exceptions.iter_mut().find(|known| known.name == item.name);
        match known {
            Some(known) => {
                if item.fields.is_some() {
                    return invalid(
                        "Can not append exception fields to existing exception, only values",
                        item.spot,
                    );
                }
                if item.comps.is_some() {
                    return invalid(
                        "Can not append exception comps to existing exception, only values",
                        item.spot,
                    );
                }
                match item.values {
                    Some(values) => known.values.extend(values),
                    None => notes.push(item.spot),
                }
            }
            None if item.fields.is_none() => {
                return invalid("Rule exception must have fields property with a list of fields", item.spot);
            }
            None if item.values.is_none() => {
                return invalid(
                    "Rule exception new item must have fields property with a list of values",
                    item.spot,
                );
            }
            None => exceptions.push(Exception::define(item, env)?),
        }
    }
    Ok(())
}

/// Checks what plugins rules require: those whose fields captures provide are there.
fn plugins(item: &Yaml, key: &str) -> Result<()> {
    let value = item::required(item, key)?;
    let Some(entries) = value.sequence() else { return shape("Value is not a sequence", value.spot) };
    for entry in entries {
        let mut wanted = vec![entry];
        if let Some(alternatives) = entry.get("alternatives") {
            match alternatives.sequence() {
                Some(more) => wanted.extend(more),
                None => return shape("Value is not a sequence", alternatives.spot),
            }
        }
        let mut names = BTreeSet::new();
        let mut served = false;
        for one in wanted {
            let name = item::text(item::required(one, "name")?)?;
            let version = item::required(one, "version")?;
            let text = item::text(version)?;
            let Some(version) = versions::parse(text) else {
                return shape(format!("Invalid required version '{text}' for plugin '{name}'"), version.spot);
            };
            if !names.insert(name) {
                return shape(
                    format!("Defined multiple alternative version requirements for plugin '{name}'"),
                    one.spot,
                );
            }
            served |= PLUGINS.iter().any(|(known, have)| *known == name && versions::serves(*have, version));
        }
        if !served {
            let names: Vec<&str> = names.into_iter().collect();
            return invalid(
                format!("Plugin requirement not satisfied, must load one of: {}", names.join(", ")),
                entry.spot,
            );
        }
    }
    Ok(())
}
