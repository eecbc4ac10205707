//! `docs/own-rules.md`: Saker's own rules, their samples, and the stock rules they stand for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use analyzer::rules::{LoadOptions, RuleSet, own_sources};

use super::common::root;
use super::covers::{Covers, FILES};
use super::own::demanded;
use super::stock::{ROWS, stock};

/// Samples whose attack demands an alert of each rule.
fn shown_by() -> BTreeMap<String, BTreeSet<String>> {
    let mut shown: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for sample in super::samples() {
        let name = sample.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(sample.join("attack/expect.yaml")).unwrap_or_default();
        for rule in demanded(&text) {
            shown.entry(rule).or_default().insert(name.clone());
        }
    }
    shown
}

fn all() -> impl Iterator<Item = &'static Covers> {
    FILES.iter().flat_map(|(_, _, rows)| rows.iter())
}

fn is_technique(tag: &str) -> bool {
    tag.strip_prefix('T').is_some_and(|id| id.starts_with(|c: char| c.is_ascii_digit()))
}

fn page() -> String {
    let set = RuleSet::load(&own_sources(), &LoadOptions::default()).rules.unwrap();
    let shown = shown_by();
    let mut text = String::from(
        "# Saker's own rules\n\n\
         Written by a test from the rules, the samples and a table in `analyzer/tests/samples`;\n\
         `BLESS=1 cargo test -p analyzer --test samples` writes it again.\n\n\
         `saker rules show RULE` shows one in full, with what to look at next. Every rule has a recording that\n\
         raises it and a twin, close to it, that does not.\n\n\
         ## All of them\n\n\
         | Rule | Priority | Techniques | Samples |\n| --- | --- | --- | --- |\n",
    );
    let mut rules: Vec<_> = set.rules().iter().collect();
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    for rule in rules {
        let techniques: Vec<&str> =
            rule.tags.iter().map(String::as_str).filter(|tag| is_technique(tag)).collect();
        let samples: Vec<String> =
            shown.get(&rule.name).into_iter().flatten().map(|sample| format!("`{sample}`")).collect();
        let off = if rule.enabled { "" } else { ", off until asked for" };
        let _ = writeln!(
            text,
            "| {} | {}{off} | {} | {} |",
            rule.name,
            rule.priority,
            techniques.join(", "),
            samples.join(", ")
        );
    }
    text += "\n## Where the stock rules have theirs\n";
    for (title, file, rows) in FILES {
        let _ = writeln!(
            text,
            "\n### {title} (`{file}`)\n\n| Stock rule | Saker's own | Differs |\n| --- | --- | --- |"
        );
        for Covers { stock, own, note } in *rows {
            let own = if own.is_empty() { "none".to_owned() } else { own.join("; ") };
            let _ = writeln!(text, "| {stock} | {own} | {note} |");
        }
    }
    text
}

#[test]
fn the_page_about_own_rules_is_the_rules_and_their_samples() {
    let path = root().join("docs/own-rules.md");
    let fresh = page();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let have = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(have == fresh, "docs/own-rules.md is out of date; BLESS=1 writes it again");
}

#[test]
fn stock_rules_are_covered_by_rules_that_exist() {
    let shown = shown_by();
    for Covers { stock, own, note } in all() {
        assert!(!own.is_empty() || !note.is_empty(), "{stock}: no rule, and no reason");
        for rule in *own {
            assert!(shown.contains_key(*rule), "{stock}: no sample shows `{rule}`");
        }
    }
    for (title, _, rows) in &FILES[..2] {
        let missing: Vec<_> = rows.iter().filter(|row| row.own.is_empty()).map(|row| row.stock).collect();
        assert!(missing.is_empty(), "{title}: nothing of ours sees {missing:?}");
    }
}

/// Where a stock rule is raised by an attack, one of those that stand for it is demanded of it.
#[test]
fn an_attack_that_a_stock_rule_sees_is_seen_by_ours() {
    let shown = shown_by();
    for row in ROWS {
        for rule in row.attack {
            let covers = all().find(|covers| covers.stock == *rule).unwrap_or_else(|| panic!("{rule}"));
            let seen = covers.own.iter().any(|own| shown.get(*own).is_some_and(|at| at.contains(row.sample)));
            assert!(seen, "{}: `{rule}` is raised, and none of {:?} is demanded", row.sample, covers.own);
        }
    }
}

#[test]
fn every_stock_rule_is_in_the_table() {
    let Some(folder) = stock() else { return };
    for (_, file, rows) in FILES {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let names: BTreeSet<&str> = text.lines().filter_map(|line| line.strip_prefix("- rule: ")).collect();
        let have: BTreeSet<&str> = rows.iter().map(|row| row.stock).collect();
        assert_eq!(names, have, "{file}");
        assert_eq!(rows.len(), names.len(), "{file}: a rule twice");
    }
}
