//! Items of lists, in conditions and on their own.

use std::collections::{BTreeMap, BTreeSet};

use super::super::yaml::Spot;
use super::leaf::{Leaf, compares, words};
use super::study::Study;
use super::{COMM_TOO_LONG, Context, DUPLICATE_ITEM, Finding, Fix, MOST_FINDINGS, ODD_ITEM};
use crate::condition::ast::Check;
use crate::condition::{Expr, Span};
use crate::fields::COMM_MAX;

pub(super) fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    let study = context.study;
    let conditions = study.macros.values().map(|(source, expr)| (*source, expr));
    let rules = study.rules.iter().filter_map(|rule| Some((rule.source, rule.expr.as_ref()?)));
    let mut all: Vec<(u32, &Expr)> = conditions.chain(rules).collect();
    all.sort_by_key(|(source, _)| *source);
    for (_, expr) in all {
        expr.leaves(&mut |leaf| {
            if let Expr::Check(check) = leaf {
                long(context, check, out);
                repeated(study, check, out);
            }
        });
    }
    for rule in &study.rules {
        for row in &rule.rows {
            row.expr.leaves(&mut |leaf| {
                if let Expr::Check(check) = leaf {
                    for word in Leaf::new(check, &context.env).long {
                        let place = study.spot(row.spot, 1, study.written(word.at.source).1);
                        out.push(too_long(&check.left.to_string(), &word.lossy(), place, Vec::new()));
                    }
                }
            });
        }
    }
    definitions(study, out);
}

fn too_long(field: &str, word: &str, place: super::Place, edits: Vec<super::Edit>) -> Finding {
    let note = match field.strip_suffix("name") {
        Some(of) if word.contains(' ') => format!("a command line is in `{of}cmdline`"),
        Some(of) if word.starts_with('/') => format!("a path is in `{of}exepath`"),
        _ => format!("the command name is cut to `{}`", word.get(..COMM_MAX).unwrap_or(word)),
    };
    let edits = if note.starts_with("the") { edits } else { Vec::new() };
    Finding {
        code: COMM_TOO_LONG,
        message: format!(
            "`{word}` has {} bytes, and `{field}` at most {COMM_MAX}: it never matches",
            word.len()
        ),
        place,
        fix: Some(Fix { note, edits }),
    }
}

/// Literals that are longer than a command name.
fn long(context: &Context<'_>, check: &Check, out: &mut Vec<Finding>) {
    if out.len() >= MOST_FINDINGS {
        return;
    }
    let study = context.study;
    let field = check.left.to_string();
    let mut elsewhere = BTreeSet::new();
    for word in Leaf::new(check, &context.env).long {
        if out.len() >= MOST_FINDINGS {
            return;
        }
        let text = word.lossy().into_owned();
        let cut = text.get(..COMM_MAX).unwrap_or(&text).to_owned();
        let (written, _) = study.written(word.at.source);
        if written.contains(&text) {
            let quoted = study.slice(word.at).starts_with(['"', '\'']);
            let new = if quoted { format!("\"{cut}\"") } else { cut };
            let edits = study.edit(word.at, &new).into_iter().collect();
            out.push(too_long(&field, &text, study.place(word.at), edits));
            continue;
        }
        // It stands in a list that the condition names.
        elsewhere.insert(text);
    }
    for def in study.collector.lists.iter().filter(|_| !elsewhere.is_empty()) {
        for (item, spot) in def.items.iter().filter(|(item, _)| elsewhere.contains(unquoted(item))) {
            if out.len() >= MOST_FINDINGS {
                return;
            }
            let text = unquoted(item);
            let place = study.spot(*spot, item.chars().count(), &format!("list `{}`", def.name));
            let new = item.replace(text, text.get(..COMM_MAX).unwrap_or(text));
            let edits = study.edit_at(spot.file, &place, item, &new).into_iter().collect();
            out.push(too_long(&field, text, place, edits));
        }
    }
}

fn unquoted(item: &str) -> &str {
    let inner = |quote: char| item.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(item)
}

/// Literals that a condition itself names twice in one list.
fn repeated(study: &Study<'_>, check: &Check, out: &mut Vec<Finding>) {
    if out.len() >= MOST_FINDINGS {
        return;
    }
    let words = words(check);
    let mut seen: BTreeMap<&[u8], Span> = BTreeMap::new();
    for word in words {
        // What a list brought is not written here, and is no text that could be edited.
        if let Some(first) = seen.insert(&word.text, word.at)
            && study.edit(word.at, "").is_some()
            && study.edit(first, "").is_some()
            && !compares(check, "evt.num")
        {
            let place = study.place(word.at);
            out.push(Finding {
                code: DUPLICATE_ITEM,
                message: format!("`{}` stands twice in this list", word.lossy()),
                place,
                fix: None,
            });
        }
    }
}

/// Items of lists that are odd, or there twice.
fn definitions(study: &Study<'_>, out: &mut Vec<Finding>) {
    for def in &study.collector.lists {
        if out.len() >= MOST_FINDINGS {
            return;
        }
        let label = format!("list `{}`", def.name);
        let mut seen: BTreeMap<&str, Spot> = BTreeMap::new();
        for (item, spot) in &def.items {
            if out.len() >= MOST_FINDINGS {
                return;
            }
            let place = || study.spot(*spot, item.chars().count(), &label);
            if seen.insert(item, *spot).is_some() {
                out.push(Finding {
                    code: DUPLICATE_ITEM,
                    message: format!("`{item}` stands twice in this list"),
                    place: place(),
                    fix: None,
                });
            }
            let quoted = item.starts_with(['"', '\'']);
            if !quoted && (item.ends_with(',') || item.starts_with(',')) {
                out.push(Finding {
                    code: ODD_ITEM,
                    message: format!("the item `{item}` brings a comma of its own"),
                    place: place(),
                    fix: Some(Fix {
                        note: "items are separated by the list itself".into(),
                        edits: Vec::new(),
                    }),
                });
            // An item with a blank gets quotes, with other white space it does not.
            } else if !quoted && !item.contains(' ') && item.trim().contains(char::is_whitespace) {
                let trimmed = item.trim();
                let at = place();
                let old = format!("\"{item}\"");
                let edit = study.edit_at(spot.file, &at, &old, &format!("'\"{trimmed}\"'"));
                out.push(Finding {
                    code: ODD_ITEM,
                    message: format!(
                        "the item `{item}` has white space in it, which ends a value in a condition"
                    ),
                    place: at,
                    fix: Some(Fix {
                        note: format!("quote it twice: '\"{trimmed}\"'"),
                        edits: edit.into_iter().collect(),
                    }),
                });
            }
        }
    }
}
