//! `saker events`: what happened, event by event.

use std::path::PathBuf;

use super::captures::{each, places, workers};
use super::console::Console;
use super::outcome::{Failure, Outcome};
use super::point;
use crate::cli::{self, EventFormat, Language};
use crate::condition::Filter;
use crate::render::{self, escape};
use crate::rules::Template;
use crate::views::events::{Events, Shape, Shown, USUAL, USUAL_EXEC};
use crate::views::table::{Table, text};

/// Runs it.
pub(super) fn run(mut args: cli::Events, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let filter = filter(&mut args.input.captures, args.language)?;
    let fields: Vec<&str> = if args.fields.is_empty() {
        USUAL.to_vec()
    } else {
        args.fields.iter().map(String::as_str).collect()
    };
    let shape = match (&args.print, args.format) {
        (Some(template), EventFormat::Text) => Shape::Text(compile(template)?),
        (Some(template), EventFormat::Json) => Shape::Values(compile(template)?),
        (Some(_), EventFormat::Table) => {
            return Err(Failure::Usage("-p goes with the formats text and json".into()));
        }
        (None, EventFormat::Json) => Shape::Values(columns(&fields)?),
        (None, EventFormat::Text) if args.fields.is_empty() => {
            Shape::Usual { exec: columns(USUAL_EXEC)?, other: columns(USUAL)? }
        }
        (None, EventFormat::Text | EventFormat::Table) => Shape::Cells(columns(&fields)?),
    };
    let places = places(&args.input.captures)?;
    let workers = workers(args.input.reading.threads)?;
    let view = Events { filter, shape };
    let mut left = args.limit.unwrap_or(u64::MAX);
    let mut table = Table { columns: Vec::new(), ..Table::new("events", &[]) };
    let outcome = each(&places, &args.input.reading, &workers, console, |opened, console| {
        let capture = opened.recording.capture();
        let mut incomplete = !capture.gaps().is_empty() || !capture.damage().is_empty();
        let mut warnings: Vec<String> = capture.damage().iter().map(ToString::to_string).collect();
        let result = workers.scan(&opened.recording, &opened.range, &view, |_, scanned| {
            incomplete |= !scanned.damage.is_empty();
            warnings.extend(scanned.damage.iter().map(ToString::to_string));
            for shown in scanned.part {
                if left == 0 {
                    return Err(Stop::Enough);
                }
                left -= 1;
                match shown {
                    Shown::Cells(cells) if args.format == EventFormat::Table => {
                        table.rows.push(cells.into_iter().map(Into::into).collect());
                    }
                    Shown::Cells(cells) => writeln!(console.out, "{}", line(&cells))?,
                    Shown::Text(text) => writeln!(console.out, "{}", escape::terminal(text.as_bytes()))?,
                    Shown::Values(values) => {
                        let object = serde_json::Value::Object(values).to_string();
                        let object =
                            if console.out_is_terminal { escape::json_line(&object) } else { object };
                        writeln!(console.out, "{object}")?;
                    }
                }
            }
            Ok(())
        });
        match result {
            Ok(()) | Err(Stop::Enough) => {}
            Err(Stop::Failed(error)) => return Err(error.into()),
        }
        for warning in warnings {
            console.warn(&format!("{}: {warning}", opened.place));
        }
        let lost = capture.gaps().iter().fold(0u64, |sum, gap| sum.saturating_add(gap.total()));
        if lost > 0 {
            console.warn(&format!("{}: {lost} events were lost while recording", opened.place));
        }
        Ok(if incomplete { Outcome::Damaged } else { Outcome::Clean })
    })?;
    if args.format == EventFormat::Table {
        // Fields are given at run time, names of columns are static: leaked once a run.
        table.columns = fields.iter().map(|field| text(field.to_string().leak())).collect();
        if let Some(format) = render::format("table") {
            (format.render)(&[table], console.style, &mut console.out)?;
        }
    }
    Ok(outcome)
}

/// Why a scan ends early.
enum Stop {
    Enough,
    Failed(std::io::Error),
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error)
    }
}

/// Takes the filter off the captures: the last argument, if there are several and it is no file.
fn filter(captures: &mut Vec<PathBuf>, language: Language) -> Result<Option<Filter>, Failure> {
    if captures.len() < 2 || captures.last().is_some_and(|last| last.as_os_str() == "-" || last.exists()) {
        return Ok(None);
    }
    let Some(text) = captures.pop().map(|text| text.to_string_lossy().into_owned()) else { return Ok(None) };
    match Filter::compile_in(&text, &language.env()) {
        Ok(filter) => Ok(Some(filter)),
        Err(error) => {
            let mut shown = point::condition(&text, &error);
            if text.ends_with(".skr") || text.contains('/') && !text.contains(' ') {
                shown = format!("`{text}`: no such file, and as a filter:\n{shown}");
            }
            Err(Failure::Usage(format!("the filter cannot be used\n{shown}")))
        }
    }
}

fn compile(template: &str) -> Result<Template, Failure> {
    Template::compile(template).map_err(|error| {
        Failure::Usage(format!("the template cannot be used\n{}", point::condition(template, &error)))
    })
}

/// A template that is just these fields. Each is tried alone first: of `%proc.namex` a template
/// would take as much as is a field.
fn columns(fields: &[&str]) -> Result<Template, Failure> {
    for field in fields {
        let whole = Template::compile(&format!("%{field}")).is_ok_and(|template| {
            template.keys().eq(std::iter::once(*field)) && template.as_str().len() == field.len() + 1
        });
        if !whole {
            return Err(Failure::Usage(format!("no field `{field}`; `saker rules fields` lists them")));
        }
    }
    compile(&fields.iter().map(|field| format!("%{field}")).collect::<Vec<_>>().join(" "))
}

/// One line an event; what comes last ends it and may be long.
fn line(cells: &[String]) -> String {
    let shown: Vec<String> = cells.iter().map(|cell| escape::terminal(cell.as_bytes())).collect();
    shown.join(" ").trim_end().to_owned()
}
