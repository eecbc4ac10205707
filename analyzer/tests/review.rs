//! `saker rules review`: parts of rules that do nothing, too much, or what others do.
#![allow(clippy::print_stderr)]

mod common;

use std::path::{Path, PathBuf};
use std::process::Output;

use analyzer::condition::normal::Normal;
use analyzer::fields::Moment;
use analyzer::history::{OpenOptions, Recording};
use analyzer::rules::{LoadOptions, RuleSet, Source, own_sources};
use analyzer::views::review::Study;
use analyzer::views::rule_diff::meaning;
use common::{Scenario, code, folder, notes, root, saker, text};
use serde_json::{Value, json};

/// Stock rules, where they are at hand.
fn stock() -> Vec<Source> {
    let shared = std::env::var_os("SAKER_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let names = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];
    let read = |name: &str| {
        let text = std::fs::read_to_string(shared.join("falco-rules").join(name)).ok()?;
        Some(Source { name: name.to_owned(), text })
    };
    let sources: Option<Vec<Source>> = names.into_iter().map(read).collect();
    sources.unwrap_or_else(|| {
        eprintln!("SKIPPED: no stock rules in {}", shared.display());
        Vec::new()
    })
}

fn load(sources: &[Source]) -> RuleSet {
    let report = RuleSet::load(sources, &LoadOptions::default());
    report.rules.unwrap_or_else(|| panic!("{:?}", report.errors))
}

fn each_moment(sample: &str, f: &mut dyn FnMut(&Moment<'_>)) {
    let path = root().join("samples").join(sample).join("capture.skr");
    let recording = Recording::open(&path, &OpenOptions::default()).unwrap();
    for index in 0..recording.capture().blocks().len() {
        let block = recording.capture().block(index, &|_| true).unwrap();
        block.rows().for_each(|row| f(&Moment::new(&recording, row)));
    }
}

/// forall rule, moment: the rule holds <=> its core holds and none of its terms does.
/// forall rules a, b, moment: a implies b by shape and a holds => b holds.
#[test]
fn taking_a_rule_apart_changes_nothing_and_what_is_implied_holds() {
    let mut sources = own_sources();
    sources.extend(stock());
    let set = load(&sources);
    let studies: Vec<Study<'_>> = set.rules().iter().map(|rule| Study::of(&set, rule)).collect();
    let meanings: Vec<Normal> = set.rules().iter().map(|rule| meaning(&set, rule).unwrap()).collect();
    let mut pairs = Vec::new();
    for (a, narrow) in meanings.iter().enumerate() {
        for (b, wide) in meanings.iter().enumerate() {
            if a != b && narrow.implies(wide, &mut 20_000) {
                pairs.push((a, b));
            }
        }
    }
    let mut held = 0;
    for sample in ["k8s-exec-shell/attack", "revshell-dup/attack", "shadow-read/benign", "drop-exec/attack"] {
        each_moment(sample, &mut |now| {
            let holds: Vec<bool> = set.rules().iter().map(|rule| rule.plan.holds(now)).collect();
            for (study, holds) in studies.iter().zip(&holds) {
                let apart = study.core_holds(now) && !study.terms.iter().any(|term| term.holds(now));
                // Hooks that can never hold are no terms, and change nothing.
                assert_eq!(apart, *holds, "{} at {}", study.rule.name, now.number());
                held += usize::from(*holds);
            }
            for (a, b) in &pairs {
                assert!(!holds[*a] || holds[*b], "{} implies {}", set.rules()[*a].name, set.rules()[*b].name);
            }
        });
    }
    assert!(held > 0);
}

const BASE: &str = r#"
- list: shells
  items: [bash, sh, fish]
- list: never
  items: [nothing, nobody]
- macro: started
  condition: evt.type in (execve, execveat) and evt.rawres = 0
- macro: hook
  condition: (evt.num = 0)
- macro: trusted
  condition: (proc.name = make or proc.pname = runc)
- rule: Shell
  desc: d
  condition: started and proc.name in (shells) and not trusted and not hook
  output: shell %proc.cmdline
  priority: NOTICE
  exceptions:
    - name: builds
      fields: [proc.pname, proc.name]
      comps: [=, in]
      values:
        - [ninja, [bash, sh]]
        - [containerd-shim, [zsh]]
- rule: Kept out
  desc: d
  condition: evt.type = openat and fd.name startswith /etc and not fd.name = /etc/shadow
  output: o
  priority: INFO
- rule: Reads
  desc: d
  condition: evt.type = openat and fd.name startswith /tmp
  output: read %fd.name
  priority: INFO
- rule: Reads one
  desc: d
  condition: fd.name startswith /tmp and evt.type = openat and proc.name = bash
  output: read %fd.name
  priority: INFO
- rule: Reads too
  desc: d
  condition: fd.name startswith /tmp and evt.type = openat
  output: read %fd.name
  priority: INFO
- rule: Elsewhere
  desc: d
  condition: evt.type = connect and proc.name in (never)
  output: o
  priority: INFO
"#;

fn run(args: &[&dyn AsRef<std::ffi::OsStr>]) -> Output {
    let args: Vec<&std::ffi::OsStr> = args.iter().map(|arg| arg.as_ref()).collect();
    let output = saker(&args);
    assert_eq!(code(&output), 0, "{}", notes(&output));
    output
}

fn review(more: &[&dyn AsRef<std::ffi::OsStr>]) -> Value {
    let mut args: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&"rules", &"review", &"-f", &"json"];
    args.extend(more);
    serde_json::from_str(&text(&run(&args))).unwrap()
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn what_captures_never_needed_is_named() {
    let folder = folder("review");
    let rules = write(&folder, "rules.yaml", BASE);
    let capture = Scenario::shell(b"bash\0-il").write(&folder, "a.skr");
    let document = review(&[&rules, &"--captures", &capture]);
    assert_eq!(
        document["never_fired"],
        json!([
            {"rule": "Kept out", "events": 8, "kept_out": 1, "why": "kept out, most by fd.name = /etc/shadow"},
            {"rule": "Elsewhere", "events": 0, "kept_out": 0, "why": "no such events"},
        ])
    );
    let fired = document["fired"].as_array().unwrap();
    let counts: Vec<(&str, u64)> =
        fired.iter().map(|one| (one["rule"].as_str().unwrap(), one["alerts"].as_u64().unwrap())).collect();
    assert_eq!(counts, [("Reads", 7), ("Reads one", 7), ("Reads too", 7), ("Shell", 1)]);
    assert_eq!(fired[0]["top_program"], json!({"name": "/bin/bash", "alerts": 7}));
    assert_eq!(fired[0]["top_image"], json!({"name": "mysql", "alerts": 7}));
    let terms: Vec<(&str, &str)> = document["exclusions_unused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["of"].as_str().unwrap(), one["term"].as_str().unwrap()))
        .collect();
    assert_eq!(
        terms,
        [
            ("macro trusted", "proc.name = make"),
            ("macro trusted", "proc.pname = runc"),
            ("exception builds of Shell, row 1", "(proc.pname = ninja and proc.name in (bash, sh))"),
            ("exception builds of Shell, row 2", "(proc.pname = containerd-shim and proc.name in (zsh))"),
        ],
        "a hook that waits to be filled is no exclusion"
    );
    let used = &document["exclusions_used"][0];
    assert_eq!((&used["term"], &used["alone"]), (&json!("fd.name = /etc/shadow"), &json!(1)));
    let place = document["exclusions_unused"][0]["place"].as_str().unwrap();
    assert!(place.ends_with("rules.yaml:11"), "{place}");
    assert_eq!(
        document["list_items_unused"],
        json!([{"list": "shells", "used": 1, "unused": ["fish", "sh"]}])
    );
    assert_eq!(document["lists_unused"], json!(["never"]));
    assert_eq!(document.get("without_samples"), None);
}

#[test]
fn duplicates_are_found_whatever_the_order_of_terms() {
    let folder = folder("review-duplicates");
    let document = review(&[&write(&folder, "rules.yaml", BASE)]);
    assert_eq!(
        document["duplicates"],
        json!([
            {"rule": "Reads one", "other": "Reads", "same": false},
            {"rule": "Reads", "other": "Reads too", "same": true},
            {"rule": "Reads one", "other": "Reads too", "same": false},
        ])
    );
    assert_eq!(document.get("never_fired"), None, "nothing was replayed");
}

#[test]
fn rules_without_a_sample_are_named_where_there_are_samples() {
    let folder = folder("review-samples");
    let rules = write(&folder, "rules.yaml", BASE);
    let sample = folder.join("samples/shell/attack");
    std::fs::create_dir_all(&sample).unwrap();
    Scenario::shell(b"bash\0-il").write(&sample, "capture.skr");
    write(&sample, "expect.yaml", "expect: [{rule: Shell}, {rule: Reads, count: 7}]\n");
    let document = review(&[&rules, &"--captures", &folder.join("samples")]);
    assert_eq!(document["without_samples"], json!(["Kept out", "Reads one", "Reads too", "Elsewhere"]));
}

const TEAM: &str = r#"
- list: shells
  items: [zsh, fish]
  override: {items: append}
- macro: started
  condition: evt.type = execve
- rule: Kept out
  condition: evt.type = openat and fd.name startswith /etc/ssh
  override: {condition: replace}
- rule: Shell
  exceptions:
    - name: builds
      values:
        - [ninja, [bash, sh]]
  priority: WARNING
  override: {exceptions: append, priority: replace}
"#;

fn remarks(document: &Value) -> Vec<(String, String)> {
    let remarks = document["overrides"]["remarks"].as_array().unwrap();
    let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    remarks
        .iter()
        .map(|one| (format!("{} {}", text(one, "kind"), text(one, "name")), text(one, "remark")))
        .collect()
}

#[test]
fn overrides_that_say_what_their_base_says_or_leave_it_out_are_named() {
    let folder = folder("review-overrides");
    let (base, team) = (write(&folder, "1-base.yaml", BASE), write(&folder, "2-team.yaml", TEAM));
    let document = review(&[&base, &team]);
    assert_eq!(document["overrides"]["count"], 5, "an item that appends and replaces is both");
    let base = base.display().to_string();
    assert_eq!(
        remarks(&document),
        [
            (
                "rule Kept out".to_owned(),
                "leaves out what its base says: fd.name startswith /etc; not fd.name = /etc/shadow"
                    .to_owned()
            ),
            (
                "rule Shell".to_owned(),
                format!(
                    "adds `(proc.pname = ninja and proc.name in (bash, sh))`, which its base has at {base}:22"
                )
            ),
            (
                "macro started".to_owned(),
                "leaves out what its base says: evt.type in (execveat); evt.rawres = 0".to_owned()
            ),
            ("list shells".to_owned(), format!("adds `fish`, which its base has at {base}:3")),
        ]
    );
}

#[test]
fn a_lock_tells_when_a_base_has_changed() {
    let folder = folder("review-lock");
    let (base, team) = (write(&folder, "1-base.yaml", BASE), write(&folder, "2-team.yaml", TEAM));
    let lock = folder.join("team.lock");
    let plain = remarks(&review(&[&base, &team]));
    review(&[&base, &team, &"--lock", &lock, &"--update-lock"]);
    let document = review(&[&base, &team, &"--lock", &lock]);
    assert_eq!(remarks(&document), plain, "nothing has changed since");
    assert_eq!(document["overrides"]["not_in_lock"], 0);

    // Another order of terms is no change; another list, priority and exclusion are.
    let newer = BASE
        .replace(
            "started and proc.name in (shells) and not trusted",
            "proc.name in (shells) and started and not trusted",
        )
        .replace("[bash, sh, fish]", "[bash, sh, fish, dash]")
        .replace("not fd.name = /etc/shadow", "not fd.name = /etc/group");
    write(&folder, "1-base.yaml", &newer);
    let document = review(&[&base, &team, &"--lock", &lock]);
    let changed: Vec<String> = remarks(&document)
        .into_iter()
        .filter(|(_, remark)| remark.contains("since the lock"))
        .map(|(what, remark)| format!("{what}: {remark}"))
        .collect();
    assert_eq!(
        changed,
        [
            "rule Kept out: the condition of its base changed since the lock was written",
            "rule Shell: the condition of its base changed since the lock was written",
            "list shells: the items of its base changed since the lock was written",
        ]
    );
    write(&folder, "bad.lock", "{}");
    let output = saker(&[
        "rules".into(),
        "review".into(),
        base.into_os_string(),
        "--lock".into(),
        folder.join("bad.lock").into_os_string(),
    ]);
    assert_eq!(code(&output), 2, "{}", notes(&output));
}

#[test]
fn the_answer_is_the_same_with_any_number_of_threads() {
    let samples = root().join("samples/k8s-exec-shell");
    for format in ["table", "text", "json", "csv"] {
        let with = |threads: &str| {
            text(&run(&[
                &"rules",
                &"review",
                &"--captures",
                &samples,
                &"-f",
                &format,
                &"--threads",
                &threads,
            ]))
        };
        assert_eq!(with("1"), with("8"), "{format}");
    }
}
