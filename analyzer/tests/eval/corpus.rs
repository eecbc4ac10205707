//! Every case of the corpus as requests, if that lies beside the repository.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value as Json, json};

use crate::client::answers;

fn say(text: &str) {
    let _ = std::io::stderr().write_all(format!("{text}\n").as_bytes());
}

/// The cases of a file; none, and a word about it, if it is not there.
fn cases(name: &str) -> Vec<Json> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance").join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
        Err(error) => {
            say(&format!("SKIPPED: {name} is not there ({error})"));
            Vec::new()
        }
    }
}

fn text<'j>(case: &'j Json, key: &str) -> Option<&'j str> {
    case.get(key).and_then(Json::as_str)
}

/// Runs the cases of a file in one mode: `request` makes a question of a case (`None`: nothing to
/// ask), `judge` says what is wrong with the answer. `known`: the cases that are known to differ.
fn run(
    file: &str,
    quirks: bool,
    known: &[&str],
    request: impl Fn(&Json) -> Option<Json>,
    judge: impl Fn(&Json, &Json) -> Vec<String>,
) {
    let asked: Vec<(Json, Json)> =
        cases(file).into_iter().filter_map(|case| request(&case).map(|request| (case, request))).collect();
    if asked.is_empty() {
        return;
    }
    let requests: Vec<Json> = asked.iter().map(|(_, request)| request.clone()).collect();
    let mut wrong = BTreeSet::new();
    for ((case, request), answer) in asked.iter().zip(answers(&requests, quirks)) {
        let faults = judge(case, &answer);
        if !faults.is_empty() {
            let name =
                ["condition", "format", "test", "name"].iter().find_map(|key| text(case, key)).unwrap();
            say(&format!("disagrees: {name}\n    {}\n    {request}\n    {answer}", faults.join("\n    ")));
            wrong.insert(name.to_owned());
        }
    }
    let mode = if quirks { "--falco-quirks" } else { "default" };
    let total = asked.len();
    say(&format!("{file} ({mode}): {} of {total} cases agree", total - wrong.len()));
    let known: BTreeSet<String> = known.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(wrong, known, "{file} ({mode})");
}

/// What is wrong unless `right`.
fn unless(right: bool, what: impl FnOnce() -> String) -> Option<String> {
    if right { None } else { Some(what()) }
}

/// An error message without the place that the reference puts in front of some.
fn bare(message: &str) -> &str {
    match message.strip_prefix("filter error at ").and_then(|rest| rest.split_once("column ")) {
        Some((_, rest)) => rest.split_once(": ").map_or(rest, |(_, message)| message),
        None => message,
    }
}

/// Whether an error has the reference's words, and its place if that gives one.
fn error_agrees(wanted: &str, answer: &Json) -> Option<String> {
    let error = &answer["error"];
    let index = wanted.strip_prefix("filter error at index ").and_then(|rest| rest.split_once(','));
    let index = index.and_then(|(index, _)| index.parse::<u64>().ok());
    let placed = index.is_none_or(|index| error["at"][0].as_u64() == Some(index));
    unless(error["message"] == bare(wanted) && placed, || format!("{error}, wanted {wanted}"))
}

/// Fields of plugins that upstream's tests load, as a request can bring them along.
fn fields_of_plugins() -> Json {
    json!({"sample.proc_name": {"type": "CHARBUF", "text": "init"},
           "sample.tick": {"type": "CHARBUF", "text": "false"}})
}

fn parse_request(case: &Json) -> Option<Json> {
    let mut request = json!({"condition": case["condition"]});
    if text(case, "field_env").is_some_and(|env| env.starts_with("custom")) {
        request["fields"] = fields_of_plugins();
    }
    Some(request)
}

