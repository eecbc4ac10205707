//! The same as JSON. `docs/explaining.md` describes it.

use serde_json::{Map, Value, json};

use crate::rules::Place;
use crate::scan::clock::iso_utc;
use crate::views::explain::{Change, Explained, Group, Item, Kind, Line, Match, Missing, Shown};

fn text(bytes: &[u8]) -> Value {
    String::from_utf8_lossy(bytes).into()
}

/// Where something stands; null if that is not known.
pub fn place(place: &Place) -> Value {
    match place.line {
        0 => Value::Null,
        line => json!({"file": place.file, "line": line, "column": place.column}),
    }
}

/// What a field had: a text, an array if it has several values, null if it is absent.
fn values(shown: &[Shown]) -> Value {
    let mut values = Map::new();
    for one in shown {
        let value = match (&one.values, one.several) {
            (None, _) => Value::Null,
            (Some(values), true) => values.iter().map(|value| text(value)).collect(),
            (Some(values), false) => values.first().map_or(Value::Null, |value| text(value)),
        };
        values.insert(one.field.clone(), value);
    }
    values.into()
}

fn item(one: &Item) -> Value {
    match &one.list {
        Some((list, at)) => {
            json!({"item": text(&one.text), "list": list, "place": at.as_ref().map(place)})
        }
        None => json!({"item": text(&one.text)}),
    }
}

/// A part of the tree.
pub fn line(one: &Line) -> Value {
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
    put("kind", one.kind.name().into());
    put("text", one.text.as_str().into());
    put("holds", one.holds.into());
    put("wanted", one.wanted.into());
    put("reached", one.reached.into());
    put("distance", one.distance.into());
    put("decides", one.decides.into());
    put("place", one.place.as_ref().map_or(Value::Null, place));
    match &one.kind {
        Kind::Macro(places) => {
            put("defined", places.iter().map(place).collect());
        }
        Kind::Check => {
            put("values", values(&one.values));
            put("matching", one.items.iter().map(item).collect());
        }
        _ => {}
    }
    if !one.parts.is_empty() {
        put("parts", one.parts.iter().map(line).collect());
    }
    object.into()
}

/// A part of a condition at no moment.
pub fn outline(one: &Line) -> Value {
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
    put("kind", one.kind.name().into());
    put("text", one.text.as_str().into());
    put("place", one.place.as_ref().map_or(Value::Null, place));
    if let Kind::Macro(places) = &one.kind {
        put("defined", places.iter().map(place).collect());
    }
    if !one.parts.is_empty() {
        put("parts", one.parts.iter().map(outline).collect());
    }
    object.into()
}

/// A comparison that is not as wanted.
pub fn missing(one: &Missing) -> Value {
    let change = match &one.change {
        Change::Edit { what, place: at } => json!({"possible": true, "what": what, "place": place(at)}),
        Change::Override { what, place: at } => {
            json!({"possible": true, "override": true, "what": what, "place": place(at)})
        }
        Change::Never(why) => json!({"possible": false, "why": why}),
    };
    json!({
        "text": one.text,
        "wanted": one.wanted,
        "within": one.within,
        "values": values(&one.values),
        "change": change,
        "place": place(&one.place),
    })
}

/// A rule at an event.
pub fn explained(one: &Explained) -> Value {
    json!({
        "capture": one.capture,
        "number": one.number,
        "time": iso_utc(one.wall_ns),
        "event": one.event,
        "process": one.scene.who,
        "container": one.scene.container,
        "about": one.about,
        "possible": one.possible,
        "holds": one.holds,
        "distance": one.distance,
        "taken_by": one.taken_by,
        "missing": one.missing.iter().map(missing).collect::<Vec<_>>(),
        "tree": line(&one.tree),
    })
}

/// Events that lack the same.
pub fn group(one: &Group, capture: &str, lacking: &[Missing]) -> Value {
    json!({
        "distance": one.distance,
        "events": one.events,
        "first": {"capture": capture, "number": one.first.1},
        "missing": lacking.iter().map(missing).collect::<Vec<_>>(),
    })
}

/// An event that matched, or one of a process.
pub fn kept(one: &Match, capture: &str) -> Value {
    json!({
        "capture": capture,
        "number": one.number,
        "time": iso_utc(one.wall_ns),
        "event": one.event,
        "process": one.process,
        "about": one.what,
        "distance": one.distance,
        "taken_by": one.taken_by,
    })
}

/// Something that keeps a rule from matching, whatever the condition says.
pub fn obstacle(kind: &str, text: &str) -> Value {
    json!({"kind": kind, "text": text})
}

/// The document, as it is written.
pub fn document(value: &Value) -> String {
    // A value without maps of odd keys always serialises.
    serde_json::to_string_pretty(value).unwrap_or_default()
}
