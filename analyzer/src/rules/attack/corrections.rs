//! Stock rules whose ATT&CK tags name another technique than what the rule sees, or none.

/// Better tags for a rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Correction {
    /// The rule's name.
    pub rule: &'static str,
    /// Its ATT&CK numbers as published. A rule that has others is left alone: somebody has thought
    /// about it since.
    pub was: &'static [&'static str],
    /// What it sees, in v18's numbers.
    pub now: &'static [&'static str],
}

const fn fix(rule: &'static str, was: &'static [&'static str], now: &'static [&'static str]) -> Correction {
    Correction { rule, was, now }
}

/// By name of the rule.
pub(super) static CORRECTIONS: &[Correction] = &[
    fix("BPF Program Not Profiled", &["TA0003"], &["T1014"]),
    fix("Backdoored library loaded into SSHD (CVE-2024-3094)", &["T1556"], &["T1195.002", "T1556"]),
    fix("Basic Interactive Reconnaissance", &["TA0043"], &["T1033", "T1082"]),
    fix("Clear Log Activities", &["T1070"], &["T1070.002"]),
    fix("Contact K8S API Server From Container", &["T1565"], &["T1613"]),
    fix("Contact cloud metadata service from container", &["T1565"], &["T1552.005"]),
    fix("Container Drift Detected (chmod)", &["T1059"], &["T1105"]),
    fix("Container Drift Detected (open+create)", &["T1059"], &["T1105"]),
    fix("Create Hardlink Over Sensitive Files", &["T1555"], &["T1003.008"]),
    fix("Create Symlink Over Sensitive Files", &["T1555"], &["T1003.008"]),
    fix("Create files below dev", &["T1543"], &["T1564"]),
    fix("Decoding Payload in Container", &["T1132"], &["T1140"]),
    fix("Delete or rename shell history", &["T1070"], &["T1070.003"]),
    fix("Directory traversal monitored file read", &["T1555"], &["T1003.008", "T1083"]),
    fix("Disallowed SSH Connection Non Standard Port", &["T1059"], &["T1571"]),
    fix("Drop and execute new binary in container", &["TA0003"], &["T1059", "T1105"]),
    fix("Exfiltrating Artifacts via Kubernetes Control Plane", &["TA0010"], &["T1048"]),
    fix("Find AWS Credentials", &["T1552"], &["T1552.001"]),
    fix("Interpreted procs inbound network activity", &["TA0011"], &["T1095"]),
    fix("Interpreted procs outbound network activity", &["TA0011"], &["T1095"]),
    fix("Kubernetes Client Tool Launched in Container", &["T1610"], &["T1609"]),
    fix("Launch Ingress Remote File Copy Tools in Container", &["TA0011"], &["T1105"]),
    fix("Launch Package Management Process in Container", &["T1505"], &["T1072"]),
    fix("Launch Suspicious Network Tool in Container", &["T1059"], &["T1046"]),
    fix("Launch Suspicious Network Tool on Host", &["T1059"], &["T1046"]),
    fix("Linux Kernel Module Injection Detected", &["TA0003"], &["T1547.006"]),
    fix("Packet socket created in container", &["T1557.002"], &["T1040", "T1557.002"]),
    fix("Polkit Local Privilege Escalation Vulnerability (CVE-2021-4034)", &["TA0004"], &["T1068"]),
    fix("Potential Local Privilege Escalation via Environment Variables Misuse", &["TA0004"], &["T1068"]),
    fix("Program run with disallowed http proxy env", &["T1204"], &["T1090"]),
    fix("Read Shell Configuration File", &["T1546.004"], &["T1083"]),
    fix("Read sensitive file trusted after startup", &["T1555"], &["T1003.008"]),
    fix("Read sensitive file untrusted", &["T1555"], &["T1003.008"]),
    fix("Read ssh information", &["T1005"], &["T1552.004"]),
    fix("Redirect STDOUT/STDIN to Network Connection in Container", &["T1059"], &["T1059.004"]),
    fix("Search Private Keys or Passwords", &["T1552.001"], &["T1552.001", "T1552.004"]),
    fix("Terminal shell in container", &["T1059"], &["T1059.004", "T1609"]),
    fix("Unexpected UDP Traffic", &["TA0011"], &["T1095"]),
    fix("Unprivileged Delegation of Page Faults Handling to a Userspace Process", &["TA0005"], &["T1068"]),
    fix("User mgmt binaries", &["T1098"], &["T1098", "T1136.001"]),
    fix("Web Server Spawned Suspicious Child Process", &["T1059"], &["T1059", "T1505.003"]),
    fix("Write below binary dir", &["T1543"], &["T1554"]),
    fix("Write below etc", &["T1098"], &["T1543"]),
    fix("Write below monitored dir", &["T1543"], &["T1554"]),
    fix("Write below root", &["TA0003"], &["T1564"]),
];
