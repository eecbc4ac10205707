//! Any text is a file of Sigma rules: what comes of it loads, and what does not come of it has a reason.
#![no_main]

use analyzer::import::sigma;
use analyzer::rules::{LoadOptions, RuleSet, Source};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let import = sigma::import(&[Source { name: "fuzz.yml".into(), text }]);
    drop(sigma::tables(&import, true));
    if import.converted() > 0 {
        let source = Source { name: "sigma.yaml".into(), text: import.yaml.clone() };
        let report = RuleSet::load(&[source], &LoadOptions::default());
        assert!(report.errors.is_empty(), "{}", report.errors[0]);
    }
});
