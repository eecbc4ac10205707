//! The events that matched a rule and those that came nearest to it.

use std::collections::BTreeMap;

use capture_format::EventType;

use super::Subject;
use crate::condition::Trace;
use crate::fields::Moment;
use crate::scan::View;

/// Most groups that are told apart; what differs from all of them is counted.
const GROUPS_MAX: usize = 1024;
/// Most comparisons that all groups together name.
const NAMED_MAX: usize = 1 << 16;
/// Most matches and events of a process that are kept one by one.
const KEPT_MAX: usize = 1000;

/// Which events are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Only those of this process.
    pub pid: Option<u32>,
    /// Also those that the rule can never match.
    pub any_event: bool,
}

/// The events of a capture, compared with a rule.
pub struct Nearest<'r> {
    /// The rule.
    pub subject: &'r Subject<'r>,
    /// Which events.
    pub scope: Scope,
}

/// Events that lack the same comparisons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// How many comparisons are not as wanted.
    pub distance: u32,
    /// How many events.
    pub events: u64,
    /// Capture, by its number, and number of the first of them.
    pub first: (usize, u64),
}

/// An event that matched, or one of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Capture, by its number.
    pub capture: usize,
    /// Number of the event.
    pub number: u64,
    /// When, ns since 1970.
    pub wall_ns: i64,
    /// Name of the event.
    pub event: &'static str,
    /// The process: its name and pid.
    pub process: String,
    /// What it was about: the command line of a program start, the file or connection, or nothing.
    pub what: String,
    /// How many comparisons are not as wanted.
    pub distance: u32,
    /// The rule before it that raises the alert, if another one does.
    pub taken_by: Option<String>,
}

/// What a search found; of one block, of a capture, of several.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Events looked at.
    pub events: u64,
    /// Events that matched.
    pub matched: u64,
    /// Of these, how many raised no alert because of which earlier rule.
    pub taken: BTreeMap<String, u64>,
    /// The first of those that matched; if a process is asked about, the nearest of its events.
    pub kept: Vec<Match>,
    /// Events that did not match, by the comparisons they lack.
    pub groups: BTreeMap<Vec<usize>, Group>,
    /// Events that are in no group because there were too many.
    pub ungrouped: u64,
    named: usize,
    trace: Trace,
}

impl Found {
    /// Adds what was found later, in capture number `capture`.
    pub fn add(&mut self, later: Found, capture: usize) {
        self.events += later.events;
        self.matched += later.matched;
        for (rule, count) in later.taken {
            *self.taken.entry(rule).or_default() += count;
        }
        self.kept.extend(later.kept.into_iter().map(|one| Match { capture, ..one }));
        self.tidy();
        self.ungrouped += later.ungrouped;
        // By their first event, as if all had been found one after the other.
        let mut groups: Vec<_> = later.groups.into_iter().collect();
        groups.sort_by_key(|(_, group)| group.first);
        for (missing, group) in groups {
            self.group(missing, Group { first: (capture, group.first.1), ..group });
        }
    }

    fn group(&mut self, missing: Vec<usize>, new: Group) {
        if let Some(group) = self.groups.get_mut(&missing) {
            group.events += new.events;
            return;
        }
        while !self.groups.is_empty()
            && (self.groups.len() >= GROUPS_MAX || self.named.saturating_add(missing.len()) > NAMED_MAX)
        {
            // What is further away than all others makes room.
            let furthest = self.groups.iter().max_by_key(|(_, group)| (group.distance, group.first));
            let furthest = furthest.filter(|(_, group)| group.distance > new.distance);
            let Some(furthest) = furthest.map(|(missing, _)| missing.clone()) else {
                self.ungrouped += new.events;
                return;
            };
            if let Some(group) = self.groups.remove(&furthest) {
                self.ungrouped += group.events;
                self.named -= furthest.len();
            }
        }
        self.named += missing.len();
        self.groups.insert(missing, new);
    }

    /// Keeps the nearest events, of these the first.
    fn tidy(&mut self) {
        if self.kept.len() > KEPT_MAX {
            self.kept.sort_by_key(|one| (one.distance, one.capture, one.number));
            self.kept.truncate(KEPT_MAX);
        }
    }

    /// The groups, the nearest first; equally near ones by their first event.
    pub fn nearest(&self) -> Vec<(&[usize], &Group)> {
        let mut groups: Vec<_> =
            self.groups.iter().map(|(missing, group)| (missing.as_slice(), group)).collect();
        groups.sort_by_key(|(_, group)| (group.distance, group.first));
        groups
    }
}

impl View for Nearest<'_> {
    type Part = Found;

    fn wants(&self, event_type: EventType) -> bool {
        self.scope.any_event || self.subject.rule().events.contains(event_type.info().name)
    }

    fn observe(&self, part: &mut Found, now: &Moment<'_>) {
        if self.scope.pid.is_some_and(|pid| pid != now.head().pid) {
            return;
        }
        part.events += 1;
        let plan = &self.subject.rule().plan;
        let mut trace = std::mem::take(&mut part.trace);
        trace.again(plan, now);
        let distance = trace.distance();
        // What the event type alone rules out can be no match, whatever else is asked of it.
        let holds = distance == 0 && self.subject.rule().events.contains(now.info().name);
        let mut taken_by = None;
        if holds {
            part.matched += 1;
            taken_by = self.subject.taken_by(now).map(|rule| rule.name.clone());
            if let Some(rule) = &taken_by {
                *part.taken.entry(rule.clone()).or_default() += 1;
            }
        } else {
            let group = Group { distance, events: 1, first: (0, now.number()) };
            part.group(trace.missing(plan), group);
        }
        part.trace = trace;
        if holds || self.scope.pid.is_some() {
            part.kept.push(Match {
                capture: 0,
                number: now.number(),
                wall_ns: now.recording().wall_ns(now.head().time_ns),
                event: now.info().name,
                process: self.subject.process(now),
                what: self.subject.what(now),
                distance,
                taken_by,
            });
            if part.kept.len() > 2 * KEPT_MAX {
                part.tidy();
            }
        }
    }
}
