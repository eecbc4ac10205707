//! What all files together define: definitions, redefinitions, appends and overrides.

use std::collections::{BTreeMap, BTreeSet};

use super::definitions::{Amended, How};
use super::exceptions::Exception;
use super::findings::mistakes;
use super::item::{self, Change, ItemKind, KINDS, Notes, Result, Trouble, anchor, invalid, meant, shape};
use super::priority::Priority;
use super::rate::Rate;
use super::report::{Counts, WarningCode};
use super::text::Text;
use super::versions::{self, ENGINE_VERSION};
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

/// The item that a message is about.
#[derive(Clone, Debug, Default)]
pub(super) struct Label {
    /// Its kind in Falco's words; empty for a whole file.
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) spot: Spot,
}

impl Label {
    pub(super) fn new(kind: &'static str, name: &str, spot: Spot) -> Self {
        Self { kind, name: name.to_owned(), spot }
    }
}

impl std::fmt::Display for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind {
            "list" | "macro" | "rule" => write!(f, "{} `{}`", self.kind, self.name),
            "rules content item" => Ok(()),
            kind => f.write_str(kind),
        }
    }
}

/// A warning that does not know its file yet.
pub(super) struct Oddity {
    pub(super) code: WarningCode,
    pub(super) text: String,
    pub(super) spot: Spot,
    pub(super) hint: Option<String>,
    pub(super) item: Label,
}

/// An error of an item.
pub(super) struct Failure {
    pub(super) trouble: Trouble,
    pub(super) item: Label,
}

/// Plugins of which one must be there.
pub(super) struct Requirement {
    pub(super) alternatives: Vec<(String, String)>,
    pub(super) item: Label,
}

/// Everything that was defined, in the order of first definition.
#[derive(Default)]
pub(super) struct Collector {
    pub(super) lists: Vec<ListDef>,
    pub(super) macros: Vec<MacroDef>,
    pub(super) rules: Vec<RuleDef>,
    /// Where lists (`l`), macros (`m`) and rules (`r`) stand, by name.
    pub(super) names: BTreeMap<(u8, String), usize>,
    /// Names of which an item was at fault. What they are to be is not known, so nothing more is
    /// said of them, and nothing of what uses them.
    pub(super) broken: BTreeSet<(u8, String)>,
    /// Whether a file could not be read at all: any name may have been defined in it.
    pub(super) blind: bool,
    clock: usize,
    pub(super) oddities: Vec<Oddity>,
    pub(super) failures: Vec<Failure>,
    pub(super) requirements: Vec<Requirement>,
}

/// The only source of events there is.
pub(super) const SOURCE: &str = "syscall";

fn is_macro_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_list_name(name: &str) -> bool {
    // Falco's pattern speaks of the white space of ASCII.
    let blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}');
    !name.is_empty() && !name.contains(|c: char| "()\"'=,".contains(c) || blank(c))
}

/// Letter under which names of this kind are kept.
fn letter(kind: ItemKind) -> Option<u8> {
    match kind {
        ItemKind::List => Some(b'l'),
        ItemKind::Macro => Some(b'm'),
        ItemKind::Rule => Some(b'r'),
        ItemKind::Engine | ItemKind::Plugins => None,
    }
}

impl Collector {
    /// Takes in one document of a file. Errors of all its items are kept.
    pub(super) fn document(&mut self, document: &Yaml, env: &Env<'_>) {
        let items = match &document.data {
            Data::Null => return,
            Data::Sequence(items) => items,
            Data::Map(_) => {
                let hint = mistakes::of_map(document)
                    .unwrap_or_else(|| "rules stand in a sequence: begin each item with `- `".to_owned());
                let hint = Some(hint);
                return self
                    .whole(shape("Rules content is not yaml array of objects", document.spot).hint(hint));
            }
            Data::Scalar(_) => return self.whole(shape("Rules content is not yaml", document.spot)),
        };
        for item in items {
            match &item.data {
                Data::Null => {}
                Data::Map(_) => self.item(item, env),
                _ => {
                    let text = "Unexpected element type. Each element should be a yaml associative array.";
                    let label = Label::new("rules content item", "", item.spot);
                    self.failures.push(Failure { trouble: shape(text, item.spot), item: label });
                }
            }
        }
    }

    fn whole(&mut self, trouble: Trouble) {
        self.failures.push(Failure { trouble, item: Label::default() });
    }

