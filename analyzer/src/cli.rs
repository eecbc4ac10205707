//! What the command line may say.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::rules::Priority;
use crate::scan::clock::Zone;
use crate::scan::span::Point;

/// Replays captures of system calls through rules, and answers questions about them.
///
/// A capture (`*.skr`) is what `saker-record` wrote on another machine. Nothing here needs root,
/// a network, or the machine that was recorded.
#[derive(Debug, Parser)]
#[command(name = "saker", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Say no more than asked for: no notes, no progress.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more: warnings about rules, what was read from where.
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

const EXAMPLES: &str = "\
Examples:
  saker analyze node1.skr                       what happened, by Saker's own rules
  saker analyze node1.skr -r falco_rules.yaml   by Falco's rules instead
  saker analyze captures/ -f json -o out.json   every *.skr below a folder, as Falco's JSON lines
  saker events node1.skr 'evt.type = execve and container.id != host'
  saker info node1.skr                          who recorded what, and how complete it is
  saker verify node1.skr                        whether the file is as the recorder wrote it

Exit codes:
  0  done, nothing to object
  1  alerts at or above --fail-on, or an expectation failed
  2  wrong usage
  3  rules do not load
  4  capture unreadable
  5  integrity check failed
  6  answered, but from a capture with losses or damage
  7  output could not be written";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Replay captures through rules and show the alerts.
    Analyze(Analyze),
    /// List the events of captures, one line each.
    Events(Events),
    /// Describe captures: host, time, what was recorded, what was lost.
    Info(Info),
    /// Check that captures are complete and unaltered.
    Verify(Verify),
    /// Replay samples and compare the alerts with what is expected.
    Test(Test),
    /// List and check rules, and the fields they can use.
    #[command(subcommand)]
    Rules(Rules),
}

/// Which captures, and how they are read.
#[derive(Args, Debug)]
pub struct Captures {
    /// Captures: files, folders to search for *.skr, or - for standard input.
    #[arg(required = true, value_name = "CAPTURE")]
    pub captures: Vec<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub reading: Reading,
}

/// How captures are read.
#[derive(Args, Clone, Debug, Default)]
pub struct Reading {
    /// Only events from this time on: 2026-01-31T14:05:00Z, 14:05:30 on the capture's day, or
    /// +90s after its start.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub from: Option<Point>,
    /// Only events up to this time; as --from.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub to: Option<Point>,
    /// Show times in this zone: utc, capture (the recorded host's), local, +02:00, Europe/Berlin.
    #[arg(long, value_name = "ZONE", default_value = "utc", allow_hyphen_values = true, value_parser = zone)]
    pub tz: Zone,
    /// Name an address for fields like fd.sip.name. Repeats.
    #[arg(long, value_name = "NAME=IP", value_parser = binding)]
    pub resolve: Vec<(String, IpAddr)>,
    /// Threads to use [default: one a processor]. The output is the same with any number.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Do not answer from a capture whose integrity check fails: exit with 5.
    #[arg(long)]
    pub require_integrity: bool,
}

fn zone(text: &str) -> Result<Zone, String> {
    text.parse()
}

fn binding(text: &str) -> Result<(String, IpAddr), String> {
    let (name, ip) = text
        .split_once('=')
        .ok_or("write NAME=IP, such as kubernetes.default.svc.cluster.local=10.96.0.1")?;
    let ip = ip.parse().map_err(|_| format!("`{ip}` is no IP address"))?;
    if name.is_empty() { Err("the name is empty".into()) } else { Ok((name.to_lowercase(), ip)) }
}

/// Which rules are loaded.
#[derive(Args, Clone, Debug, Default)]
pub struct RuleFiles {
    /// Load this rules file, or all *.yaml and *.yml of this folder, instead of Saker's own rules.
    /// Repeats; later files may refer to earlier ones.
    #[arg(short, long = "rules", value_name = "FILE|DIR")]
    pub rules: Vec<PathBuf>,
    /// Load this after the others: your own rules beside Saker's. Repeats. Of several rules that
    /// hold for one event the first raises the alert, so Saker's before yours; --rule-matching all
    /// reports each.
    #[arg(long, value_name = "FILE|DIR")]
    pub add_rules: Vec<PathBuf>,
}

/// Which of the loaded rules apply.
#[derive(Args, Clone, Debug, Default)]
pub struct Selection {
    /// Only rules of this priority or a more severe one.
    #[arg(long, value_name = "PRIORITY", value_parser = priority)]
    pub priority: Option<Priority>,
    /// Only rules with this tag. Repeats: any of them.
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Only rules with this name; * stands for anything, case does not matter. Repeats: any of
    /// them. Enables a rule that its file disables.
    #[arg(long, value_name = "NAME")]
    pub rule: Vec<String>,
}

fn priority(text: &str) -> Result<Priority, String> {
    text.parse().map_err(|_| {
        format!("`{text}` is no priority: emergency, alert, critical, error, warning, notice, info, debug")
    })
}

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
    /// How to write alerts.
    #[arg(short, long, value_enum, default_value = "table")]
    pub format: AlertFormat,
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
    #[arg(long, value_enum, value_name = "HOW", default_value = "first")]
    pub rule_matching: Matching,
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

