//! From two rings to one order of events.
//!
//! A ring is nearly in order, and two rings are drained one after the other. So a record waits
//! until nothing earlier can still come, 50 ms, and then goes out in the order of (time, cpu,
//! ring, place in the ring). A record that comes later than that keeps its time and gets a later
//! number.

use capture_format::EventType;
use capture_format::record::{HEAD_LEN, normalise, word};

/// How long a record waits for earlier ones, ns.
pub const WINDOW_NS: u64 = 50_000_000;
/// Most bytes taken from a ring in one poll: bounds the memory that records wait in.
pub const TAKE_MAX: usize = 4 << 20;

/// What one poll did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PollStats {
    /// Records handed over.
    pub records: u64,
    /// Bytes of these records.
    pub bytes: u64,
    /// Records still waiting for the window to pass.
    pub waiting: u64,
    /// Ring entries that were not records.
    pub malformed: u64,
    /// Whether a ring held more than one poll takes: poll again at once.
    pub more: bool,
}

/// Where a waiting record is, and what orders it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    time_ns: u64,
    cpu: u16,
    ring: u8,
    /// Place in the ring.
    place: u64,
    start: usize,
    len: usize,
    event: EventType,
}

/// Records on their way from the rings to the capture.
#[derive(Debug, Default)]
pub struct Merger {
    bytes: Vec<u8>,
    spare: Vec<u8>,
    waiting: Vec<Waiting>,
    places: u64,
    number: u64,
}

impl Merger {
    /// Takes in an entry of a ring and gives its time; `None` if it is not a record.
    pub fn push(&mut self, ring: u8, entry: &[u8]) -> Option<u64> {
        let head = entry.first_chunk::<HEAD_LEN>()?;
        let word = |index: usize| -> Option<u64> {
            Some(u64::from_le_bytes(*head.get(index * 8..)?.first_chunk()?))
        };
        let kind = word(word::TYPE_CPU_LEN)?;
        let event = EventType::from_number(kind as u16)?;
        if (kind >> 32) as usize != entry.len() {
            return None;
        }
        let time_ns = word(word::TIME)?;
        self.places += 1;
        self.waiting.push(Waiting {
            time_ns,
            cpu: (kind >> 16) as u16,
            ring,
            place: self.places,
            start: self.bytes.len(),
            len: entry.len(),
            event,
        });
        self.bytes.extend_from_slice(entry);
        Some(time_ns)
    }

    /// Hands over what happened at or before `until_ns`, ordered, numbered and normalised; what is
    /// not `wanted` gets no number.
    pub fn release(
        &mut self,
        until_ns: u64,
        stats: &mut PollStats,
        wanted: &dyn Fn(EventType) -> bool,
        on_record: &mut dyn FnMut(u64, &[u8]),
    ) {
        // Runs are in order already, which this sort makes use of.
        self.waiting.sort();
        let ready = self.waiting.partition_point(|record| record.time_ns <= until_ns);
        for record in &self.waiting[..ready] {
            let Some(bytes) = self.bytes.get_mut(record.start..record.start + record.len) else { continue };
            if !wanted(record.event) {
                continue;
            }
            normalise(bytes);
            self.number += 1;
            stats.records += 1;
            stats.bytes += bytes.len() as u64;
            on_record(self.number, bytes);
        }
        self.waiting.drain(..ready);
        self.spare.clear();
        for record in &mut self.waiting {
            let start = self.spare.len();
            self.spare.extend_from_slice(&self.bytes[record.start..record.start + record.len]);
            record.start = start;
        }
        std::mem::swap(&mut self.bytes, &mut self.spare);
        stats.waiting = self.waiting.len() as u64;
    }

    /// Number of the last record handed over.
    pub fn last_number(&self) -> u64 {
        self.number
    }
}

/// Now on the clock of events, ns since the machine was started.
pub fn boot_ns() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    #[allow(unsafe_code)] // reason: std has no boot clock
    // SAFETY: writes one timespec to the place it is given.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut now) };
    if failed != 0 { 0 } else { now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use capture_format::record::{Builder, Slot};
    use capture_format::schema::raw;
    use capture_format::{Bytes, Head, Record, Row};

    fn record(time_ns: u64, cpu: u16, pid: u32) -> Vec<u8> {
        let mut out = Builder::new(EventType::Chdir);
        let cwd = out.bytes(Bytes::whole(b"c\0b\0"));
        let present = raw::Chdir { res: Slot::absent(), path: Slot::absent(), cwd }.encode(&mut out);
        let head = Head {
            time_ns,
            pid,
            tid: pid,
            start_ns: 1,
            event_type: EventType::Chdir,
            cpu,
            uid: 0,
            euid: 0,
            egid: 0,
            loginuid: 0,
            cgroup: 0,
            session: 0,
            flags: 0,
            cap_effective: 0,
            cap_permitted: 0,
        };
        out.finish(&head, present)
    }

    fn pids(merger: &mut Merger, until: u64) -> Vec<(u64, u32)> {
        let mut seen = Vec::new();
        merger.release(until, &mut PollStats::default(), &|_| true, &mut |number, bytes| {
            let (record, rest) = Record::split_first(bytes).unwrap();
            assert!(rest.is_empty());
            assert_eq!(record.bytes(2).unwrap().data, b"/b/c");
            seen.push((number, record.head().pid));
        });
        seen
    }

    #[test]
    fn two_rings_become_one_order_and_late_records_get_later_numbers() {
        let mut merger = Merger::default();
        for (ring, time, cpu, pid) in
            [(1, 30, 0, 3), (1, 10, 1, 2), (0, 10, 0, 1), (0, 90, 0, 9), (1, 30, 0, 4)]
        {
            assert_eq!(merger.push(ring, &record(time, cpu, pid)), Some(time));
        }
        assert_eq!(pids(&mut merger, 50), [(1, 1), (2, 2), (3, 3), (4, 4)]);
        merger.push(0, &record(20, 0, 5));
        assert_eq!(pids(&mut merger, 50), [(5, 5)]);
        assert_eq!(pids(&mut merger, u64::MAX), [(6, 9)]);
    }

    #[test]
    fn what_is_not_a_record_is_refused() {
        let mut merger = Merger::default();
        let good = record(1, 0, 1);
        assert_eq!(merger.push(0, &good[..good.len() - 8]), None);
        assert_eq!(merger.push(0, &[]), None);
        let mut unknown = good.clone();
        unknown[word::TYPE_CPU_LEN * 8] = 0xff;
        assert_eq!(merger.push(0, &unknown), None);
        assert_eq!(pids(&mut merger, u64::MAX), []);
    }
}
