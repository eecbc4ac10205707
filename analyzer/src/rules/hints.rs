//! What to do about an error: the fix of a common mistake, or the nearest known name.

use super::findings::mistakes::{self, What, files_with};
use super::own;
use super::suggest::nearest;
use crate::condition::plan::Env;
use crate::condition::{ConditionError, Kind, event_names, parameter_names};

/// What to do about a condition, given its text, that is no sentence.
pub(super) fn of_text(text: &str, error: &ConditionError) -> Option<String> {
    match error.kind {
        Kind::Syntax(_) => mistakes::of_text(text),
        _ => None,
    }
}

/// What to do about an error of this kind.
pub(super) fn of(kind: &Kind, env: &Env<'_>, macros: &mut dyn Iterator<Item = &str>) -> Option<String> {
    let meant = |name: &str| format!("did you mean `{name}`?");
    match kind {
        Kind::UndefinedMacro(name) if name.is_empty() => None,
        Kind::UndefinedMacro(name) => {
            let known: Vec<&str> = macros.collect();
            if let Some(right) = mistakes::meant(What::Macro, name) {
                let there = known.contains(&right) || right.contains('.');
                return Some(match files_with(right).filter(|_| !there) {
                    Some(files) => {
                        format!("{} It is a macro of {files}: load that before", meant(right))
                    }
                    None => meant(right),
                });
            }
            let own = own::defines_macro(name);
            if let Some(files) = files_with(name) {
                let own = if own { "; Saker's own rules have it, too: --add-rules" } else { "" };
                return Some(format!("`{name}` is a macro of {files}: load that before{own}"));
            }
            if own {
                return Some(format!(
                    "`{name}` is one of Saker's own macros: load this file with --add-rules"
                ));
            }
            let event = crate::condition::is_event(name);
            nearest(name, known.iter().copied())
                .map(meant)
                .or_else(|| event.then(|| meant(&format!("evt.type = {name}"))))
        }
        Kind::UnknownField(name) => {
            let (base, _) = name.split_once('[').unwrap_or((name, ""));
            if let Some(right) = mistakes::meant(What::Field, base) {
                return Some(meant(right));
            }
            for prefix in ["evt.arg.", "evt.rawarg."] {
                if let Some(param) = base.strip_prefix(prefix) {
                    let near = nearest(param, parameter_names())?;
                    return Some(meant(&format!("{prefix}{near}")));
                }
            }
            let known = (env.names)();
            if known.contains(&base) && base != name {
                return Some(format!("`{base}` does not take this argument"));
            }
            nearest(base, known.into_iter()).map(meant)
        }
        Kind::MissingArgument(name) => {
            Some(format!("`{name}` needs an argument, as in `{name}.name` or `{name}[0]`"))
        }
        Kind::UnknownEvent(name) => {
            let known = mistakes::meant(What::Event, name);
            known.or_else(|| nearest(name, event_names().iter().copied())).map(meant)
        }
        Kind::Syntax(text) if text.contains("after 'not'") => None,
        Kind::Syntax(text) if text.starts_with("expected a valid check operator") => {
            Some("`x not in (…)` is written `not x in (…)`".to_owned())
        }
        _ => None,
    }
}
