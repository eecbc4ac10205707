//! What is found in rules beyond Falco's errors and warnings.

use std::io::Write;

use analyzer::rules::findings::{self, Finding};
use analyzer::rules::{LoadOptions, RuleSet, Source, own_sources};

/// A file beside the repository; says loudly when it is not there.
fn shared(name: &str) -> Option<String> {
    let path = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) => {
            let text = format!("SKIPPED: {name} is not there ({error})\n");
            let _ = std::io::stderr().write_all(text.as_bytes());
            None
        }
    }
}

fn source(name: &str, text: &str) -> Source {
    Source { name: name.to_owned(), text: text.to_owned() }
}

fn find(sources: &[Source]) -> Vec<Finding> {
    let report = RuleSet::load(sources, &LoadOptions::default());
    findings::find(sources, &report)
}

/// A rule around a condition, between macros and lists that are often needed.
fn rule(condition: &str) -> String {
    format!(
        "- macro: never_true\n  condition: (evt.num = 0)\n\
         - macro: spawned_process\n  condition: (evt.type in (execve, execveat))\n\
         - macro: container\n  condition: (container.id != host)\n\
         - list: shells\n  items: [sh, bash]\n\
         - list: nothing_yet\n  items: []\n\
         - rule: R\n  desc: d\n  output: o %proc.name\n  priority: INFO\n  condition: >\n    {condition}\n"
    )
}

/// Codes found in a rule with this condition, each with the text it points at.
fn found(condition: &str) -> Vec<String> {
    let text = rule(condition);
    let marked = |finding: &Finding| {
        let from = finding.place.column - 1;
        let at: String = finding.place.text.chars().skip(from).take(finding.place.width).collect();
        format!("{} {at}", finding.code.trim_start_matches("SAKER_"))
    };
    find(&[source("a.yaml", &text)]).iter().map(marked).collect()
}

#[track_caller]
fn finds(condition: &str, want: &[&str]) {
    assert_eq!(found(condition), want, "{condition}");
}

#[test]
fn a_field_without_value_at_every_event_makes_a_condition_never_true() {
    finds("evt.type = chmod and fd.name = /etc/shadow", &["NEVER_TRUE fd.name = /etc/shadow"]);
    finds("spawned_process and evt.is_open_write = true", &["NEVER_TRUE evt.is_open_write = true"]);
    finds(
        "evt.type = connect and evt.arg.mode contains S_IXUSR",
        &["NEVER_TRUE evt.arg.mode contains S_IXUSR"],
    );
    finds("evt.type in (open, openat) and fd.sip = 10.0.0.1", &["NEVER_TRUE fd.sip = 10.0.0.1"]);
    finds("evt.type = execve and fs.path.name startswith /etc", &["NEVER_TRUE fs.path.name startswith /etc"]);
    finds("evt.type = execve and len(fd.name) > 3", &["NEVER_TRUE len(fd.name) > 3"]);
}

#[test]
fn a_condition_that_may_hold_is_left_alone() {
    for condition in [
        "evt.type = fchmod and fd.name = /etc/shadow",
        "evt.type = openat and evt.is_open_write = true and fd.name startswith /etc",
        "spawned_process and proc.name in (shells) and not proc.pname in (shells)",
        "spawned_process and proc.aname = sshd and proc.aname = systemd",
        "evt.type = connect and fd.ip = 10.0.0.1 and fd.ip = 10.0.0.2",
        "spawned_process and (proc.name = sh or user.name = root) and not (proc.name = sh and user.name = root)",
        "spawned_process and proc.name startswith a and proc.name endswith b",
        "evt.type = openat and fd.num >= 0 and fd.num < 3",
        "evt.type = openat and evt.failed = true and not evt.rawres = -2",
        "spawned_process and proc.name in (nothing_yet)",
        "spawned_process and (never_true or proc.name = sh) and not never_true",
        "never_true and spawned_process",
        "evt.type = read and fd.name = /etc/shadow",
        "spawned_process and not proc.name in (nothing_yet)",
        "spawned_process and user.name != root and not user.name = admin",
    ] {
        finds(condition, &[]);
    }
}

