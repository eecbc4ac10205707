//! `saker rules show`.

use std::path::PathBuf;

use clap::Args;

use super::arguments::RuleFiles;
use super::coverage::Attack;
use super::explain::ExplainFormat;

/// `saker rules show`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  saker rules show 'Sensitive file read'
  saker rules show 'terminal shell*' -r falco_rules.yaml
  saker rules show 'Sensitive file read' node1.skr      and which lanes of a capture it would read")]
pub struct RulesShow {
    /// The rule: its name in any case, or a pattern with * that only one name matches.
    #[arg(value_name = "RULE")]
    pub rule: String,
    /// Show what the rule would read of these captures and what they cannot tell it.
    #[arg(value_name = "CAPTURE")]
    pub captures: Vec<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub files: RuleFiles,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub attack: Attack,
    /// Show the condition with everything expanded, too.
    #[arg(long)]
    pub full: bool,
    /// How to write it.
    #[arg(short, long, value_enum, default_value = "table")]
    pub format: ExplainFormat,
}
