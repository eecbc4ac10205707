//! What writing and reading an event costs, on generated input.
//!
//! The input is made up, not recorded: a fixed mix of event types, a few dozen processes, paths
//! drawn unevenly from some thousands. Figures compare versions of this code; they say nothing
//! about the size of a real capture. Run with `cargo bench -p capture-format`.
#![allow(unreachable_pub, reason = "shares a module with the tests")]
#![allow(clippy::print_stdout, reason = "its output is its purpose")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::hint::black_box;
use std::time::{Duration, Instant};

use capture_format::param::Kind;
use capture_format::reader::Capture;
use capture_format::record::Row;
use capture_format::writer::{CaptureWriter, WriterOptions};
use capture_format::{Descriptor, EventType, Head, Storage};
use common::{Numbers, Sample, Value, header};

const EVENTS: usize = 400_000;
const RUNS: usize = 5;

/// Share of each event type, in parts of 1000.
const MIX: &[(EventType, u64)] = &[
    (EventType::Openat, 620),
    (EventType::Connect, 60),
    (EventType::Sendto, 60),
    (EventType::Recvfrom, 60),
    (EventType::Socket, 50),
    (EventType::Unlink, 30),
    (EventType::Renameat2, 20),
    (EventType::Clone, 30),
    (EventType::Execve, 20),
    (EventType::Procexit, 30),
    (EventType::Kill, 20),
];

fn main() {
    let (input, bytes) = input();
    println!("{EVENTS} generated events, {} bytes a record on average", bytes / EVENTS);
    for level in [1, 3] {
        let options = WriterOptions { level, ..WriterOptions::default() };
        let file = write(&input, options);
        println!("level {level}: {:.2} bytes an event on disk", file.len() as f64 / EVENTS as f64);
        report("encode and seal", || write(&input, options).len());
    }
    let file = write(&input, WriterOptions::default());
    let capture = Capture::from_bytes(file).expect("just written");
    report("open a block and nothing else", || read(&capture, &|_| true, false));
    report("read all of every event", || read(&capture, &|_| true, true));
    report("read the state lanes", || read(&capture, &|kind| kind.info().state, true));
    report("verify", || capture.verify().events as usize);
}

/// Fastest of some runs, per event of the whole input.
fn report(what: &str, mut run: impl FnMut() -> usize) {
    let mut best = Duration::MAX;
    for _ in 0..RUNS {
        let start = Instant::now();
        black_box(run());
        best = best.min(start.elapsed());
    }
    println!("{what}: {:.1} ns an event", best.as_nanos() as f64 / EVENTS as f64);
}

fn write(input: &[(u64, Vec<u8>)], options: WriterOptions) -> Vec<u8> {
    let mut writer = CaptureWriter::new(Vec::new(), &header(), options).expect("memory");
    for (number, record) in input {
        writer.event(*number, record).expect("memory");
    }
    writer.finish(Default::default()).expect("memory")
}

fn read(capture: &Capture, wanted: &dyn Fn(EventType) -> bool, values: bool) -> usize {
    let mut sum = 0;
    for index in 0..capture.blocks().len() {
        let block = capture.block(index, wanted).expect("intact");
        for row in block.rows().filter(|_| values) {
            sum += row.head().pid as usize;
            for (index, param) in row.info().params.iter().enumerate() {
                sum += match param.kind.storage() {
                    Storage::Word => row.word(index).unwrap_or(0) as usize,
                    _ => row.bytes(index).map_or(0, |bytes| bytes.data.len()),
                };
            }
        }
        sum += block.lanes().len();
    }
    sum
}

/// Records with their numbers, and how many bytes they are.
fn input() -> (Vec<(u64, Vec<u8>)>, usize) {
    let mut numbers = Numbers(1);
    let mut time = 5_000_000_000_000;
    let mut bytes = 0;
    let records = (1..=EVENTS as u64).map(|number| {
        time += 1000 + numbers.below(20_000);
        let record = event(&mut numbers, time).record();
        bytes += record.len();
        (number, record)
    });
    (records.collect(), bytes)
}

fn event(numbers: &mut Numbers, time_ns: u64) -> Sample {
    let mut share = numbers.below(1000);
    let pick = MIX.iter().find(|(_, part)| {
        let here = share < *part;
        share = share.wrapping_sub(*part);
        here
    });
    let event_type = pick.map_or(EventType::Openat, |(kind, _)| *kind);
    let process = uneven(numbers, 40);
    let head = Head {
        time_ns,
        pid: 1000 + process as u32 * 7,
        tid: 1000 + process as u32 * 7 + numbers.below(3) as u32,
        start_ns: 1_000_000_000_000 + process * 77_777_777,
        event_type,
        cpu: numbers.below(8) as u16,
        uid: if process < 10 { 0 } else { 1000 },
        euid: if process < 10 { 0 } else { 1000 },
        egid: if process < 10 { 0 } else { 1000 },
        loginuid: u32::MAX,
        cgroup: 4000 + process / 4,
        session: 1000,
        flags: 0,
        cap_effective: if process < 10 { 0x1ff_ffff_ffff } else { 0 },
        cap_permitted: if process < 10 { 0x1ff_ffff_ffff } else { 0 },
    };
    let file = uneven(numbers, 4000);
    let failed = numbers.below(4) == 0;
    let values = event_type.info().params.iter().map(|param| {
        Some(match param.kind {
            Kind::File if failed => return None,
            Kind::File => {
                let path = path(file);
                let descriptor =
                    Descriptor { mode: 0o100_644, ino: 100_000 + file, dev: 0x10_0003, ..Default::default() };
                Value::Bytes([&descriptor.fixed()[..], path.as_bytes()].concat(), 0)
            }
            Kind::Path | Kind::KernelPath => Value::Bytes(path(file).into_bytes(), 0),
            Kind::Argv => {
                Value::Bytes(format!("/usr/bin/tool{}\0--file\0{}", process, path(file)).into_bytes(), 0)
            }
            Kind::Payload => return None,
            Kind::Text | Kind::Env | Kind::SocketAddress | Kind::CgroupPath => {
                Value::Bytes(format!("tool{process}").into_bytes(), 0)
            }
            Kind::Res | Kind::NewFd if failed => Value::Word(-2_i64 as u64),
            Kind::Res | Kind::NewFd | Kind::Fd => Value::Word(uneven(numbers, 30)),
            Kind::OpenFlags => Value::Word(if numbers.below(5) == 0 { 0x241 } else { 0x8_0000 }),
            Kind::Mode => Value::Word(0o644),
            Kind::Pid => Value::Word(1000 + uneven(numbers, 40) * 7),
            Kind::BootTime => Value::Word(1_000_000_000_000 + process * 77_777_777),
            Kind::Number => Value::Word(file),
            _ => Value::Word(0),
        })
    });
    let values = values.collect();
    Sample { head, values }
}

/// Small numbers more often than large ones.
fn uneven(numbers: &mut Numbers, limit: u64) -> u64 {
    let bound = 1 + numbers.below(limit);
    numbers.below(bound)
}

fn path(file: u64) -> String {
    format!("/usr/lib/x86_64-linux-gnu/package{}/module{}/file{file}.so", file % 37, file % 211)
}
