//! Mistakes that show only in a whole condition: a row each.

use super::super::leaf::{compares, span, words};
use super::super::never::parts;
use super::super::study::{Studied, Study};
use super::super::walk::{Part, Walk};
use super::super::{Context, Finding, Fix};
use super::{Mistake, finding};
use crate::condition::ast::Check;
use crate::condition::operators::Op;
use crate::condition::{EventSet, Expr, Span};

/// What is found: where, and changes if they are known.
struct Hit {
    at: Span,
    changes: Vec<(Span, String)>,
}

/// A row: what is wrong, and how it is found.
pub(super) struct Row {
    pub(super) mistake: Mistake,
    find: fn(&Whole<'_>) -> Vec<Hit>,
}

/// A condition taken apart.
struct Whole<'e> {
    /// Comparisons that must hold, those in macros included.
    holds: Vec<&'e Check>,
    /// Comparisons that the rule itself excludes, one by one.
    excluded: Vec<&'e Check>,
    /// Whether it asks for the macro `container`.
    contained: bool,
    /// Events it can be true for.
    events: EventSet,
    study: &'e Study<'e>,
}

/// The rows.
pub(super) static ROWS: &[Row] = &[
    Row {
        mistake: Mistake {
            wrong: "spawned_process and proc.name = kubectl and proc.args contains \"exec\"",
            right: "spawned_process and proc.name = kubectl and proc.args startswith \"exec \"",
            note: "`contains` also matches names such as exec-ns, and a kubectl on another machine is not seen",
        },
        find: kubectl,
    },
    Row {
        mistake: Mistake {
            wrong: "spawned_process and container and not proc.pname = containerd",
            right: "spawned_process and container",
            note: "what starts in a container has runc or containerd-shim as its parent, not containerd",
        },
        find: containerd,
    },
    Row {
        mistake: Mistake {
            wrong: "spawned_process and container and proc.name = sh and not user.name in (root)",
            right: "spawned_process and container and proc.name = sh",
            note: "most processes of containers run as root, also those of `kubectl exec`: this leaves them out",
        },
        find: root,
    },
    Row {
        mistake: Mistake {
            wrong: "evt.type = execve and evt.dir = < and proc.name = sh",
            right: "evt.type = execve and proc.name = sh",
            note: "events are recorded when calls return: `evt.dir` is always `<`",
        },
        find: direction,
    },
];

pub(super) fn check(context: &Context<'_>, rule: &Studied, out: &mut Vec<Finding>) {
    let Some(expr) = &rule.expr else { return };
    let study = context.study;
    let mut all: Vec<Part<'_>> = Vec::new();
    parts(expr, true, &mut all);
    let mut whole =
        Whole { holds: Vec::new(), excluded: Vec::new(), contained: false, events: EventSet::all(), study };
    for (expr, outcome) in &all {
        match expr {
            Expr::Check(check) if *outcome => whole.holds.push(check),
            Expr::Check(check) => whole.excluded.push(check),
            Expr::Macro(name) if *outcome => {
                // Not loaded, it is still known what it says.
                whole.contained |= name.text == b"container";
                gather(study, expr, &mut whole.holds, 8);
            }
            _ => {}
        }
    }
    whole.events = Walk::new(study, context.env).asked(expr, true);
    for row in ROWS {
        for hit in (row.find)(&whole) {
            let edits: Option<Vec<_>> = hit.changes.iter().map(|(at, new)| study.edit(*at, new)).collect();
            let edits = edits.unwrap_or_default();
            let note = match hit.changes.first() {
                Some((_, new)) if !new.trim().is_empty() => format!("write `{new}`"),
                _ => "drop it".to_owned(),
            };
            let fix = Fix { note, edits };
            out.push(finding(study, hit.at, row.mistake.note.to_owned(), Some(fix)));
        }
    }
}

