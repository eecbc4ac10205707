//! What to do about an error: the fix of a common mistake, or the nearest known name.

use super::findings::mistakes::{self, What, files_with};
use super::own;
use super::suggest::nearest;
use crate::condition::operators::{MODIFIERS, OPERATORS};
use crate::condition::plan::Env;
use crate::condition::{ConditionError, Kind, TRANSFORMERS, event_names, parameter_names};

/// What to do about a condition, given its text, that is no sentence.
pub(super) fn of_text(text: &str, error: &ConditionError) -> Option<String> {
    match error.kind {
        Kind::Syntax(_) => mistakes::of_text(text).or_else(|| of_word(text, error)),
        _ => None,
    }
}

/// The operator, modifier or transformer that the word where reading stopped was meant to be.
fn of_word(text: &str, error: &ConditionError) -> Option<String> {
    let Kind::Syntax(message) = &error.kind else { return None };
    let start = error.at.start as usize;
    let letters = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    let near = if message.starts_with("expected a valid check operator") {
        let word = text.get(start..)?.split(letters).next()?;
        nearest(word, OPERATORS.iter().map(|row| row.name))
    } else if message.starts_with("unexpected token after") && text.get(start..)?.starts_with('(') {
        let before = text.get(..start)?;
        let word = before.trim_end().rsplit(letters).next()?;
        if before.ends_with(word) {
            nearest(word, std::iter::once("val").chain(TRANSFORMERS.iter().map(|row| row.name)))
        } else {
            nearest(word, MODIFIERS.iter().map(|(_, name)| *name))
        }
    } else {
        None
    };
    near.map(|near| format!("did you mean `{near}`?"))
}

/// The transformer that an output means, which names none.
pub(super) fn of_transformer(shown: &str) -> Option<String> {
    let (word, _) = shown.trim_start_matches('%').split_once('(')?;
    let near = nearest(word, TRANSFORMERS.iter().map(|row| row.name))?;
    (near != word).then(|| format!("did you mean `{near}`?"))
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
        _ => None,
    }
}
