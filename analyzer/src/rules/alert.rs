//! Alerts as Falco writes them: a line of text, or a line of JSON.

use std::fmt::Write;

use serde_json::{Map, Value as Json};

use super::priority::Priority;

/// Everything an alert line is made of.
#[derive(Clone, Debug)]
pub struct AlertLine<'a> {
    /// Nanoseconds since 1970, UTC.
    pub time_ns: i64,
    /// Name of the host.
    pub host: &'a str,
    /// The rule.
    pub rule: &'a str,
    /// Its priority.
    pub priority: Priority,
    /// Where events come from: `syscall`, or `internal`.
    pub source: &'a str,
    /// Its tags, sorted.
    pub tags: &'a [String],
    /// The message.
    pub message: &'a str,
    /// Fields of the output.
    pub fields: &'a [(String, Json)],
}

/// How times and lines are written.
#[derive(Clone, Copy, Debug)]
pub struct AlertStyle {
    /// Times in text are UTC in ISO 8601 instead of the time of day.
    pub iso_time: bool,
    /// Seconds that the time of day is ahead of UTC.
    pub utc_offset_s: i32,
    /// Whether JSON has `message`.
    pub with_message: bool,
    /// Whether JSON has `output`.
    pub with_output: bool,
    /// Whether JSON has `output_fields`.
    pub with_fields: bool,
    /// Whether JSON has `tags`.
    pub with_tags: bool,
}

impl Default for AlertStyle {
    /// As Falco does without configuration, in UTC.
    fn default() -> Self {
        Self {
            iso_time: false,
            utc_offset_s: 0,
            with_message: false,
            with_output: true,
            with_fields: true,
            with_tags: true,
        }
    }
}

impl AlertLine<'_> {
    /// `time: Priority message`, before escaping.
    pub fn output(&self, style: &AlertStyle) -> String {
        let time = if style.iso_time {
            format!("{}+0000", iso_date_time(self.time_ns))
        } else {
            time_of_day(self.time_ns, style.utc_offset_s)
        };
        format!("{time}: {} {}", self.priority, self.message)
    }

    /// The line of text, without line end, escaped as a JSON string is.
    pub fn text(&self, style: &AlertStyle) -> String {
        escape(&self.output(style))
    }

    /// The line of JSON, without line end. Keys stand in alphabetical order.
    pub fn json(&self, style: &AlertStyle) -> String {
        let mut object = Map::new();
        object.insert("hostname".to_owned(), Json::from(self.host));
        if style.with_message {
            object.insert("message".to_owned(), Json::from(self.message));
        }
        if style.with_output {
            object.insert("output".to_owned(), Json::from(self.output(style)));
        }
        if style.with_fields {
            let mut fields: Vec<_> = self.fields.to_vec();
            // Falco's line begins with this field, so its value is among those of the output.
            let time = if style.iso_time { "evt.time.iso8601" } else { "evt.time" };
            if !fields.iter().any(|(name, _)| name == time) {
                fields.push((time.to_owned(), Json::from(self.time_ns)));
            }
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            object.insert("output_fields".to_owned(), Json::Object(fields.into_iter().collect()));
        }
        object.insert("priority".to_owned(), Json::from(self.priority.name()));
        object.insert("rule".to_owned(), Json::from(self.rule));
        object.insert("source".to_owned(), Json::from(self.source));
        if style.with_tags {
            object.insert("tags".to_owned(), Json::from(self.tags));
        }
        object.insert("time".to_owned(), Json::from(format!("{}Z", iso_date_time(self.time_ns))));
        Json::Object(object).to_string()
    }
}

/// A text as the inside of a JSON string.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// `HH:MM:SS.nnnnnnnnn`, `utc_offset_s` ahead of UTC.
pub fn time_of_day(time_ns: i64, utc_offset_s: i32) -> String {
    let (seconds, ns) = (time_ns.div_euclid(1_000_000_000), time_ns.rem_euclid(1_000_000_000));
    let of_day = (seconds + i64::from(utc_offset_s)).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}.{ns:09}", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// `YYYY-MM-DDTHH:MM:SS.nnnnnnnnn`, UTC.
pub fn iso_date_time(time_ns: i64) -> String {
    let days = time_ns.div_euclid(86_400_000_000_000);
    let (year, month, day) = date(days);
    format!("{year:04}-{month:02}-{day:02}T{}", time_of_day(time_ns, 0))
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar.
fn date(days: i64) -> (i64, i64, i64) {
    // Years are taken from March, so that the leap day is the last one; eras have 400 years.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line<'a>(fields: &'a [(String, Json)], tags: &'a [String]) -> AlertLine<'a> {
        AlertLine {
            time_ns: 1_709_210_096_000_000_789,
            host: "node1",
            rule: "R",
            priority: Priority::Warning,
            source: "syscall",
            tags,
            message: "a \"b\"\n\u{1}",
            fields,
        }
    }

    #[test]
    fn text_is_falcos_line() {
        let style = AlertStyle::default();
        assert_eq!(line(&[], &[]).text(&style), r#"12:34:56.000000789: Warning a \"b\"\n\u0001"#);
        let iso = AlertStyle { iso_time: true, ..style };
        assert!(line(&[], &[]).text(&iso).starts_with("2024-02-29T12:34:56.000000789+0000: Warning"));
    }

    #[test]
    fn json_is_falcos_object() {
        let fields = [("proc.name".to_owned(), Json::from("x")), ("evt.time".to_owned(), Json::from(7))];
        let tags = ["a".to_owned()];
        assert_eq!(
            line(&fields, &tags).json(&AlertStyle::default()),
            r#"{"hostname":"node1","output":"12:34:56.000000789: Warning a \"b\"\n\u0001","output_fields":{"evt.time":7,"proc.name":"x"},"priority":"Warning","rule":"R","source":"syscall","tags":["a"],"time":"2024-02-29T12:34:56.000000789Z"}"#
        );
    }

    #[test]
    fn the_time_of_the_line_is_a_field_by_the_name_of_its_form() {
        let time = |style: &AlertStyle| {
            let json: Json = serde_json::from_str(&line(&[], &[]).json(style)).unwrap();
            json["output_fields"].clone()
        };
        let ns = line(&[], &[]).time_ns;
        let style = AlertStyle::default();
        assert_eq!(time(&style), serde_json::json!({ "evt.time": ns }));
        let iso = AlertStyle { iso_time: true, ..style };
        assert_eq!(time(&iso), serde_json::json!({ "evt.time.iso8601": ns }));
    }

    #[test]
    fn dates_are_gregorian() {
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(-1), (1969, 12, 31));
        assert_eq!(date(11_016), (2000, 2, 29));
        assert_eq!(date(20_513), (2026, 3, 1));
        assert_eq!(time_of_day(0, 3600), "01:00:00.000000000");
    }
}
