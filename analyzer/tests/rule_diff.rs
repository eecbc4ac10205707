//! `saker rules diff`: what two rule sets say differently, and which alerts that gains and loses.

mod common;

use common::{Scenario, code, folder, notes, saker, text};
use serde_json::{Value, json};

const BEFORE: &str = r#"
- list: shells
  items: [bash, sh, zsh]
- list: order
  items: [a, b]
- macro: started
  condition: evt.type in (execve, execveat) and evt.rawres = 0
- macro: unused
  condition: evt.type = open
- rule: Shell
  desc: d
  condition: started and proc.name in (shells) and proc.tty != 0
  output: shell %proc.cmdline
  priority: NOTICE
  tags: [a, b]
- rule: Reads
  desc: d
  condition: evt.type = openat and fd.name startswith /tmp
  output: read %fd.name
  priority: INFO
- rule: Same
  desc: d
  condition: evt.type = connect and not (fd.typechar = 4 or fd.typechar = 6) and proc.name in (order)
  output: o
  priority: INFO
- rule: Gone
  desc: d
  condition: evt.type = socket
  output: o
  priority: INFO
"#;

const AFTER: &str = r#"
- list: shells
  items: [sh, bash, fish]
- list: order
  items: [b, a]
- macro: started
  condition: (evt.rawres = 0 and evt.type in (execveat, execve))
- rule: Shell
  desc: d
  condition: started and proc.name in (shells) and not proc.name in (bash)
  output: shell %proc.cmdline
  priority: WARNING
  tags: [a, c]
- rule: Reads
  desc: d
  condition: evt.type = openat and (fd.name startswith /tmp or fd.name startswith /etc)
  output: read %fd.name
  priority: INFO
- rule: Same
  desc: d
  condition: evt.type = connect and (not fd.typechar = 6 and not fd.typechar = 4) and proc.name in (order)
  output: o
  priority: INFO
- rule: New
  desc: d
  condition: evt.type = bind
  output: o
  priority: ERROR
  enabled: false
"#;

/// Arguments as texts.
macro_rules! run {
    ($($arg:expr),* $(,)?) => {
        saker(&[$(std::ffi::OsString::from(&$arg)),*])
    };
}

fn json(output: &std::process::Output) -> Value {
    serde_json::from_str(&text(output)).unwrap_or_else(|error| panic!("{error}: {}", notes(output)))
}

/// Both files in `folder`.
fn files(folder: &std::path::Path) -> (std::path::PathBuf, std::path::PathBuf) {
    let (before, after) = (folder.join("before.yaml"), folder.join("after.yaml"));
    std::fs::write(&before, BEFORE).unwrap();
    std::fs::write(&after, AFTER).unwrap();
    (before, after)
}

fn item<'v>(document: &'v Value, kind: &str, name: &str) -> &'v Value {
    let items = document["changes"].as_array().unwrap();
    items.iter().find(|item| item["kind"] == kind && item["name"] == name).unwrap_or(&Value::Null)
}

#[test]
fn what_changed_is_told_apart_from_what_is_only_written_differently() {
    let folder = folder("rule-diff");
    let (before, after) = files(&folder);
    let document = json(&run!("rules", "diff", before, after, "-f", "json"));
    let status = |kind, name| item(&document, kind, name)["status"].clone();
    assert_eq!(status("rule", "Shell"), "changed");
    assert_eq!(status("rule", "Reads"), "changed");
    assert_eq!(status("rule", "Same"), "same meaning");
    assert_eq!(status("rule", "New"), "added");
    assert_eq!(status("rule", "Gone"), "removed");
    assert_eq!(status("macro", "started"), "same meaning");
    assert_eq!(status("macro", "unused"), "removed");
    assert_eq!(status("list", "shells"), "changed");
    assert_eq!(status("list", "order"), "same meaning");
    assert_eq!(item(&document, "list", "shells")["affects"], json!(["Shell"]));
    assert_eq!(item(&document, "list", "order")["affects"], json!(["Same"]));
    assert_eq!(item(&document, "list", "shells")["changes"][0]["gone"], json!(["zsh"]));
    let shell = item(&document, "rule", "Shell")["changes"].as_array().unwrap();
    let whats: Vec<&Value> = shell.iter().map(|change| &change["what"]).collect();
    assert_eq!(whats, ["condition", "priority", "tags"]);
    assert_eq!(shell[0]["gone"], json!(["proc.name in (zsh)", "proc.tty != 0"]));
    assert_eq!(shell[0]["new"], json!(["proc.name in (fish)", "not proc.name = bash"]));
    assert_eq!((&shell[1]["from"], &shell[1]["to"]), (&json!("Notice"), &json!("Warning")));
    assert_eq!(shell[2]["new"], json!(["c"]));

    let none = json(&run!("rules", "diff", before, before, "-f", "json"));
    assert_eq!(none["changes"], json!([]), "a set is as itself");
}

