//! Calls with known arguments, and the events they must make.

use std::ffi::CString;
use std::io::Read;
use std::path::Path;

use capture_format::EventType;
use libc::{AT_FDCWD, c_long};

use crate::seen::{Expected, Value};

/// Calls of the act `storm`.
pub(crate) const STORM: u64 = 5000;

/// Events that tests of their own look for.
pub(crate) const ELSEWHERE: &[EventType] =
    &[EventType::Execve, EventType::Clone, EventType::Procexit, EventType::Cgroup];

/// Makes a call with any numbers; gives the result or the negative errno.
fn call(number: c_long, args: &[c_long]) -> c_long {
    let arg = |index: usize| args.get(index).copied().unwrap_or_default();
    // SAFETY: the acts pass pointers to live C strings and structs, or numbers.
    let result = unsafe { libc::syscall(number, arg(0), arg(1), arg(2), arg(3), arg(4), arg(5)) };
    if result < 0 {
        -c_long::from(std::io::Error::last_os_error().raw_os_error().unwrap_or(0))
    } else {
        result
    }
}

/// A C string that is never freed: calls of the act keep pointing at it.
fn c(text: &str) -> c_long {
    CString::new(text).unwrap().into_raw() as c_long
}

fn event(event: EventType, values: &[(&'static str, Value)]) -> Expected {
    Expected { event, values: values.to_vec() }
}

fn is(value: impl Into<i64>) -> Value {
    Value::Is(value.into())
}

fn t(value: &str) -> Value {
    Value::Text(value.to_owned())
}

const CWD: c_long = AT_FDCWD as c_long;
const ENOENT: i64 = -(libc::ENOENT as i64);
const EBADF: i64 = -(libc::EBADF as i64);

/// Performs an act by name.
pub(crate) fn perform(act: &str) {
    match act {
        "files" => perform_files(),
        "sockets" => perform_sockets(),
        "processes" => perform_processes(),
        "storm" => {
            // Starts when its input is closed.
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            for _ in 0..STORM {
                call(libc::SYS_kill, &[c_long::from(std::process::id()), 0]);
            }
        }
        "signals" => {
            extern "C" fn nothing(_: libc::c_int) {}
            // SAFETY: the handler does nothing.
            unsafe {
                libc::signal(libc::SIGUSR1, nothing as extern "C" fn(libc::c_int) as libc::sighandler_t)
            };
            for _ in 0..50 {
                call(libc::SYS_kill, &[c_long::from(std::process::id()), c_long::from(libc::SIGUSR1)]);
            }
        }
        other => panic!("no act `{other}`"),
    }
}

fn perform_files() {
    call(libc::SYS_mkdir, &[c("real"), 0o755]);
    std::fs::write("real/target", "x").unwrap();
    call(libc::SYS_symlink, &[c("real"), c("link")]);
    call(libc::SYS_openat, &[CWD, c("link/target"), 0]);
    let dir = call(libc::SYS_openat, &[CWD, c("real"), c_long::from(libc::O_DIRECTORY)]);
    assert!(dir > 0);
    call(libc::SYS_openat, &[dir, c("target"), 0]);
    call(libc::SYS_openat, &[CWD, c("/proc/self/root/etc/passwd"), 0]);
    call(libc::SYS_open, &[c("missing"), 0]);
    let how = Box::leak(Box::new([0u64, 0, 0x04]));
    call(libc::SYS_openat2, &[CWD, c("link/target"), how.as_ptr() as c_long, 24]);
    let made = call(libc::SYS_creat, &[c("made"), 0o640]);
    let long = format!("/{}", "a".repeat(5000));
    call(libc::SYS_open, &[c(&long), 0]);

    let two = call(libc::SYS_dup, &[made]);
    call(libc::SYS_dup2, &[made, 90]);
    call(libc::SYS_dup3, &[made, 91, c_long::from(libc::O_CLOEXEC)]);
    call(libc::SYS_close, &[two]);
    let memfd = call(libc::SYS_memfd_create, &[c("note"), 1]);
    call(libc::SYS_dup2, &[memfd, 92]);

    call(libc::SYS_chmod, &[c("made"), 0o4755]);
    call(libc::SYS_fchmod, &[made, 0o600]);
    call(libc::SYS_fchmodat, &[dir, c("target"), 0o644]);
    call(libc::SYS_fchmodat2, &[dir, c("target"), 0o645, c_long::from(libc::AT_SYMLINK_NOFOLLOW)]);
    call(libc::SYS_chown, &[c("made"), 11, 12]);
    call(libc::SYS_lchown, &[c("link"), 13, -1]);
    call(libc::SYS_fchown, &[made, 0, 0]);
    call(libc::SYS_fchownat, &[dir, c("target"), 0, 14, c_long::from(libc::AT_SYMLINK_NOFOLLOW)]);

    call(libc::SYS_link, &[c("made"), c("hard")]);
    call(libc::SYS_linkat, &[dir, c("target"), CWD, c("hard2"), 0]);
    call(libc::SYS_symlinkat, &[c("/nowhere"), dir, c("dangling")]);
    call(libc::SYS_rename, &[c("hard"), c("hard3")]);
    call(libc::SYS_renameat, &[CWD, c("hard3"), dir, c("hard4")]);
    call(libc::SYS_renameat2, &[dir, c("hard4"), dir, c("hard5"), 1]);
    call(libc::SYS_unlink, &[c("made")]);
    call(libc::SYS_openat, &[CWD, c(&format!("/proc/self/fd/{made}")), 0]);
    call(libc::SYS_unlinkat, &[dir, c("hard5"), 0]);
    call(libc::SYS_mkdirat, &[dir, c("sub"), 0o700]);
    call(libc::SYS_chdir, &[c("link/sub")]);
    call(libc::SYS_fchdir, &[dir]);
    call(libc::SYS_rmdir, &[c("sub")]);
}

/// Events of the act `files` in `dir`.
pub(crate) fn files(dir: &Path) -> Vec<Expected> {
    use EventType as E;
    let at = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    let file = |name: &str| Value::File(at(name));
    let here = || Value::Text(dir.to_str().unwrap().to_owned());
    let real = || Value::Text(at("real"));
    vec![
        event(E::Mkdir, &[("res", is(0)), ("path", t("real")), ("mode", is(0o755)), ("dir", here())]),
        event(E::Symlink, &[("target", t("real")), ("linkpath", t("link")), ("dir", here())]),
        event(E::Openat, &[("name", t("link/target")), ("dir", here()), ("file", file("real/target"))]),
        event(E::Openat, &[("name", t("target")), ("dir", real()), ("file", file("real/target"))]),
        event(
            E::Openat,
            &[
                ("name", t("/proc/self/root/etc/passwd")),
                ("dir", Value::Absent),
                ("file", Value::File("/etc/passwd".into())),
                ("created", is(0)),
            ],
        ),
        event(
            E::Open,
            &[("fd", is(ENOENT)), ("name", t("missing")), ("dir", here()), ("file", Value::Absent)],
        ),
        event(E::Open, &[("fd", is(-libc::ENAMETOOLONG)), ("name", t(&format!("/{}", "a".repeat(4095))))]),
        event(E::Openat2, &[("name", t("link/target")), ("resolve", is(0x04)), ("fd", is(-libc::ELOOP))]),
        event(
            E::Creat,
            &[("name", t("made")), ("mode", is(0o640)), ("file", file("made")), ("created", is(1))],
        ),
        event(E::Dup, &[("file", file("made"))]),
        event(E::Dup2, &[("newfd", is(90)), ("res", is(90)), ("file", file("made"))]),
        event(E::Dup2, &[("newfd", is(92)), ("file", Value::File("memfd:note".into()))]),
        event(E::Dup3, &[("newfd", is(91)), ("flags", is(libc::O_CLOEXEC))]),
        event(E::MemfdCreate, &[("name", t("note")), ("flags", is(1))]),
        event(E::Chmod, &[("res", is(0)), ("filename", t("made")), ("mode", is(0o4755)), ("dir", here())]),
        event(E::Fchmod, &[("mode", is(0o600)), ("file", file("made"))]),
        event(E::Fchmodat, &[("filename", t("target")), ("mode", is(0o644)), ("dir", real())]),
        event(
            E::Fchmodat2,
            &[("mode", is(0o645)), ("flags", is(libc::AT_SYMLINK_NOFOLLOW)), ("dir", real())],
        ),
        event(E::Chown, &[("path", t("made")), ("uid", is(11)), ("gid", is(12)), ("dir", here())]),
        event(E::Lchown, &[("path", t("link")), ("uid", is(13)), ("gid", is(i64::from(u32::MAX)))]),
        event(E::Fchown, &[("uid", is(0)), ("gid", is(0)), ("file", file("made"))]),
        event(E::Fchownat, &[("pathname", t("target")), ("gid", is(14)), ("dir", real())]),
        event(E::Link, &[("oldpath", t("made")), ("newpath", t("hard")), ("newdir_path", here())]),
        event(E::Linkat, &[("oldpath", t("target")), ("olddir_path", real()), ("newdir_path", here())]),
        event(E::Symlinkat, &[("target", t("/nowhere")), ("linkpath", t("dangling")), ("dir", real())]),
        event(E::Rename, &[("oldpath", t("hard")), ("newpath", t("hard3")), ("olddir_path", here())]),
        event(E::Renameat, &[("newpath", t("hard4")), ("olddir_path", here()), ("newdir_path", real())]),
        event(E::Renameat2, &[("newpath", t("hard5")), ("flags", is(1)), ("olddir_path", real())]),
        event(E::Unlink, &[("res", is(0)), ("path", t("made")), ("dir", here())]),
        event(E::Unlinkat, &[("name", t("hard5")), ("flags", is(0)), ("dir", real())]),
        event(E::Mkdirat, &[("path", t("sub")), ("mode", is(0o700)), ("dir", real())]),
        event(E::Chdir, &[("res", is(0)), ("path", t("link/sub")), ("cwd", Value::Text(at("real/sub")))]),
        event(E::Fchdir, &[("res", is(0)), ("cwd", real())]),
        event(E::Rmdir, &[("res", is(0)), ("path", t("sub")), ("dir", real())]),
    ]
}

/// A `struct sockaddr_in` of 127.0.0.x, never freed.
fn inet(last: u8, port: u16) -> c_long {
    let mut bytes = vec![0u8; 16];
    bytes[..2].copy_from_slice(&2u16.to_le_bytes());
    bytes[2..4].copy_from_slice(&port.to_be_bytes());
    bytes[4..8].copy_from_slice(&[127, 0, 0, last]);
    bytes.leak().as_ptr() as c_long
}

fn unix(path: &[u8]) -> (c_long, c_long) {
    let mut bytes = 1u16.to_le_bytes().to_vec();
    bytes.extend(path);
    let len = bytes.len() as c_long;
    (bytes.leak().as_ptr() as c_long, len)
}

fn perform_sockets() {
    let tcp = |kind: i32| call(libc::SYS_socket, &[2, c_long::from(kind), 0]);
    let listener = tcp(libc::SOCK_STREAM);
    call(libc::SYS_bind, &[listener, inet(1, 0), 16]);
    call(libc::SYS_listen, &[listener, 5]);
    let mut name = [0u8; 16];
    let mut len = 16u32;
    call(libc::SYS_getsockname, &[listener, name.as_mut_ptr() as c_long, (&raw mut len) as c_long]);
    let port = u16::from_be_bytes([name[2], name[3]]);
    let first = tcp(libc::SOCK_STREAM | libc::SOCK_CLOEXEC);
    assert_eq!(call(libc::SYS_connect, &[first, inet(1, port), 16]), 0);
    call(libc::SYS_accept4, &[listener, 0, 0, c_long::from(libc::SOCK_CLOEXEC)]);
    let second = tcp(libc::SOCK_STREAM);
    call(libc::SYS_connect, &[second, inet(1, port), 16]);
    call(libc::SYS_accept, &[listener, 0, 0]);

    let udp = tcp(libc::SOCK_DGRAM);
    call(libc::SYS_sendto, &[udp, c("hello"), 5, 0, inet(7, 9999), 16]);
    let iov = Box::leak(Box::new([c("one"), 3, c("two!"), 4]));
    let message = Box::leak(Box::new([inet(8, 9998), 16, iov.as_ptr() as c_long, 2, 0, 0, 0]));
    call(libc::SYS_sendmsg, &[udp, message.as_ptr() as c_long, 0]);
    let buffer = vec![0u8; 64].leak().as_ptr() as c_long;
    call(libc::SYS_recvfrom, &[udp, buffer, 33, c_long::from(libc::MSG_DONTWAIT), 0, 0]);
    let empty = Box::leak(Box::new([0, 0, iov.as_ptr() as c_long, 2, 0, 0, 0]));
    call(libc::SYS_recvmsg, &[udp, empty.as_ptr() as c_long, c_long::from(libc::MSG_DONTWAIT)]);

    let six = call(libc::SYS_socket, &[10, 1, 0]);
    let mut to = vec![0u8; 28];
    to[0] = 10;
    to[3] = 1;
    to[23] = 1;
    call(libc::SYS_connect, &[six, to.leak().as_ptr() as c_long, 28]);
    for path in [&b"unix.sock\0"[..], b"\0saker-abstract"] {
        let socket = call(libc::SYS_socket, &[1, 1, 0]);
        let (address, len) = unix(path);
        call(libc::SYS_bind, &[socket, address, len]);
    }
}

/// Events of the act `sockets`; tuples are looked at by the test.
pub(crate) fn sockets() -> Vec<Expected> {
    use EventType as E;
    let again = || is(-libc::EAGAIN);
    vec![
        event(
            E::Socket,
            &[("domain", is(2)), ("type", is(libc::SOCK_STREAM | libc::SOCK_CLOEXEC)), ("proto", is(0))],
        ),
        event(E::Bind, &[("res", is(0))]),
        event(E::Listen, &[("res", is(0)), ("backlog", is(5))]),
        event(E::Connect, &[("res", is(0))]),
        event(E::Accept, &[]),
        event(E::Accept4, &[("flags", is(libc::SOCK_CLOEXEC))]),
        event(E::Sendto, &[("res", is(5)), ("size", is(5)), ("flags", is(0))]),
        event(E::Sendmsg, &[("res", is(7)), ("size", is(7))]),
        event(E::Recvfrom, &[("res", again()), ("size", is(33))]),
        event(E::Recvmsg, &[("res", again()), ("size", is(7))]),
    ]
}

fn perform_processes() {
    call(libc::SYS_setns, &[-1, c_long::from(libc::CLONE_NEWNET)]);
    call(libc::SYS_unshare, &[c_long::from(libc::CLONE_FILES)]);
    call(libc::SYS_mount, &[c("none"), c("absent"), c("tmpfs"), 4, 0]);
    call(libc::SYS_umount2, &[c("absent"), 2]);
    call(libc::SYS_ptrace, &[16, 0x7fff_fff0, 1, 2]);
    call(libc::SYS_setuid, &[0]);
    call(libc::SYS_setgid, &[0]);
    call(libc::SYS_setreuid, &[-1, 0]);
    call(libc::SYS_setregid, &[0, -1]);
    call(libc::SYS_setresuid, &[0, -1, 0]);
    call(libc::SYS_setresgid, &[-1, 0, 0]);
    call(libc::SYS_setfsuid, &[0]);
    call(libc::SYS_setfsgid, &[0]);
    call(libc::SYS_capset, &[0, 0]);
    call(libc::SYS_prctl, &[15, c("renamed")]);
    call(libc::SYS_prctl, &[16, vec![0u8; 16].leak().as_ptr() as c_long]);
    call(libc::SYS_init_module, &[0, 0, c("a=b")]);
    call(libc::SYS_finit_module, &[-1, c("c=d"), 1]);
    call(libc::SYS_delete_module, &[c("saker_absent"), 0x800]);
    call(libc::SYS_bpf, &[9999, 0, 0]);
    let own = c_long::from(std::process::id());
    call(libc::SYS_kill, &[own, 0]);
    call(libc::SYS_tkill, &[own, 0]);
    call(libc::SYS_tgkill, &[own, own, 0]);
    call(libc::SYS_setpgid, &[0, 0]);
    call(libc::SYS_setsid, &[]);
    call(libc::SYS_userfaultfd, &[1]);
    call(libc::SYS_pivot_root, &[c("new"), c("old")]);
    let argv = Box::leak(Box::new([c("zero"), c("first one"), 0]));
    call(libc::SYS_execve, &[c("/nonexistent"), argv.as_ptr() as c_long, 0]);
    call(libc::SYS_execveat, &[CWD, c("absent"), argv.as_ptr() as c_long, 0, 0]);
    // Children that only end, one made by each call; vfork's shares its stack and must not return.
    for number in [libc::SYS_fork, libc::SYS_clone3] {
        let args = Box::leak(Box::new([0u64; 11]));
        args[4] = libc::SIGCHLD as u64;
        let child = call(number, &[args.as_ptr() as c_long, 88]);
        if child == 0 {
            call(libc::SYS_exit_group, &[3]);
        }
        call(libc::SYS_wait4, &[child, 0, 0, 0]);
    }
    // `posix_spawn` is what vfork is used for; the C library makes it of clone with CLONE_VFORK.
    // SAFETY: the child ends at once and touches nothing.
    unsafe {
        #[allow(deprecated)]
        let child = libc::vfork();
        if child == 0 {
            libc::_exit(0);
        }
        libc::waitpid(child, std::ptr::null_mut(), 0);
    }
    call(libc::SYS_chroot, &[c(".")]);
}

/// Events of the act `processes` of the process `pid` in `dir`.
pub(crate) fn processes(dir: &Path, pid: u32) -> Vec<Expected> {
    use EventType as E;
    let here = || Value::Text(dir.to_str().unwrap().to_owned());
    let own = || is(i64::from(pid));
    let unset = || is(i64::from(u32::MAX));
    let fault = || is(-libc::EFAULT);
    vec![
        event(
            E::Setns,
            &[
                ("res", is(EBADF)),
                ("fd", is(-1)),
                ("nstype", is(libc::CLONE_NEWNET)),
                ("file", Value::Absent),
            ],
        ),
        event(E::Unshare, &[("res", is(0)), ("flags", is(libc::CLONE_FILES))]),
        event(
            E::Mount,
            &[
                ("res", is(ENOENT)),
                ("dev", t("none")),
                ("dir", t("absent")),
                ("type", t("tmpfs")),
                ("flags", is(4)),
                ("at_dir", here()),
            ],
        ),
        event(E::Umount2, &[("res", is(ENOENT)), ("name", t("absent")), ("flags", is(2)), ("dir", here())]),
        event(E::Ptrace, &[("request", is(16)), ("pid", is(0x7fff_fff0)), ("addr", is(1)), ("data", is(2))]),
        event(E::Setuid, &[("res", is(0)), ("uid", is(0))]),
        event(E::Setgid, &[("res", is(0)), ("gid", is(0))]),
        event(E::Setreuid, &[("ruid", unset()), ("euid", is(0))]),
        event(E::Setregid, &[("rgid", is(0)), ("egid", unset())]),
        event(E::Setresuid, &[("ruid", is(0)), ("euid", unset()), ("suid", is(0))]),
        event(E::Setresgid, &[("rgid", unset()), ("egid", is(0)), ("sgid", is(0))]),
        event(E::Setfsuid, &[("uid", is(0))]),
        event(E::Setfsgid, &[("gid", is(0))]),
        event(E::Capset, &[("res", fault())]),
        event(E::Prctl, &[("res", is(0)), ("option", is(15)), ("arg2_str", t("renamed"))]),
        event(E::InitModule, &[("length", is(0)), ("uargs", t("a=b"))]),
        event(
            E::FinitModule,
            &[("fd", is(-1)), ("uargs", t("c=d")), ("flags", is(1)), ("file", Value::Absent)],
        ),
        event(E::DeleteModule, &[("name", t("saker_absent")), ("flags", is(0x800))]),
        event(E::Bpf, &[("fd", is(-libc::EINVAL)), ("cmd", is(9999))]),
        event(E::Kill, &[("res", is(0)), ("pid", own()), ("sig", is(0))]),
        event(E::Tkill, &[("tid", own()), ("sig", is(0))]),
        event(E::Tgkill, &[("pid", own()), ("tid", own()), ("sig", is(0))]),
        event(
            E::Setpgid,
            &[("res", is(0)), ("pid", is(0)), ("pgid", is(0)), ("new_pgid", own()), ("new_vpgid", own())],
        ),
        event(E::Setsid, &[]),
        event(E::Userfaultfd, &[("flags", is(1))]),
        event(E::PivotRoot, &[("new_root", t("new")), ("put_old", t("old"))]),
        event(
            E::Execve,
            &[
                ("res", is(ENOENT)),
                ("filename", t("/nonexistent")),
                ("argv", t("zero\0first one")),
                ("env", Value::Absent),
                ("cwd", here()),
            ],
        ),
        event(E::Execveat, &[("res", is(ENOENT)), ("filename", t("absent")), ("argv", t("zero\0first one"))]),
        event(E::Fork, &[("flags", is(0)), ("parent_pid", own())]),
        event(E::Clone3, &[("flags", is(0)), ("parent_pid", own())]),
        event(E::Vfork, &[("flags", is(libc::CLONE_VFORK | libc::CLONE_VM))]),
        event(E::Chroot, &[("res", is(0)), ("path", t(".")), ("root", here())]),
    ]
}
