//! Arguments of the commands that look over whole rule sets.

use clap::Args;

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
