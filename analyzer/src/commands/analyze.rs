//! `saker analyze`: captures through rules, alerts out.

use std::io::{BufWriter, Write};

use jiff::tz::TimeZone;

use super::captures::{Opened, each, places, workers};
use super::config::Config;
use super::console::{Console, create_private};
use super::outcome::{Failure, Outcome};
use super::point;
use super::progress::Progress;
use super::rule_files;
use crate::cli::{self, AlertFormat, Property};
use crate::render::alerts::AlertTable;
use crate::render::{self, Style, escape, falco};
use crate::rules::{AlertStyle, AppendOutput, LoadOptions, Priority, Rule, Template};
use crate::scan::Workers;
use crate::scan::find::Place;
use crate::views::alerts::{Alert, Matching, Watch};
use crate::views::blind::{Recorded, Unanswered};
use crate::views::drops::Waiting;
use crate::views::rates::Rates;
use crate::views::summary::Summary;

/// Runs it.
pub(super) fn run(args: &cli::Analyze, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let options = LoadOptions {
        quirks: args.language.falco_quirks,
        append_output: append(args)?,
        ..LoadOptions::default()
    };
    let config = Config::open(args.files.config.as_deref(), console)?;
    let set = rule_files::load_with(&args.files, &config, &options, console)?;
    let rules = rule_files::select(&set, &config, &args.selection, console)?.rules;
    let form = Form::new(args, &config);
    let places = places(&args.input.captures)?;
    let workers = workers(args.input.reading.threads)?;
    let matching = match args.rule_matching {
        Some(cli::Matching::First) => Matching::First,
        Some(cli::Matching::All) => Matching::All,
        None => config.matching.unwrap_or_default(),
    };
    let watch = Watch::new(rules.iter().copied(), matching, form.format == AlertFormat::Table);
    let mut analysis = Analysis {
        args,
        workers: &workers,
        watch,
        rules,
        summary: Summary::default(),
        recorded: Recorded::default(),
        several: places.len() > 1,
        progress: Progress::new(bytes(&places), form.format != AlertFormat::Table, console),
        form,
        zone: TimeZone::UTC,
    };
    analysis.summary.rules = analysis.rules.len();
    let Some(path) = &args.output else {
        let (style, terminal) = (console.style, console.out_is_terminal);
        return analysis.run(&places, console, style, terminal, None);
    };
    let named =
        |source| Failure::Output { place: format!("`{}`", path.display()), source, after: Outcome::Clean };
    let mut file = BufWriter::new(create_private(path).map_err(named)?);
    let style = Style { colour: false, ..console.style };
    let outcome = analysis.run(&places, console, style, false, Some(&mut file));
    let outcome = outcome.map_err(|failure| match failure {
        Failure::Output { source, after, .. } => named(source).after(after),
        other => other,
    })?;
    file.flush().map_err(|source| named(source).after(outcome))?;
    Ok(outcome)
}

/// How alerts are written, and from which severity on.
#[derive(Clone, Copy)]
struct Form {
    format: AlertFormat,
    style: AlertStyle,
    least: Priority,
}

impl Form {
    /// What the command line says, else `config`, else the usual.
    fn new(args: &cli::Analyze, config: &Config) -> Self {
        let by_config = if config.json == Some(true) { AlertFormat::Json } else { AlertFormat::Table };
        let usual = AlertStyle::default();
        let with = |property: Property, config: Option<bool>, usual: bool| match &args.json_include {
            Some(asked) => asked.contains(&property),
            None => config.unwrap_or(usual),
        };
        let style = AlertStyle {
            iso_time: args.iso_time || config.iso_time.unwrap_or(usual.iso_time),
            with_message: with(Property::Message, config.message, usual.with_message),
            with_output: with(Property::Output, config.output, usual.with_output),
            with_fields: with(Property::Fields, config.fields, usual.with_fields),
            with_tags: with(Property::Tags, config.tags, usual.with_tags),
            ..usual
        };
        let least = args.selection.priority.or(config.priority).unwrap_or(Priority::Debug);
        Self { format: args.format.unwrap_or(by_config), style, least }
    }
}

/// Bytes of all files, for the progress bar.
fn bytes(places: &[Place]) -> u64 {
    let len = |place: &Place| match place {
        Place::File(path) => std::fs::metadata(path).map_or(0, |about| about.len()),
        Place::Stdin => 0,
    };
    places.iter().map(len).sum()
}

/// What is appended to every alert. Checked here, where the option can be named; within a rule it
/// would look like the rule's mistake.
fn append(args: &cli::Analyze) -> Result<Vec<AppendOutput>, Failure> {
    if let Some(text) = &args.append_output {
        Template::compile(text).map_err(|error| {
            Failure::Usage(format!("--append-output cannot be used\n{}", point::condition(text, &error)))
        })?;
    }
    let append = AppendOutput {
        extra: args.append_output.clone(),
        suggested: args.suggested_output,
        ..AppendOutput::default()
    };
    Ok(vec![append])
}

/// An analysis as it goes through its captures.
struct Analysis<'a, 'r> {
    args: &'a cli::Analyze,
    workers: &'a Workers,
    watch: Watch<'r>,
    form: Form,
    rules: Vec<&'r Rule>,
    summary: Summary,
    recorded: Recorded,
    several: bool,
    progress: Progress,
    /// Zone of the summary: the first capture's.
    zone: TimeZone,
}

/// Where alerts go, and how.
struct Sink<'o> {
    out: &'o mut dyn Write,
    form: Form,
    table: AlertTable,
    /// Whether `out` is a terminal, which must not see what Falco's lines let through.
    terminal: bool,
}

