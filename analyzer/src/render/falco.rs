//! Alerts as Falco writes them: text lines and JSON lines, byte for byte.

use serde_json::{Map, Value};

use crate::rules::alert::{escape, iso_date_time, time_of_day};
use crate::rules::{AlertLine, AlertStyle};
use crate::views::alerts::{Alert, INTERNAL};

/// A text line, without its end.
pub fn text(alert: &Alert<'_>, style: &AlertStyle) -> String {
    if alert.source != INTERNAL {
        return line(alert, "").text(style);
    }
    // Falco shows the fields of internal alerts, each as JSON.
    let fields: Vec<String> = alert.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let time = if style.iso_time {
        format!("{}+0000", iso_date_time(alert.wall_ns))
    } else {
        time_of_day(alert.wall_ns, style.utc_offset_s)
    };
    format!("{time}: {} {} ({})", alert.priority, escape(&alert.message), fields.join(" "))
}

/// A JSON line, without its end. `host` is the recorded one.
pub fn json(alert: &Alert<'_>, host: &str, style: &AlertStyle) -> String {
    if alert.source != INTERNAL {
        return line(alert, host).json(style);
    }
    // Internal alerts have no tags, no time in `output`, and all the rest whatever the style says.
    let object: Map<String, Value> = [
        ("hostname", host.into()),
        ("output", alert.message.as_str().into()),
        ("output_fields", Value::Object(alert.fields.iter().cloned().collect())),
        ("priority", alert.priority.name().into()),
        ("rule", alert.rule.into()),
        ("source", alert.source.into()),
        ("time", format!("{}Z", iso_date_time(alert.wall_ns)).into()),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect();
    Value::Object(object).to_string()
}

fn line<'a>(alert: &'a Alert<'_>, host: &'a str) -> AlertLine<'a> {
    AlertLine {
        time_ns: alert.wall_ns,
        host,
        rule: alert.rule,
        priority: alert.priority,
        source: alert.source,
        tags: alert.tags,
        message: &alert.message,
        fields: &alert.fields,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Priority;

    fn alert<'a>(source: &'a str, tags: &'a [String]) -> Alert<'a> {
        let fields = [("proc.name", "ba\"sh".into()), ("evt.time", 1_763_812_800_000_000_001i64.into())];
        Alert {
            number: 7,
            wall_ns: 1_763_812_800_000_000_001,
            priority: Priority::Informational,
            rule: "A rule",
            source,
            tags,
            message: "it ran ba\"sh\n\u{1b}[31m".into(),
            fields: fields.into_iter().map(|(name, value): (&str, Value)| (name.to_owned(), value)).collect(),
            scene: None,
        }
    }

    #[test]
    fn lines_have_falcos_form() {
        let tags = ["container".to_owned()];
        assert_eq!(
            text(&alert("syscall", &tags), &AlertStyle::default()),
            r#"12:00:00.000000001: Informational it ran ba\"sh\n\u001b[31m"#
        );
        assert_eq!(
            json(&alert("syscall", &tags), "node1", &AlertStyle::default()),
            concat!(
                r#"{"hostname":"node1","output":"12:00:00.000000001: Informational it ran ba\"sh\n\u001b[31m","#,
                r#""output_fields":{"evt.time":1763812800000000001,"proc.name":"ba\"sh"},"#,
                r#""priority":"Informational","rule":"A rule","source":"syscall","tags":["container"],"#,
                r#""time":"2025-11-22T12:00:00.000000001Z"}"#
            )
        );
    }

    #[test]
    fn internal_alerts_have_no_tags_and_show_their_fields() {
        let mut drop = alert(INTERNAL, &[]);
        drop.message = "dropped".into();
        drop.fields = vec![("n_drops".to_owned(), "5".into()), ("n_evts".to_owned(), "9".into())];
        assert_eq!(
            text(&drop, &AlertStyle::default()),
            "12:00:00.000000001: Informational dropped (n_drops=\"5\" n_evts=\"9\")"
        );
        assert_eq!(
            json(&drop, "n", &AlertStyle::default()),
            concat!(
                r#"{"hostname":"n","output":"dropped","output_fields":{"n_drops":"5","n_evts":"9"},"#,
                r#""priority":"Informational","rule":"A rule","source":"internal","#,
                r#""time":"2025-11-22T12:00:00.000000001Z"}"#
            )
        );
    }
}
