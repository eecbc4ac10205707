//! Rules: files in Falco's language become a [`RuleSet`].

pub mod alert;
pub mod attack;
mod collect;
mod compile;
mod define;
mod definitions;
mod exceptions;
mod expand;
pub mod findings;
mod hints;
mod ingredients;
mod item;
mod load;
pub mod needs;
mod outline;
mod output;
mod own;
mod priority;
pub mod rate;
mod render;
mod report;
mod schema;
mod selection;
pub(crate) mod suggest;
#[cfg(test)]
mod tests;
mod text;
mod versions;
pub(crate) mod yaml;

pub use alert::{AlertLine, AlertStyle};
pub use definitions::{Amendment, Definitions, ExceptionInfo, How, ListInfo, MacroInfo};
pub use ingredients::Ingredients;
pub use needs::{Blind, Needs, blind_spots};
pub use outline::{Items, Outline, Part, What};
pub use output::{ABSENT, Template, output_error};
pub use own::{is_own, own_sources};
pub use priority::{Priority, UnknownPriority};
pub use rate::Rate;
pub use render::{json as value_json, text as value_text};
pub use report::{Counts, ErrorCode, FileReport, LoadError, LoadWarning, Location, Place, WarningCode};
pub use schema::Verdict;
pub use selection::{Choice, Off, Switch, Switched, Wanted, choose};
pub use versions::ENGINE_VERSION;

use std::sync::Arc;

use crate::condition::plan::Env;
use crate::condition::{ConditionError, EventSet, Expr, Limits, Plan};

/// A rules file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name, as messages show it.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What to append to outputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppendOutput {
    /// Only to rules of this source.
    pub source: Option<String>,
    /// Only to the rule of this name.
    pub rule: Option<String>,
    /// Only to rules with all these tags.
    pub tags: Vec<String>,
    /// Template text, put behind a blank.
    pub extra: Option<String>,
    /// Falco's suffix of container and pod.
    pub suggested: bool,
    /// Fields that stand only in `output_fields`: key and what it is.
    pub fields: Vec<(String, ExtraField)>,
}

/// What stands under a key of `output_fields`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExtraField {
    /// A field, with its type.
    Raw(String),
    /// A template, filled in.
    Format(String),
}

/// The fields of [`AppendOutput::suggested`].
const SUGGESTED: &[&str] = &[
    "container.id",
    "container.name",
    "container.image.repository",
    "container.image.tag",
    "k8s.pod.name",
    "k8s.ns.name",
];

impl AppendOutput {
    fn matches(&self, rule: &collect::RuleDef) -> bool {
        self.source.as_ref().is_none_or(|source| *source == rule.source)
            && self.rule.as_ref().is_none_or(|name| *name == rule.name)
            && self.tags.iter().all(|tag| rule.tags.contains(tag))
    }

    /// Adds the extra fields to a template; on an error the text that is at fault.
    fn add_fields(&self, template: &mut Template, env: &Env<'_>) -> Result<(), (String, ConditionError)> {
        for (key, extra) in &self.fields {
            let text = match extra {
                ExtraField::Raw(name) => format!("%{name}"),
                ExtraField::Format(text) => text.clone(),
            };
            let raw = matches!(extra, ExtraField::Raw(_));
            template.extend(key, &text, raw, env).map_err(|error| (text, error))?;
        }
        Ok(())
    }

    fn suffix(&self) -> String {
        let mut suffix = String::new();
        if let Some(extra) = self.extra.as_deref().filter(|extra| !extra.is_empty()) {
            suffix.push(' ');
            suffix.push_str(extra);
        }
        if self.suggested {
            for field in SUGGESTED {
                suffix.push_str(&format!(" {}=%{field}", field.replace('.', "_")));
            }
        }
        suffix
    }
}

