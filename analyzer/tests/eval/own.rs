//! Cases of our own: lines that are no requests, and the tables in `cases`.

use serde_json::{Value as Json, json};

use crate::cases::{COMPILE, Fields, HOLD};
use crate::client::{answers, answers_to, ask};

#[test]
fn a_line_that_is_no_request_is_answered_and_the_next_is_read() {
    let long = format!(r#"{{"condition":"{}"}}"#, "x".repeat(33 << 20));
    let lines = [
        "",
        "nonsense",
        "[]",
        "{}",
        r#"{"conditoin":"proc.name = a"}"#,
        r#"{"condition":"proc.name = a","fields":{"proc.name":{"txt":"a"}}}"#,
        r#"{"condition":"proc.name = a","fields":{"proc.name":{"type":"CHARBUFF","text":"a"}}}"#,
        r#"{"condition":"proc.name = a","fields":{"proc.name":{"type":"CHARBUF"}}}"#,
        r#"{"condition":"proc.name = a","fields":{"proc.name":{"text":"a","absent":true}}}"#,
        r#"{"condition":"proc.name = a","fields":{"name":{"text":"a"}}}"#,
        r#"{"condition":"fd.num = 1","fields":{"fd.num":{"text":"one"}}}"#,
        r#"{"condition":"proc.name = a","format":"%proc.name"}"#,
        r#"{"rules_yaml":"","condition":"proc.name = a"}"#,
        &long,
        r#"{"condition":"proc.name = a"}"#,
    ];
    let answers = answers_to(&lines.map(str::to_owned), false);
    let (last, bad) = answers.split_last().unwrap();
    for (line, answer) in lines.iter().zip(bad) {
        let line = line.get(..80).unwrap_or(line);
        assert_eq!(answer["ok"], json!(false), "{line}");
        assert_eq!(answer["error"]["code"], json!("SAKER_BAD_REQUEST"), "{line}");
    }
    assert_eq!(last["ok"], json!(true));
}

#[test]
fn what_means_nothing_is_ignored_and_named() {
    let asked = json!({
        "condition": "proc.name = a",
        "fields": {"proc.name": {"type": "CHARBUF", "text": "a", "note": 1}},
        "before": [],
        "source": "here",
    });
    let answer = ask(asked, false);
    assert_eq!(answer["result"], json!(true));
    assert_eq!(answer["ignored"], json!(["before", "source", "fields.proc.name.note"]));
    let answer = ask(json!({"rules_yaml": "", "fields": {}, "loaded_plugins": []}), false);
    assert_eq!(
        (&answer["successful"], &answer["ignored"]),
        (&json!(true), &json!(["fields", "loaded_plugins"]))
    );
}

#[test]
fn keys_of_output_fields_may_come_back_as_fields() {
    let given = json!({"proc.name": "cat", "toupper(proc.name)": "x", "join(->,(proc.name,proc.exe))": "y"});
    let answer = ask(json!({"format": "%toupper(proc.name)", "fields": given}), false);
    assert_eq!((&answer["ok"], &answer["text"]), (&json!(true), &json!("CAT")));
}

#[test]
fn an_answer_says_what_was_asked() {
    let answer = ask(json!({"condition": "evt.type in (openat, open) and proc.name=cat"}), false);
    let wanted = json!({
        "ok": true,
        "event_types": ["open", "openat"],
        "plan": "(evt.type in (openat, open) and proc.name = cat)",
    });
    assert_eq!(answer, wanted);
}

#[test]
fn an_error_has_code_words_and_place() {
    let error = |condition: &str| ask(json!({"condition": condition}), false)["error"].clone();
    let unknown = error("evt.type = open and proc.nam = a");
    assert_eq!(unknown["code"], "LOAD_ERR_COMPILE_CONDITION");
    assert_eq!(unknown["message"], "filter_check called with nonexistent field proc.nam");
    assert_eq!(unknown["at"], json!([20, 28]));
    assert_eq!(unknown["hint"], "did you mean `proc.name`?");
    let undefined = error("evt.type = open and my_macro");
    assert_eq!(undefined["code"], "LOAD_ERR_VALIDATE");
    assert_eq!(undefined["message"], "Undefined macro 'my_macro' used in filter.");
    assert_eq!(undefined["at"], json!([20, 28]));
}

fn fields(rows: Fields) -> Json {
    let field = |(name, ty, text): &(&str, &str, &str)| {
        let value = match *text {
            "-" => json!({"type": ty, "absent": true}),
            text => match text.strip_prefix("0x:") {
                Some(hex) => json!({"type": ty, "bytes_hex": hex}),
                None => json!({"type": ty, "text": text}),
            },
        };
        ((*name).to_owned(), value)
    };
    Json::Object(rows.iter().map(field).collect())
}

/// What a row of [`HOLD`] wants in a mode: `default`, or `default/quirks` where they differ.
fn wanted(verdict: &str, quirks: bool) -> Json {
    let (default, on_demand) = verdict.split_once('/').unwrap_or((verdict, verdict));
    match if quirks { on_demand } else { default } {
        "true" => json!(true),
        "false" => json!(false),
        other => json!(other),
    }
}

#[test]
fn operators_hold_as_the_language_says() {
    for quirks in [false, true] {
        let rows: Vec<_> =
            HOLD.iter().flat_map(|(rows, cases)| cases.iter().map(move |case| (rows, case))).collect();
        let requests: Vec<Json> =
            rows.iter().map(|(rows, case)| json!({"condition": case.0, "fields": fields(rows)})).collect();
        let mut wrong = Vec::new();
        for ((_, (condition, verdict)), answer) in rows.iter().zip(answers(&requests, quirks)) {
            let result = if answer["ok"] == true { answer["result"].clone() } else { json!("error") };
            if result != wanted(verdict, quirks) {
                wrong.push(format!("{condition}: {answer}, wanted {verdict}"));
            }
        }
        assert!(wrong.is_empty(), "quirks {quirks}:\n{}", wrong.join("\n"));
    }
}

#[test]
fn conditions_compile_or_say_why_not() {
    for quirks in [false, true] {
        let requests: Vec<Json> =
            COMPILE.iter().map(|(condition, _)| json!({"condition": condition})).collect();
        let mut wrong = Vec::new();
        for ((condition, why), answer) in COMPILE.iter().zip(answers(&requests, quirks)) {
            let message = answer["error"]["message"].as_str().unwrap_or("");
            if (answer["ok"] == true) != why.is_empty() || !message.contains(why) {
                wrong.push(format!("{condition}: {answer}, wanted {why}"));
            }
        }
        assert!(wrong.is_empty(), "quirks {quirks}:\n{}", wrong.join("\n"));
    }
}

#[test]
fn a_field_of_a_plugin_exists_if_it_is_given() {
    let request = |condition: &str| {
        json!({"condition": condition, "fields": {
            "sample.proc_name": {"type": "CHARBUF", "text": "init"},
            "sample.count": {"type": "UINT64", "text": "7"},
            "sample.tags": {"type": "LIST(CHARBUF)", "text": "(a,b)"},
            "sample.key[x]": {"type": "CHARBUF", "text": "y"}}})
    };
    for (condition, holds) in [
        ("sample.proc_name = init", true),
        ("sample.count > 6", true),
        ("sample.count > 10", false),
        ("sample.tags intersects (b, c)", true),
        ("sample.tags in (b, c)", false),
        ("sample.key[x] = y", true),
        ("sample.key[z] exists", false),
    ] {
        assert_eq!(ask(request(condition), false)["result"], json!(holds), "{condition}");
    }
    assert_eq!(ask(request("sample.other = 1"), false)["ok"], json!(false));
    assert_eq!(ask(json!({"condition": "sample.count = 7"}), false)["ok"], json!(false), "no longer");
}

#[test]
fn a_known_field_of_another_type_is_noted() {
    let fields = json!({"proc.pid": {"type": "CHARBUF", "text": "12"}});
    let answer = ask(json!({"condition": "proc.pid startswith 1", "fields": fields}), false);
    assert_eq!(
        (answer["result"].clone(), answer["notes"].clone()),
        (json!(true), json!(["proc.pid is of type INT64; taken as CHARBUF"]))
    );
}

#[test]
fn outputs_print_what_is_given() {
    let fields = json!({
        "proc.name": "init", "fd.num": 3, "evt.type": "open", "evt.is_open_read": true,
        "fd.types": ["file", "pipe"], "proc.aname": "sh init", "fd.sport": {"type": "PORT", "text": "443"},
        "proc.duration": {"type": "RELTIME", "text": "1500"}, "fd.name": null});
    for (format, text, complete) in [
        ("%proc.name", "init", true),
        ("*a %fd.name b", "a <NA> b", true),
        ("a %proc.name %fd.name b", "a init ", false),
        ("%2proc.name|%6proc.name|", "in|init  |", true),
        ("%fd.num %evt.is_open_read %fd.types", "3 true (file,pipe)", true),
        ("%proc.aname|%fd.sport|%proc.duration", "sh init|443|1500", true),
        ("%toupper(proc.name)and %proc.nameand", "INITand initand", true),
        ("%join(\",\", (proc.name, evt.type))", "init,open", true),
        ("no field", "no field", true),
    ] {
        let answer = ask(json!({"format": format, "fields": fields}), false);
        assert_eq!(
            (&answer["text"], &answer["complete"]),
            (&json!(text), &json!(complete)),
            "{format}: {answer}"
        );
    }
    let keys = |format: &str| {
        let answer = ask(json!({"format": format, "fields": fields}), false);
        answer["output_fields"].as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ")
    };
    // Of transformers in one another the outermost; but one before a field stays.
    assert_eq!(keys("%tolower(toupper(proc.name))"), "proc.name tolower(toupper(proc.name))");
    assert_eq!(
        keys("%concat(toupper(proc.name), tolower(evt.type))"),
        "concat(toupper(proc.name),tolower(evt.type)) evt.type proc.name toupper(proc.name)"
    );
    for (format, why) in [
        ("", "empty formatting token"),
        ("%", "formatting cannot end with a %"),
        ("a %5", "formatting cannot end with a number"),
        ("%nosuch.field", "unknown filter: unexpected token after '"),
        ("50% of it", "unknown filter: unexpected token after '"),
        ("%tolower(fd.num)", "unknown filter"),
    ] {
        let answer = ask(json!({"format": format}), false);
        assert_eq!(answer["error"]["code"], "LOAD_ERR_COMPILE_OUTPUT", "{format}: {answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains(why), "{format}: {answer}");
    }
}

#[test]
fn rules_load_behind_others_and_outputs_are_appended_to() {
    let before = "- list: shells\n  items: [sh, bash]\n- macro: opened\n  condition: evt.type = open\n";
    let rule = "- rule: r\n  desc: d\n  condition: opened and proc.name in (shells)\n  output: o\n  priority: INFO\n";
    let answer = ask(json!({"rules_yaml": rule, "before": [before]}), false);
    assert_eq!(answer["successful"], json!(true), "{answer}");
    assert_eq!(answer["compiled_conditions"], json!({"r": "(evt.type = open and proc.name in (sh, bash))"}));
    let alone = ask(json!({"rules_yaml": rule}), false);
    assert_eq!(alone["errors"][0]["code"], json!("LOAD_ERR_VALIDATE"), "{alone}");
    assert_eq!((&alone["errors"][0]["line"], &alone["errors"][0]["column"]), (&json!(3), &json!(14)));
    assert_eq!(alone["compiled_conditions"], json!({}));
    let append = json!([{"match": {"source": "syscall"}, "extra_output": "%proc.name"}]);
    let more = ask(json!({"rules_yaml": rule, "before": [before], "append_output": append}), false);
    assert_eq!(more["compiled_outputs"], json!({"r": "o %proc.name"}));
}

#[test]
fn falco_stops_at_the_first_error() {
    let rule = |name: &str| {
        format!("- rule: {name}\n  desc: d\n  condition: nosuch\n  output: o\n  priority: INFO\n")
    };
    let yaml = rule("a") + &rule("b");
    for (quirks, errors) in [(false, 2), (true, 1)] {
        let answer = ask(json!({"rules_yaml": yaml}), quirks);
        assert_eq!(answer["errors"].as_array().map(Vec::len), Some(errors), "{answer}");
    }
}
