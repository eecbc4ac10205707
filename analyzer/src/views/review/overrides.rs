//! Overrides whose base has changed, or has come to say what they add.
//!
//! An override is an item that changes a rule, macro or list of an *earlier* file; what that file and
//! those before it make of the thing is its base. Three things are found:
//!
//! - an appended item, exception or term that the base has too by now;
//! - what a replacement leaves out that the base says;
//! - with a lock, any base that is not what it was when the lock was written.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::study::Study;
use crate::condition::normal::Normal;
use crate::rules::{Amendment, How, LoadOptions, Place, RuleSet, Source};
use crate::views::rule_diff::{Difference, Kind, expanded, meaning};

/// Most terms that a remark quotes.
const TERMS_MAX: usize = 4;

/// Something to look at again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// What is overridden.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Where the override stands.
    pub place: Place,
    /// What is odd.
    pub remark: String,
}

/// Bases of overrides, as a lock keeps them: by kind, name and file of the override.
pub type Bases = BTreeMap<String, Value>;

/// What came of looking at overrides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// How many there are.
    pub count: usize,
    /// Those to look at again.
    pub stale: Vec<Stale>,
    /// What all of them build on.
    pub bases: Bases,
    /// How many are not in the lock yet.
    pub unlocked: usize,
}

/// One override.
struct Override {
    kind: Kind,
    name: String,
    /// Number of its file.
    file: usize,
    amendment: Amendment,
}

/// Looks at the overrides of `set`, which was loaded from `sources`; `lock` is what a lock says.
pub fn overrides(sources: &[Source], set: &RuleSet, lock: Option<&Bases>) -> Overrides {
    let all = find(sources, set);
    let mut found = Overrides { count: all.len(), ..Overrides::default() };
    for one in &all {
        found.stale.extend(appended(one, set).map(|remark| one.stale(remark)));
    }
    let files: BTreeSet<usize> = all.iter().map(|one| one.file).collect();
    for file in files {
        let upto = |end: usize| {
            let sources = sources.get(..end).unwrap_or_default();
            RuleSet::load(sources, &LoadOptions::default()).rules
        };
        let (Some(base), Some(with)) = (upto(file), upto(file + 1)) else { continue };
        let difference = Difference::between(&base, &with);
        for one in all.iter().filter(|one| one.file == file) {
            found.stale.extend(replaced(one, &difference).map(|remark| one.stale(remark)));
            let Some(now) = describe(one, &base) else { continue };
            let source = sources.get(file).map_or("", |source| source.name.as_str());
            let key = format!("{} {} ({source})", one.kind.name(), one.name);
            if let Some(lock) = lock {
                match lock.get(&key) {
                    None => found.unlocked += 1,
                    Some(was) => found.stale.extend(changed(was, &now).map(|remark| one.stale(remark))),
                }
            }
            found.bases.insert(key, now);
        }
    }
    found.stale.sort_by(|a, b| (a.kind, &a.name, &a.remark).cmp(&(b.kind, &b.name, &b.remark)));
    found.stale.dedup();
    found
}

impl Override {
    fn stale(&self, remark: String) -> Stale {
        Stale { kind: self.kind, name: self.name.clone(), place: self.amendment.place.clone(), remark }
    }
}

fn find(sources: &[Source], set: &RuleSet) -> Vec<Override> {
    let definitions = set.definitions();
    let mut all = Vec::new();
    let mut add = |kind: Kind, name: &str, history: Vec<Amendment>| {
        let number = |place: &Place| sources.iter().position(|source| source.name == place.file);
        let Some(first) = history.first().and_then(|one| number(&one.place)) else { return };
        for amendment in history.into_iter().skip(1) {
            if let Some(file) = number(&amendment.place).filter(|file| *file > first) {
                all.push(Override { kind, name: name.to_owned(), file, amendment });
            }
        }
    };
    for rule in set.rules() {
        add(Kind::Rule, &rule.name, definitions.rule_history(&rule.name));
    }
    for one in definitions.macros() {
        add(Kind::Macro, one.name, definitions.macro_history(one));
    }
    for one in definitions.lists() {
        add(Kind::List, one.name, definitions.list_history(one));
    }
    all
}

