//! What the command line may say.

mod analyze;
mod arguments;
mod coverage;
mod eval;
mod explain;
mod rules;
mod show;
mod switches;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use analyze::{AlertFormat, Analyze, Matching, Property};
pub use arguments::{Captures, Language, Reading, RuleFiles, Selection};
use arguments::{table_format, zone};
pub use coverage::*;
pub use eval::Eval;
pub use explain::{Explain, ExplainFormat};
pub use rules::*;
pub use show::RulesShow;
pub use switches::Switches;

use crate::scan::clock::Zone;

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
    /// Say why a rule matched or did not, comparison by comparison.
    Explain(Explain),
    /// Describe captures: host, time, what was recorded, what was lost.
    Info(Info),
    /// Check that captures are complete and unaltered.
    Verify(Verify),
    /// Replay samples and compare the alerts with what is expected.
    Test(Test),
    /// List and check rules, and the fields they can use.
    #[command(subcommand)]
    Rules(Rules),
    /// Answer questions about conditions, outputs and rules, a line each: for editors and tests.
    Eval(Eval),
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
    #[command(flatten)]
    #[allow(missing_docs)]
    pub language: Language,
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
    #[command(flatten)]
    #[allow(missing_docs)]
    pub language: Language,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub selection: Selection,
    /// Take selection, priority and appended output from this falco.yaml.
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,
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
