//! Which of Saker's own rules sees what a stock rule sees.

/// A stock rule, and those of Saker's own that see the same.
pub(super) struct Covers {
    pub(super) stock: &'static str,
    /// Empty if none does; then `note` says why.
    pub(super) own: &'static [&'static str],
    /// Where they differ, or why there is none.
    pub(super) note: &'static str,
}

const fn by(stock: &'static str, own: &'static [&'static str], note: &'static str) -> Covers {
    Covers { stock, own, note }
}

/// The stock files, in the order in which Falco would load them, with their rules.
pub(super) static FILES: &[(&str, &str, &[Covers])] = &[
    ("Stable", "falco_rules.yaml", STABLE),
    ("Incubating", "falco-incubating_rules.yaml", INCUBATING),
    ("Sandbox", "falco-sandbox_rules.yaml", SANDBOX),
];

const CAPABLE: &str = "by capabilities: a privileged container has them all";

static STABLE: &[Covers] = &[
    by(
        "Directory traversal monitored file read",
        &["Monitored file opened by way of parent directories"],
        "",
    ),
    by("Read sensitive file trusted after startup", &["Sensitive file read by a running server"], ""),
    by(
        "Read sensitive file untrusted",
        &[
            "Sensitive file read",
            "Sensitive file opened under another name",
            "Sensitive file read by a running server",
        ],
        "also through links, by the path the kernel opened",
    ),
    by("Run shell untrusted", &["Shell started by a server", "Program started by a database server"], ""),
    by("System user interactive", &["Session of a system user"], ""),
    by("Terminal shell in container", &["Shell on a terminal in a container"], ""),
    by(
        "Contact K8S API Server From Container",
        &["Contact with the Kubernetes API server from a container"],
        "the address is known from the capture, not from a resolver",
    ),
    by(
        "Netcat Remote Code Execution in Container",
        &["Netcat with a program behind it in a container"],
        "socat too",
    ),
    by("Search Private Keys or Passwords", &["Search for private keys or passwords"], ""),
    by("Clear Log Activities", &["Log emptied"], ""),
    by("Remove Bulk Data from Disk", &["Data wiped"], ""),
    by("Create Symlink Over Sensitive Files", &["Link made over a sensitive file"], ""),
    by("Create Hardlink Over Sensitive Files", &["Link made over a sensitive file"], ""),
    by("Packet socket created in container", &["Packet socket made in a container"], "only if it was made"),
    by(
        "Redirect STDOUT/STDIN to Network Connection in Container",
        &[
            "Standard stream redirected to a network connection in a container",
            "Shell on a network connection",
        ],
        "not raw sockets, which ping puts there",
    ),
    by("Linux Kernel Module Injection Detected", &["Kernel module load asked for"], "on hosts too"),
    by("Debugfs Launched in Privileged Container", &["Debugger of file systems run in a container"], CAPABLE),
    by("Detect release_agent File Container Escapes", &["Release agent written in a container"], ""),
    by("PTRACE attached to process", &["Attached to a process as a debugger"], "debuggers left out"),
    by("PTRACE anti-debug attempt", &["Program traced itself"], "debuggers left out"),
    by("Find AWS Credentials", &["Search for credentials of a cloud"], ""),
    by("Execution from /dev/shm", &["Program run from shared memory"], ""),
    by("Drop and execute new binary in container", &["Program dropped into a container and run"], ""),
    by("Disallowed SSH Connection Non Standard Port", &["Connection of ssh to an unusual port"], ""),
    by("Fileless execution via memfd_create", &["Program run from memory"], ""),
];

static INCUBATING: &[Covers] = &[
    by("Modify Shell Configuration File", &["Start-up file of a shell written"], ""),
    by("Schedule Cron Jobs", &["Scheduled job written", "Write below etc in a container"], ""),
    by("Read ssh information", &["Files of ssh read"], ""),
    by("DB program spawned process", &["Program started by a database server"], ""),
    by("Change thread namespace", &["Change of namespace in a container"], ""),
    by(
        "Change namespace privileges via unshare",
        &["New namespaces made in a container"],
        "with and without the capability, made or refused",
    ),
    by("Launch Privileged Container", &["Container started with far-reaching capabilities"], CAPABLE),
    by("Launch Excessively Capable Container", &["Container started with far-reaching capabilities"], ""),
    by("System procs network activity", &["System program on the network"], ""),
    by("Program run with disallowed http proxy env", &["Download through a proxy from the environment"], ""),
    by("Unexpected UDP Traffic", &["Datagrams to an unusual port"], "outgoing, to the internet"),
    by("Non sudo setuid", &["Root rights asked for by an ordinary user"], ""),
    by("User mgmt binaries", &["Accounts of the machine changed"], ""),
    by("Create files below dev", &["File made in the directory of devices"], ""),
    by(
        "Contact EC2 Instance Metadata Service From Container",
        &["Cloud's metadata service contacted from a container"],
        "",
    ),
    by(
        "Contact cloud metadata service from container",
        &["Cloud's metadata service contacted from a container"],
        "",
    ),
    by("Launch Package Management Process in Container", &["Package manager run in a container"], ""),
    by("Launch Suspicious Network Tool in Container", &["Network tool run in a container"], ""),
    by("Launch Suspicious Network Tool on Host", &["Network tool run on the host"], ""),
    by("Delete or rename shell history", &["Shell history removed"], ""),
    by("Set Setuid or Setgid bit", &["Set-user-id or set-group-id bit given to a file"], ""),
    by("Launch Remote File Copy Tools in Container", &["Remote copy tool run in a container"], ""),
    by(
        "Network Connection outside Local Subnet",
        &["Connection to the internet from a container of data"],
        "of images that have no business there; the stock rule wants a list of namespaces",
    ),
    by(
        "Mount Launched in Privileged Container",
        &["File system mounted in a container"],
        "by the mount itself",
    ),
    by(
        "Launch Ingress Remote File Copy Tools in Container",
        &["File fetched into a container"],
        "only if what was fetched is kept",
    ),
    by("Read environment variable from /proc files", &["Environment of a process read in a container"], ""),
    by(
        "Exfiltrating Artifacts via Kubernetes Control Plane",
        &["Files copied out of a container with tar"],
        "one alert a copy, whatever the files",
    ),
    by("Adding ssh keys to authorized_keys", &["Authorized keys written"], ""),
    by(
        "Potential Local Privilege Escalation via Environment Variables Misuse",
        &["Loader tuned through the environment"],
        "",
    ),
    by("Backdoored library loaded into SSHD (CVE-2024-3094)", &["Backdoored library opened by sshd"], ""),
    by("BPF Program Not Profiled", &["BPF program loaded"], ""),
];

const NOISE: &str = "too common to be told by itself";

static SANDBOX: &[Covers] = &[
    by("Unexpected inbound connection source", &[], "wants a list of sources; off in the stock rules too"),
    by("Read Shell Configuration File", &[], NOISE),
    by("Update Package Repository", &["Write below etc in a container"], "in containers"),
    by("Write below binary dir", &["Program directory changed"], ""),
    by("Write below monitored dir", &["Program directory changed"], ""),
    by(
        "Write below etc",
        &[
            "Write below etc in a container",
            "Scheduled job written",
            "Unit of systemd written",
            "Library forced into every program",
        ],
        "on hosts only where it makes something run",
    ),
    by("Write below root", &[], NOISE),
    by("Write below rpm database", &[], NOISE),
    by("Modify binary dirs", &["Program directory changed"], ""),
    by("Mkdir binary dirs", &[], NOISE),
    by(
        "Launch Sensitive Mount Container",
        &["Container started with a sensitive part of the host"],
        "the stock rule holds for every container, since a mount that is absent is in no list",
    ),
    by("Launch Disallowed Container", &[], "wants a list of images"),
    by("Interpreted procs inbound network activity", &[], NOISE),
    by("Interpreted procs outbound network activity", &[], NOISE),
    by("Unexpected K8s NodePort Connection", &[], "wants a list of containers"),
    by(
        "Create Hidden Files or Directories",
        &["Program run from a hidden place in a temporary directory"],
        "if run",
    ),
    by(
        "Detect outbound connections to common miner pool ports",
        &[],
        "wants names of pools that are out of date",
    ),
    by("Detect crypto miners using the Stratum protocol", &["Miner's protocol on a command line"], ""),
    by(
        "Kubernetes Client Tool Launched in Container",
        &["Container or cluster client run in a container", "Client opened a shell in another container"],
        "",
    ),
    by("Container Drift Detected (chmod)", &["File made executable in a container"], ""),
    by(
        "Container Drift Detected (open+create)",
        &["Executable file made in a container"],
        "off until asked for",
    ),
    by("Container Run as Root User", &[], NOISE),
    by("Sudo Potential Privilege Escalation", &["Sudo called as an exploit does"], ""),
    by(
        "Unprivileged Delegation of Page Faults Handling to a Userspace Process",
        &["Handling of page faults taken over by a user"],
        "",
    ),
    by(
        "Polkit Local Privilege Escalation Vulnerability (CVE-2021-4034)",
        &["Pkexec called as an exploit does"],
        "",
    ),
    by("Java Process Class File Download", &[], "payloads are not recorded"),
    by(
        "Modify Container Entrypoint",
        &["Running program opened for writing in a container"],
        "by the program's own name in /proc",
    ),
    by(
        "Decoding Payload in Container",
        &["Encoded text decoded and run in a container", "Encoded text piped into a shell"],
        "only if it is run",
    ),
    by("Basic Interactive Reconnaissance", &["Reconnaissance on a terminal"], ""),
    by("Netcat/Socat Remote Code Execution on Host", &["Network tool told to run a program"], ""),
    by(
        "Network Tool Executed During NPM Package Install",
        &["Network tool run in a container"],
        "in containers",
    ),
    by("Known Cryptominer Process Executed", &["Known miner run"], ""),
    by("Web Server Spawned Shell", &["Shell started by a server"], ""),
    by("Web Server Spawned Suspicious Child Process", &["Command run below a web server"], ""),
    by("Reverse Shell from Web Server", &["Shell started by a server", "Command run below a web server"], ""),
    by("Privileged Container Device Access", &["Disk device opened in a container"], ""),
    by(
        "Container Access to Host Sensitive Paths",
        &["Host's files reached through a mount in a container"],
        "",
    ),
];
