//! `saker rules check`.

use super::super::config::Config;
use super::super::console::Console;
use super::super::outcome::{Failure, Outcome};
use super::super::rule_files::{self, Files, counted};
use super::{found, verdict, write_json};
use crate::cli::{self, RuleFiles};
use crate::render::escape;
use crate::rules::findings::{self, Finding};
use crate::rules::{self, LoadOptions, LoadReport};

/// Runs it.
pub(super) fn run(args: &cli::RulesCheck, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let mut named: RuleFiles = args.files.clone();
    named.rules.extend(args.paths.iter().cloned());
    let config = Config::open(named.config.as_deref(), console)?;
    let files = Files::of(&named, &config, console);
    let append_output = config.append_output.clone();
    let options = LoadOptions { quirks: args.language.falco_quirks, append_output, ..LoadOptions::default() };
    let report = files.load(&options);
    if let Some(how) = &args.fix {
        return found::fix(&files.sources, &options, &report, how == "write", console);
    }
    let mut found = findings::find(&files.sources, &report);
    let mut outcome = Outcome::Clean;
    if let (Some(set), false) = (&report.rules, args.captures.is_empty()) {
        let (unused, ended) = found::unused(set, &args.captures, console)?;
        found.extend(unused);
        outcome = ended;
    }
    let of_config: Vec<Finding> = config.findings().collect();
    let (warnings, findings) = (report.warnings.len(), found.len() + of_config.len());
    if args.format == "json" {
        found.extend(of_config);
        write_json(&verdict::json(&files, &report, &found), console)?;
    } else {
        tell(&report, &found, console)?;
        if let Some(set) = &report.rules {
            let choice = rules::choose(set, &rule_files::wanted(&config, &args.selection));
            let left = match report.skipped.len() {
                0 => String::new(),
                some => format!(", {some} left out"),
            };
            writeln!(
                console.out,
                "{}, {}{left}; {}, {}",
                counted(files.sources.len(), "file"),
                rule_files::chosen(&choice),
                counted(warnings, "warning"),
                counted(findings, "finding"),
            )?;
        }
    }
    match report.rules {
        None => Err(Failure::Rules(rule_files::told(&report.errors))),
        Some(_) if args.deny_warnings && warnings > 0 => {
            Err(Failure::Rules(format!("{}, and --deny-warnings", counted(warnings, "warning"))))
        }
        Some(_) if args.deny_findings && findings > 0 => {
            Err(Failure::Rules(format!("{}, and --deny-findings", counted(findings, "finding"))))
        }
        Some(_) => Ok(outcome),
    }
}

/// Warnings and findings with their places, rules that are left out, and what each file did.
fn tell(report: &LoadReport, found: &[Finding], console: &mut Console<'_>) -> Result<(), Failure> {
    for warning in &report.warnings {
        writeln!(console.out, "warning: {}", rule_files::warned(warning))?;
    }
    write!(console.out, "{}", found::told(found, &report.errors))?;
    for skipped in &report.skipped {
        let text = format!("left out: rule `{}`: {}", skipped.rule, skipped.reason);
        writeln!(console.out, "{}", escape::terminal(text.as_bytes()))?;
    }
    let given = || report.files.iter().filter(|file| !file.own);
    if given().count() > 1 && report.rules.is_some() {
        for file in given() {
            writeln!(console.out, "{}", escape::terminal(file.to_string().as_bytes()))?;
        }
    }
    Ok(())
}
