//! Conditions that can never be true, and exclusions that exclude nothing.

use std::collections::BTreeMap;

use capture_format::EVENTS;

use super::super::collect::RuleDef;
use super::leaf::span;
use super::study::{Studied, Study};
use super::walk::{Blame, Part, Walk, listed, short};
use super::{ALWAYS_TRUE, Context, Edit, Finding, Fix, NEVER_TRUE, REDUNDANT};
use crate::condition::{EventSet, Expr, Span};
use crate::fields::path_field;

/// More types of event than this and a rule does not name them one by one.
const NAMED_EVENTS: usize = 100;

/// More parts than this and alternatives are not looked at one by one.
const MOST_PARTS: usize = 10_000;

/// The parts of a conjunction, macros left as they are.
pub(super) fn parts<'e>(expr: &'e Expr, outcome: bool, out: &mut Vec<Part<'e>>) {
    match (expr, outcome) {
        (Expr::And(all), true) | (Expr::Or(all), false) => {
            all.iter().for_each(|expr| parts(expr, outcome, out));
        }
        (Expr::Not(expr), _) => parts(expr, !outcome, out),
        _ => out.push((expr, outcome)),
    }
}

pub(super) fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let mut walk = Walk::new(context.study, context.env);
    for rule in &context.study.rules {
        if walk.is_spent() {
            return;
        }
        let Some(expr) = &rule.expr else { continue };
        let mut all = Vec::new();
        parts(expr, true, &mut all);
        let may = walk.may(&all, EventSet::all());
        match may.blame {
            Some(Blame::Switch) => {}
            Some(blame) => {
                let fix = other_path(context.study, rule, &blame, &mut walk);
                report(context.study, NEVER_TRUE, "the condition can never be true", &blame, fix, out);
            }
            None => {
                let before = out.len();
                alternatives(context.study, &all, &mut walk, out);
                // An alternative that is dead explains the events that it names.
                if out.len() == before {
                    by_event(context.study, rule, &all, may.events, &mut walk, out);
                }
                exclusions(context.study, &all, &mut walk, out);
            }
        }
    }
}

fn report(
    study: &Study<'_>,
    code: &'static str,
    what: &str,
    blame: &Blame,
    fix: Option<Fix>,
    out: &mut Vec<Finding>,
) {
    let Some(at) = blame.at() else { return };
    out.push(Finding { code, message: format!("{what}: {}", blame.why()), place: study.place(at), fix });
}

/// Types of event that a rule names and at which it can never hold all the same.
fn by_event<'s>(
    study: &'s Study<'s>,
    rule: &'s Studied,
    all: &[Part<'s>],
    events: EventSet,
    walk: &mut Walk<'s>,
    out: &mut Vec<Finding>,
) {
    let Some(expr) = &rule.expr else { return };
    let asked = walk.asked(expr, true);
    if asked.len() > NAMED_EVENTS {
        return;
    }
    let mut dead: BTreeMap<Span, (EventSet, Blame)> = BTreeMap::new();
    for event in EVENTS.iter().filter(|event| asked.contains(event.name) && !events.contains(event.name)) {
        let only = EventSet::of([event.name]);
        let Some(blame @ Blame::Absent { at, .. }) = walk.may(all, only).blame else { continue };
        let (set, _) = dead.entry(at).or_insert_with(|| (EventSet::NONE, blame));
        *set = set.or(only);
    }
    for (_, (set, mut blame)) in dead {
        if let Blame::Absent { events, .. } = &mut blame {
            *events = set;
        }
        let fix = other_path(study, rule, &blame, walk);
        let what = format!("the condition can never be true at {}", listed(set));
        report(study, NEVER_TRUE, &what, &blame, fix, out);
    }
}

