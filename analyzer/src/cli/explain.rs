//! `saker explain`.

use clap::{Args, ValueEnum};

use super::arguments::{Captures, Language, RuleFiles};

/// How an explanation is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    /// For people: fitted to the terminal.
    Table,
    /// For people and grep: letters only, a line a part.
    Text,
    /// One JSON document.
    Json,
}

/// `saker explain`.
#[derive(Args, Debug)]
#[command(after_help = "\
Without --event and --pid: the events that matched, or else those that came nearest to matching
and what each lacks.

Examples:
  saker explain node1.skr --rule 'Terminal shell in container'
  saker explain node1.skr --rule 'terminal shell*' --event 4711
  saker explain node1.skr --rule 'Read sensitive file' -r falco_rules.yaml --pid 8142
  saker explain captures/ --add-rules team.yaml --rule 'My rule' -f json")]
pub struct Explain {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub input: Captures,
    /// The rule: its name in any case, or a pattern with * that only one name matches.
    #[arg(long, value_name = "NAME")]
    pub rule: String,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub files: RuleFiles,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub language: Language,
    /// Explain the rule at this event, by its number (evt.num).
    #[arg(long, value_name = "N", group = "which")]
    pub event: Option<u64>,
    /// Explain the rule over all events of this process, by its pid on the host.
    #[arg(long, value_name = "PID", group = "which")]
    pub pid: Option<u32>,
    /// Show the events that came nearest to matching, also if the rule matched others.
    #[arg(long, group = "which")]
    pub nearest: bool,
    /// Unfold every macro and every alternative, and cut nothing.
    #[arg(long)]
    pub full: bool,
    /// How many groups of near events, and how many events of a process, are shown.
    #[arg(short = 'n', long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub groups: u16,
    /// How to write it.
    #[arg(short, long, value_enum, default_value = "table")]
    pub format: ExplainFormat,
}
