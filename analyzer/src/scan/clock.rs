//! Times as people read them: zones and the forms a time is written in.

use std::str::FromStr;

use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

/// The zone that times are shown in, as `--tz` names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Zone {
    /// UTC.
    #[default]
    Utc,
    /// What the recorded host used when the recording began.
    Capture,
    /// A zone of its own: this machine's, a named one, a fixed offset.
    Fixed(TimeZone),
}

impl Zone {
    /// The zone in effect for a capture whose host was `offset_s` seconds ahead of UTC.
    pub fn of(&self, offset_s: i32) -> TimeZone {
        match self {
            Self::Utc => TimeZone::UTC,
            Self::Capture => Offset::from_seconds(offset_s).map_or(TimeZone::UTC, TimeZone::fixed),
            Self::Fixed(zone) => zone.clone(),
        }
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "utc" | "UTC" | "Z" => return Ok(Self::Utc),
            "capture" => return Ok(Self::Capture),
            "local" => return Ok(Self::Fixed(TimeZone::system())),
            _ => {}
        }
        if let Some(offset) = offset(text) {
            return Ok(Self::Fixed(TimeZone::fixed(offset)));
        }
        TimeZone::get(text).map(Self::Fixed).map_err(|_| {
            format!("`{text}` is no zone: use utc, capture, local, an offset like +02:00, or a name like Europe/Berlin")
        })
    }
}

/// `+02:00`, `-0530`, `+2`.
fn offset(text: &str) -> Option<Offset> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let (hours, minutes) = (hours.parse::<u8>().ok()?, minutes.parse::<u8>().ok()?);
    if hours > 25 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60)).ok()
}

/// A wall-clock time in a zone.
pub fn zoned(wall_ns: i64, zone: &TimeZone) -> Zoned {
    // Every `i64` of nanoseconds lies within the years jiff knows, so the fallback is never taken.
    Timestamp::from_nanosecond(i128::from(wall_ns)).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone.clone())
}

/// `17:46:28.512345678`: as Falco's text lines begin.
pub fn time_of_day(wall_ns: i64, zone: &TimeZone) -> String {
    zoned(wall_ns, zone).strftime("%H:%M:%S.%9f").to_string()
}

/// `17:46:28.512`: for tables.
pub fn short(wall_ns: i64, zone: &TimeZone) -> String {
    zoned(wall_ns, zone).strftime("%H:%M:%S.%3f").to_string()
}

/// `2026-11-22 17:46:28.512 +00:00`: with date and offset.
pub fn full(wall_ns: i64, zone: &TimeZone) -> String {
    zoned(wall_ns, zone).strftime("%Y-%m-%d %H:%M:%S.%3f %:z").to_string()
}

/// `2026-11-22T17:46:28.512345678Z`: UTC, as Falco's JSON lines have it.
pub fn iso_utc(wall_ns: i64) -> String {
    zoned(wall_ns, &TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S.%9fZ").to_string()
}

/// `1 h 02 min`, `3 min 07 s`, `4.512 s`: a length of time.
pub fn duration(ns: u64) -> String {
    let seconds = ns / 1_000_000_000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match (hours, minutes) {
        (0, 0) => format!("{}.{:03} s", seconds, ns / 1_000_000 % 1000),
        (0, minutes) => format!("{minutes} min {:02} s", seconds % 60),
        (hours, minutes) => format!("{hours} h {minutes:02} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_763_812_800_123_456_789;

    #[test]
    fn a_time_has_the_forms_falco_writes() {
        assert_eq!(iso_utc(NOON), "2025-11-22T12:00:00.123456789Z");
        assert_eq!(time_of_day(NOON, &TimeZone::UTC), "12:00:00.123456789");
        assert_eq!(iso_utc(-1), "1969-12-31T23:59:59.999999999Z");
    }

    #[test]
    fn zones_are_offsets_names_or_the_captures() {
        let shown = |text: &str| short(NOON, &text.parse::<Zone>().unwrap().of(3600));
        assert_eq!(shown("utc"), "12:00:00.123");
        assert_eq!(shown("capture"), "13:00:00.123");
        assert_eq!(shown("-05:30"), "06:30:00.123");
        assert_eq!(shown("+2"), "14:00:00.123");
        assert_eq!(full(NOON, &"+0200".parse::<Zone>().unwrap().of(0)), "2025-11-22 14:00:00.123 +02:00");
        assert!("Nowhere/Land".parse::<Zone>().is_err());
        assert!("+99".parse::<Zone>().is_err());
    }

    #[test]
    fn lengths_are_rounded_to_what_matters() {
        assert_eq!(duration(4_512_000_000), "4.512 s");
        assert_eq!(duration(187_000_000_000), "3 min 07 s");
        assert_eq!(duration(3_725_000_000_000), "1 h 02 min");
    }
}