impl Sink<'_> {
    fn write(
        &mut self,
        alert: &Alert<'_>,
        host: &str,
        name_capture: bool,
        opened: &Opened,
    ) -> std::io::Result<()> {
        let style = AlertStyle { utc_offset_s: opened.recording.utc_offset_s(), ..self.form.style };
        let line = match self.form.format {
            AlertFormat::Table => {
                let capture = name_capture.then(|| format!("{host}, {}", opened.place));
                return self.table.row(alert, capture.as_deref(), &opened.zone, self.out);
            }
            AlertFormat::Text => falco::text(alert, &style),
            AlertFormat::Json => falco::json(alert, host, &style),
        };
        writeln!(self.out, "{}", if self.terminal { escape::json_line(&line) } else { line })
    }
}

impl<'r> Analysis<'_, 'r> {
    fn run(
        &mut self,
        places: &[Place],
        console: &mut Console<'_>,
        style: Style,
        terminal: bool,
        mut file: Option<&mut dyn Write>,
    ) -> Result<Outcome, Failure> {
        let mut table = AlertTable::new(style);
        let reading = self.args.input.reading.clone();
        let workers = self.workers;
        let outcome = each(places, &reading, workers, console, |opened, console| {
            let out: &mut dyn Write = match &mut file {
                Some(file) => &mut **file,
                None => &mut *console.out,
            };
            let form = self.form;
            let mut sink =
                Sink { out, form, table: std::mem::replace(&mut table, AlertTable::new(style)), terminal };
            let found = self.capture(&opened, &mut sink)?;
            table = sink.table;
            Ok(found)
        })?;
        let unanswered = self.recorded.unanswered(self.rules.iter().copied());
        if self.form.format == AlertFormat::Table {
            let mut tables = self.summary.tables(&self.zone, &unanswered);
            if self.summary.alerts() == 0 {
                tables.iter_mut().take(1).for_each(|table| table.title = Some("No alerts".into()));
            }
            let render = render::format("table").map(|format| format.render);
            let out: &mut dyn Write = match &mut file {
                Some(file) => &mut **file,
                None => &mut *console.out,
            };
            if self.summary.alerts() > 0 {
                writeln!(out)?;
            }
            if let Some(render) = render {
                render(&tables, style, out)?;
            }
        } else {
            self.notes(&unanswered, console);
        }
        Ok(outcome)
    }

    /// One capture: its alerts with its gaps among them.
    fn capture(&mut self, opened: &Opened, sink: &mut Sink<'_>) -> Result<Outcome, Failure> {
        let Opened { place, recording, zone, range } = opened;
        let capture = recording.capture();
        if self.summary.captures == 0 {
            self.zone = zone.clone();
        }
        self.summary.capture(recording);
        self.recorded.add(capture.header());
        for damage in capture.damage().iter().chain(recording.damage()) {
            self.summary.damaged(&place.to_string(), damage);
        }
        let mut outcome = Outcome::Clean;
        if !capture.gaps().is_empty() || !capture.damage().is_empty() || !recording.damage().is_empty() {
            outcome = outcome.and(Outcome::Damaged);
        }
        let host = recording.host();
        let mut gaps = Waiting::new(recording, range, self.args.drop_threshold);
        let (summary, progress, several) = (&mut self.summary, &self.progress, self.several);
        let fail_on = self.args.fail_on;
        // Drops are of interest whatever rules were chosen, but not beneath a chosen priority.
        let least = self.form.least;
        let mut found = false;
        let mut tell = |alert: &Alert<'_>, summary: &mut Summary| -> Result<(), Failure> {
            if alert.priority > least {
                return Ok(());
            }
            summary.alert(alert);
            found |= fail_on.is_some_and(|limit| alert.priority <= limit);
            Ok(sink.write(alert, host, several, opened)?)
        };
        let mut damaged = false;
        let mut rates = Rates::default();
        self.workers.scan(recording, range, &self.watch, |index, scanned| {
            summary.observed += scanned.events;
            for damage in &scanned.damage {
                summary.damaged(&place.to_string(), damage);
                damaged = true;
            }
            for alert in &rates.settle(scanned.part) {
                while let Some(drop) = gaps.before(alert.wall_ns) {
                    tell(&drop, summary)?;
                }
                tell(alert, summary)?;
            }
            progress.advance(capture.blocks().get(index).map_or(0, |block| block.len));
            Ok::<(), Failure>(())
        })?;
        while let Some(drop) = gaps.rest() {
            tell(&drop, summary)?;
        }
        summary.forgotten += rates.forgotten();
        if damaged {
            outcome = outcome.and(Outcome::Damaged);
        }
        if found {
            outcome = outcome.and(Outcome::Found);
        }
        Ok(outcome)
    }

    /// What the table's summary says, for formats whose output is alerts alone.
    fn notes(&self, unanswered: &[Unanswered], console: &mut Console<'_>) {
        let (lost, gaps) = self.summary.lost;
        if lost > 0 {
            console.warn(&format!("{lost} events were lost while recording, in {gaps} gaps"));
        }
        for place in &self.summary.damage {
            console.warn(place);
        }
        if let Some(note) = self.summary.forgetful() {
            console.warn(&note);
        }
        for Unanswered { rule, wholly, reason } in unanswered {
            let extent = if *wholly { "cannot be answered" } else { "can be answered in part" };
            console.warn(&format!("rule `{rule}` {extent}: {reason}"));
        }
        console.detail(&format!(
            "{} alerts; {} of {} events looked at by {} rules",
            self.summary.alerts(),
            self.summary.observed,
            self.summary.events,
            self.summary.rules
        ));
    }
}
