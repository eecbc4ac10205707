//! Laws of the tables, and what fields say of made-up captures.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;

use capture_format::descriptor::flags;
use capture_format::snapshot::{
    Cgroup, Container, ContainerMount, Interface, Listener, NameBinding, Pod, User,
};
use capture_format::{Descriptor, Head};

use super::{Argument, Extract, Field, Moment, Multi, Support, Type, Value, all, find, resolve};
use crate::history::testing::{BOOT, Story, head, process};
use crate::history::{OpenOptions, Recording, TimeZone};

/// The value of a field at an event, as a test reads it.
fn show(recording: &Recording, number: u64, text: &str) -> String {
    let (field, argument) = resolve(text).unwrap_or_else(|| panic!("no field {text}"));
    let capture = recording.capture();
    for index in 0..capture.blocks().len() {
        let block = capture.block(index, &|_| true).expect("an intact block");
        if let Some(row) = block.rows().find(|row| row.number() == number) {
            let now = Moment::new(recording, row);
            return now.extract(field, &argument).map_or("-".into(), |value| plain(field, &value));
        }
    }
    panic!("no event {number}")
}

fn plain(field: &Field, value: &Value<'_>) -> String {
    match value {
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Number(number) => match field.ty {
            Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::AbsTime => (*number as i64).to_string(),
            _ => number.to_string(),
        },
        Value::Bool(truth) => truth.to_string(),
        Value::Double(double) => double.to_string(),
        Value::Addr(address) => address.to_string(),
        Value::List(values) => {
            format!("({})", values.iter().map(|value| plain(field, value)).collect::<Vec<_>>().join(","))
        }
    }
}

#[track_caller]
fn check(recording: &Recording, number: u64, wanted: &[(&str, &str)]) {
    for (field, want) in wanted {
        assert_eq!(show(recording, number, field), *want, "{field} of event {number}");
    }
}

fn file(path: &str) -> Descriptor<'_> {
    Descriptor {
        mode: 0o100_644,
        dev: 8 << 20 | 1,
        ino: 42,
        path: capture_format::Bytes::whole(path.as_bytes()),
        ..Descriptor::default()
    }
}

fn v4(address: [u8; 4]) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&address);
    bytes
}

fn tcp(ino: u64, local: ([u8; 4], u16), remote: ([u8; 4], u16)) -> Descriptor<'static> {
    Descriptor {
        mode: 0o140_777,
        ino,
        family: 2,
        socket_type: 1,
        protocol: 6,
        local_addr: v4(local.0),
        local_port: local.1,
        remote_addr: v4(remote.0),
        remote_port: remote.1,
        ..Descriptor::default()
    }
}

#[test]
fn every_field_has_its_own_name_and_a_sentence() {
    let mut names = BTreeSet::new();
    for field in all() {
        assert!(names.insert(field.name), "{} stands twice", field.name);
        assert!(field.doc.ends_with('.') && field.doc.len() > 8, "{} needs a sentence", field.name);
        assert!(field.name.contains('.'), "{}", field.name);
        assert!(std::ptr::eq(find(field.name).unwrap(), field));
        if let Support::Absent(why) = field.support {
            assert!(why.len() > 8, "{} needs a reason", field.name);
        }
    }
}

