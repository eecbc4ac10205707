//! `saker rules import --sigma` on the rules in `tests/sigma`, and what comes of it on samples.
//! `BLESS=1` rewrites the expectations.

mod common;

use std::path::PathBuf;
use std::process::{Command, Output};

use common::{code, notes, root, text};

fn saker(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_saker")).args(args).current_dir(root()).output().unwrap()
}

const RULES: &str = "analyzer/tests/sigma";

fn same(name: &str, shown: &str) {
    let path = root().join("analyzer/tests/golden").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, shown).unwrap();
    }
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(before == shown, "{name} differs; BLESS=1 rewrites it:\n{shown}");
}

/// A file for one test, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("saker-sigma-{}-{name}", std::process::id())))
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn rules_and_report_are_as_before() {
    let rules = saker(&["rules", "import", "--sigma", RULES, "-f", "text"]);
    assert_eq!(code(&rules), 0, "{}", notes(&rules));
    same("sigma.yaml", &text(&rules));
    same("sigma.report.text", &notes(&rules));
    let file = Scratch::new("report.yaml");
    let report = saker(&["rules", "import", "--sigma", RULES, "-f", "json", "-o", file.path()]);
    same("sigma.report.json", &text(&report));
    assert_eq!(std::fs::read_to_string(&file.0).unwrap(), text(&rules), "the same rules either way");
    let table = saker(&["rules", "import", "--sigma", RULES, "-o", file.path()]);
    same("sigma.report.table", &text(&table));
}

#[test]
fn the_rules_load_without_a_warning() {
    for before in [&[][..], &["--add-rules"][..]] {
        let path = root().join("analyzer/tests/golden/sigma.yaml");
        let args = [&["rules", "check"], before, &[path.to_str().unwrap()]].concat();
        let output = saker(&args);
        assert_eq!(code(&output), 0, "{}", notes(&output));
        assert!(!text(&output).contains("LOAD_") && !notes(&output).contains("LOAD_"), "{}", text(&output));
    }
}

/// Sigma rules, and the sample in which each must raise an alert, and one in which it must not.
const FOUND: &[(&str, &str, &str, &str)] = &[
    (
        "process_creation",
        "Image|endswith: '/BUSYBOX'\n        CommandLine|contains|all: ['cat', 'SHADOW']",
        "k8s-exec-shell/attack",
        "quiet/benign",
    ),
    (
        "process_creation",
        "CommandLine: 'bash -il'\n        User: root",
        "k8s-exec-shell/attack",
        "k8s-exec-shell/benign",
    ),
    (
        "network_connection",
        "Initiated: true\n        DestinationIp|cidr: 10.96.0.1/32\n        DestinationPort: 443\n        Image|endswith: /busybox",
        "kube-api-contact/attack",
        "kube-api-contact/benign",
    ),
    (
        "network_connection",
        "DestinationHostname|startswith: 'kubernetes.'",
        "kube-api-contact/attack",
        "kube-api-contact/benign",
    ),
    ("file_event", "TargetFilename|startswith: /etc/", "etc-write/attack", "etc-write/benign"),
];

#[test]
fn converted_rules_find_what_samples_show() {
    for (index, (category, selection, attack, benign)) in FOUND.iter().enumerate() {
        let source = Scratch::new(&format!("{index}.yml"));
        let rules = Scratch::new(&format!("{index}.yaml"));
        let rule = format!(
            "title: Found\nlogsource:\n    product: linux\n    category: {category}\ndetection:\n    selection:\n        \
             {selection}\n    condition: selection\n"
        );
        std::fs::write(&source.0, rule).unwrap();
        let import = saker(&["rules", "import", "--sigma", source.path(), "-o", rules.path()]);
        assert_eq!(code(&import), 0, "{}{}", text(&import), notes(&import));
        for (sample, expected) in [(attack, true), (benign, false)] {
            let capture = format!("samples/{sample}/capture.skr");
            let output = saker(&["analyze", &capture, "-r", rules.path(), "-f", "text"]);
            assert_eq!(code(&output), 0, "{}", notes(&output));
            assert_eq!(
                text(&output).contains("Found |"),
                expected,
                "{selection} on {sample}: {}",
                text(&output)
            );
        }
    }
}

#[test]
fn exit_codes_tell_nothing_converted_from_wrong_usage() {
    let none = saker(&["rules", "import", "--sigma", "analyzer/tests/sigma/no-count.yml"]);
    assert_eq!(code(&none), 3, "{}", notes(&none));
    assert!(notes(&none).contains("aggregation") && text(&none).is_empty(), "{}", notes(&none));
    assert_eq!(code(&saker(&["rules", "import", "--sigma", "/no/such/folder"])), 3);
    assert_eq!(code(&saker(&["rules", "import"])), 2);
    let file = saker(&["rules", "import", "--sigma", RULES, "-o", "/no/such/folder/x.yaml"]);
    assert_eq!(code(&file), 7, "{}", notes(&file));
}
