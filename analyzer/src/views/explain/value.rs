//! What a field had, for people.

use crate::condition::Reading;
use crate::fields::{Argument, Multi, Support, Type, Value};
use crate::rules::value_text;

/// Most bytes of one value that are kept.
const LONG: usize = 4096;
/// Most values of a list that are kept.
const MANY: usize = 256;

/// What a field had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The field with its argument.
    pub field: String,
    /// Its values, one unless it has several; `None` is absent.
    pub values: Option<Vec<Vec<u8>>>,
    /// Whether it is a field of several values, however many it has here.
    pub several: bool,
    /// Why captures never hold the field.
    pub never: Option<&'static str>,
}

impl Shown {
    pub(super) fn of(reading: &Reading<'_>) -> Self {
        let name = reading.field.name;
        let field = match reading.argument {
            Argument::None => name.to_owned(),
            Argument::Index(index) => format!("{name}[{index}]"),
            Argument::Key(key) => match reading.field.arg {
                crate::fields::Arg::Suffix
                | crate::fields::Arg::SuffixOrIndex
                | crate::fields::Arg::OptionalSuffix => format!("{name}.{key}"),
                _ => format!("{name}[{key}]"),
            },
        };
        let one = |value: &Value<'_>| bytes(reading, value);
        let values = reading.value.as_ref().map(|value| match value {
            Value::List(values) => values.iter().take(MANY).map(one).collect(),
            value => vec![one(value)],
        });
        let several = matches!(reading.value, Some(Value::List(_)));
        let never = match reading.field.support {
            Support::Absent(why) => Some(why),
            Support::Extracted => None,
        };
        Self { field, values, several, never }
    }
}

fn bytes(reading: &Reading<'_>, value: &Value<'_>) -> Vec<u8> {
    let mut bytes = match value {
        Value::Bytes(bytes) if reading.ty == Type::Bytes => bytes.to_vec(),
        Value::Bytes(bytes) => bytes.split(|byte| *byte == 0).next().unwrap_or_default().to_vec(),
        value => value_text(Some(reading.field), reading.ty, Multi::One, value).unwrap_or_default().into(),
    };
    bytes.truncate(LONG);
    bytes
}
