//! Values as text and as JSON, by type.

use serde_json::Value as Json;

use crate::condition::is_signed;
use crate::fields::{Field, Format, Multi, Type, Value};

/// A value as outputs print it; `None` for a list of no ancestors.
pub fn text(field: Option<&'static Field>, ty: Type, multi: Multi, value: &Value<'_>) -> Option<String> {
    let format = field.map_or(Format::Plain, |field| field.format);
    match value {
        Value::List(values) if multi == Multi::List => {
            let values: Vec<String> = values.iter().map(|value| one(format, ty, value)).collect();
            Some(format!("({})", values.join(",")))
        }
        // Ends of a connection print nothing by themselves; of several names the first stands for all.
        Value::List(values) if multi == Multi::Either => match field {
            Some(field) if !field.flags.filter_only => values.first().map(|value| one(format, ty, value)),
            _ => None,
        },
        // Ancestors, nearest first.
        Value::List(values) if values.is_empty() => None,
        Value::List(values) => {
            let values: Vec<String> = values.iter().map(|value| one(format, ty, value)).collect();
            Some(values.join(" "))
        }
        _ if nothing_alone(field, ty) => None,
        value => Some(one(format, ty, value)),
    }
}

/// Whether a value says nothing without what it is compared with, such as the distance from a time.
fn nothing_alone(field: Option<&'static Field>, ty: Type) -> bool {
    field.is_some_and(|field| field.flags.filter_only && ty != Type::Net)
}

fn one(format: Format, ty: Type, value: &Value<'_>) -> String {
    match value {
        Value::Bytes(bytes) if ty == Type::Bytes => String::from_utf8_lossy(bytes).into_owned(),
        Value::Bytes(bytes) => {
            let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
            String::from_utf8_lossy(bytes.get(..end).unwrap_or(bytes)).into_owned()
        }
        Value::Number(number) => match format {
            Format::Hex => format!("{number:X}"),
            Format::Octal => format!("0{number:o}"),
            Format::Padded => format!("{number:010}"),
            Format::Plain if is_signed(ty) => (*number as i64).to_string(),
            Format::Plain => number.to_string(),
        },
        Value::Bool(flag) => flag.to_string(),
        Value::Double(number) => format!("{number:.1}"),
        Value::Addr(address) => address.to_string(),
        Value::List(_) => String::new(),
    }
}

/// A value as JSON: numbers and truth values as such, what is printed in hexadecimal or octal as
/// text.
pub fn json(field: Option<&'static Field>, ty: Type, multi: Multi, value: &Value<'_>) -> Option<Json> {
    let plain = field.is_none_or(|field| matches!(field.format, Format::Plain | Format::Padded));
    match value {
        _ if nothing_alone(field, ty) => None,
        Value::Number(number) if plain && is_signed(ty) => Some(Json::from(*number as i64)),
        Value::Number(number) if plain => Some(Json::from(*number)),
        Value::Bool(flag) => Some(Json::from(*flag)),
        Value::Double(number) => Some(Json::from(*number)),
        value => text(field, ty, multi, value).map(Json::from),
    }
}
