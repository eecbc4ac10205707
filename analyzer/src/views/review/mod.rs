//! Which parts of rules do nothing, too much, or the same as others.

mod document;
mod duplicates;
mod overrides;
mod study;
mod tables;
mod watch;

pub use duplicates::{Duplicate, duplicates};
pub use overrides::{Bases, Overrides, Stale, overrides};
pub use study::{Owner, Study, Term};
pub use watch::{Findings, Names, Review, Seen, Share};

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::{Place, RuleSet};
use crate::views::blind::Unanswered;

/// Everything a review found.
pub struct Reviewed<'r> {
    /// The rules under review.
    pub set: &'r RuleSet,
    /// The rules, taken apart.
    pub review: Review<'r>,
    /// What captures say of them; none without captures.
    pub findings: Option<Findings<'r>>,
    /// Rules that the captures cannot answer.
    pub unanswered: Vec<Unanswered>,
    /// Rules that say the same.
    pub duplicates: Vec<Duplicate>,
    /// What overrides build on.
    pub overrides: Overrides,
    /// Enabled rules that no sample expects; none if there are no samples at all.
    pub without_samples: Option<Vec<String>>,
}

/// A rule that raised no alert.
struct Silent<'a> {
    rule: &'a str,
    events: u64,
    kept_out: u64,
    reason: String,
}

/// A rule that raised alerts.
struct Loud<'a> {
    rule: &'a str,
    alerts: u64,
    program: Option<(&'a str, u64)>,
    image: Option<(&'a str, u64)>,
}

/// A term that keeps events out, over all rules that have it.
struct Exclusion<'a> {
    owner: &'a Owner,
    text: &'a str,
    place: &'a Place,
    /// Events for which everything of a rule held but its exclusions.
    tried: u64,
    /// Of these, those it kept out.
    kept: u64,
    /// Of these, those that nothing else kept out.
    alone: u64,
}

/// A list with literals that never matched.
struct Stock<'a> {
    list: &'a str,
    used: usize,
    idle: Vec<String>,
}

impl<'r> Reviewed<'r> {
    /// Whether a place is under review: Saker's own rules only if nothing else is.
    fn concerns(&self, place: &Place) -> bool {
        let definitions = self.set.definitions();
        let only_own = self.set.rules().iter().all(|rule| definitions.is_own(&rule.place));
        only_own || !definitions.is_own(place)
    }

