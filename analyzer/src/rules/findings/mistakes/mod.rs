//! Mistakes that people make in rules, and what they mean: tables, a row each.
//!
//! They come before any distance between names, both as hints of errors and as findings with a fix.

mod keys;
mod names;
mod stock;
mod terms;
mod tokens;
mod whole;
mod words;

use super::super::output::Template;
use super::super::suggest::nearest;
use super::study::Study;
use super::{Context, Finding, Fix, KNOWN_MISTAKE, MOST_FINDINGS};
use crate::condition::ast::{Check, FieldRef, Rhs, Term, Word};
use crate::condition::plan::Env;
use crate::condition::{Expr, Span, is_event, resolve};
pub(in crate::rules) use keys::of_map;
pub(in crate::rules) use names::{What, meant};
pub(in crate::rules) use stock::{EVENTS as STOCK_EVENTS, files_with};
pub(in crate::rules) use terms::explains;

/// What people write, what they mean, and why.
#[derive(Clone, Copy, Debug)]
pub struct Mistake {
    /// What is written: a condition, or a file.
    pub wrong: &'static str,
    /// What is meant.
    pub right: &'static str,
    /// What to know about it.
    pub note: &'static str,
}

/// Every known mistake with an example, those of names and of keys included.
pub fn all() -> Vec<Mistake> {
    let words = words::ROWS.iter().map(|row| row.mistake);
    let terms = terms::ROWS.iter().map(|row| row.mistake);
    words.chain(terms).chain(whole::ROWS.iter().map(|row| row.mistake)).collect()
}

/// Known mistakes in files, as examples.
pub fn files() -> &'static [Mistake] {
    keys::MISTAKES
}

/// Names that do not exist, with those that are meant and what they name: `macro`, `field`, `event`.
pub fn wrong_names() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    names::NAMES.iter().map(|row| {
        let what = match row.what {
            What::Macro => "macro",
            What::Field => "field",
            What::Event => "event",
        };
        (what, row.wrong, row.right)
    })
}

/// What to do about a condition that is no sentence.
pub(in crate::rules) fn of_text(text: &str) -> Option<String> {
    words::find(text).map(|(row, _)| row.mistake.note.to_owned())
}

/// What to do about a comparison that is refused.
pub(in crate::rules) fn of_check(expr: &Expr, at: Span, env: &Env<'_>) -> Option<String> {
    let mut note = None;
    expr.leaves(&mut |leaf| {
        let Expr::Check(check) = leaf else { return };
        let all = super::leaf::span(check);
        let inside = all.source == at.source && all.start <= at.start && at.start <= all.end;
        if inside && note.is_none() {
            note = terms::hint(check, env).map(str::to_owned);
        }
    });
    note
}

pub(super) fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let study = context.study;
    keys::check(study, out);
    for source in study.texts() {
        sentence(study, source, out);
    }
    let conditions = study.macros.values().map(|(source, expr)| (*source, expr));
    let rules = study.rules.iter().filter_map(|rule| Some((rule.source, rule.expr.as_ref()?)));
    let mut all: Vec<(u32, &Expr)> = conditions.chain(rules).collect();
    all.sort_by_key(|(source, _)| *source);
    for (_, expr) in all {
        expr.leaves(&mut |leaf| match leaf {
            Expr::Macro(name) => undefined(study, name, out),
            Expr::Check(check) => comparison(context, check, out),
            _ => {}
        });
    }
    for rule in &study.rules {
        whole::check(context, rule, out);
        outputs(context, rule, out);
    }
}

fn finding(study: &Study<'_>, at: Span, message: String, fix: Option<Fix>) -> Finding {
    Finding { code: KNOWN_MISTAKE, message, place: study.place(at), fix }
}

/// A fix that puts something else in one place.
fn instead(study: &Study<'_>, at: Span, new: &str) -> Fix {
    Fix { note: format!("did you mean `{new}`?"), edits: study.edit(at, new).into_iter().collect() }
}

