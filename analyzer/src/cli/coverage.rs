//! Arguments of the commands that look over whole rule sets.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use super::analyze::Matching;
use super::arguments::{Reading, RuleFiles, table_format};
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
    /// Leave out the techniques without rules (json and navigator have them all the same).
    #[arg(long)]
    pub covered: bool,
    /// Show which samples below this folder expect an alert of a rule about each technique. Repeats.
    #[arg(long, value_name = "DIR")]
    pub samples: Vec<PathBuf>,
    /// How to write it.
    #[arg(short, long, default_value = "table",
          value_parser = formats_and(PossibleValue::new("navigator").help("a layer for the ATT&CK Navigator (4.5)")))]
    pub format: String,
}

/// When `saker rules diff` ends with exit code 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// An alert was lost.
    Lost,
    /// An alert was gained.
    Gained,
    /// Either.
    Any,
}

/// `saker rules diff`.
#[derive(Args, Debug)]
#[command(after_help = "\
A and B are a rules file, a folder of them, `own` for Saker's own rules, or several of these with
commas between, which load one after the other.

Examples:
  saker rules diff old/ new/                              what the new rules say differently
  saker rules diff own own,team.yaml node1.skr            what our file changes on this capture
  saker rules diff main/ branch/ captures/ --fail-on lost for CI: exit code 1 if an alert is lost")]
pub struct RulesDiff {
    /// Rules as they were.
    #[arg(value_name = "A")]
    pub before: String,
    /// Rules as they are now.
    #[arg(value_name = "B")]
    pub after: String,
    /// Captures to replay through both: files, folders to search for *.skr, or - for standard input.
    #[arg(value_name = "CAPTURE")]
    pub captures: Vec<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub reading: Reading,
    /// What an event raises that matches several rules.
    #[arg(long, value_enum, value_name = "HOW", default_value = "first")]
    pub rule_matching: Matching,
    /// Exit with 1 if the captures lose or gain an alert.
    #[arg(long, value_enum, value_name = "WHICH", requires = "captures")]
    pub fail_on: Option<FailOn>,
    /// How to write it.
    #[arg(short, long, default_value = "table", value_parser = table_format())]
    pub format: String,
}

/// `saker rules review`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  saker rules review team.yaml --captures week/           what never fired, or fired too much
  saker rules review --add-rules team.yaml --captures x   the same beside Saker's own rules
  saker rules review base.yaml team.yaml --lock team.lock whether the base of an override changed
  saker rules review --captures samples/                  also rules without a sample

Without --captures only what the rules themselves show is reported: duplicates and overrides.
Every rule counts for itself, as with --rule-matching all.")]
pub struct RulesReview {
    /// Rules files, or folders of *.yaml and *.yml; Saker's own rules if none is given.
    #[arg(value_name = "FILE|DIR")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub files: RuleFiles,
    /// Captures to replay: a file, or a folder to search for *.skr. Repeats.
    #[arg(long, value_name = "CAPTURE")]
    pub captures: Vec<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub reading: Reading,
    /// Compare what overrides build on with this file, which --update-lock writes.
    #[arg(long, value_name = "FILE")]
    pub lock: Option<PathBuf>,
    /// Write what overrides build on to the lock, once it has been looked at.
    #[arg(long, requires = "lock")]
    pub update_lock: bool,
    /// How to write it.
    #[arg(short, long, default_value = "table", value_parser = table_format())]
    pub format: String,
}
