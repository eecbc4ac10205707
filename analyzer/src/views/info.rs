//! What a capture says about itself.

use std::collections::BTreeMap;

use capture_format::EventType;
use capture_format::header::Gap;
use capture_format::integrity::IntegrityReport;
use jiff::tz::TimeZone;

use super::table::{Cell, Table, number, text};
use crate::history::Recording;
use crate::scan::clock;

/// Tables that describe a capture: itself, its events, containers, names, losses and damage. With
/// `all`, processes and users too.
pub fn tables(recording: &Recording, integrity: &IntegrityReport, zone: &TimeZone, all: bool) -> Vec<Table> {
    let mut tables = vec![about(recording, integrity, zone, all), events(recording), containers(recording)];
    if all {
        tables.extend([processes(recording), users(recording), names(recording)]);
    }
    tables.extend([gaps(recording, zone), damage(recording, integrity)]);
    // What there is nothing of is left out.
    tables.retain(|table| !table.rows.is_empty());
    tables
}

fn about(recording: &Recording, integrity: &IntegrityReport, zone: &TimeZone, all: bool) -> Table {
    let capture = recording.capture();
    let header = capture.header();
    let blocks = capture.blocks();
    let events: u64 = blocks.iter().map(|block| u64::from(block.events)).sum();
    let mut about = Table::facts("capture").titled("Capture");
    about.fact("host", known(&header.host));
    about.fact("machine id", known(&header.machine_id));
    about.fact("kernel", known(&[header.kernel.as_str(), header.arch.as_str()].join(" ")));
    about.fact("recorder", format!("saker-record {}", header.recorder_version));
    about.fact("command", known(&header.command_line.join(" ")));
    about.fact("recording", hex(&header.recording_id));
    about.fact("file of the recording", header.file_number);
    about.fact("scope", known(&header.scope.join(", ")).map_or("whole host".to_owned(), |scope| scope));
    about.fact("environment variables", known(&header.env_policy));
    about.fact("time zone", known(&format!("{} {}", header.time_zone, offset(header.utc_offset_s))));
    if all {
        about.fact("recorded events", header.events.iter().map(|event| kind(*event)).collect::<Vec<_>>());
    } else {
        about.fact("recorded events", format!("{} types", header.events.len()));
    }
    let first = blocks.iter().map(|block| block.first_ns).min();
    let last = blocks.iter().map(|block| block.last_ns).max();
    about.fact("started", clock::full(recording.wall_ns(header.started_ns), zone));
    if let (Some(first), Some(last)) = (first, last) {
        about.fact("first event", clock::full(recording.wall_ns(first), zone));
        about.fact("last event", clock::full(recording.wall_ns(last), zone));
        about.fact("length", clock::duration(last.saturating_sub(first)));
    }
    about.fact(
        "ended",
        capture.end().map_or("not: the recorder was stopped hard".to_owned(), |end| end.reason.clone()),
    );
    about.fact("events", events);
    about.fact("events lost", capture.gaps().iter().fold(0u64, |sum, gap| sum.saturating_add(gap.total())));
    about.fact("blocks", blocks.len());
    about.fact("checkpoints", capture.checkpoints().len());
    about.fact("bytes", capture.size());
    if events > 0 {
        about.fact("bytes an event", capture.size() as f64 / events as f64);
    }
    about.fact("processes", recording.history().processes(u64::MAX).count());
    let skipped = capture.skipped();
    if skipped.frames + skipped.lanes > 0 {
        about.fact(
            "of a later version",
            format!("{} frames, {} events skipped", skipped.frames, skipped.events),
        );
    }
    about.fact("integrity", integrity.to_string());
    if !header.notes.is_empty() {
        about.fact("notes", header.notes.clone());
    }
    about
}

