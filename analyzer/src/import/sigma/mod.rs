//! Sigma rules about Linux, in Falco's rule language.
//!
//! Source of facts: the Sigma specification, version 2 (rules, modifiers, conditions). Where a rule
//! cannot be said without changing what it means, it is refused and the reason is told; nothing is
//! left out of a rule.

mod brackets;
mod detection;
mod document;
mod emit;
mod fields;
mod logic;
mod modifiers;
mod pattern;
mod refusal;
mod regex;
mod report;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

pub use refusal::Reason;
pub use report::tables;

use self::detection::Searches;
use self::document::{About, Scope};
use self::emit::Draft;
use self::logic::Logic;
use self::refusal::Refusal;
use self::tree::Tree;
use crate::condition::Glob;
use crate::rules::yaml::{self, Yaml};
use crate::rules::{LoadOptions, RuleSet, Source, own_sources};

/// Most bytes the condition of one rule may grow to.
const SIZE_MAX: usize = 1 << 20;
/// Most rules in one file; Sigma has one.
const DOCUMENTS_MAX: usize = 1000;

/// What became of a Sigma rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is a rule now.
    Converted {
        /// The rule's name.
        name: String,
        /// What its reader should know.
        notes: Vec<String>,
    },
    /// It cannot be said, or not without changing what it means.
    Refused {
        /// Why.
        reason: Reason,
        /// Line of the file that says it.
        line: usize,
    },
    /// It is about another log.
    Elsewhere {
        /// Product, category and service.
        log: String,
    },
}

/// A Sigma rule and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Name of its file.
    pub file: String,
    /// Its title; empty if it has none.
    pub title: String,
    /// Its id.
    pub id: Option<String>,
    /// Its category, if it is one of ours.
    pub category: Option<&'static str>,
    /// What became of it.
    pub fate: Fate,
}

/// What came of some Sigma files.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// Every rule that was found, in order of the files.
    pub entries: Vec<Entry>,
    /// The rules file: empty if nothing could be converted.
    pub yaml: String,
}

impl Import {
    /// How many rules were converted.
    pub fn converted(&self) -> usize {
        self.entries.iter().filter(|entry| matches!(entry.fate, Fate::Converted { .. })).count()
    }
}

/// Converts the rules of some files.
pub fn import(files: &[Source]) -> Import {
    let mut import = Import::default();
    let mut drafts = Vec::new();
    let mut names = Names::new();
    for file in files {
        let (documents, error) = yaml::read(0, &file.text);
        let entry = |about: &About, category, fate| Entry {
            file: file.name.clone(),
            title: about.title.clone(),
            id: about.id.clone(),
            category,
            fate,
        };
        if let Some(error) = error {
            let fate = Fate::Refused { reason: Reason::Yaml(error.text), line: error.spot.line };
            import.entries.push(entry(&About::default(), None, fate));
            continue;
        }
        for document in documents.iter().take(DOCUMENTS_MAX) {
            let about = About::read(document);
            let mut category = None;
            let fate = match convert(document, &about, &file.name, &mut category) {
                Ok(Made::Draft(mut draft, notes)) => {
                    draft.name = names.unique(&draft.about);
                    let name = draft.name.clone();
                    drafts.push(*draft);
                    Fate::Converted { name, notes }
                }
                Ok(Made::Elsewhere(log)) => Fate::Elsewhere { log },
                Err(refusal) => Fate::Refused { reason: refusal.reason, line: refusal.line },
            };
            import.entries.push(entry(&about, category, fate));
        }
        if documents.len() > DOCUMENTS_MAX {
            let reason = Reason::Shape(format!("more than {DOCUMENTS_MAX} rules in one file"));
            let line = documents.get(DOCUMENTS_MAX).map_or(1, |document| document.spot.line);
            import.entries.push(entry(&About::default(), None, Fate::Refused { reason, line }));
        }
    }
    if !drafts.is_empty() {
        import.yaml = emit::file(&drafts);
    }
    import
}

enum Made {
    Draft(Box<Draft>, Vec<String>),
    Elsewhere(String),
}

fn convert(
    document: &Yaml,
    about: &About,
    file: &str,
    found: &mut Option<&'static str>,
) -> Result<Made, Refusal> {
    document::kind(document)?;
    let category = match document::scope(document)? {
        Scope::Ours(category) => category,
        Scope::Other(log) => return Ok(Made::Elsewhere(log)),
    };
    *found = Some(category.name);
    let refused = |reason| Err(Refusal::at(document, reason));
    if about.title.is_empty() {
        return refused(Reason::Shape("`title` is missing".into()));
    }
    if let Some(status @ ("deprecated" | "unsupported")) = about.status.as_deref() {
        return refused(Reason::Status(status.to_owned()));
    }
    let Some(priority) = about.priority() else {
        return refused(Reason::Shape(format!("unknown level `{}`", about.level.as_deref().unwrap_or(""))));
    };
    let mut notes = Vec::new();
    let condition = condition(document, category, &mut notes)?;
    if about.level.is_none() {
        notes.push("it has no level: taken for medium".into());
    }
    let draft = Draft {
        name: about.title.clone(),
        about: about.clone(),
        priority,
        category,
        condition,
        file: file.to_owned(),
    };
    loads(&draft, &mut notes).map_err(|reason| Refusal::at(document, reason))?;
    Ok(Made::Draft(Box::new(draft), notes))
}