#[test]
fn terms_that_contradict_each_other_are_found() {
    finds("spawned_process and proc.name = a and proc.name = b", &["NEVER_TRUE proc.name = b"]);
    finds("evt.type = openat and evt.type = execve", &["NEVER_TRUE evt.type = execve"]);
    finds("spawned_process and proc.name = a and not proc.name = a", &["NEVER_TRUE proc.name = a"]);
    finds("evt.type = openat and fd.num < 0 and fd.num > 3", &["NEVER_TRUE fd.num > 3"]);
    finds("evt.type = openat and fd.num < 4 and not fd.num < 4", &["NEVER_TRUE fd.num < 4"]);
    finds("evt.type = openat and fd.typechar = zz", &["NEVER_TRUE fd.typechar = zz"]);
    finds("evt.type = openat and evt.dir = >", &["NEVER_TRUE evt.dir = >"]);
    finds(
        "evt.type = openat and evt.failed = true and evt.failed = false",
        &["NEVER_TRUE evt.failed = false"],
    );
    finds(
        "evt.type = openat and fd.name startswith /etc and fd.name startswith /var",
        &["NEVER_TRUE fd.name startswith /var"],
    );
    finds(
        "evt.type = openat and fd.name startswith /etc/ssh and not fd.name startswith /etc",
        &["NEVER_TRUE fd.name startswith /etc"],
    );
    finds("container and container.id = host and spawned_process", &["NEVER_TRUE container.id = host"]);
    finds("spawned_process and not spawned_process", &["NEVER_TRUE spawned_process"]);
    finds("spawned_process and proc.name in (shells) and proc.name = zsh", &["NEVER_TRUE proc.name = zsh"]);
}

#[test]
fn an_alternative_or_an_event_alone_can_be_dead() {
    finds(
        "spawned_process and (proc.name = sh or fd.name = /etc/shadow)",
        &["NEVER_TRUE fd.name = /etc/shadow"],
    );
    finds("evt.type in (chmod, fchmod) and fd.name = /etc/shadow", &["NEVER_TRUE fd.name = /etc/shadow"]);
}

#[test]
fn an_exclusion_that_excludes_nothing_is_found() {
    finds("spawned_process and not fd.name startswith /tmp", &["ALWAYS_TRUE fd.name startswith /tmp"]);
    finds(
        "spawned_process and not proc.name = systemd-executor",
        &["ALWAYS_TRUE proc.name = systemd-executor", "COMM_TOO_LONG systemd-executor"],
    );
    finds(
        "spawned_process and proc.name = sh and not proc.name in (cat, dog)",
        &["ALWAYS_TRUE proc.name in (cat, dog)"],
    );
    finds(
        "spawned_process and not proc.name = sh and not (proc.name = sh and user.name = root)",
        &["REDUNDANT proc.name = sh and user.name = root"],
    );
}

#[test]
fn items_longer_than_a_command_name_are_found() {
    finds("spawned_process and proc.name in (sh, systemd-executor)", &["COMM_TOO_LONG systemd-executor"]);
    finds(
        "spawned_process and proc.pname = systemd-executor",
        &["NEVER_TRUE proc.pname = systemd-executor", "COMM_TOO_LONG systemd-executor"],
    );
    finds("spawned_process and proc.exepath endswith /systemd-executor", &[]);
    finds("spawned_process and proc.name in (sh, bash, sh)", &["DUPLICATE_ITEM sh"]);
}

#[test]
fn an_exception_that_never_applies_is_found() {
    let text = rule("spawned_process and proc.name in (shells)")
        + "  exceptions:\n    - name: by\n      fields: [proc.name, proc.pname]\n      values:\n\
           \x20       - [bash, sshd]\n        - [zsh, sshd]\n        - [bash, sshd]\n        \
           - [bash, systemd-executor]\n    - name: file\n      fields: fd.name\n      values: [/a]\n";
    let found = find(&[source("a.yaml", &text)]);
    let lines: Vec<(&str, &str)> = found.iter().map(|f| (f.code, f.place.text.trim())).collect();
    let never = "SAKER_EXCEPTION_NEVER_APPLIES";
    assert_eq!(
        lines,
        [
            (never, "- [zsh, sshd]"),
            (never, "- [bash, sshd]"),
            ("SAKER_COMM_TOO_LONG", "- [bash, systemd-executor]"),
            (never, "- [bash, systemd-executor]"),
            (never, "values: [/a]"),
        ]
    );
}

#[test]
fn findings_do_not_need_rules_that_load() {
    let text = rule("evt.type = chmod and fd.name = /etc/shadow")
        + "- rule: S\n  desc: d\n  output: '%nope.nope'\n  priority: INFO\n  condition: missing and fd.num = 3\n";
    let found = find(&[source("a.yaml", &text)]);
    assert_eq!(found.iter().filter(|finding| finding.code == findings::NEVER_TRUE).count(), 1);
}

