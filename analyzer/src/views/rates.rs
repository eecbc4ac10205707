//! Rules that ask for several events: which of them completes the number.

use std::collections::{BTreeMap, VecDeque};

use super::alerts::{Alert, Candidate, Counted};

/// Bytes of what is remembered about events, over all rules. A hostile capture may make every event
/// one of a group of its own.
const REMEMBERED_MAX: usize = 64 << 20;
/// What an event or a group costs besides its texts, about.
const OVERHEAD: usize = 64;

/// A rule and what its events have in common.
type Group<'r> = (&'r str, Vec<Option<String>>);

/// An event that counts.
#[derive(Clone, Debug)]
struct Seen {
    number: u64,
    wall_ns: i64,
    value: Option<String>,
}

impl Seen {
    fn cost(&self) -> usize {
        OVERHEAD + self.value.as_ref().map_or(0, String::len)
    }
}

/// Events of one group.
#[derive(Clone, Debug)]
struct Run {
    seen: VecDeque<Seen>,
    /// Up to then the last alert has said what there is to say.
    quiet_until_ns: i64,
    /// Nothing of this group matters after that.
    ends_ns: i64,
}

/// Counts the events of a capture, in their order.
#[derive(Clone, Debug, Default)]
pub struct Rates<'r> {
    runs: BTreeMap<Group<'r>, Run>,
    remembered: usize,
    forgotten: u64,
}

fn cost_of(group: &Group<'_>) -> usize {
    group.1.iter().flatten().fold(OVERHEAD, |sum, text| sum + text.len() + OVERHEAD)
}

impl<'r> Rates<'r> {
    /// The alerts among the candidates of the next block.
    pub fn settle(&mut self, part: Vec<Candidate<'r>>) -> Vec<Alert<'r>> {
        part.into_iter()
            .filter_map(|Candidate { alert, counted }| match counted {
                None => Some(alert),
                Some(counted) => self.count(alert, counted),
            })
            .collect()
    }

    /// Groups of events that were given up because too much was to be remembered. Rules that count
    /// may have missed something then.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    fn count(&mut self, mut alert: Alert<'r>, counted: Counted<'r>) -> Option<Alert<'r>> {
        let Counted { rate, key, value } = counted;
        let within_ns = i64::try_from(rate.within_ns).unwrap_or(i64::MAX);
        let now = Seen { number: alert.number, wall_ns: alert.wall_ns, value };
        let group = (alert.rule, key);
        if !self.runs.contains_key(&group) {
            self.remembered += cost_of(&group);
        }
        let run = self.runs.entry(group).or_insert_with(|| Run {
            seen: VecDeque::new(),
            quiet_until_ns: i64::MIN,
            ends_ns: i64::MIN,
        });
        if now.wall_ns < run.quiet_until_ns {
            return None;
        }
        let oldest = now.wall_ns.saturating_sub(within_ns);
        let mut freed = 0;
        run.seen.retain(|seen| {
            let stays = seen.wall_ns >= oldest && (now.value.is_none() || seen.value != now.value);
            freed += if stays { 0 } else { seen.cost() };
            stays
        });
        self.remembered = (self.remembered + now.cost()).saturating_sub(freed);
        run.ends_ns = now.wall_ns.saturating_add(within_ns);
        let (last, number) = (now.wall_ns, now.number);
        run.seen.push_back(now);
        if run.seen.len() < rate.count as usize {
            self.forget(last);
            return None;
        }
        let first = run.seen.front().map_or((number, last), |seen| (seen.number, seen.wall_ns));
        self.remembered = self.remembered.saturating_sub(run.seen.iter().map(Seen::cost).sum());
        run.seen.clear();
        run.quiet_until_ns = run.ends_ns;
        let took_ns = last.saturating_sub(first.1);
        alert.message += &format!(
            " rate_count={} rate_time={}.{:03}s rate_first_event={}",
            rate.count,
            took_ns / 1_000_000_000,
            took_ns / 1_000_000 % 1000,
            first.0
        );
        alert.fields.push(("rate.count".to_owned(), rate.count.into()));
        alert.fields.push(("rate.first_event".to_owned(), first.0.into()));
        alert.fields.push(("rate.time".to_owned(), took_ns.into()));
        Some(alert)
    }