    fn item(&mut self, item: &Yaml, env: &Env<'_>) {
        let Some((kind, key, keys)) = KINDS.iter().find(|(_, key, _)| item.get(key).is_some()) else {
            let Data::Map(entries) = &item.data else { return };
            let name = entries.first().and_then(|(key, _)| key.scalar()).unwrap_or("");
            let kinds = || KINDS.iter().map(|(_, key, _)| *key);
            let plural = name.strip_suffix('s').filter(|name| kinds().any(|kind| kind == *name));
            let hint = plural.map(|name| format!("did you mean `{name}`?")).or_else(|| meant(name, kinds()));
            self.oddities.push(Oddity {
                code: WarningCode::UnknownItem,
                text: "Unknown top level item".to_owned(),
                spot: item.spot,
                hint,
                item: Label::new("rules content item", "", item.spot),
            });
            return;
        };
        let name = item.get(key).and_then(Yaml::scalar).unwrap_or("");
        let label = match kind {
            ItemKind::Engine => Label::new("required_engine_version", "", item.spot),
            ItemKind::Plugins => Label::new("required plugin versions", "", item.spot),
            ItemKind::List | ItemKind::Macro | ItemKind::Rule => Label::new(key, name, item.spot),
        };
        let mut notes = Notes::default();
        if let Data::Map(entries) = &item.data {
            for (entry, _) in entries {
                let stray = entry.scalar().unwrap_or("");
                let known = keys.contains(&stray) && !(env.quirks && stray == item::RATE);
                if stray != *key && !known {
                    let text = format!("Unknown key '{stray}'. The key will be ignored.");
                    let elsewhere = KINDS.iter().find(|(_, _, keys)| keys.contains(&stray));
                    let hint = meant(stray, keys.iter().copied())
                        .or_else(|| elsewhere.map(|(_, kind, _)| format!("it is a key of a {kind}")));
                    notes.warnings.push((WarningCode::UnknownKey, text, entry.spot, hint));
                }
            }
        }
        let result = match kind {
            ItemKind::Engine => engine(item),
            ItemKind::Plugins => self.plugins(item, &mut notes),
            ItemKind::List => self.list(item, &mut notes),
            ItemKind::Macro => self.macro_(item, &mut notes),
            ItemKind::Rule => self.rule(item, &mut notes, env),
        };
        notes.take(result);
        for (code, text, spot, hint) in notes.warnings {
            self.oddities.push(Oddity { code, text, spot, hint, item: label.clone() });
        }
        if let Some(letter) = letter(*kind).filter(|_| !notes.errors.is_empty()) {
            self.broken.insert((letter, name.to_owned()));
        }
        self.failures
            .extend(notes.errors.into_iter().map(|trouble| Failure { trouble, item: label.clone() }));
    }

    /// How many lists, macros and rules there are.
    pub(super) fn counts(&self) -> Counts {
        Counts { lists: self.lists.len(), macros: self.macros.len(), rules: self.rules.len() }
    }

    /// How many there are more than then.
    pub(super) fn since(&self, then: Counts) -> Counts {
        let now = self.counts();
        Counts {
            lists: now.lists - then.lists,
            macros: now.macros - then.macros,
            rules: now.rules - then.rules,
        }
    }

    pub(super) fn tick(&mut self) -> usize {
        self.clock += 1;
        self.clock
    }

    pub(super) fn position(&self, kind: u8, name: &str) -> Option<usize> {
        self.names.get(&(kind, name.to_owned())).copied()
    }

    /// Whether a definition of this name was at fault, or may have been where nothing could be read.
    pub(super) fn is_excused(&self, kind: u8, name: &str) -> bool {
        self.blind || self.broken.contains(&(kind, name.to_owned()))
    }

    /// Says that something is changed that does not exist, unless that is excused.
    pub(super) fn missing(&self, kind: u8, name: &str, text: &str, spot: Spot) -> Result<()> {
        if self.is_excused(kind, name) {
            return Ok(());
        }
        let known = self.names.keys().filter(|(of, _)| *of == kind).map(|(_, name)| name.as_str());
        let hint =
            meant(name, known).or_else(|| Some("load the file that defines it before this one".to_owned()));
        Err(invalid(text, spot).hint(hint))
    }

    fn list(&mut self, item: &Yaml, notes: &mut Notes) -> Result<()> {
        let (name, spot) = item::required(item, "list")?;
        if !is_list_name(name) {
            let text = "List has an invalid name. List names should match a regular expression: \
                        ([^()\"'[:space:]=,]+)";
            notes.warn(WarningCode::InvalidListName, text, spot);
        }
        let items = match item.get("items") {
            None => Err(shape("Item has no mapping for key 'items'", anchor(item))),
            Some(items) => item::texts(items, "items"),
        };
        let items = notes.take(items);
        let changes = item::changes(item, &["items"], &["items"], notes)?;
        let (Some(items), true) = (items, notes.errors.is_empty()) else { return Ok(()) };
        let append = changes.legacy || changes.of("items") == Some(Change::Append);
        let now = self.tick();
        let at = self.position(b'l', name);
        match at.and_then(|at| self.lists.get_mut(at)) {
            Some(known) if append => {
                known.items.extend(items);
                known.visibility = now;
                known.amendments.push(Amended::new(How::Appended, spot));
            }
            None if append => {
                let text =
                    "List uses 'append' or 'override.items: append' but no list by that name already exists";
                return self.missing(b'l', name, text, spot);
            }
            Some(known) => {
                known.items = items;
                known.visibility = now;
                known.spot = spot;
                known.amendments.push(Amended::new(How::Replaced, spot));
                self.broken.remove(&(b'l', name.to_owned()));
            }
            None => {
                self.names.insert((b'l', name.to_owned()), self.lists.len());
                self.broken.remove(&(b'l', name.to_owned()));
                let name = name.to_owned();
                let amendments = vec![Amended::new(How::Defined, spot)];
                self.lists.push(ListDef { name, items, index: now, visibility: now, spot, amendments });
            }
        }
        Ok(())
    }