/// The first mistake in a text that is no sentence.
fn sentence(study: &Study<'_>, source: u32, out: &mut Vec<Finding>) {
    if out.len() >= MOST_FINDINGS {
        return;
    }
    let (text, _) = study.written(source);
    let Some((row, changes)) = words::find(text) else { return };
    let span = |start: usize, end: usize| Span::new(source, start, end);
    let edits: Option<Vec<_>> =
        changes.iter().map(|(start, end, with)| study.written_edit(span(*start, *end), with)).collect();
    let Some((start, end, with)) = changes.first() else { return };
    let at = if text.get(*start..*end).is_some_and(|text| !text.trim().is_empty()) {
        span(*start, *end)
    } else {
        span(start.saturating_sub(1), *start)
    };
    let old = text.get(*start..*end).unwrap_or("").trim();
    let note = match (old.is_empty(), with.trim().is_empty()) {
        (_, true) => format!("drop `{old}`"),
        (true, _) => format!("add `{}`", with.trim()),
        _ => format!("write `{}`", with.trim()),
    };
    out.push(Finding {
        code: KNOWN_MISTAKE,
        message: row.mistake.note.to_owned(),
        place: study.written_place(at),
        fix: Some(Fix { note, edits: edits.unwrap_or_default() }),
    });
}

/// A macro that does not exist.
fn undefined(study: &Study<'_>, name: &Word, out: &mut Vec<Finding>) {
    if out.len() >= MOST_FINDINGS {
        return;
    }
    let text = name.lossy();
    let defined =
        |name: &str| study.macros.contains_key(name) || study.broken.iter().any(|known| known == name);
    if defined(&text) {
        return;
    }
    if let Some(right) = meant(What::Macro, &text) {
        let mut fix = instead(study, name.at, right);
        if !right.contains('.')
            && !defined(right)
            && let Some(files) = files_with(right)
        {
            fix.note.push_str(&format!(" It is a macro of {files}: load that before"));
        }
        let message = format!("there is no macro `{text}`");
        out.push(finding(study, name.at, message, Some(fix)));
    } else if let Some(files) = files_with(&text) {
        let message = format!("`{text}` is a macro of {files}");
        let fix = Fix { note: "load that file before this one".to_owned(), edits: Vec::new() };
        out.push(finding(study, name.at, message, Some(fix)));
    } else if is_event(&text) {
        let fix = instead(study, name.at, &format!("evt.type = {text}"));
        out.push(finding(study, name.at, format!("there is no macro `{text}`"), Some(fix)));
    } else if let Some(near) = nearest(&text, study.macros.keys().map(String::as_str)) {
        let fix = instead(study, name.at, near);
        out.push(finding(study, name.at, format!("there is no macro `{text}`"), Some(fix)));
    }
}

/// Names that do not exist in a comparison, and what it says that is not meant.
fn comparison(context: &Context<'_>, check: &Check, out: &mut Vec<Finding>) {
    if out.len() >= MOST_FINDINGS {
        return;
    }
    let (study, env) = (context.study, &context.env);
    let mut unknown = false;
    let mut name = |field: &FieldRef| {
        if let Some(fix) = field_meant(field, env) {
            unknown = true;
            let at = Span { end: field.at.start.saturating_add(field.name.len() as u32), ..field.at };
            let fix = instead(study, at, &fix);
            out.push(finding(study, field.at, format!("there is no field `{field}`"), Some(fix)));
        }
    };
    each_field(&check.left, &mut name);
    if let Rhs::Term(term) = &check.right {
        each_field(term, &mut name);
    }
    if unknown {
        return;
    }
    let Some(compared) = terms::Compared::new(check, env) else { return };
    if let Some((row, changes)) = terms::ROWS.iter().find_map(|row| Some((row, (row.find)(&compared)?))) {
        let at = super::leaf::span(check);
        let edits: Option<Vec<_>> = changes.iter().map(|(at, new)| study.edit(*at, new)).collect();
        let new = rewritten(study, at, &changes);
        let fix = Fix { note: format!("write `{new}`"), edits: edits.unwrap_or_default() };
        out.push(finding(study, at, row.mistake.note.to_owned(), Some(fix)));
        return;
    }
    if super::leaf::compares(check, "evt.type") {
        for word in super::leaf::words(check).iter().filter(|word| !is_event(&word.lossy())) {
            let text = word.lossy();
            let right = meant(What::Event, &text)
                .or_else(|| nearest(&text, crate::condition::event_names().iter().copied()));
            if let Some(right) = right {
                let fix = instead(study, word.at, right);
                out.push(finding(study, word.at, format!("there is no event `{text}`"), Some(fix)));
            }
        }
    }
}

