//! `saker info`: what captures say about themselves.

use super::captures::{each, places, workers};
use super::console::{Console, Talk};
use super::outcome::{Failure, Outcome};
use crate::cli::{self, Reading};
use crate::render;
use crate::views::info::tables;

/// Runs it.
pub(super) fn run(args: &cli::Info, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let places = places(&args.captures)?;
    let workers = workers(None)?;
    let reading = Reading { tz: args.tz.clone(), ..Reading::default() };
    let format =
        render::format(&args.format).ok_or_else(|| Failure::Usage(format!("no format `{}`", args.format)))?;
    // Machines get everything; people ask for it.
    let all = format.name == "json" || console.talk == Talk::Verbose;
    let several = places.len() > 1;
    let mut first = true;
    each(&places, &reading, &workers, console, |opened, console| {
        let capture = opened.recording.capture();
        let integrity = capture.verify();
        let mut tables = tables(&opened.recording, &integrity, &opened.zone, all);
        if let Some(about) = tables.first_mut().filter(|_| several) {
            about.title = Some(opened.place.to_string());
            about.rows.insert(0, vec!["file".into(), opened.place.to_string().into()]);
        }
        if !std::mem::take(&mut first) && format.name != "json" {
            writeln!(console.out)?;
        }
        (format.render)(&tables, console.style, &mut console.out)?;
        let incomplete = !integrity.is_intact() || !capture.gaps().is_empty() || !capture.damage().is_empty();
        Ok(if incomplete { Outcome::Damaged } else { Outcome::Clean })
    })
}
