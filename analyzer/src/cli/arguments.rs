//! Arguments that several commands take.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;

use super::switches::Switches;
use crate::rules::Priority;
use crate::scan::clock::Zone;
use crate::scan::span::Point;

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

pub(super) fn zone(text: &str) -> Result<Zone, String> {
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
    /// Read rules files (unless -r names some), selection, priority, matching, appended output and
    /// the form of alerts from this falco.yaml. What the command line says counts before it.
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Which of the loaded rules apply.
#[derive(Args, Clone, Debug, Default)]
pub struct Selection {
    /// Only rules of this priority or a more severe one.
    #[arg(long, value_name = "PRIORITY", value_parser = priority)]
    pub priority: Option<Priority>,
    /// Only rules with this tag. Repeats: any of them.
    #[arg(short = 't', long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Only rules with this name; * stands for anything, case does not matter. Repeats: any of
    /// them. Enables a rule that its file disables.
    #[arg(long, value_name = "NAME")]
    pub rule: Vec<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub switches: Switches,
}

/// How the language of rules is understood.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Language {
    /// Answer as Falco's engine does where it has defects: to compare with Falco, not to find out
    /// what happened.
    #[arg(long)]
    pub falco_quirks: bool,
}

impl Language {
    /// Fields of captures, in this understanding.
    pub fn env(self) -> crate::condition::plan::Env<'static> {
        crate::condition::plan::Env { quirks: self.falco_quirks, ..crate::condition::plan::Env::captures() }
    }
}

pub(super) fn priority(text: &str) -> Result<Priority, String> {
    text.parse().map_err(|_| {
        format!("`{text}` is no priority: emergency, alert, critical, error, warning, notice, info, debug")
    })
}

/// The formats of tables, for `-f`.
pub(super) fn table_format() -> clap::builder::PossibleValuesParser {
    crate::render::FORMATS
        .iter()
        .map(|format| clap::builder::PossibleValue::new(format.name).help(format.doc))
        .collect::<Vec<_>>()
        .into()
}
