//! What changed between v18 and v19, as far as Linux and containers go.
//!
//! Source: ATT&CK's own "revoked by" relations of v19.2 and the tactic pages of v19. Where v19 keeps
//! a technique its tactics are v19's, and v18's follow from them but for the rows here.

use super::matrix::{Row, row};
use super::platform::{BOTH, CONTAINERS, LINUX};
use super::tactic::{DE, EX, LM, PE, PS};

/// Numbers of v18 and what replaced them in v19. Of several with the same successor the first is
/// the one that v19's number stands for in v18.
pub(super) static REVOKED: &[(&str, &str)] = &[
    ("T1070.001", "T1685.005"),
    ("T1070.002", "T1685.006"),
    ("T1562.001", "T1685"),
    ("T1562", "T1685"),
    ("T1562.006", "T1685"),
    ("T1562.002", "T1685.001"),
    ("T1562.003", "T1690"),
    ("T1562.004", "T1686"),
    ("T1562.007", "T1686.001"),
    ("T1562.008", "T1685.002"),
    ("T1562.009", "T1688"),
    ("T1562.010", "T1689"),
    ("T1562.011", "T1685.003"),
    ("T1562.012", "T1685.004"),
    ("T1562.013", "T1686.002"),
    ("T1656", "T1684.001"),
    ("T1672", "T1684.002"),
];

/// Rows of v19 that v18 does not have.
pub(super) static NEW_IN_19: &[&str] = &[
    "T1027.018",
    "T1684",
    "T1684.001",
    "T1684.002",
    "T1685",
    "T1685.003",
    "T1685.004",
    "T1685.006",
    "T1686",
    "T1687",
    "T1689",
    "T1690",
];

/// Rows of v18 that v19 does not have, or has under another name or other tactics.
pub(super) static OF_18: &[Row] = &[
    row("T1070.002", "Clear Linux or Mac System Logs", DE, LINUX),
    row("T1211", "Exploitation for Defense Evasion", DE, LINUX),
    row("T1222.002", "Linux and Mac File and Directory Permissions Modification", DE, LINUX),
    row("T1548", "Abuse Elevation Control Mechanism", PE | DE, LINUX),
    row("T1548.001", "Setuid and Setgid", PE | DE, LINUX),
    row("T1548.003", "Sudo and Sudo Caching", PE | DE, LINUX),
    row("T1550", "Use Alternate Authentication Material", DE | LM, CONTAINERS),
    row("T1550.001", "Application Access Token", DE | LM, CONTAINERS),
    row("T1562", "Impair Defenses", DE, BOTH),
    row("T1562.001", "Disable or Modify Tools", DE, BOTH),
    row("T1562.003", "Impair Command History Logging", DE, LINUX),
    row("T1562.004", "Disable or Modify System Firewall", DE, LINUX),
    row("T1562.006", "Indicator Blocking", DE, LINUX),
    row("T1562.010", "Downgrade Attack", DE, LINUX),
    row("T1562.011", "Spoof Security Alerting", DE, LINUX),
    row("T1562.012", "Disable or Modify Linux Audit System", DE, LINUX),
    row("T1574", "Hijack Execution Flow", PS | PE | DE, LINUX),
    row("T1574.006", "Dynamic Linker Hijacking", PS | PE | DE, LINUX),
    row("T1574.007", "Path Interception by PATH Environment Variable", PS | PE | DE, LINUX),
    row("T1610", "Deploy Container", EX | DE, CONTAINERS),
    row("T1656", "Impersonation", DE, LINUX),
    row("T1672", "Email Spoofing", DE, LINUX),
];
