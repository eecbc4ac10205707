//! Every rule of Saker's own is shown by a sample.

use std::collections::BTreeSet;

use analyzer::rules::{LoadOptions, RuleSet, own_sources};

/// Rules that a sample's `expect.yaml` demands alerts of. Only lines under `expect:` count.
pub(super) fn demanded(expectation: &str) -> impl Iterator<Item = String> {
    expectation
        .lines()
        .skip_while(|line| *line != "expect:")
        .skip(1)
        .take_while(|line| line.starts_with(' ') || line.starts_with('#'))
        .filter_map(|line| line.trim().strip_prefix("- rule: "))
        .map(|name| name.trim_matches(['"', '\'']).to_owned())
}

#[test]
fn every_own_rule_is_demanded_by_an_attack() {
    let rules = RuleSet::load(&own_sources(), &LoadOptions::default()).rules.unwrap();
    let mut shown = BTreeSet::new();
    for sample in super::samples() {
        if let Ok(text) = std::fs::read_to_string(sample.join("attack/expect.yaml")) {
            shown.extend(demanded(&text));
        }
    }
    let names: BTreeSet<&str> = rules.rules().iter().map(|rule| rule.name.as_str()).collect();
    let without: Vec<_> = names.iter().filter(|name| !shown.contains(**name)).collect();
    assert!(without.is_empty(), "no sample shows: {without:#?}");
    let unknown: Vec<_> = shown.iter().filter(|name| !names.contains(name.as_str())).collect();
    assert!(unknown.is_empty(), "samples expect rules that do not exist: {unknown:#?}");
}

#[test]
fn every_attack_has_a_twin_that_stays_below_it() {
    for sample in super::samples() {
        let name = sample.file_name().unwrap().to_string_lossy().into_owned();
        let Ok(attack) = std::fs::read_to_string(sample.join("attack/expect.yaml")) else {
            assert!(name.starts_with("quiet"), "{name}: a sample without an attack");
            continue;
        };
        let benign = std::fs::read_to_string(sample.join("benign/expect.yaml"))
            .unwrap_or_else(|_| panic!("{name} has no benign twin"));
        let twin: BTreeSet<String> = demanded(&benign).collect();
        let attack: BTreeSet<String> = demanded(&attack).collect();
        assert!(!attack.is_empty(), "{name}: the attack raises nothing");
        assert!(twin.is_disjoint(&attack), "{name}: the twin raises what the attack does");
        assert!(benign.contains("forbid:"), "{name}: the twin forbids nothing");
    }
}

#[test]
fn what_is_demanded_is_read_from_under_expect_only() {
    let text =
        "rules: [own]\nexpect:\n  - rule: A\n    count: 1\n# why\n  - rule: \"B: c\"\nforbid:\n  - C\n";
    assert_eq!(demanded(text).collect::<Vec<_>>(), ["A", "B: c"]);
    assert_eq!(demanded("forbid: [\"*\"]\n").count(), 0);
}
