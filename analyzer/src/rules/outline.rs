//! How a rule's condition was put together: its plan's tree with the names of macros, lists and
//! exceptions that the plan no longer knows.

use std::collections::BTreeMap;

use super::Rule;
use super::definitions::{Definitions, ListInfo, MacroInfo};
use super::text::{Mark, Stands};
use crate::condition::ast::{Check, Rhs, Word};
use crate::condition::{Expr, Span};

/// A rule's condition with its names.
#[derive(Debug)]
pub struct Outline<'r> {
    /// The whole of it.
    pub root: Part<'r>,
    /// How many nodes the plan has.
    pub nodes: usize,
}

/// A part of a condition.
#[derive(Debug)]
pub struct Part<'r> {
    /// Number of the plan's node it stands for, as [`crate::condition::Trace`] counts them. A macro
    /// or exception has that of its content.
    pub node: usize,
    /// What it is.
    pub what: What<'r>,
    /// What it is made of: of a macro, an exception and `not`, one part.
    pub children: Vec<Part<'r>>,
}

/// Kinds of part.
#[derive(Debug)]
pub enum What<'r> {
    /// All hold.
    And,
    /// One holds.
    Or,
    /// It does not hold.
    Not,
    /// A macro.
    Macro {
        /// Which.
        info: MacroInfo<'r>,
        /// Where it is used.
        at: Span,
    },
    /// An exception, or one row of it.
    Exception {
        /// Its name.
        name: &'r str,
        /// The row, from 0.
        row: Option<usize>,
    },
    /// A comparison.
    Check {
        /// As it was parsed, lists substituted.
        check: &'r Check,
        /// Its literals, by the list they came from.
        items: Vec<Items<'r>>,
    },
}

/// Literals that stand together: those of one list, or some without a list.
#[derive(Debug)]
pub struct Items<'r> {
    /// The list.
    pub list: Option<ListInfo<'r>>,
    /// Its literals, nested lists included.
    pub words: &'r [Word],
}

impl<'r> Outline<'r> {
    pub(super) fn of(rule: &'r Rule, definitions: &'r Definitions) -> Self {
        let mut builder = Builder { rule: &rule.name, definitions, nodes: 0, marks: BTreeMap::new() };
        let root = builder.part(&rule.written, true);
        Self { root, nodes: builder.nodes }
    }
}

impl Part<'_> {
    /// Its text: names of macros and lists kept.
    pub fn text(&self) -> String {
        self.text_within(usize::MAX)
    }

    /// The same, cut behind `most` bytes.
    pub fn text_within(&self, most: usize) -> String {
        let mut text = String::new();
        self.write(&mut text, most);
        if text.len() > most {
            text.truncate(text.floor_char_boundary(most));
            text.push('…');
        }
        text
    }

    fn write(&self, text: &mut String, most: usize) {
        if text.len() > most {
            return;
        }
        match &self.what {
            What::And => self.joined(text, " and ", most),
            What::Or => self.joined(text, " or ", most),
            What::Not => {
                text.push_str("not ");
                self.children.iter().for_each(|part| part.write(text, most));
            }
            What::Macro { info, .. } => text.push_str(info.name),
            What::Exception { name, row } => {
                text.push_str(&format!("exception {name}"));
                if let Some(row) = row {
                    text.push_str(&format!(" (row {})", row + 1));
                }
            }
            What::Check { check, items } => text.push_str(&check_text(check, items)),
        }
    }

    fn joined(&self, text: &mut String, with: &str, most: usize) {
        text.push('(');
        for (index, part) in self.children.iter().enumerate() {
            if index > 0 {
                text.push_str(with);
            }
            part.write(text, most);
        }
        text.push(')');
    }

    /// The checks of it, in order.
    pub fn checks<'s>(&'s self, f: &mut dyn FnMut(&'s Self)) {
        if let What::Check { .. } = self.what {
            f(self);
        }
        self.children.iter().for_each(|part| part.checks(f));
    }
}

/// A comparison with the names of its lists.
fn check_text(check: &Check, items: &[Items<'_>]) -> String {
    let mut texts = Vec::new();
    for group in items {
        match group.list {
            Some(list) => texts.push(list.name.to_owned()),
            None => texts.extend(group.words.iter().map(word)),
        }
    }
    let texts = texts.join(", ");
    let head = format!("{} {}", check.left, check.op.name());
    match &check.right {
        Rhs::None | Rhs::Term(_) => check.to_string(),
        Rhs::Word(_) | Rhs::Name(None, _) => format!("{head} {texts}"),
        Rhs::List(None, ..) => format!("{head} ({texts})"),
        Rhs::List(Some(modifier), ..) => format!("{head} {} ({texts})", modifier.name()),
        Rhs::Name(Some(modifier), _) => format!("{head} {} {texts}", modifier.name()),
    }
}

/// A literal, visible also if it is empty.
fn word(word: &Word) -> String {
    if word.text.is_empty() { "\"\"".to_owned() } else { word.to_string() }
}

struct Builder<'r> {
    rule: &'r str,
    definitions: &'r Definitions,
    nodes: usize,
    /// Lists of each text that stand in no other list, by place.
    marks: BTreeMap<u32, Vec<Mark>>,
}

