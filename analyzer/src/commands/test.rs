//! `saker test`: replays samples and compares with what is expected.

use std::path::{Path, PathBuf};

use capture_format::reader::CaptureError;

use super::captures::{open, workers};
use super::config::Config;
use super::console::Console;
use super::expect::{self, Expectations, Raised};
use super::outcome::{Failure, Outcome};
use super::rule_files::{self, Files};
use crate::cli::{self, Reading};
use crate::render;
use crate::rules::{self, LoadOptions, RuleSet};
use crate::scan::Workers;
use crate::scan::find::Place;
use crate::views::alerts::{Alert, Matching, Watch};
use crate::views::drops::Waiting;
use crate::views::rates::Rates;
use crate::views::table::{Cell, Table, number, text};

/// Name of the file with expectations, beside [`CAPTURE`].
pub(super) const EXPECT: &str = "expect.yaml";
/// Name of a sample's capture.
const CAPTURE: &str = "capture.skr";
/// Deepest folder that is searched.
const DEPTH_MAX: usize = 16;

/// What applies to every sample.
#[derive(Clone, Copy)]
struct How<'a> {
    args: &'a cli::Test,
    config: &'a Config,
}

/// How a sample did.
#[derive(Default)]
struct Verdict {
    alerts: u64,
    events: u64,
    failures: Vec<String>,
}

/// Runs it.
pub(super) fn run(args: &cli::Test, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let mut samples = Vec::new();
    for folder in &args.folders {
        let before = samples.len();
        search(folder, DEPTH_MAX, &mut samples)
            .map_err(|error| Failure::Unreadable(format!("`{}`: {error}", folder.display())))?;
        if samples.len() == before {
            return Err(Failure::Usage(format!("no {EXPECT} in `{}` or below", folder.display())));
        }
    }
    samples.retain(|sample| {
        args.only.is_empty() || args.only.iter().any(|text| sample.to_string_lossy().contains(text.as_str()))
    });
    if samples.is_empty() {
        return Err(Failure::Usage("--only leaves no sample".into()));
    }
    let config = Config::open(args.config.as_deref(), console)?;
    let workers = workers(args.threads)?;
    let columns = [text("sample"), text("result"), number("events"), number("alerts"), text("what failed")];
    let mut table = Table::new("samples", &columns);
    let mut failed = 0u64;
    let mut loaded = Loaded::default();
    for sample in &samples {
        let verdict = replay(sample, &mut loaded, How { args, config: &config }, &workers, console)?;
        let result = if verdict.failures.is_empty() { "ok" } else { "FAILED" };
        failed += u64::from(!verdict.failures.is_empty());
        table.row([
            sample.display().to_string().into(),
            result.into(),
            verdict.events.into(),
            verdict.alerts.into(),
            Cell::from(verdict.failures),
        ]);
    }
    let format =
        render::format(&args.format).ok_or_else(|| Failure::Usage(format!("no format `{}`", args.format)))?;
    // One below the other reads better than a list in a cell.
    let mut details = Vec::new();
    if matches!(format.name, "table" | "text") {
        for row in &mut table.rows {
            if let [Cell::Text(sample), _, _, _, Cell::List(failures)] = row.as_mut_slice() {
                for failure in std::mem::take(failures) {
                    details.push((sample.clone(), failure));
                }
                row.pop();
            }
        }
        table.columns.pop();
    }
    (format.render)(&[table], console.style, &mut console.out)?;
    for (sample, failure) in details {
        let failure = render::shown(&failure, "");
        writeln!(console.out, "\n{}:\n  {failure}", render::escape::terminal(sample.as_bytes()))?;
    }
    if matches!(format.name, "table" | "text") {
        writeln!(console.out, "\n{} samples, {failed} failed", samples.len())?;
    }
    Ok(if failed > 0 { Outcome::Found } else { Outcome::Clean })
}

/// Folders below `folder` that hold expectations, in bytewise order.
pub(super) fn search(folder: &Path, depth: usize, samples: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if folder.join(EXPECT).is_file() {
        samples.push(folder.to_path_buf());
    }
    let mut entries = std::fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_type()?.is_dir() && depth > 0 {
            search(&entry.path(), depth - 1, samples)?;
        }
    }
    Ok(())
}