fn parse_judge(case: &Json, answer: &Json) -> Vec<String> {
    // Fields of the grammar's cases do not exist: what parses comes with its tree all the same.
    let ok = answer["ok"].as_bool().unwrap();
    let ast = if ok { &answer["plan"] } else { &answer["ast"] };
    let syntax = case.get("syntax_valid").and_then(Json::as_bool).or(case["valid"].as_bool()).unwrap();
    let compiles = text(case, "level") == Some("syntax") || ok == case["valid"].as_bool().unwrap();
    let warnings = answer["warnings"].as_array().map_or(0, Vec::len) as u64;
    [
        unless(ast.is_string() == syntax, || format!("parses: {}", !syntax)),
        unless(compiles, || format!("compiles: {ok}")),
        unless(case.get("ast").is_none_or(|wanted| wanted == ast), || format!("wanted {}", case["ast"])),
        text(case, "observed_error").and_then(|wanted| error_agrees(wanted, answer)),
        unless(case.get("warnings").is_none_or(|wanted| *wanted == warnings), || {
            format!("{warnings} warnings")
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn conditions_parse_and_compile_as_in_falco() {
    for quirks in [false, true] {
        run("conditions_parse.jsonl", quirks, &[], parse_request, parse_judge);
    }
}

fn compare_request(case: &Json) -> Option<Json> {
    let mut request = json!({"condition": case["condition"], "fields": case["fields"]});
    if text(case, "condition").is_some_and(|condition| condition.starts_with("sample.")) {
        request["fields"] = fields_of_plugins();
    }
    Some(request)
}

fn compare_judge(case: &Json, answer: &Json) -> Vec<String> {
    let result = if answer["ok"] == true { &answer["result"] } else { &json!("error") };
    [
        unless(*result == case["expected"], || format!("{result}, wanted {}", case["expected"])),
        text(case, "observed_error").and_then(|wanted| error_agrees(wanted, answer)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn operators_hold_as_in_falco() {
    for quirks in [false, true] {
        run("compare_ops.jsonl", quirks, &[], compare_request, compare_judge);
    }
    run("compare_ops_probes.jsonl", true, &[], compare_request, compare_judge);
    // Upstream's defects: sets are looked up with the wrong length, or only their first element.
    let known = [
        "fd.ip = anyof (1.1.1.1, 142.251.111.147)",
        "fd.ip in (1.1.1.1, 172.40.111.222)",
        "fd.net in (10.0.0.0/8, 142.0.0.0/8)",
    ];
    run("compare_ops_probes.jsonl", false, &known, compare_request, compare_judge);
}

fn format_request(case: &Json) -> Option<Json> {
    let mut fields = case["event"].clone();
    if case.get("process_tree").is_some() {
        // What the tree makes of them is not among the event's fields.
        fields["proc.aexe"] = json!("bash /sbin/init");
        fields["proc.acmdline"] = json!("bash init context ls --format {{json .}}");
    }
    Some(json!({"format": case["format"], "fields": fields}))
}

fn format_judge(case: &Json, answer: &Json) -> Vec<String> {
    if case.get("valid").and_then(Json::as_bool) == Some(false) {
        return unless(answer["ok"] == false, || "it compiles".to_owned()).into_iter().collect();
    }
    let json = text(case, "output_format") == Some("json");
    let output = if json { answer["output_fields"].to_string() } else { answer["text"].to_string() };
    let wanted = case
        .get("output")
        .map(|wanted| if json { wanted.as_str().unwrap().to_owned() } else { wanted.to_string() });
    let mut faults: Vec<String> =
        unless(wanted.as_ref().is_none_or(|wanted| *wanted == output), || format!("wanted {wanted:?}"))
            .into_iter()
            .collect();
    for (name, wanted) in case.get("fields").and_then(Json::as_object).into_iter().flatten() {
        let have = &answer["output_fields"][name];
        let same = have == wanted || have.is_null() && wanted == "<NA>";
        faults.extend(unless(same, || format!("{name}: {have}, wanted {wanted}")));
    }
    faults
}

#[test]
fn outputs_print_as_in_falco() {
    for quirks in [false, true] {
        run("output_format.jsonl", quirks, &[], format_request, format_judge);
    }
}

#[test]
fn event_types_are_derived_as_in_falco() {
    let judge = |case: &Json, answer: &Json| {
        let (wanted, have) = (&case["event_types"], &answer["event_types"]);
        let names = |list: &Json| -> BTreeSet<String> {
            list.as_array().into_iter().flatten().map(|name| name.as_str().unwrap().to_owned()).collect()
        };
        let right = match (wanted.as_str(), wanted.get("only"), wanted.get("all_except")) {
            (Some("none"), ..) => *have == json!([]),
            (Some(all), ..) => *have == all,
            (_, Some(only), _) => names(have) == names(only),
            (_, _, Some(except)) => {
                let have = names(have);
                let all = analyzer::condition::event_names();
                all.iter().all(|name| have.contains(*name) != names(except).contains(*name))
            }
            _ => false,
        };
        unless(right, || format!("{have}, wanted {wanted}")).into_iter().collect()
    };
    let request = |case: &Json| case.get("condition").map(|condition| json!({"condition": condition}));
    for quirks in [false, true] {
        run("event_types.jsonl", quirks, &[], request, judge);
    }
}

/// The messages of an answer or a case, as far as a case has them.
fn messages(list: &Json) -> Vec<(String, String)> {
    let pair = |one: &Json| (text(one, "code").unwrap().to_owned(), text(one, "message").unwrap().to_owned());
    list.as_array().into_iter().flatten().map(pair).collect()
}

fn load_judge(case: &Json, answer: &Json) -> Vec<String> {
    let observed = case.get("observed").unwrap_or(case);
    let listed = |key: &str| case.get(key).and_then(Json::as_array).into_iter().flatten();
    let (errors, warnings) = (messages(&answer["errors"]), messages(&answer["warnings"]));
    let mut faults = Vec::new();
    faults.extend(unless(answer["successful"] == case["ok"], || format!("wanted ok {}", case["ok"])));
    let wanted = messages(&observed["errors"]);
    // Of outputs the reference shows only the beginning of the words.
    let same = match (errors.first(), wanted.first()) {
        (Some((code, message)), Some((wanted, words))) => code == wanted && message.starts_with(words),
        (have, wanted) => have == wanted,
    };
    faults.extend(unless(same, || format!("wanted errors {wanted:?}")));
    let wanted = messages(&observed["warnings"]);
    faults.extend(unless(warnings == wanted, || format!("wanted warnings {wanted:?}")));
    for (key, said) in [("error_contains", &errors), ("warnings_contain", &warnings)] {
        for wanted in listed(key) {
            let there = said.iter().any(|(_, message)| message.contains(wanted.as_str().unwrap()));
            faults.extend(unless(there, || format!("{key} {wanted}")));
        }
    }
    let conditions = ["compiled_condition", "compiled_conditions"];
    let all =
        [(conditions, "compiled_conditions"), (["compiled_output", "compiled_outputs"], "compiled_outputs")];
    for (keys, have) in all {
        for key in keys {
            for object in [case.get(key), observed.get(key)].into_iter().flatten() {
                for (rule, wanted) in object.as_object().into_iter().flatten() {
                    let have = &answer[have][rule];
                    faults.extend(unless(have == wanted, || format!("{rule}: {have}, wanted {wanted}")));
                }
            }
        }
    }
    if let Some(enabled) = case.get("enabled_rules") {
        faults.extend(unless(answer["enabled_rules"] == *enabled, || format!("wanted {enabled} enabled")));
    }
    faults
}

#[test]
fn rules_load_as_in_falco() {
    let request = |case: &Json| Some(json!({"rules_yaml": case["rules_yaml"]}));
    for quirks in [false, true] {
        run("rules_load.jsonl", quirks, &[], request, load_judge);
        run("rules_load_probes.jsonl", quirks, &[], request, load_judge);
    }
}
