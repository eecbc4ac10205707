//! What fields say of made-up captures.

mod calls;
mod files;
mod processes;
mod sockets;
mod standard;
mod tables;

use capture_format::Descriptor;

use super::{Extract, Field, Moment, Type, Value, resolve};
use crate::history::Recording;

/// The value of a field at an event, as a test reads it.
fn show(recording: &Recording, number: u64, text: &str) -> String {
    let (field, argument) = resolve(text).unwrap_or_else(|| panic!("no field {text}"));
    let capture = recording.capture();
    for index in 0..capture.blocks().len() {
        let block = capture.block(index, &|_| true).expect("an intact block");
        if let Some(row) = block.rows().find(|row| row.number() == number) {
            let now = Moment::new(recording, row);
            return now.extract(field, &argument).map_or("-".into(), |value| plain(field, &value));
        }
    }
    panic!("no event {number}")
}

fn plain(field: &Field, value: &Value<'_>) -> String {
    match value {
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Number(number) => match field.ty {
            Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::AbsTime => (*number as i64).to_string(),
            _ => number.to_string(),
        },
        Value::Bool(truth) => truth.to_string(),
        Value::Double(double) => double.to_string(),
        Value::Addr(address) => address.to_string(),
        Value::List(values) => {
            format!("({})", values.iter().map(|value| plain(field, value)).collect::<Vec<_>>().join(","))
        }
    }
}

#[track_caller]
fn check(recording: &Recording, number: u64, wanted: &[(&str, &str)]) {
    for (field, want) in wanted {
        assert_eq!(show(recording, number, field), *want, "{field} of event {number}");
    }
}

fn file(path: &str) -> Descriptor<'_> {
    Descriptor {
        mode: 0o100_644,
        dev: 8 << 20 | 1,
        ino: 42,
        path: capture_format::Bytes::whole(path.as_bytes()),
        ..Descriptor::default()
    }
}
