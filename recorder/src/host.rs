//! What the header says about this machine and this recording.

use std::path::Path;

use capture_format::header::CaptureHeader;

use crate::attach::Recorder;
use crate::cli::{Cli, Plan};
use crate::{files, sys};

/// The header of a recording that began at `started_ns`.
pub fn header(cli: &Cli, plan: &Plan, recorder: &Recorder, started_ns: u64) -> CaptureHeader {
    let machine = sys::machine().ok();
    let named = |name: fn(&sys::Machine) -> &String| machine.as_ref().map(name).cloned().unwrap_or_default();
    let unless_anonymous = |text: String| if cli.anonymous { String::new() } else { text };
    CaptureHeader {
        recording_id: random_id(),
        host: cli.host.clone().unwrap_or_else(|| unless_anonymous(named(|machine| &machine.host))),
        machine_id: unless_anonymous(first_line("/etc/machine-id")),
        kernel: named(|machine| &machine.release),
        arch: named(|machine| &machine.arch),
        boot_wall_ns: sys::boot_wall_ns(),
        started_ns,
        recorder_version: env!("CARGO_PKG_VERSION").to_owned(),
        command_line: if cli.anonymous {
            Vec::new()
        } else {
            std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect()
        },
        events: plan.events.iter().map(|event| *event as u16).collect(),
        env_policy: plan.env.to_string(),
        time_zone: unless_anonymous(time_zone()),
        utc_offset_s: if cli.anonymous { 0 } else { sys::utc_offset_s() },
        scope: plan.scope.describe(),
        btf_hash: recorder.btf_hash().to_owned(),
        offsets_hash: recorder.offsets_hash().to_owned(),
        notes: plan.notes.clone(),
        self_pid: std::process::id(),
        ..CaptureHeader::default()
    }
}

/// A random id; zeros where the system has no randomness, which no reader minds.
fn random_id() -> [u8; 16] {
    let bytes = files::read_proc("/dev/urandom", 16).unwrap_or_default();
    bytes.first_chunk().copied().unwrap_or_default()
}

fn first_line(path: &str) -> String {
    let bytes = files::read(Path::new(path), 4096).unwrap_or_default();
    String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default().trim().to_owned()
}

/// Name of the time zone, from where /etc/localtime leads.
fn time_zone() -> String {
    let link = std::fs::read_link("/etc/localtime").unwrap_or_default();
    match link.to_string_lossy().split_once("zoneinfo/") {
        Some((_, zone)) => zone.to_owned(),
        None => first_line("/etc/timezone"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_recordings_differ() {
        assert_ne!(random_id(), random_id());
        assert_ne!(random_id(), [0; 16]);
    }
}
