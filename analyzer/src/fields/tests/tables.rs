//! Laws of the tables, and the page that is made from them.

use std::collections::BTreeSet;
use std::path::Path;

use capture_format::Descriptor;

use crate::fields::{Arg, Argument, Extract, Field, Moment, Multi, Support, Type, all, find};
use crate::history::testing::{Story, Word};

#[test]
fn every_field_has_its_own_name_and_a_sentence() {
    let mut names = BTreeSet::new();
    for field in all() {
        assert!(names.insert(field.name), "{} stands twice", field.name);
        assert!(field.doc.ends_with('.') && field.doc.len() > 8, "{} needs a sentence", field.name);
        assert!(field.name.contains('.'), "{}", field.name);
        assert!(std::ptr::eq(find(field.name).unwrap(), field));
        if let Support::Absent(why) = field.support {
            assert!(why.len() > 8, "{} needs a reason", field.name);
        }
    }
}

#[test]
fn the_field_reference_is_the_tables() {
    golden("docs/fields.md", &reference());
}

/// Compares with a file of the repository; writes it when BLESS=1.
fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    if std::env::var_os("BLESS").is_some_and(|bless| bless == "1") {
        std::fs::write(&path, text).expect("the repository can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "{name} is not what the sources say: run the test with BLESS=1");
}

fn reference() -> String {
    let mut text = String::from(
        "# Fields\n\nWhat conditions and outputs may name. Written by a test from the tables in \
         `analyzer/src/fields/`; `BLESS=1 cargo test -p analyzer` writes it anew.\n\n\
         A field that does not apply to an event, or whose value is not known, is absent: every comparison with it \
         is false. *Absent* below means that captures never hold it; rules that name it load.\n",
    );
    let mut class = "";
    for field in all() {
        let its = field.name.split('.').next().unwrap_or_default();
        if its != class {
            class = its;
            text += &format!("\n## {class}\n\n| Field | Type | Meaning |\n|---|---|---|\n");
        }
        text += &format!(
            "| `{}{}` | {} | {}{} |\n",
            field.name,
            argument(field),
            kind(field),
            field.doc,
            remarks(field)
        );
    }
    text
}

fn argument(field: &Field) -> &'static str {
    match field.arg {
        Arg::None => "",
        Arg::OptionalIndex => "` `[n]",
        Arg::OptionalIndexOrKey => "` `[n\\|KEY]",
        Arg::Index => "[n]",
        Arg::Key => "[KEY]",
        Arg::IndexOrKey => "[n\\|KEY]",
        Arg::Suffix => ".NAME",
        Arg::SuffixOrIndex => ".NAME` `[n]",
        Arg::OptionalSuffix => "` `.NAME",
    }
}

fn kind(field: &Field) -> String {
    let one = match field.ty {
        Type::I8 | Type::I16 | Type::I32 | Type::I64 => "signed number",
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => "number",
        Type::Port => "port",
        Type::Mode => "mode",
        Type::Flags | Type::EnumFlags => "flags",
        Type::RelTime => "duration, ns",
        Type::AbsTime => "time, ns",
        Type::Bool => "truth value",
        Type::Double => "decimal number",
        Type::Text => "text",
        Type::Path | Type::RelPath => "path",
        Type::Bytes => "bytes",
        Type::Addr => "address",
        Type::Net => "network",
        Type::Dyn => "as the parameter",
    };
    match field.multi {
        Multi::List => format!("list of {one}"),
        _ => one.to_owned(),
    }
}

fn remarks(field: &Field) -> String {
    let mut out = String::new();
    if let Support::Absent(why) = field.support {
        out += &format!(" *Absent: {why}.*");
    }
    if field.flags.filter_only {
        out += " Only in conditions.";
    }
    if field.flags.deprecated {
        out += " Deprecated.";
    }
    if field.multi == Multi::Ancestors {
        out += " Without an index a comparison holds if it holds for any proper ancestor.";
    }
    out
}

/// No event, however its parameters lie, makes a field fail.
#[test]
fn every_field_of_every_event_answers_without_failing() {
    let mut story = Story::new();
    let mut numbers = Vec::new();
    for event in capture_format::EVENTS {
        for fill in [None, Some(0), Some(-1), Some(i64::MIN), Some(i64::MAX)] {
            let long = "a/../".repeat(3000);
            let params: Vec<_> = event
                .params
                .iter()
                .filter_map(|param| {
                    let fill = fill?;
                    Some((
                        param.name,
                        match param.kind.storage() {
                            capture_format::Storage::Word => fill.into(),
                            capture_format::Storage::Bytes if fill == 0 => "".into(),
                            capture_format::Storage::Bytes => long.as_str().into(),
                            capture_format::Storage::Descriptor if fill == 0 => Descriptor::default().into(),
                            capture_format::Storage::Descriptor => Descriptor {
                                mode: fill as u32,
                                flags: 0,
                                family: 10,
                                local_port: 1,
                                ino: fill as u64,
                                ..Descriptor::default()
                            }
                            .into(),
                        },
                    ))
                })
                .take(if fill == Some(-1) { 1 } else { 64 })
                .collect();
            // A record holds 32 KiB; two long strings fill it.
            let mut long_ones = 0;
            let params: Vec<_> = params
                .into_iter()
                .filter(|(_, value)| {
                    let is_long = matches!(value, Word::Bytes(bytes) if bytes.len() > 100);
                    long_ones += usize::from(is_long);
                    !is_long || long_ones <= 1
                })
                .collect();
            numbers.push(story.event(42, event.name, &params));
        }
    }
    let recording = story.tell();
    let capture = recording.capture();
    let mut seen = 0;
    for index in 0..capture.blocks().len() {
        let block = capture.block(index, &|_| true).expect("an intact block");
        for row in block.rows() {
            seen += 1;
            let now = Moment::new(&recording, row);
            for field in all() {
                for argument in [
                    Argument::None,
                    Argument::Index(1),
                    Argument::Index(u64::MAX),
                    Argument::Key("name".into()),
                ] {
                    now.extract(field, &argument);
                }
            }
        }
    }
    assert_eq!(seen, numbers.len());
}
