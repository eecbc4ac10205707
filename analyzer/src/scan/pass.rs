//! A pass over a capture: a view observes every wanted event, block by block in parallel.

use std::ops::RangeInclusive;

use capture_format::EventType;
use capture_format::damage::Damage;
use rayon::ThreadPool;

use super::ordered::ordered;
use crate::fields::Moment;
use crate::history::Recording;

/// What is asked of a capture.
pub trait View: Sync {
    /// What one block contributes.
    type Part: Default + Send;

    /// Whether events of this type matter.
    fn wants(&self, event_type: EventType) -> bool;

    /// Takes an event in.
    fn observe(&self, part: &mut Self::Part, now: &Moment<'_>);
}

/// What came of one block.
#[derive(Debug, Default)]
pub struct Scanned<P> {
    /// What the view made of it.
    pub part: P,
    /// Events the view observed.
    pub events: u64,
    /// What could not be read.
    pub damage: Vec<Damage>,
}

/// Threads, and how far they may run ahead of whoever takes the results.
pub struct Workers {
    pool: ThreadPool,
    in_flight: usize,
}

impl Workers {
    /// `threads` of them; `None`: one a processor.
    pub fn new(threads: Option<u16>) -> Result<Self, rayon::ThreadPoolBuildError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.map_or(0, usize::from)).build()?;
        // One result in the making and one waiting to be taken, for each thread.
        let in_flight = pool.current_num_threads() * 2;
        Ok(Self { pool, in_flight })
    }

    /// Runs `work` for `0..count`; `emit` gets the results in order. See [`ordered`].
    pub fn ordered<T: Send, E>(
        &self,
        count: usize,
        work: impl Fn(usize) -> T + Sync,
        emit: impl FnMut(usize, T) -> Result<(), E>,
    ) -> Result<(), E> {
        ordered(&self.pool, count, self.in_flight, work, emit)
    }

    /// Shows `view` the events of `recording` within `range` (wall clock, ns) and hands on what
    /// each block contributed, in block order.
    pub fn scan<V: View, E>(
        &self,
        recording: &Recording,
        range: &RangeInclusive<i64>,
        view: &V,
        mut emit: impl FnMut(usize, Scanned<V::Part>) -> Result<(), E>,
    ) -> Result<(), E> {
        let blocks = recording.capture().blocks();
        let within: Vec<usize> = (0..blocks.len())
            .filter(|index| {
                blocks.get(*index).is_some_and(|block| {
                    recording.wall_ns(block.first_ns) <= *range.end()
                        && recording.wall_ns(block.last_ns) >= *range.start()
                        && block.lanes.iter().any(|lane| lane.event_type.is_some_and(|kind| view.wants(kind)))
                })
            })
            .collect();
        let work = |position: usize| within.get(position).map(|index| block(recording, *index, range, view));
        self.ordered(within.len(), work, |position, scanned| match (within.get(position), scanned) {
            (Some(index), Some(scanned)) => emit(*index, scanned),
            _ => Ok(()),
        })
    }
}

fn block<V: View>(
    recording: &Recording,
    index: usize,
    range: &RangeInclusive<i64>,
    view: &V,
) -> Scanned<V::Part> {
    let mut scanned = Scanned { part: V::Part::default(), events: 0, damage: Vec::new() };
    let block = match recording.capture().block(index, &|kind| view.wants(kind)) {
        Ok(block) => block,
        Err(damage) => {
            scanned.damage.push(damage);
            return scanned;
        }
    };
    scanned.damage.extend_from_slice(block.damage());
    for row in block.rows() {
        if range.contains(&recording.wall_ns(row.time_ns())) {
            view.observe(&mut scanned.part, &Moment::new(recording, row));
            scanned.events += 1;
        }
    }
    scanned
}
