//! What exists right now, read by the same kernel code that fills events: keys and paths of the
//! listing equal those of the events by construction. Arguments and environment come from /proc.

use std::collections::BTreeMap;
use std::fs;
use std::io;

use capture_format::record::normalise;
use capture_format::schema::{Event, Execve};
use capture_format::snapshot::{Cgroup, OpenDescriptor, Process};
use capture_format::{Bytes, Head, Record, Row};

use crate::attach::Recorder;

/// Longest arguments or environment that are kept: as long as an event's.
const STRING_MAX: usize = 4096;
/// Head of an entry of the listing of descriptors: process id, number, length.
const ENTRY_HEAD: usize = 16;

/// What exists right now.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Processes ordered by pid, with their open descriptors. The environment is raw: the caller
    /// keeps what was asked for.
    pub processes: Vec<Process>,
    /// Cgroups of these processes, ordered by key.
    pub cgroups: Vec<Cgroup>,
}

/// Lists all processes except the recorder's own.
pub fn processes(recorder: &mut Recorder) -> io::Result<Listing> {
    let own = std::process::id();
    let mut listing = all(recorder)?;
    listing.processes.retain(|process| process.pid != own);
    for process in &mut listing.processes {
        process.argv = proc_strings(process.pid, "cmdline");
        process.env = proc_strings(process.pid, "environ");
    }
    Ok(listing)
}

/// As [`processes`], with the recorder's own and without what comes from /proc.
pub(crate) fn all(recorder: &mut Recorder) -> io::Result<Listing> {
    let mut cgroups: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
    let mut processes: BTreeMap<u32, Process> = BTreeMap::new();
    let mut tasks = recorder.run_iterator("list_tasks")?;
    let mut rest = tasks.as_mut_slice();
    while let Ok((record, _)) = Record::split_first(rest) {
        let (bytes, after) = rest.split_at_mut(record.as_bytes().len());
        rest = after;
        normalise(bytes);
        let Ok((record, _)) = Record::split_first(bytes) else { break };
        let head = record.head();
        match Event::decode(&record) {
            Event::Cgroup(cgroup) => {
                // The root's path is empty in the record, `/` for people.
                let path = cgroup.path.unwrap_or_default().data;
                cgroups.insert(head.cgroup, if path.is_empty() { b"/".to_vec() } else { path.to_vec() });
            }
            Event::Execve(exec) => {
                processes.insert(head.pid, process(&head, &exec));
            }
            _ => {}
        }
    }

    let files = recorder.run_iterator("list_files")?;
    let mut rest = files.as_slice();
    while let Some((pid, open, after)) = open_descriptor(rest) {
        rest = after;
        if let Some(process) = processes.get_mut(&pid) {
            process.descriptors.push(open);
        }
    }
    Ok(Listing {
        processes: processes.into_values().collect(),
        cgroups: cgroups.into_iter().map(|(key, path)| Cgroup { key, path }).collect(),
    })
}

/// The first entry of a listing of descriptors and what follows it. The descriptor's bytes are a
/// ring record's: they are normalised by way of one.
fn open_descriptor(bytes: &[u8]) -> Option<(u32, OpenDescriptor, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<ENTRY_HEAD>()?;
    let word = |at: usize| Some(u32::from_le_bytes(*head.get(at..)?.first_chunk()?));
    let (pid, fd, len) = (word(0)?, word(4)?, word(8)? as usize);
    let (descriptor, rest) = rest.split_at_checked(len)?;
    let mut descriptor = descriptor.to_vec();
    capture_format::record::normalise_descriptor(&mut descriptor);
    Some((pid, OpenDescriptor { fd: fd as i32, descriptor }, rest))
}

fn process(head: &Head, exec: &Execve<'_>) -> Process {
    let bytes = |value: Option<Bytes<'_>>| value.map(|value| value.data.to_vec()).unwrap_or_default();
    // A path that was read and is empty is the root; one that was not read is not known.
    let path = |value: Option<Bytes<'_>>| match value {
        Some(value) if value.data.is_empty() => b"/".to_vec(),
        other => bytes(other),
    };
    Process {
        pid: head.pid,
        start_ns: head.start_ns,
        ppid: exec.ptid.map_or(0, |pid| pid.0 as u32),
        pstart_ns: exec.pstart.map_or(0, |start| start.0),
        comm: bytes(exec.comm),
        exepath: bytes(exec.trusted_exepath),
        argv: Vec::new(),
        env: Vec::new(),
        cwd: path(exec.cwd),
        uid: head.uid,
        euid: head.euid,
        gid: exec.rgid.map_or(0, |gid| gid.0),
        egid: head.egid,
        loginuid: head.loginuid,
        sid: head.session,
        pgid: exec.pgid.map_or(0, |pid| pid.0 as u32),
        vpid: exec.vpid.map_or(0, |pid| pid.0 as u32),
        vpgid: exec.vpgid.map_or(0, |pid| pid.0 as u32),
        tty: exec.tty.map_or(0, |tty| tty.0),
        cap_effective: head.cap_effective,
        cap_permitted: head.cap_permitted,
        cap_inheritable: exec.cap_inheritable.map_or(0, |caps| caps.0),
        cgroup: head.cgroup,
        exe_dev: exec.exe_dev.map_or(0, |dev| dev.0),
        exe_ino: exec.exe_ino.map_or(0, |ino| ino.0),
        exe_ctime_ns: exec.exe_ino_ctime.map_or(0, |time| time.0),
        exe_mtime_ns: exec.exe_ino_mtime.map_or(0, |time| time.0),
        exe_flags: exec.flags.map_or(0, |flags| flags.0),
        pidns_start_ns: exec.pidns_start.map_or(0, |start| start.0),
        fdlimit: exec.fdlimit.map_or(0, |limit| limit.0),
        descriptors: Vec::new(),
        ancestor_only: false,
        outside: false,
    }
}

/// NUL-separated strings of /proc/PID/NAME without the last NUL; empty if the process is gone.
fn proc_strings(pid: u32, name: &str) -> Vec<u8> {
    let mut bytes = fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
    if bytes.last() == Some(&0) {
        bytes.pop();
    }
    bytes.truncate(STRING_MAX);
    bytes
}
