//! Cases of our own.

use serde_json::json;

use crate::client::{answers_to, ask};

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
        r#"{"rules_yaml":"","fields":{}}"#,
        r#"{"condition":"proc.name = a","before":[]}"#,
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
fn an_answer_says_what_was_asked() {
    let answer = ask(json!({"condition": "evt.type in (openat, open) and proc.name=cat"}), false);
    let wanted = json!({
        "ok": true,
        "event_types": ["open", "openat"],
        "plan": "(evt.type in (openat, open) and proc.name = cat)",
    });
    assert_eq!(answer, wanted);
}
