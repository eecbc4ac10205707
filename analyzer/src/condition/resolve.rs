//! From a field's name and argument, as written, to its row.

use super::error::Kind;
use super::events::is_event;
use super::params::parameter;
use crate::fields::{Arg, Argument, Field, Type};

/// Finds a field's row by its name without argument.
pub type Find<'a> = dyn Fn(&str) -> Option<&'static Field> + 'a;

/// A field with the argument it was given.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The field's row.
    pub field: &'static Field,
    /// The argument.
    pub argument: Argument,
    /// Type of a value: the field's, or the parameter's for `evt.rawarg`.
    pub ty: Type,
}

/// Finds the field that `name[arg]` means.
pub fn resolve(find: &Find<'_>, name: &str, arg: Option<&str>) -> Result<Bound, Kind> {
    let unknown = || match arg {
        Some(arg) => Kind::UnknownField(format!("{name}[{arg}]")),
        None => Kind::UnknownField(name.to_owned()),
    };
    if let Some(field) = find(name) {
        let argument = bracketed(field, arg).ok_or_else(|| match arg {
            Some(_) => unknown(),
            None => Kind::MissingArgument(name.to_owned()),
        })?;
        return Ok(Bound { field, argument, ty: field.ty });
    }
    // `evt.arg.flags`: the longest prefix that is a field with a suffix.
    let mut end = name.len();
    while let Some(dot) = name.get(..end).and_then(|text| text.rfind('.')) {
        let (prefix, suffix) = (name.get(..dot).unwrap_or(""), name.get(dot + 1..).unwrap_or(""));
        if let Some(field) = find(prefix)
            && matches!(field.arg, Arg::Suffix | Arg::SuffixOrIndex | Arg::OptionalSuffix)
        {
            let ty = suffix_type(field, suffix).filter(|_| arg.is_none()).ok_or_else(unknown)?;
            return Ok(Bound { field, argument: Argument::Key(suffix.to_owned()), ty });
        }
        end = dot;
    }
    Err(unknown())
}

/// The argument in brackets, or none, if the field takes that.
fn bracketed(field: &Field, arg: Option<&str>) -> Option<Argument> {
    let index = |arg: &str| {
        let digits = !arg.is_empty() && arg.bytes().all(|byte| byte.is_ascii_digit());
        if digits { arg.parse().ok().map(Argument::Index) } else { None }
    };
    let key = |arg: &str| Argument::Key(arg.to_owned());
    match (field.arg, arg) {
        (Arg::None | Arg::OptionalIndex | Arg::OptionalIndexOrKey | Arg::OptionalSuffix, None) => {
            Some(Argument::None)
        }
        (Arg::Index | Arg::Key | Arg::IndexOrKey | Arg::Suffix | Arg::SuffixOrIndex, None) => None,
        (Arg::None | Arg::Suffix | Arg::OptionalSuffix, Some(_)) => None,
        (Arg::OptionalIndex | Arg::Index | Arg::SuffixOrIndex, Some(arg)) => index(arg),
        (Arg::OptionalIndexOrKey | Arg::IndexOrKey, Some(arg)) => {
            Some(index(arg).unwrap_or_else(|| key(arg)))
        }
        (Arg::Key, Some(arg)) => Some(key(arg)),
    }
}

/// Type of `field.suffix`, if there is such a thing.
fn suffix_type(field: &Field, suffix: &str) -> Option<Type> {
    match field.name {
        // The fields know names of parameters, too, that have no type of their own here.
        "evt.arg" => {
            let known = || crate::fields::resolve(&format!("evt.arg.{suffix}")).is_some();
            (parameter(suffix).is_some() || known()).then_some(field.ty)
        }
        "evt.rawarg" => parameter(suffix),
        "evt.type.is" => {
            let number = suffix.bytes().all(|byte| byte.is_ascii_digit());
            (number || is_event(suffix)).then_some(field.ty)
        }
        "evt.abspath" => matches!(suffix, "src" | "dst").then_some(field.ty),
        _ => Some(field.ty),
    }
}