/// Every finding about the stock rules is a defect they have; a new one is to be looked at before it
/// is added here.
#[test]
fn the_stock_rules_have_these_defects_and_no_more() {
    let names = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];
    let mut found = Vec::new();
    for name in names {
        let Some(text) = shared(&format!("falco-rules/{name}")) else { return };
        for finding in find(&[source(name, &text)]) {
            found.push(format!("{} {}", finding.code.trim_start_matches("SAKER_"), finding.place.item));
        }
    }
    let known = [
        "REDUNDANT rule `Read sensitive file untrusted`",
        "DUPLICATE_ITEM list `coreutils_binaries`",
        "REDUNDANT rule `Change thread namespace`",
        "REDUNDANT rule `Non sudo setuid`",
        "NEVER_TRUE rule `Create files below dev`",
        "COMM_TOO_LONG list `openscap_rpm_binaries`",
        "COMM_TOO_LONG list `openscap_rpm_binaries`",
        "COMM_TOO_LONG macro `azure_scripts_writing_conf`",
        "KNOWN_MISTAKE macro `gugent_writing_guestagent_log`",
        "COMM_TOO_LONG macro `etckeeper`",
        "REDUNDANT rule `Write below root`",
        "REDUNDANT rule `Write below root`",
        "NEVER_TRUE rule `Create Hidden Files or Directories`",
        "ALWAYS_TRUE rule `Container Drift Detected (open+create)`",
        "KNOWN_MISTAKE rule `Unprivileged Delegation of Page Faults Handling to a Userspace Process`",
        "ALWAYS_TRUE rule `Web Server Spawned Suspicious Child Process`",
    ];
    assert_eq!(found, known);
    // Loaded one after the other, one rule comes to stand in the shadow of another.
    let all: Option<Vec<Source>> =
        names.iter().map(|name| Some(source(name, &shared(&format!("falco-rules/{name}"))?))).collect();
    let together = find(&all.unwrap());
    let shadowed: Vec<&str> = together
        .iter()
        .filter(|finding| finding.code == findings::SHADOWED)
        .map(|finding| finding.place.item.as_str())
        .collect();
    assert_eq!(shadowed, ["rule `Network Tool Executed During NPM Package Install`"]);
}

#[test]
fn files_of_another_kind_are_told_apart() {
    for (text, want) in [
        ("customRules:\n  a.yaml: |-\n    - rule: x\n", "Helm chart"),
        ("rules_files: [a]\njson_output: true\nrules:\n  - rule: x\n", "falco.yaml"),
        ("apiVersion: v1\nkind: ConfigMap\n", "Kubernetes manifest"),
    ] {
        let sources = [source("a.yaml", text)];
        let report = RuleSet::load(&sources, &LoadOptions::default());
        let hint = report.errors[0].hint.clone().unwrap();
        assert!(hint.contains(want), "{hint}");
        let found = findings::find(&sources, &report);
        assert!(found.iter().any(|finding| finding.message.contains(want)), "{found:?}");
    }
}

#[test]
fn sakers_own_rules_have_nothing_to_find() {
    let found: Vec<String> = find(&own_sources()).iter().map(Finding::to_string).collect();
    assert_eq!(found, Vec::<String>::new());
}

