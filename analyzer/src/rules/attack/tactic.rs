//! Tactics of both versions.

use super::Version;

/// A tactic.
#[derive(Debug, PartialEq, Eq)]
pub struct Tactic {
    /// `TA0002`.
    pub id: &'static str,
    /// `Execution`.
    pub name: &'static str,
    /// `execution`, as layers write it.
    pub shortname: &'static str,
    bit: u16,
}

/// A set of tactics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tactics(pub(super) u16);

impl Tactics {
    /// Whether `tactic` is in it.
    pub fn contains(self, tactic: &Tactic) -> bool {
        self.0 & tactic.bit != 0
    }

    /// Whether it holds none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The set as `version` has it: v19 split Defense Evasion into Stealth and Defense Impairment.
    pub(super) fn of(self, version: Version) -> Self {
        match version {
            Version::V18 if self.0 & (ST | IM) != 0 => Self(self.0 & !(ST | IM) | DE),
            Version::V19 if self.0 & DE != 0 => Self(self.0 & !DE | ST | IM),
            _ => self,
        }
    }
}

pub(super) const RC: u16 = 1;
pub(super) const RD: u16 = 1 << 1;
pub(super) const IA: u16 = 1 << 2;
pub(super) const EX: u16 = 1 << 3;
pub(super) const PS: u16 = 1 << 4;
pub(super) const PE: u16 = 1 << 5;
/// Stealth.
pub(super) const ST: u16 = 1 << 6;
/// Defense Impairment.
pub(super) const IM: u16 = 1 << 7;
pub(super) const CA: u16 = 1 << 8;
/// Discovery.
pub(super) const DI: u16 = 1 << 9;
pub(super) const LM: u16 = 1 << 10;
pub(super) const CO: u16 = 1 << 11;
pub(super) const C2: u16 = 1 << 12;
/// Exfiltration.
pub(super) const XF: u16 = 1 << 13;
/// Impact.
pub(super) const IP: u16 = 1 << 14;
/// Defense Evasion, up to v18.
pub(super) const DE: u16 = 1 << 15;

const fn tactic(bit: u16, id: &'static str, name: &'static str, shortname: &'static str) -> Tactic {
    Tactic { id, name, shortname, bit }
}

/// All tactics in the order of the matrix; a version has those of [`tactics`].
static TACTICS: &[Tactic] = &[
    tactic(RC, "TA0043", "Reconnaissance", "reconnaissance"),
    tactic(RD, "TA0042", "Resource Development", "resource-development"),
    tactic(IA, "TA0001", "Initial Access", "initial-access"),
    tactic(EX, "TA0002", "Execution", "execution"),
    tactic(PS, "TA0003", "Persistence", "persistence"),
    tactic(PE, "TA0004", "Privilege Escalation", "privilege-escalation"),
    tactic(DE, "TA0005", "Defense Evasion", "defense-evasion"),
    tactic(ST, "TA0005", "Stealth", "stealth"),
    tactic(IM, "TA0112", "Defense Impairment", "defense-impairment"),
    tactic(CA, "TA0006", "Credential Access", "credential-access"),
    tactic(DI, "TA0007", "Discovery", "discovery"),
    tactic(LM, "TA0008", "Lateral Movement", "lateral-movement"),
    tactic(CO, "TA0009", "Collection", "collection"),
    tactic(C2, "TA0011", "Command and Control", "command-and-control"),
    tactic(XF, "TA0010", "Exfiltration", "exfiltration"),
    tactic(IP, "TA0040", "Impact", "impact"),
];

/// The tactics of a version, in the order of the matrix.
pub fn tactics(version: Version) -> impl Iterator<Item = &'static Tactic> {
    let others = match version {
        Version::V18 => ST | IM,
        Version::V19 => DE,
    };
    TACTICS.iter().filter(move |tactic| tactic.bit & others == 0)
}

/// The tactics that a number or short name of either version may mean in `version`; several only for
/// what was Defense Evasion, whose number is now Stealth's.
pub(super) fn named(name: &str, version: Version) -> Option<Tactics> {
    let found = TACTICS.iter().find(|tactic| tactic.id == name || tactic.shortname == name)?;
    Some(Tactics(found.bit).of(version))
}
