//! Does the kernel program read what it should? What it reads about the recorder itself is
//! compared with what /proc says; on a difference nothing is recorded.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

use capture_format::snapshot::Process;

use crate::attach::{Recorder, StartError};
use crate::iterate;

/// Inode of the host's pid namespace (`PROC_PID_INIT_INO`, include/linux/proc_ns.h).
const HOST_PID_NAMESPACE: u64 = 0xEFFF_FFFC;
/// The call of [`marked_call`].
pub(crate) const CHECK_CALL: i64 = libc::SYS_sched_get_priority_max;
/// As in the kernel program.
const CHECK_ARGUMENT: u64 = 0x5a4b_4552_c0d0;

/// The recorder knows processes by the host's pids only.
pub(crate) fn pid_namespace() -> Result<(), StartError> {
    match fs::metadata("/proc/self/ns/pid") {
        Ok(metadata) if metadata.ino() != HOST_PID_NAMESPACE => Err(StartError::PidNamespace),
        // Without /proc the rest of the check will say what is wrong.
        _ => Ok(()),
    }
}

/// Compares what the kernel program reads with /proc/self.
pub(crate) fn recorder(recorder: &mut Recorder) -> Result<(), StartError> {
    let system = |source| StartError::System { doing: "checking the kernel program", source };
    marked_call();
    let seen = recorder.checked_calls().map_err(system)?;
    same(
        "the recorder's own system call",
        format!("seen {seen} times"),
        "made 1 time".to_owned(),
        seen == 1,
    )?;

    // Something to find among the descriptors, and a path with several components.
    let open = fs::File::open("/proc/self/exe").map_err(system)?;
    let listing = iterate::all(recorder).map_err(system)?;
    let own = std::process::id();
    let Some(process) = listing.processes.iter().find(|process| process.pid == own) else {
        return same("the recorder's process", "missing".to_owned(), own.to_string(), false);
    };
    compare(process).map_err(|error| match error {
        Failure::System(source) => system(source),
        Failure::Differs(error) => error,
    })?;
    drop(open);
    Ok(())
}

/// Makes a call that looks at its first argument only; the kernel program wants to see the others,
/// too. Hardly anything else makes it, so that looking for it costs nobody.
fn marked_call() {
    let argument = |index: u64| CHECK_ARGUMENT + index;
    #[allow(unsafe_code)] // reason: no wrapper passes arguments that a call does not have
    // SAFETY: the call looks at a number and has no effect.
    unsafe {
        libc::syscall(CHECK_CALL, 0, argument(1), argument(2), argument(3), argument(4), argument(5));
    }
}

enum Failure {
    System(io::Error),
    Differs(StartError),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::Differs(error)
    }
}

fn compare(process: &Process) -> Result<(), Failure> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The command name may hold anything, also spaces and brackets.
    let after_comm: Vec<&str> =
        stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
    let number =
        |index: usize| after_comm.get(index).and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
    // Fields of /proc/PID/stat counted from `state`, which is number 3 in proc(5).
    let [parent, group, session, tty, start] = [1, 2, 3, 4, 19].map(number);
    equal("the start time", process.start_ns / ns_per_tick(), start)?;
    equal("the parent", u64::from(process.ppid), parent)?;
    equal("the process group", u64::from(process.pgid), group)?;
    equal("the session", u64::from(process.sid), session)?;
    equal("the terminal", u64::from(process.tty), tty)?;

    let status = fs::read_to_string("/proc/self/status")?;
    let fields = |name: &str| -> Vec<&str> {
        status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(|rest| rest.split_whitespace().collect())
            .unwrap_or_default()
    };
    let id = |name: &str, index: usize| fields(name).get(index).and_then(|text| text.parse::<u64>().ok());
    for (what, kernel, proc) in [
        ("the user", process.uid, id("Uid", 0)),
        ("the effective user", process.euid, id("Uid", 1)),
        ("the group", process.gid, id("Gid", 0)),
        ("the effective group", process.egid, id("Gid", 1)),
    ] {
        equal(what, u64::from(kernel), proc.unwrap_or_default())?;
    }
    for (what, kernel, name) in [
        ("the effective capabilities", process.cap_effective, "CapEff"),
        ("the permitted capabilities", process.cap_permitted, "CapPrm"),
        ("the inheritable capabilities", process.cap_inheritable, "CapInh"),
    ] {
        let proc = fields(name).first().and_then(|text| u64::from_str_radix(text, 16).ok());
        equal(what, kernel, proc.unwrap_or_default())?;
    }

    text("the command name", &process.comm, fs::read("/proc/self/comm")?.trim_ascii_end())?;
    let exe = fs::read_link("/proc/self/exe")?;
    text("the executable", &process.exepath, exe.as_os_str().as_bytes())?;
    text("the working directory", &process.cwd, fs::read_link("/proc/self/cwd")?.as_os_str().as_bytes())?;
    let found = process.descriptors.iter().any(|open| {
        let bytes = capture_format::Bytes::whole(&open.descriptor);
        capture_format::Descriptor::parse(bytes)
            .is_some_and(|file| file.path.data == exe.as_os_str().as_bytes())
    });
    same(
        "an open descriptor",
        format!("one of {}", process.descriptors.len()),
        exe.display().to_string(),
        found,
    )?;
    Ok(())
}

fn ns_per_tick() -> u64 {
    #[allow(unsafe_code)] // reason: std does not know the clock of /proc
    // SAFETY: no memory is passed.
    let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
    1_000_000_000 / u64::try_from(ticks).unwrap_or(100).max(1)
}

fn equal(what: &'static str, kernel: u64, proc: u64) -> Result<(), StartError> {
    same(what, kernel.to_string(), proc.to_string(), kernel == proc)
}

fn text(what: &'static str, kernel: &[u8], proc: &[u8]) -> Result<(), StartError> {
    let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    same(what, show(kernel), show(proc), kernel == proc)
}

fn same(what: &'static str, kernel: String, proc: String, equal: bool) -> Result<(), StartError> {
    if equal { Ok(()) } else { Err(StartError::SelfCheck { what, kernel, proc }) }
}
