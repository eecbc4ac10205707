//! What rules need of a recording, and what a recording cannot tell them.

use std::collections::BTreeSet;

use capture_format::schema::EventType;

use super::Rule;
use crate::condition::EventSet;
use crate::fields::{Argument, Field, Support};

/// What a rule, or several, need of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Names of events.
    pub events: BTreeSet<&'static str>,
    /// Names of environment variables that are looked at.
    pub env: BTreeSet<String>,
    /// Whether the whole environment is looked at.
    pub all_env: bool,
    /// Whether bytes that were read or written are looked at.
    pub payload: bool,
    /// Whether names of addresses are looked at.
    pub names: bool,
    /// Whether what only a container runtime knows is looked at (image, labels, pod).
    pub containers: bool,
    /// Fields that no capture of this version holds.
    pub absent: BTreeSet<&'static str>,
}

impl Needs {
    /// Needs of one rule.
    pub fn of(rule: &Rule) -> Self {
        let mut needs = Self { events: recordable(rule.events), ..Self::default() };
        rule.plan.fields(&mut |field, argument| needs.condition_field(field, argument));
        rule.output.each_field(&mut |field, argument| needs.field(field, argument));
        if let Some(rate) = &rule.rate {
            rate.each_field(&mut |field, argument| needs.condition_field(field, argument));
        }
        needs
    }

    /// Needs of several rules together.
    pub fn of_all<'a>(rules: impl IntoIterator<Item = &'a Rule>) -> Self {
        let mut all = Self::default();
        for rule in rules {
            let needs = Self::of(rule);
            all.events.extend(needs.events);
            all.env.extend(needs.env);
            all.absent.extend(needs.absent);
            all.all_env |= needs.all_env;
            all.payload |= needs.payload;
            all.names |= needs.names;
            all.containers |= needs.containers;
        }
        all
    }

    fn condition_field(&mut self, field: &'static Field, argument: &Argument) {
        if matches!(field.support, Support::Absent(_)) {
            self.absent.insert(field.name);
        }
        self.field(field, argument);
    }

    fn field(&mut self, field: &'static Field, argument: &Argument) {
        match (field.name, argument) {
            ("proc.env" | "proc.aenv", Argument::Key(name)) => {
                self.env.insert(name.clone());
            }
            ("proc.env" | "proc.aenv", _) => self.all_env = true,
            ("evt.buffer", _) => self.payload = true,
            ("evt.arg" | "evt.rawarg", Argument::Key(name)) if name == "data" => self.payload = true,
            (name, _) if name.starts_with("fd.") && name.ends_with(".name") && name.contains("ip.") => {
                self.names = true;
            }
            (name, _)
                if name.starts_with("k8s.") || name.starts_with("container.") && name != "container.id" =>
            {
                self.containers = true;
            }
            _ => {}
        }
    }
}

/// Most events that a reason names.
const SHOWN_MAX: usize = 8;

/// Names of the events in a set that this version can record.
fn recordable(set: EventSet) -> BTreeSet<&'static str> {
    capture_format::schema::EVENTS.iter().map(|event| event.name).filter(|name| set.contains(name)).collect()
}

/// Why a capture cannot answer a rule, or answers only in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blind {
    /// None of the rule's events were recorded.
    NoEvents(Vec<&'static str>),
    /// Some of the rule's events were not recorded.
    SomeEvents(Vec<&'static str>),
    /// No event that Saker knows can match the rule.
    UnknownEvents,
    /// Some of the rule's events are none that Saker knows.
    SomeUnknown(Vec<&'static str>),
    /// Variables of the environment that were not recorded.
    Env(Vec<String>),
    /// Fields that no capture of this version holds.
    Fields(Vec<&'static str>),
}

impl std::fmt::Display for Blind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoEvents(names) => write!(f, "none of its events were recorded: {}", names.join(", ")),
            Self::SomeEvents(names) => write!(f, "events that were not recorded: {}", names.join(", ")),
            Self::UnknownEvents => f.write_str("none of its events can be recorded by this version"),
            Self::SomeUnknown(names) => {
                let shown: Vec<&str> = names.iter().copied().take(SHOWN_MAX).collect();
                write!(f, "events that this version cannot record: {}", shown.join(", "))?;
                match names.len() - shown.len() {
                    0 => Ok(()),
                    more => write!(f, " and {more} more"),
                }
            }
            Self::Env(names) => write!(f, "environment that was not recorded: {}", names.join(", ")),
            Self::Fields(names) => write!(f, "fields that captures do not hold yet: {}", names.join(", ")),
        }
    }
}

/// What a capture cannot tell `rule`: `recorded` are the numbers of the event types it recorded and
/// `env_policy` is the header's: `all`, `none`, or names.
pub fn blind_spots(rule: &Rule, recorded: &[u16], env_policy: &str) -> Vec<Blind> {
    let needs = Needs::of(rule);
    let mut blind = Vec::new();
    let recorded: BTreeSet<&str> = recorded
        .iter()
        .filter_map(|number| EventType::from_number(*number))
        .map(|ty| ty.info().name)
        .collect();
    let missing: Vec<&'static str> =
        needs.events.iter().copied().filter(|name| !recorded.contains(name)).collect();
    if needs.events.is_empty() && !rule.events.is_empty() {
        blind.push(Blind::UnknownEvents);
    } else if !missing.is_empty() && missing.len() == needs.events.len() {
        blind.push(Blind::NoEvents(missing));
    } else if !missing.is_empty() && !rule.events.is_all() {
        blind.push(Blind::SomeEvents(missing));
    }
    if !needs.events.is_empty() && !rule.events.is_all() {
        let unknown: Vec<_> =
            rule.events.names().filter(|name| EventType::from_name(name).is_none()).collect();
        if !unknown.is_empty() {
            blind.push(Blind::SomeUnknown(unknown));
        }
    }
    if env_policy != "all" {
        let known: BTreeSet<&str> = env_policy.split(|c: char| c == ',' || c.is_whitespace()).collect();
        let matches = |name: &str| {
            known.iter().any(|pattern| {
                crate::condition::Glob::new(pattern.as_bytes(), false).matches(name.as_bytes())
            })
        };
        let mut names: Vec<String> = needs.env.iter().filter(|name| !matches(name)).cloned().collect();
        if needs.all_env && (env_policy == "none" || env_policy.is_empty()) {
            names.push("all of it".to_owned());
        }
        if !names.is_empty() {
            blind.push(Blind::Env(names));
        }
    }
    if !needs.absent.is_empty() {
        blind.push(Blind::Fields(needs.absent.into_iter().collect()));
    }
    blind
}
