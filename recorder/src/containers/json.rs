//! Small readers of JSON that may lack anything.

use serde_json::Value;

/// Longest text taken over from a runtime.
const TEXT_MAX: usize = 4096;
/// Most entries taken over from a list or map of a runtime.
pub const ENTRIES_MAX: usize = 1024;

/// The text at `pointer`; empty if there is none.
pub fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).map(cut).unwrap_or_default()
}

/// The flag at `pointer`.
pub fn flag(value: &Value, pointer: &str) -> Option<bool> {
    value.pointer(pointer).and_then(Value::as_bool)
}

/// The texts of the object at `pointer`, sorted by key.
pub fn pairs(value: &Value, pointer: &str) -> Vec<(String, String)> {
    let Some(Value::Object(map)) = value.pointer(pointer) else { return Vec::new() };
    let mut pairs: Vec<_> = map
        .iter()
        .take(ENTRIES_MAX)
        .filter_map(|(key, value)| Some((cut(key), cut(value.as_str()?))))
        .collect();
    pairs.sort();
    pairs
}

/// The list at `pointer`.
pub fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten().take(ENTRIES_MAX)
}

fn cut(text: &str) -> String {
    text.get(..text.floor_char_boundary(TEXT_MAX)).unwrap_or_default().to_owned()
}
