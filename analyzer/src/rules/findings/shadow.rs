//! Rules that never raise an alert because an earlier one always does.

use super::{Context, Finding, SHADOWED};
use crate::condition::normal::Normal;
use crate::condition::parse;
use crate::rules::Rule;

/// Most comparisons of parts for a pair of rules, and for all.
const BUDGET: u32 = 20_000;
const WHOLE_BUDGET: u32 = 5_000_000;
/// What it costs to see that two rules ask for different events.
const PAIR: u32 = 2;

pub(super) fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let Some(set) = &context.report.rules else { return };
    // What counts events says more than its condition.
    let rules: Vec<&Rule> = set.rules().iter().filter(|rule| rule.enabled && rule.rate.is_none()).collect();
    let meanings: Vec<(&Rule, Normal)> = rules
        .into_iter()
        .filter_map(|rule| Some((rule, Normal::of(&parse(&rule.compiled_condition).ok()?))))
        .collect();
    let mut left = WHOLE_BUDGET;
    for (index, (rule, meaning)) in meanings.iter().enumerate() {
        if rule.events.is_empty() {
            continue;
        }
        for (earlier, wider) in meanings.iter().take(index) {
            if left < BUDGET {
                return;
            }
            left -= PAIR;
            if rule.events.and(earlier.events) != rule.events {
                continue;
            }
            let mut budget = BUDGET;
            let shadowed = meaning.implies(wider, &mut budget);
            left -= BUDGET - budget;
            if shadowed {
                let place = context.study.rule_place(&rule.name, &rule.place);
                let message = format!(
                    "rule `{}`, which comes before, holds whenever this one does: it takes every event, \
                     unless --rule-matching all",
                    earlier.name
                );
                out.push(Finding { code: SHADOWED, message, place, fix: None });
                break;
            }
        }
    }
}
