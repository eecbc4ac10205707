//! Two rule sets side by side.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Aspect, Difference, Item, Kind, Status, meaning};
use crate::condition::Expr;
use crate::condition::normal::Normal;
use crate::rules::{Definitions, Ingredients, Rule, RuleSet};

/// Deepest tree that a macro is expanded to.
const DEPTH_MAX: usize = 500;

/// Which rules use which macros and lists.
type Users = BTreeMap<(Kind, String), BTreeSet<String>>;

pub(super) fn compare(before: &RuleSet, after: &RuleSet) -> Difference {
    let mut users = Users::new();
    for set in [before, after] {
        for rule in set.rules() {
            let made = Ingredients::of(set, rule);
            let macros = made.macros.into_iter().map(|name| (Kind::Macro, name));
            for thing in macros.chain(made.lists.into_iter().map(|name| (Kind::List, name))) {
                users.entry(thing).or_default().insert(rule.name.clone());
            }
        }
    }
    let mut items = Vec::new();
    items.extend(rules(before, after));
    items.extend(macros(before.definitions(), after.definitions(), &users));
    items.extend(lists(before.definitions(), after.definitions(), &users));
    Difference { items }
}

/// Names of both, those of the second first, and whether each has it.
fn names<'a>(
    before: impl Iterator<Item = &'a str>,
    after: impl Iterator<Item = &'a str>,
) -> Vec<(&'a str, bool, bool)> {
    let before: Vec<&str> = before.collect();
    let after: Vec<&str> = after.collect();
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) =
        (before.iter().copied().collect(), after.iter().copied().collect());
    let kept = after.into_iter().map(|name| (name, old.contains(name), true));
    let gone = before.into_iter().filter(|name| !new.contains(name)).map(|name| (name, true, false));
    kept.chain(gone).collect()
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An aspect that is a plain value.
fn plain(what: &'static str, from: String, to: String) -> Option<Aspect> {
    (from != to).then(|| Aspect { what, from: json!(from), to: json!(to), gone: vec![from], new: vec![to] })
}

/// An aspect that is several texts.
fn several(what: &'static str, from: &[String], to: &[String]) -> Option<Aspect> {
    let lacks = |texts: &[String], other: &[String]| -> Vec<String> {
        texts.iter().filter(|text| !other.contains(text)).cloned().collect()
    };
    (from != to).then(|| Aspect {
        what,
        from: json!(from),
        to: json!(to),
        gone: lacks(from, to),
        new: lacks(to, from),
    })
}

fn rules(before: &RuleSet, after: &RuleSet) -> Vec<Item> {
    let of = |set: &RuleSet| -> Vec<String> { set.rules().iter().map(|rule| rule.name.clone()).collect() };
    let (old, new) = (of(before), of(after));
    let mut items = Vec::new();
    for (name, ..) in names(old.iter().map(String::as_str), new.iter().map(String::as_str)) {
        let item = match (before.rule(name), after.rule(name)) {
            (Some(old), Some(new)) => match rule(before, old, after, new) {
                (_, aspects) if aspects.is_empty() => continue,
                (status, aspects) => Item { status, aspects, ..bare(Kind::Rule, name) },
            },
            (None, Some(rule)) => only(rule, Status::Added),
            (Some(rule), None) => only(rule, Status::Removed),
            (None, None) => continue,
        };
        items.push(item);
    }
    items
}

fn bare(kind: Kind, name: &str) -> Item {
    Item { kind, name: name.to_owned(), status: Status::Changed, aspects: Vec::new(), affects: Vec::new() }
}

fn only(rule: &Rule, status: Status) -> Item {
    let about = format!("{}{}", rule.priority, if rule.enabled { "" } else { ", disabled" });
    let (mut from, mut to) = (Value::Null, json!(rule.compiled_condition));
    let (mut gone, mut new) = (Vec::new(), vec![about]);
    if status == Status::Removed {
        (from, to, gone, new) = (to, from, new, gone);
    }
    let aspect = Aspect { what: "condition", from, to, gone, new };
    Item { status, aspects: vec![aspect], ..bare(Kind::Rule, &rule.name) }
}

