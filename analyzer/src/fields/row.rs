//! How a row of a field table is written.

use super::{Arg, Argument, Field, Flags, Format, Moment, Multi, Support, Type, Value};

/// How a field gets its value.
pub(super) type Get = for<'a> fn(&Moment<'a>, &Argument) -> Option<Value<'a>>;

/// A field without argument and restrictions; the methods below add them.
pub(super) const fn row(name: &'static str, ty: Type, doc: &'static str, get: Get) -> Field {
    Field {
        name,
        ty,
        multi: Multi::One,
        arg: Arg::None,
        format: Format::Plain,
        flags: Flags {
            filter_only: false,
            no_rhs: false,
            no_transform: false,
            hidden: false,
            deprecated: false,
        },
        support: Support::Extracted,
        doc,
        get,
    }
}

/// A field that rules may name and captures do not hold.
pub(super) const fn absent(name: &'static str, ty: Type, doc: &'static str, why: &'static str) -> Field {
    let mut field = row(name, ty, doc, |_, _| None);
    field.support = Support::Absent(why);
    field
}

impl Field {
    pub(super) const fn takes(mut self, arg: Arg) -> Self {
        self.arg = arg;
        self
    }

    pub(super) const fn many(mut self, multi: Multi) -> Self {
        self.multi = multi;
        self
    }

    pub(super) const fn shown(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    pub(super) const fn filter_only(mut self) -> Self {
        self.flags.filter_only = true;
        self.no_rhs()
    }

    /// Neither in `val()` comparisons nor in transformers.
    pub(super) const fn no_rhs(mut self) -> Self {
        self.flags.no_rhs = true;
        self.flags.no_transform = true;
        self
    }

    /// Not in `val()` comparisons, but in transformers.
    pub(super) const fn no_val(mut self) -> Self {
        self.flags.no_rhs = true;
        self
    }

    pub(super) const fn hidden(mut self) -> Self {
        self.flags.hidden = true;
        self
    }

    pub(super) const fn deprecated(mut self) -> Self {
        self.flags.deprecated = true;
        self
    }
}

/// Bytes that are a value also when empty.
pub(super) fn bytes(bytes: &[u8]) -> Option<Value<'_>> {
    Some(Value::bytes(bytes))
}

/// A byte string made for this event.
pub(super) fn owned<'a>(bytes: impl Into<Vec<u8>>) -> Option<Value<'a>> {
    Some(Value::owned(bytes))
}

/// An unsigned number.
pub(super) fn number<'a>(number: impl Into<u64>) -> Option<Value<'a>> {
    Some(Value::Number(number.into()))
}

/// A signed number.
pub(super) fn signed<'a>(number: impl Into<i64>) -> Option<Value<'a>> {
    Some(Value::Number(number.into() as u64))
}

/// A truth value.
pub(super) fn truth<'a>(truth: bool) -> Option<Value<'a>> {
    Some(Value::Bool(truth))
}
