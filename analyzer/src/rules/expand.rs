//! Lists into texts, macros into trees.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::collect::{Collector, ListDef};
use super::exceptions::quoted;
use super::text::Text;
use crate::condition::ast::Word;
use crate::condition::{ConditionError, Expr, Kind, Limits, Span};

/// Lists with their nested lists spliced in, and which of them were used.
pub(super) struct Lists<'a> {
    defs: &'a [ListDef],
    texts: Vec<String>,
    used: Vec<bool>,
    /// Where the lists of a name stand.
    at: HashMap<&'a str, usize>,
    /// Lists whose names are no words, which may stand anywhere.
    odd: Vec<usize>,
    /// Most bytes of a text.
    most: usize,
}

/// What ends a word that may be the name of a list.
fn ends_word(byte: char) -> bool {
    matches!(byte, ' ' | '\t' | '\n' | '\r' | '(' | ')' | ',' | '=')
}

impl<'a> Lists<'a> {
    pub(super) fn new(defs: &'a [ListDef]) -> Self {
        let at: HashMap<&str, usize> =
            defs.iter().enumerate().map(|(at, def)| (def.name.as_str(), at)).collect();
        let mut used = vec![false; defs.len()];
        let mut texts = Vec::with_capacity(defs.len());
        for def in defs {
            let mut items: Vec<&str> = Vec::with_capacity(def.items.len());
            for (item, _) in &def.items {
                // One level deep, and only lists from before the last change of this one.
                let nested = at.get(item.as_str()).and_then(|at| Some((*at, defs.get(*at)?)));
                match nested {
                    Some((at, nested)) if nested.index < def.visibility => {
                        items.extend(nested.items.iter().map(|(item, _)| item.as_str()));
                        if let Some(used) = used.get_mut(at) {
                            *used = true;
                        }
                    }
                    _ => items.push(item),
                }
            }
            texts.push(items.into_iter().map(quoted).collect::<Vec<_>>().join(", "));
        }
        let names = defs.iter().enumerate();
        let odd = names.filter(|(_, def)| def.name.contains(ends_word)).map(|(at, _)| at).collect();
        Self { defs, texts, used, at, odd, most: Limits::DEFAULT.text }
    }

    /// With other limits than usual.
    pub(super) fn within(self, limits: &Limits) -> Self {
        Self { most: limits.text, ..self }
    }

    /// Lists from `from` on that a text may name.
    fn named(&self, text: &str, from: usize, found: &mut BTreeSet<usize>) {
        let at = text.split(ends_word).filter_map(|word| self.at.get(word));
        found.extend(at.filter(|at| **at >= from));
    }

    /// Substitutes all lists in a condition, in the order of their definition.
    pub(super) fn substitute(&mut self, text: &mut Text) -> Result<(), ConditionError> {
        // A name stands alone between the same characters that part words, so only words count.
        let mut next: BTreeSet<usize> = self.odd.iter().copied().collect();
        self.named(text.as_str(), 0, &mut next);
        while let Some(at) = next.pop_first() {
            let (Some(def), Some(items)) = (self.defs.get(at), self.texts.get(at)) else { continue };
            let Some(found) = text.substitute_within(&def.name, at, items, self.most) else {
                let text = format!("the condition grows too large with list '{}'", def.name);
                return Err(ConditionError::new(Kind::Syntax(text), Span::default()));
            };
            if found {
                self.named(items, at + 1, &mut next);
            }
            if let Some(used) = self.used.get_mut(at) {
                *used |= found;
            }
        }
        Ok(())
    }

    pub(super) fn unused(&self) -> impl Iterator<Item = &'a ListDef> {
        self.defs.iter().zip(&self.used).filter(|(_, used)| !**used).map(|(def, _)| def)
    }
}

/// Macros as trees, and which of them were used.
pub(super) struct Macros<'a> {
    collector: &'a Collector,
    names: BTreeMap<&'a str, usize>,
    bodies: Vec<Option<Expr>>,
    indexes: Vec<usize>,
    pub(super) used: Vec<bool>,
    limits: Limits,
}

/// How an expansion got where it is.
#[derive(Default)]
struct Path {
    macros: Vec<usize>,
    nodes: usize,
    depth: u32,
}

