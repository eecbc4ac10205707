//! `saker rules …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::arguments::{Language, RuleFiles, Selection, table_format};
use super::coverage::{Attack, RulesCoverage, RulesDiff, RulesReview};
use super::show::RulesShow;

/// `saker rules`.
#[derive(Debug, Subcommand)]
pub enum Rules {
    /// List rules with priority, tags and the events they look at.
    List(RulesList),
    /// Show one rule in full: its condition with its macros, what it reads, who changed it where.
    #[command(visible_alias = "explain")]
    Show(RulesShow),
    /// Load rules and report every error and warning, with the place.
    Check(RulesCheck),
    /// Show which ATT&CK techniques rules are about, and which none is about.
    Coverage(RulesCoverage),
    /// Compare two rule sets: what changed, and which alerts that gains and loses.
    Diff(RulesDiff),
    /// Find parts of rules that do nothing, too much, or what others do.
    Review(RulesReview),
    /// Print what must be recorded for rules; `saker-record --for-rules` reads it.
    Needs(RulesNeeds),
    /// List the fields that conditions and outputs can use.
    Fields(RulesFields),
    /// Convert rules of another language: Sigma rules about Linux become a rules file.
    Import(RulesImport),
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
    #[command(flatten)]
    #[allow(missing_docs)]
    pub attack: Attack,
    /// How to write it: json is an array of rules with all there is to know about each.
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
    /// Show what would do away with findings, as a diff that `patch -p0` takes; =write makes the
    /// changes in the files.
    #[arg(
        long,
        value_name = "HOW",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "show",
        value_parser = ["show", "write"]
    )]
    pub fix: Option<String>,
    /// Exit with 3 also if there are findings.
    #[arg(long)]
    pub deny_findings: bool,
    /// Also find terms that exclude nothing in these captures: files, or folders to search for
    /// *.skr. Repeats.
    #[arg(long, value_name = "CAPTURE|DIR")]
    pub captures: Vec<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub selection: Selection,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub language: Language,
    /// How to write it: json is Falco's validation result, with Saker's findings beside it.
    #[arg(short, long, default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
    /// Exit with 3 also if there are warnings.
    #[arg(long)]
    pub deny_warnings: bool,
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

/// `saker rules import`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  saker rules import --sigma sigma/rules/linux -o sigma.yaml
  saker rules import --sigma one.yml | less
  saker analyze node1.skr --add-rules sigma.yaml --rule-matching all

Converted are rules about process_creation, file_event and network_connection. A rule that cannot
be said without changing what it means is refused, with the reason. Exit code 3: nothing could be
converted.")]
pub struct RulesImport {
    /// Sigma rules: files, or folders that are searched for *.yml and *.yaml.
    #[arg(long, required = true, num_args = 1.., value_name = "FILE|DIR")]
    pub sigma: Vec<PathBuf>,
    /// Write the rules to this file, and the report to standard output instead of standard error.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How to write the report: table has what needs a look, json and csv every rule.
    #[arg(short, long, default_value = "table", value_parser = table_format())]
    pub format: String,
}