#[test]
fn lost_and_gained_alerts_are_counted_and_the_first_named() {
    let folder = folder("rule-diff-alerts");
    let (before, after) = files(&folder);
    let capture = Scenario::shell(b"bash\0-il").write(&folder, "a.skr");
    let output = run!("rules", "diff", before, after, capture, "-f", "json");
    assert_eq!(code(&output), 0);
    let document = json(&output);
    assert_eq!((&document["lost"], &document["gained"]), (&json!(1), &json!(1)));
    let alerts = document["alerts"].as_array().unwrap();
    let of = |rule: &str| alerts.iter().find(|one| one["rule"] == rule).unwrap();
    assert_eq!(of("Shell")["lost"], 1);
    assert_eq!(of("Shell")["first_lost"][0]["event"], 1);
    assert_eq!(of("Shell")["first_lost"][0]["time"], "2025-11-22T12:01:40.000000000Z");
    assert_eq!((&of("Reads")["before"], &of("Reads")["after"]), (&json!(7), &json!(8)));
    assert_eq!(of("Reads")["first_gained"][0]["message"], "read /etc/shadow");
    let shown = text(&run!("rules", "diff", before, after, capture));
    assert!(shown.contains("Alerts: 1 lost, 1 gained"), "{shown}");
    assert!(shown.contains("bash (pid 4242)"), "{shown}");
}

#[test]
fn exit_codes_follow_what_was_asked() {
    let folder = folder("rule-diff-codes");
    let (before, after) = files(&folder);
    let capture = Scenario::shell(b"bash\0-il").write(&folder, "a.skr");
    let narrower = folder.join("narrower.yaml");
    std::fs::write(&narrower, BEFORE.replace("startswith /tmp", "startswith /tmp/7")).unwrap();
    let code_of = |a: &std::path::Path, b: &std::path::Path, which: &str| {
        code(&run!("rules", "diff", a, b, capture, "--fail-on", which))
    };
    assert_eq!(code_of(&before, &after, "any"), 1);
    assert_eq!(code_of(&before, &narrower, "lost"), 1);
    assert_eq!(code_of(&before, &narrower, "gained"), 0);
    assert_eq!(code_of(&narrower, &before, "gained"), 1);
    assert_eq!(code_of(&before, &before, "any"), 0);
    assert_eq!(code(&run!("rules", "diff", before, after, "--fail-on", "lost")), 2, "without captures");
    let broken = folder.join("broken.yaml");
    std::fs::write(&broken, "- rule: x\n").unwrap();
    let output = run!("rules", "diff", before, broken);
    assert_eq!(code(&output), 3);
    assert!(notes(&output).contains("broken.yaml"), "{}", notes(&output));
}

#[test]
fn a_side_may_be_several_files_and_saker_s_own() {
    let folder = folder("rule-diff-own");
    let team = folder.join("team.yaml");
    let text = "- rule: Log emptied\n  priority: CRITICAL\n  override: {priority: replace}\n";
    std::fs::write(&team, text).unwrap();
    let both = format!("own,{}", team.display());
    let document = json(&run!("rules", "diff", "own", both, "-f", "json"));
    assert_eq!(document["changes"].as_array().unwrap().len(), 1, "{document}");
    assert_eq!(item(&document, "rule", "Log emptied")["changes"][0]["to"], "Critical");
}

#[test]
fn the_answer_is_the_same_with_any_number_of_threads() {
    let folder = folder("rule-diff-threads");
    let (before, after) = files(&folder);
    let samples = common::root().join("samples/k8s-exec-shell");
    for format in ["table", "json"] {
        let one = run!("rules", "diff", before, after, samples, "-f", format, "--threads", "1");
        let many = run!("rules", "diff", before, after, samples, "-f", format, "--threads", "8");
        assert_eq!(text(&one), text(&many));
    }
}
