//! Arguments of the commands that look over whole rule sets.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValue;

use super::arguments::RuleFiles;
use crate::rules::attack::Version;

/// How tags of rules are read.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Attack {
    /// Version of ATT&CK to speak of: 18, or 19, which split Defense Evasion. Tags of either are
    /// understood.
    #[arg(long, value_name = "18|19", default_value = "19")]
    pub attack_version: Version,
    /// Take stock rules at their tags, also where those are known to name the wrong technique.
    #[arg(long)]
    pub original_tags: bool,
}

/// The formats of tables, and `more`.
fn formats_and(more: PossibleValue) -> clap::builder::PossibleValuesParser {
    let tables = crate::render::FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.doc));
    tables.chain([more]).collect::<Vec<_>>().into()
}

/// `saker rules coverage`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  saker rules coverage                                  of Saker's own rules
  saker rules coverage falco_rules.yaml --attack-version 18
  saker rules coverage --samples samples/               and what is proven by a sample
  saker rules coverage rules/ -f navigator > layer.json open it at mitre-attack.github.io/attack-navigator

A rule is about the techniques its tags name: T1059.004, or attack.t1059.004. Tags such as
mitre_execution name a tactic only.")]
pub struct RulesCoverage {
    /// Rules files, or folders of *.yaml and *.yml; Saker's own rules if none is given.
    #[arg(value_name = "FILE|DIR")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub files: RuleFiles,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub attack: Attack,
    /// Count disabled rules too.
    #[arg(long)]
    pub all: bool,
    /// Show which samples below this folder expect an alert of a rule about each technique. Repeats.
    #[arg(long, value_name = "DIR")]
    pub samples: Vec<PathBuf>,
    /// How to write it.
    #[arg(short, long, default_value = "table",
          value_parser = formats_and(PossibleValue::new("navigator").help("a layer for the ATT&CK Navigator (4.5)")))]
    pub format: String,
}
