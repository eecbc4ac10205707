//! Saker's own rules, part of the binary.

use super::Source;

/// The files of `analyzer/rules`, in the order in which they load.
static FILES: &[(&str, &str)] = &[
    ("saker/base.yaml", include_str!("../../rules/base.yaml")),
    ("saker/containers.yaml", include_str!("../../rules/containers.yaml")),
    ("saker/container-tools.yaml", include_str!("../../rules/container-tools.yaml")),
    ("saker/container-network.yaml", include_str!("../../rules/container-network.yaml")),
    ("saker/container-escape.yaml", include_str!("../../rules/container-escape.yaml")),
    ("saker/credentials.yaml", include_str!("../../rules/credentials.yaml")),
    ("saker/persistence.yaml", include_str!("../../rules/persistence.yaml")),
    ("saker/stealth.yaml", include_str!("../../rules/stealth.yaml")),
    ("saker/execution.yaml", include_str!("../../rules/execution.yaml")),
    ("saker/privileges.yaml", include_str!("../../rules/privileges.yaml")),
    ("saker/network.yaml", include_str!("../../rules/network.yaml")),
    ("saker/impact.yaml", include_str!("../../rules/impact.yaml")),
    ("saker/rates.yaml", include_str!("../../rules/rates.yaml")),
];

/// Saker's own rules, as sources to load.
pub fn own_sources() -> Vec<Source> {
    FILES.iter().map(|(name, text)| Source { name: (*name).to_owned(), text: (*text).to_owned() }).collect()
}

/// Whether a source is one of Saker's own, whose macros and lists exist to be used by others.
pub fn is_own(source: &Source) -> bool {
    FILES.iter().any(|(name, text)| *name == source.name && *text == source.text)
}

/// Whether Saker's own rules have a macro of this name.
pub(super) fn defines_macro(name: &str) -> bool {
    let line = format!("- macro: {name}");
    FILES.iter().flat_map(|(_, text)| text.lines()).any(|have| have.trim_end() == line)
}