    /// Keeps what is remembered within bounds: what is over goes first, then what is nearest to it.
    fn forget(&mut self, now_ns: i64) {
        if self.remembered <= REMEMBERED_MAX {
            return;
        }
        self.runs.retain(|_, run| run.ends_ns >= now_ns);
        let cost =
            |group: &Group<'_>, run: &Run| cost_of(group) + run.seen.iter().map(Seen::cost).sum::<usize>();
        self.remembered = self.runs.iter().map(|(group, run)| cost(group, run)).sum();
        if self.remembered <= REMEMBERED_MAX / 2 {
            return;
        }
        let mut ends: Vec<(i64, Group<'r>)> =
            self.runs.iter().map(|(group, run)| (run.ends_ns, group.clone())).collect();
        ends.sort_unstable();
        for (_, group) in ends {
            if self.remembered <= REMEMBERED_MAX / 2 {
                break;
            }
            if let Some(run) = self.runs.remove(&group) {
                self.remembered = self.remembered.saturating_sub(cost(&group, &run));
                self.forgotten += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{LoadOptions, Priority, Rate, RuleSet, Source};

    const NONE: [u64; 0] = [];

    fn rate(text: &str) -> Rate {
        let text = format!(
            "[{{rule: R, desc: d, condition: evt.type=connect, output: o, priority: notice, rate: {text}}}]"
        );
        let report = RuleSet::load(&[Source { name: "r".into(), text }], &LoadOptions::default());
        assert!(report.errors.is_empty() && report.warnings.is_empty(), "{report:?}");
        report.rules.unwrap().rules()[0].rate.clone().unwrap()
    }

    /// Numbers of the events, of `(seconds, key, value)` each, that raise an alert.
    fn raised(rate: &Rate, events: &[(i64, &str, &str)]) -> Vec<u64> {
        let mut rates = Rates::default();
        let candidates: Vec<_> = events
            .iter()
            .zip(1..)
            .map(|((second, key, value), number)| Candidate {
                alert: Alert {
                    number,
                    wall_ns: second * 1_000_000_000,
                    priority: Priority::Notice,
                    rule: "R",
                    source: "syscall",
                    tags: &[],
                    message: String::new(),
                    fields: Vec::new(),
                    scene: None,
                },
                counted: Some(Counted {
                    rate,
                    key: vec![Some((*key).to_owned())],
                    value: rate.distinct().map(|_| (*value).to_owned()),
                }),
            })
            .collect();
        // In two parts, as blocks come.
        let (first, second) = candidates.split_at(events.len() / 2);
        let mut out = rates.settle(first.to_vec());
        out.extend(rates.settle(second.to_vec()));
        assert_eq!(rates.forgotten(), 0);
        out.iter().map(|alert| alert.number).collect()
    }

    #[test]
    fn the_event_that_completes_the_number_raises_the_alert() {
        let rate = rate("{count: 3, within: 10s, by: proc.name}");
        assert_eq!(raised(&rate, &[(1, "a", ""), (2, "a", ""), (11, "a", "")]), [3]);
        assert_eq!(raised(&rate, &[(1, "a", ""), (2, "a", ""), (12, "a", "")]), NONE, "too slow");
        assert_eq!(raised(&rate, &[(1, "a", ""), (2, "b", ""), (3, "a", ""), (4, "b", "")]), NONE);
        let split = [(1, "a", ""), (1, "b", ""), (2, "b", ""), (3, "b", ""), (3, "a", ""), (4, "a", "")];
        assert_eq!(raised(&rate, &split), [4, 6]);
    }

    #[test]
    fn an_alert_speaks_for_what_follows_within_the_same_time() {
        let rate = rate("{count: 2, within: 10s}");
        let steady: Vec<_> = (0..25).map(|second| (second, "a", "")).collect();
        assert_eq!(raised(&rate, &steady), [2, 13, 24]);
    }

    #[test]
    fn different_values_count_once_each() {
        let rate = rate("{count: 3, within: 10s, distinct: fd.sport}");
        assert_eq!(raised(&rate, &[(1, "a", "1"), (2, "a", "2"), (3, "a", "1"), (4, "a", "2")]), NONE);
        assert_eq!(raised(&rate, &[(1, "a", "1"), (2, "a", "2"), (3, "a", "1"), (4, "a", "3")]), [4]);
        // A value that came again is as young as its last time.
        assert_eq!(raised(&rate, &[(1, "a", "1"), (2, "a", "2"), (11, "a", "1"), (12, "a", "3")]), [4]);
        assert_eq!(raised(&rate, &[(1, "a", "1"), (2, "a", "2"), (12, "a", "3"), (13, "a", "4")]), NONE);
    }

    #[test]
    fn memory_is_bounded_whatever_a_capture_holds() {
        let rate = rate("{count: 3, within: 24h, by: proc.name}");
        let mut rates = Rates::default();
        let alert = Alert {
            number: 1,
            wall_ns: 0,
            priority: Priority::Notice,
            rule: "R",
            source: "syscall",
            tags: &[],
            message: String::new(),
            fields: Vec::new(),
            scene: None,
        };
        for number in 1..20_000 {
            let counted = Counted { rate: &rate, key: vec![Some(format!("{number:4000}"))], value: None };
            let alert = Alert { number, wall_ns: number as i64, ..alert.clone() };
            assert!(rates.settle(vec![Candidate { alert, counted: Some(counted) }]).is_empty());
            assert!(rates.remembered <= REMEMBERED_MAX);
        }
        assert!(rates.forgotten() > 0);
    }
}