    fn silent<'s>(&'s self, findings: &'s Findings<'r>) -> Vec<Silent<'s>> {
        let mut silent = Vec::new();
        for (index, study) in self.review.studies.iter().enumerate() {
            if findings.alerts(&self.review, index) > 0 || !self.concerns(&study.rule.place) {
                continue;
            }
            let rule = study.rule.name.as_str();
            let blind = self.unanswered.iter().find(|one| one.rule == rule && one.wholly);
            let (events, core) =
                (findings.events(study.rule), findings.seen.get(&index).map_or(0, |seen| seen.core));
            let held = findings.seen.get(&index).map_or(0, |seen| seen.held);
            let reason = match blind {
                Some(blind) => blind.reason.clone(),
                None if events == 0 => "no such events".to_owned(),
                None if held > 0 => format!("{held} events, too few for its rate"),
                None if core > 0 => match self.guard(index, findings) {
                    Some(term) => format!("kept out, most by {term}"),
                    None => "kept out".to_owned(),
                },
                None => "none fits".to_owned(),
            };
            silent.push(Silent { rule, events, kept_out: core - held, reason });
        }
        silent
    }

    /// The term that kept most events out of a rule.
    fn guard(&self, index: usize, findings: &Findings<'r>) -> Option<&str> {
        let (study, seen) = (self.review.studies.get(index)?, findings.seen.get(&index)?);
        let terms = study.terms.iter().zip(&seen.terms);
        // Of several with the same number the first.
        let most = terms.rev().max_by_key(|(_, (all, _))| *all)?;
        (most.1.0 > 0).then_some(most.0.text.as_str())
    }

    fn loud<'s>(&'s self, findings: &'s Findings<'r>) -> Vec<Loud<'s>> {
        let most = |names: &'s Names| -> Option<(&'s str, u64)> {
            let named = names.iter().filter(|(name, _)| !name.is_empty() && name.as_str() != "<NA>");
            // Of several with the same number the first by name.
            let top = named.max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)))?;
            Some((top.0, *top.1))
        };
        let mut loud = Vec::new();
        for (index, study) in self.review.studies.iter().enumerate() {
            let alerts = findings.alerts(&self.review, index);
            if let (true, Some(seen)) = (alerts > 0, findings.seen.get(&index)) {
                let (program, image) = (most(&seen.programs), most(&seen.images));
                loud.push(Loud { rule: &study.rule.name, alerts, program, image });
            }
        }
        loud.sort_by(|a, b| b.alerts.cmp(&a.alerts).then(a.rule.cmp(b.rule)));
        loud
    }

    /// All terms that keep events out, by place.
    fn exclusions<'s>(&'s self, findings: &'s Findings<'r>) -> Vec<Exclusion<'s>> {
        type Key<'s> = (&'s str, usize, usize, &'s str);
        let mut all: BTreeMap<Key<'s>, Exclusion<'s>> = BTreeMap::new();
        for (index, study) in self.review.studies.iter().enumerate() {
            let seen = findings.seen.get(&index);
            for (number, term) in study.terms.iter().enumerate() {
                let Term { owner, text, place, .. } = term;
                if !self.concerns(place) {
                    continue;
                }
                let key = (place.file.as_str(), place.line, place.column, text.as_str());
                let new = Exclusion { owner, text, place, tried: 0, kept: 0, alone: 0 };
                let sum = all.entry(key).or_insert(new);
                let (kept, alone) = seen.and_then(|seen| seen.terms.get(number)).copied().unwrap_or_default();
                sum.tried += seen.map_or(0, |seen| seen.core);
                sum.kept += kept;
                sum.alone += alone;
            }
        }
        all.into_values().collect()
    }

    /// Lists some of whose literals matched, with those that did not, and lists none of whose did.
    fn stocks<'s>(&'s self, findings: &'s Findings<'r>) -> (Vec<Stock<'s>>, Vec<&'s str>) {
        let definitions = self.set.definitions();
        let mut all: BTreeMap<&'s str, BTreeMap<String, bool>> = BTreeMap::new();
        for (index, study) in self.review.studies.iter().enumerate() {
            let seen = findings.seen.get(&index);
            for (number, listed) in study.listed.iter().enumerate() {
                let literals = all.entry(listed.list).or_default();
                for (word, literal) in listed.words.iter().enumerate() {
                    let hit = seen.is_some_and(|seen| seen.items.contains(&(number, word)));
                    *literals.entry(literal.to_string()).or_default() |= hit;
                }
            }
        }
        let (mut partly, mut wholly) = (Vec::new(), Vec::new());
        for (list, literals) in all {
            let place = definitions
                .list_info(list)
                .and_then(|info| definitions.list_history(info).into_iter().next())
                .map(|one| one.place);
            if !place.is_some_and(|place| self.concerns(&place)) {
                continue;
            }
            let used = literals.values().filter(|hit| **hit).count();
            let idle: Vec<String> =
                literals.iter().filter(|(_, hit)| !**hit).map(|(literal, _)| literal.clone()).collect();
            match used {
                0 => wholly.push(list),
                _ if idle.is_empty() => {}
                _ => partly.push(Stock { list, used, idle }),
            }
        }
        (partly, wholly)
    }

    /// Names of the rules that were reviewed.
    fn names(&self) -> BTreeSet<&str> {
        self.review.studies.iter().map(|study| study.rule.name.as_str()).collect()
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rule(name) => write!(f, "rule {name}"),
            Self::Macro(name) => write!(f, "macro {name}"),
            Self::Exception { rule, name, row: None } => write!(f, "exception {name} of {rule}"),
            Self::Exception { rule, name, row: Some(row) } => {
                write!(f, "exception {name} of {rule}, row {}", row + 1)
            }
        }
    }
}
