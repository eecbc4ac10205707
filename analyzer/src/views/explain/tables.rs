//! What was found, as tables.

use super::{Change, Group, Match, Missing, Shown};
use crate::rules::Place;
use crate::scan::clock::short;
use crate::views::table::{Cell, Table, number, text};

/// Most values of a field that a table shows.
const SHOWN_MAX: usize = 4;

/// `folder/file:line`
pub fn line_of(place: &Place) -> String {
    if place.line == 0 { place.file.clone() } else { format!("{}:{}", place.file, place.line) }
}

/// `file:line`: where space is short. Saker's own files keep their folder, which nobody has.
pub fn short_line(place: &Place) -> String {
    let name = match place.file.starts_with("saker/") {
        true => place.file.as_str(),
        false => place.file.rsplit(['/', '\\']).next().unwrap_or(&place.file),
    };
    if place.line == 0 { name.to_owned() } else { format!("{name}:{}", place.line) }
}

/// What a field had: `user.name is root`, `fd.name is absent`.
pub fn found(shown: &Shown) -> Cell {
    if shown.values.is_none() {
        return format!("{} is absent", shown.field).into();
    }
    let mut bytes = format!("{} is ", shown.field).into_bytes();
    bytes.extend(values(shown, SHOWN_MAX));
    Cell::Bytes(bytes)
}

/// The values alone: `root`, `(absent)`, `""`, `runc, systemd, … 3 more`.
pub fn values(shown: &Shown, most: usize) -> Vec<u8> {
    let Some(values) = &shown.values else { return b"(absent)".to_vec() };
    if values.is_empty() {
        return b"(none)".to_vec();
    }
    let mut bytes = Vec::new();
    for (index, value) in values.iter().take(most).enumerate() {
        if index > 0 {
            bytes.extend(b", ");
        }
        match value.as_slice() {
            b"" => bytes.extend(b"\"\""),
            value => bytes.extend(value),
        }
    }
    if values.len() > most {
        bytes.extend(format!(", … {} more", values.len() - most).into_bytes());
    }
    bytes
}

/// What the rule wants: `not user.name in (root)`.
pub fn wanted(missing: &Missing) -> String {
    if missing.wanted { missing.text.clone() } else { format!("not {}", missing.text) }
}

/// What can be done about it, and where.
pub fn change(missing: &Missing) -> String {
    // An exception is named beside it.
    let named = |what: &str| if what.starts_with("exception ") { String::new() } else { format!("{what}, ") };
    match &missing.change {
        Change::Edit { what, place } => format!("{}{}", named(what), short_line(place)),
        Change::Override { what, place } => format!("override {}{}", named(what), short_line(place)),
        Change::Never(why) => format!("no: {why}"),
    }
}

/// Rows of what is missing, a comparison each.
fn rows(missing: &[Missing]) -> impl Iterator<Item = [Cell; 3]> {
    missing.iter().map(|one| {
        let cell = match one.values.as_slice() {
            [shown] => found(shown),
            several => Cell::List(several.iter().map(found).collect()),
        };
        [cell, wanted(one).into(), change(one).into()]
    })
}

/// What one event lacks.
pub fn missing(missing: &[Missing]) -> Table {
    let mut table = Table::new("missing", &[text("found"), text("wanted"), text("change")]).whole_words();
    rows(missing).for_each(|row| table.row(row));
    table
}

/// Groups of events, with what the first event of each lacks.
pub fn groups<'a>(groups: impl IntoIterator<Item = (&'a Group, String, &'a [Missing])>) -> Table {
    let columns = [number("events"), text("first"), text("found"), text("wanted"), text("change")];
    let mut table = Table::new("nearest", &columns).whole_words();
    for (group, first, missing) in groups {
        for (index, [found, wanted, change]) in rows(missing).enumerate() {
            let (events, first) = match index {
                0 => (group.events.into(), first.as_str().into()),
                _ => (Cell::Text(String::new()), Cell::Text(String::new())),
            };
            table.row([events, first, found, wanted, change]);
        }
    }
    table
}

/// Events that matched; `outcome` is that of those which no other rule took.
pub fn matches(
    events: &[Match],
    outcome: &str,
    capture: &dyn Fn(usize) -> Option<String>,
    zone: &jiff::tz::TimeZone,
) -> Table {
    let columns = [text("event"), text("time"), text("type"), text("process"), text("outcome")];
    let mut table = Table::new("matches", &columns).whole_words();
    for one in events {
        let came = match &one.taken_by {
            Some(rule) => format!("alert of `{rule}`"),
            None => outcome.to_owned(),
        };
        let number = named(one, capture);
        let time = short(one.wall_ns, zone);
        table.row([number.into(), time.into(), one.event.into(), one.process.as_str().into(), came.into()]);
    }
    table
}

/// Events of a process.
pub fn events(
    events: &[Match],
    capture: &dyn Fn(usize) -> Option<String>,
    zone: &jiff::tz::TimeZone,
) -> Table {
    let columns = [text("event"), text("time"), text("type"), text("what"), number("missing")];
    let mut table = Table::new("events", &columns).whole_words();
    for one in events {
        let number = named(one, capture);
        let time = short(one.wall_ns, zone);
        table.row([
            number.into(),
            time.into(),
            one.event.into(),
            one.what.as_str().into(),
            one.distance.into(),
        ]);
    }
    table
}

fn named(one: &Match, capture: &dyn Fn(usize) -> Option<String>) -> String {
    match capture(one.capture) {
        Some(capture) => format!("{capture} #{}", one.number),
        None => format!("#{}", one.number),
    }
}
