//! Conditions: what parses, to what, and what compiles.

use analyzer::condition::plan::Env;
use analyzer::condition::{EventSet, Plan, event_names, parse};
use serde_json::Value as Json;

use crate::corpus::{Score, cases, text};

#[test]
fn conditions_parse_to_their_canonical_text() {
    let mut score = Score::default();
    for case in cases("conditions_parse.jsonl") {
        let condition = text(&case, "condition").unwrap();
        let parsed = parse(condition);
        let valid = case.get("syntax_valid").and_then(Json::as_bool);
        let valid = valid.unwrap_or_else(|| case["valid"].as_bool().unwrap());
        let ast = text(&case, "ast");
        let right = match &parsed {
            Ok(expr) => valid && ast.is_none_or(|ast| ast == expr.to_string()),
            Err(_) => !valid,
        };
        score.case(condition, right, || format!("{parsed:?}\n    wanted {ast:?}"));
    }
    score.finish("conditions_parse.jsonl (syntax)", &[]);
}

#[test]
fn syntax_errors_have_falcos_words() {
    let mut score = Score::default();
    for case in cases("conditions_parse.jsonl") {
        let (Some(condition), Some(wanted)) = (text(&case, "condition"), text(&case, "observed_error"))
        else {
            continue;
        };
        // Falco puts the place into some of its messages.
        let wanted = match wanted.split_once("column ") {
            Some((_, rest)) => rest.split_once(": ").map_or(rest, |(_, message)| message),
            None => wanted,
        };
        let error = parse(condition).and_then(|expr| Plan::lower(&expr, &Env::captures())).err();
        let message = error.map(|error| error.to_string()).unwrap_or_default();
        score.case(condition, message == wanted, || format!("{message}\n    wanted {wanted}"));
    }
    score.finish("conditions_parse.jsonl (messages)", &[]);
}

#[test]
fn conditions_compile_where_falcos_do() {
    let mut score = Score::default();
    for case in cases("conditions_parse.jsonl") {
        let (level, environment) = (text(&case, "level").unwrap(), text(&case, "field_env").unwrap_or(""));
        // Fields of a plugin made for one test exist nowhere else.
        if level == "syntax" || environment.starts_with("custom") {
            continue;
        }
        let condition = text(&case, "condition").unwrap();
        let result = parse(condition).and_then(|expr| Plan::lower(&expr, &Env::captures()));
        let right = result.is_ok() == case["valid"].as_bool().unwrap();
        score.case(condition, right, || format!("{:?}", result.err().map(|error| error.to_string())));
    }
    score.finish("conditions_parse.jsonl (compile)", &[]);
}

/// The set that a case of `event_types.jsonl` describes.
fn wanted(description: &Json) -> EventSet {
    let names = |json: &Json| {
        let names: Vec<String> =
            json.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
        EventSet::of(names.iter().map(String::as_str))
    };
    match description {
        Json::String(all) if all == "all" => EventSet::all(),
        Json::String(none) if none == "none" => EventSet::NONE,
        other => match (other.get("only"), other.get("all_except")) {
            (Some(only), _) => names(only),
            (_, Some(except)) => names(except).complement(),
            _ => panic!("{other}"),
        },
    }
}

#[test]
fn event_types_are_derived_as_in_falco() {
    assert!(event_names().len() > 400);
    let mut score = Score::default();
    for case in cases("event_types.jsonl") {
        let Some(condition) = text(&case, "condition") else {
            let (left, right) = (&case["left"], &case["right"]);
            if let (Some(left), Some(right)) = (left.as_str(), right.as_str()) {
                let set = |text: &str| parse(text).unwrap().events();
                score.case(left, set(left) == set(right), || right.to_owned());
            } else {
                score.case(&case.to_string(), false, String::new);
            }
            continue;
        };
        let set = parse(condition).unwrap().events();
        let wanted = wanted(&case["event_types"]);
        score.case(condition, set == wanted, || format!("{set:?}"));
    }
    score.finish("event_types.jsonl", &[]);
}
