//! `saker eval`.

use clap::Args;

use super::arguments::Language;

/// `saker eval`.
#[derive(Args, Debug)]
#[command(after_help = "\
Each line of standard input is a JSON object, each line of the answer another.

  {\"condition\":C}                 does it compile, for which events can it hold
  {\"condition\":C,\"fields\":{…}}    … and does it hold, given these values
  {\"format\":F,\"fields\":{…}}       what a rule's output would say
  {\"rules_yaml\":Y,\"before\":[Y…]}  what loading these rules would say

Fields: {\"proc.name\":{\"type\":\"CHARBUF\",\"text\":\"cat\"},\"fd.sip\":{\"absent\":true}}; one that is not
given is absent. docs/rules.md has every key.

Example:
  echo '{\"condition\":\"proc.name in (cat, vi)\",\"fields\":{\"proc.name\":{\"text\":\"vi\"}}}' | saker eval")]
pub struct Eval {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub language: Language,
}
