//! YAML into JSON values, so that serde checks its shape. For small files of our own.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// Deepest nesting that is read.
const DEPTH_MAX: usize = 16;

/// A collection whose end has not come yet; a map's keys and values alternate.
struct Open {
    map: bool,
    items: Vec<Value>,
}

/// The only document of `text`.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let mut documents = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| error.to_string())?;
        let at = |what: &str| format!("line {}: {what}", span.start.line());
        let value = match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if open.len() >= DEPTH_MAX {
                    return Err(at("nested too deep"));
                }
                open.push(Open { map: matches!(event, Event::MappingStart(..)), items: Vec::new() });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open { map: false, items }) => Value::Array(items),
                Some(Open { map: true, items }) => object(items).map_err(|what| at(&what))?,
                None => continue,
            },
            Event::Scalar(text, style, ..) => scalar(&text, style == ScalarStyle::Plain),
            Event::Alias(_) => return Err(at("aliases are not supported")),
            _ => continue,
        };
        match open.last_mut() {
            Some(parent) => parent.items.push(value),
            None => documents.push(value),
        }
    }
    let mut documents = documents.into_iter();
    match (documents.next(), documents.next()) {
        (Some(document), None) => Ok(document),
        (None, _) => Ok(Value::Null),
        (Some(_), Some(_)) => Err("more than one document".into()),
    }
}

fn scalar(text: &str, plain: bool) -> Value {
    if !plain {
        return text.into();
    }
    match text {
        "" | "~" | "null" => Value::Null,
        "true" | "yes" => true.into(),
        "false" | "no" => false.into(),
        text => text.parse::<u64>().map_or_else(|_| text.into(), Value::from),
    }
}

fn object(items: Vec<Value>) -> Result<Value, String> {
    let mut map = Map::new();
    let mut items = items.into_iter();
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        let Value::String(key) = key else { return Err(format!("`{key}` cannot be a key")) };
        if map.contains_key(&key) {
            return Err(format!("`{key}` is given twice"));
        }
        map.insert(key, value);
    }
    Ok(Value::Object(map))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_expectations_are_written_in_is_read() {
        let text = "# c\nexpect:\n  - rule: A b\n    count: 2\n    where: {a.b: 'x', c: \"1\"}\nothers: false\nforbid: []\n";
        assert_eq!(
            read(text).unwrap(),
            serde_json::json!({
                "expect": [{"rule": "A b", "count": 2, "where": {"a.b": "x", "c": "1"}}],
                "others": false,
                "forbid": [],
            })
        );
        assert_eq!(read("").unwrap(), Value::Null);
    }

    #[test]
    fn what_is_ambiguous_is_an_error() {
        for text in ["a: 1\na: 2\n", "a: &x 1\nb: *x\n", "a: 1\n---\nb: 2\n", "a: [", "1: 2\n"] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read(&"[".repeat(40)).is_err());
    }
}
