//! `saker rules import`: rules of another language become a rules file.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::cli::RulesImport;
use crate::commands::console::Console;
use crate::commands::outcome::{Failure, Outcome};
use crate::import::sigma;
use crate::render;
use crate::rules::Source;

/// Most bytes of one Sigma file; real ones have a few thousand.
const FILE_MAX: u64 = 1 << 20;
/// Most files.
const FILES_MAX: usize = 50_000;
/// Deepest folder.
const DEPTH_MAX: usize = 32;

/// Runs it.
pub(super) fn run(args: &RulesImport, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let mut sources = Vec::new();
    for path in &args.sigma {
        find(path, &mut sources)?;
    }
    let import = sigma::import(&sources);
    let format =
        render::format(&args.format).ok_or_else(|| Failure::Usage(format!("no format `{}`", args.format)))?;
    // For people what needs a look; machines get every rule.
    let tables = sigma::tables(&import, matches!(format.name, "json" | "csv"));
    match &args.output {
        Some(path) => {
            if import.converted() > 0 {
                let written = super::found::put(path, import.yaml.as_bytes());
                written.map_err(|source| Failure::Output {
                    place: format!("`{}`", path.display()),
                    source,
                    after: Outcome::Clean,
                })?;
            }
            (format.render)(&tables, console.style, &mut console.out)?;
        }
        None => {
            console.out.write_all(import.yaml.as_bytes())?;
            console.flush()?;
            // Nobody is left to hear that standard error is closed.
            let _ = (format.render)(&tables, console.style, &mut console.err);
        }
    }
    if import.converted() == 0 {
        return Err(Failure::Rules(format!(
            "none of {} Sigma rules could be converted",
            import.entries.len()
        )));
    }
    Ok(Outcome::Clean)
}

/// Reads a file, or all `*.yml` and `*.yaml` below a folder, in bytewise order of their paths.
fn find(path: &Path, sources: &mut Vec<Source>) -> Result<(), Failure> {
    if !path.is_dir() {
        return read(path, sources);
    }
    let mut files = Vec::new();
    search(path, 0, &mut files)?;
    files.sort();
    if files.is_empty() {
        return Err(failed(path, &"no *.yml or *.yaml below this folder"));
    }
    files.iter().try_for_each(|file| read(file, sources))
}

fn failed(path: &Path, what: &dyn std::fmt::Display) -> Failure {
    Failure::Rules(format!("cannot read Sigma rules `{}`: {what}", path.display()))
}

/// Does not follow links to folders: they may lead in circles.
fn search(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if depth > DEPTH_MAX {
        return Err(failed(folder, &"nested too deep"));
    }
    for entry in std::fs::read_dir(folder).map_err(|error| failed(folder, &error))? {
        let entry = entry.map_err(|error| failed(folder, &error))?;
        let kind = entry.file_type().map_err(|error| failed(&entry.path(), &error))?;
        let path = entry.path();
        if kind.is_dir() {
            search(&path, depth + 1, files)?;
        } else if path.is_file() && path.extension().is_some_and(|end| end == "yml" || end == "yaml") {
            files.push(path);
        }
        if files.len() > FILES_MAX {
            return Err(failed(folder, &format!("more than {FILES_MAX} files")));
        }
    }
    Ok(())
}

fn read(path: &Path, sources: &mut Vec<Source>) -> Result<(), Failure> {
    let opened = std::fs::File::open(path).map_err(|error| failed(path, &error))?;
    let mut bytes = Vec::new();
    // Not by the length it states: a device or a pipe states none.
    opened.take(FILE_MAX + 1).read_to_end(&mut bytes).map_err(|error| failed(path, &error))?;
    if bytes.len() as u64 > FILE_MAX {
        return Err(failed(path, &format!("more than the limit of {FILE_MAX} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|error| failed(path, &error.utf8_error()))?;
    sources.push(Source { name: path.display().to_string(), text });
    Ok(())
}
