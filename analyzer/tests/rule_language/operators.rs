//! Operators and templates: what holds, what is printed.

use analyzer::condition::plan::Env;
use analyzer::condition::{Filter, Plan, parse};
use analyzer::rules::Template;
use serde_json::Value as Json;

use crate::corpus::{Score, cases, text};
use crate::table::Table;

fn result(condition: &str, fields: &Json, quirks: bool) -> Json {
    let env = Env { quirks, ..Env::captures() };
    match parse(condition).and_then(|expr| Plan::lower(&expr, &env)) {
        Ok(plan) => Json::from(plan.holds(&Table::of(fields))),
        Err(_) => Json::from("error"),
    }
}

fn run(file: &str, quirks: bool, known: &[&str]) {
    let mut score = Score::default();
    for case in cases(file) {
        if case["kind"] != "event" {
            continue;
        }
        let condition = text(&case, "condition").unwrap();
        let result = result(condition, &case["fields"], quirks);
        score
            .case(condition, result == case["expected"], || format!("{result}, wanted {}", case["expected"]));
    }
    score.finish(&format!("{file} (quirks: {quirks})"), known);
}

/// A condition over fields of a plugin that upstream's tests load.
const PLUGIN: &str = "sample.proc_name exists and sample.tick = \"false\" and sample.proc_name = \"init\"";

#[test]
fn operators_hold_as_in_falco() {
    run("compare_ops.jsonl", false, &[PLUGIN]);
    run("compare_ops.jsonl", true, &[PLUGIN]);
}

#[test]
fn probes_hold_as_in_falco_on_demand() {
    run("compare_ops_probes.jsonl", true, &[]);
}

#[test]
fn probes_hold_as_they_should() {
    // Upstream's defects: sets are looked up with the wrong length, or only their first element.
    run(
        "compare_ops_probes.jsonl",
        false,
        &[
            "fd.ip = anyof (1.1.1.1, 142.251.111.147)",
            "fd.ip in (1.1.1.1, 172.40.111.222)",
            "fd.net in (10.0.0.0/8, 142.0.0.0/8)",
        ],
    );
}

#[test]
fn templates_print_as_in_falco() {
    let mut score = Score::default();
    for case in cases("output_format.jsonl") {
        let format = text(&case, "format").unwrap();
        let template = Template::compile(format);
        if case.get("valid").and_then(Json::as_bool) == Some(false) {
            score.case(format, template.is_err(), || "it compiles".to_owned());
            continue;
        }
        let template = template.unwrap();
        let mut table = Table::plain(&case["event"]);
        if case.get("process_tree").is_some() {
            table.set("proc.aexe", "bash /sbin/init");
            table.set("proc.acmdline", "bash init context ls --format {{json .}}");
        }
        let json = text(&case, "output_format") == Some("json");
        let output = if json {
            Json::Object(template.fields(&table).into_iter().collect()).to_string()
        } else {
            template.message(&table)
        };
        let wanted = text(&case, "output");
        let right = wanted.is_none_or(|wanted| wanted == output);
        score.case(format, right, || format!("{output}, wanted {wanted:?}"));
        if let Some(count) = case.get("n_fields").and_then(Json::as_u64) {
            let keys: Vec<&str> = template.keys().collect();
            score.case(&format!("{format} (fields)"), keys.len() as u64 == count, || format!("{keys:?}"));
        }
    }
    score.finish("output_format.jsonl", &[]);
}

#[test]
fn a_filter_is_a_condition_alone() {
    assert!(Filter::compile("evt.type = open and proc.name = cat").is_ok());
    assert!(Filter::compile("some_macro").is_err());
}
