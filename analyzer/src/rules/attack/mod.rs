//! MITRE ATT&CK: tactics, techniques and what the tags of rules say of them.
//!
//! A table of facts (numbers, names, tactics, platforms) of the Enterprise matrix, the part for Linux
//! and containers, in versions 18 and 19. Platforms are those of v18 where v19 kept a technique.

mod below_t1200;
mod changes;
mod corrections;
mod from_t1200;
mod matrix;
mod platform;
mod tactic;
mod tags;

pub use corrections::Correction;
pub use matrix::{Matrix, Technique};
pub use platform::Platforms;
pub use tactic::{Tactic, Tactics, tactics};
pub use tags::Mapping;

/// A version of ATT&CK.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// The last with Defense Evasion.
    V18,
    /// Splits it into Stealth and Defense Impairment.
    #[default]
    V19,
}

impl Version {
    /// Its number, as people and layers write it.
    pub fn number(self) -> &'static str {
        match self {
            Self::V18 => "18",
            Self::V19 => "19",
        }
    }
}

impl std::str::FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "18" => Ok(Self::V18),
            "19" => Ok(Self::V19),
            _ => Err(format!("ATT&CK `{text}` is not known here: 18 or 19")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::changes::{NEW_IN_19, REVOKED};
    use super::corrections::CORRECTIONS;
    use super::*;

    #[test]
    fn every_technique_stands_once_has_a_tactic_and_its_parent() {
        for version in [Version::V18, Version::V19] {
            let matrix = Matrix::new(version);
            let ids: BTreeSet<&str> = matrix.techniques().iter().map(|technique| technique.id).collect();
            assert_eq!(ids.len(), matrix.techniques().len());
            for technique in matrix.techniques() {
                assert!(!technique.name.is_empty() && !technique.tactics.is_empty(), "{}", technique.id);
                assert!(technique.parent().is_none_or(|parent| ids.contains(parent)), "{}", technique.id);
                assert!(
                    tactics(version).any(|tactic| technique.tactics.contains(tactic)),
                    "{} has a tactic that v{} does not have",
                    technique.id,
                    version.number()
                );
            }
        }
    }

    #[test]
    fn the_versions_differ_as_published() {
        let (old, new) = (Matrix::new(Version::V18), Matrix::new(Version::V19));
        assert_eq!(tactics(Version::V18).count(), 14);
        assert_eq!(tactics(Version::V19).count(), 15);
        for (was, _) in REVOKED {
            assert!(new.find(was).is_none(), "{was} is revoked in v19");
        }
        for id in NEW_IN_19 {
            assert!(new.find(id).is_some() && old.find(id).is_none(), "{id}");
        }
        let names = |matrix: &Matrix, id: &str| -> Vec<&str> {
            let technique = matrix.resolve(id).unwrap();
            tactics(matrix.version)
                .filter(|tactic| technique.tactics.contains(tactic))
                .map(|t| t.name)
                .collect()
        };
        assert_eq!(names(&old, "T1070.002"), ["Defense Evasion"]);
        assert_eq!(names(&new, "T1070.002"), ["Defense Impairment"]);
        assert_eq!(names(&old, "T1574.006"), ["Persistence", "Privilege Escalation", "Defense Evasion"]);
        assert_eq!(names(&new, "T1574.006"), ["Execution", "Stealth"]);
    }

    #[test]
    fn every_correction_names_techniques_that_exist() {
        for version in [Version::V18, Version::V19] {
            let matrix = Matrix::new(version);
            for correction in CORRECTIONS {
                for id in correction.now {
                    assert!(matrix.resolve(id).is_some(), "{}: {id}", correction.rule);
                }
                assert!(
                    correction.was.is_sorted() && correction.was != correction.now,
                    "{}",
                    correction.rule
                );
            }
        }
        assert!(CORRECTIONS.iter().map(|correction| correction.rule).is_sorted());
    }
}
