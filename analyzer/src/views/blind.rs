//! No silent blindness: rules that captures cannot answer, and why.

use std::collections::BTreeSet;

use capture_format::header::CaptureHeader;

use super::table::{Table, text};
use crate::rules::{Blind, Rule, blind_spots};

/// A rule that captures cannot answer in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// The rule.
    pub rule: String,
    /// Whether it could raise no alert, whatever happened.
    pub wholly: bool,
    /// Why.
    pub reason: String,
}

/// What the captures of a question have recorded: each combination once.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    seen: BTreeSet<(Vec<u16>, String)>,
}

impl Recorded {
    /// Takes in a capture.
    pub fn add(&mut self, header: &CaptureHeader) {
        self.seen.insert((header.events.clone(), header.env_policy.clone()));
    }

    /// What of `rules` some capture cannot answer, in their order.
    pub fn unanswered<'r>(&self, rules: impl IntoIterator<Item = &'r Rule>) -> Vec<Unanswered> {
        let mut rows = Vec::new();
        for rule in rules {
            let mut reasons: Vec<String> = Vec::new();
            let mut wholly = false;
            for spot in self.seen.iter().flat_map(|(events, env)| blind_spots(rule, events, env)) {
                wholly |= matches!(spot, Blind::NoEvents(_) | Blind::UnknownEvents);
                let reason = spot.to_string();
                if !reasons.contains(&reason) {
                    reasons.push(reason);
                }
            }
            if !reasons.is_empty() {
                rows.push(Unanswered { rule: rule.name.clone(), wholly, reason: reasons.join("; ") });
            }
        }
        rows
    }
}

/// Rules that captures cannot answer, with reasons.
pub fn table(rows: &[Unanswered]) -> Table {
    let mut table = Table::new("unanswered", &[text("rule"), text("how much"), text("reason")]);
    for row in rows {
        let extent = if row.wholly { "all of it" } else { "part of it" };
        table.row([row.rule.as_str().into(), extent.into(), row.reason.as_str().into()]);
    }
    table
}
