//! Holds the fields to the list of all fields of Falco's syscall source, where that list is at hand.
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use std::path::Path;

use analyzer::condition::type_name;
use analyzer::fields::{Arg, Multi, Support, find, resolve};

/// Names in the first column of the tables of a Markdown file.
fn names_in_tables(text: &str) -> Vec<String> {
    let cells = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    cells.flat_map(|(names, _)| names.split(", ").map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// The list of all fields that stands beside the repository on machines that build it.
fn list_of_fields() -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/fields.md");
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("SKIPPED: {} is not there", path.display());
    }
    text
}

#[test]
fn every_field_of_the_reference_exists() {
    let Some(text) = list_of_fields() else { return };
    let names = names_in_tables(&text);
    assert!(names.len() > 200, "the reference has moved");
    let missing: Vec<_> =
        names.iter().filter(|name| find(name).is_none() && resolve(name).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn captures_hold_every_field_that_stock_rules_use() {
    let Some(text) = list_of_fields() else { return };
    let (used, _) = text.split_once("## 3.").expect("the section of fields no rule uses");
    let names = names_in_tables(used);
    assert!(names.len() > 80, "the reference has moved");
    for name in &names {
        let field = find(name).or_else(|| resolve(name).map(|(field, _)| field));
        let field = field.unwrap_or_else(|| panic!("no field {name}"));
        assert_eq!(field.support, Support::Extracted, "{name}");
    }
}

#[test]
fn types_arguments_and_restrictions_are_those_of_the_reference() {
    let Some(text) = list_of_fields() else { return };
    let mut wrong = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split(" |").map(|cell| cell.trim_start_matches('|').trim()).collect();
        let [name, ty, argument, ..] = cells.as_slice() else { continue };
        let flags = cells.iter().rev().find(|cell| !cell.is_empty()).unwrap_or(&"");
        for name in name.split(", ").map(|name| name.trim_matches('`')) {
            let Some(field) = find(name).or_else(|| resolve(name).map(|(field, _)| field)) else { continue };
            // Rows that stand for several fields say nothing of each.
            if name.starts_with("evt.arg.") || name.starts_with("k8s.") {
                continue;
            }
            let own = type_name(field.ty);
            let own = if field.multi == Multi::List { format!("LIST({own})") } else { own.to_owned() };
            let restricted = ["filter only", "no rhs", "no transf"].map(|flag| flags.contains(flag));
            let own_flags = [field.flags.filter_only, field.flags.no_rhs, field.flags.no_transform];
            let required = |arg| {
                !matches!(arg, Arg::None | Arg::OptionalIndex | Arg::OptionalIndexOrKey | Arg::OptionalSuffix)
            };
            let takes = (!argument.is_empty(), argument.contains("required"));
            let own_takes = (field.arg != Arg::None, required(field.arg));
            if own != *ty || own_flags != restricted || find(name).is_some() && takes != own_takes {
                wrong.push(format!(
                    "{name}: {own} {own_flags:?} {own_takes:?}, wanted {ty} {restricted:?} {takes:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} fields:\n{}", wrong.len(), wrong.join("\n"));
}
