//! A client that asks many questions of one process.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use serde_json::Value as Json;

/// A running `saker eval`.
fn spawn(quirks: bool) -> std::process::Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_saker"));
    command.arg("eval").stdin(Stdio::piped()).stdout(Stdio::piped());
    if quirks {
        command.arg("--falco-quirks");
    }
    command.spawn().unwrap()
}

/// The answers to `lines`, which are sent as they are.
pub(crate) fn answers_to(lines: &[String], quirks: bool) -> Vec<Json> {
    let mut child = spawn(quirks);
    let mut input = child.stdin.take().unwrap();
    let text = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = BufReader::new(child.stdout.take().unwrap()).lines();
    let answers: Vec<Json> = output.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    writer.join().unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(answers.len(), lines.len(), "one answer a line");
    answers
}

/// The answers to requests.
pub(crate) fn answers(requests: &[Json], quirks: bool) -> Vec<Json> {
    answers_to(&requests.iter().map(Json::to_string).collect::<Vec<_>>(), quirks)
}

/// The answer to one request.
pub(crate) fn ask(request: Json, quirks: bool) -> Json {
    answers(&[request], quirks).remove(0)
}

#[test]
fn each_answer_comes_before_the_next_question() {
    let mut child = spawn(false);
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for id in 0..3 {
        writeln!(input, r#"{{"id":{id},"condition":"proc.name = cat"}}"#).unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let answer: Json = serde_json::from_str(&line).unwrap();
        assert_eq!((answer["id"].as_u64(), answer["ok"].as_bool()), (Some(id), Some(true)));
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}
