//! Falco's own rules raise in the samples what they are meant to raise, and nothing of it in the twins.
//!
//! Needs the stock rules beside the repository; says so where they are not.

mod common;

use std::io::Write;

use common::{code, folder, notes, root, saker, text};

/// The stock rule files, in the order in which Falco loads them.
const FILES: &[&str] = &["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];

/// A sample, and the stock rules that its attack raises and its twin does not.
const EXPECTED: &[(&str, &[&str])] = &[
    ("account-change", &["User mgmt binaries"]),
    ("authorized-keys", &["Adding ssh keys to authorized_keys"]),
    ("cron-job", &["Schedule Cron Jobs", "Write below etc"]),
    ("data-wipe", &["Remove Bulk Data from Disk"]),
    ("database-shell", &["DB program spawned process", "Run shell untrusted"]),
    ("dev-file", &["Create files below dev"]),
    ("hardlink-evasion", &["Create Hardlink Over Sensitive Files"]),
    ("history-removed", &["Delete or rename shell history"]),
    ("key-hunt", &["Search Private Keys or Passwords", "Find AWS Credentials"]),
    ("loader-tunables", &["Potential Local Privilege Escalation via Environment Variables Misuse"]),
    ("memfd-host", &["Fileless execution via memfd_create"]),
    (
        "network-tools",
        &["Launch Suspicious Network Tool on Host", "Netcat/Socat Remote Code Execution on Host"],
    ),
    ("page-faults", &["Unprivileged Delegation of Page Faults Handling to a Userspace Process"]),
    ("path-traversal", &["Directory traversal monitored file read"]),
    ("pkexec-exploit", &["Polkit Local Privilege Escalation Vulnerability (CVE-2021-4034)"]),
    ("preload", &["Write below etc"]),
    ("program-directory", &["Write below monitored dir"]),
    ("proxy-environment", &["Program run with disallowed http proxy env"]),
    ("root-asked", &["Non sudo setuid"]),
    ("server-shadow-read", &["Read sensitive file trusted after startup", "Read sensitive file untrusted"]),
    ("set-user-id", &["Set Setuid or Setgid bit"]),
    ("shell-startup", &["Modify Shell Configuration File"]),
    ("shm-run", &["Execution from /dev/shm"]),
    ("ssh-files", &["Read ssh information"]),
    ("ssh-port", &["Disallowed SSH Connection Non Standard Port"]),
    ("sshd-library", &["Backdoored library loaded into SSHD (CVE-2024-3094)"]),
    ("sudo-exploit", &["Sudo Potential Privilege Escalation"]),
    ("system-program-network", &["System procs network activity"]),
    ("system-user-session", &["System user interactive"]),
    ("systemd-unit", &["Write below etc"]),
    ("terminal-recon", &["Basic Interactive Reconnaissance"]),
    (
        "web-shell",
        &["Run shell untrusted", "Web Server Spawned Shell", "Web Server Spawned Suspicious Child Process"],
    ),
];

/// Samples of behaviour that no stock rule describes: neither twin raises an alert.
const BEYOND: &[&str] = &[
    "firewall-flush",
    "hidden-program",
    "kernel-thread-name",
    "no-history",
    "process-memory",
    "protection-off",
    "pty-shell",
];

/// Lines of a list in YAML.
fn listed(key: &str, rules: &[&str]) -> String {
    rules.iter().fold(format!("{key}:\n"), |list, rule| list + &format!("  - \"{rule}\"\n"))
}

/// What `expect.yaml` says of a twin.
fn expectation(twin: &str, rules: &[&str]) -> String {
    if twin == "attack" && !rules.is_empty() {
        rules.iter().fold("expect:\n".to_owned(), |list, rule| list + &format!("  - rule: \"{rule}\"\n"))
    } else {
        listed("forbid", if rules.is_empty() { &["*"] } else { rules })
    }
}

#[test]
fn stock_rules_raise_what_samples_show_and_not_in_the_twins() {
    let stock = root().join("../shared/falco-rules");
    if !stock.is_dir() {
        let _ = std::io::stderr().write_all(b"SKIPPED: the stock rules are not there\n");
        return;
    }
    let files: Vec<String> = FILES.iter().map(|file| stock.join(file).display().to_string()).collect();
    let rules = listed("rules", &files.iter().map(String::as_str).collect::<Vec<_>>());
    let beside = folder("stock-samples");
    for (sample, expected) in EXPECTED.iter().copied().chain(BEYOND.iter().map(|sample| (*sample, &[] as _)))
    {
        for twin in ["attack", "benign"] {
            let place = beside.join(sample).join(twin);
            std::fs::create_dir_all(&place).unwrap();
            let capture = root().join("samples").join(sample).join(twin).join("capture.skr");
            std::fs::copy(capture, place.join("capture.skr")).unwrap();
            let says = format!("{rules}matching: all\n{}", expectation(twin, expected));
            std::fs::write(place.join("expect.yaml"), says).unwrap();
        }
    }
    let output = saker(&["test".as_ref(), beside.as_os_str(), "-f".as_ref(), "text".as_ref()]);
    assert_eq!(code(&output), 0, "{}{}", text(&output), notes(&output));
}