impl<'r> Builder<'r> {
    /// `top`: the root of a rule's condition, where its exceptions stand.
    fn part(&mut self, expr: &'r Expr, top: bool) -> Part<'r> {
        let node = self.nodes;
        if let Expr::Macro(word) = expr {
            let Some(info) = self.definitions.macro_info(&word.lossy()) else {
                // Cannot be: a rule whose macro is unknown does not load.
                self.nodes += 1;
                return Part { node, what: What::And, children: Vec::new() };
            };
            let children = info.body.map(|body| self.part(body, false)).into_iter().collect();
            return Part { node, what: What::Macro { info, at: word.at }, children };
        }
        self.nodes += 1;
        match expr {
            Expr::And(parts) => {
                let children = parts.iter().map(|part| self.conjunct(part, top)).collect();
                Part { node, what: What::And, children }
            }
            Expr::Or(parts) => {
                let children = parts.iter().map(|part| self.part(part, false)).collect();
                Part { node, what: What::Or, children }
            }
            Expr::Not(part) => Part { node, what: What::Not, children: vec![self.part(part, false)] },
            Expr::Check(check) => {
                Part { node, what: What::Check { check, items: self.items(check) }, children: Vec::new() }
            }
            Expr::Macro(_) => Part { node, what: What::And, children: Vec::new() },
        }
    }

    /// A part of an `and`; at the top it may be an exception.
    fn conjunct(&mut self, expr: &'r Expr, top: bool) -> Part<'r> {
        let inner = match expr {
            Expr::Not(inner) if top => inner,
            _ => return self.part(expr, false),
        };
        let definitions = self.definitions;
        let Some((Stands::Exception(number), _)) =
            self.stands(inner, |stands| matches!(stands, Stands::Exception(_)))
        else {
            return self.part(expr, false);
        };
        let Some(name) = definitions.exception_name(self.rule, number) else {
            return self.part(expr, false);
        };
        let not = self.nodes;
        self.nodes += 1;
        let node = self.nodes;
        let row = self.row(inner);
        let content = match inner.as_ref() {
            Expr::Or(rows) if row.is_none() => {
                self.nodes += 1;
                let children = rows
                    .iter()
                    .map(|expr| {
                        let node = self.nodes;
                        let row = self.row(expr);
                        let content = self.part(expr, false);
                        match row {
                            Some(_) => {
                                Part { node, what: What::Exception { name, row }, children: vec![content] }
                            }
                            None => content,
                        }
                    })
                    .collect();
                Part { node, what: What::Or, children }
            }
            inner => self.part(inner, false),
        };
        let exception = Part { node, what: What::Exception { name, row }, children: vec![content] };
        Part { node: not, what: What::Not, children: vec![exception] }
    }

    /// The row of an exception that is all of `expr`.
    fn row(&self, expr: &Expr) -> Option<usize> {
        match self.stands(expr, |stands| matches!(stands, Stands::Row(..))) {
            Some((Stands::Row(_, row), _)) => Some(row),
            _ => None,
        }
    }

    /// The mark of this kind that holds the first and the last leaf of `expr`.
    fn stands(&self, expr: &Expr, kind: fn(&Stands) -> bool) -> Option<(Stands, Span)> {
        let (first, last) = (edge(expr, false)?, edge(expr, true)?);
        let within = |mark: &&Mark, at: Span| (mark.start..mark.end).contains(&(at.start as usize));
        let marks = self.definitions.marks(first.source);
        let found = marks
            .iter()
            .filter(|mark| kind(&mark.stands))
            .find(|mark| within(mark, first) && first.source == last.source && within(mark, last))?;
        Some((found.stands, first))
    }

    fn items(&mut self, check: &'r Check) -> Vec<Items<'r>> {
        let (words, at) = match &check.right {
            Rhs::Word(word) | Rhs::Name(_, word) => (std::slice::from_ref(word), word.at),
            Rhs::List(_, words, at) => (words.as_slice(), *at),
            Rhs::None | Rhs::Term(_) => return Vec::new(),
        };
        let definitions = self.definitions;
        let marks = self.marks.entry(at.source).or_insert_with(|| outermost(definitions.marks(at.source)));
        let from = marks.partition_point(|mark| mark.end < at.start as usize);
        let marks = marks.get(from..).unwrap_or_default();
        let marks = marks.iter().take_while(|mark| mark.start <= at.end as usize);
        let mut groups = Vec::new();
        let mut rest = words;
        for mark in marks {
            let Stands::List(list) = mark.stands else { continue };
            let before = rest.partition_point(|word| (word.at.start as usize) < mark.start);
            let (bare, more) = rest.split_at(before);
            let (listed, more) =
                more.split_at(more.partition_point(|word| (word.at.start as usize) < mark.end));
            if !bare.is_empty() {
                groups.push(Items { list: None, words: bare });
            }
            if mark.start >= at.start as usize && mark.end <= at.end as usize {
                groups.push(Items { list: definitions.list_at(list), words: listed });
            } else if !listed.is_empty() {
                groups.push(Items { list: None, words: listed });
            }
            rest = more;
        }
        if !rest.is_empty() {
            groups.push(Items { list: None, words: rest });
        }
        groups
    }
}

/// Where the first or the last leaf of `expr` stands.
fn edge(expr: &Expr, last: bool) -> Option<Span> {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => edge(if last { parts.last() } else { parts.first() }?, last),
        Expr::Not(part) => edge(part, last),
        Expr::Macro(word) => Some(word.at),
        Expr::Check(check) => Some(check.left.at()),
    }
}

/// The lists among `marks` that stand in no other list, by place.
fn outermost(marks: &[Mark]) -> Vec<Mark> {
    let mut lists: Vec<Mark> =
        marks.iter().filter(|mark| matches!(mark.stands, Stands::List(_))).copied().collect();
    lists.sort_by_key(|mark| (mark.start, std::cmp::Reverse(mark.end)));
    let mut end = 0;
    lists.retain(|mark| {
        let outer = mark.start >= end;
        end = end.max(mark.end);
        outer
    });
    lists
}
