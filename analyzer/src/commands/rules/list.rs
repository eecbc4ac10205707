//! `saker rules list`.

use std::collections::BTreeSet;

use capture_format::EventType;
use serde_json::{Value, json};

use super::super::config::Config;
use super::super::console::Console;
use super::super::outcome::{Failure, Outcome};
use super::super::rule_files;
use super::{show, write_json};
use crate::cli;
use crate::condition::EventSet;
use crate::rules::attack::{Mapping, Matrix};
use crate::rules::{Ingredients, LoadOptions, Rule, RuleSet};
use crate::views::table::{Cell, Table, text};

/// Most events that a row of the table names: names of rules need the width.
const EVENTS_SHOWN: usize = 1;

/// Runs it.
pub(super) fn run(args: &cli::RulesList, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let config = Config::open(args.files.config.as_deref(), console)?;
    let mut set = rule_files::load_with(&args.files, &config, &LoadOptions::default(), console)?;
    let chosen: BTreeSet<String> = {
        let choice = rule_files::select(&set, &config, &args.selection, console)?;
        choice.rules.iter().map(|rule| rule.name.clone()).collect()
    };
    // Without a limit, disabled rules are listed too.
    let unchosen =
        args.selection.rule.is_empty() && args.selection.tag.is_empty() && args.selection.priority.is_none();
    for rule in set.rules_mut() {
        rule.enabled = chosen.contains(&rule.name);
    }
    let rules: Vec<&Rule> = set.rules().iter().filter(|rule| unchosen || rule.enabled).collect();
    let matrix = Matrix::new(args.attack.attack_version);
    let mapped = |rule: &Rule| Mapping::of(&rule.name, &rule.tags, &matrix, !args.attack.original_tags);
    match args.format.as_str() {
        "json" => {
            let all = rules.iter().map(|rule| object(&set, rule, &mapped(rule))).collect();
            write_json(&Value::Array(all), console)
        }
        "table" => {
            let mut table = Table::new(
                "rules",
                &[text("rule"), text("priority"), text("on"), text("att&ck"), text("events")],
            );
            for rule in rules {
                let ids: Vec<&str> = mapped(rule).techniques.iter().map(|technique| technique.id).collect();
                table.row([
                    rule.name.as_str().into(),
                    rule.priority.to_string().into(),
                    rule.enabled.into(),
                    ids.into(),
                    shortened(rule.events),
                ]);
            }
            show(table, &args.format, console)
        }
        _ => show(whole(&rules), &args.format, console),
    }
}

/// Names of the events that can be recorded.
fn recordable(events: EventSet) -> Vec<&'static str> {
    match events.is_all() {
        true => vec!["all"],
        false => events.names().filter(|name| EventType::from_name(name).is_some()).collect(),
    }
}

/// The first events and how many more there are.
fn shortened(events: EventSet) -> Cell {
    let names = recordable(events);
    let shown: Vec<&str> = names.iter().copied().take(EVENTS_SHOWN).collect();
    match names.len() - shown.len() {
        0 => shown.into(),
        more => format!("{} +{more}", shown.join(", ")).into(),
    }
}

/// All columns, for formats without a width.
fn whole(rules: &[&Rule]) -> Table {
    let columns =
        [text("rule"), text("priority"), text("enabled"), text("events"), text("tags"), text("description")];
    let mut table = Table::new("rules", &columns);
    for rule in rules {
        table.row([
            rule.name.as_str().into(),
            rule.priority.to_string().into(),
            rule.enabled.into(),
            recordable(rule.events).into(),
            rule.tags.iter().map(String::as_str).collect::<Vec<_>>().into(),
            words(&rule.desc).into(),
        ]);
    }
    table
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A rule with all there is to know about it; `docs/reviewing.md` is the reference of the keys.
pub(super) fn object(set: &RuleSet, rule: &Rule, mapping: &Mapping) -> Value {
    let made = Ingredients::of(set, rule);
    let events = match rule.events.is_all() {
        true => json!("all"),
        false => json!(rule.events.names().collect::<Vec<_>>()),
    };
    let exceptions: Vec<Value> = set
        .definitions()
        .exceptions(&rule.name)
        .iter()
        .map(|one| json!({"name": one.name, "fields": one.fields, "comps": one.comps, "rows": one.rows}))
        .collect();
    json!({
        "name": rule.name,
        "desc": words(&rule.desc),
        "priority": rule.priority.name(),
        "enabled": rule.enabled,
        "source": rule.source,
        "tags": rule.tags,
        "techniques": mapping.techniques.iter().map(|technique| technique.id).collect::<Vec<_>>(),
        "tactics": mapping.tactics.iter().map(|tactic| tactic.shortname).collect::<Vec<_>>(),
        "event_types": events,
        "condition": rule.condition.trim(),
        "compiled_condition": rule.compiled_condition,
        "output": rule.output.as_str(),
        "condition_fields": made.condition_fields,
        "output_fields": made.output_fields,
        "operators": made.operators,
        "macros": made.macros,
        "lists": made.lists,
        "exceptions": exceptions,
        "capture": rule.capture,
        "file": rule.place.file,
        "line": rule.place.line,
    })
}
