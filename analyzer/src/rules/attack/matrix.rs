//! The part of the Enterprise matrix that captures of Linux can be about.

use super::changes::{NEW_IN_19, OF_18, REVOKED};
use super::platform::Platforms;
use super::tactic::Tactics;
use super::{Version, below_t1200, from_t1200};

/// A technique as the tables give it.
pub(super) struct Row {
    pub(super) id: &'static str,
    name: &'static str,
    tactics: u16,
    platforms: Platforms,
}

pub(super) const fn row(id: &'static str, name: &'static str, tactics: u16, platforms: Platforms) -> Row {
    Row { id, name, tactics, platforms }
}

/// A technique or sub-technique, as one version has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Technique {
    /// `T1059.004`.
    pub id: &'static str,
    /// `Unix Shell`; a sub-technique's own name only.
    pub name: &'static str,
    /// Its tactics.
    pub tactics: Tactics,
    /// Its platforms, of those that matter here.
    pub platforms: Platforms,
}

impl Technique {
    /// The technique that this is a sub-technique of.
    pub fn parent(&self) -> Option<&'static str> {
        self.id.split_once('.').map(|(parent, _)| parent)
    }
}

/// The techniques of a version for Linux and containers, sorted by id.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The version.
    pub version: Version,
    techniques: Vec<Technique>,
}

impl Matrix {
    /// The matrix of a version.
    pub fn new(version: Version) -> Self {
        let of_19 = below_t1200::ROWS.iter().chain(from_t1200::ROWS);
        let rows: Vec<&Row> = match version {
            Version::V19 => of_19.collect(),
            Version::V18 => {
                let replaced = |id: &str| OF_18.iter().any(|row| row.id == id);
                let kept = of_19.filter(|row| !NEW_IN_19.contains(&row.id) && !replaced(row.id));
                kept.chain(OF_18).collect()
            }
        };
        let mut techniques: Vec<Technique> = rows
            .into_iter()
            .map(|row| Technique {
                id: row.id,
                name: row.name,
                tactics: Tactics(row.tactics).of(version),
                platforms: row.platforms,
            })
            .collect();
        techniques.sort_by_key(|technique| technique.id);
        Self { version, techniques }
    }

    /// All techniques, sorted by id.
    pub fn techniques(&self) -> &[Technique] {
        &self.techniques
    }

    /// The technique with this id, of this version.
    pub fn find(&self, id: &str) -> Option<&Technique> {
        let at = self.techniques.binary_search_by_key(&id, |technique| technique.id).ok()?;
        self.techniques.get(at)
    }

    /// The technique that `id` means, in this version's numbering or the other's.
    pub fn resolve(&self, id: &str) -> Option<&Technique> {
        self.find(id).or_else(|| {
            let other = REVOKED.iter().find_map(|(old, new)| match self.version {
                Version::V19 => (*old == id).then_some(*new),
                Version::V18 => (*new == id).then_some(*old),
            })?;
            self.find(other)
        })
    }
}
