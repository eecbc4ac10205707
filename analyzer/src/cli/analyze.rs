//! `saker analyze`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::arguments::{Captures, Language, RuleFiles, Selection, priority};
use crate::rules::Priority;

/// How alerts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AlertFormat {
    /// For people: a table fitted to the terminal, then a summary.
    Table,
    /// Falco's text lines.
    Text,
    /// Falco's JSON lines.
    Json,
}

/// Properties of JSON lines that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Property {
    /// `message`: the rule's output alone.
    Message,
    /// `output`: time, priority and message.
    Output,
    /// `output_fields`.
    Fields,
    /// `tags`.
    Tags,
}

/// What an event that matches several rules raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Matching {
    /// The first rule, in the order of the files, as Falco does.
    First,
    /// All of them.
    All,
}

/// `saker analyze`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  saker analyze node1.skr
  saker analyze node1.skr --priority warning --from 14:00 --to 14:30 --tz capture
  saker analyze captures/ --add-rules team.yaml -f json > alerts.jsonl
  saker analyze node1.skr --rule 'terminal shell*' --suggested-output -f text
  saker analyze nightly/ --fail-on error -q    for CI: exit code 1 if anything severe

Standard output carries nothing but alerts in the formats text and json; what the rules cannot
see in a capture, losses and damage are told on standard error (in the table: below it).")]
pub struct Analyze {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub input: Captures,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub files: RuleFiles,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub selection: Selection,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub language: Language,
    /// How to write alerts.
    /// [default: table, or json if --config says so]
    #[arg(short, long, value_enum)]
    pub format: Option<AlertFormat>,
    /// What JSON lines carry beside the rule, its priority and the time [default: output,fields,tags].
    #[arg(long, value_enum, value_name = "WHAT,…", value_delimiter = ',')]
    pub json_include: Option<Vec<Property>>,
    /// Write times of text lines and of `output` in ISO 8601, UTC.
    #[arg(long)]
    pub iso_time: bool,
    /// Write to this file (mode 0600) instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Exit with 1 if an alert has this priority or a more severe one.
    #[arg(long, value_name = "PRIORITY", value_parser = priority)]
    pub fail_on: Option<Priority>,
    /// Append this template to every alert, such as "node=edge proc=%proc.exepath".
    #[arg(long, value_name = "TEXT")]
    pub append_output: Option<String>,
    /// Append container and pod, as Falco's stock configuration does.
    #[arg(long)]
    pub suggested_output: bool,
    /// What an event raises that matches several rules.
    /// [default: first, or what --config says]
    #[arg(long, value_enum, value_name = "HOW")]
    pub rule_matching: Option<Matching>,
    /// Raise an alert for a gap in the recording if more than this part of its events was lost,
    /// from 0 (any loss) to 1 (never).
    #[arg(long, value_name = "RATIO", default_value = "0", value_parser = ratio)]
    pub drop_threshold: f64,
}

fn ratio(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(ratio),
        _ => Err(format!("`{text}` is no number between 0 and 1")),
    }
}