/// How events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EventFormat {
    /// A line an event.
    Text,
    /// A JSON object an event, a line each.
    Json,
    /// A table fitted to the terminal; holds all lines in memory.
    Table,
}

/// `saker events`.
#[derive(Args, Debug)]
#[command(after_help = "\
The filter is a rule condition; it is the last argument if that is no file.

Examples:
  saker events node1.skr
  saker events node1.skr 'evt.type in (open, openat) and fd.name startswith /etc'
  saker events node1.skr 'proc.name = bash' --fields evt.time,proc.pid,proc.cmdline
  saker events node1.skr evt.type=connect -p '%proc.name -> %fd.name'")]
pub struct Events {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub input: Captures,
    /// Show these fields instead of the usual line.
    #[arg(long, value_name = "FIELD,…", value_delimiter = ',', conflicts_with = "print")]
    pub fields: Vec<String>,
    /// Write each event as this template says, like a rule's output.
    #[arg(short, long, value_name = "TEMPLATE")]
    pub print: Option<String>,
    /// How to write events.
    #[arg(short = 'f', long, value_enum, default_value = "text")]
    pub format: EventFormat,
    /// Stop after this many events.
    #[arg(short = 'n', long, value_name = "N")]
    pub limit: Option<u64>,
}

/// `saker info`.
#[derive(Args, Debug)]
pub struct Info {
    /// Captures: files, folders to search for *.skr, or - for standard input.
    #[arg(required = true, value_name = "CAPTURE")]
    pub captures: Vec<PathBuf>,
    /// How to write it.
    #[arg(short, long, default_value = "table", value_parser = table_format())]
    pub format: String,
    /// Show times in this zone: utc, capture, local, +02:00, Europe/Berlin.
    #[arg(long, value_name = "ZONE", default_value = "utc", allow_hyphen_values = true, value_parser = zone)]
    pub tz: Zone,
}

/// The formats of tables, for `-f`.
fn table_format() -> clap::builder::PossibleValuesParser {
    crate::render::FORMATS
        .iter()
        .map(|format| clap::builder::PossibleValue::new(format.name).help(format.doc))
        .collect::<Vec<_>>()
        .into()
}

/// `saker verify`.
#[derive(Args, Debug)]
pub struct Verify {
    /// Captures: files, folders to search for *.skr, or - for standard input.
    #[arg(required = true, value_name = "CAPTURE")]
    pub captures: Vec<PathBuf>,
}

/// `saker test`.
#[derive(Args, Debug)]
pub struct Test {
    /// Folders to search for expect.yaml beside capture.skr.
    #[arg(required = true, value_name = "DIR")]
    pub folders: Vec<PathBuf>,
    /// Only samples whose path contains this. Repeats: any of them.
    #[arg(long, value_name = "TEXT")]
    pub only: Vec<String>,
    /// How to write the result.
    #[arg(short, long, default_value = "table", value_parser = table_format())]
    pub format: String,
    /// Threads to use [default: one a processor].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// `saker rules`.
#[derive(Debug, Subcommand)]
pub enum Rules {
    /// List rules with priority, tags and the events they look at.
    List(RulesList),
    /// Load rules and report every error and warning, with the place.
    Check(RulesCheck),
    /// Print what must be recorded for rules; `saker-record --for-rules` reads it.
    Needs(RulesNeeds),
    /// List the fields that conditions and outputs can use.
    Fields(RulesFields),
}

/// `saker rules list`.
#[derive(Args, Debug)]
pub struct RulesList {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub files: RuleFiles,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub selection: Selection,
    /// How to write it.
    #[arg(short, long, default_value = "table", value_parser = table_format())]
    pub format: String,
}

/// `saker rules check`.
#[derive(Args, Debug)]
pub struct RulesCheck {
    /// Rules files, or folders of *.yaml and *.yml; Saker's own rules if none is given.
    #[arg(value_name = "FILE|DIR")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub files: RuleFiles,
}

/// `saker rules needs`.
#[derive(Args, Debug)]
pub struct RulesNeeds {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub files: RuleFiles,
    /// How to write it: text is what `saker-record --for-rules` reads.
    #[arg(short, long, default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
}

/// `saker rules fields`.
#[derive(Args, Debug)]
pub struct RulesFields {
    /// Only fields whose name contains this.
    #[arg(value_name = "TEXT")]
    pub like: Option<String>,
    /// How to write it.
    #[arg(short, long, default_value = "table", value_parser = table_format())]
    pub format: String,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn values_are_checked_where_they_are_given() {
        for wrong in [
            &["saker", "analyze", "x", "--drop-threshold", "2"][..],
            &["saker", "analyze", "x", "--resolve", "api=nowhere"],
            &["saker", "analyze", "x", "--priority", "urgent"],
            &["saker", "analyze", "x", "--from", "soon"],
            &["saker", "analyze", "x", "--tz", "Nowhere/Land"],
            &["saker", "analyze"],
        ] {
            assert!(Cli::try_parse_from(wrong).is_err(), "{wrong:?}");
        }
        Cli::try_parse_from(["saker", "analyze", "x", "-r", "a", "-r", "b", "--tz", "-05:00", "-q"]).unwrap();
    }
}