/// The condition of the rule in a text, blanks made one.
fn condition_of(text: &str) -> String {
    let condition = text.split("condition: >\n").nth(1).unwrap();
    condition.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_known_mistake_is_found_and_its_fix_loads() {
    let options = LoadOptions::default();
    for mistake in findings::mistakes::all() {
        let wrong = [source("a.yaml", &rule(mistake.wrong))];
        let found = find(&wrong);
        let known: Vec<&Finding> =
            found.iter().filter(|finding| finding.code == findings::KNOWN_MISTAKE).collect();
        assert!(
            known.iter().any(|finding| finding.message == mistake.note),
            "{}: found {found:?}",
            mistake.wrong
        );
        let right = [source("a.yaml", &rule(mistake.right))];
        assert!(RuleSet::load(&right, &options).errors.is_empty(), "{} loads", mistake.right);
        let left: Vec<Finding> = find(&right);
        assert!(left.iter().all(|f| f.code != findings::KNOWN_MISTAKE), "{}: {left:?}", mistake.right);
        let (fixed, _) = findings::fix::apply(&wrong, &options);
        if known.iter().any(|finding| finding.fix.as_ref().is_some_and(|fix| !fix.edits.is_empty())) {
            assert_eq!(condition_of(&fixed[0].text), condition_of(&right[0].text), "{}", mistake.wrong);
        } else {
            assert_eq!(fixed[0].text, wrong[0].text);
        }
    }
}

#[test]
fn every_known_mistake_in_files_is_found_and_its_fix_loads() {
    let options = LoadOptions::default();
    for mistake in findings::mistakes::files() {
        let wrong = [source("a.yaml", mistake.wrong)];
        let found = find(&wrong);
        assert!(found.iter().any(|finding| finding.code == findings::KNOWN_MISTAKE), "{}", mistake.wrong);
        let (fixed, _) = findings::fix::apply(&wrong, &options);
        assert_eq!(fixed[0].text, mistake.right, "{}", mistake.wrong);
        let report = RuleSet::load(&fixed, &options);
        assert!(report.errors.is_empty(), "{}: {:?}", mistake.right, report.errors);
    }
}

#[test]
fn names_that_do_not_exist_have_one_that_does() {
    let options = LoadOptions::default();
    for (what, wrong, right) in findings::mistakes::wrong_names() {
        let condition = match what {
            "macro" if right.contains('.') => continue,
            "macro" => wrong.to_owned(),
            "event" => format!("evt.type = {wrong}"),
            _ => format!("evt.type = execve and {wrong} exists"),
        };
        let text = rule(&condition) + &format!("- macro: {right}\n  condition: evt.type = openat\n");
        let text = if what == "macro" && !text.contains(&format!("- macro: {right}\n  condition: (")) {
            text
        } else {
            rule(&condition)
        };
        let sources = [source("a.yaml", &text)];
        assert!(!RuleSet::load(&sources, &options).errors.is_empty(), "{wrong} does not exist");
        let (fixed, count) = findings::fix::apply(&sources, &options);
        assert!(count > 0, "{wrong}");
        let errors = RuleSet::load(&fixed, &options).errors;
        assert!(errors.is_empty(), "{wrong} -> {right}: {errors:?}");
        assert!(fixed[0].text.contains(right), "{wrong}");
    }
}

#[test]
fn every_code_is_given_for_its_example() {
    // What needs captures has a test of its own.
    for code in findings::CODES.iter().filter(|code| code.name != findings::UNUSED_EXCLUSION) {
        let text = rule(code.example);
        let found = find(&[source("a.yaml", &text)]);
        assert!(found.iter().any(|finding| finding.code == code.name), "{}: {found:?}", code.name);
    }
}

/// What `docs/rules.md` says of findings.
fn documentation() -> String {
    // Bars part the columns of a table, also in code.
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    let mut text = String::from("| Code | Means | For example | What to do |\n| --- | --- | --- | --- |\n");
    for code in findings::CODES {
        let example = code.example.lines().map(|line| format!("`{}`", cell(line.trim()))).collect::<Vec<_>>();
        text += &format!("| `{}` | {} | {} | {} |\n", code.name, code.doc, example.join("<br>"), code.fix);
    }
    text += "\n### Known mistakes\n\n| Written | Meant | Why |\n| --- | --- | --- |\n";
    for mistake in findings::mistakes::all() {
        let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let (wrong, right) = (cell(&line(mistake.wrong)), cell(&line(mistake.right)));
        text += &format!("| `{wrong}` | `{right}` | {} |\n", cell(mistake.note));
    }
    text += "\nIn files: ";
    text += &findings::mistakes::files().iter().map(|mistake| mistake.note).collect::<Vec<_>>().join("; ");
    text +=
        ". Keys of the Helm chart's values, of falco.yaml and of Kubernetes manifests are named as such. ";
    text += "A macro of a stock file that is not loaded is named with the file.\n";
    for (what, title) in [("macro", "Macros"), ("field", "Fields"), ("event", "Events")] {
        let names = findings::mistakes::wrong_names().filter(|(kind, ..)| *kind == what);
        let names: Vec<String> = names.map(|(_, wrong, right)| format!("`{wrong}` → `{right}`")).collect();
        text += &format!("\n{title} that do not exist, and what is meant: {}.\n", names.join(", "));
    }
    text
}

#[test]
fn the_page_about_rules_has_every_finding() {
    let path = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/rules.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (start, end) = ("<!-- written by a test: findings -->\n", "<!-- end of findings -->");
    let (before, rest) = page.split_once(start).expect("the page has the mark where findings begin");
    let (have, after) = rest.split_once(end).expect("and the mark where they end");
    let want = format!("\n{}\n", documentation());
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, format!("{before}{start}{want}{end}{after}")).unwrap();
        return;
    }
    assert!(have == want, "docs/rules.md is not what the tables say: run the test with BLESS=1");
}
