//! Loading: what rules compile to, and every code.

use analyzer::rules::{LoadOptions, LoadReport, RuleSet, Source};
use serde_json::Value as Json;

use crate::corpus::{Score, cases, text};

fn load(yaml: &str) -> LoadReport {
    RuleSet::load(&[Source { name: "rules.yaml".into(), text: yaml.into() }], &LoadOptions::default())
}

fn codes(report: &LoadReport) -> Vec<String> {
    report.warnings.iter().map(|warning| warning.code.info().0.to_owned()).collect()
}

fn listed<'j>(case: &'j Json, key: &str) -> impl Iterator<Item = &'j str> {
    case.get(key).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str)
}

/// Everything a case says about a load, as pairs of what is and what should be.
fn differences(case: &Json, observed: &Json, report: &LoadReport) -> Vec<String> {
    let mut differences = Vec::new();
    let mut check = |right: bool, text: String| {
        if !right {
            differences.push(text);
        }
    };
    check(report.errors.is_empty() == case["ok"].as_bool().unwrap(), format!("errors {:?}", report.errors));
    let first = report.errors.first().map(|error| (error.code.info().0, error.message.as_str()));
    if let Some(error) = observed["errors"].as_array().and_then(|errors| errors.first()) {
        let wanted = (text(error, "code").unwrap(), text(error, "message").unwrap());
        let same = first.is_some_and(|(code, message)| code == wanted.0 && message.starts_with(wanted.1));
        check(same, format!("first error {first:?}, wanted {wanted:?}"));
    }
    for wanted in listed(case, "error_contains") {
        check(
            first.is_some_and(|(_, message)| message.contains(wanted)),
            format!("error {first:?}, wanted {wanted}"),
        );
    }
    if let Some(warnings) = observed["warnings"].as_array() {
        let wanted: Vec<String> =
            warnings.iter().map(|warning| text(warning, "code").unwrap().to_owned()).collect();
        check(codes(report) == wanted, format!("warnings {:?}, wanted {wanted:?}", codes(report)));
    }
    let messages: Vec<&str> = report.warnings.iter().map(|warning| warning.message.as_str()).collect();
    for wanted in listed(case, "warnings_contain") {
        check(
            messages.iter().any(|message| message.contains(wanted)),
            format!("warnings {messages:?}, wanted {wanted}"),
        );
    }
    for wanted in listed(case, "warnings_not_contain") {
        check(!messages.iter().any(|message| message.contains(wanted)), format!("warning {wanted} is there"));
    }
    if let Some(has) = case.get("has_warnings").and_then(Json::as_bool) {
        check(has != messages.is_empty(), format!("warnings {messages:?}"));
    }
    for key in ["compiled_condition", "compiled_conditions"] {
        for (rule, wanted) in case.get(key).and_then(Json::as_object).into_iter().flatten() {
            let have = report.rules.as_ref().and_then(|rules| rules.rule(rule));
            let have = have.map(|rule| rule.compiled_condition.as_str());
            check(have == wanted.as_str(), format!("{rule}: {have:?}, wanted {wanted}"));
        }
    }
    for key in ["compiled_output", "compiled_outputs"] {
        for (rule, wanted) in case.get(key).and_then(Json::as_object).into_iter().flatten() {
            let have = report.rules.as_ref().and_then(|rules| rules.rule(rule));
            let have = have.map(|rule| rule.output.as_str());
            check(have == wanted.as_str(), format!("{rule}: {have:?}, wanted {wanted}"));
        }
    }
    if let Some(enabled) = case.get("enabled_rules").and_then(Json::as_u64) {
        check(report.enabled as u64 == enabled, format!("{} enabled, wanted {enabled}", report.enabled));
    }
    differences
}

fn run(file: &str, known: &[&str]) {
    let mut score = Score::default();
    for case in cases(file) {
        let name = text(&case, "test").or(text(&case, "name")).unwrap();
        let report = load(text(&case, "rules_yaml").unwrap());
        let observed = if case.get("observed").is_some() { &case["observed"] } else { &case };
        let differences = differences(&case, observed, &report);
        score.case(name, differences.is_empty(), || differences.join("\n    "));
    }
    score.finish(file, known);
}

#[test]
fn rules_load_as_in_falco() {
    run("rules_load.jsonl", &[]);
}

#[test]
fn probes_load_as_in_falco() {
    run("rules_load_probes.jsonl", &[]);
}