fn rule(before: &RuleSet, old: &Rule, after: &RuleSet, new: &Rule) -> (Status, Vec<Aspect>) {
    let flag = |on: bool, yes: &str, no: &str| if on { yes.to_owned() } else { no.to_owned() };
    let switch = |rule: &Rule| flag(rule.enabled, "enabled", "disabled");
    let rate = |rule: &Rule| rule.rate.as_ref().map_or("none".to_owned(), ToString::to_string);
    let capture = |rule: &Rule| match rule.capture {
        true => format!("yes, {} ms", rule.capture_duration_ms),
        false => "no".to_owned(),
    };
    let mut aspects: Vec<Aspect> = [
        plain("priority", old.priority.to_string(), new.priority.to_string()),
        plain("enabled", switch(old), switch(new)),
        plain("output", words(old.output.as_str()), words(new.output.as_str())),
        several("tags", &old.tags, &new.tags),
        several("exceptions", &exceptions(before, old), &exceptions(after, new)),
        plain("rate", rate(old), rate(new)),
        plain("capture", capture(old), capture(new)),
        plain("description", words(&old.desc), words(&new.desc)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let (a, b) = (meaning(before, old), meaning(after, new));
    let same = match (&a, &b) {
        (Some(a), Some(b)) => a == b,
        _ => old.compiled_condition == new.compiled_condition,
    };
    let rewritten =
        old.compiled_condition != new.compiled_condition || words(&old.condition) != words(&new.condition);
    let condition = |gone, new_terms| Aspect {
        what: "condition",
        from: json!(old.compiled_condition),
        to: json!(new.compiled_condition),
        gone,
        new: new_terms,
    };
    if !same {
        let (gone, new_terms) = terms(a.as_ref(), b.as_ref());
        aspects.insert(0, condition(gone, new_terms));
    } else if rewritten && aspects.is_empty() {
        return (Status::Rewritten, vec![condition(Vec::new(), Vec::new())]);
    }
    (Status::Changed, aspects)
}

/// The exceptions of a rule, a text each.
fn exceptions(set: &RuleSet, rule: &Rule) -> Vec<String> {
    let exceptions = set.definitions().exceptions(&rule.name);
    exceptions
        .iter()
        .map(|one| format!("{} ({}): {} rows", one.name, one.fields.join(", "), one.rows))
        .collect()
}

/// Terms that only one of two conditions has. Of comparisons with lists that differ in items only,
/// just the items.
fn terms(old: Option<&Normal>, new: Option<&Normal>) -> (Vec<String>, Vec<String>) {
    let (Some(old), Some(new)) = (old, new) else { return (Vec::new(), Vec::new()) };
    let (old, new): (BTreeSet<&Normal>, BTreeSet<&Normal>) =
        (old.terms().into_iter().collect(), new.terms().into_iter().collect());
    let mut gone: Vec<&Normal> = old.difference(&new).copied().collect();
    let mut added: Vec<&Normal> = new.difference(&old).copied().collect();
    let (mut lost_texts, mut new_texts) = (Vec::new(), Vec::new());
    gone.retain(|one| {
        let Normal::Leaf(leaf) = one else { return true };
        let twin = added.iter().position(|other| {
            matches!(other, Normal::Leaf(other)
                if other.head == leaf.head && other.negated == leaf.negated && !leaf.items.is_empty())
        });
        let Some(Normal::Leaf(other)) = twin.map(|at| added.remove(at)) else { return true };
        let not = if leaf.negated { "not " } else { "" };
        let only = |items: &[String], of: &[String]| -> Vec<String> {
            items.iter().filter(|item| !of.contains(item)).cloned().collect()
        };
        let (less, more) = (only(&leaf.items, &other.items), only(&other.items, &leaf.items));
        if !less.is_empty() {
            lost_texts.push(format!("{not}{} ({})", leaf.head, less.join(", ")));
        }
        if !more.is_empty() {
            new_texts.push(format!("{not}{} ({})", leaf.head, more.join(", ")));
        }
        false
    });
    lost_texts.extend(gone.iter().map(ToString::to_string));
    new_texts.extend(added.iter().map(ToString::to_string));
    (lost_texts, new_texts)
}

fn macros(before: &Definitions, after: &Definitions, users: &Users) -> Vec<Item> {
    let mut items = Vec::new();
    for (name, ..) in names(before.macros().map(|one| one.name), after.macros().map(|one| one.name)) {
        let (old, new) = (before.macro_info(name), after.macro_info(name));
        let text = |one: Option<crate::rules::MacroInfo<'_>>| one.map(|one| words(one.condition));
        let of = |definitions: &Definitions, one: Option<crate::rules::MacroInfo<'_>>| {
            let body = expanded(definitions, one?.body?, 0)?;
            Some(Normal::of(&body))
        };
        let (a, b) = (of(before, old), of(after, new));
        let (from, to) = (text(old), text(new));
        let status = match (&from, &to) {
            (None, _) => Status::Added,
            (_, None) => Status::Removed,
            _ if a.is_some() && a == b && from == to => continue,
            _ if a.is_some() && a == b => Status::Rewritten,
            _ => Status::Changed,
        };
        let (gone, new) = match status {
            Status::Changed => terms(a.as_ref(), b.as_ref()),
            Status::Rewritten => (Vec::new(), Vec::new()),
            Status::Added | Status::Removed => (from.iter().cloned().collect(), to.iter().cloned().collect()),
        };
        let aspect = Aspect { what: "condition", from: json!(from), to: json!(to), gone, new };
        let affects = users.get(&(Kind::Macro, name.to_owned())).into_iter().flatten().cloned().collect();
        items.push(Item { status, aspects: vec![aspect], affects, ..bare(Kind::Macro, name) });
    }
    items
}

/// A condition with its macros replaced; `depth` is how deep it is already. `None` if it
/// is too deep.
pub fn expanded(definitions: &Definitions, expr: &Expr, depth: usize) -> Option<Expr> {
    if depth > DEPTH_MAX {
        return None;
    }
    let all = |parts: &[Expr]| -> Option<Vec<Expr>> {
        parts.iter().map(|part| expanded(definitions, part, depth + 1)).collect()
    };
    Some(match expr {
        Expr::And(parts) => Expr::And(all(parts)?),
        Expr::Or(parts) => Expr::Or(all(parts)?),
        Expr::Not(part) => Expr::Not(Box::new(expanded(definitions, part, depth + 1)?)),
        Expr::Macro(name) => expanded(definitions, definitions.macro_info(&name.lossy())?.body?, depth + 1)?,
        Expr::Check(_) => expr.clone(),
    })
}

fn lists(before: &Definitions, after: &Definitions, users: &Users) -> Vec<Item> {
    let mut items = Vec::new();
    for (name, ..) in names(before.lists().map(|one| one.name), after.lists().map(|one| one.name)) {
        let of = |definitions: &Definitions| -> Option<Vec<String>> {
            let list = definitions.list_info(name)?;
            Some(definitions.items(list).map(str::to_owned).collect())
        };
        let (from, to) = (of(before), of(after));
        let sorted = |items: &Option<Vec<String>>| {
            items.clone().map(|items| items.into_iter().collect::<BTreeSet<_>>())
        };
        let status = match (&from, &to) {
            (None, _) => Status::Added,
            (_, None) => Status::Removed,
            (from, to) if from == to => continue,
            (from, to) if sorted(from) == sorted(to) => Status::Rewritten,
            _ => Status::Changed,
        };
        let (old, new) = (from.clone().unwrap_or_default(), to.clone().unwrap_or_default());
        let mut aspect = several("items", &old, &new).unwrap_or(Aspect {
            what: "items",
            from: Value::Null,
            to: Value::Null,
            gone: Vec::new(),
            new: Vec::new(),
        });
        (aspect.from, aspect.to) = (json!(from), json!(to));
        let affects = users.get(&(Kind::List, name.to_owned())).into_iter().flatten().cloned().collect();
        items.push(Item { status, aspects: vec![aspect], affects, ..bare(Kind::List, name) });
    }
    items
}
