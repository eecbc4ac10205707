//! Rules that say the same, or of which one says what another says too.

use crate::condition::normal::Normal;
use crate::rules::{Rule, RuleSet};
use crate::views::rule_diff::meaning;

/// Most comparisons of parts for a pair of rules.
const BUDGET: u32 = 20_000;

/// Two rules of which the first holds only where the second does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The narrower one.
    pub rule: String,
    /// The wider one.
    pub other: String,
    /// Whether they hold for the very same events.
    pub same: bool,
}

/// Duplicates among `rules` of `set`, as far as the shapes of their conditions show. Rules that count events
/// are left out: what they say depends on more than one.
pub fn duplicates<'r>(set: &RuleSet, rules: impl IntoIterator<Item = &'r Rule>) -> Vec<Duplicate> {
    let meanings: Vec<(&Rule, Normal)> = rules
        .into_iter()
        .filter(|rule| rule.rate.is_none())
        .filter_map(|rule| Some((rule, meaning(set, rule)?)))
        .collect();
    let mut found = Vec::new();
    for (index, (rule, own)) in meanings.iter().enumerate() {
        for (other, theirs) in meanings.iter().skip(index + 1) {
            if rule.events.and(other.events).is_empty() {
                continue;
            }
            let (mut there, mut back) = (BUDGET, BUDGET);
            let (narrower, wider) = (own.implies(theirs, &mut there), theirs.implies(own, &mut back));
            let (rule, other) = if wider && !narrower { (other, rule) } else { (rule, other) };
            if narrower || wider {
                let (rule, other) = (rule.name.clone(), other.name.clone());
                found.push(Duplicate { rule, other, same: narrower && wider });
            }
        }
    }
    found
}
