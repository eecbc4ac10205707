//! `saker rules list`.

use capture_format::EventType;

use super::super::console::Console;
use super::super::outcome::{Failure, Outcome};
use super::super::rule_files;
use super::show;
use crate::cli;
use crate::rules::{LoadOptions, Rule};
use crate::views::table::{Table, text};

/// Runs it.
pub(super) fn run(args: &cli::RulesList, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let set = rule_files::load(&args.files, &LoadOptions::default(), console)?;
    let chosen = rule_files::select(&set, &args.selection)?;
    // Without a choice, disabled rules are listed too.
    let unchosen =
        args.selection.rule.is_empty() && args.selection.tag.is_empty() && args.selection.priority.is_none();
    let rules: Vec<&Rule> = if unchosen { set.rules().iter().collect() } else { chosen };
    let columns =
        [text("rule"), text("priority"), text("enabled"), text("events"), text("tags"), text("description")];
    let mut table = Table::new("rules", &columns);
    for rule in rules {
        let events = match rule.events.is_all() {
            true => vec!["all"],
            false => rule.events.names().filter(|name| EventType::from_name(name).is_some()).collect(),
        };
        table.row([
            rule.name.as_str().into(),
            rule.priority.to_string().into(),
            rule.enabled.into(),
            events.into(),
            rule.tags.iter().map(String::as_str).collect::<Vec<_>>().into(),
            rule.desc.split_whitespace().collect::<Vec<_>>().join(" ").into(),
        ]);
    }
    show(table, &args.format, console)
}
