//! `saker verify`: whether captures are as their recorder wrote them.

use capture_format::reader::Capture;

use super::captures::places;
use super::console::Console;
use super::outcome::{Failure, Outcome};
use crate::cli;
use crate::render::escape;
use crate::scan::find::Place;

/// Runs it.
pub(super) fn run(args: &cli::Verify, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let places = places(&args.captures)?;
    let mut outcome = Outcome::Clean;
    let mut unreadable = Vec::new();
    for place in &places {
        let capture = match place {
            Place::File(path) => Capture::open(path),
            Place::Stdin => Capture::from_reader(std::io::stdin().lock()),
        };
        let report = match capture {
            Ok(capture) => capture.verify(),
            Err(error) => {
                unreadable.push(format!("`{place}`: {error}"));
                continue;
            }
        };
        let shown = escape::terminal(place.to_string().as_bytes());
        writeln!(console.out, "{shown}: {report}")?;
        for finding in &report.findings {
            writeln!(console.out, "  {}", escape::terminal(finding.to_string().as_bytes()))?;
        }
        let chain: String = report.chain.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(console.out, "  chain {chain}")?;
        if !report.is_intact() {
            outcome = outcome.and(Outcome::Altered);
        }
    }
    if unreadable.len() == places.len() {
        return Err(Failure::Unreadable(unreadable.join("\nerror: ")));
    }
    for text in &unreadable {
        console.warn(text);
        outcome = outcome.and(Outcome::Damaged);
    }
    Ok(outcome)
}
