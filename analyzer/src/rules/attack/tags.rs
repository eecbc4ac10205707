//! What the tags of a rule say about ATT&CK.

use std::collections::BTreeSet;

use super::corrections::{CORRECTIONS, Correction};
use super::matrix::{Matrix, Technique};
use super::tactic::{Tactic, Tactics, named, tactics};

/// What a tag says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tag {
    /// A technique, by its number.
    Technique(String),
    /// A tactic, by its number or short name.
    Tactic(String),
}

/// Reads a tag: `T1059.004`, `TA0002`, `mitre_execution`, and Sigma's `attack.t1059.004` and
/// `attack.execution`. `None` if it does not speak of ATT&CK.
fn read(tag: &str) -> Option<Tag> {
    let sigma = tag.strip_prefix("attack.");
    if let Some(name) = tag.strip_prefix("mitre_") {
        return Some(Tag::Tactic(name.replace('_', "-")));
    }
    let number = sigma.unwrap_or(tag).to_ascii_uppercase();
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    if number.strip_prefix("TA").is_some_and(|rest| digits(rest, 4)) {
        return Some(Tag::Tactic(number));
    }
    if let Some(rest) = number.strip_prefix('T') {
        let whole = match rest.split_once('.') {
            None => digits(rest, 4),
            Some((technique, sub)) => digits(technique, 4) && digits(sub, 3),
        };
        if whole {
            return Some(Tag::Technique(number));
        }
    }
    sigma.map(|name| Tag::Tactic(name.replace('_', "-")))
}

/// What a rule is about, in one version's terms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Techniques, sorted by id.
    pub techniques: Vec<Technique>,
    /// Tactics its tags name.
    pub tactics: Vec<&'static Tactic>,
    /// Tags with a number of another version, and the number now.
    pub renumbered: Vec<(String, &'static str)>,
    /// Tags that look like ATT&CK's and name nothing of this part of the matrix.
    pub unknown: Vec<String>,
    /// What replaced the tags the rule was published with.
    pub corrected: Option<&'static Correction>,
}

impl Mapping {
    /// What the rule called `name` with these tags is about. `correct`: stock rules get the tags
    /// they should have had.
    pub fn of(name: &str, tags: &[String], matrix: &Matrix, correct: bool) -> Self {
        let mut mapping = Self::default();
        let mut numbers: Vec<String> = Vec::new();
        let mut claimed: Vec<Tactics> = Vec::new();
        let mut published: BTreeSet<String> = BTreeSet::new();
        for tag in tags {
            match read(tag) {
                Some(Tag::Technique(number)) => {
                    published.insert(number.clone());
                    numbers.push(number);
                }
                Some(Tag::Tactic(text)) => {
                    match named(&text, matrix.version) {
                        Some(set) => claimed.push(set),
                        None => mapping.unknown.push(tag.clone()),
                    }
                    if text.starts_with("TA") {
                        published.insert(text);
                    }
                }
                None => {}
            }
        }
        if correct {
            mapping.corrected = CORRECTIONS.iter().find(|correction| {
                correction.rule == name
                    && published.iter().map(String::as_str).eq(correction.was.iter().copied())
            });
        }
        if let Some(correction) = mapping.corrected {
            numbers = correction.now.iter().map(|number| (*number).to_owned()).collect();
        }
        for number in numbers {
            let Some(technique) = matrix.resolve(&number) else {
                mapping.unknown.push(number);
                continue;
            };
            if technique.id != number && mapping.corrected.is_none() {
                mapping.renumbered.push((number, technique.id));
            }
            if !mapping.techniques.contains(technique) {
                mapping.techniques.push(*technique);
            }
        }
        mapping.techniques.sort_by_key(|technique| technique.id);
        let served = mapping.served();
        for set in claimed {
            // Of what may be meant, what its techniques serve; else the first.
            let meant = || tactics(matrix.version).filter(move |tactic| set.contains(tactic));
            let tactic = meant().find(|tactic| served.contains(tactic)).or_else(|| meant().next());
            mapping.tactics.extend(tactic.filter(|tactic| !mapping.tactics.contains(tactic)));
        }
        mapping
    }

    /// Tactics of its techniques.
    fn served(&self) -> Tactics {
        Tactics(self.techniques.iter().fold(0, |set, technique| set | technique.tactics.0))
    }

    /// Whether its tags name tactics, and techniques that serve none of them.
    pub fn disagrees(&self) -> bool {
        let served = self.served();
        self.corrected.is_none()
            && !self.techniques.is_empty()
            && !self.tactics.is_empty()
            && !self.tactics.iter().any(|tactic| served.contains(tactic))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Version;
    use super::*;

    fn of(name: &str, tags: &[&str], version: Version) -> Mapping {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        Mapping::of(name, &tags, &Matrix::new(version), true)
    }

    fn ids(mapping: &Mapping) -> Vec<&'static str> {
        mapping.techniques.iter().map(|technique| technique.id).collect()
    }

    #[test]
    fn tags_of_falco_and_sigma_are_understood() {
        let falco = of("x", &["T1059.004", "container", "mitre_privilege_escalation"], Version::V19);
        let sigma = of("x", &["attack.t1059.004", "attack.privilege-escalation"], Version::V19);
        assert_eq!(falco, sigma);
        assert_eq!(ids(&falco), ["T1059.004"]);
        assert_eq!(falco.tactics[0].id, "TA0004");
        assert!(falco.unknown.is_empty() && falco.disagrees());
    }

    #[test]
    fn numbers_of_the_other_version_are_translated_both_ways() {
        let mapping = of("x", &["T1070.002", "T1562.001", "T1562.006"], Version::V19);
        assert_eq!(ids(&mapping), ["T1685", "T1685.006"]);
        assert_eq!(mapping.renumbered.len(), 3);
        let mapping = of("x", &["T1685.004", "T1685"], Version::V18);
        assert_eq!(ids(&mapping), ["T1562.001", "T1562.012"]);
    }

    #[test]
    fn defense_evasion_is_stealth_from_19_on() {
        for tag in ["mitre_defense_evasion", "TA0005", "attack.stealth"] {
            assert_eq!(of("x", &[tag], Version::V19).tactics[0].name, "Stealth", "{tag}");
            assert_eq!(of("x", &[tag], Version::V18).tactics[0].name, "Defense Evasion", "{tag}");
        }
        assert_eq!(of("x", &["attack.defense-impairment"], Version::V18).tactics[0].id, "TA0005");
        let wiped = of("x", &["T1070.002", "mitre_defense_evasion"], Version::V19);
        assert_eq!(wiped.tactics[0].name, "Defense Impairment", "as its technique is");
        assert!(!wiped.disagrees());
    }

    #[test]
    fn what_names_nothing_is_reported() {
        let mapping = of("x", &["T9999", "mitre_evil", "TA9999", "T1059.999", "Tuning", "TA"], Version::V19);
        assert_eq!(mapping.unknown, ["mitre_evil", "TA9999", "T9999", "T1059.999"]);
        assert!(mapping.techniques.is_empty());
    }

    #[test]
    fn a_stock_rule_gets_better_tags_only_while_it_has_the_published_ones() {
        let name = "Contact K8S API Server From Container";
        assert_eq!(ids(&of(name, &["T1565", "mitre_discovery"], Version::V19)), ["T1613"]);
        assert_eq!(ids(&of(name, &["T1046", "mitre_discovery"], Version::V19)), ["T1046"]);
        let kept = Mapping::of(name, &["T1565".to_owned()], &Matrix::new(Version::V19), false);
        assert_eq!(ids(&kept), ["T1565"]);
    }
}
