//! Alerts that only one of two rule sets raises.

use std::collections::{BTreeMap, BTreeSet};

use capture_format::EventType;

use crate::fields::Moment;
use crate::rules::Rule;
use crate::scan::View;
use crate::views::alerts::{Alert, Candidate, Matching, Watch};
use crate::views::rates::Rates;

/// Most alerts of a rule that are kept to be shown, lost and gained each.
const SHOWN_MAX: usize = 5;

/// Two rule sets that watch the same events.
pub struct Both<'r> {
    before: Watch<'r>,
    after: Watch<'r>,
}

impl<'r> Both<'r> {
    /// The enabled rules of both.
    pub fn new(before: &'r [Rule], after: &'r [Rule], matching: Matching) -> Self {
        let watch = |rules: &'r [Rule]| Watch::new(rules.iter().filter(|rule| rule.enabled), matching, true);
        Self { before: watch(before), after: watch(after) }
    }
}

impl<'r> View for Both<'r> {
    type Part = (Vec<Candidate<'r>>, Vec<Candidate<'r>>);

    fn wants(&self, event_type: EventType) -> bool {
        self.before.wants(event_type) || self.after.wants(event_type)
    }

    fn observe(&self, part: &mut Self::Part, now: &Moment<'_>) {
        self.before.observe(&mut part.0, now);
        self.after.observe(&mut part.1, now);
    }
}

/// An alert that only one set raises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Capture it is from.
    pub capture: String,
    /// Number of its event.
    pub number: u64,
    /// When, ns since 1970.
    pub wall_ns: i64,
    /// Who did it.
    pub who: String,
    /// Where, or nothing on the host.
    pub container: String,
    /// What the rule says of it.
    pub message: String,
}

/// Alerts of one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Raised by the first set.
    pub before: u64,
    /// Raised by the second.
    pub after: u64,
    /// Only by the first.
    pub lost: u64,
    /// Only by the second.
    pub gained: u64,
    /// The first of the lost.
    pub first_lost: Vec<Changed>,
    /// The first of the gained.
    pub first_gained: Vec<Changed>,
}

/// Alerts of all rules.
#[derive(Clone, Debug, Default)]
pub struct Verdicts<'r> {
    rules: BTreeMap<&'r str, Tally>,
    rates: (Rates<'r>, Rates<'r>),
}

impl<'r> Verdicts<'r> {
    /// Another capture begins.
    pub fn capture(&mut self) {
        self.rates = (Rates::default(), Rates::default());
    }

    /// Takes in the next block of the capture called `capture`.
    pub fn block(&mut self, capture: &str, part: <Both<'r> as View>::Part) {
        let before = self.rates.0.settle(part.0);
        let after = self.rates.1.settle(part.1);
        let keys = |alerts: &[Alert<'r>]| -> BTreeSet<(u64, &'r str)> {
            alerts.iter().map(|alert| (alert.number, alert.rule)).collect()
        };
        let (old, new) = (keys(&before), keys(&after));
        for alert in before {
            let tally = self.rules.entry(alert.rule).or_default();
            tally.before += 1;
            if !new.contains(&(alert.number, alert.rule)) {
                tally.lost += 1;
                keep(&mut tally.first_lost, capture, alert);
            }
        }
        for alert in after {
            let tally = self.rules.entry(alert.rule).or_default();
            tally.after += 1;
            if !old.contains(&(alert.number, alert.rule)) {
                tally.gained += 1;
                keep(&mut tally.first_gained, capture, alert);
            }
        }
    }

    /// The rules that raised alerts, by name.
    pub fn rules(&self) -> impl Iterator<Item = (&'r str, &Tally)> {
        self.rules.iter().map(|(rule, tally)| (*rule, tally))
    }

    /// How many alerts were lost and gained.
    pub fn total(&self) -> (u64, u64) {
        self.rules.values().fold((0, 0), |(lost, gained), tally| (lost + tally.lost, gained + tally.gained))
    }
}

fn keep(kept: &mut Vec<Changed>, capture: &str, alert: Alert<'_>) {
    if kept.len() < SHOWN_MAX {
        let scene = alert.scene.unwrap_or_default();
        kept.push(Changed {
            capture: capture.to_owned(),
            number: alert.number,
            wall_ns: alert.wall_ns,
            who: scene.who,
            container: scene.container,
            message: alert.message,
        });
    }
}
