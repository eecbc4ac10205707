//! What rules were made of: macros, lists, exceptions, and who changed them where.

use std::collections::BTreeMap;

use super::Source;
use super::collect::{Collector, ListDef, MacroDef, RuleDef};
use super::compile::Numbered;
use super::report::Place;
use super::text::{Mark, place};
use super::yaml::Spot;
use crate::condition::{Expr, Span};

/// What an item of a rules file did to a rule, macro or list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Defined it.
    Defined,
    /// Added to it.
    Appended,
    /// Put something else in its place, or in the place of some of its keys.
    Replaced,
}

impl How {
    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Defined => "defined",
            Self::Appended => "appended",
            Self::Replaced => "replaced",
        }
    }
}

/// The same, before its place is looked up.
#[derive(Debug)]
pub(super) struct Amended {
    pub(super) how: How,
    /// Keys of a rule that an override names.
    pub(super) keys: Vec<String>,
    pub(super) spot: Spot,
}

impl Amended {
    pub(super) fn new(how: How, spot: Spot) -> Self {
        Self { how, keys: Vec::new(), spot }
    }
}

/// An item of a rules file that defined or changed something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// What it did.
    pub how: How,
    /// Which keys of a rule; none if all, or if it is no rule.
    pub keys: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

/// A macro.
#[derive(Clone, Copy, Debug)]
pub struct MacroInfo<'d> {
    /// Its name.
    pub name: &'d str,
    /// Its condition as written, with what was appended.
    pub condition: &'d str,
    /// Its condition with lists substituted, macros by name; `None` if it could not be parsed.
    pub body: Option<&'d Expr>,
    at: usize,
}

/// A list.
#[derive(Clone, Copy, Debug)]
pub struct ListInfo<'d> {
    /// Its name.
    pub name: &'d str,
    at: usize,
}

/// An exception of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExceptionInfo<'d> {
    /// Its name.
    pub name: &'d str,
    /// The fields it looks at.
    pub fields: &'d [String],
    /// How each is compared.
    pub comps: &'d [String],
    /// How many rows of values (values, if it has one field in the short form) it has.
    pub rows: usize,
}

/// The macros, lists and texts that rules were made of.
#[derive(Debug, Default)]
pub struct Definitions {
    sources: Vec<Source>,
    texts: Vec<Numbered>,
    lists: Vec<ListDef>,
    macros: Vec<MacroDef>,
    bodies: Vec<Option<Expr>>,
    rules: Vec<RuleDef>,
    names: BTreeMap<(u8, String), usize>,
}

impl Definitions {
    pub(super) fn new(
        collector: Collector,
        texts: Vec<Numbered>,
        bodies: Vec<Option<Expr>>,
        sources: &[Source],
    ) -> Self {
        let Collector { lists, macros, rules, names, .. } = collector;
        Self { sources: sources.to_vec(), texts, lists, macros, bodies, rules, names }
    }

    fn position(&self, kind: u8, name: &str) -> Option<usize> {
        self.names.get(&(kind, name.to_owned())).copied()
    }

