//! What samples prove: which rules their expectations name.

use std::path::{Path, PathBuf};

use super::expect::Expectations;
use super::outcome::Failure;
use super::test::{EXPECT, search};
use crate::views::coverage::Samples;

/// Deepest folder that is searched.
const DEPTH_MAX: usize = 16;

/// Rules that samples below these folders expect an alert of, with the names of the samples: their
/// path below the folder.
pub(super) fn proofs(folders: &[PathBuf]) -> Result<Samples, Failure> {
    let mut proofs = Samples::new();
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        let unreadable = |path: &Path, what: &dyn std::fmt::Display| {
            Failure::Unreadable(format!("`{}`: {what}", path.display()))
        };
        let mut samples = Vec::new();
        search(folder, DEPTH_MAX, &mut samples).map_err(|error| unreadable(folder, &error))?;
        for sample in samples {
            let path = sample.join(EXPECT);
            let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
            let expectations = Expectations::parse(&text).map_err(|error| unreadable(&path, &error))?;
            let name = sample.strip_prefix(folder).unwrap_or(&sample).display().to_string();
            for expected in expectations.expect.iter().filter(|expected| expected.is_proof()) {
                proofs.entry(expected.rule.clone()).or_default().insert(name.clone());
            }
        }
    }
    Ok(proofs)
}
