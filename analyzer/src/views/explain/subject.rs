//! A rule that is asked about, and what it comes to at a moment.

use std::collections::{BTreeSet, HashSet};

use super::super::alerts::SceneTemplates;
use super::{Change, Explained, Item, Kind, Line, Missing, Shown};
use crate::condition::Trace;
use crate::condition::plan::Check;
use crate::fields::Moment;
use crate::rules::{ABSENT, Amendment, How, Items, Outline, Part, Place, Rule, RuleSet, Template, What};

/// Fields whose value is the kind of event: no rule changes that.
const KIND: &[&str] = &["evt.type", "syscall.type", "evt.dir", "evt.num"];

/// Longest text of a part, bytes: each group repeats what is in it.
const TEXT_MAX: usize = 4096;

/// A rule that is asked about.
pub struct Subject<'r> {
    set: &'r RuleSet,
    rule: &'r Rule,
    outline: Outline<'r>,
    /// The plan's comparisons, by number of node.
    checks: Vec<Option<&'r Check>>,
    /// Rules before it that take events.
    before: Vec<&'r Rule>,
    scene: Option<SceneTemplates>,
    started: Option<Template>,
    other: Option<Template>,
    process: Option<Template>,
    file: Option<Template>,
}

impl<'r> Subject<'r> {
    /// `rule`, one of `set`; `before` are those that run before it and take the events they hold for.
    pub fn new(set: &'r RuleSet, rule: &'r Rule, before: &[&'r Rule]) -> Self {
        let outline = set.outline(rule);
        let mut checks = vec![None; outline.nodes];
        rule.plan.checks(&mut |at, check| {
            if let Some(slot) = checks.get_mut(at) {
                *slot = Some(check);
            }
        });
        // Rules that ask for several events neither take one nor go without one.
        let takes = |other: &&Rule| other.rate.is_none() && rule.rate.is_none();
        Self {
            set,
            rule,
            outline,
            checks,
            before: before.iter().copied().filter(takes).collect(),
            scene: SceneTemplates::new(),
            started: Template::compile("%proc.cmdline").ok(),
            other: Template::compile("%evt.args").ok(),
            process: Template::compile("%proc.name (%proc.pid)").ok(),
            file: Template::compile("%fd.name").ok(),
        }
    }

    /// The rule.
    pub fn rule(&self) -> &'r Rule {
        self.rule
    }

    /// The rules it is one of.
    pub fn set(&self) -> &'r RuleSet {
        self.set
    }

    /// The rule before it that holds too, and so raises the alert where the first does.
    pub fn taken_by(&self, now: &Moment<'_>) -> Option<&'r Rule> {
        let name = now.info().name;
        self.before.iter().copied().find(|other| other.events.contains(name) && other.plan.holds(now))
    }

    /// Name and pid of the process.
    pub(super) fn process(&self, now: &Moment<'_>) -> String {
        self.process.as_ref().map(|template| template.message(now)).unwrap_or_default()
    }

    /// What an event is about, in short.
    pub(super) fn what(&self, now: &Moment<'_>) -> String {
        let started = now.info().name.starts_with("execve");
        let template = if started { &self.started } else { &self.file };
        let text = template.as_ref().map(|template| template.message(now)).unwrap_or_default();
        if text == ABSENT { String::new() } else { text }
    }

    /// The condition alone, everything as if it held and was wanted; a comparison has its lists.
    pub fn written(&self) -> Line {
        self.part(&self.outline.root)
    }

    fn part(&self, part: &Part<'_>) -> Line {
        let definitions = self.set.definitions();
        let mut items = Vec::new();
        let mut place = None;
        let kind = match &part.what {
            What::And => Kind::And,
            What::Or => Kind::Or,
            What::Not => Kind::Not,
            What::Macro { info, at } => {
                place = Some(definitions.place(*at));
                Kind::Macro(current(&definitions.macro_history(*info)))
            }
            What::Exception { name, row } => {
                place = definitions.row_place(&self.rule.name, name, row.unwrap_or(0));
                Kind::Exception
            }
            What::Check { check, items: groups } => {
                place = Some(definitions.place(check.left.at().to(check.op_at)));
                for list in groups.iter().filter_map(|group| group.list) {
                    let at = current(&definitions.list_history(list)).into_iter().next();
                    items.push(Item { text: Vec::new(), list: Some((list.name.to_owned(), at)) });
                }
                Kind::Check
            }
        };
        Line {
            kind,
            text: part.text_within(TEXT_MAX),
            holds: true,
            wanted: true,
            reached: true,
            distance: 0,
            decides: false,
            values: Vec::new(),
            items,
            place,
            parts: part.children.iter().map(|part| self.part(part)).collect(),
        }
    }

    /// The rule at a moment of `capture`.
    pub fn explain(&self, capture: &str, now: &Moment<'_>) -> Explained {
        let trace = self.rule.plan.trace(now);
        let missing = trace.missing(&self.rule.plan);
        let at = At { subject: self, now, trace: &trace, missing: missing.iter().copied().collect() };
        let tree = at.line(&self.outline.root);
        let mut wanting = Vec::new();
        at.missing(&self.outline.root, &mut Vec::new(), &mut wanting);
        // Macros that are used twice say the same twice.
        let mut seen = BTreeSet::new();
        wanting.retain(|one: &Missing| seen.insert((one.text.clone(), one.wanted)));
        let event = now.info().name;
        let template = if event.starts_with("execve") { &self.started } else { &self.other };
        let possible = self.rule.events.contains(event);
        let taken = if trace.holds() && possible { self.taken_by(now) } else { None };
        Explained {
            capture: capture.to_owned(),
            number: now.number(),
            wall_ns: now.recording().wall_ns(now.head().time_ns),
            event,
            scene: self.scene.as_ref().map(|scene| scene.of(now)).unwrap_or_default(),
            about: template.as_ref().map(|template| template.message(now)).unwrap_or_default(),
            possible,
            holds: trace.holds(),
            distance: trace.distance(),
            taken_by: taken.map(|rule| rule.name.clone()),
            missing: wanting,
            tree,
        }
    }
}