/// A comparison's text with changes made.
fn rewritten(study: &Study<'_>, at: Span, changes: &[terms::Change]) -> String {
    let relative = |span: Span| {
        let from = |byte: u32| byte.saturating_sub(at.start) as usize;
        (from(span.start), from(span.end))
    };
    let changes: Vec<words::Change> = changes
        .iter()
        .map(|(span, new)| {
            let (start, end) = relative(*span);
            (start, end, new.clone())
        })
        .collect();
    let new = words::changed(study.slice(at), &changes);
    super::walk::short(&new.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn each_field(term: &Term, f: &mut dyn FnMut(&FieldRef)) {
    match term {
        Term::Field(field) | Term::Val(field) => f(field),
        Term::Call { args, .. } => args.iter().for_each(|term| each_field(term, f)),
        Term::List(terms, _) => terms.iter().for_each(|term| each_field(term, f)),
        Term::Text(_) => {}
    }
}

/// The name that a field's name, which does not exist, stands for.
fn field_meant(field: &FieldRef, env: &Env<'_>) -> Option<String> {
    let arg = field.arg.as_ref().map(Word::lossy);
    if resolve(env.find, &field.name, arg.as_deref()).is_ok() {
        return None;
    }
    if let Some(right) = meant(What::Field, &field.name) {
        return Some(right.to_owned());
    }
    let known = (env.names)();
    let near = nearest(&field.name, known.iter().copied().filter(|name| *name != field.name))?;
    // What needs an argument is not what is meant.
    resolve(env.find, near, arg.as_deref()).ok().map(|_| near.to_owned())
}

/// Fields of an output that do not exist, and other forms of a placeholder.
fn outputs(context: &Context<'_>, rule: &super::study::Studied, out: &mut Vec<Finding>) {
    if out.len() >= MOST_FINDINGS {
        return;
    }
    let study = context.study;
    let Some(def) = study.def(rule) else { return };
    if Template::compile_in(&def.output, &context.env).is_ok() {
        return;
    }
    let label = format!("rule `{}`", def.name);
    for (at, _) in def.output.match_indices('%') {
        let rest = def.output.get(at + 1..).unwrap_or("");
        let braces = [('{', '}'), ('(', ')')].into_iter().find(|(open, _)| rest.starts_with(*open));
        let ident = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let inner = rest.trim_start_matches(['{', '(']);
        let name = inner.split(|c| !ident(c)).next().unwrap_or("").trim_end_matches('.');
        if name.is_empty() || !name.contains('.') {
            continue;
        }
        let field = FieldRef { name: name.to_owned(), arg: None, at: Span::default() };
        let exists = resolve(context.env.find, name, None).is_ok();
        let (old, new) = match (braces, field_meant(&field, &context.env)) {
            (Some((open, close)), _) if exists => (format!("%{open}{name}{close}"), format!("%{name}")),
            (None, Some(right)) => (format!("%{name}"), format!("%{right}")),
            _ => continue,
        };
        let place = study.output_place(def, at, old.chars().count(), &label);
        let edits = study.edit_at(def.output_spot.file, &place, &old, &new).into_iter().collect();
        let message = match braces {
            Some(_) => "a placeholder of an output has no brackets".to_owned(),
            None => format!("there is no field `{name}`"),
        };
        let fix = Some(Fix { note: format!("write `{new}`"), edits });
        out.push(Finding { code: KNOWN_MISTAKE, message, place, fix });
    }
}
