//! What an analysis came to: counts, time span, losses, what the rules could not see.

use std::collections::BTreeMap;

use capture_format::damage::Damage;
use jiff::tz::TimeZone;

use super::alerts::Alert;
use super::blind::{self, Unanswered};
use super::table::{Table, number, text};
use crate::history::Recording;
use crate::rules::Priority;
use crate::scan::clock;

/// Alerts of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Tally {
    count: u64,
    first_ns: i64,
    last_ns: i64,
}

/// Counts while an analysis runs.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Captures that were read.
    pub captures: u64,
    /// Rules that watched.
    pub rules: usize,
    /// Events that rules looked at.
    pub observed: u64,
    /// Events in the captures.
    pub events: u64,
    /// Events lost while recording, and gaps.
    pub lost: (u64, u64),
    /// Groups of events that rules with a rate had to give up.
    pub forgotten: u64,
    /// Places that could not be read, by capture.
    pub damage: Vec<String>,
    hosts: Vec<String>,
    span_ns: Option<(i64, i64)>,
    by_rule: BTreeMap<(Priority, String), Tally>,
}

impl Summary {
    /// Takes in a capture.
    pub fn capture(&mut self, recording: &Recording) {
        let capture = recording.capture();
        self.captures += 1;
        if !self.hosts.iter().any(|host| host == recording.host()) {
            self.hosts.push(recording.host().to_owned());
        }
        for block in capture.blocks() {
            self.events += u64::from(block.events);
            let (first, last) = (recording.wall_ns(block.first_ns), recording.wall_ns(block.last_ns));
            let (earliest, latest) = self.span_ns.unwrap_or((first, last));
            self.span_ns = Some((earliest.min(first), latest.max(last)));
        }
        for gap in capture.gaps() {
            self.lost.0 = self.lost.0.saturating_add(gap.total());
            self.lost.1 += 1;
        }
    }

    /// Takes in a damaged place.
    pub fn damaged(&mut self, place: &str, damage: &Damage) {
        self.damage.push(format!("{place}: {damage}"));
    }

    /// Takes in an alert.
    pub fn alert(&mut self, alert: &Alert<'_>) {
        let tally = self.by_rule.entry((alert.priority, alert.rule.to_owned())).or_insert(Tally {
            count: 0,
            first_ns: alert.wall_ns,
            last_ns: alert.wall_ns,
        });
        tally.count += 1;
        tally.first_ns = tally.first_ns.min(alert.wall_ns);
        tally.last_ns = tally.last_ns.max(alert.wall_ns);
    }

    /// Alerts of all rules.
    pub fn alerts(&self) -> u64 {
        self.by_rule.values().map(|tally| tally.count).sum()
    }

    /// Whether the answer is from captures with losses or damage.
    pub fn is_incomplete(&self) -> bool {
        self.lost.0 > 0 || !self.damage.is_empty()
    }

    /// What rules with a rate may have missed, if anything.
    pub fn forgetful(&self) -> Option<String> {
        (self.forgotten > 0).then(|| {
            format!("rules with a rate gave up {} groups of events: too many to remember", self.forgotten)
        })
    }

    /// The tables an analyst reads after the alerts.
    pub fn tables(&self, zone: &TimeZone, unanswered: &[Unanswered]) -> Vec<Table> {
        let mut about = Table::facts("summary").titled("Summary");
        about.fact("captures", self.captures);
        about.fact("hosts", self.hosts.clone());
        if let Some((first, last)) = self.span_ns {
            let length = clock::duration(last.abs_diff(first));
            about.fact("from", clock::full(first, zone));
            about.fact("to", format!("{} ({length})", clock::full(last, zone)));
        }
        about.fact(
            "events",
            format!("{}, {} of them of interest to {} rules", self.events, self.observed, self.rules),
        );
        about.fact("alerts", self.priorities());
        about.fact(
            "losses",
            match self.lost {
                (0, _) => "none".to_owned(),
                (lost, gaps) => format!("{lost} events lost while recording, in {gaps} gaps"),
            },
        );
        about.fact(
            "damage",
            match self.damage.len() {
                0 => "none".to_owned(),
                1 => "1 place could not be read".to_owned(),
                places => format!("{places} places could not be read"),
            },
        );
        if let Some(note) = self.forgetful() {
            about.fact("rates", note);
        }
        let mut tables = vec![about];
        if !self.by_rule.is_empty() {
            let columns = [text("rule"), text("priority"), number("alerts"), text("first"), text("last")];
            let mut rules = Table::new("rules", &columns).titled("Alerts by rule");
            for ((priority, rule), tally) in &self.by_rule {
                rules.row([
                    rule.as_str().into(),
                    priority.to_string().into(),
                    tally.count.into(),
                    clock::short(tally.first_ns, zone).into(),
                    clock::short(tally.last_ns, zone).into(),
                ]);
            }
            tables.push(rules);
        }
        if !self.damage.is_empty() {
            let mut damage = Table::new("damage", &[text("place")]).titled("Damage");
            damage.rows = self.damage.iter().map(|place| vec![place.as_str().into()]).collect();
            tables.push(damage);
        }
        if !unanswered.is_empty() {
            tables.push(blind::table(unanswered).titled("Rules that these captures cannot answer"));
        }
        tables
    }

    /// `5: 1 Critical, 4 Notice`.
    fn priorities(&self) -> String {
        let mut counts: BTreeMap<Priority, u64> = BTreeMap::new();
        for ((priority, _), tally) in &self.by_rule {
            *counts.entry(*priority).or_default() += tally.count;
        }
        let each: Vec<String> =
            counts.iter().map(|(priority, count)| format!("{count} {priority}")).collect();
        if each.is_empty() { "none".to_owned() } else { format!("{} ({})", self.alerts(), each.join(", ")) }
    }
}