/// The condition of a rule.
fn condition(
    document: &Yaml,
    category: &'static fields::Category,
    notes: &mut Vec<String>,
) -> Result<Tree, Refusal> {
    let detection = document::detection(document)?;
    let mut searches = BTreeMap::new();
    let mut translate = Searches { category, notes };
    let mut size = 0usize;
    // What the condition does not ask for needs no translation.
    let asked = asked(&detection.condition, &detection.searches);
    for (name, value) in &detection.searches {
        if asked.contains(name) {
            let tree = translate.search(value)?;
            size = size.saturating_add(tree.size());
            searches.insert(*name, tree);
        }
    }
    let idle: Vec<&str> =
        detection.searches.iter().map(|(name, _)| *name).filter(|name| !asked.contains(name)).collect();
    if !idle.is_empty() {
        notes.push(format!("the condition does not ask for {}", idle.join(", ")));
    }
    if size > SIZE_MAX {
        return Err(Refusal::at(detection.place, Reason::Size));
    }
    let mut left = SIZE_MAX;
    let names: Vec<&str> = detection.searches.iter().map(|(name, _)| *name).collect();
    combine(&detection.condition, &names, &searches, &mut left)
        .map_err(|reason| Refusal::at(detection.place, reason))
}

/// Names of the searches that a pattern means. Those that begin with `_` only if it does too.
fn named<'n>(pattern: Option<&str>, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let hidden = pattern.is_some_and(|pattern| pattern.starts_with('_'));
    // Only `*` is special in Sigma's patterns.
    let text: String = pattern
        .unwrap_or("*")
        .chars()
        .fold(String::new(), |text, c| text + &if c == '*' { "*".into() } else { format!("\\{c}") });
    let glob = Glob::new(text.as_bytes(), false);
    names.filter(|name| glob.matches(name.as_bytes()) && (hidden || !name.starts_with('_'))).collect()
}

/// The searches a condition asks for.
fn asked<'d>(logic: &Logic, searches: &[(&'d str, &Yaml)]) -> BTreeSet<&'d str> {
    let names = || searches.iter().map(|(name, _)| *name);
    match logic {
        Logic::And(parts) | Logic::Or(parts) => parts.iter().flat_map(|part| asked(part, searches)).collect(),
        Logic::Not(inner) => asked(inner, searches),
        Logic::Search(name) => names().filter(|known| known == name).collect(),
        Logic::Of(_, pattern) => named(pattern.as_deref(), names()).into_iter().collect(),
    }
}

/// Puts searches together. `left` is how much the result may still grow.
fn combine(
    logic: &Logic,
    names: &[&str],
    searches: &BTreeMap<&str, Tree>,
    left: &mut usize,
) -> Result<Tree, Reason> {
    let mut take = |name: &str| {
        let tree =
            searches.get(name).ok_or_else(|| Reason::Condition(format!("there is no search `{name}`")))?;
        *left = left.checked_sub(tree.size()).ok_or(Reason::Size)?;
        Ok(tree.clone())
    };
    Ok(match logic {
        Logic::Search(name) => take(name)?,
        Logic::Of(all, pattern) => {
            let chosen = named(pattern.as_deref(), names.iter().copied());
            if chosen.is_empty() {
                let pattern = pattern.as_deref().unwrap_or("them");
                return Err(Reason::Condition(format!("no search is meant by `{pattern}`")));
            }
            let parts = chosen.into_iter().map(take).collect::<Result<_, Reason>>()?;
            if *all { Tree::all(parts) } else { Tree::any(parts) }
        }
        Logic::Not(inner) => combine(inner, names, searches, left)?.negated(),
        Logic::And(parts) | Logic::Or(parts) => {
            let parts =
                parts.iter().map(|part| combine(part, names, searches, left)).collect::<Result<_, _>>()?;
            if matches!(logic, Logic::And(_)) { Tree::all(parts) } else { Tree::any(parts) }
        }
    })
}

/// Loads a rule as it will stand in the file. What does not load is not written.
fn loads(draft: &Draft, notes: &mut Vec<String>) -> Result<(), Reason> {
    let text = format!("{}\n{}", emit::preamble(&[draft.category]), emit::rule(draft));
    let source = Source { name: draft.file.clone(), text };
    let report = RuleSet::load(&[source], &LoadOptions::default());
    if let Some(error) = report.errors.first() {
        return Err(Reason::Load(error.message.clone()));
    }
    notes.extend(report.warnings.iter().map(|warning| warning.message.clone()));
    Ok(())
}

/// Names that are taken.
struct Names(BTreeSet<String>);

impl Names {
    /// Saker's own are taken from the start: a rule of the same name would replace one.
    fn new() -> Self {
        static OWN: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
            let own = RuleSet::load(&own_sources(), &LoadOptions::default()).rules.unwrap_or_default();
            own.rules().iter().map(|rule| rule.name.clone()).collect()
        });
        Self(OWN.clone())
    }

    fn unique(&mut self, about: &About) -> String {
        let title = about.title.split_whitespace().collect::<Vec<_>>().join(" ");
        let title = crate::render::escape::terminal(title.as_bytes());
        let mut name = title.clone();
        if let (true, Some(id)) = (self.0.contains(&name), &about.id) {
            let short: String = id.chars().take_while(char::is_ascii_alphanumeric).take(8).collect();
            name = format!("{title} (sigma {short})");
        }
        let mut number = 2u32;
        while !self.0.insert(name.clone()) {
            name = format!("{title} ({number})");
            number += 1;
        }
        name
    }
}
