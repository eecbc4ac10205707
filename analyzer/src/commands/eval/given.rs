//! A moment made of the values in a request.

use std::collections::BTreeMap;

use super::kinds::{kind, make_up};
use super::request::{Full, Text, Value as Asked};
use crate::condition::ast::{FieldRef, Term};
use crate::condition::plan::Env;
use crate::condition::{Bound, is_signed, parse_address, parse_port, parse_term, resolve, type_name};
use crate::fields::{self, Arg, Argument, Extract, Field, Format, Multi, Type, Value};

/// Most words of the ancestors' command lines that are told apart.
const WORDS: usize = 64;

/// The values of a request; what is not among them is absent.
#[derive(Default)]
pub(super) struct Given {
    event: String,
    values: BTreeMap<String, Value<'static>>,
    /// Fields that exist for this request only.
    own: BTreeMap<String, &'static Field>,
    /// What was taken otherwise than the tables say.
    pub(super) notes: Vec<String>,
}

/// What a request says of a value.
struct Stated {
    kind: Option<(Type, bool)>,
    value: Raw,
}

enum Raw {
    Absent,
    Text(String),
    Texts(Vec<String>),
    Bytes(Vec<u8>),
}

impl Stated {
    fn of(asked: Asked) -> Result<Self, String> {
        let plain = |value| Ok(Self { kind: None, value });
        match asked {
            Asked::Absent(()) => plain(Raw::Absent),
            Asked::Text(text) => plain(Raw::Text(text)),
            Asked::Bool(flag) => plain(Raw::Text(flag.to_string())),
            Asked::Number(number) => plain(Raw::Text(number.to_string())),
            Asked::List(texts) => plain(Raw::Texts(texts)),
            Asked::Full(full) => Self::of_full(full),
        }
    }

