//! Why rules matched or did not: traces, outlines and what `saker explain` makes of them.
#![allow(clippy::print_stderr)]

mod common;

use std::path::PathBuf;
use std::process::Command;

use analyzer::fields::Moment;
use analyzer::history::{OpenOptions, Recording};
use analyzer::rules::{LoadOptions, Outline, Part, Rule, RuleSet, Source, What, own_sources};
use capture_format::EventType;
use common::{Scenario, code, folder, notes, open, root, saker, text};
use serde_json::Value as Json;

/// Stock rules, where they are at hand.
fn stock() -> Vec<Source> {
    let folder = std::env::var_os("SAKER_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let names = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];
    let read = |name: &str| {
        let text = std::fs::read_to_string(folder.join("falco-rules").join(name)).ok()?;
        Some(Source { name: name.to_owned(), text })
    };
    let sources: Option<Vec<Source>> = names.into_iter().map(read).collect();
    sources.unwrap_or_else(|| {
        eprintln!("SKIPPED: no stock rules in {}", folder.display());
        Vec::new()
    })
}

fn load(sources: &[Source]) -> RuleSet {
    let report = RuleSet::load(sources, &LoadOptions::default());
    report.rules.unwrap_or_else(|| panic!("{:?}", report.errors))
}

fn rules() -> RuleSet {
    let mut sources = own_sources();
    sources.extend(stock());
    load(&sources)
}

fn each_moment(sample: &str, f: &mut dyn FnMut(&Moment<'_>)) {
    let path = root().join("samples").join(sample).join("capture.skr");
    let recording = Recording::open(&path, &OpenOptions::default()).unwrap();
    for index in 0..recording.capture().blocks().len() {
        let block = recording.capture().block(index, &|_| true).unwrap();
        block.rows().for_each(|row| f(&Moment::new(&recording, row)));
    }
}

const SAMPLES: &[&str] = &["k8s-exec-shell/attack", "revshell-dup/attack", "shadow-read/benign"];

#[test]
fn a_trace_says_what_evaluation_says_and_no_distance_means_a_match() {
    let set = rules();
    let (mut moments, mut matches) = (0, 0);
    for sample in SAMPLES {
        each_moment(sample, &mut |now| {
            for rule in set.rules() {
                let (trace, holds) = (rule.plan.trace(now), rule.plan.holds(now));
                assert_eq!(trace.holds(), holds, "{} at {}", rule.name, now.number());
                assert_eq!(trace.distance() == 0, holds, "{} at {}", rule.name, now.number());
                let missing = trace.missing(&rule.plan);
                assert_eq!(missing.len(), trace.distance() as usize, "{}", rule.name);
                rule.plan.checks(&mut |at, check| {
                    let step = trace.step(at);
                    assert_eq!(step.holds, check.holds(now), "{}: {}", rule.name, check.text);
                    assert!(!missing.contains(&at) || step.holds != step.wanted);
                });
                matches += usize::from(holds);
            }
            moments += 1;
        });
    }
    assert!(moments > 100 && matches > 0, "{matches} matches in {moments} moments");
}

fn texts(outline: &Outline<'_>) -> Vec<(usize, String)> {
    let mut texts = Vec::new();
    outline.root.checks(&mut |part| {
        if let What::Check { check, .. } = part.what {
            texts.push((part.node, check.to_string()));
        }
    });
    texts
}

#[test]
fn an_outline_has_the_nodes_of_its_plan() {
    let set = rules();
    for rule in set.rules() {
        let outline = set.outline(rule);
        let mut plan = Vec::new();
        rule.plan.checks(&mut |at, check| plan.push((at, check.text.to_string())));
        assert_eq!(texts(&outline), plan, "{}", rule.name);
    }
}

const RULES: &str = "
- list: shells
  items: [bash, sh]
- list: more
  items: [shells, zsh]
- macro: spawned
  condition: evt.type in (execve, execveat)
- macro: shell
  condition: spawned and proc.name in (more)
- rule: Shell
  desc: d
  condition: shell and not user.name = root and proc.pname in (shells, cron, shells)
  output: o
  priority: INFO
  exceptions:
    - name: builds
      fields: [proc.pname, proc.name]
      comps: [=, in]
      values:
        - [make, [bash, shells]]
        - [ninja, sh]
    - name: single
      fields: [proc.pname]
      values: [[tmux]]
    - name: short
      fields: proc.aname
      values: [sshd, shells]
    - name: idle
      fields: [proc.pname]
";

const LATER: &str = "
- list: shells
  items: [fish]
  override: {items: append}
- macro: spawned
  condition: and evt.num > 0
  override: {condition: append}
- rule: Shell
  priority: ERROR
  override: {priority: replace}
";

fn layered() -> RuleSet {
    let source = |name: &str, text: &str| Source { name: name.into(), text: text.into() };
    load(&[source("base.yaml", RULES), source("later.yaml", LATER)])
}

fn shell(set: &RuleSet) -> &Rule {
    set.rule("Shell").unwrap()
}

/// Macros and exceptions with what they stand for.
fn collect(part: &Part<'_>, into: &mut Vec<String>) {
    if let (What::Macro { .. } | What::Exception { .. }, [content]) = (&part.what, part.children.as_slice()) {
        into.push(format!("{} = {}", part.text(), content.text()));
    }
    part.children.iter().for_each(|part| collect(part, into));
}

#[test]
fn an_outline_keeps_the_names_of_macros_lists_and_exceptions() {
    let set = layered();
    let outline = set.outline(shell(&set));
    assert_eq!(
        outline.root.text(),
        "((shell and not user.name = root and proc.pname in (shells, cron, shells)) and not exception builds \
         and not exception single (row 1) and not exception short)"
    );
    let mut inside = Vec::new();
    collect(&outline.root, &mut inside);
    assert_eq!(
        inside,
        [
            "shell = (spawned and proc.name in (more))",
            "spawned = (evt.type in (execve, execveat) and evt.num > 0)",
            "exception builds = (exception builds (row 1) or exception builds (row 2))",
            "exception builds (row 1) = (proc.pname = make and proc.name in (bash, shells))",
            "exception builds (row 2) = (proc.pname = ninja and proc.name in (sh))",
            "exception single (row 1) = proc.pname = tmux",
            "exception short = proc.aname in (sshd, shells)",
        ]
    );
}

#[test]
fn definitions_know_who_changed_them_where() {
    let set = layered();
    let definitions = set.definitions();
    let shown = |history: Vec<analyzer::rules::Amendment>| {
        let shown = |one: &analyzer::rules::Amendment| {
            format!("{} {} {}", one.how.name(), one.keys.join(","), one.place)
        };
        history.iter().map(shown).collect::<Vec<_>>().join("; ")
    };
    let list = definitions.list_info("shells").unwrap();
    assert_eq!(shown(definitions.list_history(list)), "defined  base.yaml:2:9; appended  later.yaml:2:9");
    assert_eq!(definitions.items(list).collect::<Vec<_>>(), ["bash", "sh", "fish"]);
    assert_eq!(definitions.item_place(list, 2).unwrap().to_string(), "later.yaml:3:11");
    let spawned = definitions.macro_info("spawned").unwrap();
    assert_eq!(
        shown(definitions.macro_history(spawned)),
        "defined  base.yaml:6:10; appended  later.yaml:5:10"
    );
    assert_eq!(
        shown(definitions.rule_history("Shell")),
        "defined  base.yaml:10:9; replaced priority later.yaml:8:9"
    );
    assert_eq!(definitions.row_place("Shell", "builds", 1).unwrap().to_string(), "base.yaml:21:11");
}

const SHELL: &str = "samples/k8s-exec-shell/attack/capture.skr";
const ROOT: &[&str] =
    &["--add-rules", "analyzer/tests/shell-in-container.yaml", "--rule", "Shell in a container"];

/// Runs `saker` in the repository, so that paths in its output are the repository's.
fn run(args: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_saker")).args(args).current_dir(root()).output().unwrap()
}

fn answer(args: &[&str]) -> String {
    let output = run(args);
    assert_eq!(code(&output), 0, "{args:?}: {}", notes(&output));
    text(&output)
}

fn json(args: &[&str]) -> Json {
    serde_json::from_str(&answer(args)).unwrap()
}

/// Rules of the tests' own: Saker's change.
const FIXED: &[&str] = &["-r", "analyzer/tests/rules/base.yaml", "-r", "analyzer/tests/rules/team.yaml"];

/// What is asked, by the name of the golden file.
const QUESTIONS: &[(&str, &[&str])] = &[
    ("matched", &["explain", SHELL, "--rule", "Shell on a terminal"]),
    ("event", &["explain", SHELL, "--rule", "Shell on a terminal", "--event", "54"]),
    ("exception", &["explain", SHELL, "--rule", "Sensitive file read", "--event", "63"]),
    ("nearest", &["explain", "samples/log-wipe/benign/capture.skr", "--rule", "Log emptied", "-n", "3"]),
    ("full", &["explain", SHELL, "--rule", "Sensitive file read", "--full", "-n", "1"]),
    ("process", &["explain", "samples/revshell-dup/attack/capture.skr", "--rule", "sens*", "--pid", "12478"]),
    ("folders", &["explain", "samples/log-wipe", "--rule", "log empt*", "--nearest", "-n", "2"]),
    ("kind", &["explain", SHELL, "--rule", "Shell on a terminal", "--event", "3"]),
    ("rule", &["rules", "show", "Log emptied", "samples/log-wipe/attack/capture.skr"]),
];

#[test]
fn explanations_are_as_before() {
    let mut differing = Vec::new();
    for (name, args) in QUESTIONS {
        for format in ["table", "text"] {
            let shown = answer(&[args, FIXED, &["-f", format]].concat());
            assert!(format != "text" || shown.is_ascii(), "{shown}");
            let path = root().join(format!("analyzer/tests/golden/explain.{name}.{format}"));
            if std::env::var_os("BLESS").is_some() {
                std::fs::write(&path, &shown).unwrap();
            } else if std::fs::read_to_string(&path).unwrap_or_default() != shown {
                differing.push(format!("{}:\n{shown}", path.display()));
            }
        }
    }
    assert!(differing.is_empty(), "BLESS=1 rewrites what is expected:\n{}", differing.join("\n"));
}

#[test]
fn the_json_names_the_comparison_and_what_to_change() {
    let document = json(&[&["explain", SHELL, "-f", "json"], ROOT].concat());
    assert_eq!(document["question"], "nearest");
    assert_eq!((document["events"].as_u64(), document["matched"].as_u64()), (Some(3), Some(0)));
    let group = &document["nearest"][0];
    assert_eq!((group["distance"].as_u64(), group["first"]["number"].as_u64()), (Some(1), Some(25)));
    let missing = &group["missing"][0];
    assert_eq!(missing["text"], "user.name in (root)");
    assert_eq!(missing["wanted"], false);
    assert_eq!(missing["values"]["user.name"], "root");
    assert_eq!(missing["change"]["place"]["file"], "analyzer/tests/shell-in-container.yaml");
    assert_eq!(missing["change"]["place"]["line"], 7);
    let tree = &document["explained"]["tree"];
    assert_eq!((&tree["kind"], &tree["holds"]), (&Json::from("and"), &Json::from(false)));
    let parts = tree["parts"].as_array().unwrap();
    assert_eq!(parts[2]["text"], "proc.name in (shell_binaries)");
    assert_eq!(parts[2]["matching"][0]["item"], "bash");
    assert_eq!(parts[2]["matching"][0]["list"], "shell_binaries");
    assert_eq!(parts[2]["matching"][0]["place"]["file"], "saker/base.yaml");
    assert_eq!((&parts[3]["reached"], &parts[4]["reached"]), (&Json::from(true), &Json::from(false)));
}

#[test]
fn the_answer_is_the_same_with_any_number_of_threads() {
    for format in ["table", "json"] {
        let ask = |threads| {
            let captures = ["samples/shadow-read", "samples/symlink-evasion", "samples/k8s-exec-shell"];
            let rule =
                ["explain", captures[0], captures[1], captures[2], "--rule", "sens* read", "--nearest"];
            answer(&[&rule[..], &["-f", format, "--threads", threads]].concat())
        };
        let one = ask("1");
        assert!(one.contains("shadow"), "{one}");
        assert_eq!(one, ask("2"));
        assert_eq!(one, ask("8"));
    }
}

#[test]
fn hostile_bytes_reach_no_terminal() {
    let folder = folder("explain-hostile");
    let mut scenario = Scenario::shell(b"bash\0\x1b]0;owned\x07\0\xff");
    scenario.records.push(open(9, b"/etc/\x1b[31mred\n\xe2\x80\xae"));
    let capture = scenario.write(&folder, "x.skr");
    let rules = folder.join("rules.yaml");
    let text = "
- rule: \"\\e[1mHostile\"
  desc: \"\\e[2m\"
  condition: evt.type in (openat, execve) and (fd.name = \"a\\x1bb\" or proc.args = nothing)
  output: o
  priority: INFO
";
    std::fs::write(&rules, text).unwrap();
    let (capture, rules) = (capture.to_str().unwrap(), rules.to_str().unwrap());
    for format in ["table", "text", "json"] {
        for which in [&["--nearest", "--full"][..], &["--pid", "4242"], &["--event", "10"], &["--event", "1"]]
        {
            let args = ["explain", capture, "-r", rules, "--rule", "*hostile", "-f", format];
            let output = saker(&[&args[..], which].concat());
            assert_eq!(code(&output), 0, "{}", notes(&output));
            let acts = |byte: &u8| *byte < 0x20 && *byte != b'\n' || *byte == 0x7f;
            assert!(!output.stdout.iter().any(acts), "{}", common::text(&output));
            assert!(!common::text(&output).contains('\u{202e}') || format == "json");
        }
        let output = saker(&["rules", "show", "*hostile", "-r", rules, "-f", format]);
        assert!(!common::text(&output).contains('\u{1b}'), "{}", notes(&output));
    }
}

#[test]
fn a_rule_that_another_one_precedes_is_told_so() {
    let folder = folder("explain-first");
    let capture = Scenario::shell(b"bash").write(&folder, "x.skr");
    let rules = folder.join("rules.yaml");
    let rule = |name: &str| {
        format!("- rule: {name}\n  desc: d\n  condition: evt.type = execve\n  output: o\n  priority: INFO\n")
    };
    let off = "  enabled: false\n";
    std::fs::write(&rules, format!("{}{off}{}{}", rule("Off"), rule("Early"), rule("Late"))).unwrap();
    let (capture, rules) = (capture.to_str().unwrap(), rules.to_str().unwrap());
    let ask = |rule: &str, more: &[&str]| {
        text(&saker(&[&["explain", capture, "-r", rules, "--rule", rule, "-f", "text"], more].concat()))
    };
    assert!(
        ask("Late", &[]).contains("for 1 of them a rule that stands before it raised the alert: `Early` (1)")
    );
    assert!(ask("Late", &["--event", "1"]).contains("`Early` stands before it and raised the alert"));
    assert!(ask("Early", &["--event", "1"]).contains("ok matched event 1\n"));
    assert!(ask("Off", &[]).contains("note: the rule is disabled ("));
    let unknown = saker(&["explain", capture, "-r", rules, "--rule", "later thing"]);
    assert_eq!(code(&unknown), 2);
}

#[test]
fn what_was_not_recorded_is_said_before_the_tree() {
    let folder = folder("explain-blind");
    let mut scenario = Scenario::shell(b"bash");
    scenario.header.events.retain(|number| *number != EventType::Connect as u16);
    let capture = scenario.write(&folder, "x.skr");
    let rules = folder.join("rules.yaml");
    let rule = "- rule: Calls home\n  desc: d\n  condition: evt.type = connect and fd.sport = 4444\n  output: o\n  priority: INFO\n";
    std::fs::write(&rules, rule).unwrap();
    let args = ["explain", capture.to_str().unwrap(), "-r", rules.to_str().unwrap(), "--rule", "calls home"];
    let shown = text(&saker(&[&args[..], &["-f", "text"]].concat()));
    let (blind, tree) = (shown.find("none of its events were recorded: connect"), shown.find("NO all of"));
    assert!(blind.unwrap() < tree.unwrap(), "{shown}");
    assert!(shown.contains("no event is one that it can match (connect)"), "{shown}");
    let document: Json = serde_json::from_str(&text(&saker(&[&args[..], &["-f", "json"]].concat()))).unwrap();
    assert_eq!(document["obstacles"][0]["kind"], "no_events");
    assert_eq!(document["impossible_events"], true);
}

#[test]
fn a_rule_in_full_names_everything_it_is_made_of() {
    let document =
        json(&["rules", "show", "Log emptied", "samples/log-wipe/attack/capture.skr", "-f", "json"]);
    assert_eq!(document["name"], "Log emptied");
    let names = |key: &str| -> Vec<String> {
        let all = document[key].as_array().unwrap();
        all.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    assert!(names("macro_definitions").contains(&"open_write".to_owned()));
    assert!(names("list_definitions").contains(&"log_files".to_owned()));
    assert_eq!(document["tree"]["kind"], "and");
    assert!(document["plan"].as_str().unwrap().contains("fd.name startswith /var/log/"));
    let lane = &document["captures"][0]["lanes"][0];
    assert!(lane["events"].as_u64() > Some(0) && lane["bytes"].as_u64() > Some(0), "{lane}");
    assert!(document["captures"][0]["stored"].as_u64() < document["captures"][0]["size"].as_u64());
    let alias = run(&["rules", "explain", "log empt*", "-f", "json"]);
    assert_eq!(code(&alias), 0);
}