/// A rule at a moment.
struct At<'s, 'm> {
    subject: &'s Subject<'s>,
    now: &'s Moment<'m>,
    trace: &'s Trace,
    missing: HashSet<usize>,
}

impl At<'_, '_> {
    fn line(&self, part: &Part<'_>) -> Line {
        let step = self.trace.step(part.node);
        let parts: Vec<Line> = part.children.iter().map(|part| self.line(part)).collect();
        let definitions = self.subject.set.definitions();
        let mut values = Vec::new();
        let mut items = Vec::new();
        let mut place = None;
        let kind = match &part.what {
            What::And => Kind::And,
            What::Or => Kind::Or,
            What::Not => Kind::Not,
            What::Macro { info, at } => {
                place = Some(definitions.place(*at));
                Kind::Macro(current(&definitions.macro_history(*info)))
            }
            What::Exception { name, row } => {
                place = definitions.row_place(&self.subject.rule.name, name, row.unwrap_or(0));
                Kind::Exception
            }
            What::Check { check, items: groups } => {
                place = Some(definitions.place(check.left.at().to(check.op_at)));
                if let Some(check) = self.check(part.node) {
                    values = check.readings(self.now).iter().map(Shown::of).collect();
                    items = self.items(check, groups);
                }
                Kind::Check
            }
        };
        Line {
            kind,
            text: part.text_within(TEXT_MAX),
            holds: step.holds,
            wanted: step.wanted,
            reached: step.reached,
            distance: step.distance,
            decides: self.missing.contains(&part.node) || parts.iter().any(|part| part.decides),
            values,
            items,
            place,
            parts,
        }
    }

    fn check(&self, node: usize) -> Option<&Check> {
        self.subject.checks.get(node).copied().flatten()
    }