    fn of_full(full: Full) -> Result<Self, String> {
        let named = |name: &String| kind(name).ok_or_else(|| format!("`{name}` is no type"));
        let kind = full.ty.as_ref().map(named).transpose()?;
        let value = match (full.text, full.bytes_hex, full.absent) {
            (None, None, true) => Raw::Absent,
            (Some(Text::One(text)), None, false) => Raw::Text(text),
            (Some(Text::Bool(flag)), None, false) => Raw::Text(flag.to_string()),
            (Some(Text::Number(number)), None, false) => Raw::Text(number.to_string()),
            (Some(Text::Several(texts)), None, false) => Raw::Texts(texts),
            (None, Some(hex), false) => {
                Raw::Bytes(unhex(&hex).ok_or("`bytes_hex` is not an even number of hexadecimal digits")?)
            }
            _ => return Err("it needs one of `text`, `bytes_hex` and `absent`".to_owned()),
        };
        Ok(Self { kind, value })
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some((digit(*high)? * 16 + digit(*low)?) as u8),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

/// The bytes that a text stands for: a character up to U+00FF is the byte of that number, so that
/// bytes which are no UTF-8 can be written; a text with any other character is UTF-8.
fn bytes(text: String) -> Vec<u8> {
    let single: Result<Vec<u8>, _> = text.chars().map(|c| u8::try_from(u32::from(c))).collect();
    single.unwrap_or_else(|_| text.into_bytes())
}

/// Name and argument as one text, which names a value.
fn key(field: &Field, argument: &Argument) -> String {
    let dotted = matches!(field.arg, Arg::Suffix | Arg::SuffixOrIndex | Arg::OptionalSuffix);
    match argument {
        Argument::None => field.name.to_owned(),
        Argument::Index(index) => format!("{}[{index}]", field.name),
        Argument::Key(key) if dotted => format!("{}.{key}", field.name),
        Argument::Key(key) => format!("{}[{key}]", field.name),
    }
}

/// Whether a value of type `given` may stand for one of type `known` as it is.
fn fits(known: Type, given: Type) -> bool {
    let integer = |ty| type_bits(ty).is_some();
    let text = |ty| matches!(ty, Type::Text | Type::Path | Type::RelPath | Type::Dyn);
    let address = |ty| matches!(ty, Type::Addr | Type::Net);
    known == given
        || integer(known) && integer(given)
        || text(known) && text(given)
        || address(known) && address(given)
}

/// Bits of an integer type.
fn type_bits(ty: Type) -> Option<u32> {
    Some(match ty {
        Type::I8 | Type::U8 => 8,
        Type::I16 | Type::U16 | Type::Port => 16,
        Type::I32 | Type::U32 | Type::Mode | Type::Flags | Type::EnumFlags => 32,
        Type::I64 | Type::U64 | Type::RelTime | Type::AbsTime => 64,
        _ => return None,
    })
}

impl Given {
    /// Reads the values of a request. `for_output`: several values are to be printed, not compared.
    pub(super) fn new(fields: BTreeMap<String, Asked>, for_output: bool) -> Result<Self, String> {
        let mut given = Self::default();
        for (name, asked) in fields {
            given.add(&name, asked, for_output).map_err(|why| format!("field `{name}`: {why}"))?;
        }
        if let Some(Value::Bytes(name)) = given.values.get("evt.type") {
            given.event = String::from_utf8_lossy(name).into_owned();
        }
        Ok(given)
    }

    fn add(&mut self, name: &str, asked: Asked, for_output: bool) -> Result<(), String> {
        let stated = Stated::of(asked)?;
        let written = match parse_term(name) {
            Ok(Term::Field(written)) => written,
            // A key of `output_fields`: what a transformer makes of a value is computed, not given.
            Ok(Term::Call { .. }) => return Ok(()),
            // As Falco writes such keys, without quotes.
            Err(_)
                if crate::condition::TRANSFORMERS.iter().any(|row| {
                    name.strip_prefix(row.name)
                        .is_some_and(|rest| rest.starts_with('(') && rest.ends_with(')'))
                }) =>
            {
                return Ok(());
            }
            _ => return Err("this is no name of a field".to_owned()),
        };
        let Bound { field, argument, ty } = self.bind(&written, stated.kind)?;
        let one_of_several = field.multi == Multi::Ancestors && argument == Argument::None;
        let list = field.multi == Multi::List && argument == Argument::None;
        let of_text = |text: String| value(ty, field.format, text);
        let value = match stated.value {
            Raw::Absent => None,
            // Text that was not cut out of the event has no length to be empty.
            Raw::Bytes(bytes) if bytes.is_empty() && field.name.starts_with("evt.rawarg") => None,
            Raw::Bytes(bytes) => of_bytes(ty, bytes)?,
            Raw::Texts(texts) => Some(Value::List(texts.into_iter().map(of_text).collect::<Result<_, _>>()?)),
            Raw::Text(text) if list => {
                let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(&text);
                let parts = inner.split(',').filter(|_| !inner.is_empty());
                Some(Value::List(parts.map(|part| of_text(part.to_owned())).collect::<Result<_, _>>()?))
            }
            Raw::Text(text) if one_of_several && !for_output => {
                Some(Value::List(ancestors(field, &text, &of_text)?))
            }
            Raw::Text(text) => Some(of_text(text)?),
        };
        if let Some(value) = value {
            self.values.insert(key(field, &argument), value);
        }
        Ok(())
    }

    /// The field that a request means, made up if there is none such.
    fn bind(&mut self, written: &FieldRef, kind: Option<(Type, bool)>) -> Result<Bound, String> {
        let arg = written.arg.as_ref().map(|arg| arg.lossy());
        let known = resolve(&|name| self.find(name), &written.name, arg.as_deref());
        let (ty, list) = kind.unwrap_or((Type::Text, false));
        let (row, name) = match known {
            Ok(bound) => {
                let exact = bound.field.ty == Type::Dyn && bound.ty != ty;
                let list = list && bound.field.multi == Multi::One;
                if kind.is_none() || !exact && !list && fits(bound.ty, ty) {
                    return Ok(bound);
                }
                if bound.field.ty != Type::Dyn {
                    let (is, taken) = (type_name(bound.ty), type_name(ty));
                    self.notes.push(format!("{} is of type {is}; taken as {taken}", written.name));
                }
                // Of a name with a suffix all is one field now.
                let whole = match bound.argument {
                    Argument::Key(_) if arg.is_none() => written.name.as_str(),
                    _ => bound.field.name,
                };
                (Some(bound.field), whole)
            }
            Err(_) => (None, written.name.as_str()),
        };
        let flags = row.map_or_else(Default::default, |row| row.flags);
        let indexed = arg.is_some() || row.is_some_and(|row| row.arg != Arg::None && row.name == name);
        let made = make_up(name, (ty, list), indexed, flags)?;
        self.own.insert(name.to_owned(), made);
        resolve(&|name| self.find(name), &written.name, arg.as_deref()).map_err(|kind| kind.to_string())
    }

    /// Finds a field of this request or of the tables.
    fn find(&self, name: &str) -> Option<&'static Field> {
        self.own.get(name).copied().or_else(|| fields::find(name))
    }

    /// Calls `f` with what conditions of this request may name.
    pub(super) fn with_env<T>(&self, quirks: bool, f: impl FnOnce(&Env<'_>) -> T) -> T {
        let find = |name: &str| self.find(name);
        f(&Env { find: &find, quirks, ..Env::captures() })
    }

    fn value(&self, name: &str) -> Option<Value<'static>> {
        self.values.get(name).cloned()
    }

    /// Both ends of a connection, from the fields of each. Whatever else is known of a descriptor,
    /// there is one.
    fn ends(&self, pairs: [[&str; 2]; 2]) -> Option<Value<'static>> {
        let of = |pair: [&str; 2]| pair.into_iter().filter_map(|name| self.value(name)).collect::<Vec<_>>();
        let [roles, sides] = pairs.map(of);
        let ends = if roles.is_empty() { sides } else { roles };
        let descriptor = || self.values.keys().any(|name| name.starts_with("fd."));
        (!ends.is_empty() || descriptor()).then_some(Value::List(ends))
    }

