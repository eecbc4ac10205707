//! Files and paths.

use capture_format::Descriptor;

use super::{check, file};
use crate::history::testing::Story;

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
            ("fd.ip", "(())"),
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
