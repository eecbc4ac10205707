//! `saker rules review`.

use std::io::Read;
use std::path::Path;

use serde_json::{Value, json};

use super::super::captures::{Opened, each, places, workers};
use super::super::config::Config;
use super::super::console::Console;
use super::super::outcome::{Failure, Outcome};
use super::super::{rule_files, samples};
use super::{found, write_json};
use crate::cli::{self, RuleFiles};
use crate::render;
use crate::rules::{LoadOptions, Rule, Source};
use crate::scan::Workers;
use crate::views::blind::Recorded;
use crate::views::review::{self, Bases, Findings, Review, Reviewed};

/// Largest lock that is read, bytes.
const LOCK_MAX: u64 = 64 << 20;
/// Version of a lock's shape.
const LOCK_VERSION: u64 = 1;

/// Runs it.
pub(super) fn run(args: &cli::RulesReview, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let mut files: RuleFiles = args.files.clone();
    files.rules.extend(args.paths.iter().cloned());
    let config = Config::open(files.config.as_deref(), console)?;
    let files = rule_files::Files::of(&files, &config, console);
    let report = files.load(&LoadOptions::default());
    let sources = files.sources;
    let set = match report.rules {
        Some(set) if report.errors.is_empty() => set,
        _ => return Err(Failure::Rules(rule_files::told(&report.errors))),
    };
    let lock = match &args.lock {
        Some(path) => read_lock(path)?,
        None => None,
    };
    let review = Review::new(&set, |_| true);
    let mut outcome = Outcome::Clean;
    let mut recorded = Recorded::default();
    let mut findings = None;
    if !args.captures.is_empty() {
        let places = places(&args.captures)?;
        let workers = workers(args.reading.threads)?;
        let mut found = Findings::default();
        outcome = each(&places, &args.reading, &workers, console, |opened, console| {
            recorded.add(opened.recording.capture().header());
            replay(&opened, &workers, &review, &mut found, console)
        })?;
        findings = Some(found);
    }
    let enabled = || set.rules().iter().filter(|rule| rule.enabled);
    let definitions = set.definitions();
    let only_own = set.rules().iter().all(|rule| definitions.is_own(&rule.place));
    let concerned = |rule: &&Rule| only_own || !definitions.is_own(&rule.place);
    let proofs = samples::proofs(&args.captures)?;
    let without_samples = (!proofs.is_empty()).then(|| {
        let bare = enabled().filter(concerned).filter(|rule| !proofs.contains_key(&rule.name));
        bare.map(|rule| rule.name.clone()).collect()
    });
    let overrides = review::overrides(&sources, &set, lock.as_ref());
    let reviewed = Reviewed {
        set: &set,
        review,
        findings,
        unanswered: recorded.unanswered(enabled()),
        duplicates: review::duplicates(&set, enabled()),
        overrides,
        without_samples,
    };
    if args.format == "json" {
        write_json(&reviewed.document(), console)?;
    } else {
        let format = render::format(&args.format)
            .ok_or_else(|| Failure::Usage(format!("no format `{}`", args.format)))?;
        (format.render)(&reviewed.tables(), console.style, &mut console.out)?;
    }
    if let (Some(path), true) = (&args.lock, args.update_lock) {
        write_lock(path, &reviewed.overrides.bases, &sources)?;
    }
    Ok(outcome)
}

/// Shows rules the events of a capture.
pub(super) fn replay<'r>(
    opened: &Opened,
    workers: &Workers,
    review: &Review<'r>,
    findings: &mut Findings<'r>,
    console: &mut Console<'_>,
) -> Result<Outcome, Failure> {
    let capture = opened.recording.capture();
    let name = opened.place.to_string();
    let mut damage: Vec<String> =
        capture.damage().iter().chain(opened.recording.damage()).map(ToString::to_string).collect();
    findings.capture();
    workers.scan(&opened.recording, &opened.range, review, |_, scanned| {
        damage.extend(scanned.damage.iter().map(ToString::to_string));
        findings.block(scanned.part);
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

/// What a lock says; nothing if it does not exist yet.
fn read_lock(path: &Path) -> Result<Option<Bases>, Failure> {
    let failed = |what: &dyn std::fmt::Display| Failure::Usage(format!("lock `{}`: {what}", path.display()));
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(&error)),
    };
    let mut text = String::new();
    file.take(LOCK_MAX).read_to_string(&mut text).map_err(|error| failed(&error))?;
    let document: Value = serde_json::from_str(&text).map_err(|error| failed(&error))?;
    if document.get("review_lock") != Some(&json!(LOCK_VERSION)) {
        return Err(failed(&format!("it is no review lock of version {LOCK_VERSION}")));
    }
    let bases = document.get("bases").and_then(Value::as_object).ok_or_else(|| failed(&"it has no bases"))?;
    Ok(Some(bases.iter().map(|(key, value)| (key.clone(), value.clone())).collect()))
}

fn write_lock(path: &Path, bases: &Bases, sources: &[Source]) -> Result<(), Failure> {
    let files: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    let document = json!({"review_lock": LOCK_VERSION, "files": files, "bases": bases});
    let written = serde_json::to_vec_pretty(&document).map_err(std::io::Error::from);
    written.and_then(|bytes| found::put(path, &bytes)).map_err(|source| Failure::Output {
        place: format!("`{}`", path.display()),
        source,
        after: Outcome::Clean,
    })
}
