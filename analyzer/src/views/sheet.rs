//! A rule in full: what it is made of, where that was written, what it reads of a capture.

use std::collections::{BTreeMap, BTreeSet};

use capture_format::reader::Capture;
use capture_format::{EVENTS, EventType};

use super::explain::tables::{line_of, short_line};
use super::table::{Cell, Table, number, text};
use crate::condition::type_name;
use crate::fields::{self, Multi, Support};
use crate::rules::attack::Mapping;
use crate::rules::{Amendment, Ingredients, Rule, RuleSet};

/// A lane that a rule would read: the events of one type, over all blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lane {
    /// Events.
    pub events: u64,
    /// Blocks that have some.
    pub blocks: u64,
    /// Bytes of their columns once inflated.
    pub bytes: u64,
}

/// What a rule would read of a capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lanes {
    /// The capture.
    pub capture: String,
    /// By name of the event.
    pub lanes: BTreeMap<&'static str, Lane>,
    /// Bytes of the file that hold them, with the dictionaries they need.
    pub stored: u64,
    /// Bytes of the file.
    pub size: u64,
}

impl Lanes {
    /// Counts what `rule` would read of `capture`; damaged blocks are left out.
    pub fn of(rule: &Rule, name: &str, capture: &Capture) -> Self {
        let mut all = Self { capture: name.to_owned(), size: capture.size(), ..Self::default() };
        for index in 0..capture.blocks().len() {
            let Ok(directory) = capture.directory(index) else { continue };
            let mut sections = BTreeSet::new();
            for entry in &directory.lanes {
                let Some(event) = EventType::from_number(entry.number).map(EventType::info) else { continue };
                if !rule.events.contains(event.name) {
                    continue;
                }
                let lane = all.lanes.entry(event.name).or_default();
                lane.events += u64::from(entry.rows);
                lane.blocks += 1;
                lane.bytes += u64::from(entry.len);
                sections.insert(usize::from(entry.section));
                sections.extend((0..3).filter(|dictionary| entry.needs(*dictionary)));
            }
            let stored = |at: &usize| directory.sections.get(*at).map_or(0, |one| u64::from(one.stored_len));
            all.stored += sections.iter().map(stored).sum::<u64>();
        }
        all
    }

    /// As a table.
    pub fn table(&self) -> Table {
        let columns = [text("lane"), number("events"), number("blocks"), number("bytes")];
        let title = format!("Lanes of {}: {} of {} bytes of the file", self.capture, self.stored, self.size);
        let mut table = Table::new("lanes", &columns).titled(title);
        for (name, lane) in &self.lanes {
            table.row([(*name).into(), lane.events.into(), lane.blocks.into(), lane.bytes.into()]);
        }
        table
    }
}

/// A field that a rule reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// With its argument.
    pub field: String,
    /// Its type; of a list field, `list of` it.
    pub ty: String,
    /// Whether the condition reads it.
    pub condition: bool,
    /// Whether the output does.
    pub output: bool,
    /// Why captures never hold it.
    pub never: Option<&'static str>,
    /// What it is.
    pub doc: &'static str,
}

/// The fields that a rule reads, by name.
pub fn reads(made: &Ingredients) -> Vec<Read> {
    let names: BTreeSet<&String> = made.condition_fields.iter().chain(&made.output_fields).collect();
    names
        .into_iter()
        .map(|name| {
            let field = fields::resolve(name).map(|(field, _)| field);
            let ty = field.map_or("", |field| type_name(field.ty));
            let list = field.is_some_and(|field| field.multi == Multi::List);
            Read {
                field: name.clone(),
                ty: if list { format!("list of {ty}") } else { ty.to_owned() },
                condition: made.condition_fields.contains(name),
                output: made.output_fields.contains(name),
                never: field.and_then(|field| match field.support {
                    Support::Absent(why) => Some(why),
                    Support::Extracted => None,
                }),
                doc: field.map_or("", |field| field.doc),
            }
        })
        .collect()
}