    fn macro_(&mut self, item: &Yaml, notes: &mut Notes) -> Result<()> {
        let (name, spot) = item::required(item, "macro")?;
        if !is_macro_name(name) {
            let text = "Macro has an invalid name. Macro names should match a regular expression: \
                        ([a-zA-Z]+[a-zA-Z0-9_]*)";
            notes.warn(WarningCode::InvalidMacroName, text, spot);
        }
        let condition = notes.take(item::required(item, "condition").map(item::located));
        let changes = item::changes(item, &["condition"], &["condition"], notes)?;
        let (Some(condition), true) = (condition, notes.errors.is_empty()) else { return Ok(()) };
        let append = changes.legacy || changes.of("condition") == Some(Change::Append);
        let now = self.tick();
        let at = self.position(b'm', name);
        match at.and_then(|at| self.macros.get_mut(at)) {
            Some(known) if append => {
                known.condition.append(&condition);
                known.visibility = now;
                known.amendments.push(Amended::new(How::Appended, spot));
            }
            None if append => {
                let text = "Macro uses 'append' or 'override.condition: append' but no macro by that name \
                            already exists";
                return self.missing(b'm', name, text, spot);
            }
            Some(known) => {
                known.condition = condition;
                known.visibility = now;
                known.spot = spot;
                known.amendments.push(Amended::new(How::Replaced, spot));
                self.broken.remove(&(b'm', name.to_owned()));
            }
            None => {
                self.names.insert((b'm', name.to_owned()), self.macros.len());
                self.broken.remove(&(b'm', name.to_owned()));
                let name = name.to_owned();
                let amendments = vec![Amended::new(How::Defined, spot)];
                self.macros.push(MacroDef { name, condition, index: now, visibility: now, spot, amendments });
            }
        }
        Ok(())
    }

    /// Takes down which plugins are required; whether they are there is asked at the end.
    fn plugins(&mut self, item: &Yaml, notes: &mut Notes) -> Result<()> {
        let key = "required_plugin_versions";
        let Some(value) = item.get(key) else { return Ok(()) };
        let Some(entries) = value.sequence() else {
            return Err(shape("Value of required_plugin_versions must be a sequence", value.spot));
        };
        for entry in entries {
            let requirement = requirement(entry);
            self.requirements.extend(notes.take(requirement));
        }
        Ok(())
    }
}

fn requirement(entry: &Yaml) -> Result<Requirement> {
    let (kind, other) = ("required plugin versions entry", "required plugin versions alternative");
    if !matches!(entry.data, Data::Map(_)) {
        return Err(shape("Plugin version must be a mapping", entry.spot).part(kind, ""));
    }
    let read = |one: &Yaml, kind| {
        let (name, spot) = item::required(one, "name").map_err(|trouble| trouble.part(kind, ""))?;
        let version = item::required(one, "version").map_err(|trouble| trouble.part(kind, name))?;
        Ok((name.to_owned(), spot, version.0.to_owned(), version.1))
    };
    let mut wanted = vec![read(entry, kind)?];
    if let Some(alternatives) = entry.get("alternatives") {
        let Some(more) = alternatives.sequence() else {
            let text = "Value of plugin version alternatives must be a sequence";
            return Err(shape(text, alternatives.spot).part(kind, ""));
        };
        for one in more {
            if !matches!(one.data, Data::Map(_)) {
                return Err(shape("Plugin version alternative must be a mapping", one.spot).part(other, ""));
            }
            wanted.push(read(one, other)?);
        }
    }
    let mut names = BTreeSet::new();
    for (name, spot, text, version) in &wanted {
        if versions::parse(text).is_none() {
            let text = format!("Invalid required version '{text}' for plugin '{name}'");
            return Err(invalid(text, *version).part(kind, name).hint(Some("write `x.y.z`".into())));
        }
        if !names.insert(name) {
            let text = format!("Defined multiple alternative version requirements for plugin '{name}'");
            return Err(invalid(text, *spot).part(kind, name));
        }
    }
    let spot = wanted.first().map_or(entry.spot, |(_, spot, _, _)| *spot);
    let alternatives: Vec<_> = wanted.into_iter().map(|(name, _, version, _)| (name, version)).collect();
    Ok(Requirement { alternatives, item: Label::new("required plugin versions", "", spot) })
}

/// Checks the engine that rules require.
fn engine(item: &Yaml) -> Result<()> {
    let (text, spot) = item::required(item, "required_engine_version")?;
    let Some(want) = versions::parse_engine(text) else {
        return Err(shape(
            format!(
                "Unable to parse engine version '{text}' as a semver string. Expected \"x.y.z\" semver format."
            ),
            spot,
        ));
    };
    let have = ENGINE_VERSION;
    if versions::serves(have, want) {
        return Ok(());
    }
    let text = format!(
        "Rules require engine version {}.{}.{}, but engine version is {}.{}.{}",
        want.0, want.1, want.2, have.0, have.1, have.2
    );
    Err(invalid(text, spot))
}
