//! What the stock rules see in the shipped samples, if they lie beside the repository.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::common::{code, folder, notes, root, saker, text};

/// The stock rules, in the order in which Falco would load them.
const FILES: [&str; 3] = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];

/// Stock rules about a sample.
pub(super) struct Row {
    pub(super) sample: &'static str,
    /// Raised by the attack and not by its twin.
    pub(super) attack: &'static [&'static str],
    /// Raised by both: what the rule looks at is in either.
    pub(super) both: &'static [&'static str],
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

pub(super) static ROWS: &[Row] = &[
    row("account-change", &["User mgmt binaries"], &[]),
    row("authorized-keys", &["Adding ssh keys to authorized_keys"], &[]),
    row("bpf-load", &["BPF Program Not Profiled"], &[]),
    row("capable-container", &["Launch Excessively Capable Container"], &[SENSITIVE_MOUNT]),
    row("client-exec", &["Kubernetes Client Tool Launched in Container"], &[]),
    row("cloud-metadata", &["Contact EC2 Instance Metadata Service From Container"], &[INGRESS]),
    row("cluster-client", &["Kubernetes Client Tool Launched in Container"], &[]),
    row("cron-job", &["Schedule Cron Jobs", "Write below etc"], &[]),
    row("data-wipe", &["Remove Bulk Data from Disk"], &[]),
    row("database-shell", &["DB program spawned process", "Run shell untrusted"], &[]),
    row("decoded-script", &[], &["Decoding Payload in Container"]),
    row("dev-file", &["Create files below dev"], &[]),
    row("drift", ENABLED, &[]),
    row("drop-exec", &["Drop and execute new binary in container"], &[]),
    row("etc-write", &["Schedule Cron Jobs", "Write below etc"], &[]),
    row("file-transfer", &["Launch Remote File Copy Tools in Container"], &[INGRESS]),
    row("hardlink-evasion", &["Create Hardlink Over Sensitive Files"], &[]),
    row("history-removed", &["Delete or rename shell history"], &[]),
    row("host-mount", &["Container Access to Host Sensitive Paths"], &[SENSITIVE_MOUNT]),
    row("k8s-exec-shell", &["Terminal shell in container", "Read sensitive file untrusted"], &[]),
    row("key-hunt", &["Search Private Keys or Passwords", "Find AWS Credentials"], &[]),
    row("kube-api-contact", &["Contact K8S API Server From Container"], &[INGRESS]),
    row("loader-tunables", &["Potential Local Privilege Escalation via Environment Variables Misuse"], &[]),
    row("log-wipe", &["Clear Log Activities"], &[]),
    row("memfd-exec", &["Fileless execution via memfd_create"], &[]),
    row("memfd-host", &["Fileless execution via memfd_create"], &[]),
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
    row(
        "network-tools",
        &["Launch Suspicious Network Tool on Host", "Netcat/Socat Remote Code Execution on Host"],
        &[],
    ),
    row("odd-udp", &["Unexpected UDP Traffic"], &[]),
    row("package-manager", &["Launch Package Management Process in Container"], &[]),
    row("packet-socket", &["Packet socket created in container"], &[]),
    row("page-faults", &["Unprivileged Delegation of Page Faults Handling to a Userspace Process"], &[]),
    row("path-traversal", &["Directory traversal monitored file read"], &[]),
    row("pkexec-exploit", &["Polkit Local Privilege Escalation Vulnerability (CVE-2021-4034)"], &[]),
    row("preload", &["Write below etc"], &[]),
    row("proc-environ", &["Read environment variable from /proc files"], &[]),
    row("program-directory", &["Write below monitored dir"], &[]),
    row("proxy-environment", &["Program run with disallowed http proxy env"], &[]),
    row("ptrace", &["PTRACE attached to process", "PTRACE anti-debug attempt"], &[]),
    row("raw-disk", &["Privileged Container Device Access"], &[]),
    row("release-agent", &["Detect release_agent File Container Escapes"], &[]),
    row("revshell-dup", &["Redirect STDOUT/STDIN to Network Connection in Container"], &[]),
    row("root-asked", &["Non sudo setuid"], &[]),
    row(
        "server-shadow-read",
        &["Read sensitive file trusted after startup", "Read sensitive file untrusted"],
        &[],
    ),
    row("set-user-id", &["Set Setuid or Setgid bit"], &[]),
    row("shadow-read", &["Read sensitive file untrusted"], &[]),
    row("shell-startup", &["Modify Shell Configuration File"], &[]),
    row("shm-run", &["Execution from /dev/shm"], &[]),
    row("ssh-files", &["Read ssh information"], &[]),
    row("ssh-port", &["Disallowed SSH Connection Non Standard Port"], &[]),
    row("sshd-library", &["Backdoored library loaded into SSHD (CVE-2024-3094)"], &[]),
    row("sudo-exploit", &["Sudo Potential Privilege Escalation"], &[]),
    row("symlink-evasion", &["Create Symlink Over Sensitive Files"], &[]),
    row("system-program-network", &["System procs network activity"], &[]),
    row("system-user-session", &["System user interactive"], &[]),
    row("systemd-unit", &["Write below etc"], &[]),
    row("tar-out", &["Exfiltrating Artifacts via Kubernetes Control Plane"], &[]),
    row("terminal-recon", &["Basic Interactive Reconnaissance"], &[]),
    row("unshare-refused", &["Change namespace privileges via unshare"], &[]),
    row(
        "web-shell",
        &["Run shell untrusted", "Web Server Spawned Shell", "Web Server Spawned Suspicious Child Process"],
        &[],
    ),
];

/// Samples of what no stock rule describes: neither twin raises anything.
const BEYOND: &[&str] = &[
    "decode-pipe",
    "download-pipe",
    "firewall-flush",
    "fork-burst",
    "hidden-program",
    "kernel-thread-name",
    "log-removed",
    "network-shell",
    "no-history",
    "process-memory",
    "protection-off",
    "pty-shell",
];

/// Folder of the stock rules; says loudly when it is not there.
pub(super) fn stock() -> Option<PathBuf> {
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
    for sample in BEYOND {
        for twin in ["attack", "benign"] {
            let capture = root().join("samples").join(sample).join(twin).join("capture.skr");
            write(&folder.join(sample).join(twin), &rules, &capture, &[], &["*"]);
        }
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
