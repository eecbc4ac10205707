//! Findings about rules, as `saker rules check` tells them.

use crate::render::escape;
use crate::rules::findings::Finding;

/// Every finding with its place.
pub(super) fn told(found: &[Finding]) -> String {
    let one = |finding: &Finding| {
        let shown = escape::terminal(finding.to_string().as_bytes());
        let snippet = super::super::rule_files::indented(&finding.place.snippet());
        format!("finding: {shown}\n{snippet}\n")
    };
    found.iter().map(one).collect()
}
