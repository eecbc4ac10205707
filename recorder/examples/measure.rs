//! What recording costs on this machine: start, programs, events. Needs root.
//!
//!     cargo run --release -p recorder --example measure -- [--seconds N] [--show TEXT]
#![allow(clippy::print_stdout)]

use std::time::{Duration, Instant};

use capture_format::{EventType, Record, Row};
use recorder::attach::{Options, Recorder};

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let value = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1).cloned());
    let seconds: u64 = value("--seconds").map_or(Ok(2), |text| text.parse())?;
    let show = value("--show");
    let _stats = aya::sys::enable_stats(aya::sys::Stats::RunTime)?;

    let begin = Instant::now();
    let events: Vec<EventType> = capture_format::EVENTS.iter().map(|event| event.event_type).collect();
    let mut recorder = Recorder::start(&Options { events, ..Options::default() })?;
    println!("started in {:?}", begin.elapsed());
    let begin = Instant::now();
    let listing = recorder::iterate::processes(&mut recorder)?;
    let descriptors: usize = listing.processes.iter().map(|process| process.descriptors.len()).sum();
    println!(
        "{} processes, {descriptors} descriptors, {} cgroups in {:?}",
        listing.processes.len(),
        listing.cgroups.len(),
        begin.elapsed()
    );

    let begin = Instant::now();
    let (mut records, mut bytes, mut lost) = (0u64, 0u64, 0u64);
    while begin.elapsed() < Duration::from_secs(seconds) {
        let stats = recorder.poll(&mut |number, record| {
            if let (Some(text), Ok((record, _))) = (&show, Record::split_first(record)) {
                let line = format!("{number} {:?} {:?}", record.head(), Text(&record));
                if line.contains(text.as_str()) {
                    println!("{line}");
                }
            }
        })?;
        records += stats.records;
        bytes += stats.bytes;
        lost += recorder.losses().iter().map(|(_, count)| count).sum::<u64>();
        if !stats.more {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    println!("{records} records, {bytes} bytes, {lost} lost in {:?}", begin.elapsed());
    for name in ["list_tasks", "list_files", "dispatch", "exec", "exit"]
        .into_iter()
        .chain(capture_format::EVENTS.iter().map(|e| e.name))
    {
        let Some(info) = recorder.program_info(name) else { continue };
        println!(
            "{name}: {} ns over {} runs, {} instructions verified, {} bytes of machine code",
            (info.run_time().as_nanos() as u64).checked_div(info.run_count()).unwrap_or_default(),
            info.run_count(),
            info.verified_instruction_count().unwrap_or_default(),
            info.size_jitted()
        );
    }
    Ok(())
}

/// Parameters by name, strings as text.
struct Text<'a>(&'a Record<'a>);

impl std::fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut map = f.debug_map();
        for (index, param) in self.0.head().event_type.info().params.iter().enumerate() {
            if let Some(word) = self.0.word(index) {
                map.entry(&param.name, &(word as i64));
            } else if let Some(bytes) = self.0.bytes(index) {
                if param.kind.storage() == capture_format::Storage::Descriptor {
                    map.entry(&param.name, &capture_format::Descriptor::parse(bytes));
                } else {
                    map.entry(
                        &param.name,
                        &format_args!("{:?}/{}", String::from_utf8_lossy(bytes.data), bytes.true_len),
                    );
                }
            }
        }
        map.finish()
    }
}
