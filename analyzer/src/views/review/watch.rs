//! What a pass over captures says about rules.

use std::collections::{BTreeMap, BTreeSet};

use capture_format::EventType;
use capture_format::schema::EVENTS;

use super::study::Study;
use crate::fields::Moment;
use crate::rules::{Rule, RuleSet, Template};
use crate::scan::View;
use crate::views::alerts::{Candidate, Matching, Watch};
use crate::views::rates::Rates;

/// Most different programs, and images, that are counted for a rule in a block, and in all: a hostile
/// capture may have one an event.
const NAMES_MAX: usize = 4096;

/// Rules under review.
pub struct Review<'r> {
    /// The rules, taken apart.
    pub studies: Vec<Study<'r>>,
    by_type: Vec<Vec<usize>>,
    counting: Watch<'r>,
    names: Option<(Template, Template)>,
}

/// How often something happened, by name.
pub type Names = BTreeMap<String, u64>;

/// What was seen of one rule.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Events for which everything held but for what keeps events out.
    pub core: u64,
    /// Events for which all of it held.
    pub held: u64,
    /// By term: events it kept out, and those that no other term did.
    pub terms: Vec<(u64, u64)>,
    /// Literals that matched: numbers of a comparison and of a literal in it.
    pub items: BTreeSet<(usize, usize)>,
    /// Programs of the events that held.
    pub programs: Names,
    /// Images of their containers.
    pub images: Names,
}

/// What one block contributes.
#[derive(Default)]
pub struct Share<'r> {
    seen: BTreeMap<usize, Seen>,
    types: BTreeMap<u16, u64>,
    counted: Vec<Candidate<'r>>,
}

impl<'r> Review<'r> {
    /// The enabled rules of a set that `wanted` chooses.
    pub fn new(set: &'r RuleSet, wanted: impl Fn(&Rule) -> bool) -> Self {
        let rules = || set.rules().iter().filter(|rule| rule.enabled && wanted(rule));
        let studies: Vec<Study<'r>> = rules().map(|rule| Study::of(set, rule)).collect();
        let last = EVENTS.iter().map(|event| usize::from(event.number)).max().unwrap_or(0);
        let mut by_type = vec![Vec::new(); last + 1];
        for (index, study) in studies.iter().enumerate() {
            for event in EVENTS.iter().filter(|event| study.rule.events.contains(event.name)) {
                if let Some(watching) = by_type.get_mut(usize::from(event.number)) {
                    watching.push(index);
                }
            }
        }
        let counting = Watch::new(rules().filter(|rule| rule.rate.is_some()), Matching::All, false);
        let template = |text| Template::compile(text).ok();
        let names = template("%proc.exepath").zip(template("%container.image.repository"));
        Self { studies, by_type, counting, names }
    }

    fn watching(&self, event_type: EventType) -> &[usize] {
        self.by_type.get(event_type as usize).map_or(&[], Vec::as_slice)
    }

    fn study(&self, study: &Study<'r>, seen: &mut Seen, now: &Moment<'_>) {
        seen.core += 1;
        seen.terms.resize(study.terms.len(), (0, 0));
        let kept: Vec<usize> = study
            .terms
            .iter()
            .enumerate()
            .filter(|(_, term)| term.holds(now))
            .map(|(index, _)| index)
            .collect();
        for index in &kept {
            if let Some((all, alone)) = seen.terms.get_mut(*index) {
                *all += 1;
                *alone += u64::from(kept.len() == 1);
            }
        }
        for (index, listed) in study.listed.iter().enumerate() {
            let known = |word: usize| seen.items.contains(&(index, word));
            if (0..listed.words.len()).all(known) {
                continue;
            }
            let matching = listed.matching(now);
            seen.items
                .extend(matching.iter().enumerate().filter(|(_, hit)| **hit).map(|(at, _)| (index, at)));
        }
        if kept.is_empty() {
            seen.held += 1;
            if let Some((program, image)) = &self.names {
                count(&mut seen.programs, program.message(now), 1);
                count(&mut seen.images, image.message(now), 1);
            }
        }
    }
}

/// Counts a name, unless there are too many already.
fn count(names: &mut Names, name: String, by: u64) {
    if names.len() < NAMES_MAX || names.contains_key(&name) {
        *names.entry(name).or_default() += by;
    }
}

impl<'r> View for Review<'r> {
    type Part = Share<'r>;

    fn wants(&self, event_type: EventType) -> bool {
        !self.watching(event_type).is_empty()
    }

    fn observe(&self, part: &mut Self::Part, now: &Moment<'_>) {
        *part.types.entry(now.event_type() as u16).or_default() += 1;
        for index in self.watching(now.event_type()) {
            let Some(study) = self.studies.get(*index) else { continue };
            if study.core_holds(now) {
                self.study(study, part.seen.entry(*index).or_default(), now);
            }
        }
        self.counting.observe(&mut part.counted, now);
    }
}

/// What all captures say.
#[derive(Default)]
pub struct Findings<'r> {
    /// By number of the study.
    pub seen: BTreeMap<usize, Seen>,
    types: BTreeMap<u16, u64>,
    /// Alerts of rules that ask for several events.
    counted: BTreeMap<&'r str, u64>,
    rates: Rates<'r>,
}

impl<'r> Findings<'r> {
    /// Another capture begins.
    pub fn capture(&mut self) {
        self.rates = Rates::default();
    }

    /// Takes in the next block.
    pub fn block(&mut self, part: Share<'r>) {
        for (event_type, events) in part.types {
            *self.types.entry(event_type).or_default() += events;
        }
        for (index, new) in part.seen {
            let seen = self.seen.entry(index).or_default();
            seen.core += new.core;
            seen.held += new.held;
            seen.terms.resize(new.terms.len(), (0, 0));
            for (sum, more) in seen.terms.iter_mut().zip(new.terms) {
                *sum = (sum.0 + more.0, sum.1 + more.1);
            }
            seen.items.extend(new.items);
            new.programs.into_iter().for_each(|(name, by)| count(&mut seen.programs, name, by));
            new.images.into_iter().for_each(|(name, by)| count(&mut seen.images, name, by));
        }
        for alert in self.rates.settle(part.counted) {
            *self.counted.entry(alert.rule).or_default() += 1;
        }
    }

    /// Alerts of a rule.
    pub fn alerts(&self, review: &Review<'r>, index: usize) -> u64 {
        let Some(study) = review.studies.get(index) else { return 0 };
        match study.rule.rate {
            None => self.seen.get(&index).map_or(0, |seen| seen.held),
            Some(_) => self.counted.get(study.rule.name.as_str()).copied().unwrap_or(0),
        }
    }

    /// Events of the types that a rule looks at.
    pub fn events(&self, rule: &Rule) -> u64 {
        let of_rule = |number: &u16| {
            EventType::from_number(*number).is_some_and(|ty| rule.events.contains(ty.info().name))
        };
        self.types.iter().filter(|(number, _)| of_rule(number)).map(|(_, events)| events).sum()
    }
}
