//! Sockets and addresses.

use std::net::IpAddr;

use capture_format::Descriptor;
use capture_format::descriptor::flags;
use capture_format::snapshot::{Interface, Listener, NameBinding};

use super::check;
use crate::fields::{Multi, find};
use crate::history::testing::Story;
use crate::history::{OpenOptions, TimeZone};

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
    check(&recording, recorded, &[("fd.sip.name", "(api,kubernetes.default.svc.cluster.local)")]);
    check(&recording, given, &[("fd.sip.name", "given.example")]);
    check(&recording, nameless, &[("fd.sip.name", "()")]);
    check(&recording, file, &[("fd.sip.name", "-")]);
    assert_eq!(find("fd.sip.name").unwrap().multi, Multi::Either);
}
