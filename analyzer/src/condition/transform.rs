//! Transformers: functions of values. A row each.

use std::borrow::Cow;

use super::getopt;
use crate::fields::{Multi, Type, Value};

/// What a term yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Type of one value.
    pub ty: Type,
    /// Whether it is a list.
    pub list: bool,
}

impl Shape {
    /// A single text.
    pub const TEXT: Self = Self { ty: Type::Text, list: false };

    fn is_text(self) -> bool {
        matches!(self.ty, Type::Text | Type::Path | Type::RelPath)
    }
}

type Apply = for<'a> fn(Vec<Value<'a>>, Option<u8>) -> Option<Value<'a>>;

/// A transformer: a row of [`TRANSFORMERS`].
pub struct Transformer {
    /// As rules write it.
    pub name: &'static str,
    /// Fewest arguments.
    pub least: usize,
    /// Most arguments.
    pub most: usize,
    /// Whether `[x]` may follow.
    pub indexed: bool,
    /// What it yields for arguments of these shapes, or why it does not take them.
    pub shape: fn(&[Shape]) -> Result<Shape, String>,
    /// Applies it; `None` is absent.
    pub apply: Apply,
}

impl std::fmt::Debug for Transformer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// The transformers, except `val`, which only says that a field is meant.
pub static TRANSFORMERS: &[Transformer] = &[
    one("tolower", |shape| text("tolower", shape), |values, _| map(values, |b| Some(b.to_ascii_lowercase()))),
    one("toupper", |shape| text("toupper", shape), |values, _| map(values, |b| Some(b.to_ascii_uppercase()))),
    one("b64", |shape| text_or_bytes("b64", shape), |values, _| map(values, decode_base64)),
    one("basename", |shape| text("basename", shape), |values, _| map(values, |b| Some(basename(b).to_vec()))),
    one("len", len_shape, |values, _| len(values)),
    Transformer {
        name: "join",
        least: 2,
        most: 2,
        indexed: false,
        shape: join_shape,
        apply: |values, _| join(values),
    },
    Transformer {
        name: "concat",
        least: 2,
        most: usize::MAX,
        indexed: false,
        shape: concat_shape,
        apply: |values, _| concat(values),
    },
    Transformer {
        name: "getopt",
        least: 2,
        most: 2,
        indexed: true,
        shape: getopt_shape,
        apply: getopt::apply,
    },
];

const fn one(name: &'static str, shape: fn(&[Shape]) -> Result<Shape, String>, apply: Apply) -> Transformer {
    Transformer { name, least: 1, most: 1, indexed: false, shape, apply }
}

fn first(shapes: &[Shape]) -> Shape {
    shapes.first().copied().unwrap_or(Shape::TEXT)
}

fn text(name: &str, shapes: &[Shape]) -> Result<Shape, String> {
    let shape = first(shapes);
    if shape.is_text() { Ok(shape) } else { Err(format!("{name}() takes a string, not {:?}", shape.ty)) }
}

fn text_or_bytes(name: &str, shapes: &[Shape]) -> Result<Shape, String> {
    if first(shapes).ty == Type::Bytes { Ok(first(shapes)) } else { text(name, shapes) }
}

fn len_shape(shapes: &[Shape]) -> Result<Shape, String> {
    let shape = first(shapes);
    if shape.list || shape.is_text() || shape.ty == Type::Bytes {
        Ok(Shape { ty: Type::U64, list: false })
    } else {
        Err(format!("len() takes a string, bytes or a list, not {:?}", shape.ty))
    }
}

fn join_shape(shapes: &[Shape]) -> Result<Shape, String> {
    match shapes {
        [sep, _] if sep.list || !sep.is_text() => {
            Err("join() first argument (separator) must be a string".to_owned())
        }
        [_, list] if !list.list => Err("join() second argument must be a list".to_owned()),
        [_, list] if list.is_text() || matches!(list.ty, Type::I64 | Type::U64 | Type::I32) => {
            Ok(Shape::TEXT)
        }
        _ => Err("join() takes lists of strings and of numbers".to_owned()),
    }
}

fn concat_shape(shapes: &[Shape]) -> Result<Shape, String> {
    if shapes.iter().all(|shape| shape.is_text() && !shape.list) {
        Ok(Shape::TEXT)
    } else {
        Err("concat() takes only strings".to_owned())
    }
}

fn getopt_shape(shapes: &[Shape]) -> Result<Shape, String> {
    match shapes {
        [args, _] if !args.list => Err("getopt() first argument must be a list".to_owned()),
        [_, options] if options.list => {
            Err("getopt() second argument (optstring) must be a single value".to_owned())
        }
        [args, options] if args.is_text() && options.is_text() => Ok(Shape { ty: Type::Text, list: true }),
        _ => Err("getopt() takes strings".to_owned()),
    }
}

