//! What the stock rules see in the shipped samples, if they lie beside the repository.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::common::{code, folder, notes, root, saker, text};

/// The stock rules, in the order in which Falco would load them.
const FILES: [&str; 3] = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];

/// Stock rules about a sample.
struct Row {
    sample: &'static str,
    /// Raised by the attack and not by its twin.
    attack: &'static [&'static str],
    /// Raised by both: what the rule looks at is in either.
    both: &'static [&'static str],
}

const fn row(sample: &'static str, attack: &'static [&'static str], both: &'static [&'static str]) -> Row {
    Row { sample, attack, both }
}

/// Rules that are off in the stock files and on here.
const ENABLED: &[&str] = &["Container Drift Detected (chmod)", "Container Drift Detected (open+create)"];

const INGRESS: &str = "Launch Ingress Remote File Copy Tools in Container";
/// Asks whether a field is none of two words for "absent", which an absent field is not: every
/// container that starts raises it.
const SENSITIVE_MOUNT: &str = "Launch Sensitive Mount Container";

static ROWS: &[Row] = &[
    row("bpf-load", &["BPF Program Not Profiled"], &[]),
    row("capable-container", &["Launch Excessively Capable Container"], &[SENSITIVE_MOUNT]),
    row("client-exec", &["Kubernetes Client Tool Launched in Container"], &[]),
    row("cloud-metadata", &["Contact EC2 Instance Metadata Service From Container"], &[INGRESS]),
    row("cluster-client", &["Kubernetes Client Tool Launched in Container"], &[]),
    row("decoded-script", &[], &["Decoding Payload in Container"]),
    row("drift", ENABLED, &[]),
    row("drop-exec", &["Drop and execute new binary in container"], &[]),
    row("etc-write", &["Schedule Cron Jobs", "Write below etc"], &[]),
    row("file-transfer", &["Launch Remote File Copy Tools in Container"], &[INGRESS]),
    row("host-mount", &["Container Access to Host Sensitive Paths"], &[SENSITIVE_MOUNT]),
    row("k8s-exec-shell", &["Terminal shell in container", "Read sensitive file untrusted"], &[]),
    row("kube-api-contact", &["Contact K8S API Server From Container"], &[INGRESS]),
    row("log-wipe", &["Clear Log Activities"], &[]),
    row("memfd-exec", &["Fileless execution via memfd_create"], &[]),
    row(
        "miner",
        &["Detect crypto miners using the Stratum protocol", "Known Cryptominer Process Executed"],
        &[],
    ),
    row("module-load", &["Linux Kernel Module Injection Detected"], &[]),
    row("namespace-change", &["Change thread namespace"], &[]),
    row(
        "nc-exec",
        &["Netcat Remote Code Execution in Container"],
        &["Launch Suspicious Network Tool in Container"],
    ),
    row("network-tool", &["Launch Suspicious Network Tool in Container"], &[]),
    row("odd-udp", &["Unexpected UDP Traffic"], &[]),
    row("package-manager", &["Launch Package Management Process in Container"], &[]),
    row("packet-socket", &["Packet socket created in container"], &[]),
    row("proc-environ", &["Read environment variable from /proc files"], &[]),
    row("ptrace", &["PTRACE attached to process", "PTRACE anti-debug attempt"], &[]),
    row("raw-disk", &["Privileged Container Device Access"], &[]),
    row("release-agent", &["Detect release_agent File Container Escapes"], &[]),
    row("revshell-dup", &["Redirect STDOUT/STDIN to Network Connection in Container"], &[]),
    row("shadow-read", &["Read sensitive file untrusted"], &[]),
    row("symlink-evasion", &["Create Symlink Over Sensitive Files"], &[]),
    row("tar-out", &["Exfiltrating Artifacts via Kubernetes Control Plane"], &[]),
    row("unshare-refused", &["Change namespace privileges via unshare"], &[]),
];

/// Folder of the stock rules; says loudly when it is not there.
fn stock() -> Option<PathBuf> {
    let found = root().join("../shared/falco-rules");
    if found.join(FILES[0]).is_file() {
        return found.canonicalize().ok();
    }
    use std::io::Write as _;
    let _ = std::io::stderr().write_all(b"SKIPPED: the stock rules are not there\n");
    None
}

/// Makes `into` a sample that demands and forbids these of the stock rules.
fn write(into: &Path, rules: &[PathBuf], capture: &Path, expect: &[&str], forbid: &[&str]) {
    std::fs::create_dir_all(into).unwrap();
    std::os::unix::fs::symlink(capture, into.join("capture.skr")).unwrap();
    let files: Vec<String> = rules.iter().map(|path| format!("{:?}", path.display().to_string())).collect();
    let mut text = format!("rules: [{}]\nmatching: all\n", files.join(", "));
    for (key, item, names) in [("expect", "rule: ", expect), ("forbid", "", forbid)] {
        if !names.is_empty() {
            let _ = writeln!(text, "{key}:");
        }
        for name in names {
            let _ = writeln!(text, "  - {item}{name:?}");
        }
    }
    std::fs::write(into.join("expect.yaml"), text).unwrap();
}

#[test]
fn stock_rules_see_in_the_samples_what_they_are_for() {
    let Some(stock) = stock() else { return };
    let folder = folder("stock-samples");
    let enabled = folder.join("enabled.yaml");
    let items: String = ENABLED
        .iter()
        .map(|rule| format!("- rule: {rule}\n  enabled: true\n  override: {{enabled: replace}}\n"))
        .collect();
    std::fs::write(&enabled, items).unwrap();
    let mut rules: Vec<PathBuf> = FILES.iter().map(|file| stock.join(file)).collect();
    rules.push(enabled);
    for Row { sample, attack, both } in ROWS {
        let of = |twin: &str| root().join("samples").join(sample).join(twin).join("capture.skr");
        let into = |twin: &str| folder.join(sample).join(twin);
        let all: Vec<&str> = attack.iter().chain(*both).copied().collect();
        write(&into("attack"), &rules, &of("attack"), &all, &[]);
        write(&into("benign"), &rules, &of("benign"), both, attack);
    }
    let output = saker(&["test".as_ref(), folder.as_os_str(), "-f".as_ref(), "text".as_ref()]);
    assert_eq!(code(&output), 0, "{}{}", text(&output), notes(&output));
}

#[test]
fn rows_are_sorted_and_of_samples_that_exist() {
    assert!(ROWS.windows(2).all(|pair| pair[0].sample < pair[1].sample));
    for row in ROWS {
        assert!(root().join("samples").join(row.sample).is_dir(), "{}", row.sample);
    }
}
