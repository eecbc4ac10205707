//! Rules as guides print them, with the mistakes people make: what is said of them, what the fix is,
//! and that the corrected rule fires on a recording of what it is about.

mod common;

use std::io::Write;
use std::path::PathBuf;

use analyzer::rules::findings::{self, fix};
use analyzer::rules::{LoadOptions, RuleSet, Source, own_sources};
use common::{code, folder, root, saker, text};

/// Four rules of our own with the same mistakes as four that were published.
const RULES: &str = r#"# A team's rules.
- rule: Shell started in a container
  desc: Somebody got a shell in a container.
  condition: >
    spawned_process and container and proc.name in (sh, bash, dash)
    and not user.name in (root)
    and not proc.pname=containerd
  output: shell in a container | user=%user.name container=%container.name command=%proc.cmdline
  priority: WARNING

- rule: Settings of a container written
  desc: A file below /etc was written.
  condition: >
    write and fd.name startswith "/etc/"
    and not fd.name in ("/etc/resolv.conf", "/etc/hosts") and container
  output: written below /etc | user=%user.name file=%fd.name command=%proc.cmdline
  priority: CRITICAL

- rule: Somebody executes in a pod
  desc: kubectl exec was called.
  condition: >
    spawned_process and proc.name=kubectl
    and proc.args contains "exec"
  output: kubectl exec | user=%user.name command=%proc.cmdline
  priority: NOTICE

- rule: Permissions of accounts changed
  desc: A file of accounts got other permissions.
  condition: >
    chmod and fd.name in ("/etc/passwd", "/etc/shadow")
    and container
  output: >
    permissions changed | user=%user.name
    file=%fd.name mode=%fd.mode command=%proc.cmdline
  priority: CRITICAL
"#;

fn sources(base: Vec<Source>, text: &str) -> Vec<Source> {
    let mut sources = base;
    sources.push(Source { name: "guide.yaml".to_owned(), text: text.to_owned() });
    sources
}

/// What is found in the last file: code and the line it is in.
fn found(sources: &[Source]) -> Vec<(&'static str, String)> {
    let report = RuleSet::load(sources, &LoadOptions::default());
    let found = findings::find(sources, &report);
    let ours = found.into_iter().filter(|finding| finding.place.file == "guide.yaml");
    ours.map(|finding| (finding.code, finding.place.text.trim().to_owned())).collect()
}

/// The last file with all fixes that are known.
fn fixed(sources: &[Source]) -> String {
    let (fixed, _) = fix::apply(sources, &LoadOptions::default());
    fixed.last().unwrap().text.clone()
}

/// How many alerts a rule of `files` raises on a sample's attack.
fn alerts(files: &[PathBuf], own: bool, rule: &str, sample: &str) -> usize {
    let capture = root().join("samples").join(sample).join("attack/capture.skr");
    let mut args: Vec<std::ffi::OsString> =
        vec!["analyze".into(), capture.into(), "-f".into(), "json".into(), "--rule".into(), rule.into()];
    for file in files {
        args.push(if own { "--add-rules".into() } else { "-r".into() });
        args.push(file.into());
    }
    let output = saker(&args);
    assert_eq!(code(&output), 0, "{}", common::notes(&output));
    text(&output).lines().count()
}

fn write(folder: &std::path::Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
    path
}

#[test]
fn each_mistake_is_told() {
    let sources = sources(own_sources(), RULES);
    let mistake = findings::KNOWN_MISTAKE;
    assert_eq!(
        found(&sources),
        [
            (mistake, "and not user.name in (root)".to_owned()),
            (mistake, "and not proc.pname=containerd".to_owned()),
            (mistake, "write and fd.name startswith \"/etc/\"".to_owned()),
            (mistake, "and proc.args contains \"exec\"".to_owned()),
            (findings::NEVER_TRUE, "chmod and fd.name in (\"/etc/passwd\", \"/etc/shadow\")".to_owned()),
            (mistake, "file=%fd.name mode=%fd.mode command=%proc.cmdline".to_owned()),
        ]
    );
    let errors = RuleSet::load(&sources, &LoadOptions::default()).errors;
    let hints: Vec<&str> = errors.iter().filter_map(|error| error.hint.as_deref()).collect();
    assert_eq!(hints, ["did you mean `open_write`?", "did you mean `evt.arg.mode`?"]);
}

#[test]
fn the_fixes_touch_nothing_but_the_mistakes() {
    let want = RULES
        .replace("    write and", "    open_write and")
        .replace("proc.args contains \"exec\"", "proc.args startswith \"exec \"")
        .replace("chmod and fd.name in", "chmod and fs.path.name in")
        .replace("file=%fd.name mode=%fd.mode", "file=%fs.path.name mode=%evt.arg.mode");
    assert_eq!(fixed(&sources(own_sources(), RULES)), want);
}

#[test]
fn each_rule_fires_once_corrected() {
    let fixed = fixed(&sources(own_sources(), RULES)).replace("    and not user.name in (root)\n", "");
    let folder = folder("guide");
    let files = [write(&folder, "fixed.yaml", &fixed)];
    assert_eq!(alerts(&files, true, "Shell started in a container", "k8s-exec-shell"), 1);
    assert!(alerts(&files, true, "Settings of a container written", "etc-write") > 0);
    assert!(alerts(&files, true, "Somebody executes in a pod", "kubectl-exec") > 0);
    assert_eq!(alerts(&files, true, "Somebody executes in a pod", "cluster-client"), 0);
    assert!(alerts(&files, true, "Permissions of accounts changed", "sensitive-chmod") > 0);
}

