//! What /proc knows of a process. Every answer may be missing: processes vanish, and some files of
//! some processes are closed even to root.

use std::os::unix::ffi::OsStringExt;

use capture_format::snapshot::Process;

use crate::files;

/// Most bytes of arguments or environment.
const TEXT_MAX: usize = 32 << 10;

/// Fills what is still empty.
pub fn complete(process: &mut Process) {
    let pid = process.pid;
    // A kernel thread has no program: nothing below would answer.
    if process.exepath.is_empty() {
        process.exepath = exe(pid);
        if process.exepath.is_empty() && process.argv.is_empty() && process.cwd.is_empty() {
            return;
        }
    }
    process.argv = or_else(&process.argv, || strings(pid, "cmdline"));
    process.env = or_else(&process.env, || strings(pid, "environ"));
    process.cwd = or_else(&process.cwd, || link(pid, "cwd"));
    if process.vpid == 0 || process.vpgid == 0 {
        let status = files::read_proc(&format!("/proc/{pid}/status"), TEXT_MAX).unwrap_or_default();
        let status = String::from_utf8_lossy(&status);
        let innermost = |key: &str| -> Option<u32> {
            let line = status.lines().find_map(|line| line.strip_prefix(key))?;
            line.split_ascii_whitespace().next_back()?.parse().ok()
        };
        process.vpid = if process.vpid == 0 { innermost("NSpid:").unwrap_or(0) } else { process.vpid };
        process.vpgid = if process.vpgid == 0 { innermost("NSpgid:").unwrap_or(0) } else { process.vpgid };
    }
}

/// `known`, or what `ask` says if that is empty.
pub fn or_else(known: &[u8], ask: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
    if known.is_empty() { ask() } else { known.to_vec() }
}

/// The program a process runs; empty if unknown.
pub fn exe(pid: u32) -> Vec<u8> {
    link(pid, "exe")
}

/// The network namespace of a process.
pub fn network_namespace(pid: u32) -> Option<Vec<u8>> {
    Some(link(pid, "ns/net")).filter(|link| !link.is_empty())
}

/// Whether a descriptor will not be there in the next program.
pub fn closes_on_exec(pid: u32, fd: i32) -> bool {
    let info = files::read_proc(&format!("/proc/{pid}/fdinfo/{fd}"), TEXT_MAX).unwrap_or_default();
    let info = String::from_utf8_lossy(&info);
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    // Without an answer the descriptor is left out: it may be one of the recorder's own.
    flags
        .and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok())
        .is_none_or(|flags| flags & libc::O_CLOEXEC as u32 != 0)
}

/// Strings separated by NUL, without the NUL at the end.
fn strings(pid: u32, file: &str) -> Vec<u8> {
    let mut bytes = files::read_proc(&format!("/proc/{pid}/{file}"), TEXT_MAX).unwrap_or_default();
    if bytes.last() == Some(&0) {
        bytes.pop();
    }
    bytes
}

fn link(pid: u32, name: &str) -> Vec<u8> {
    std::fs::read_link(format!("/proc/{pid}/{name}"))
        .map(|path| path.into_os_string().into_vec())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_comes_from_proc() {
        let mut process = Process { pid: std::process::id(), cwd: b"/kept".to_vec(), ..Process::default() };
        complete(&mut process);
        assert_eq!(process.cwd, b"/kept");
        assert_eq!(process.exepath, std::env::current_exe().unwrap().into_os_string().into_vec());
        assert!(!process.argv.is_empty() && !process.argv.ends_with(b"\0"));
        assert!(process.vpid != 0 && process.vpgid != 0);
    }

    #[test]
    fn a_process_that_is_gone_stays_empty() {
        let mut process = Process { pid: u32::MAX - 1, ..Process::default() };
        complete(&mut process);
        assert_eq!(process, Process { pid: u32::MAX - 1, ..Process::default() });
        assert_eq!(network_namespace(process.pid), None);
        assert!(closes_on_exec(process.pid, 0));
    }
}
