//! The one rule that a name on the command line means.

use super::outcome::Failure;
use crate::condition::Glob;
use crate::rules::{Rule, RuleSet};

/// Most rules that an error names.
const NAMED_MAX: usize = 8;

/// The rule of `set` that `name` means: its name, its name in another case, or a pattern with `*`
/// that matches it alone.
pub(super) fn find<'r>(set: &'r RuleSet, name: &str) -> Result<&'r Rule, Failure> {
    if let Some(rule) = set.rule(name) {
        return Ok(rule);
    }
    let same: Vec<&Rule> = set.rules().iter().filter(|rule| rule.name.eq_ignore_ascii_case(name)).collect();
    let glob = Glob::new(name.as_bytes(), true);
    let like = |rule: &&Rule| glob.matches(rule.name.as_bytes());
    let found = if same.is_empty() { set.rules().iter().filter(like).collect() } else { same };
    match found.as_slice() {
        [only] => Ok(only),
        [] => Err(Failure::Usage(format!("no rule is called `{name}`{}", near(set, name)))),
        several => Err(Failure::Usage(format!(
            "`{name}` means {} rules: {}",
            several.len(),
            listed(several.iter().map(|rule| rule.name.as_str()))
        ))),
    }
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(NAMED_MAX);
    let shown = names.into_iter().take(NAMED_MAX).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// Rules that may have been meant: those that share the most words with `name`.
fn near(set: &RuleSet, name: &str) -> String {
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 2);
        words.map(str::to_ascii_lowercase).collect()
    };
    let wanted = words(name);
    let mut ranked: Vec<(usize, &str)> = Vec::new();
    for rule in set.rules() {
        let own = words(&rule.name);
        let alike = |a: &String, b: &String| a == b || a.len() > 3 && b.starts_with(a.as_str());
        let shared = wanted.iter().filter(|word| own.iter().any(|other| alike(word, other))).count();
        if shared > 0 {
            ranked.push((shared, &rule.name));
        }
    }
    let best = ranked.iter().map(|(shared, _)| *shared).max().unwrap_or(0);
    let best: Vec<&str> =
        ranked.into_iter().filter(|(shared, _)| *shared == best).map(|(_, name)| name).collect();
    if best.is_empty() {
        return "; `saker rules list` shows the names".to_owned();
    }
    format!("; did you mean {}?", listed(best.into_iter()))
}