#[test]
fn terms_that_exclude_nothing_in_the_samples_are_told() {
    let folder = folder("guide-unused");
    let only = RULES.split("\n- rule: Settings").next().unwrap();
    let file = write(&folder, "shell.yaml", only);
    let sample = root().join("samples/k8s-exec-shell/attack");
    let args: [std::ffi::OsString; 6] = [
        "rules".into(),
        "check".into(),
        "--add-rules".into(),
        file.into(),
        "--captures".into(),
        sample.into(),
    ];
    let output = saker(&args);
    assert_eq!(code(&output), 0, "{}", common::notes(&output));
    let shown = text(&output);
    let told: Vec<&str> = shown.lines().filter(|line| line.contains("shell.yaml:")).collect();
    let unused =
        |term: &str| told.iter().any(|line| line.contains("SAKER_UNUSED_EXCLUSION") && line.contains(term));
    assert!(unused("proc.pname = containerd"), "{shown}");
    assert!(!unused("user.name"), "the term about root silences the rule: {shown}");
}

#[test]
fn what_silences_the_shell_rule_is_the_term_about_root() {
    let folder = folder("guide-root");
    let only = RULES.split("\n- rule: Settings").next().unwrap();
    let files = [write(&folder, "shell.yaml", only)];
    assert_eq!(alerts(&files, true, "Shell started in a container", "k8s-exec-shell"), 0);
    let capture = root().join("samples/k8s-exec-shell/attack/capture.skr");
    let args: [std::ffi::OsString; 7] = [
        "explain".into(),
        capture.into(),
        "--add-rules".into(),
        files[0].clone().into(),
        "--rule".into(),
        "Shell started in a container".into(),
        "--nearest".into(),
    ];
    let shown = text(&saker(&args));
    assert!(shown.contains("user.name in (root)"), "{shown}");
}

#[test]
fn the_published_rules_get_the_same() {
    let shared = root().join("../shared");
    let names = ["falco-rules/falco_rules.yaml", "falco-rules/falco-incubating_rules.yaml"];
    let read = |name: &str| std::fs::read_to_string(shared.join(name)).ok();
    let published = read("guide/rules-as-published.yaml");
    let stock: Option<Vec<Source>> =
        names.iter().map(|name| Some(Source { name: (*name).to_owned(), text: read(name)? })).collect();
    let (Some(published), Some(stock)) = (published, stock) else {
        let _ = std::io::stderr().write_all(b"SKIPPED: the published rules are not there\n");
        return;
    };
    // With the stable file alone, two of the four do not load, one of them for two reasons.
    let stable = sources(stock[..1].to_vec(), &published);
    let errors = RuleSet::load(&stable, &LoadOptions::default()).errors;
    let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 3, "{told:#?}");
    let has = |text: &str| told.iter().any(|error| error.contains(text));
    assert!(has("did you mean `open_write`?") && has("did you mean `evt.arg.mode`?"), "{told:#?}");
    assert!(has("`chmod` is a macro of `falco-incubating_rules.yaml`"), "{told:#?}");
    let codes: Vec<&str> = found(&stable).iter().map(|(code, _)| *code).collect();
    assert!(codes.contains(&findings::NEVER_TRUE), "{codes:?}");

    let all = sources(stock, &published);
    assert_eq!(found(&all).len(), 6);
    let fixed = fixed(&all).replace("    and not user.name in (root)\n", "");
    let folder = folder("guide-published");
    let mut files: Vec<PathBuf> = names.iter().map(|name| shared.join(name)).collect();
    files.push(write(&folder, "fixed.yaml", &fixed));
    for (rule, sample) in [
        ("Detect Shell in Container", "k8s-exec-shell"),
        ("Write Sensitive File in etc", "etc-write"),
        ("Kubectl Exec into Container", "kubectl-exec"),
        ("Change Sensitive File Permissions", "sensitive-chmod"),
    ] {
        assert!(alerts(&files, false, rule, sample) > 0, "{rule} on {sample}");
    }
}

/// Arguments of `saker rules check` with a file beside Saker's own rules.
fn check(file: &std::path::Path, more: &[&str]) -> std::process::Output {
    let mut args: Vec<std::ffi::OsString> =
        vec!["rules".into(), "check".into(), "--add-rules".into(), file.into()];
    args.extend(more.iter().map(std::ffi::OsString::from));
    saker(&args)
}

#[test]
fn fixes_are_shown_as_a_diff_and_made_when_asked() {
    let folder = folder("guide-fix");
    let file = write(&folder, "rules.yaml", RULES);
    let shown = check(&file, &["--fix"]);
    assert_eq!(code(&shown), 3, "as they are, the rules do not load");
    let diff = text(&shown);
    let name = file.display().to_string();
    assert!(diff.starts_with(&format!("--- {name}\n+++ {name}\n@@ -")), "{diff}");
    let changed = |mark: char| diff.lines().skip(2).filter(|line| line.starts_with(mark)).count();
    assert_eq!((changed('-'), changed('+')), (4, 4), "{diff}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), RULES, "showing changes nothing");

    let made = check(&file, &["--fix=write"]);
    assert_eq!((code(&made), text(&made)), (0, diff));
    assert_eq!(code(&check(&file, &[])), 0);
    assert_eq!(text(&check(&file, &["--fix"])), "", "nothing is left that has a known fix");
    assert_eq!(code(&check(&file, &["--deny-findings"])), 3, "two findings have no fix but a person's");
    let others: Vec<_> = std::fs::read_dir(&*folder).unwrap().collect();
    assert_eq!(others.len(), 1, "no file is left over");
}