/// The fix of a descriptor's name where the event has a path only: the field that has it.
fn other_path(study: &Study<'_>, rule: &Studied, blame: &Blame, walk: &mut Walk<'_>) -> Option<Fix> {
    let Blame::Absent { at, field, .. } = blame else { return None };
    if field != "fd.name" {
        return None;
    }
    let asked = walk.asked(rule.expr.as_ref()?, true);
    let mut names: Vec<Option<&str>> = EVENTS
        .iter()
        .filter(|event| asked.contains(event.name))
        .map(|event| path_field(event.event_type))
        .collect();
    names.dedup();
    let [Some(name)] = names.as_slice() else { return None };
    let note = format!("use `{name}`, the path that the call acted on");
    let span = Span { end: at.start.saturating_add(7), ..*at };
    let edit = (study.slice(span) == "fd.name").then(|| study.edit(span, name)).flatten();
    let mut edits: Vec<Edit> = edit.into_iter().collect();
    if let (Some(def), false) = (study.def(rule), edits.is_empty()) {
        edits.extend(shown(study, def, name));
    }
    Some(Fix { note, edits })
}

/// The changes of an output that shows a descriptor's name.
fn shown(study: &Study<'_>, def: &RuleDef, name: &str) -> Vec<Edit> {
    const OLD: &str = "%fd.name";
    let longer = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let whole = |at: &usize| !def.output.get(at + OLD.len()..).unwrap_or("").starts_with(longer);
    let places = def.output.match_indices(OLD).map(|(at, _)| at).filter(whole);
    places
        .filter_map(|at| {
            let place = study.output_place(def, at, OLD.len(), "");
            study.edit_at(def.output_spot.file, &place, OLD, &format!("%{name}"))
        })
        .collect()
}

/// Parts that are excluded and can never hold together with what the rule asks for, or only where an
/// earlier part excludes them already.
fn exclusions<'s>(study: &Study<'_>, all: &[Part<'s>], walk: &mut Walk<'s>, out: &mut Vec<Finding>) {
    let wanted = |outcome: bool| move |(_, asked): &&Part<'s>| *asked == outcome;
    let positive: Vec<Part<'s>> = all.iter().filter(wanted(true)).copied().collect();
    for (index, (expr, _)) in all.iter().enumerate().filter(|(_, (_, outcome))| !outcome) {
        if walk.is_spent() {
            return;
        }
        let mut tell = |code, message: String| {
            let Some(at) = extent(expr) else { return };
            out.push(Finding { code, message, place: study.place(at), fix: None });
        };
        let mut parts = positive.clone();
        parts.push((expr, true));
        if let Some(blame) = walk.never(&parts) {
            tell(ALWAYS_TRUE, format!("this exclusion excludes nothing: {}", blame.why()));
            continue;
        }
        let mut parts = positive.clone();
        parts.extend(all.iter().take(index).filter(wanted(false)));
        parts.push((expr, true));
        if let Some(blame) = walk.never(&parts) {
            let by = match &blame {
                Blame::Against { other, .. } => format!(", by `{}`", short(other)),
                _ => String::new(),
            };
            tell(REDUNDANT, format!("what this excludes is excluded before{by}"));
        }
    }
}

/// From the first to the last of what a condition is made of.
fn extent(expr: &Expr) -> Option<Span> {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => Some(extent(parts.first()?)?.to(extent(parts.last()?)?)),
        Expr::Not(part) => extent(part),
        Expr::Macro(name) => Some(name.at),
        Expr::Check(check) => Some(span(check)),
    }
}

/// Alternatives that can never hold together with the rest.
fn alternatives<'s>(study: &Study<'_>, all: &[Part<'s>], walk: &mut Walk<'s>, out: &mut Vec<Finding>) {
    for (index, part) in all.iter().enumerate() {
        let (Expr::Or(choices), true) = part else { continue };
        for choice in choices.iter().take_while(|_| all.len() < MOST_PARTS) {
            if walk.is_spent() {
                return;
            }
            let others = all.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, part)| *part);
            let parts: Vec<Part<'s>> = others.chain([(choice, true)]).collect();
            if let Some(blame) = walk.never(&parts) {
                let Some(at) = extent(choice) else { continue };
                let message = format!("this alternative can never be true: {}", blame.why());
                out.push(Finding { code: NEVER_TRUE, message, place: study.place(at), fix: None });
            }
        }
    }
}
