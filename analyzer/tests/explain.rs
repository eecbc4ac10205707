//! Why rules matched or did not: traces, outlines and what `saker explain` makes of them.

mod common;

use std::path::PathBuf;

use analyzer::fields::Moment;
use analyzer::history::{OpenOptions, Recording};
use analyzer::rules::{LoadOptions, Outline, Part, Rule, RuleSet, Source, What, own_sources};
use common::root;

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
