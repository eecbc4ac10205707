//! `saker rules`: what rules there are, whether they load, what they need.

use capture_format::EventType;
use serde_json::json;

use super::console::Console;
use super::outcome::{Failure, Outcome};
use super::rule_files;
use crate::cli::{self, RuleFiles, Rules};
use crate::condition::type_name;
use crate::fields::{self, Arg, Multi, Support};
use crate::render;
use crate::rules::{Blind, LoadOptions, Needs, Rule, RuleSet, blind_spots};
use crate::views::table::{Table, text};

/// Runs one of them.
pub(super) fn run(command: &Rules, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    match command {
        Rules::List(args) => list(args, console),
        Rules::Check(args) => check(args, console),
        Rules::Needs(args) => needs(args, console),
        Rules::Fields(args) => fields(args, console),
    }
}

/// Writes a table in the format called `format`.
fn show(table: Table, format: &str, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let format = render::format(format).ok_or_else(|| Failure::Usage(format!("no format `{format}`")))?;
    (format.render)(&[table], console.style, &mut console.out)?;
    Ok(Outcome::Clean)
}

fn list(args: &cli::RulesList, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let set = rule_files::load(&args.files, Vec::new(), console)?;
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

fn check(args: &cli::RulesCheck, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let mut files: RuleFiles = args.files.clone();
    files.rules.extend(args.paths.iter().cloned());
    let sources = rule_files::sources(&files)?;
    let report = RuleSet::load(&sources, &LoadOptions::default());
    for warning in &report.warnings {
        writeln!(console.out, "warning: {}", rule_files::warned(warning))?;
    }
    let (errors, warnings) = (report.errors, report.warnings.len());
    match report.rules {
        Some(set) if errors.is_empty() => {
            let enabled = set.rules().iter().filter(|rule| rule.enabled).count();
            let rules = set.rules().len();
            writeln!(
                console.out,
                "{} files: {rules} rules, {enabled} enabled, {warnings} warnings",
                sources.len()
            )?;
            Ok(Outcome::Clean)
        }
        _ => Err(Failure::Rules(rule_files::told(&errors))),
    }
}

/// What must be recorded so that rules can be answered.
fn needs(args: &cli::RulesNeeds, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let set = rule_files::load(&args.files, Vec::new(), console)?;
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

fn fields(args: &cli::RulesFields, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let columns = [text("field"), text("type"), text("argument"), text("recorded"), text("what it is")];
    let mut table = Table::new("fields", &columns);
    for field in fields::all() {
        let like = args.like.as_deref().is_none_or(|like| field.name.contains(like));
        if field.flags.hidden || !like {
            continue;
        }
        let kind = type_name(field.ty);
        let kind = if field.multi == Multi::List { format!("list of {kind}") } else { kind.to_owned() };
        let argument = match field.arg {
            Arg::None => None,
            Arg::OptionalIndex => Some("[number], optional"),
            Arg::OptionalIndexOrKey => Some("[number or name], optional"),
            Arg::Index => Some("[number]"),
            Arg::Key => Some("[name]"),
            Arg::IndexOrKey => Some("[number or name]"),
            Arg::Suffix => Some(".name"),
            Arg::SuffixOrIndex => Some(".name or [number]"),
            Arg::OptionalSuffix => Some(".name, optional"),
        };
        let recorded = match field.support {
            Support::Extracted => "yes".to_owned(),
            Support::Absent(why) => format!("no: {why}"),
        };
        table.row([field.name.into(), kind.into(), argument.into(), recorded.into(), field.doc.into()]);
    }
    show(table, &args.format, console)
}