    /// The literals that the value satisfies.
    fn items(&self, check: &Check, groups: &[Items<'_>]) -> Vec<Item> {
        let definitions = self.subject.set.definitions();
        let words: Vec<_> = groups.iter().flat_map(|group| group.words.iter().cloned()).collect();
        let matching = check.matching(&words, self.now);
        let mut lists = Vec::new();
        for group in groups {
            lists.extend(group.words.iter().map(|_| group.list));
        }
        let mut items = Vec::new();
        for ((word, list), matches) in words.into_iter().zip(lists).zip(matching) {
            if !matches {
                continue;
            }
            let list = list.map(|list| {
                let text = word.lossy();
                let at = definitions.items(list).position(|item| item.trim_matches(['"', '\'']) == text);
                (list.name.to_owned(), at.and_then(|at| definitions.item_place(list, at)))
            });
            items.push(Item { text: word.text, list });
        }
        items
    }

    fn missing(&self, part: &Part<'_>, within: &mut Vec<String>, wanting: &mut Vec<Missing>) {
        let named = matches!(part.what, What::Macro { .. } | What::Exception { .. });
        if named {
            within.push(part.text());
        }
        match (&part.what, self.check(part.node)) {
            (What::Check { check: written, items }, Some(check)) if self.missing.contains(&part.node) => {
                let readings = check.readings(self.now);
                let values: Vec<Shown> = readings.iter().map(Shown::of).collect();
                let place = self.subject.set.definitions().place(written.left.at().to(written.op_at));
                let wanted = self.trace.step(part.node).wanted;
                let hit = if wanted { None } else { self.items(check, items).into_iter().next() };
                let kind = readings.iter().any(|reading| KIND.contains(&reading.field.name));
                let change = self.change(&values, wanted, kind, within, hit, &place);
                let (node, text, within) = (part.node, part.text(), within.clone());
                wanting.push(Missing { node, text, wanted, within, values, change, place });
            }
            (What::Exception { name, row }, _) if !part.children.iter().any(has_exception) => {
                if let Some(node) = self.first_missing(part) {
                    wanting.push(self.excepted(part, name, row.unwrap_or(0), node, within));
                }
            }
            _ => part.children.iter().for_each(|child| self.missing(child, within, wanting)),
        }
        if named {
            within.pop();
        }
    }

    fn first_missing(&self, part: &Part<'_>) -> Option<usize> {
        let mut first = None;
        part.checks(&mut |check| {
            if first.is_none() && self.missing.contains(&check.node) {
                first = Some(check.node);
            }
        });
        first
    }

    /// An exception, or a row of one, that applies: all of it is in the way, not the comparison that
    /// happens to stand first.
    fn excepted(&self, part: &Part<'_>, name: &str, row: usize, node: usize, within: &[String]) -> Missing {
        let definitions = self.subject.set.definitions();
        let mut values: Vec<Shown> = Vec::new();
        part.checks(&mut |check| {
            let readings = self.check(check.node).map(|check| check.readings(self.now)).unwrap_or_default();
            for shown in readings.iter().map(Shown::of) {
                if !values.contains(&shown) {
                    values.push(shown);
                }
            }
        });
        let text = part.text();
        let place = definitions.row_place(&self.subject.rule.name, name, row).unwrap_or_default();
        let (what, at) = (text.clone(), place.clone());
        let change = match definitions.is_own(&place) {
            true => Change::Override { what, place: at },
            false => Change::Edit { what, place: at },
        };
        Missing { node, text, wanted: false, within: within.to_vec(), values, change, place }
    }

    /// What somebody who writes rules can do about a comparison.
    fn change(
        &self,
        values: &[Shown],
        wanted: bool,
        kind: bool,
        within: &[String],
        hit: Option<Item>,
        place: &Place,
    ) -> Change {
        if kind {
            return Change::Never("it is another kind of event".to_owned());
        }
        let absent = values.iter().find(|shown| shown.values.is_none());
        match absent {
            Some(Shown { field, never: Some(why), .. }) => {
                return Change::Never(format!("no capture holds {field}: {why}"));
            }
            Some(Shown { field, .. }) if wanted => {
                return Change::Never(format!("{field} has no value at this event"));
            }
            _ => {}
        }
        let (what, place) = match (hit, within.last()) {
            (Some(Item { list: Some((list, Some(place))), .. }), _) => (format!("list {list}"), place),
            (_, Some(name)) => (format!("macro {name}"), place.clone()),
            (_, None) => ("rule".to_owned(), place.clone()),
        };
        if self.subject.set.definitions().is_own(&place) {
            Change::Override { what, place }
        } else {
            Change::Edit { what, place }
        }
    }
}

fn has_exception(part: &Part<'_>) -> bool {
    matches!(part.what, What::Exception { .. }) || part.children.iter().any(has_exception)
}

/// Where what is now in force was written: the last definition and what was appended to it since.
pub(super) fn current(history: &[Amendment]) -> Vec<Place> {
    let from = history.iter().rposition(|one| one.how != How::Appended).unwrap_or(0);
    history.iter().skip(from).map(|one| one.place.clone()).collect()
}