/// What an override appends although its base has it.
fn appended<'a>(one: &'a Override, set: &'a RuleSet) -> impl Iterator<Item = String> + 'a {
    let texts = match (one.amendment.how, one.kind) {
        (How::Appended, Kind::List) => items(&one.name, set),
        (How::Appended, Kind::Rule) => terms(&one.name, set),
        _ => Vec::new(),
    };
    let own = &one.amendment.place;
    // From the override on, in its file; what stands there before belongs to something else.
    let within = move |place: &Place| place.file == own.file && place.line >= own.line;
    let mut remarks = Vec::new();
    for (text, _) in texts.iter().filter(|(_, place)| within(place)) {
        if let Some((_, base)) = texts.iter().find(|(other, at)| other == text && at.file != own.file) {
            remarks.push(format!("adds `{text}`, which its base has at {}:{}", base.file, base.line));
        }
    }
    remarks.into_iter()
}

fn items(name: &str, set: &RuleSet) -> Vec<(String, Place)> {
    let definitions = set.definitions();
    let Some(list) = definitions.list_info(name) else { return Vec::new() };
    let place = |index| definitions.item_place(list, index);
    let items = definitions.items(list).enumerate();
    items.filter_map(|(index, item)| Some((item.to_owned(), place(index)?))).collect()
}

fn terms(name: &str, set: &RuleSet) -> Vec<(String, Place)> {
    let Some(rule) = set.rule(name) else { return Vec::new() };
    Study::of(set, rule).terms.into_iter().map(|term| (term.text, term.place)).collect()
}

/// What a replacement leaves out that its base says.
fn replaced<'a>(one: &'a Override, difference: &'a Difference) -> impl Iterator<Item = String> + 'a {
    let replaces = match one.kind {
        Kind::Rule => {
            one.amendment.how == How::Defined || one.amendment.keys.iter().any(|key| key == "condition")
        }
        Kind::Macro | Kind::List => true,
    };
    let wanted = one.amendment.how != How::Appended && replaces;
    let same =
        move |item: &&crate::views::rule_diff::Item| wanted && item.kind == one.kind && item.name == one.name;
    let aspects = difference.items.iter().filter(same).flat_map(|item| &item.aspects);
    let gone =
        aspects.filter(|aspect| matches!(aspect.what, "condition" | "items") && !aspect.gone.is_empty());
    gone.map(|aspect| {
        let shown: Vec<&str> = aspect.gone.iter().take(TERMS_MAX).map(String::as_str).collect();
        let more = match aspect.gone.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("leaves out what its base says: {}{more}", shown.join("; "))
    })
}

/// A base as a lock keeps it.
fn describe(one: &Override, base: &RuleSet) -> Option<Value> {
    let definitions = base.definitions();
    Some(match one.kind {
        Kind::Rule => {
            let rule = base.rule(&one.name)?;
            json!({
                "condition": meaning(base, rule).map(|meaning| meaning.to_string()),
                "output": rule.output.as_str(),
                "priority": rule.priority.name(),
                "enabled": rule.enabled,
                "tags": rule.tags,
            })
        }
        Kind::Macro => {
            let info = definitions.macro_info(&one.name)?;
            let body = info.body.and_then(|body| expanded(definitions, body, 0));
            json!({"condition": body.map(|body| Normal::of(&body).to_string())})
        }
        Kind::List => {
            let list = definitions.list_info(&one.name)?;
            json!({"items": definitions.items(list).collect::<Vec<_>>()})
        }
    })
}

/// What of a base is not as the lock says.
fn changed<'a>(was: &'a Value, now: &'a Value) -> impl Iterator<Item = String> + 'a {
    let empty = Map::new();
    let (was, now) = (was.as_object().unwrap_or(&empty).clone(), now.as_object().unwrap_or(&empty).clone());
    let keys: BTreeSet<String> = was.keys().chain(now.keys()).cloned().collect();
    let remarks: Vec<String> = keys
        .into_iter()
        .filter_map(|key| {
            let differs = was.get(&key) != now.get(&key);
            differs.then(|| format!("the {key} of its base changed since the lock was written"))
        })
        .collect();
    remarks.into_iter()
}
