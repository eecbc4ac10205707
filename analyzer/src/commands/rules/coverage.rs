//! `saker rules coverage`.

use super::super::console::Console;
use super::super::outcome::{Failure, Outcome};
use super::super::{rule_files, samples};
use super::write_json;
use crate::cli::{self, RuleFiles};
use crate::render;
use crate::rules::attack::Matrix;
use crate::rules::{LoadOptions, Rule};
use crate::views::coverage::Coverage;

/// Runs it.
pub(super) fn run(args: &cli::RulesCoverage, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let mut files: RuleFiles = args.files.clone();
    files.rules.extend(args.paths.iter().cloned());
    let set = rule_files::load(&files, &LoadOptions::default(), console)?;
    let rules: Vec<&Rule> = set.rules().iter().filter(|rule| rule.enabled || args.all).collect();
    let samples = match args.samples.as_slice() {
        [] => None,
        folders => Some(samples::proofs(folders)?),
    };
    let disabled = set.rules().len() - rules.len();
    let matrix = Matrix::new(args.attack.attack_version);
    let coverage = Coverage::new(rules, matrix, !args.attack.original_tags, disabled, samples);
    match args.format.as_str() {
        "navigator" => write_json(&render::navigator::layer(&coverage), console),
        "json" => write_json(&coverage.document(), console),
        name => {
            let format = render::format(name).ok_or_else(|| Failure::Usage(format!("no format `{name}`")))?;
            let tables = match name {
                "table" => coverage.tables(!args.covered),
                _ => coverage.flat(!args.covered),
            };
            (format.render)(&tables, console.style, &mut console.out)?;
            Ok(Outcome::Clean)
        }
    }
}
