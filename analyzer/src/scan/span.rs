//! The stretch of time a question is about: `--from` and `--to`.

use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::clock;

/// A point in time as the command line gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// An instant, ns since 1970.
    Instant(i64),
    /// A date and time in the zone times are shown in.
    Civil(DateTime),
    /// A time on the capture's day.
    OfDay(Time),
    /// After the capture's first event, ns.
    AfterStart(u64),
}

impl FromStr for Point {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no time: use 2026-01-31T14:05:00Z, 2026-01-31 14:05, 14:05[:30], or +90s (after the capture's start)"
            )
        };
        if let Some(length) = text.strip_prefix('+') {
            return length_ns(length).map(Self::AfterStart).ok_or_else(wrong);
        }
        if let Ok(instant) = text.parse::<Timestamp>() {
            return i64::try_from(instant.as_nanosecond()).map(Self::Instant).map_err(|_| wrong());
        }
        // A bare time must be tried first: a date and time needs the date.
        if text.len() >= 4 && text.as_bytes().get(1..3).is_some_and(|bytes| bytes.contains(&b':')) {
            return text.parse::<Time>().map(Self::OfDay).map_err(|_| wrong());
        }
        text.parse::<DateTime>().map(Self::Civil).map_err(|_| wrong())
    }
}

/// `90s`, `1m30s`, `250ms`, `2h`: a length of time in ns.
pub fn length_ns(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut total = 0u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let unit_len = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(unit_len)?;
        let unit_ns: u64 = match unit {
            "ns" => 1,
            "us" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" | "min" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(unit_ns)?)?;
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}

/// What a capture covers, wall clock.
#[derive(Clone, Debug)]
pub struct Covered {
    /// First event, ns since 1970.
    pub first_ns: i64,
    /// Last event, ns since 1970.
    pub last_ns: i64,
    /// Zone that times are shown in.
    pub zone: TimeZone,
}

impl Point {
    /// The instant this means for a capture, ns since 1970.
    pub fn resolve(&self, covered: &Covered) -> i64 {
        let instant = |civil: DateTime| {
            civil
                .to_zoned(covered.zone.clone())
                .ok()
                .and_then(|zoned| i64::try_from(zoned.timestamp().as_nanosecond()).ok())
                .unwrap_or(covered.first_ns)
        };
        match *self {
            Self::Instant(ns) => ns,
            Self::Civil(civil) => instant(civil),
            Self::AfterStart(ns) => covered.first_ns.saturating_add_unsigned(ns),
            Self::OfDay(time) => {
                let today = clock::zoned(covered.first_ns, &covered.zone).date().to_datetime(time);
                let tomorrow = today.checked_add(1.day()).map(instant).ok();
                // A capture over midnight: a time before its start means the next day if the
                // capture reaches that far.
                match tomorrow {
                    Some(next) if instant(today) < covered.first_ns && next <= covered.last_ns => next,
                    _ => instant(today),
                }
            }
        }
    }
}

/// The stretch of wall-clock time between two optional points, both included.
pub fn range(from: Option<Point>, to: Option<Point>, covered: &Covered) -> RangeInclusive<i64> {
    from.map_or(i64::MIN, |point| point.resolve(covered))
        ..=to.map_or(i64::MAX, |point| point.resolve(covered))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(first: &str, last: &str) -> Covered {
        let ns = |text: &str| text.parse::<Timestamp>().unwrap().as_nanosecond() as i64;
        Covered { first_ns: ns(first), last_ns: ns(last), zone: TimeZone::UTC }
    }

    fn resolved(text: &str, covered: &Covered) -> String {
        clock::iso_utc(text.parse::<Point>().unwrap().resolve(covered))
    }

    #[test]
    fn a_point_is_an_instant_a_time_of_day_or_relative() {
        let day = covered("2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z");
        assert_eq!(resolved("2026-03-01T12:00:00+02:00", &day), "2026-03-01T10:00:00.000000000Z");
        assert_eq!(resolved("2026-03-01 10:30", &day), "2026-03-01T10:30:00.000000000Z");
        assert_eq!(resolved("10:30:15", &day), "2026-03-01T10:30:15.000000000Z");
        assert_eq!(resolved("09:00", &day), "2026-03-01T09:00:00.000000000Z");
        assert_eq!(resolved("+1m30s", &day), "2026-03-01T10:01:30.000000000Z");
        for wrong in ["", "tomorrow", "+", "+3", "+3x", "25:00"] {
            assert!(wrong.parse::<Point>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_time_after_midnight_is_the_next_day_of_a_capture_that_reaches_it() {
        let night = covered("2026-03-01T23:50:00Z", "2026-03-02T00:20:00Z");
        assert_eq!(resolved("00:10", &night), "2026-03-02T00:10:00.000000000Z");
        assert_eq!(resolved("00:30", &night), "2026-03-01T00:30:00.000000000Z");
    }
}
