//! `saker explain`: why a rule matched or did not.

mod ask;
mod tell;

use super::captures::{places, workers};
use super::config::Config;
use super::console::Console;
use super::outcome::{Failure, Outcome};
use super::{rule_files, rule_name};
use crate::cli::{self, ExplainFormat, Selection};
use crate::rules::{self, LoadOptions, Rule};
use crate::scan::find::Place;
use crate::views::alerts::Matching;
use crate::views::explain::{Scope, Subject};

/// Runs it.
pub(super) fn run(args: &cli::Explain, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let options = LoadOptions { quirks: args.language.falco_quirks, ..LoadOptions::default() };
    let config = Config::open(args.files.config.as_deref(), console)?;
    let set = rule_files::load_with(&args.files, &config, &options, console)?;
    let rule = rule_name::find(&set, &args.rule)?;
    let everything = Selection::default();
    let choice = rules::choose(&set, &rule_files::wanted(&config, &everything));
    let off = choice.off.iter().find(|(other, _)| other.name == rule.name).map(|(_, off)| *off);
    let before: Vec<&Rule> = match config.matching {
        Some(Matching::All) => Vec::new(),
        _ => choice.rules.iter().copied().take_while(|other| other.name != rule.name).collect(),
    };
    let subject = Subject::new(&set, rule, &before);
    let places = places(&args.input.captures)?;
    let workers = workers(args.input.reading.threads)?;
    if args.event.is_some() && places.len() > 1 {
        return Err(Failure::Usage(format!(
            "--event takes one capture, not {}: each counts its own events",
            places.len()
        )));
    }
    let mut asked = ask::Asked::new(&subject, args, off);
    let mut scope = Scope { pid: args.pid, any_event: false };
    let mut outcome = asked.ask(&places, &args.input.reading, &workers, scope, console)?;
    // What could never match is only worth a look if there is nothing else.
    if args.event.is_none() && asked.found.events == 0 && !places.contains(&Place::Stdin) {
        scope.any_event = true;
        asked = ask::Asked::new(&subject, args, off);
        outcome = outcome.and(asked.ask(&places, &args.input.reading, &workers, scope, console)?);
    }
    let told = tell::Told { args, subject: &subject, asked: &asked, scope, several: places.len() > 1 };
    match args.format {
        ExplainFormat::Json => told.json(console)?,
        ExplainFormat::Table | ExplainFormat::Text => told.people(console)?,
    }
    Ok(outcome)
}
