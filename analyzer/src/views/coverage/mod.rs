//! Which techniques of ATT&CK rules are about, and which none is about.

mod document;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::Rule;
use crate::rules::attack::{Mapping, Matrix, Tactic, Technique, tactics};

/// A rule with what its tags say.
#[derive(Clone, Debug)]
pub struct Mapped<'r> {
    /// The rule.
    pub rule: &'r Rule,
    /// What its tags say.
    pub mapping: Mapping,
}

/// Samples by the name of the rule that they expect an alert of.
pub type Samples = BTreeMap<String, BTreeSet<String>>;

/// What rules cover.
#[derive(Debug)]
pub struct Coverage<'r> {
    matrix: Matrix,
    rules: Vec<Mapped<'r>>,
    /// Rules left out because they are disabled.
    disabled: usize,
    /// Samples that prove rules, if they were asked about.
    samples: Option<Samples>,
}

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Share {
    covered: usize,
    of: usize,
}

impl Share {
    fn add(&mut self, covered: bool) {
        self.of += 1;
        self.covered += usize::from(covered);
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.covered, self.of)
    }
}

/// Techniques and sub-techniques apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Shares {
    techniques: Share,
    subs: Share,
}

impl<'r> Coverage<'r> {
    /// What `rules` cover in `matrix`. `correct`: stock rules get the tags they should have had;
    /// `disabled` is how many rules were left out.
    pub fn new(
        rules: impl IntoIterator<Item = &'r Rule>,
        matrix: Matrix,
        correct: bool,
        disabled: usize,
        samples: Option<Samples>,
    ) -> Self {
        let mapped = |rule: &'r Rule| {
            let mapping = Mapping::of(&rule.name, &rule.tags, &matrix, correct);
            Mapped { rule, mapping }
        };
        let rules = rules.into_iter().map(mapped).collect();
        Self { matrix, rules, disabled, samples }
    }

    /// The matrix it is about.
    pub fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    /// The rules, in the order of their files.
    pub fn rules(&self) -> &[Mapped<'r>] {
        &self.rules
    }

    /// Rules about exactly this technique, not about its sub-techniques.
    pub fn about<'s>(&'s self, technique: &'s Technique) -> impl Iterator<Item = &'s Mapped<'r>> {
        self.rules.iter().filter(|one| one.mapping.techniques.iter().any(|own| own.id == technique.id))
    }

    /// The techniques of a tactic that count or are covered, sorted by id.
    pub fn within<'s>(&'s self, tactic: &'static Tactic) -> impl Iterator<Item = &'s Technique> {
        self.matrix.techniques().iter().filter(move |technique| technique.tactics.contains(tactic))
    }

    /// Samples that prove a rule about this technique.
    pub fn proofs(&self, technique: &Technique) -> BTreeSet<&str> {
        let Some(samples) = &self.samples else { return BTreeSet::new() };
        let of_rule = |one: &Mapped<'_>| samples.get(&one.rule.name);
        self.about(technique).filter_map(of_rule).flatten().map(String::as_str).collect()
    }

    /// Whether a rule is about this technique or one of its sub-techniques.
    fn touched(&self, technique: &Technique) -> bool {
        self.about(technique).next().is_some()
            || self
                .rules
                .iter()
                .any(|one| one.mapping.techniques.iter().any(|own| own.parent() == Some(technique.id)))
    }

    fn shares<'s>(&self, techniques: impl IntoIterator<Item = &'s Technique>) -> Shares {
        let mut shares = Shares::default();
        for technique in techniques.into_iter().filter(|technique| technique.platforms.counted()) {
            match technique.parent() {
                None => shares.techniques.add(self.touched(technique)),
                Some(_) => shares.subs.add(self.about(technique).next().is_some()),
            }
        }
        shares
    }

    /// Techniques of a tactic without any rule, each with how many sub-techniques it has, none of
    /// which has one either; and sub-techniques without a rule whose technique has one.
    fn gaps(&self, tactic: &'static Tactic) -> Vec<(&Technique, usize)> {
        let within: Vec<&Technique> =
            self.within(tactic).filter(|technique| technique.platforms.counted()).collect();
        let mut gaps = Vec::new();
        for technique in &within {
            match technique.parent() {
                None if !self.touched(technique) => {
                    let subs = within.iter().filter(|sub| sub.parent() == Some(technique.id)).count();
                    gaps.push((*technique, subs));
                }
                Some(parent)
                    if self.about(technique).next().is_none()
                        && self.matrix.find(parent).is_some_and(|parent| self.touched(parent)) =>
                {
                    gaps.push((*technique, 0));
                }
                _ => {}
            }
        }
        gaps
    }

    /// Rules that serve a tactic: by a technique, or by their tags alone.
    fn serving<'s>(&'s self, tactic: &'static Tactic) -> impl Iterator<Item = &'s Mapped<'r>> {
        self.rules.iter().filter(move |one| {
            let mapping = &one.mapping;
            match mapping.techniques.is_empty() {
                true => mapping.tactics.contains(&tactic),
                false => mapping.techniques.iter().any(|technique| technique.tactics.contains(tactic)),
            }
        })
    }

    /// Rules whose tags name a tactic and no technique.
    fn tactic_only<'s>(&'s self) -> impl Iterator<Item = &'s Mapped<'r>> {
        self.rules.iter().filter(|one| one.mapping.techniques.is_empty() && !one.mapping.tactics.is_empty())
    }

    /// Rules whose tags say nothing of ATT&CK.
    fn untagged<'s>(&'s self) -> impl Iterator<Item = &'s Mapped<'r>> {
        self.rules.iter().filter(|one| {
            let mapping = &one.mapping;
            mapping.techniques.is_empty() && mapping.tactics.is_empty() && mapping.unknown.is_empty()
        })
    }

    fn tactics(&self) -> impl Iterator<Item = &'static Tactic> + use<'r> {
        tactics(self.matrix.version)
    }
}
