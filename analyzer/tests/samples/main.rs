//! The shipped samples and the rules: none of Saker's own without a recording, and what the stock rules
//! see in the same captures.

#[path = "../common/mod.rs"]
mod common;
mod covers;
mod own;
mod page;
mod stock;

use std::path::PathBuf;

/// Folders of the samples, sorted.
fn samples() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(common::root().join("samples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("record.sh").is_file())
        .collect();
    found.sort();
    assert!(found.len() > 30, "only {} samples", found.len());
    found
}
