//! `saker rules diff`.

use std::path::Path;

use jiff::tz::TimeZone;
use serde_json::json;

use super::super::captures::{Opened, each, places, workers};
use super::super::console::Console;
use super::super::outcome::{Failure, Outcome};
use super::super::rule_files;
use super::write_json;
use crate::cli::{self, FailOn};
use crate::render;
use crate::rules::{self, LoadOptions, RuleSet};
use crate::scan::Workers;
use crate::views::alerts::Matching;
use crate::views::rule_diff::{Both, Difference, Verdicts};

/// Runs it.
pub(super) fn run(args: &cli::RulesDiff, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let (before, after) = (load(&args.before)?, load(&args.after)?);
    let difference = Difference::between(&before, &after);
    if args.captures.is_empty() {
        if args.format == "json" {
            return write_json(&json!({"changes": difference.document()}), console);
        }
        return show(difference.tables(), &args.format, console);
    }
    let matching = match args.rule_matching {
        cli::Matching::First => Matching::First,
        cli::Matching::All => Matching::All,
    };
    let both = Both::new(before.rules(), after.rules(), matching);
    let places = places(&args.captures)?;
    let workers = workers(args.reading.threads)?;
    let mut verdicts = Verdicts::default();
    let mut zone = None;
    let outcome = each(&places, &args.reading, &workers, console, |opened, console| {
        zone.get_or_insert_with(|| opened.zone.clone());
        replay(&opened, &workers, &both, &mut verdicts, console)
    })?;
    if args.format == "json" {
        let (lost, gained) = verdicts.total();
        let document = json!({
            "changes": difference.document(),
            "alerts": verdicts.document(),
            "lost": lost,
            "gained": gained,
        });
        write_json(&document, console)?;
    } else {
        let mut tables = difference.tables();
        tables.extend(verdicts.tables(&zone.unwrap_or(TimeZone::UTC), places.len() > 1));
        show(tables, &args.format, console)?;
    }
    let (lost, gained) = verdicts.total();
    let found = match args.fail_on {
        None => false,
        Some(FailOn::Lost) => lost > 0,
        Some(FailOn::Gained) => gained > 0,
        Some(FailOn::Any) => lost > 0 || gained > 0,
    };
    Ok(if found { outcome.and(Outcome::Found) } else { outcome })
}

fn show(
    tables: Vec<crate::views::table::Table>,
    format: &str,
    console: &mut Console<'_>,
) -> Result<Outcome, Failure> {
    let format = render::format(format).ok_or_else(|| Failure::Usage(format!("no format `{format}`")))?;
    (format.render)(&tables, console.style, &mut console.out)?;
    Ok(Outcome::Clean)
}

/// The rules that one side names.
fn load(side: &str) -> Result<RuleSet, Failure> {
    let mut files = rule_files::Files::default();
    // A file whose name has a comma in it is still a file.
    let parts: Vec<&str> = if Path::new(side).exists() { vec![side] } else { side.split(',').collect() };
    for part in parts {
        match part {
            "own" if !Path::new(part).exists() => files.sources.extend(rules::own_sources()),
            part => files.read(Path::new(part), false),
        }
    }
    let report = files.load(&LoadOptions::default());
    match report.rules {
        Some(set) if report.errors.is_empty() => Ok(set),
        _ => Err(Failure::Rules(format!("`{side}`: {}", rule_files::told(&report.errors)))),
    }
}

/// Shows a capture to both sets at once.
fn replay<'r>(
    opened: &Opened,
    workers: &Workers,
    both: &Both<'r>,
    verdicts: &mut Verdicts<'r>,
    console: &mut Console<'_>,
) -> Result<Outcome, Failure> {
    let capture = opened.recording.capture();
    let name = opened.place.to_string();
    let mut damage: Vec<String> =
        capture.damage().iter().chain(opened.recording.damage()).map(ToString::to_string).collect();
    verdicts.capture();
    workers.scan(&opened.recording, &opened.range, both, |_, scanned| {
        damage.extend(scanned.damage.iter().map(ToString::to_string));
        verdicts.block(&name, scanned.part);
        Ok::<(), Failure>(())
    })?;
    for place in &damage {
        console.warn(&format!("{name}: {place}"));
    }
    let lost = capture.gaps().iter().fold(0u64, |sum, gap| sum.saturating_add(gap.total()));
    if lost > 0 {
        console.warn(&format!("{name}: {lost} events were lost while recording"));
    }
    Ok(if lost > 0 || !damage.is_empty() { Outcome::Damaged } else { Outcome::Clean })
}
