//! Which events a recording takes.

use capture_format::{EVENTS, EventType};
use std::collections::BTreeSet;

/// Events without which no process, user or container would be known later; always recorded.
const ALWAYS: &[EventType] = &[
    EventType::Execve,
    EventType::Execveat,
    EventType::Clone,
    EventType::Clone3,
    EventType::Fork,
    EventType::Vfork,
    EventType::Procexit,
    EventType::Cgroup,
];

/// Events that no rule asks for and that are not in `detect`.
const NOT_IN_DETECT: &[EventType] = &[EventType::Tkill, EventType::Tgkill];

/// The events to record.
pub type Selection = BTreeSet<EventType>;

/// The events of `detect`: what the stable rules and an investigation read.
pub fn detect() -> Selection {
    all().into_iter().filter(|event| !NOT_IN_DETECT.contains(event)).collect()
}

/// Every event this version knows.
pub fn all() -> Selection {
    EVENTS.iter().map(|event| event.event_type).collect()
}

/// Events that change what is known of processes: small, and without them fields such as a
/// program's directory would be wrong.
fn state() -> impl Iterator<Item = EventType> {
    EVENTS
        .iter()
        .filter(|event| event.state && event.ring == capture_format::schema::Ring::Critical)
        .map(|e| e.event_type)
}

/// Reads `--events`: `detect`, `all` or names separated by commas; `+name` adds, `-name` removes.
pub fn parse(text: &str) -> Result<Selection, String> {
    let mut selection: Option<Selection> = None;
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (sign, name) = match part.split_at(part.len().min(1)) {
            ("+", name) => ('+', name),
            ("-", name) => ('-', name),
            _ => ('=', part),
        };
        let named: Selection = match name {
            "detect" => detect(),
            "all" => all(),
            name => [EventType::from_name(name).ok_or_else(|| unknown(name))?].into(),
        };
        match sign {
            '-' => {
                let selection = selection.get_or_insert_with(detect);
                for event in named {
                    if ALWAYS.contains(&event) {
                        return Err(format!(
                            "`{}` cannot be left out: processes and containers are known from it",
                            event.info().name
                        ));
                    }
                    selection.remove(&event);
                }
            }
            '+' => selection.get_or_insert_with(detect).extend(named),
            _ => {
                // Asked for by name alone: with what tells the processes apart.
                let selection = selection.get_or_insert_with(|| state().collect());
                selection.extend(named);
            }
        }
    }
    let mut selection = selection.ok_or("no event is named; `--list-events` lists them")?;
    selection.extend(ALWAYS);
    Ok(selection)
}

/// What a list of needs asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Needs {
    /// The events to record.
    pub events: Selection,
    /// Environment variables the rules look at, in JSON only.
    pub env: Vec<String>,
    /// Names in the list that this version does not record.
    pub unknown: Vec<String>,
}

/// Reads the output of `saker rules needs`: JSON (a list of names, or an object whose `events` is
/// one), or lines of names with `#` comments.
pub fn parse_needs(text: &str) -> Result<Needs, String> {
    let mut env = Vec::new();
    let names: Vec<String> = if text.trim_start().starts_with(['{', '[']) {
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|error| format!("it is not valid JSON: {error}"))?;
        let variables = value.get("env").and_then(serde_json::Value::as_array);
        env.extend(variables.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)));
        let list = value.get("events").unwrap_or(&value);
        let list = list.as_array().ok_or("its JSON has no list of events")?;
        list.iter()
            .filter_map(|entry| entry.as_str().or_else(|| entry.get("name")?.as_str()))
            .map(str::to_owned)
            .collect()
    } else {
        text.lines()
            .map(|line| line.split('#').next().unwrap_or(""))
            .flat_map(|line| line.split([',', ' ', '\t']))
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    };
    if names.is_empty() {
        return Err("it names no event".to_owned());
    }
    let mut events: Selection = state().chain(ALWAYS.iter().copied()).collect();
    let mut unknown = Vec::new();
    for name in names {
        match EventType::from_name(&name) {
            Some(event) => {
                events.insert(event);
            }
            None => unknown.push(name),
        }
    }
    unknown.sort();
    unknown.dedup();
    Ok(Needs { events, env, unknown })
}

fn unknown(name: &str) -> String {
    let near = EVENTS.iter().map(|event| event.name).min_by_key(|known| distance(known, name));
    match near {
        Some(near) if distance(near, name) <= 2 => {
            format!("unknown event `{name}`; did you mean `{near}`? `--list-events` lists all")
        }
        _ => format!("unknown event `{name}`; `--list-events` lists all"),
    }
}

/// Letters to insert, remove or replace to make `a` of `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let replace = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_added_and_removed() {
        let selection = parse("detect,+tgkill,-socket").unwrap();
        assert!(selection.contains(&EventType::Tgkill));
        assert!(!selection.contains(&EventType::Socket));
        assert_eq!(parse("-socket").unwrap(), parse("detect,-socket").unwrap());
        assert_eq!(parse("all").unwrap().len(), EVENTS.len());
    }

    #[test]
    fn named_events_come_with_what_tells_processes_apart() {
        let selection = parse("openat").unwrap();
        assert!(selection.contains(&EventType::Openat) && selection.contains(&EventType::Chdir));
        assert!(!selection.contains(&EventType::Open));
        for event in ALWAYS {
            assert!(selection.contains(event), "{event:?}");
        }
    }

    #[test]
    fn what_cannot_be_understood_is_named() {
        assert!(parse("opemat").unwrap_err().contains("did you mean `openat`"));
        assert!(parse("frobnicate").unwrap_err().contains("unknown event `frobnicate`"));
        assert!(parse("-execve").unwrap_err().contains("cannot be left out"));
        assert!(parse("").is_err());
        assert!(parse(",").is_err());
    }

    #[test]
    fn needs_are_read_from_json_and_from_lines() {
        let lines = parse_needs("# rules: 3\nopenat, connect\n  quotactl # not ours\n").unwrap();
        assert!(lines.events.contains(&EventType::Openat) && lines.events.contains(&EventType::Connect));
        assert_eq!(lines.unknown, ["quotactl"]);
        let json = parse_needs(r#"{"events":["openat","connect","quotactl"],"rules":3}"#).unwrap();
        assert_eq!(json, lines);
        assert_eq!(parse_needs(r#"[{"name":"openat"},"connect","quotactl"]"#).unwrap(), lines);
        let json = parse_needs(r#"{"events":["openat"],"env":["TOKEN_*"]}"#).unwrap();
        assert_eq!(json.env, ["TOKEN_*"]);
        for wrong in ["", "# nothing", "{", r#"{"rules":3}"#, "[]"] {
            assert!(parse_needs(wrong).is_err(), "{wrong}");
        }
    }
}
