//! `saker rules needs`.

use serde_json::json;

use super::super::console::Console;
use super::super::outcome::{Failure, Outcome};
use super::super::rule_files;
use crate::cli;
use crate::rules::{Blind, LoadOptions, Needs, Rule, blind_spots};

/// What must be recorded so that rules can be answered.
pub(super) fn run(args: &cli::RulesNeeds, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let set = rule_files::load(&args.files, &LoadOptions::default(), console)?;
    let enabled: Vec<&Rule> = set.rules().iter().filter(|rule| rule.enabled).collect();
    let needs = Needs::of_all(enabled.iter().copied());
    let env: Vec<&str> = match needs.all_env {
        true => vec!["all"],
        false => needs.env.iter().map(String::as_str).collect(),
    };
    if args.format == "json" {
        let document = json!({
            "events": needs.events,
            "env": env,
            "payload": needs.payload,
            "names": needs.names,
            "containers": needs.containers,
            "absent_fields": needs.absent,
        });
        serde_json::to_writer_pretty(&mut console.out, &document).map_err(std::io::Error::from)?;
        writeln!(console.out)?;
    } else {
        writeln!(
            console.out,
            "# What to record for these rules, an event a line: saker-record --for-rules FILE"
        )?;
        for event in &needs.events {
            writeln!(console.out, "{event}")?;
        }
        if !env.is_empty() {
            writeln!(
                console.out,
                "# Environment variables they look at: saker-record --env {}",
                env.join(",")
            )?;
        }
    }
    if !needs.absent.is_empty() {
        let absent: Vec<&str> = needs.absent.iter().copied().collect();
        console.warn(&format!("no capture holds the fields {}", absent.join(", ")));
    }
    let every: Vec<u16> = capture_format::EVENTS.iter().map(|event| event.event_type as u16).collect();
    for rule in enabled {
        // As if all that can be recorded were: what is left cannot.
        for blind in blind_spots(rule, &every, "all") {
            if matches!(blind, Blind::UnknownEvents | Blind::SomeUnknown(_)) {
                console.warn(&format!("rule `{}`: {blind}", rule.name));
            }
        }
    }
    Ok(Outcome::Clean)
}