impl<'a> Macros<'a> {
    /// Macros of a collector with their parsed bodies; `None` for one that does not parse.
    pub(super) fn new(collector: &'a Collector, bodies: Vec<Option<Expr>>) -> Self {
        let names = collector.macros.iter().enumerate().map(|(at, def)| (def.name.as_str(), at)).collect();
        let indexes = collector.macros.iter().map(|def| def.index).collect();
        let used = vec![false; bodies.len()];
        Self { collector, names, used, bodies, indexes, limits: Limits::DEFAULT }
    }

    /// With other limits than usual.
    pub(super) fn within(self, limits: &Limits) -> Self {
        Self { limits: *limits, ..self }
    }

    /// The bodies, for whoever wants to know what a macro stood for.
    pub(super) fn into_bodies(self) -> Vec<Option<Expr>> {
        self.bodies
    }

    pub(super) fn body(&self, at: usize) -> Option<&Expr> {
        self.bodies.get(at).and_then(Option::as_ref)
    }

    /// Treats a macro as one that does not parse: what is wrong with it has been reported, and what
    /// uses it need not find out again.
    pub(super) fn give_up(&mut self, at: usize) {
        if let Some(body) = self.bodies.get_mut(at) {
            *body = None;
        }
    }

    /// Names of all macros.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.names.keys().copied()
    }

    /// An error for every macro in `expr` that is not seen from there.
    pub(super) fn undefined(&self, expr: &Expr, before: usize) -> Vec<ConditionError> {
        let mut errors = Vec::new();
        expr.each_macro(&mut |name| {
            let text = name.lossy().into_owned();
            let at = self.names.get(text.as_str()).and_then(|at| self.indexes.get(*at));
            if at.is_none_or(|index| *index >= before) && !self.collector.is_excused(b'm', &text) {
                errors.push(ConditionError::new(Kind::UndefinedMacro(text), name.at));
            }
        });
        errors
    }

    /// Replaces macros by their bodies. Only macros with an index below `before` are seen.
    /// `Ok(None)` if a macro's own text is at fault, which has been reported where it stands.
    pub(super) fn expand(&mut self, expr: &Expr, before: usize) -> Result<Option<Expr>, ConditionError> {
        self.go(expr, before, &mut Path::default())
    }

    fn go(&mut self, expr: &Expr, before: usize, path: &mut Path) -> Result<Option<Expr>, ConditionError> {
        path.nodes += 1;
        path.depth += 1;
        let expanded = match expr {
            Expr::And(parts) => self.all(parts, before, path)?.map(Expr::And),
            Expr::Or(parts) => self.all(parts, before, path)?.map(Expr::Or),
            Expr::Not(part) => self.go(part, before, path)?.map(|part| Expr::Not(Box::new(part))),
            Expr::Check(_) => Some(expr.clone()),
            Expr::Macro(name) => self.one(name, before, path)?,
        };
        path.depth -= 1;
        Ok(expanded)
    }

    fn one(&mut self, name: &Word, before: usize, path: &mut Path) -> Result<Option<Expr>, ConditionError> {
        let fail = |kind: Kind| Err(ConditionError::new(kind, name.at));
        let text = name.lossy().into_owned();
        let Limits { nodes, tree, .. } = self.limits;
        if path.nodes > nodes {
            return fail(Kind::TooLarge(nodes));
        }
        if path.depth > tree {
            return fail(Kind::TooDeep(tree));
        }
        let visible = |at: &usize| self.indexes.get(*at).is_some_and(|index| *index < before);
        let Some(at) = self.names.get(text.as_str()).copied().filter(visible) else {
            // An item that should have defined it was at fault, and that has been reported.
            let excused = self.collector.is_excused(b'm', &text);
            return if excused { Ok(None) } else { fail(Kind::UndefinedMacro(text)) };
        };
        if path.macros.contains(&at) {
            return fail(Kind::MacroLoop(text));
        }
        if let Some(used) = self.used.get_mut(at) {
            *used = true;
        }
        let Some(body) = self.body(at).cloned() else { return Ok(None) };
        path.macros.push(at);
        let expanded = self.go(&body, before, path)?;
        path.macros.pop();
        Ok(expanded)
    }

    fn all(
        &mut self,
        parts: &[Expr],
        before: usize,
        path: &mut Path,
    ) -> Result<Option<Vec<Expr>>, ConditionError> {
        parts.iter().map(|part| self.go(part, before, path)).collect()
    }
}
