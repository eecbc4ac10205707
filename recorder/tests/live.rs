//! Makes real calls under the real kernel program and looks for exactly those events.
#![cfg(target_os = "linux")]

use capture_format::EventType;
use recorder::attach::{Options, Recorder, StartError};

#[test]
fn probe() {
    let events: Vec<EventType> = capture_format::EVENTS
        .iter()
        .map(|e| e.event_type)
        .filter(|e| {
            recorder::calls::number(*e).is_some()
                || matches!(
                    e,
                    EventType::Clone
                        | EventType::Clone3
                        | EventType::Fork
                        | EventType::Vfork
                        | EventType::Procexit
                )
        })
        .collect();
    let t = std::time::Instant::now();
    let mut r = match Recorder::start(&Options { events, ..Options::default() }) {
        Ok(r) => r,
        Err(StartError::Verifier { program, log }) => panic!("{program}\n{log}"),
        Err(e) => panic!("{e}"),
    };
    eprintln!("started in {:?}", t.elapsed());
    std::process::Command::new("/bin/cat").arg("/etc/hostname").output().unwrap();
    let mut n = 0;
    r.flush(&mut |number, bytes| {
        let (record, _) = capture_format::Record::split_first(bytes).unwrap();
        n += 1;
        if n < 60 {
            eprintln!(
                "{number} {:?}\n   {:?}",
                capture_format::Row::head(&record),
                capture_format::Event::decode(&record)
            );
        }
    })
    .unwrap();
    eprintln!("{n} events, losses {:?}", r.losses());
}