    /// A value that follows from others.
    fn derived(&self, field: &Field, argument: &Argument) -> Option<Value<'static>> {
        match field.name {
            "fd.ip" | "fd.net" => self.ends([["fd.cip", "fd.sip"], ["fd.lip", "fd.rip"]]),
            "fd.port" | "fd.proto" => self.ends([["fd.cport", "fd.sport"], ["fd.lport", "fd.rport"]]),
            "fd.cnet" => self.value("fd.cip"),
            "fd.snet" => self.value("fd.sip"),
            "fd.lnet" => self.value("fd.lip"),
            "fd.rnet" => self.value("fd.rip"),
            name if field.multi == Multi::Ancestors && *argument == Argument::None => {
                let each = (1..).map_while(|index: u32| self.value(&format!("{name}[{index}]")));
                let each: Vec<Value<'static>> = each.collect();
                (!each.is_empty()).then_some(Value::List(each))
            }
            _ => None,
        }
    }
}

impl Extract for Given {
    fn extract(&self, field: &'static Field, argument: &Argument) -> Option<Value<'_>> {
        self.value(&key(field, argument)).or_else(|| self.derived(field, argument))
    }

    fn event_name(&self) -> &str {
        &self.event
    }
}

/// What the ancestors' values printed with blanks between them stand for.
fn ancestors(
    field: &Field,
    text: &str,
    value: &dyn Fn(String) -> Result<Value<'static>, String>,
) -> Result<Vec<Value<'static>>, String> {
    // Printed without index this is the process itself, which is no ancestor.
    if field.name == "proc.apid" {
        return Ok(Vec::new());
    }
    let words: Vec<&str> = text.split(' ').collect();
    if !matches!(field.name, "proc.acmdline" | "proc.aargs") {
        return words.into_iter().map(|word| value(word.to_owned())).collect();
    }
    // Command lines hold blanks themselves, and nothing says where one ends: any run of words may be
    // one.
    let words = words.get(..WORDS).unwrap_or(&words);
    let starts = 0..words.len();
    let runs = starts.flat_map(|start| (start + 1..=words.len()).map(move |end| start..end));
    runs.map(|run| value(words.get(run).unwrap_or_default().join(" "))).collect()
}

/// Reads a value as outputs print it.
fn value(ty: Type, format: Format, text: String) -> Result<Value<'static>, String> {
    let bad = || format!("`{text}` is no {}", type_name(ty));
    Ok(match ty {
        Type::Text | Type::Path | Type::RelPath | Type::Bytes | Type::Dyn => Value::owned(bytes(text)),
        Type::Bool => Value::Bool(text.parse().map_err(|_| bad())?),
        Type::Double => Value::Double(text.parse().map_err(|_| bad())?),
        Type::Addr | Type::Net => Value::Addr(parse_address(&text).ok_or_else(bad)?),
        Type::Port => Value::Number(parse_port(&text).map(u64::from).ok_or_else(bad)?),
        _ => Value::Number(match format {
            Format::Hex => u64::from_str_radix(text.trim_start_matches("0x"), 16).map_err(|_| bad())?,
            Format::Octal => u64::from_str_radix(&text, 8).map_err(|_| bad())?,
            Format::Plain | Format::Padded if text.starts_with('-') => {
                text.parse::<i64>().map_err(|_| bad())? as u64
            }
            Format::Plain | Format::Padded => text.parse().map_err(|_| bad())?,
        }),
    })
}

/// Reads a value as events hold it: little-endian, addresses in the network's order.
fn of_bytes(ty: Type, bytes: Vec<u8>) -> Result<Option<Value<'static>>, String> {
    let wrong = || format!("{} bytes are no {}", bytes.len(), type_name(ty));
    let word = || {
        let mut word = [0; 8];
        let sign = bytes.last().is_some_and(|byte| is_signed(ty) && byte >> 7 == 1);
        if sign {
            word = [0xff; 8];
        }
        word.iter_mut().zip(&bytes).for_each(|(to, from)| *to = *from);
        (bytes.len() <= 8).then(|| u64::from_le_bytes(word)).ok_or_else(wrong)
    };
    Ok(Some(match ty {
        Type::Text | Type::Path | Type::RelPath | Type::Bytes | Type::Dyn => Value::owned(bytes),
        _ if bytes.is_empty() => return Ok(None),
        Type::Bool => Value::Bool(word()? != 0),
        Type::Double => Value::Double(f64::from_bits(word()?)),
        Type::Addr | Type::Net => match (<[u8; 4]>::try_from(&*bytes), <[u8; 16]>::try_from(&*bytes)) {
            (Ok(four), _) => Value::Addr(four.into()),
            (_, Ok(sixteen)) => Value::Addr(sixteen.into()),
            _ => return Err(wrong()),
        },
        _ => Value::Number(word()?),
    }))
}