/// How to load.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// Copies upstream's defects instead of doing the right thing.
    pub quirks: bool,
    /// How large files, conditions and outputs may get.
    pub limits: Limits,
    /// What to append to outputs.
    pub append_output: Vec<AppendOutput>,
    /// Files that could not be read, and why: an error beside those of the others.
    pub unreadable: Vec<(String, String)>,
}

/// A rule, ready to run.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Its severity.
    pub priority: Priority,
    /// Its tags, sorted.
    pub tags: Vec<String>,
    /// Where its events come from: `syscall`.
    pub source: String,
    /// What it is about.
    pub desc: String,
    /// Whether it is to run.
    pub enabled: bool,
    /// Its condition.
    pub plan: Plan,
    /// Its output.
    pub output: Template,
    /// Events for which it can match.
    pub events: EventSet,
    /// The condition as written.
    pub condition: String,
    /// The condition with lists, macros and exceptions expanded, in canonical form.
    pub compiled_condition: String,
    /// The condition with lists and exceptions, but macros by name.
    pub written: Expr,
    /// Whether Falco is asked to record when it matches.
    pub capture: bool,
    /// For how long, in ms; 0 is the default.
    pub capture_duration_ms: u32,
    /// How many events it takes, if more than one.
    pub rate: Option<Rate>,
    /// Where it is defined.
    pub place: Place,
}

/// Rules in the order in which they are evaluated.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
    definitions: Arc<Definitions>,
}

/// A rule that was left out although nothing is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The rule.
    pub rule: String,
    /// Why.
    pub reason: String,
}

/// What came of loading.
#[derive(Clone, Debug, Default)]
pub struct LoadReport {
    /// The rules, unless there were errors.
    pub rules: Option<RuleSet>,
    /// Errors, in the order of Falco's loader; its own would stop at the first.
    pub errors: Vec<LoadError>,
    /// Warnings.
    pub warnings: Vec<LoadWarning>,
    /// Rules that were left out, and why.
    pub skipped: Vec<Skipped>,
    /// How many rules are to run.
    pub enabled: usize,
    /// How many rules are there but not to run.
    pub disabled: usize,
    /// How many lists there are.
    pub lists: usize,
    /// How many macros there are.
    pub macros: usize,
    /// What each file did.
    pub files: Vec<FileReport>,
}

impl RuleSet {
    /// Loads files that follow each other. Whatever is wrong is in the report.
    pub fn load(sources: &[Source], options: &LoadOptions) -> LoadReport {
        let env = Env { quirks: options.quirks, limits: options.limits, ..Env::captures() };
        Self::load_in(sources, options, &env)
    }

    /// Loads rules over the fields of `env`.
    pub fn load_in(sources: &[Source], options: &LoadOptions, env: &Env<'_>) -> LoadReport {
        load::load(sources, options, env)
    }

    /// The rules, in the order in which they are evaluated.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rules, to switch them on and off.
    pub fn rules_mut(&mut self) -> &mut [Rule] {
        &mut self.rules
    }

    /// The rule called `name`.
    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.name == name)
    }

    /// The macros, lists and places the rules were made of.
    pub fn definitions(&self) -> &Definitions {
        &self.definitions
    }

    /// How `rule`, one of this set, was put together.
    pub fn outline<'r>(&'r self, rule: &'r Rule) -> Outline<'r> {
        Outline::of(rule, &self.definitions)
    }

    /// Events for which an enabled rule can match.
    pub fn events(&self) -> EventSet {
        let enabled = self.rules.iter().filter(|rule| rule.enabled);
        enabled.fold(EventSet::NONE, |set, rule| set.or(rule.events))
    }
}

/// What to do about an error of a condition that stands alone, such as the nearest known field.
pub fn hint(error: &ConditionError) -> Option<String> {
    hints::of(&error.kind, &Env::captures(), &mut std::iter::empty())
}

/// As [`hint`], of a condition whose text is known: also for one that is no sentence.
pub fn hint_in(text: &str, error: &ConditionError) -> Option<String> {
    hints::of_text(text, error).or_else(|| hint(error))
}
