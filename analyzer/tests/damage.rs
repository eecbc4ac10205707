//! Damaged captures through the whole of the analyzer: it answers from what is left and does not
//! panic, whatever a byte says.

mod common;

use analyzer::fields;
use analyzer::history::{OpenOptions, Recording};
use analyzer::rules::{LoadOptions, RuleSet, Template, own_sources};
use analyzer::scan::Workers;
use analyzer::views::alerts::{Matching, Watch};
use analyzer::views::events::{Events, Shape};
use capture_format::reader::Capture;
use common::root;

/// Every field that can stand in a template without an argument, and some with one.
fn every_field() -> Template {
    let mut text = String::from("%proc.aname[2] %proc.env[PATH] %evt.arg.flags %evt.arg[0] %evt.rawarg.res");
    for field in fields::all() {
        if Template::compile(&format!("%{}", field.name)).is_ok() {
            text += &format!(" %{}", field.name);
        }
    }
    Template::compile(&text).unwrap()
}

#[test]
fn no_damage_makes_the_analyzer_panic() {
    let set = RuleSet::load(&own_sources(), &LoadOptions::default()).rules.unwrap();
    let watch = Watch::new(set.rules(), Matching::All, true);
    let events = Events { filter: None, shape: Shape::Values(every_field()) };
    let workers = Workers::new(Some(2)).unwrap();
    let all = i64::MIN..=i64::MAX;
    let whole = std::fs::read(root().join("samples/k8s-exec-shell/attack/capture.skr")).unwrap();
    let mut read = 0;
    let mut replay = |bytes: Vec<u8>| {
        let Ok(capture) = Capture::from_bytes(bytes) else { return };
        let recording = Recording::of(capture, &OpenOptions::default());
        let seen: Result<(), ()> = workers.scan(&recording, &all, &watch, |_, _| Ok(()));
        let shown: Result<(), ()> = workers.scan(&recording, &all, &events, |_, scanned| {
            read += scanned.part.len();
            Ok(())
        });
        assert!(seen.is_ok() && shown.is_ok());
    };
    for cut in (0..whole.len()).step_by(97) {
        replay(whole[..cut].to_vec());
    }
    for place in (0..whole.len()).step_by(53) {
        for flip in [0x01, 0xff] {
            let mut bytes = whole.clone();
            bytes[place] ^= flip;
            replay(bytes);
        }
    }
    assert!(read > 1000, "only {read} events were read: nothing was tested");
}
