//! Loss is an alert too: each gap of a recording, in Falco's words.

use std::ops::RangeInclusive;

use super::alerts::{Alert, INTERNAL};
use crate::history::Recording;
use crate::rules::Priority;
use capture_format::EventType;
use capture_format::header::Gap;
use capture_format::schema::Category;

/// Name of the rule, which is not in any file.
pub const RULE: &str = "Falco internal: syscall event drop";

/// A counter of lost events: its name, and which events count there.
type Counter = (&'static str, fn(EventType) -> bool);

/// Falco's counters.
static COUNTERS: &[Counter] = &[
    ("n_drops_buffer_clone_fork_exit", |kind| {
        matches!(kind, EventType::Clone | EventType::Clone3 | EventType::Fork | EventType::Vfork)
    }),
    ("n_drops_buffer_execve_exit", |kind| matches!(kind, EventType::Execve | EventType::Execveat)),
    ("n_drops_buffer_connect_exit", |kind| kind == EventType::Connect),
    ("n_drops_buffer_open_exit", opens),
    ("n_drops_buffer_dir_file_exit", |kind| kind.info().category == Category::File && !opens(kind)),
    ("n_drops_buffer_close_exit", |_| false),
    ("n_drops_buffer_proc_exit", |kind| kind == EventType::Procexit),
];

fn opens(kind: EventType) -> bool {
    matches!(kind, EventType::Open | EventType::Openat | EventType::Openat2 | EventType::Creat)
}

/// The alert for `gap`, in which `recorded` events were recorded. `None` if no more than the part
/// `threshold` was lost.
pub fn alert(recording: &Recording, gap: &Gap, recorded: u64, threshold: f64) -> Option<Alert<'static>> {
    let lost = gap.total();
    let all = lost.saturating_add(recorded);
    if lost == 0 || lost as f64 / all as f64 <= threshold {
        return None;
    }
    let count = |wanted: &dyn Fn(Option<EventType>) -> bool| -> u64 {
        gap.lost.iter().filter(|(kind, _)| wanted(EventType::from_number(*kind))).map(|(_, lost)| *lost).sum()
    };
    let other = count(&|kind| !kind.is_some_and(|kind| COUNTERS.iter().any(|(_, counts)| counts(kind))));
    let counters = COUNTERS.iter().map(|(name, counts)| (*name, count(&|kind| kind.is_some_and(counts))));
    // Falco writes the numbers as texts.
    let mut fields: Vec<_> = counters
        .chain([
            ("n_evts", all),
            ("n_drops", lost),
            ("n_drops_buffer_total", lost),
            ("n_drops_buffer_other_interest_exit", other),
            ("n_drops_scratch_map", 0),
            ("n_drops_page_faults", 0),
            ("n_drops_bug", 0),
            ("ebpf_enabled", 1),
        ])
        .map(|(name, number)| (name.to_owned(), number.to_string().into()))
        .collect();
    fields.sort_by(|(a, _): &(String, serde_json::Value), (b, _)| a.cmp(b));
    Some(Alert {
        number: 0,
        wall_ns: recording.wall_ns(gap.last_ns),
        priority: Priority::Debug,
        rule: RULE,
        source: INTERNAL,
        tags: &[],
        message: format!("{RULE}. {lost} system calls dropped in last second."),
        fields,
        scene: None,
    })
}

/// The gaps of a capture that still wait for their place among its alerts.
pub struct Waiting<'a> {
    recording: &'a Recording,
    threshold: f64,
    gaps: std::iter::Peekable<std::vec::IntoIter<&'a Gap>>,
}

impl<'a> Waiting<'a> {
    /// The gaps of `recording` that touch `range` (wall clock), by their end.
    pub fn new(recording: &'a Recording, range: &RangeInclusive<i64>, threshold: f64) -> Self {
        let mut gaps: Vec<&Gap> = recording
            .capture()
            .gaps()
            .iter()
            .filter(|gap| {
                recording.wall_ns(gap.first_ns) <= *range.end()
                    && recording.wall_ns(gap.last_ns) >= *range.start()
            })
            .collect();
        gaps.sort_by_key(|gap| gap.last_ns);
        Self { recording, threshold, gaps: gaps.into_iter().peekable() }
    }

    /// The next alert for a gap that ended before `wall_ns`.
    pub fn before(&mut self, wall_ns: i64) -> Option<Alert<'static>> {
        while let Some(gap) = self.gaps.next_if(|gap| self.recording.wall_ns(gap.last_ns) < wall_ns) {
            if let Some(alert) = alert(self.recording, gap, recorded(self.recording, gap), self.threshold) {
                return Some(alert);
            }
        }
        None
    }

    /// The next of those that remain at the end.
    pub fn rest(&mut self) -> Option<Alert<'static>> {
        self.before(i64::MAX)
    }
}

/// Events in the blocks that overlap a gap: those its losses are measured against. A second's
/// worth, since a block is sealed every second.
fn recorded(recording: &Recording, gap: &Gap) -> u64 {
    let blocks = recording.capture().blocks().iter();
    blocks
        .filter(|block| block.first_ns <= gap.last_ns && block.last_ns >= gap.first_ns)
        .map(|block| u64::from(block.events))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_counts_in_at_most_one_counter() {
        for event in capture_format::EVENTS {
            let counted = COUNTERS.iter().filter(|(_, counts)| counts(event.event_type)).count();
            assert!(counted <= 1, "{}", event.name);
        }
    }
}