/// Applies `f` to a string, or to every string of a list.
fn map<'a>(values: Vec<Value<'a>>, f: fn(&[u8]) -> Option<Vec<u8>>) -> Option<Value<'a>> {
    fn go<'a>(value: Value<'a>, f: fn(&[u8]) -> Option<Vec<u8>>) -> Option<Value<'a>> {
        match value {
            Value::Bytes(bytes) => f(&bytes).map(|bytes| Value::Bytes(Cow::Owned(bytes))),
            Value::List(values) => {
                values.into_iter().map(|value| go(value, f)).collect::<Option<Vec<_>>>().map(Value::List)
            }
            _ => None,
        }
    }
    go(values.into_iter().next()?, f)
}

/// What follows the last slash.
fn basename(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

fn len<'a>(values: Vec<Value<'a>>) -> Option<Value<'a>> {
    let len = match values.first()? {
        Value::Bytes(bytes) => bytes.len(),
        Value::List(values) => values.len(),
        _ => return None,
    };
    Some(Value::Number(len as u64))
}

fn join<'a>(values: Vec<Value<'a>>) -> Option<Value<'a>> {
    let [Value::Bytes(separator), Value::List(values)] = values.as_slice() else { return None };
    let mut text = Vec::new();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            text.extend_from_slice(separator);
        }
        match value {
            Value::Bytes(bytes) => text.extend_from_slice(bytes),
            // Lists of numbers hold ids, which are signed.
            Value::Number(number) => text.extend_from_slice((*number as i64).to_string().as_bytes()),
            _ => return None,
        }
    }
    Some(Value::owned(text))
}

fn concat<'a>(values: Vec<Value<'a>>) -> Option<Value<'a>> {
    let mut text = Vec::new();
    for value in &values {
        let Value::Bytes(bytes) = value else { return None };
        text.extend_from_slice(bytes);
    }
    Some(Value::owned(text))
}

/// Decodes base64 in the standard alphabet; padding may be missing.
fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let end = text.iter().rposition(|byte| *byte != b'=').map_or(0, |at| at + 1);
    if text.len() - end > 2 {
        return None;
    }
    let digits = text.get(..end)?;
    if digits.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    let (mut bits, mut have) = (0u32, 0);
    for &digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        have += 6;
        if have >= 8 {
            have -= 8;
            bytes.push((bits >> have) as u8);
            bits &= (1 << have) - 1;
        }
    }
    Some(bytes)
}

impl Shape {
    /// Shape of a field's value.
    pub fn of(ty: Type, multi: Multi) -> Self {
        Self { ty, list: multi == Multi::List }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(name: &str, values: Vec<Value<'static>>) -> Option<Value<'static>> {
        let row = TRANSFORMERS.iter().find(|row| row.name == name).unwrap();
        (row.apply)(values, None)
    }

    fn text(text: &'static str) -> Value<'static> {
        Value::bytes(text.as_bytes())
    }

    #[test]
    fn strings_change_one_by_one() {
        assert_eq!(apply("tolower", vec![text("aBÄ")]), Some(text("abÄ")));
        let list = Value::List(vec![text("a"), text("b")]);
        assert_eq!(apply("toupper", vec![list]), Some(Value::List(vec![text("A"), text("B")])));
    }

    #[test]
    fn base64_needs_no_padding_but_the_right_letters() {
        assert_eq!(apply("b64", vec![text("YWFhLWJiYg==")]), Some(text("aaa-bbb")));
        assert_eq!(apply("b64", vec![text("YWFhLWJiYg")]), Some(text("aaa-bbb")));
        assert_eq!(apply("b64", vec![text("")]), Some(text("")));
        assert_eq!(apply("b64", vec![text("a b")]), None);
        assert_eq!(apply("b64", vec![text("YWFhL")]), None);
    }

    #[test]
    fn a_name_follows_the_last_slash() {
        for (path, name) in [("/a/b", "b"), ("b", "b"), ("/", ""), ("a/", ""), ("", "")] {
            assert_eq!(apply("basename", vec![text(path)]), Some(text(name)));
        }
    }

    #[test]
    fn lengths_count_bytes_or_elements() {
        assert_eq!(apply("len", vec![text("äb")]), Some(Value::Number(3)));
        assert_eq!(apply("len", vec![Value::List(vec![text("x")])]), Some(Value::Number(1)));
    }

    #[test]
    fn lists_join_and_strings_concatenate() {
        let list = Value::List(vec![text("a"), Value::Number(7)]);
        assert_eq!(apply("join", vec![text("-"), list]), Some(text("a-7")));
        assert_eq!(apply("join", vec![text("-"), Value::List(vec![])]), Some(text("")));
        assert_eq!(apply("concat", vec![text("a"), text("b")]), Some(text("ab")));
    }
}
