//! `saker rules check`.

use super::super::console::Console;
use super::super::outcome::{Failure, Outcome};
use super::super::rule_files;
use super::found;
use crate::cli::{self, RuleFiles};
use crate::rules::{LoadOptions, RuleSet, findings};

/// Runs it.
pub(super) fn run(args: &cli::RulesCheck, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let mut files: RuleFiles = args.files.clone();
    files.rules.extend(args.paths.iter().cloned());
    let sources = rule_files::sources(&files)?;
    let report = RuleSet::load(&sources, &LoadOptions::default());
    if let Some(how) = &args.fix {
        return found::fix(&sources, &LoadOptions::default(), &report, how == "write", console);
    }
    for warning in &report.warnings {
        writeln!(console.out, "warning: {}", rule_files::warned(warning))?;
    }
    let found = findings::find(&sources, &report);
    write!(console.out, "{}", found::told(&found, &report.errors))?;
    let (errors, warnings) = (report.errors, report.warnings.len());
    match report.rules {
        Some(set) if errors.is_empty() => {
            let enabled = set.rules().iter().filter(|rule| rule.enabled).count();
            let rules = set.rules().len();
            writeln!(
                console.out,
                "{} files: {rules} rules, {enabled} enabled, {warnings} warnings, {} findings",
                sources.len(),
                found.len()
            )?;
            match found.len() {
                some if some > 0 && args.deny_findings => {
                    Err(Failure::Rules(format!("{some} findings, and --deny-findings")))
                }
                _ => Ok(Outcome::Clean),
            }
        }
        _ => Err(Failure::Rules(rule_files::told(&errors))),
    }
}
