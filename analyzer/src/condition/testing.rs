//! Fields and moments for tests: a table instead of a capture.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::plan::Env;
use crate::fields::{Arg, Argument, Extract, Field, Flags, Format, Multi, Support, Type, Value};

/// `name type arg multi flags`, a row each.
const ROWS: &str = "
evt.type Text - -
evt.num U64 - -
evt.cpu I16 - -
evt.arg Text suffix|index -
evt.rawarg Dyn suffix - rhs,transform
evt.source Text - -
evt.asynctype Text - -
evt.plugininfo Text - -
evt.dir Text - -
evt.res Text - -
evt.rawres I64 - -
evt.failed Bool - -
evt.is_open_read Bool - -
evt.is_open_write Bool - -
evt.time Text - -
evt.rawtime AbsTime - -
evt.buffer Bytes - -
evt.around U64 key - rhs,transform
evt.is_wait Bool - -
evt.buflen.in U64 - -
syscall.type Text - -
proc.name Text - -
proc.pname Text - -
proc.cmdline Text - -
proc.exepath Text - -
proc.pid I64 - -
proc.vpid I64 - -
proc.args Text index? -
proc.env Text index|key? -
proc.aname Text index? ancestors rhs,transform
proc.apid I64 index? ancestors rhs,transform
proc.duration RelTime - -
proc.cpu Double - -
user.name Text - -
user.uid U32 - -
fd.name Text - -
fd.num I64 - -
fd.type Text - -
fd.typechar Text - -
fd.filename Text - -
fd.directory Text - -
fd.sip Addr - -
fd.cip Addr - -
fd.lip Addr - -
fd.sport Port - -
fd.cport Port - -
fd.ip Addr - either rhs,transform
fd.port Port - either rhs,transform
fd.proto Port - either rhs,transform
fd.net Net - either rhs,transform
fd.snet Net - - rhs,transform
fd.types Text index? list rhs
fs.path.name Text - -
container.id Text - -
container.name Text - -
container.image.repository Text - -
container.image.tag Text - -
k8s.pod.name Text - -
k8s.ns.name Text - -
proc.sid.list I64 - list
";

fn row(line: &'static str) -> Option<Field> {
    let mut words = line.split_ascii_whitespace();
    let (name, ty, arg, multi) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let flags = words.next().unwrap_or("");
    let ty = match ty {
        "Text" => Type::Text,
        "U64" => Type::U64,
        "U32" => Type::U32,
        "I16" => Type::I16,
        "I64" => Type::I64,
        "Bool" => Type::Bool,
        "AbsTime" => Type::AbsTime,
        "RelTime" => Type::RelTime,
        "Double" => Type::Double,
        "Bytes" => Type::Bytes,
        "Addr" => Type::Addr,
        "Net" => Type::Net,
        "Port" => Type::Port,
        "Dyn" => Type::Dyn,
        other => panic!("no type {other}"),
    };
    let arg = match arg {
        "-" => Arg::None,
        "index?" => Arg::OptionalIndex,
        "index|key?" => Arg::OptionalIndexOrKey,
        "key" => Arg::Key,
        "suffix" => Arg::Suffix,
        "suffix|index" => Arg::SuffixOrIndex,
        other => panic!("no argument {other}"),
    };
    let multi = match multi {
        "-" => Multi::One,
        "list" => Multi::List,
        "ancestors" => Multi::Ancestors,
        "either" => Multi::Either,
        other => panic!("no multiplicity {other}"),
    };
    let flags = Flags {
        no_rhs: flags.contains("rhs"),
        no_transform: flags.contains("transform"),
        ..Flags::default()
    };
    let get = |_: &crate::fields::Moment<'_>, _: &Argument| None;
    Some(Field {
        name,
        ty,
        multi,
        arg,
        format: Format::Plain,
        flags,
        support: Support::Extracted,
        doc: "",
        get,
    })
}

static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| ROWS.lines().filter_map(row).collect());

pub(crate) fn find(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.name == name)
}

/// The fields of this table.
pub(crate) fn env() -> Env<'static> {
    Env {
        find: &find,
        names: || FIELDS.iter().map(|field| field.name).collect(),
        quirks: false,
        limits: super::limits::Limits::DEFAULT,
    }
}

/// A moment made of a table: `proc.name`, `proc.aname[1]`, `evt.arg.flags` to values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) event: String,
    pub(crate) values: BTreeMap<String, Value<'static>>,
}

impl Table {
    pub(crate) fn of(event: &str, values: &[(&str, Value<'static>)]) -> Self {
        let mut table = Self { event: event.to_owned(), values: BTreeMap::new() };
        table.values.insert("evt.type".to_owned(), Value::owned(event.as_bytes()));
        table.values.extend(values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        table
    }
}

pub(crate) fn text(text: &'static str) -> Value<'static> {
    Value::bytes(text.as_bytes())
}

impl Extract for Table {
    fn extract(&self, field: &'static Field, argument: &Argument) -> Option<Value<'_>> {
        let key = match argument {
            Argument::None => field.name.to_owned(),
            Argument::Index(index) => format!("{}[{index}]", field.name),
            Argument::Key(key)
                if matches!(field.arg, Arg::Suffix | Arg::SuffixOrIndex | Arg::OptionalSuffix) =>
            {
                format!("{}.{key}", field.name)
            }
            Argument::Key(key) => format!("{}[{key}]", field.name),
        };
        self.values.get(&key).cloned()
    }

    fn event_name(&self) -> &str {
        &self.event
    }
}