/// Replays a sample. What is wrong with the sample itself is a failure of it, not of the command;
/// rules that do not load are.
fn replay(
    sample: &Path,
    loaded: &mut Loaded,
    how: How<'_>,
    workers: &Workers,
    console: &mut Console<'_>,
) -> Result<Verdict, Failure> {
    let broken = |what: String| Ok(Verdict { failures: vec![what], ..Verdict::default() });
    let expectations = match std::fs::read_to_string(sample.join(EXPECT)) {
        Ok(text) => Expectations::parse(&text),
        Err(error) => Err(error.to_string()),
    };
    let expectations = match expectations {
        Ok(expectations) => expectations,
        Err(error) => return broken(format!("{EXPECT}: {error}")),
    };
    let set = loaded.rules(sample, &expectations, how)?;
    // A name may be that of a rule which only another sample's files have.
    let rules = rules::choose(set, &rule_files::wanted(how.config, &how.args.selection)).rules;
    for expected in &expectations.expect {
        if !set.rules().iter().any(|rule| rule.name == expected.rule) {
            return broken(format!("{EXPECT}: no rule is called `{}`", expected.rule));
        }
    }
    let opened = match open(&Place::File(sample.join(CAPTURE)), &Reading::default()) {
        Ok(opened) => opened,
        Err(error @ CaptureError::Io { .. }) => return broken(error.to_string()),
        Err(error) => return broken(format!("{CAPTURE}: {error}")),
    };
    let matching = match expectations.matching {
        expect::Matching::First => Matching::First,
        expect::Matching::All => Matching::All,
    };
    let watch = Watch::new(rules.iter().copied(), matching, false);
    let mut rates = Rates::default();
    let capture = opened.recording.capture();
    let mut verdict = Verdict::default();
    let mut raised = Vec::new();
    let mut damage: Vec<String> =
        capture.damage().iter().chain(opened.recording.damage()).map(ToString::to_string).collect();
    workers.scan(&opened.recording, &opened.range, &watch, |_, scanned| {
        verdict.events += scanned.events;
        damage.extend(scanned.damage.iter().map(ToString::to_string));
        raised.extend(rates.settle(scanned.part).into_iter().map(|alert| as_raised(alert, false)));
        Ok::<(), Failure>(())
    })?;
    let mut gaps = Waiting::new(&opened.recording, &opened.range, 0.0);
    while let Some(drop) = gaps.rest() {
        raised.push(as_raised(drop, true));
    }
    verdict.alerts = raised.len() as u64;
    verdict.failures = expectations.failures(&raised);
    if !expectations.losses {
        verdict.failures.extend(damage.into_iter().map(|place| format!("damaged: {place}")));
        let lost = capture.gaps().iter().fold(0u64, |sum, gap| sum.saturating_add(gap.total()));
        if lost > 0 {
            verdict.failures.push(format!("{lost} events were lost while recording"));
        }
    }
    console.detail(&format!("{}: {} alerts", sample.display(), verdict.alerts));
    Ok(verdict)
}

fn as_raised(alert: Alert<'_>, internal: bool) -> Raised {
    Raised {
        rule: alert.rule.to_owned(),
        priority: alert.priority,
        fields: alert.fields.into_iter().collect(),
        message: alert.message,
        internal,
    }
}

/// The rules that were loaded last. Most samples are replayed through the same as the one before.
#[derive(Default)]
struct Loaded {
    /// Files they are from; `None` for Saker's own.
    from: Vec<Option<PathBuf>>,
    rules: Option<RuleSet>,
}

impl Loaded {
    fn rules(
        &mut self,
        sample: &Path,
        expectations: &Expectations,
        how: How<'_>,
    ) -> Result<&RuleSet, Failure> {
        let mut from: Vec<Option<PathBuf>> = expectations
            .rules
            .texts()
            .iter()
            .map(|name| (*name != "own").then(|| sample.join(name)))
            .collect();
        if from.is_empty() {
            from.push(None);
        }
        let rules = match self.rules.take() {
            Some(rules) if self.from == from => rules,
            _ => load(sample, &from, how)?,
        };
        self.from = from;
        Ok(self.rules.insert(rules))
    }
}

fn load(sample: &Path, from: &[Option<PathBuf>], how: How<'_>) -> Result<RuleSet, Failure> {
    let mut files = Files::default();
    for file in from {
        match file {
            None => files.sources.extend(rules::own_sources()),
            Some(file) => files.read(file, false),
        }
    }
    let append_output = how.config.append_output.clone();
    let quirks = how.args.language.falco_quirks;
    let report = files.load(&LoadOptions { quirks, append_output, ..LoadOptions::default() });
    match report.rules {
        Some(set) if report.errors.is_empty() => Ok(set),
        _ => Err(Failure::Rules(format!("{}: {}", sample.display(), rule_files::told(&report.errors)))),
    }
}
