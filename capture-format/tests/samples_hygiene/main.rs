//! A sample holds nothing of the machine it was made on.
//!
//! Every capture under `samples/` is read back whole, and each string, path, address, user, mount
//! and name in it has to be one that the clean room or a stand-in image explains. The structures
//! are taken apart without `..`: a field that is added has to be looked at here.

mod allowed;
mod text;

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use capture_format::header::{CaptureHeader, End};
use capture_format::reader::Capture;
use capture_format::snapshot::{Container, Listener, Mount, Process, Snapshot, Tables, User};
use capture_format::writer::{CaptureWriter, WriterOptions};
use capture_format::{Bytes, Descriptor, Kind, Row};

/// What was found in one capture.
#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    fn check(&mut self, fine: bool, place: &str, what: impl std::fmt::Display) {
        if !fine {
            self.0.push(format!("{place}: {what}"));
        }
    }

    /// A string of any kind.
    fn text(&mut self, place: &str, bytes: &[u8]) {
        for path in text::paths(bytes) {
            self.check(allowed::path(&path), place, path);
        }
        for address in text::addresses(bytes) {
            self.check(allowed::address(address.into()), place, address);
        }
    }

    /// A path from its first byte to its last.
    fn path(&mut self, place: &str, bytes: &[u8]) {
        let path = String::from_utf8_lossy(bytes);
        self.check(!path.starts_with('/') || allowed::path(&path), place, path);
    }

    fn address(&mut self, place: &str, family: u16, bytes: [u8; 16]) {
        let [a, b, c, d, ..] = bytes;
        let address: IpAddr =
            if family == 2 { Ipv4Addr::new(a, b, c, d).into() } else { Ipv6Addr::from(bytes).into() };
        self.check(allowed::address(address), place, address);
    }

    fn one_of(&mut self, place: &str, value: &str, known: &[&str]) {
        self.check(known.contains(&value), place, value);
    }

    fn header(&mut self, header: &CaptureHeader) {
        let CaptureHeader {
            recording_id: _,
            file_number: _,
            previous_chain: _,
            host,
            machine_id,
            kernel: _,
            arch: _,
            boot_wall_ns: _,
            started_ns: _,
            recorder_version: _,
            command_line,
            events: _,
            env_policy,
            time_zone,
            utc_offset_s,
            scope,
            btf_hash: _,
            offsets_hash: _,
            notes,
            self_pid: _,
        } = header;
        self.one_of("host", host, &[allowed::HOST]);
        self.one_of("machine id", machine_id, &[""]);
        self.check(command_line.is_empty(), "command line", format_args!("{command_line:?}"));
        self.check(!scope.is_empty(), "scope", "the whole host was recorded");
        self.check(env_policy != "all", "environments", "all of them were recorded");
        self.one_of("time zone", time_zone, &["", "UTC", "Etc/UTC"]);
        self.check(*utc_offset_s == 0, "time zone", utc_offset_s);
        for text in scope.iter().chain(notes) {
            self.text("header", text.as_bytes());
        }
    }

    fn snapshot(&mut self, snapshot: &Snapshot) {
        let Snapshot { time_ns: _, processes, listeners, tables } = snapshot;
        for process in processes {
            self.process(process, tables);
        }
        for Listener { protocol: _, family, addr, port: _, ino: _ } in listeners {
            self.address("listener", *family, *addr);
        }
        self.tables(tables);
    }

    fn process(&mut self, process: &Process, tables: &Tables) {
        // Numbers say nothing about a machine; what is left out here are numbers only.
        let Process { comm, exepath, argv, env, cwd, descriptors, cgroup, ancestor_only, outside, .. } =
            process;
        self.text("process name", comm);
        self.path("executable", exepath);
        self.text("arguments", argv);
        self.text("environment", env);
        self.path("working directory", cwd);
        for open in descriptors {
            self.descriptor("open descriptor", Bytes::whole(&open.descriptor));
        }
        if *ancestor_only || *outside {
            self.check(argv.is_empty(), "arguments of an ancestor", String::from_utf8_lossy(argv));
            self.check(cwd.is_empty() && descriptors.is_empty(), "ancestor", "more than its name");
        } else if !tables.containers.is_empty() {
            let inside = tables.cgroups.iter().any(|known| known.key == *cgroup);
            self.check(inside, "process outside what was recorded", String::from_utf8_lossy(comm));
        }
    }

    fn tables(&mut self, tables: &Tables) {
        let Tables { cgroups, containers, users, groups, mounts, interfaces, names } = tables;
        for cgroup in cgroups {
            let path = String::from_utf8_lossy(&cgroup.path);
            self.check(allowed::cgroup(&path), "cgroup", path);
        }
        for container in containers {
            self.container(container);
        }
        for user in users {
            self.one_of("user", &String::from_utf8_lossy(&user.name), allowed::USERS);
            self.path("home", &user.home);
            self.path("login shell", &user.shell);
        }
        for group in groups {
            self.one_of("group", &String::from_utf8_lossy(&group.name), allowed::USERS);
        }
        for mount in mounts {
            self.check(false, "mount", String::from_utf8_lossy(&mount.point));
        }
        for interface in interfaces {
            self.one_of("interface", &String::from_utf8_lossy(&interface.name), allowed::INTERFACES);
            for (family, address, _) in &interface.addresses {
                self.address("interface", *family, *address);
            }
        }
        for binding in names {
            self.check(allowed::name(&binding.name), "name", &binding.name);
            self.address("name", binding.family, binding.addr);
        }
    }

    fn container(&mut self, container: &Container) {
        let Container {
            id: _,
            runtime,
            name,
            image,
            image_repository: _,
            image_tag: _,
            image_id: _,
            image_digest,
            labels,
            privileged: _,
            mounts,
            ip,
            host_pid: _,
            host_network: _,
            host_ipc: _,
            pod,
        } = container;
        self.one_of("runtime", runtime, &["docker"]);
        self.check(allowed::name(name), "container", name);
        self.check(!image.contains('/'), "image of a registry", image);
        self.text("image digest", image_digest.as_bytes());
        for (label, _) in labels {
            self.one_of("label", label, allowed::LABELS);
        }
        for mount in mounts {
            self.check(allowed::mount(&mount.source), "mount of a container", &mount.source);
            self.path("place of a mount", mount.dest.as_bytes());
        }
        self.text("container address", ip.as_bytes());
        self.check(pod.is_none(), "pod", "no sample has one");
    }

    fn descriptor(&mut self, place: &str, bytes: Bytes<'_>) {
        let Some(descriptor) = Descriptor::parse(bytes) else {
            return self.check(false, place, "not a descriptor");
        };
        if descriptor.is_inet() {
            self.address(place, descriptor.family, descriptor.local_addr);
            self.address(place, descriptor.family, descriptor.remote_addr);
        }
        self.path(place, descriptor.path.data);
    }

    fn row<'a>(&mut self, row: &impl Row<'a>) {
        let info = row.head().event_type.info();
        for (index, param) in info.params.iter().enumerate() {
            let Some(bytes) = row.bytes(index) else { continue };
            let place = format!("{} {}", info.name, param.name);
            match param.kind {
                Kind::File => self.descriptor(&place, bytes),
                Kind::KernelPath | Kind::Path => self.path(&place, bytes.data),
                Kind::CgroupPath => {
                    let path = String::from_utf8_lossy(bytes.data);
                    self.check(allowed::cgroup(&path), &place, path);
                }
                Kind::SocketAddress => self.socket_address(&place, bytes.data),
                _ => self.text(&place, bytes.data),
            }
        }
    }

    /// A `struct sockaddr` of the caller: family, then for the internet port and address.
    fn socket_address(&mut self, place: &str, bytes: &[u8]) {
        match bytes {
            [2, 0, _, _, a, b, c, d, ..] => self.check(
                allowed::address(Ipv4Addr::new(*a, *b, *c, *d).into()),
                place,
                format_args!("{a}.{b}.{c}.{d}"),
            ),
            [10, 0, _, _, _, _, _, _, rest @ ..] if rest.len() >= 16 => {
                let mut address = [0; 16];
                address.copy_from_slice(&rest[..16]);
                self.address(place, 10, address);
            }
            // A path ends where the kernel ends it; behind that is what the caller's memory held.
            [1, 0, path @ ..] if path.first().is_some_and(|&byte| byte != 0) => {
                self.path(place, path.split(|&byte| byte == 0).next().unwrap_or(path));
            }
            _ => self.text(place, bytes),
        }
    }
}