/// Names of the events that a rule can match and Saker records.
pub fn events(rule: &Rule) -> Vec<&'static str> {
    match rule.events.is_all() {
        true => vec!["all"],
        false => EVENTS.iter().map(|event| event.name).filter(|name| rule.events.contains(name)).collect(),
    }
}

/// `falco_rules.yaml:12, then appended team.yaml:4`
pub fn history(history: &[Amendment], place: fn(&crate::rules::Place) -> String) -> String {
    let mut texts = Vec::new();
    for (index, one) in history.iter().enumerate() {
        let keys = if one.keys.is_empty() { String::new() } else { format!("{} ", one.keys.join(", ")) };
        texts.push(match index {
            0 => place(&one.place),
            _ => format!("{keys}{} {}", one.how.name(), place(&one.place)),
        });
    }
    texts.join("; ")
}

/// What a rule is.
pub fn facts(set: &RuleSet, rule: &Rule, mapping: &Mapping) -> Table {
    let mut table = Table::facts("rule");
    table.fact("about", rule.desc.split_whitespace().collect::<Vec<_>>().join(" "));
    table.fact("written", history(&set.definitions().rule_history(&rule.name), line_of));
    table.fact("priority", rule.priority.to_string());
    table.fact("enabled", rule.enabled);
    let techniques = mapping.techniques.iter().map(|one| format!("{} {}", one.id, one.name));
    let techniques: Vec<String> = techniques.collect();
    table.fact("ATT&CK", techniques);
    table.fact("tags", rule.tags.iter().map(String::as_str).collect::<Vec<_>>());
    table.fact("events", events(rule));
    let others = rule.events.names().filter(|name| EventType::from_name(name).is_none()).count();
    if others > 0 && !rule.events.is_all() {
        table.fact("not recordable", format!("{others} more events"));
    }
    table.fact("output", rule.output.as_str());
    if let Some(rate) = &rule.rate {
        let within = crate::scan::clock::duration(rate.within_ns);
        table.fact("rate", format!("{} events within {within}", rate.count));
    }
    table
}

/// Macros, lists, exceptions and fields of a rule; those tables that have rows.
pub fn tables(set: &RuleSet, rule: &Rule, made: &Ingredients) -> Vec<Table> {
    let definitions = set.definitions();
    let mut macros = Table::new("macros", &[text("macro"), text("written")]);
    for info in made.macros.iter().filter_map(|name| definitions.macro_info(name)) {
        macros.row([info.name.into(), history(&definitions.macro_history(info), short_line).into()]);
    }
    let mut lists = Table::new("lists", &[text("list"), text("written"), text("items")]);
    for info in made.lists.iter().filter_map(|name| definitions.list_info(name)) {
        let items: Vec<&str> = definitions.items(info).collect();
        lists.row([
            info.name.into(),
            history(&definitions.list_history(info), short_line).into(),
            items.join(", ").into(),
        ]);
    }
    let columns = [text("exception"), text("fields"), text("comparisons"), number("rows")];
    let mut exceptions = Table::new("exceptions", &columns);
    for one in definitions.exceptions(&rule.name) {
        exceptions.row([
            one.name.into(),
            one.fields.join(", ").into(),
            one.comps.join(", ").into(),
            one.rows.into(),
        ]);
    }
    let columns = [text("field"), text("type"), text("read by"), text("recorded")];
    let mut fields = Table::new("fields", &columns);
    for one in reads(made) {
        let by = match (one.condition, one.output) {
            (true, true) => "both",
            (true, false) => "condition",
            _ => "output",
        };
        let recorded = one.never.map_or_else(|| "yes".to_owned(), |why| format!("no: {why}"));
        fields.row([one.field.into(), one.ty.into(), by.into(), Cell::Text(recorded)]);
    }
    [macros, lists, exceptions, fields].into_iter().filter(|table| !table.rows.is_empty()).collect()
}