/// Names in the first column of the tables of a Markdown file.
fn names_in_tables(text: &str) -> Vec<String> {
    let cells = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    cells.flat_map(|(names, _)| names.split(", ").map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn every_field_of_the_reference_exists() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/fields.md");
    let Ok(text) = std::fs::read_to_string(&path) else {
        #[allow(clippy::print_stderr, reason = "a skipped test says so")]
        {
            eprintln!("SKIPPED: {} is not there", path.display());
        }
        return;
    };
    let names = names_in_tables(&text);
    assert!(names.len() > 200, "the reference has moved");
    let missing: Vec<_> =
        names.iter().filter(|name| find(name).is_none() && resolve(name).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_field_reference_is_the_tables() {
    golden("docs/fields.md", &reference());
}

/// Compares with a file of the repository; writes it when BLESS=1.
fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    if std::env::var_os("BLESS").is_some_and(|bless| bless == "1") {
        std::fs::write(&path, text).expect("the repository can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "{name} is not what the sources say: run the test with BLESS=1");
}

fn reference() -> String {
    let mut text = String::from(
        "# Fields\n\nWhat conditions and outputs may name. Written by a test from the tables in \
         `analyzer/src/fields/`; `BLESS=1 cargo test -p analyzer` writes it anew.\n\n\
         A field that does not apply to an event, or whose value is not known, is absent: every comparison with it \
         is false. *Absent* below means that captures never hold it; rules that name it load.\n",
    );
    let mut class = "";
    for field in all() {
        let its = field.name.split('.').next().unwrap_or_default();
        if its != class {
            class = its;
            text += &format!("\n## {class}\n\n| Field | Type | Meaning |\n|---|---|---|\n");
        }
        text += &format!(
            "| `{}{}` | {} | {}{} |\n",
            field.name,
            argument(field),
            kind(field),
            field.doc,
            remarks(field)
        );
    }
    text
}

fn argument(field: &Field) -> &'static str {
    use super::Arg;
    match field.arg {
        Arg::None => "",
        Arg::OptionalIndex => "` `[n]",
        Arg::OptionalIndexOrKey => "` `[n\\|KEY]",
        Arg::Index => "[n]",
        Arg::Key => "[KEY]",
        Arg::IndexOrKey => "[n\\|KEY]",
        Arg::Suffix => ".NAME",
        Arg::SuffixOrIndex => ".NAME` `[n]",
        Arg::OptionalSuffix => "` `.NAME",
    }
}

fn kind(field: &Field) -> String {
    let one = match field.ty {
        Type::I8 | Type::I16 | Type::I32 | Type::I64 => "signed number",
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => "number",
        Type::Port => "port",
        Type::Mode => "mode",
        Type::Flags | Type::EnumFlags => "flags",
        Type::RelTime => "duration, ns",
        Type::AbsTime => "time, ns",
        Type::Bool => "truth value",
        Type::Double => "decimal number",
        Type::Text => "text",
        Type::Path | Type::RelPath => "path",
        Type::Bytes => "bytes",
        Type::Addr => "address",
        Type::Net => "network",
        Type::Dyn => "as the parameter",
    };
    match field.multi {
        Multi::List => format!("list of {one}"),
        _ => one.to_owned(),
    }
}

fn remarks(field: &Field) -> String {
    let mut out = String::new();
    if let Support::Absent(why) = field.support {
        out += &format!(" *Absent: {why}.*");
    }
    if field.flags.filter_only {
        out += " Only in conditions.";
    }
    if field.flags.deprecated {
        out += " Deprecated.";
    }
    if field.multi == Multi::Ancestors {
        out += " Without an index a comparison holds if it holds for any proper ancestor.";
    }
    out
}

#[test]
fn a_process_is_what_it_was_at_the_event() {
    let mut story = Story::new();
    story.snapshot.processes.push(process(5, 1, "sshd"));
    story.fork(5, 10);
    story.exec(10, 5, "bash", "-bash\0--login");
    story.fork(10, 11);
    let exec = story.exec(11, 10, "cat", "cat\0/etc/shadow\0a b");
    let recording = story.tell();
    check(
        &recording,
        exec,
        &[
            ("proc.pid", "11"),
            ("proc.name", "cat"),
            ("proc.exe", "cat"),
            ("proc.exepath", "/bin/cat"),
            ("proc.args", "/etc/shadow a b"),
            ("proc.args[1]", "a b"),
            ("proc.args[7]", ""),
            ("proc.cmdline", "cat /etc/shadow a b"),
            ("proc.exeline", "cat /etc/shadow a b"),
            ("proc.cmdnargs", "2"),
            ("proc.cwd", "/root/"),
            ("proc.ppid", "10"),
            ("proc.pname", "bash"),
            ("proc.pexe", "-bash"),
            ("proc.pexepath", "/bin/bash"),
            ("proc.pcmdline", "bash --login"),
            ("proc.aname[0]", "cat"),
            ("proc.aname[2]", "sshd"),
            ("proc.aname[3]", "systemd"),
            ("proc.aname[4]", "-"),
            ("proc.aname[99999999999]", "-"),
            ("proc.aname", "(bash,sshd,systemd)"),
            ("proc.apid", "(10,5,1)"),
            ("proc.aexepath[1]", "/bin/bash"),
            ("proc.loginshellid", "10"),
            ("proc.duration", "4999989000"),
            ("proc.vpid", "11"),
            ("evt.arg.exe", "cat"),
            ("evt.arg.args", "/etc/shadow.a b."),
            ("evt.res", "SUCCESS"),
            ("evt.rawres", "0"),
        ],
    );
}

#[test]
fn a_failed_exec_is_an_event_of_the_old_program() {
    let mut story = Story::new();
    story.exec(10, 1, "bash", "bash");
    let failed =
        story.event(10, "execve", &[("res", (-13).into()), ("argv", "/x".into()), ("filename", "/x".into())]);
    let recording = story.tell();
    check(
        &recording,
        failed,
        &[
            ("proc.name", "bash"),
            ("evt.res", "EACCES"),
            ("evt.rawres", "-13"),
            ("evt.failed", "true"),
            ("evt.arg.res", "EACCES"),
            ("evt.arg.exe", "/x"),
            ("evt.arg.filename", "/x"),
        ],
    );
}

#[test]
fn parameters_of_an_exec_stand_in_the_order_of_falco() {
    let mut story = Story::new();
    let exec = story.exec(10, 1, "cat", "cat\0/etc/passwd\0-n");
    let recording = story.tell();
    check(
        &recording,
        exec,
        &[
            (
                "evt.args",
                "res=0 exe=cat args=/etc/passwd.-n. tid=10(cat) pid=10(cat) ptid=1(systemd) cwd=/root comm=cat \
             loginuid=-1 cap_permitted= cap_effective= uid=0 trusted_exepath=/bin/cat gid=0",
            ),
            ("evt.arg[1]", "cat"),
            ("evt.arg[4]", "cat"),
            ("evt.arg[8]", "-"),
            ("evt.arg[13]", "cat"),
            ("evt.arg[99]", "-"),
        ],
    );
}

#[test]
fn environment_variables_are_found_by_name() {
    let mut story = Story::new();
    let exec = story.event(
        10,
        "execve",
        &[("res", 0.into()), ("comm", "x".into()), ("env", "A=1\0LD_PRELOAD=/tmp/x.so\0AB=2".into())],
    );
    let recording = story.tell();
    check(
        &recording,
        exec,
        &[
            ("proc.env", "A=1 LD_PRELOAD=/tmp/x.so AB=2"),
            ("proc.env[LD_PRELOAD]", "/tmp/x.so"),
            ("proc.env[A]", "1"),
            ("proc.env[NOPE]", ""),
        ],
    );
}

#[test]
fn an_opened_file_has_the_path_that_was_given_and_the_one_that_the_kernel_found() {
    let mut story = Story::new();
    let through_link = story.event(
        1,
        "openat",
        &[
            ("fd", 3.into()),
            ("dirfd", (-100).into()),
            ("name", "link//../shadow-link".into()),
            ("flags", 0o2_000_000.into()),
            ("mode", 0.into()),
            ("dir", "/tmp/a".into()),
            ("file", file("/etc/shadow").into()),
        ],
    );
    let plain = story.event(
        1,
        "openat",
        &[
            ("fd", 4.into()),
            ("dirfd", 9.into()),
            ("name", "passwd".into()),
            ("flags", 0o1_101.into()),
            ("mode", 0o644.into()),
            ("dir", "/etc".into()),
            ("file", file("/etc/passwd").into()),
            ("created", 1.into()),
        ],
    );
    let recording = story.tell();
    check(
        &recording,
        through_link,
        &[
            ("fd.num", "3"),
            ("fd.name", "/tmp/a/shadow-link"),
            ("fd.nameraw", "link/../shadow-link"),
            ("fd.realpath", "/etc/shadow"),
            ("fd.path_disagrees", "true"),
            ("fd.directory", "/tmp/a"),
            ("fd.filename", "shadow-link"),
            ("fd.type", "file"),
            ("fd.typechar", "f"),
            ("fd.ino", "42"),
            ("fd.dev.major", "8"),
            ("fd.l4proto", "<NA>"),
            ("fd.sip", "-"),
            ("fd.ip", "-"),
            ("evt.is_open_read", "true"),
            ("evt.is_open_write", "false"),
            ("evt.arg.flags", "O_RDONLY|O_CLOEXEC"),
            ("evt.arg.mode", "0"),
            ("evt.arg.name", "link//../shadow-link"),
            ("evt.arg.fd", "<f>/tmp/a/shadow-link"),
            ("evt.arg[0]", "<f>/tmp/a/shadow-link"),
            ("evt.arg.dirfd", "AT_FDCWD"),
            ("evt.rawarg.fd", "3"),
            ("evt.rawres", "3"),
            ("evt.abspath", "/tmp/a/shadow-link"),
            ("fs.path.name", "/tmp/a/shadow-link"),
            ("fs.path.nameraw", "link/../shadow-link"),
            ("fs.path.source", "-"),
        ],
    );
    check(
        &recording,
        plain,
        &[
            ("fd.name", "/etc/passwd"),
            ("fd.path_disagrees", "false"),
            ("evt.is_open_write", "true"),
            ("evt.is_open_read", "false"),
            ("evt.is_open_create", "true"),
            ("evt.arg.mode", "0644"),
            ("evt.arg.flags", "O_TRUNC|O_CREAT|O_WRONLY|O_F_CREATED"),
        ],
    );
}

#[test]
fn the_root_directory_has_no_component_and_is_a_slash() {
    let mut story = Story::new();
    let root = Descriptor { mode: 0o040_755, ..Descriptor::default() };
    let exec = story.event(10, "execve", &[("res", 0.into()), ("comm", "sh".into()), ("cwd", "".into())]);
    let open = story.event(
        10,
        "openat",
        &[
            ("fd", 3.into()),
            ("name", "etc/../".into()),
            ("flags", 0.into()),
            ("dir", "".into()),
            ("file", root.into()),
        ],
    );
    let relative =
        story.event(10, "openat", &[("fd", (-2).into()), ("name", "x".into()), ("flags", 0.into())]);
    let recording = story.tell();
    check(&recording, exec, &[("proc.cwd", "/"), ("evt.arg.cwd", "/")]);
    check(
        &recording,
        open,
        &[
            ("fd.name", "/"),
            ("fd.realpath", "/"),
            ("fd.type", "directory"),
            ("fd.directory", "/"),
            ("fd.path_disagrees", "false"),
        ],
    );
    check(&recording, relative, &[("fd.name", "/x")]);
}

#[test]
fn a_file_that_could_not_be_opened_still_has_its_path() {
    let mut story = Story::new();
    let mut failed = |name: &str, res: i64| {
        story.event(1, name, &[("fd", res.into()), ("name", "/etc/shadow".into()), ("flags", 0.into())])
    };
    let (openat, open, denied) = (failed("openat", -2), failed("open", -13), failed("openat", -1));
    let recording = story.tell();
    let common = [
        ("fd.num", "-1"),
        ("fd.name", "/etc/shadow"),
        ("fd.directory", "/etc"),
        ("fd.type", "-"),
        ("fd.filename", "-"),
        ("fd.ino", "-"),
        ("evt.is_open_read", "true"),
    ];
    check(&recording, openat, &common);
    check(&recording, open, &common);
    check(
        &recording,
        openat,
        &[
            ("fd.typechar", "f"),
            ("evt.res", "ENOENT"),
            ("fs.path.name", "/etc/shadow"),
            ("evt.arg.fd", "ENOENT"),
        ],
    );
    check(&recording, open, &[("fd.typechar", "o"), ("evt.res", "EACCES")]);
    check(&recording, denied, &[("evt.res", "EPERM"), ("fs.path.name", "-")]);
}

#[test]
fn a_connection_has_a_client_and_a_server() {
    let mut story = Story::new();
    story.snapshot.listeners.push(Listener { protocol: 6, family: 2, port: 22, ..Listener::default() });
    let made = tcp(100, ([10, 0, 0, 5], 40000), ([1, 2, 3, 4], 443));
    let taken = tcp(101, ([10, 0, 0, 5], 8080), ([9, 9, 9, 9], 51000));
    let old = tcp(102, ([10, 0, 0, 5], 22), ([8, 8, 8, 8], 52000));
    let connect =
        story.event(1, "connect", &[("res", (-115).into()), ("fd", 5.into()), ("tuple", made.into())]);
    let accept = story.event(1, "accept4", &[("fd", 6.into()), ("tuple", taken.into())]);
    let duplicated = story.event(
        1,
        "dup2",
        &[("res", 0.into()), ("oldfd", 6.into()), ("newfd", 0.into()), ("file", taken.into())],
    );
    let older = story.event(
        1,
        "dup2",
        &[("res", 1.into()), ("oldfd", 7.into()), ("newfd", 1.into()), ("file", old.into())],
    );
    let recording = story.tell();
    check(
        &recording,
        connect,
        &[
            ("fd.name", "10.0.0.5:40000->1.2.3.4:443"),
            ("fd.type", "ipv4"),
            ("fd.typechar", "4"),
            ("fd.l4proto", "tcp"),
            ("fd.sockfamily", "ip"),
            ("fd.cip", "10.0.0.5"),
            ("fd.sip", "1.2.3.4"),
            ("fd.sport", "443"),
            ("fd.cport", "40000"),
            ("fd.lip", "10.0.0.5"),
            ("fd.rip", "1.2.3.4"),
            ("fd.rport", "443"),
            ("fd.ip", "(10.0.0.5,1.2.3.4)"),
            ("fd.port", "(40000,443)"),
            ("fd.snet", "1.2.3.4"),
            ("fd.sproto", "443"),
            ("fd.is_server", "false"),
            ("fd.connected", "true"),
            ("fd.name_changed", "true"),
            ("fd.directory", "-"),
            ("fd.num", "5"),
            ("evt.res", "EINPROGRESS"),
            ("evt.arg.tuple", "10.0.0.5:40000->1.2.3.4:443"),
            ("evt.arg.fd", "<4>10.0.0.5:40000->1.2.3.4:443"),
        ],
    );
    check(
        &recording,
        accept,
        &[
            ("fd.name", "9.9.9.9:51000->10.0.0.5:8080"),
            ("fd.is_server", "true"),
            ("fd.sport", "8080"),
            ("fd.lip", "10.0.0.5"),
            ("fd.lport", "8080"),
            ("fd.rip", "9.9.9.9"),
            ("fd.num", "6"),
        ],
    );
    check(
        &recording,
        duplicated,
        &[
            ("fd.num", "0"),
            ("fd.name", "9.9.9.9:51000->10.0.0.5:8080"),
            ("fd.type", "ipv4"),
            ("fd.name_changed", "false"),
            ("evt.rawres", "0"),
        ],
    );
    check(&recording, older, &[("fd.is_server", "true"), ("fd.sip", "10.0.0.5")]);
}

#[test]
fn an_end_on_this_machine_is_the_local_one() {
    let mut story = Story::new();
    story
        .snapshot
        .tables
        .interfaces
        .push(Interface { name: b"docker0".to_vec(), addresses: vec![(2, v4([172, 17, 0, 1]), 16)] });
    let taken = tcp(101, ([172, 17, 0, 4], 80), ([172, 17, 0, 1], 46782));
    let accept = story.event(1, "accept4", &[("fd", 10.into()), ("tuple", taken.into())]);
    let recording = story.tell();
    // As Falco tells it, which asks for the client's address first.
    check(
        &recording,
        accept,
        &[("fd.lip", "172.17.0.1"), ("fd.lport", "46782"), ("fd.rip", "172.17.0.4"), ("fd.rport", "80")],
    );
}

#[test]
fn a_datagram_to_a_new_address_changes_the_name() {
    let mut story = Story::new();
    let to = |port| Descriptor {
        protocol: 17,
        socket_type: 2,
        flags: flags::ADDR_FROM_CALL,
        ..tcp(7, ([10, 0, 0, 5], 5000), ([8, 8, 8, 8], port))
    };
    let mut send =
        |port| story.event(1, "sendto", &[("res", 4.into()), ("fd", 3.into()), ("tuple", to(port).into())]);
    let (first, again, other) = (send(53), send(53), send(54));
    let recording = story.tell();
    check(
        &recording,
        first,
        &[
            ("fd.name_changed", "true"),
            ("fd.connected", "false"),
            ("fd.l4proto", "udp"),
            ("fd.is_server", "false"),
        ],
    );
    check(&recording, again, &[("fd.name_changed", "false")]);
    check(
        &recording,
        other,
        &[("fd.name_changed", "true"), ("evt.buflen", "4"), ("evt.is_io_write", "true")],
    );
}

#[test]
fn a_waiting_socket_has_only_a_server() {
    let mut story = Story::new();
    let waiting = tcp(9, ([0, 0, 0, 0], 8080), ([0, 0, 0, 0], 0));
    let bound = story.event(1, "bind", &[("res", 0.into()), ("fd", 3.into()), ("tuple", waiting.into())]);
    let failed =
        story.event(1, "bind", &[("res", (-98).into()), ("fd", 3.into()), ("tuple", waiting.into())]);
    let listening =
        story.event(1, "listen", &[("res", 0.into()), ("fd", 3.into()), ("tuple", waiting.into())]);
    let socket = story.event(
        1,
        "socket",
        &[("fd", 4.into()), ("domain", 17.into()), ("type", 3.into()), ("proto", 768.into())],
    );
    let recording = story.tell();
    for number in [bound, listening] {
        check(
            &recording,
            number,
            &[
                ("fd.name", "0.0.0.0:8080"),
                ("fd.sip", "0.0.0.0"),
                ("fd.sport", "8080"),
                ("fd.cip", "-"),
                ("fd.lip", "-"),
                ("fd.is_server", "true"),
                ("fd.connected", "false"),
            ],
        );
    }
    check(
        &recording,
        failed,
        &[("fd.name", ""), ("fd.sip", "-"), ("fd.type", "ipv4"), ("evt.res", "EADDRINUSE")],
    );
    check(
        &recording,
        socket,
        &[
            ("fd.num", "4"),
            ("fd.name", ""),
            ("fd.l4proto", "<NA>"),
            ("evt.arg.domain", "AF_PACKET"),
            ("evt.args", "fd=4(<o>) domain=17(AF_PACKET) type=3 proto=768"),
        ],
    );
}

#[test]
fn addresses_have_the_names_that_were_recorded_or_given() {
    let mut story = Story::new();
    let bind = |name: &str, last| NameBinding {
        name: name.into(),
        family: 2,
        addr: v4([10, 96, 0, last]),
        ..NameBinding::default()
    };
    story.snapshot.tables.names = vec![bind("kubernetes.default.svc.cluster.local", 1), bind("api", 1)];
    story.options = OpenOptions {
        names: vec![("Given.Example".into(), IpAddr::from([10, 96, 0, 2]))],
        time_zone: TimeZone::Utc,
    };
    let mut to = |last| {
        let socket = tcp(u64::from(last), ([10, 0, 0, 5], 40000), ([10, 96, 0, last], 443));
        story.event(1, "connect", &[("res", 0.into()), ("fd", 5.into()), ("tuple", socket.into())])
    };
    let (recorded, given, nameless) = (to(1), to(2), to(3));
    let file = story.event(1, "openat", &[("fd", 3.into()), ("name", "/x".into())]);
    let recording = story.tell();
    check(&recording, recorded, &[("fd.sip.name", "(kubernetes.default.svc.cluster.local,api)")]);
    check(&recording, given, &[("fd.sip.name", "given.example")]);
    check(&recording, nameless, &[("fd.sip.name", "()")]);
    check(&recording, file, &[("fd.sip.name", "-")]);
    assert_eq!(find("fd.sip.name").unwrap().multi, Multi::Either);
}

fn id(letter: &str) -> String {
    letter.repeat(64)
}

#[test]
fn a_container_is_known_from_the_cgroup_and_described_by_its_runtime() {
    let mut story = Story::new();
    let tables = &mut story.snapshot.tables;
    tables.cgroups = vec![
        Cgroup { key: 1, path: format!("/docker/{}", id("a")).into_bytes() },
        Cgroup { key: 2, path: format!("/docker/{}", id("b")).into_bytes() },
    ];
    tables.containers = vec![Container {
        id: id("a"),
        runtime: "docker".into(),
        name: "mysql-db".into(),
        image: "mysql:8".into(),
        image_repository: "mysql".into(),
        image_tag: "8".into(),
        privileged: Some(true),
        labels: vec![("app".into(), "db".into())],
        mounts: vec![ContainerMount {
            source: "/etc".into(),
            dest: "/host/etc".into(),
            mode: "rw".into(),
            writable: true,
            propagation: "rprivate".into(),
        }],
        pod: Some(Pod { name: "db-0".into(), namespace: "prod".into(), ..Pod::default() }),
        ..Container::default()
    }];
    tables.users = vec![
        User { uid: 1000, name: b"alice".to_vec(), home: b"/home/alice".to_vec(), ..User::default() },
        User { container: id("a"), uid: 999, name: b"mysql".to_vec(), ..User::default() },
    ];
    let mut event = |cgroup, euid| {
        story.event_of(&Head { cgroup, euid, loginuid: 1000, ..head(1) }, "setsid", &[("res", 1.into())])
    };
    let (known, unknown, host, nobody) = (event(1, 999), event(2, 1000), event(0, 1000), event(0, 4242));
    let recording = story.tell();
    check(
        &recording,
        known,
        &[
            ("container.id", "aaaaaaaaaaaa"),
            ("container.full_id", &id("a")),
            ("container.name", "mysql-db"),
            ("container.type", "docker"),
            ("container.image", "mysql:8"),
            ("container.image.repository", "mysql"),
            ("container.image.tag", "8"),
            ("container.privileged", "true"),
            ("container.label[app]", "db"),
            ("container.label[no]", "-"),
            ("container.labels", "app:db"),
            ("container.mount.dest[/etc*]", "/host/etc"),
            ("container.mount.dest[/proc]", "-"),
            ("container.mounts", "/etc:/host/etc:rw:true:rprivate"),
            ("k8s.pod.name", "db-0"),
            ("k8s.ns.name", "prod"),
            ("user.name", "mysql"),
            ("user.loginname", "alice"),
            ("user.loginuid", "1000"),
            ("thread.cgroups", &format!("pids=/docker/{}", id("a"))),
        ],
    );
    check(
        &recording,
        unknown,
        &[
            ("container.id", "bbbbbbbbbbbb"),
            ("container.type", "docker"),
            ("container.name", "-"),
            ("container.image.repository", "-"),
            ("container.privileged", "-"),
            ("user.name", "<NA>"),
        ],
    );
    check(
        &recording,
        host,
        &[
            ("container.id", "host"),
            ("container.name", "host"),
            ("container.image.repository", ""),
            ("k8s.ns.name", "-"),
            ("container.privileged", "-"),
            ("user.name", "alice"),
            ("user.homedir", "/home/alice"),
        ],
    );
    check(&recording, nobody, &[("user.name", "<NA>"), ("group.name", "root"), ("group.gid", "0")]);
}

#[test]
fn credentials_are_those_of_the_event() {
    let mut story = Story::new();
    let caps = Head { cap_effective: 1 << 21 | 1, cap_permitted: 0, uid: 7, euid: 0, egid: 5, ..head(1) };
    let event = story.event_of(&caps, "setuid", &[("res", 0.into()), ("uid", 0.into())]);
    let recording = story.tell();
    check(
        &recording,
        event,
        &[
            ("thread.cap_effective", "CAP_CHOWN CAP_SYS_ADMIN"),
            ("thread.cap_permitted", ""),
            ("user.uid", "0"),
            ("user.name", "root"),
            ("user.loginuid", "-1"),
            ("user.loginname", "<NA>"),
            ("group.gid", "5"),
            ("group.name", "<NA>"),
            ("evt.arg.uid", "root"),
            ("evt.args", "res=0 uid=0(root)"),
        ],
    );
}

#[test]
fn calls_with_paths_say_what_they_acted_on_if_they_succeeded() {
    let mut story = Story::new();
    let link = story.event(
        1,
        "link",
        &[
            ("res", 0.into()),
            ("oldpath", "/etc/shadow".into()),
            ("newpath", "x".into()),
            ("olddir_path", "/tmp".into()),
            ("newdir_path", "/tmp".into()),
        ],
    );
    let rename = story.event(
        1,
        "renameat",
        &[
            ("res", 0.into()),
            ("oldpath", "a".into()),
            ("newpath", "b".into()),
            ("olddir_path", "/x".into()),
            ("newdir_path", "/y".into()),
            ("olddirfd", 4.into()),
        ],
    );
    let symlink = story.event(
        1,
        "symlinkat",
        &[
            ("res", 0.into()),
            ("target", "/etc/passwd".into()),
            ("linkpath", "l".into()),
            ("dir", "/tmp".into()),
        ],
    );
    let unlink = story.event(
        1,
        "unlinkat",
        &[
            ("res", (-2).into()),
            ("dirfd", (-100).into()),
            ("name", "gone".into()),
            ("flags", 0x200.into()),
            ("dir", "/tmp".into()),
        ],
    );
    let chmod = story.event(
        1,
        "fchmodat",
        &[
            ("res", 0.into()),
            ("dirfd", (-100).into()),
            ("filename", "/bin/x".into()),
            ("mode", 0o4755.into()),
        ],
    );
    let fchmod = story.event(
        1,
        "fchmod",
        &[("res", 0.into()), ("fd", 3.into()), ("mode", 0o755.into()), ("file", file("/bin/y").into())],
    );
    let mkdir = story.event(
        1,
        "mkdir",
        &[("res", 0.into()), ("path", "d".into()), ("mode", 0o755.into()), ("dir", "/srv".into())],
    );
    let recording = story.tell();
    check(
        &recording,
        link,
        &[
            ("fs.path.source", "/tmp/x"),
            ("fs.path.sourceraw", "x"),
            ("fs.path.target", "/etc/shadow"),
            ("fs.path.name", "-"),
            ("evt.arg.oldpath", "/etc/shadow"),
            ("evt.args", "res=0 oldpath=/etc/shadow newpath=x(/tmp/x)"),
            ("fd.name", "-"),
        ],
    );
    check(
        &recording,
        rename,
        &[
            ("fs.path.source", "/x/a"),
            ("fs.path.target", "/y/b"),
            ("evt.abspath.dst", "/y/b"),
            ("fd.num", "4"),
            ("fd.name", "/x"),
            ("fd.type", "directory"),
        ],
    );
    check(
        &recording,
        symlink,
        &[("fs.path.source", "/tmp/l"), ("fs.path.target", "/etc/passwd"), ("evt.arg.target", "/etc/passwd")],
    );
    check(
        &recording,
        unlink,
        &[
            ("fs.path.name", "-"),
            ("evt.arg.name", "gone"),
            ("evt.arg.flags", "AT_REMOVEDIR"),
            ("fd.num", "-100"),
            ("fd.name", ""),
            ("evt.args", "res=-2(ENOENT) dirfd=-100(AT_FDCWD) name=gone flags=1(AT_REMOVEDIR)"),
        ],
    );
    check(
        &recording,
        chmod,
        &[
            ("fs.path.name", "/bin/x"),
            ("evt.arg.mode", "S_IXOTH|S_IROTH|S_IXGRP|S_IRGRP|S_IXUSR|S_IWUSR|S_IRUSR|S_ISUID"),
        ],
    );
    check(
        &recording,
        fchmod,
        &[("fd.name", "/bin/y"), ("fs.path.name", "/bin/y"), ("evt.arg.fd", "<f>/bin/y"), ("fd.num", "3")],
    );
    check(&recording, mkdir, &[("evt.args", "res=0 path=d(/srv/d) mode=1ED")]);
}

#[test]
fn parameters_have_the_text_forms_of_falco() {
    let mut story = Story::new();
    let ptrace = story.event(1, "ptrace", &[("res", 0.into()), ("request", 16.into()), ("pid", 1.into())]);
    let bpf = story.event(1, "bpf", &[("fd", 7.into()), ("cmd", 5.into())]);
    let exec = story.event(1, "execve", &[("res", 0.into()), ("comm", "x".into()), ("flags", 3.into())]);
    let unshare = story.event(1, "unshare", &[("res", 0.into()), ("flags", 0x6c02_0000.into())]);
    let kill = story.event(1, "kill", &[("res", 0.into()), ("pid", 1.into()), ("sig", 9.into())]);
    let mount = story.event(
        1,
        "mount",
        &[
            ("res", 0.into()),
            ("dev", "".into()),
            ("dir", "/".into()),
            ("type", "".into()),
            ("flags", 540_672.into()),
        ],
    );
    let connect = story.event(
        1,
        "connect",
        &[
            ("res", 0.into()),
            ("fd", 3.into()),
            ("addr", (&[2, 0, 0, 80, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0][..]).into()),
        ],
    );
    let recording = story.tell();
    check(
        &recording,
        ptrace,
        &[
            ("evt.arg.request", "PTRACE_ATTACH"),
            ("evt.arg.addr", "-"),
            ("evt.rawarg.request", "16"),
            ("evt.rawarg.res", "0"),
        ],
    );
    check(&recording, bpf, &[("evt.arg.cmd", "BPF_PROG_LOAD"), ("fd.type", "bpf"), ("fd.num", "7")]);
    check(
        &recording,
        exec,
        &[
            ("evt.arg.flags", "EXE_WRITABLE|EXE_UPPER_LAYER"),
            ("proc.is_exe_upper_layer", "true"),
            ("proc.is_exe_from_memfd", "false"),
        ],
    );
    check(
        &recording,
        unshare,
        &[("evt.args", "res=0 flags=248(CLONE_NEWIPC|CLONE_NEWNET|CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWUTS)")],
    );
    check(&recording, kill, &[("evt.arg.sig", "SIGKILL"), ("evt.category", "signal")]);
    check(
        &recording,
        mount,
        &[
            ("evt.args", "res=0 dev= dir=/ type= flags=540672(REC|SLAVE)"),
            ("fs.path.source", ""),
            ("fs.path.target", "/"),
        ],
    );
    check(&recording, connect, &[("evt.arg.addr", "127.0.0.1:80"), ("fd.name", "")]);
}

#[test]
fn times_are_utc_unless_asked_otherwise() {
    let tell = |time_zone| {
        let mut story = Story::new();
        story.options.time_zone = time_zone;
        story.event(1, "setsid", &[("res", 1.into())]);
        story.tell()
    };
    let utc = tell(TimeZone::Utc);
    check(
        &utc,
        1,
        &[
            ("evt.time", "22:13:25.000000000"),
            ("evt.time.s", "22:13:25"),
            ("evt.datetime", "2023-11-14 22:13:25.000000000"),
            ("evt.time.iso8601", "2023-11-14T22:13:25.000000000+0000"),
            ("evt.rawtime", &(BOOT + 5_000_000_000).to_string()),
            ("evt.reltime", "0"),
            ("evt.hostname", "node1"),
            ("evt.num", "1"),
            ("evt.dir", "<"),
            ("evt.source", "syscall"),
            ("evt.type", "setsid"),
            ("evt.type.is.setsid", "1"),
            ("evt.type.is.open", "0"),
            ("syscall.type", "setsid"),
            ("evt.cpu", "1"),
            ("evt.io_uring", "false"),
        ],
    );
    check(
        &tell(TimeZone::Capture),
        1,
        &[("evt.time.s", "00:13:25"), ("evt.time.iso8601", "2023-11-14T22:13:25.000000000+0000")],
    );
    check(&tell(TimeZone::Fixed(-3600)), 1, &[("evt.time.s", "21:13:25")]);
}

#[test]
fn an_event_without_a_known_process_still_answers() {
    let mut story = Story::new();
    let event =
        story.event(999, "openat", &[("fd", 3.into()), ("name", "relative".into()), ("flags", 0.into())]);
    let recording = story.tell();
    check(
        &recording,
        event,
        &[
            ("proc.pid", "999"),
            ("proc.name", "-"),
            ("proc.pname", "-"),
            ("proc.aname", "-"),
            ("proc.cmdline", "-"),
            ("fd.name", "relative"),
            ("user.name", "root"),
            ("container.id", "host"),
            ("proc.duration", "4999001000"),
        ],
    );
}

/// No event, however its parameters lie, makes a field fail.
#[test]
fn every_field_of_every_event_answers_without_failing() {
    let mut story = Story::new();
    let mut numbers = Vec::new();
    for event in capture_format::EVENTS {
        for fill in [None, Some(0), Some(-1), Some(i64::MIN), Some(i64::MAX)] {
            let long = "a/../".repeat(3000);
            let params: Vec<_> = event
                .params
                .iter()
                .filter_map(|param| {
                    let fill = fill?;
                    Some((
                        param.name,
                        match param.kind.storage() {
                            capture_format::Storage::Word => fill.into(),
                            capture_format::Storage::Bytes if fill == 0 => "".into(),
                            capture_format::Storage::Bytes => long.as_str().into(),
                            capture_format::Storage::Descriptor if fill == 0 => Descriptor::default().into(),
                            capture_format::Storage::Descriptor => Descriptor {
                                mode: fill as u32,
                                flags: 0,
                                family: 10,
                                local_port: 1,
                                ino: fill as u64,
                                ..Descriptor::default()
                            }
                            .into(),
                        },
                    ))
                })
                .take(if fill == Some(-1) { 1 } else { 64 })
                .collect();
            // A record holds 32 KiB; two long strings fill it.
            let mut long_ones = 0;
            let params: Vec<_> = params
                .into_iter()
                .filter(|(_, value)| {
                    let is_long =
                        matches!(value, crate::history::testing::Word::Bytes(bytes) if bytes.len() > 100);
                    long_ones += usize::from(is_long);
                    !is_long || long_ones <= 1
                })
                .collect();
            numbers.push(story.event(42, event.name, &params));
        }
    }
    let recording = story.tell();
    let capture = recording.capture();
    let mut seen = 0;
    for index in 0..capture.blocks().len() {
        let block = capture.block(index, &|_| true).expect("an intact block");
        for row in block.rows() {
            seen += 1;
            let now = Moment::new(&recording, row);
            for field in all() {
                for argument in [
                    Argument::None,
                    Argument::Index(1),
                    Argument::Index(u64::MAX),
                    Argument::Key("name".into()),
                ] {
                    now.extract(field, &argument);
                }
            }
        }
    }
    assert_eq!(seen, numbers.len());
}
