//! What to do about an error: the fix of a common mistake, or the nearest known name.

use super::own;
use super::suggest::nearest;
use crate::condition::plan::Env;
use crate::condition::{Kind, event_names, parameter_names};

/// Mistakes people make, and what they mean. They come before any distance between names.
static MISTAKES: &[(&str, &str)] = &[
    ("write", "open_write"),
    ("read", "open_read"),
    ("open", "open_read` or `evt.type in (open, openat, openat2)"),
    ("exec", "spawned_process"),
    ("spawn_process", "spawned_process"),
    ("in_container", "container"),
    ("fd.mode", "evt.arg.mode"),
    ("fd.path", "fd.name"),
    ("file.name", "fd.name"),
    ("proc.path", "proc.exepath"),
    ("proc.parent", "proc.pname"),
    ("proc.parent.name", "proc.pname"),
    ("proc.ppname", "proc.aname[2]"),
    ("proc.user", "user.name"),
    ("user", "user.name"),
    ("container.image.name", "container.image.repository"),
    ("k8s.namespace", "k8s.ns.name"),
    ("k8s.namespace.name", "k8s.ns.name"),
    ("k8s.pod", "k8s.pod.name"),
    ("syscall", "evt.type"),
    ("evt.name", "evt.type"),
    ("evt.args.flags", "evt.arg.flags"),
    ("exec", "execve"),
    ("chmodat", "fchmodat"),
    ("exit", "procexit"),
];

/// What to do about an error of this kind.
pub(super) fn of(kind: &Kind, env: &Env<'_>, macros: &mut dyn Iterator<Item = &str>) -> Option<String> {
    let meant = |name: &str| format!("did you mean `{name}`?");
    let mistake = |name: &str| MISTAKES.iter().find(|(wrong, _)| *wrong == name).map(|(_, right)| *right);
    match kind {
        Kind::UndefinedMacro(name) if name.is_empty() => None,
        Kind::UndefinedMacro(name) => {
            if own::defines_macro(name) {
                return Some(format!(
                    "`{name}` is one of Saker's own macros: load this file with --add-rules"
                ));
            }
            let known: Vec<&str> = macros.collect();
            let event = crate::condition::is_event(name);
            mistake(name)
                .or_else(|| nearest(name, known.iter().copied()))
                .map(meant)
                .or_else(|| event.then(|| meant(&format!("evt.type = {name}"))))
        }
        Kind::UnknownField(name) => {
            let (base, _) = name.split_once('[').unwrap_or((name, ""));
            if let Some(right) = mistake(base) {
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
            nearest(name, event_names().iter().copied()).or_else(|| mistake(name)).map(meant)
        }
        Kind::Syntax(text) if text.contains("after 'not'") => None,
        Kind::Syntax(text) if text.starts_with("expected a valid check operator") => {
            Some("`x not in (…)` is written `not x in (…)`".to_owned())
        }
        _ => None,
    }
}
