//! A moment made of a case's fields.

use std::collections::BTreeMap;

use analyzer::condition::is_signed;
use analyzer::fields::{Arg, Argument, Extract, Field, Type, Value};
use serde_json::Value as Json;

/// The fields of a case.
#[derive(Default)]
pub(crate) struct Table {
    event: String,
    rows: BTreeMap<String, Row>,
}

struct Row {
    ty: String,
    text: Option<String>,
    bytes: Option<Vec<u8>>,
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Bytes that the corpus writes as the characters of the same numbers.
fn latin(text: &str) -> Vec<u8> {
    if text.chars().all(|c| u32::from(c) < 256) {
        text.chars().map(|c| c as u8).collect()
    } else {
        text.into()
    }
}

impl Table {
    pub(crate) fn of(fields: &Json) -> Self {
        let mut table = Self::default();
        for (name, field) in fields.as_object().into_iter().flatten() {
            if field.get("absent").is_some() {
                continue;
            }
            let text = field.get("text").and_then(Json::as_str).map(str::to_owned);
            let bytes = field.get("bytes_hex").and_then(Json::as_str).map(unhex);
            let ty = field["type"].as_str().unwrap_or("CHARBUF").to_owned();
            table.rows.insert(name.clone(), Row { ty, text, bytes });
        }
        table.event = table.text("evt.type").unwrap_or("").to_owned();
        table
    }

    /// A table of plain texts; `null` is absent.
    pub(crate) fn plain(fields: &Json) -> Self {
        let mut table = Self::default();
        for (name, value) in fields.as_object().into_iter().flatten() {
            let text = match value {
                Json::Null => continue,
                Json::String(text) => text.clone(),
                value => value.to_string(),
            };
            table.rows.insert(name.clone(), Row { ty: "CHARBUF".into(), text: Some(text), bytes: None });
        }
        table
    }

    pub(crate) fn set(&mut self, name: &str, text: &str) {
        let row = Row { ty: "CHARBUF".into(), text: Some(text.to_owned()), bytes: None };
        self.rows.insert(name.to_owned(), row);
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.rows.get(name)?.text.as_deref()
    }

    fn address(&self, name: &str) -> Option<Value<'static>> {
        self.text(name)?.parse().ok().map(Value::Addr)
    }

    fn ends(&self, names: [&str; 2], f: impl Fn(&str) -> Option<Value<'static>>) -> Option<Value<'static>> {
        self.rows.get("fd.type")?;
        Some(Value::List(names.into_iter().filter_map(f).collect()))
    }

    fn port(&self, name: &str) -> Option<Value<'static>> {
        self.text(name)?.parse().ok().map(Value::Number)
    }
}

fn value(ty: Type, text: &str) -> Option<Value<'static>> {
    Some(match ty {
        Type::Text | Type::Path | Type::RelPath | Type::Bytes | Type::Dyn => Value::owned(latin(text)),
        Type::Bool => Value::Bool(text == "true"),
        Type::Double => Value::Double(text.parse().ok()?),
        Type::Addr | Type::Net => Value::Addr(text.parse().ok()?),
        ty if is_signed(ty) => Value::Number(text.parse::<i64>().ok()? as u64),
        _ => Value::Number(text.parse().ok()?),
    })
}

impl Extract for Table {
    fn extract(&self, field: &'static Field, argument: &Argument) -> Option<Value<'_>> {
        let dotted = matches!(field.arg, Arg::Suffix | Arg::SuffixOrIndex | Arg::OptionalSuffix);
        let name = match argument {
            Argument::None => field.name.to_owned(),
            Argument::Index(index) => format!("{}[{index}]", field.name),
            Argument::Key(key) if dotted => format!("{}.{key}", field.name),
            Argument::Key(key) => format!("{}[{key}]", field.name),
        };
        match name.as_str() {
            "fd.ip" | "fd.net" => return self.ends(["fd.cip", "fd.sip"], |name| self.address(name)),
            "fd.port" | "fd.proto" => return self.ends(["fd.cport", "fd.sport"], |name| self.port(name)),
            "fd.snet" => return self.address("fd.sip"),
            "fd.cnet" => return self.address("fd.cip"),
            // Printed without index it is the process itself, which is no ancestor.
            "proc.apid" => return Some(Value::List(Vec::new())),
            _ => {}
        }
        let row = self.rows.get(&name)?;
        if let Some(bytes) = &row.bytes {
            if bytes.is_empty() {
                return None;
            }
            if matches!(row.ty.as_str(), "FSPATH" | "CHARBUF" | "BYTEBUF") {
                return Some(Value::owned(bytes.clone()));
            }
            let mut word = [0; 8];
            word.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
            return Some(Value::Number(u64::from_le_bytes(word)));
        }
        let text = row.text.as_deref()?;
        if row.ty.starts_with("LIST") {
            let inner = text.trim_start_matches('(').trim_end_matches(')');
            return Some(Value::List(inner.split(',').map(|part| Value::owned(latin(part))).collect()));
        }
        if field.multi == analyzer::fields::Multi::Ancestors && *argument == Argument::None {
            return Some(Value::List(text.split(' ').map(|part| Value::owned(latin(part))).collect()));
        }
        value(field.ty, text)
    }

    fn event_name(&self) -> &str {
        &self.event
    }
}