/// What must hold if a macro does.
fn gather<'e>(study: &'e Study<'_>, expr: &Expr, out: &mut Vec<&'e Check>, depth: usize) {
    let Expr::Macro(name) = expr else { return };
    let (Some((_, body)), Some(depth)) = (study.macros.get(&*name.lossy()), depth.checked_sub(1)) else {
        return;
    };
    let mut all = Vec::new();
    parts(body, true, &mut all);
    for (expr, outcome) in all {
        match expr {
            Expr::Check(check) if outcome => out.push(check),
            Expr::Macro(_) if outcome => gather(study, expr, out, depth),
            _ => {}
        }
    }
}

impl Whole<'_> {
    /// Whether it is about programs that start.
    fn spawns(&self) -> bool {
        let execs = EventSet::of(["execve", "execveat"]);
        !self.events.is_empty() && self.events.and(execs.complement()).is_empty()
    }

    /// Whether it is about containers only.
    fn contained(&self) -> bool {
        let other =
            |check: &&Check| compares(check, "container.id") && check.op == Op::Ne && only(check, "host");
        self.contained || self.holds.iter().any(other)
    }
}

/// Whether the only literal is this.
fn only(check: &Check, word: &str) -> bool {
    matches!(words(check), [one] if one.text == word.as_bytes())
}

fn kubectl(whole: &Whole<'_>) -> Vec<Hit> {
    let kubectl = whole.holds.iter().any(|check| {
        compares(check, "proc.name")
            && matches!(check.op, Op::Eq | Op::EqEq | Op::In)
            && only(check, "kubectl")
    });
    let asked = |check: &&&Check| {
        (compares(check, "proc.args") || compares(check, "proc.cmdline"))
            && check.op == Op::Contains
            && (only(check, "exec") || only(check, "attach") || only(check, "cp"))
    };
    let hits = whole.holds.iter().filter(|_| kubectl).filter(asked);
    hits.map(|check| {
        let word = words(check).first().map(|word| word.lossy().into_owned()).unwrap_or_default();
        let field = check.left.to_string();
        let prefix = if field == "proc.cmdline" { "kubectl " } else { "" };
        let new = format!("{field} startswith \"{prefix}{word} \"");
        Hit { at: span(check), changes: vec![(span(check), new)] }
    })
    .collect()
}

fn containerd(whole: &Whole<'_>) -> Vec<Hit> {
    if !whole.spawns() || !whole.contained() {
        return Vec::new();
    }
    let daemon = |word: &str| ["containerd", "dockerd", "docker-containerd"].contains(&word);
    let parent = |check: &&&Check| {
        compares(check, "proc.pname")
            && matches!(check.op, Op::Eq | Op::EqEq | Op::In)
            && !words(check).is_empty()
            && words(check).iter().all(|word| daemon(&word.lossy()))
    };
    whole.excluded.iter().filter(parent).map(|check| Hit { at: span(check), changes: Vec::new() }).collect()
}

fn root(whole: &Whole<'_>) -> Vec<Hit> {
    if !whole.spawns() || !whole.contained() {
        return Vec::new();
    }
    let user = |check: &&&Check| {
        (compares(check, "user.name") && only(check, "root")
            || compares(check, "user.uid") && only(check, "0"))
            && matches!(check.op, Op::Eq | Op::EqEq | Op::In)
    };
    whole.excluded.iter().filter(user).map(|check| Hit { at: span(check), changes: Vec::new() }).collect()
}

fn direction(whole: &Whole<'_>) -> Vec<Hit> {
    let always = |check: &&&Check| {
        compares(check, "evt.dir") && matches!(check.op, Op::Eq | Op::EqEq | Op::In) && only(check, "<")
    };
    let with_and = |check: &Check| {
        // The `and` before it goes, too.
        let at = span(check);
        let text = whole.study.slice(Span { start: 0, ..at });
        let before = text.get(..at.start as usize).unwrap_or("").trim_end();
        if let Some(rest) = before.strip_suffix("and") {
            return Some(Span { start: u32::try_from(rest.len()).ok()?, ..at });
        }
        None
    };
    whole
        .holds
        .iter()
        .filter(always)
        .map(|check| Hit {
            at: span(check),
            changes: with_and(check).map(|at| (at, String::new())).into_iter().collect(),
        })
        .collect()
}
