//! Any text is a rules file or a report of what is wrong with it.
#![no_main]

use analyzer::condition::Limits;
use analyzer::rules::{LoadOptions, RuleSet, Source};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((how, text)) = bytes.split_first() else { return };
    let text = String::from_utf8_lossy(text);
    // Two files at most: what the second does to the first is half of the language.
    let sources = text.split("\n%%%\n").take(2).enumerate();
    let sources: Vec<Source> =
        sources.map(|(at, text)| Source { name: format!("{at}.yaml"), text: text.to_owned() }).collect();
    let limits = Limits { nodes: 5000, text: 64 << 10, ..Limits::DEFAULT };
    let options = LoadOptions { quirks: how & 1 == 1, limits, ..LoadOptions::default() };
    let report = RuleSet::load(&sources, &options);
    for error in &report.errors {
        drop((error.to_string(), error.place.snippet()));
    }
    for warning in &report.warnings {
        drop((warning.to_string(), warning.place.snippet()));
    }
    assert_eq!(report.rules.is_some(), report.errors.is_empty());
});
