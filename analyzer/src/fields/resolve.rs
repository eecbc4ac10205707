//! From the text of a field to its row and argument.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Arg, Argument, FIELDS, Field, render_args};

static BY_NAME: LazyLock<HashMap<&'static str, &'static Field>> =
    LazyLock::new(|| all().map(|field| (field.name, field)).collect());

/// Every field, class by class.
pub fn all() -> impl Iterator<Item = &'static Field> {
    FIELDS.iter().copied().flatten()
}

/// The field called exactly `name`, without argument.
pub fn find(name: &str) -> Option<&'static Field> {
    BY_NAME.get(name).copied()
}

/// The field and the argument that `text` means: `proc.name`, `proc.aname[2]`, `proc.env[PATH]`,
/// `evt.arg.flags`. `None` if there is no such field, if it takes no such argument, or if it
/// needs one.
pub fn resolve(text: &str) -> Option<(&'static Field, Argument)> {
    if let Some((name, rest)) = text.split_once('[') {
        let inner = rest.strip_suffix(']')?;
        return bracket(find(name)?, inner);
    }
    if let Some(field) = find(text) {
        let alone = matches!(
            field.arg,
            Arg::None | Arg::OptionalIndex | Arg::OptionalIndexOrKey | Arg::OptionalSuffix
        );
        return alone.then_some((field, Argument::None));
    }
    text.rmatch_indices('.').find_map(|(at, _)| {
        let (name, suffix) = (text.get(..at)?, text.get(at + 1..)?);
        suffixed(find(name)?, suffix)
    })
}

fn bracket(field: &'static Field, inner: &str) -> Option<(&'static Field, Argument)> {
    let quoted = ['"', '\''].iter().find_map(|quote| inner.strip_prefix(*quote)?.strip_suffix(*quote));
    let key = quoted.unwrap_or(inner);
    if key.is_empty() {
        return None;
    }
    let index = || key.bytes().all(|byte| byte.is_ascii_digit()).then(|| key.parse().ok()).flatten();
    let argument = match field.arg {
        Arg::None | Arg::Suffix | Arg::OptionalSuffix => return None,
        Arg::OptionalIndex | Arg::Index | Arg::SuffixOrIndex => Argument::Index(index()?),
        Arg::Key => Argument::Key(key.to_owned()),
        Arg::OptionalIndexOrKey | Arg::IndexOrKey => match index() {
            Some(index) => Argument::Index(index),
            None => Argument::Key(key.to_owned()),
        },
    };
    Some((field, argument))
}

fn suffixed(field: &'static Field, suffix: &str) -> Option<(&'static Field, Argument)> {
    let valid = match (field.arg, field.name) {
        (Arg::OptionalSuffix, "evt.abspath") => matches!(suffix, "src" | "dst"),
        (Arg::Suffix | Arg::SuffixOrIndex, "evt.arg" | "evt.rawarg") => is_parameter(suffix),
        (Arg::Suffix, _) => !suffix.is_empty(),
        _ => false,
    };
    valid.then(|| (field, Argument::Key(suffix.to_owned())))
}

/// Whether some event of the schema has a parameter of this name.
fn is_parameter(name: &str) -> bool {
    render_args::DERIVED.contains(&name)
        || capture_format::EVENTS.iter().any(|event| event.param(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        let (field, argument) = resolve(text)?;
        Some(match argument {
            Argument::None => field.name.to_owned(),
            Argument::Index(n) => format!("{} {n}", field.name),
            Argument::Key(key) => format!("{} {key}", field.name),
        })
    }

    #[test]
    fn a_field_is_found_with_the_argument_it_takes() {
        for (text, want) in [
            ("proc.name", "proc.name"),
            ("proc.aname", "proc.aname"),
            ("proc.aname[2]", "proc.aname 2"),
            ("proc.env[PATH]", "proc.env PATH"),
            ("proc.env[\"A B\"]", "proc.env A B"),
            ("evt.arg.flags", "evt.arg flags"),
            ("evt.arg[1]", "evt.arg 1"),
            ("evt.rawarg.fd", "evt.rawarg fd"),
            ("evt.type.is.openat", "evt.type.is openat"),
            ("evt.abspath", "evt.abspath"),
            ("evt.abspath.src", "evt.abspath src"),
            ("thread.cgroup.memory", "thread.cgroup memory"),
            ("container.mount.dest[/etc*]", "container.mount.dest /etc*"),
            ("fd.sip.name", "fd.sip.name"),
            ("proc.exe_ino.ctime", "proc.exe_ino.ctime"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(want), "{text}");
        }
    }

    #[test]
    fn a_field_without_its_argument_or_with_a_wrong_one_does_not_exist() {
        for text in [
            "proc.nam",
            "proc.name[1]",
            "proc.aname[x]",
            "proc.aname[]",
            "proc.aname[1",
            "evt.arg",
            "evt.arg.nonsense",
            "evt.rawarg[1]",
            "evt.rawarg",
            "container.label",
            "evt.abspath.up",
            "proc.name.x",
            "",
            "[1]",
            ".",
            "evt.type.is",
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
    }
}
