//! Durations and sizes of the command line.

use std::time::Duration;

/// Units of a duration, in milliseconds.
const TIME_UNITS: &[(&str, u64)] = &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

/// Units of a size, in bytes.
const SIZE_UNITS: &[(&str, usize)] =
    &[("KiB", 1 << 10), ("K", 1 << 10), ("MiB", 1 << 20), ("M", 1 << 20), ("GiB", 1 << 30), ("G", 1 << 30)];

/// Reads a duration such as `500ms`, `20s`, `5m`, `1h`.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let problem =
        || format!("`{text}` is not a duration; write a whole number and one of ms, s, m, h: `20s`");
    let (number, unit) = split_number(text).ok_or_else(problem)?;
    let unit = TIME_UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(problem)?.1;
    match number.checked_mul(unit) {
        Some(0) => Err("a recording of no time records nothing".to_owned()),
        Some(ms) if ms <= 366 * 24 * 3_600_000 => Ok(Duration::from_millis(ms)),
        _ => Err(format!("`{text}` is longer than a year")),
    }
}

/// Reads a size such as `64KiB`, `8MiB`.
pub fn parse_size(text: &str) -> Result<usize, String> {
    let problem = || format!("`{text}` is not a size; write a whole number and one of KiB, MiB, GiB: `8MiB`");
    let (number, unit) = split_number(text).ok_or_else(problem)?;
    let unit = SIZE_UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(problem)?.1;
    let bytes =
        usize::try_from(number).ok().and_then(|number| number.checked_mul(unit)).ok_or_else(problem)?;
    if !(64 << 10..=1 << 30).contains(&bytes) {
        return Err(format!("`{text}` is outside of 64KiB to 1GiB"));
    }
    Ok(bytes)
}

fn split_number(text: &str) -> Option<(u64, &str)> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    Some((digits.parse().ok()?, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_duration("20s"), Ok(Duration::from_secs(20)));
        assert_eq!(parse_duration("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(parse_duration("1h"), Ok(Duration::from_secs(3600)));
        for wrong in ["", "20", "s", "-1s", "1.5s", "0s", "1d", "20 s", "99999999999999999999s", "9000000h"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_have_a_unit_and_bounds() {
        assert_eq!(parse_size("8MiB"), Ok(8 << 20));
        assert_eq!(parse_size("64K"), Ok(64 << 10));
        for wrong in ["", "8", "8MB", "0K", "2GiB", "18446744073709551615G"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }
}
