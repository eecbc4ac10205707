//! Moments made of a table.

use std::collections::BTreeMap;

use analyzer::fields::{Argument, Extract, Field, Value};

/// Values of fields without argument, by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moment(pub(crate) BTreeMap<&'static str, Value<'static>>);

impl Extract for Moment {
    fn extract(&self, field: &'static Field, argument: &Argument) -> Option<Value<'_>> {
        match argument {
            Argument::None => self.0.get(field.name).cloned(),
            _ => None,
        }
    }

    fn event_name(&self) -> &str {
        match self.0.get("evt.type") {
            Some(Value::Bytes(name)) => std::str::from_utf8(name).unwrap(),
            _ => "",
        }
    }
}