    fn macro_at(&self, at: usize) -> Option<MacroInfo<'_>> {
        let def = self.macros.get(at)?;
        let body = self.bodies.get(at).and_then(Option::as_ref);
        Some(MacroInfo { name: &def.name, condition: def.condition.as_str(), body, at })
    }

    /// The macro called `name`.
    pub fn macro_info(&self, name: &str) -> Option<MacroInfo<'_>> {
        self.macro_at(self.position(b'm', name)?)
    }

    /// All macros, in the order of their first definition.
    pub fn macros(&self) -> impl Iterator<Item = MacroInfo<'_>> {
        (0..self.macros.len()).filter_map(|at| self.macro_at(at))
    }

    /// The list called `name`.
    pub fn list_info(&self, name: &str) -> Option<ListInfo<'_>> {
        self.list_at(self.position(b'l', name)?)
    }

    pub(super) fn list_at(&self, at: usize) -> Option<ListInfo<'_>> {
        self.lists.get(at).map(|def| ListInfo { name: &def.name, at })
    }

    /// All lists, in the order of their first definition.
    pub fn lists(&self) -> impl Iterator<Item = ListInfo<'_>> {
        (0..self.lists.len()).filter_map(|at| self.list_at(at))
    }

    /// The items of a list as written: names of other lists are not replaced.
    pub fn items(&self, list: ListInfo<'_>) -> impl Iterator<Item = &str> {
        self.lists.get(list.at).into_iter().flat_map(|def| &def.items).map(|(item, _)| item.as_str())
    }

    /// Where item number `item` of a list stands.
    pub fn item_place(&self, list: ListInfo<'_>, item: usize) -> Option<Place> {
        let (_, spot) = self.lists.get(list.at)?.items.get(item)?;
        Some(self.spot(*spot, &format!("list `{}`", list.name)))
    }

    /// What defined and changed a list, in order.
    pub fn list_history(&self, list: ListInfo<'_>) -> Vec<Amendment> {
        self.history(self.lists.get(list.at).map(|def| def.amendments.as_slice()))
    }

    /// What defined and changed a macro, in order.
    pub fn macro_history(&self, one: MacroInfo<'_>) -> Vec<Amendment> {
        self.history(self.macros.get(one.at).map(|def| def.amendments.as_slice()))
    }

    /// What defined and changed the rule called `name`, in order.
    pub fn rule_history(&self, name: &str) -> Vec<Amendment> {
        self.history(self.rule_def(name).map(|def| def.amendments.as_slice()))
    }

    /// The exceptions of the rule called `name`.
    pub fn exceptions(&self, name: &str) -> Vec<ExceptionInfo<'_>> {
        let exceptions = self.rule_def(name).and_then(|def| def.exceptions.as_deref()).unwrap_or_default();
        exceptions
            .iter()
            .map(|one| ExceptionInfo {
                name: &one.name,
                fields: &one.fields,
                comps: &one.comps,
                rows: one.values.len(),
            })
            .collect()
    }

    /// Where an exception of the rule called `rule` has its row (or value) number `row`.
    pub fn row_place(&self, rule: &str, exception: &str, row: usize) -> Option<Place> {
        let exceptions = self.rule_def(rule)?.exceptions.as_deref()?;
        let value = exceptions.iter().find(|one| one.name == exception)?.values.get(row)?;
        Some(self.spot(value.spot(), &format!("exception `{exception}`")))
    }

    fn rule_def(&self, name: &str) -> Option<&RuleDef> {
        self.rules.get(self.position(b'r', name)?)
    }

    pub(super) fn exception_name(&self, rule: &str, number: usize) -> Option<&str> {
        Some(&self.rule_def(rule)?.exceptions.as_deref()?.get(number)?.name)
    }

    fn history(&self, amended: Option<&[Amended]>) -> Vec<Amendment> {
        let amended = amended.unwrap_or_default();
        let shown = |one: &Amended| Amendment {
            how: one.how,
            keys: one.keys.clone(),
            place: self.spot(one.spot, ""),
        };
        amended.iter().map(shown).collect()
    }

    fn spot(&self, spot: Spot, item: &str) -> Place {
        place(&self.sources, spot, None, 1, item)
    }

    /// Marks of text number `source`.
    pub(super) fn marks(&self, source: u32) -> &[Mark] {
        self.texts.get(source as usize).map_or(&[], |numbered| numbered.text.marks())
    }

    /// Where in which file a stretch of a rule's or macro's condition stands.
    pub fn place(&self, at: Span) -> Place {
        let Some(numbered) = self.texts.get(at.source as usize) else { return Place::default() };
        let (spot, ink) = numbered.text.origin(at.start as usize);
        let text = numbered.text.as_str().get(at.start as usize..at.end as usize);
        let width = text.map_or(1, |text| text.lines().next().unwrap_or("").chars().count());
        place(&self.sources, spot, Some(ink), width, &numbered.item)
    }

    /// Whether a place is in Saker's own rules, which users do not edit.
    pub fn is_own(&self, place: &Place) -> bool {
        self.sources.iter().any(|source| source.name == place.file && super::own::is_own(source))
    }
}
