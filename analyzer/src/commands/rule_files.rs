//! Loading the rules a command line names, and choosing among them.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::console::Console;
use super::outcome::Failure;
use crate::cli::{RuleFiles, Selection};
use crate::condition::Glob;
use crate::render::escape;
use crate::rules::{self, LoadError, LoadOptions, LoadReport, LoadWarning, Rule, RuleSet, Source};

/// Largest rules file that is read, bytes. The stock files have 60 KiB.
const FILE_MAX: u64 = 16 << 20;

/// The texts that `files` names: Saker's own rules unless others replace them, then what is added.
pub(super) fn sources(files: &RuleFiles) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    if files.rules.is_empty() {
        sources.extend(rules::own_sources());
    }
    for path in files.rules.iter().chain(&files.add_rules) {
        read(path, &mut sources)?;
    }
    Ok(sources)
}

/// Reads a file, or all `*.yaml` and `*.yml` of a folder in order of their names.
pub(super) fn read(path: &Path, sources: &mut Vec<Source>) -> Result<(), Failure> {
    let failed = |path: &Path, what: &dyn std::fmt::Display| {
        Failure::Rules(format!("cannot read rules `{}`: {what}", path.display()))
    };
    let mut files = Vec::new();
    if path.is_dir() {
        for entry in std::fs::read_dir(path).map_err(|error| failed(path, &error))? {
            let file = entry.map_err(|error| failed(path, &error))?.path();
            if file.is_file()
                && file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
            {
                files.push(file);
            }
        }
        files.sort();
        if files.is_empty() {
            return Err(failed(path, &"no *.yaml or *.yml in this folder"));
        }
    } else {
        files.push(PathBuf::from(path));
    }
    for file in files {
        let opened = std::fs::File::open(&file).map_err(|error| failed(&file, &error))?;
        let mut bytes = Vec::new();
        // Not by the length it states: a device or a pipe states none.
        let limited = &mut opened.take(FILE_MAX + 1);
        limited.read_to_end(&mut bytes).map_err(|error| failed(&file, &error))?;
        if bytes.len() as u64 > FILE_MAX {
            return Err(failed(&file, &format!("more than the limit of {FILE_MAX} bytes")));
        }
        let text = String::from_utf8(bytes).map_err(|error| failed(&file, &error.utf8_error()))?;
        sources.push(Source { name: file.display().to_string(), text });
    }
    Ok(())
}

/// Loads the rules `files` names; an error shows every error with its place.
pub(super) fn load(
    files: &RuleFiles,
    options: &LoadOptions,
    console: &mut Console<'_>,
) -> Result<RuleSet, Failure> {
    let LoadReport { rules, errors, warnings, .. } = RuleSet::load(&sources(files)?, options);
    for warning in &warnings {
        console.detail(&warning.to_string());
    }
    match rules {
        Some(rules) if errors.is_empty() => Ok(rules),
        _ => Err(Failure::Rules(told(&errors))),
    }
}

/// All errors, with their places.
pub(super) fn told(errors: &[LoadError]) -> String {
    let count = errors.len();
    let head = if count == 1 {
        "the rules do not load".into()
    } else {
        format!("the rules do not load: {count} errors")
    };
    errors.iter().fold(head, |text, error| {
        format!(
            "{text}\n\n{}\n{}",
            escape::terminal(error.to_string().as_bytes()),
            indented(&error.place.snippet())
        )
    })
}

/// A warning with its place.
pub(super) fn warned(warning: &LoadWarning) -> String {
    let shown = escape::terminal(warning.to_string().as_bytes());
    format!("{shown}\n{}", indented(&warning.place.snippet()))
}

/// Two blanks before every line.
pub(super) fn indented(text: &str) -> String {
    text.replace('\t', " ")
        .lines()
        .map(|line| format!("  {}", escape::terminal(line.as_bytes())))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The rules that apply: enabled, and chosen by priority, tags and names.
///
/// Rules that are not chosen are not evaluated, so that they cannot take an event from one that is.
pub(super) fn select<'r>(set: &'r RuleSet, selection: &Selection) -> Result<Vec<&'r Rule>, Failure> {
    let mut patterns: Vec<(Glob, &String, bool)> =
        selection.rule.iter().map(|pattern| (Glob::new(pattern.as_bytes(), true), pattern, false)).collect();
    let mut chosen = Vec::new();
    for rule in set.rules() {
        let mut named = false;
        for (glob, pattern, used) in &mut patterns {
            if glob.matches(rule.name.as_bytes()) {
                *used = true;
                // A pattern chooses among what is enabled, a name means this rule.
                named |= rule.enabled || pattern.eq_ignore_ascii_case(&rule.name);
            }
        }
        let by_name = if patterns.is_empty() { rule.enabled } else { named };
        let by_tag = selection.tag.is_empty() || selection.tag.iter().any(|tag| rule.tags.contains(tag));
        let by_priority = selection.priority.is_none_or(|least| rule.priority <= least);
        if by_name && by_tag && by_priority {
            chosen.push(rule);
        }
    }
    if let Some((_, pattern, _)) = patterns.iter().find(|(_, _, used)| !used) {
        return Err(Failure::Usage(format!(
            "no rule is called `{pattern}`; `saker rules list` shows the names"
        )));
    }
    if let Some(tag) =
        selection.tag.iter().find(|tag| !set.rules().iter().any(|rule| rule.tags.contains(tag)))
    {
        return Err(Failure::Usage(format!("no rule has the tag `{tag}`")));
    }
    Ok(chosen)
}
