//! Types by the names that requests give them, and fields that exist for requests only.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::condition::type_from_name;
use crate::fields::{Arg, Field, Flags, Format, Multi, Support, Type};

/// Falco's names for parameter types, as far as they differ from ours.
static ALIASES: &[(&str, Type)] = &[
    ("PID", Type::I64),
    ("FD", Type::I64),
    ("ERRNO", Type::I64),
    ("UID", Type::U32),
    ("GID", Type::U32),
    ("SIGTYPE", Type::U8),
    ("L4PROTO", Type::U8),
    ("SOCKFAMILY", Type::U8),
    ("SYSCALLID", Type::U16),
    ("SIGSET", Type::U32),
    ("FLAGS8", Type::U8),
    ("FLAGS16", Type::U16),
    ("ENUMFLAGS8", Type::U8),
    ("ENUMFLAGS16", Type::U16),
    ("IPV4ADDR", Type::Addr),
    ("IPV6ADDR", Type::Addr),
    ("IPV4NET", Type::Net),
    ("IPV6NET", Type::Net),
    ("SOCKADDR", Type::Bytes),
    ("SOCKTUPLE", Type::Bytes),
    ("FDLIST", Type::Bytes),
    ("SIGNED_INT", Type::I64),
];

/// A type and whether there are several values: `CHARBUF`, `LIST(CHARBUF)`.
pub(super) fn kind(name: &str) -> Option<(Type, bool)> {
    if let Some(inner) = name.strip_prefix("LIST(").and_then(|rest| rest.strip_suffix(')')) {
        return kind(inner).map(|(ty, _)| (ty, true));
    }
    let alias = || ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, ty)| *ty);
    type_from_name(name).or_else(alias).map(|ty| (ty, false))
}

/// Most fields that may be made up while the program runs.
const MOST: usize = 4096;
/// Longest name of such a field.
const LONGEST: usize = 256;

/// What sets made-up fields apart.
type Key = (String, &'static str, bool, bool);

/// Rows live as long as the program, as those of the tables do, so each is made once.
static MADE_UP: Mutex<BTreeMap<Key, &'static Field>> = Mutex::new(BTreeMap::new());

/// A field that no table has.
pub(super) fn make_up(
    name: &str,
    (ty, list): (Type, bool),
    indexed: bool,
    flags: Flags,
) -> Result<&'static Field, String> {
    if name.len() > LONGEST {
        return Err(format!("the name of a field is longer than {LONGEST} bytes"));
    }
    let key = (name.to_owned(), crate::condition::type_name(ty), list, indexed);
    // A panic elsewhere leaves the map whole: rows are only added.
    let mut rows = MADE_UP.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(row) = rows.get(&key) {
        return Ok(row);
    }
    if rows.len() >= MOST {
        return Err(format!("more than {MOST} fields of one's own"));
    }
    let row: &'static Field = Box::leak(Box::new(Field {
        name: Box::leak(name.to_owned().into_boxed_str()),
        ty,
        multi: if list { Multi::List } else { Multi::One },
        arg: if indexed { Arg::OptionalIndexOrKey } else { Arg::None },
        format: Format::Plain,
        flags,
        support: Support::Extracted,
        doc: "",
        get: |_, _| None,
    }));
    rows.insert(key, row);
    Ok(row)
}
