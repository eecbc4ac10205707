//! A rule taken apart: what must hold, what keeps events out, and the literals it compares with.

use crate::condition::Plan;
use crate::condition::Span;
use crate::condition::ast::{Check as Written, Word};
use crate::condition::plan::{Check, Node};
use crate::fields::Extract;
use crate::rules::{Part, Place, Rule, RuleSet, What};

/// A rule taken apart.
#[derive(Debug)]
pub struct Study<'r> {
    /// The rule.
    pub rule: &'r Rule,
    /// What all must hold.
    core: Vec<&'r Node>,
    /// What none of which may hold: terms under `not`, rows of exceptions.
    pub terms: Vec<Term<'r>>,
    /// Comparisons with literals of lists.
    pub listed: Vec<Listed<'r>>,
}

/// What a term under `not` belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The rule's own condition.
    Rule(String),
    /// A macro.
    Macro(String),
    /// An exception of a rule.
    Exception {
        /// The rule.
        rule: String,
        /// The exception.
        name: String,
        /// Its row, from 0; none if it has but one.
        row: Option<usize>,
    },
}

/// Something that keeps events out of a rule.
#[derive(Debug)]
pub struct Term<'r> {
    node: &'r Node,
    /// What it belongs to.
    pub owner: Owner,
    /// As it was written.
    pub text: String,
    /// Where.
    pub place: Place,
}

/// Literals of one list, or of one exception, in a comparison.
#[derive(Debug)]
pub struct Listed<'r> {
    check: &'r Check,
    /// The list.
    pub list: &'r str,
    /// The literals.
    pub words: &'r [Word],
}

impl<'r> Study<'r> {
    /// Takes `rule`, one of `set`, apart.
    pub fn of(set: &'r RuleSet, rule: &'r Rule) -> Self {
        let nodes = nodes(&rule.plan);
        let outline = set.outline(rule);
        let mut study = Self { rule, core: Vec::new(), terms: Vec::new(), listed: Vec::new() };
        let owner = Owner::Rule(rule.name.clone());
        study.conjunct(&outline.root, &nodes, set, &owner);
        study.lists(&outline.root, &nodes);
        study
    }

    /// A part that must hold.
    fn conjunct(&mut self, part: &Part<'r>, nodes: &[&'r Node], set: &RuleSet, owner: &Owner) {
        match &part.what {
            What::And => part.children.iter().for_each(|child| self.conjunct(child, nodes, set, owner)),
            What::Macro { info, .. } if !part.children.is_empty() => {
                let owner = Owner::Macro(info.name.to_owned());
                part.children.iter().for_each(|child| self.conjunct(child, nodes, set, &owner));
            }
            What::Not => part.children.iter().for_each(|child| self.term(child, nodes, set, owner)),
            _ => self.core.extend(nodes.get(part.node).copied()),
        }
    }

    /// A part that must not hold; of several alternatives each is a term.
    fn term(&mut self, part: &Part<'r>, nodes: &[&'r Node], set: &RuleSet, owner: &Owner) {
        let rule = &self.rule.name;
        match &part.what {
            What::Or => part.children.iter().for_each(|child| self.term(child, nodes, set, owner)),
            What::Macro { info, .. } if part.children.iter().any(alternatives) => {
                let owner = Owner::Macro(info.name.to_owned());
                part.children.iter().for_each(|child| self.term(child, nodes, set, &owner));
            }
            What::Exception { name, row: None } if part.children.iter().any(alternatives) => {
                let owner = Owner::Exception { rule: rule.clone(), name: (*name).to_owned(), row: None };
                part.children.iter().for_each(|child| self.term(child, nodes, set, &owner));
            }
            _ => {
                if is_hook(part) {
                    return;
                }
                let (owner, place) = match &part.what {
                    What::Exception { name, row } => {
                        let place = set.definitions().row_place(rule, name, row.unwrap_or(0));
                        let (rule, name) = (rule.clone(), (*name).to_owned());
                        (Owner::Exception { rule, name, row: *row }, place)
                    }
                    _ => (owner.clone(), span(part).map(|at| set.definitions().place(at))),
                };
                let text = match &part.what {
                    What::Exception { .. } => {
                        part.children.iter().map(Part::text).collect::<Vec<_>>().join(" and ")
                    }
                    _ => part.text(),
                };
                let Some(node) = nodes.get(part.node).copied() else { return };
                self.terms.push(Term { node, owner, text, place: place.unwrap_or_default() });
            }
        }
    }

    fn lists(&mut self, part: &Part<'r>, nodes: &[&'r Node]) {
        if let (What::Check { items, .. }, Some(Node::Check(check))) = (&part.what, nodes.get(part.node)) {
            for group in items {
                if let Some(list) = group.list {
                    self.listed.push(Listed { check, list: list.name, words: group.words });
                }
            }
        }
        part.children.iter().for_each(|child| self.lists(child, nodes));
    }

    /// Whether everything but the terms that keep events out holds.
    pub fn core_holds<E: Extract + ?Sized>(&self, now: &E) -> bool {
        self.core.iter().all(|node| node.holds(now))
    }
}

impl Term<'_> {
    /// Whether it keeps this event out.
    pub fn holds<E: Extract + ?Sized>(&self, now: &E) -> bool {
        self.node.holds(now)
    }
}

impl Listed<'_> {
    /// Which of its literals match; none if the comparison does not hold.
    pub fn matching<E: Extract + ?Sized>(&self, now: &E) -> Vec<bool> {
        if self.check.holds(now) { self.check.matching(self.words, now) } else { Vec::new() }
    }
}

/// The nodes of a plan by their numbers.
fn nodes(plan: &Plan) -> Vec<&Node> {
    fn go<'p>(node: &'p Node, nodes: &mut Vec<&'p Node>) {
        nodes.push(node);
        match node {
            Node::And(parts) | Node::Or(parts) => parts.iter().for_each(|part| go(part, nodes)),
            Node::Not(part) => go(part, nodes),
            Node::Check(_) => {}
        }
    }
    let mut nodes = Vec::new();
    go(plan.root(), &mut nodes);
    nodes
}

/// Whether a part is alternatives, perhaps in a macro.
fn alternatives(part: &Part<'_>) -> bool {
    match &part.what {
        What::Or => true,
        What::Macro { .. } => part.children.iter().any(alternatives),
        _ => false,
    }
}

/// Whether a part is a hook to be filled in: it can never hold as it is.
fn is_hook(part: &Part<'_>) -> bool {
    let (mut any, mut all) = (false, true);
    part.checks(&mut |part| {
        if let What::Check { check, .. } = part.what {
            any = true;
            all &= is_numbering(check);
        }
    });
    any && all
}

fn is_numbering(check: &Written) -> bool {
    check.left.to_string() == "evt.num"
}

/// Where a part stands.
fn span(part: &Part<'_>) -> Option<Span> {
    match &part.what {
        What::Macro { at, .. } => Some(*at),
        What::Check { check, .. } => Some(check.left.at().to(check.op_at)),
        _ => part.children.iter().find_map(span),
    }
}