fn known(text: &str) -> Option<String> {
    (!text.trim().is_empty()).then(|| text.trim().to_owned())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn offset(seconds: i32) -> String {
    let minutes = seconds.unsigned_abs() / 60;
    format!("{}{:02}:{:02}", if seconds < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
}

fn kind(number: u16) -> String {
    match EventType::from_number(number) {
        Some(kind) => kind.info().name.to_owned(),
        None if number == 0 => "unknown".to_owned(),
        None => format!("type {number} of a later version"),
    }
}

fn events(recording: &Recording) -> Table {
    let capture = recording.capture();
    let mut counts: BTreeMap<u16, u64> = BTreeMap::new();
    for lane in capture.blocks().iter().flat_map(|block| &block.lanes) {
        *counts.entry(lane.number).or_default() += u64::from(lane.rows);
    }
    let mut sorted: Vec<(u16, u64)> = counts.into_iter().collect();
    sorted.sort_by_key(|(number, count)| (std::cmp::Reverse(*count), *number));
    let mut table = Table::new("events", &[text("event"), number("count")]).titled("Events");
    for (event, count) in sorted {
        table.row([kind(event).into(), count.into()]);
    }
    table
}

fn containers(recording: &Recording) -> Table {
    let columns = [text("container"), text("name"), text("image"), text("runtime"), text("pod")];
    let mut table = Table::new("containers", &columns).titled("Containers");
    for container in &recording.capture().tables().containers {
        let pod = container.pod.as_ref().map(|pod| format!("{}/{}", pod.namespace, pod.name));
        table.row([
            container.id.chars().take(12).collect::<String>().into(),
            known(&container.name).into(),
            known(&container.image).into(),
            known(&container.runtime).into(),
            pod.into(),
        ]);
    }
    table
}

fn processes(recording: &Recording) -> Table {
    let history = recording.history();
    let columns = [
        number("pid"),
        number("parent"),
        text("name"),
        text("program"),
        text("container"),
        text("arguments"),
    ];
    let mut table = Table::new("processes", &columns).titled("Processes");
    for process in history.processes(u64::MAX) {
        let image = process.image();
        let container = history.container(process.cgroup());
        table.row([
            process.pid().into(),
            process.parent().map(|parent| parent.pid()).into(),
            process.comm().into(),
            image.map(|image| image.exepath()).into(),
            container.map(|container| container.id.chars().take(12).collect::<String>()).into(),
            image.map_or(Cell::None, |image| {
                let mut argv = image.argv().to_vec();
                argv.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b' ');
                Cell::Bytes(argv.trim_ascii_end().to_vec())
            }),
        ]);
    }
    table
}

fn users(recording: &Recording) -> Table {
    let columns = [text("container"), number("uid"), text("user"), text("home"), text("shell")];
    let mut table = Table::new("users", &columns).titled("Users");
    for user in &recording.capture().tables().users {
        table.row([
            known(&user.container.chars().take(12).collect::<String>())
                .map_or("host".to_owned(), |id| id)
                .into(),
            user.uid.into(),
            user.name.as_slice().into(),
            user.home.as_slice().into(),
            user.shell.as_slice().into(),
        ]);
    }
    table
}

fn names(recording: &Recording) -> Table {
    let columns = [text("name"), text("address"), text("known from"), text("container")];
    let mut table = Table::new("names", &columns).titled("Names of addresses");
    for binding in &recording.capture().tables().names {
        table.row([
            binding.name.as_str().into(),
            crate::history::address(binding.family, &binding.addr).map(|address| address.to_string()).into(),
            binding.source.as_str().into(),
            known(&binding.container.chars().take(12).collect::<String>()).into(),
        ]);
    }
    table
}

fn gaps(recording: &Recording, zone: &TimeZone) -> Table {
    let columns = [text("from"), text("to"), number("lost"), text("events"), text("why")];
    let mut table = Table::new("losses", &columns).titled("Losses");
    for gap in recording.capture().gaps() {
        table.row([
            clock::full(recording.wall_ns(gap.first_ns), zone).into(),
            clock::full(recording.wall_ns(gap.last_ns), zone).into(),
            gap.total().into(),
            by_kind(gap).into(),
            gap.reason.as_str().into(),
        ]);
    }
    table
}

fn by_kind(gap: &Gap) -> String {
    gap.lost.iter().map(|(event, count)| format!("{count} {}", kind(*event))).collect::<Vec<_>>().join(", ")
}

fn damage(recording: &Recording, integrity: &IntegrityReport) -> Table {
    let mut table = Table::new("damage", &[text("place")]).titled("Damage");
    let mut places: Vec<String> = recording.capture().damage().iter().map(ToString::to_string).collect();
    for place in integrity.findings.iter().map(ToString::to_string) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    table.rows = places.into_iter().map(|place| vec![place.into()]).collect();
    table
}
