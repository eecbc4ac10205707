//! Wall clock times as text.

/// A time of day and date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
    pub(crate) nanosecond: u32,
}

const SECOND: i64 = 1_000_000_000;

/// The date and time of `wall_ns` (ns since 1970 UTC), `offset_s` seconds east of UTC.
pub(crate) fn civil(wall_ns: i64, offset_s: i32) -> Civil {
    let seconds = wall_ns.div_euclid(SECOND) + i64::from(offset_s);
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days since 0000-03-01: years then end with February, and leap days come last. 400 years
    // are 146097 days.
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    Civil {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month: month as u8,
        day: day as u8,
        hour: (of_day / 3600) as u8,
        minute: (of_day / 60 % 60) as u8,
        second: (of_day % 60) as u8,
        nanosecond: wall_ns.rem_euclid(SECOND) as u32,
    }
}

impl Civil {
    /// `2026-01-31`.
    pub(crate) fn date(&self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// `23:59:58`.
    pub(crate) fn time(&self) -> String {
        format!("{:02}:{:02}:{:02}", self.hour, self.minute, self.second)
    }

    /// `23:59:58.000000001`.
    pub(crate) fn time_ns(&self) -> String {
        format!("{}.{:09}", self.time(), self.nanosecond)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_reads_as_the_calendar_has_it() {
        let cases = [
            (0, 0, "1970-01-01 00:00:00.000000000"),
            (1_555_010_985_414_070_798, 0, "2019-04-11 19:29:45.414070798"),
            (951_782_400 * SECOND, 0, "2000-02-29 00:00:00.000000000"),
            (951_782_400 * SECOND - 1, 3600, "2000-02-29 00:59:59.999999999"),
            (-1, 0, "1969-12-31 23:59:59.999999999"),
            (1_767_225_599 * SECOND, -3600, "2025-12-31 22:59:59.000000000"),
        ];
        for (wall, offset, want) in cases {
            let civil = civil(wall, offset);
            assert_eq!(format!("{} {}", civil.date(), civil.time_ns()), want);
        }
    }
}