/// Everything in a capture that may not be there, and everything about it that a sample must not be.
fn findings(capture: &Capture) -> Vec<String> {
    let mut findings = Findings::default();
    findings.header(capture.header());
    findings.check(!capture.snapshots().is_empty(), "snapshot", "there is none");
    for snapshot in capture.snapshots() {
        findings.snapshot(snapshot);
    }
    findings.tables(capture.tables());
    let mut events = 0;
    for index in 0..capture.blocks().len() {
        let block = capture.block(index, &|_| true).expect("an undamaged block");
        for row in block.rows() {
            findings.row(&row);
            events += 1;
        }
    }
    findings.check(events > 0, "events", "there are none");
    findings.check(capture.gaps().is_empty(), "losses", format_args!("{:?}", capture.gaps()));
    findings.check(capture.damage().is_empty(), "damage", capture.damage().len());
    findings.check(capture.end().is_some(), "end", "the recording was not ended");
    findings.0.sort();
    findings.0.dedup();
    findings.0
}

fn captures(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            captures(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "skr") {
            found.push(path);
        }
    }
}

#[test]
fn samples_hold_nothing_of_the_machine_they_were_made_on() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples");
    let mut found = Vec::new();
    captures(&folder, &mut found);
    found.sort();
    assert!(found.len() >= 60, "only {} captures under samples", found.len());
    let mut wrong = String::new();
    for path in found {
        let size = fs::metadata(&path).expect("a capture").len();
        let mut here = findings(&Capture::open(&path).expect("a readable capture"));
        if size > 300_000 {
            here.push(format!("size: {size} bytes"));
        }
        if !here.is_empty() {
            let name = path.strip_prefix(&folder).unwrap_or(&path).display();
            wrong += &format!("\n{name}:\n  {}\n", here.join("\n  "));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn samples_are_complete() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples");
    let list = fs::read_to_string(folder.join("README.md")).expect("the list of samples");
    let mut found = Vec::new();
    captures(&folder, &mut found);
    for path in found {
        let twin = path.parent().expect("a twin's folder");
        let sample = twin.parent().expect("a sample's folder");
        let name = sample.file_name().expect("a name").to_string_lossy();
        assert!(twin.join("expect.yaml").is_file(), "{} says what it must raise", twin.display());
        assert!(sample.join("record.sh").is_file(), "{} says how it was made", sample.display());
        assert!(list.contains(&format!("| `{name}` |")), "samples/README.md has a row of {name}");
    }
}

#[test]
fn traces_of_a_machine_are_found() {
    let header = CaptureHeader { host: "build-7".into(), machine_id: "c0ffee".into(), ..Default::default() };
    let mut writer = CaptureWriter::new(Vec::new(), &header, WriterOptions::default()).unwrap();
    let process = Process {
        exepath: b"/builds/saker/target/debug/act".to_vec(),
        argv: b"act\0--to=192.168.7.9".to_vec(),
        ..Default::default()
    };
    let tables = Tables {
        users: vec![User { name: b"bob".to_vec(), home: b"/home/bob".to_vec(), ..Default::default() }],
        mounts: vec![Mount { point: b"/data".to_vec(), ..Default::default() }],
        ..Default::default()
    };
    writer.snapshot(&Snapshot { processes: vec![process], tables, ..Default::default() }).unwrap();
    let bytes = writer.finish(End::default()).unwrap();
    let found = findings(&Capture::from_bytes(bytes).unwrap()).join("\n");
    for trace in [
        "host: build-7",
        "machine id: c0ffee",
        "scope: the whole host",
        "executable: /builds/saker/target/debug/act",
        "arguments: 192.168.7.9",
        "user: bob",
        "home: /home/bob",
        "mount: /data",
        "events: there are none",
    ] {
        assert!(found.contains(trace), "{trace} is not in\n{found}");
    }
}
