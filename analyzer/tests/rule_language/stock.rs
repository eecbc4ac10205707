//! The stock rules load without a word, each for the events it should have.

use std::collections::BTreeMap;

use analyzer::rules::{LoadOptions, LoadReport, RuleSet, Source, own_sources};

use crate::corpus::{say, shared};

const FILES: [&str; 3] = [
    "falco-rules/falco_rules.yaml",
    "falco-rules/falco-incubating_rules.yaml",
    "falco-rules/falco-sandbox_rules.yaml",
];

fn sources(files: &[&str]) -> Option<Vec<Source>> {
    files.iter().map(|file| Some(Source { name: (*file).to_owned(), text: shared(file)? })).collect()
}

fn load(sources: &[Source]) -> LoadReport {
    let report = RuleSet::load(sources, &LoadOptions::default());
    for error in &report.errors {
        say(&format!("{error}\n{}", error.place.snippet()));
    }
    for warning in &report.warnings {
        say(&warning.to_string());
    }
    assert!(report.errors.is_empty() && report.warnings.is_empty());
    report
}

/// Rule names and their events, from the tables of the needs.
fn needs() -> Option<BTreeMap<String, Vec<String>>> {
    let text = shared("stock-rules-needs.md")?;
    let mut needs = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let ["", name, _, "y" | "n", events, ..] = cells.as_slice() {
            let mut events: Vec<String> = events.split(", ").map(str::to_owned).collect();
            events.sort();
            needs.insert((*name).to_owned(), events);
        }
    }
    Some(needs)
}

#[test]
fn each_stock_file_loads_alone_with_the_events_it_needs() {
    let Some(needs) = needs() else { return };
    for (file, count) in FILES.iter().zip([25, 31, 37]) {
        let Some(sources) = sources(&[file]) else { return };
        let rules = load(&sources).rules.unwrap();
        assert_eq!(rules.rules().len(), count, "{file}");
        for rule in rules.rules() {
            let events: Vec<&str> = rule.events.names().collect();
            let Some(wanted) = needs.get(&rule.name) else { panic!("{} is in no table", rule.name) };
            if wanted.iter().all(|name| analyzer::condition::is_event(name)) {
                assert_eq!(events, wanted.iter().map(String::as_str).collect::<Vec<_>>(), "{}", rule.name);
            } else {
                assert_eq!(wanted.as_slice(), ["all"], "{}: {events:?}", rule.name);
            }
        }
    }
}

#[test]
fn the_stock_files_load_together() {
    let Some(sources) = sources(&FILES) else { return };
    let report = load(&sources);
    assert_eq!((report.enabled, report.disabled), (81, 12));
}

#[test]
fn stock_rules_load_behind_our_own() {
    let Some(stock) = sources(&FILES[..1]) else { return };
    let sources: Vec<Source> = own_sources().into_iter().chain(stock).collect();
    let report = RuleSet::load(&sources, &LoadOptions::default());
    assert!(report.errors.is_empty(), "{:?}", report.errors);
}

#[test]
fn our_own_rules_load_without_a_word() {
    let sources = own_sources();
    let report = load(&sources);
    let rules = report.rules.unwrap();
    for rule in rules.rules() {
        assert!(!rule.desc.is_empty() && !rule.events.is_all(), "{}", rule.name);
        let technique = |tag: &String| {
            tag.strip_prefix('T').is_some_and(|id| id.starts_with(|c: char| c.is_ascii_digit()))
        };
        assert!(rule.tags.iter().any(technique), "{}: no technique among its tags", rule.name);
        for wanted in ["%user.name", "%proc.name", "%proc.pname", "%proc.cmdline", "%proc.tty"] {
            assert!(rule.output.as_str().contains(wanted), "{}: {wanted}", rule.name);
        }
        for event in rule.events.names() {
            let known = capture_format::schema::EVENTS.iter().any(|known| known.name == event);
            assert!(known, "{}: {event} is not recorded", rule.name);
        }
    }
}
