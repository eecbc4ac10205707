//! Events a second of `saker analyze`, with nothing written.
//!
//! `cargo bench -p analyzer --bench analyze [-- RULES.yaml…]`. The events are made up: a node on
//! which most calls open files, some connect, few start programs, and which fits no rule but the
//! shells'. Saker's own rules unless files are named. Figures are of this mix on this machine.
#![allow(clippy::print_stdout, reason = "a benchmark reports")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::path::PathBuf;
use std::time::Instant;

use analyzer::history::{OpenOptions, Recording};
use analyzer::rules::{LoadOptions, RuleSet, Source, own_sources};
use analyzer::scan::Workers;
use analyzer::views::alerts::{Matching, Watch};
use capture_format::EventType;
use capture_format::reader::Capture;
use common::{Scenario, Value, head, open, record, shell};

const EVENTS: u64 = 500_000;
const BLOCK: usize = 65_536;

fn main() {
    let files: Vec<PathBuf> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).map(PathBuf::from).collect();
    let sources = if files.is_empty() { own_sources() } else { files.iter().map(read).collect() };
    let set = RuleSet::load(&sources, &LoadOptions::default()).rules.expect("the rules load");
    let rules = || set.rules().iter().filter(|rule| rule.enabled);
    let bytes = Scenario { per_block: BLOCK, ..Scenario::new((0..EVENTS).map(event).collect()) }.bytes();
    println!("{EVENTS} events, {} bytes, {} rules", bytes.len(), rules().count());
    let mut counts = Vec::new();
    for threads in [1, 2, 4, 8] {
        let begin = Instant::now();
        let capture = Capture::from_bytes(bytes.clone()).expect("a capture");
        let recording = Recording::of(capture, &OpenOptions::default());
        let opened = begin.elapsed();
        let workers = Workers::new(Some(threads)).expect("threads");
        let watch = Watch::new(rules(), Matching::First, false);
        let (mut alerts, mut observed) = (0, 0);
        let done: Result<(), ()> = workers.scan(&recording, &(i64::MIN..=i64::MAX), &watch, |_, scanned| {
            alerts += scanned.part.len();
            observed += scanned.events;
            Ok(())
        });
        done.expect("nothing fails");
        let took = begin.elapsed();
        println!(
            "{threads} threads: {:>10.0} events/s, {took:?} with {opened:?} for history; {observed} events looked at, {alerts} alerts",
            EVENTS as f64 / took.as_secs_f64()
        );
        counts.push(alerts);
    }
    assert!(counts.windows(2).all(|pair| pair[0] == pair[1]), "threads change nothing: {counts:?}");
}

fn read(path: &PathBuf) -> Source {
    let text = std::fs::read_to_string(path).expect("a rules file");
    Source { name: path.display().to_string(), text }
}

fn event(index: u64) -> Vec<u8> {
    let second = index / 5000;
    match index % 100 {
        0 => shell(second, b"bash\0-c\0true"),
        1..=4 => record(head(EventType::Connect, second), &[("res", Value::Word(0))]),
        5..=14 => open(second, format!("/proc/{}/stat", index % 5000).as_bytes()),
        _ => open(second, format!("/usr/lib/python3/module{}.py", index % 997).as_bytes()),
    }
}
