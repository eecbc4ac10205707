//! Processes, containers and credentials.

use capture_format::Head;
use capture_format::snapshot::{Cgroup, Container, ContainerMount, Pod, User};

use super::check;
use crate::history::testing::{Story, head, process};

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
