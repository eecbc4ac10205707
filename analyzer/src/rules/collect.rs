//! What all files together define: definitions, redefinitions, appends and overrides.

use std::collections::{BTreeMap, BTreeSet};

use super::definitions::{Amended, How};
use super::exceptions::Exception;
use super::item::{self, Change, ItemKind, KINDS, Result, Trouble, invalid, shape};
use super::priority::Priority;
use super::rate::Rate;
use super::report::WarningCode;
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
    /// What changed it since, in order.
    pub(super) amendments: Vec<Amended>,
}

#[derive(Debug)]
pub(super) struct MacroDef {
    pub(super) name: String,
    pub(super) condition: Text,
    pub(super) index: usize,
    pub(super) visibility: usize,
    pub(super) spot: Spot,
    /// What changed it since, in order.
    pub(super) amendments: Vec<Amended>,
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
    pub(super) rate: Option<Rate>,
    pub(super) spot: Spot,
    /// What changed it since, in order.
    pub(super) amendments: Vec<Amended>,
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
    /// Where lists (`l`), macros (`m`) and rules (`r`) stand, by name.
    pub(super) names: BTreeMap<(u8, String), usize>,
    clock: usize,
    pub(super) oddities: Vec<Oddity>,
    pub(super) failures: Vec<Failure>,
    pub(super) required_engine: Option<String>,
}

/// The only source of events there is.
pub(super) const SOURCE: &str = "syscall";

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

    pub(super) fn warn(&mut self, code: WarningCode, text: impl Into<String>, spot: Spot, item: &str) {
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
                let known = keys.contains(&entry_name) && !(env.quirks && entry_name == item::RATE);
                if entry_name != *key && !known {
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

    pub(super) fn tick(&mut self) -> usize {
        self.clock += 1;
        self.clock
    }

    pub(super) fn position(&self, kind: u8, name: &str) -> Option<usize> {
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
                known.amendments.push(Amended::new(How::Appended, item.spot));
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
                known.amendments.push(Amended::new(How::Replaced, item.spot));
                known.spot = item.spot;
            }
            (None, _) => {
                self.names.insert((b'l', list.name.clone()), self.lists.len());
                let (name, items) = (list.name, list.items);
                let amendments = vec![Amended::new(How::Defined, item.spot)];
                self.lists.push(ListDef {
                    name,
                    items,
                    index: now,
                    visibility: now,
                    spot: item.spot,
                    amendments,
                });
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
                known.amendments.push(Amended::new(How::Appended, item.spot));
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
                known.amendments.push(Amended::new(How::Replaced, item.spot));
                known.spot = item.spot;
            }
            (None, _) => {
                self.names.insert((b'm', new.name.clone()), self.macros.len());
                let (name, condition) = (new.name, new.condition);
                let amendments = vec![Amended::new(How::Defined, item.spot)];
                self.macros.push(MacroDef {
                    name,
                    condition,
                    index: now,
                    visibility: now,
                    spot: item.spot,
                    amendments,
                });
            }
        }
        Ok(())
    }
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
