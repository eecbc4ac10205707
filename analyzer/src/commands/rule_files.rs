//! Loading the rules a command line names, and choosing among them.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::config::Config;
use super::console::Console;
use super::outcome::Failure;
use crate::cli::{RuleFiles, Selection};
use crate::render::escape;
use crate::rules::{
    self, Choice, LoadError, LoadOptions, LoadReport, LoadWarning, Off, RuleSet, Source, Wanted,
};

/// Largest rules file that is read, bytes. The stock files have 60 KiB.
const FILE_MAX: u64 = 16 << 20;

/// Texts of rules files, and what could not be read.
#[derive(Default)]
pub(super) struct Files {
    /// The texts, in the order in which they load.
    pub(super) sources: Vec<Source>,
    /// Names of files, and why there is no text.
    pub(super) unreadable: Vec<(String, String)>,
}

impl Files {
    /// The texts that `files` names: Saker's own rules unless others replace them (those of a
    /// `falco.yaml` among them), then what is added.
    pub(super) fn of(files: &RuleFiles, config: &Config, console: &mut Console<'_>) -> Self {
        let mut read = Self::default();
        files.rules.iter().for_each(|path| read.read(path, false));
        if files.rules.is_empty() && !config.rules(&mut read, console) {
            read.sources.extend(rules::own_sources());
        }
        files.add_rules.iter().for_each(|path| read.read(path, false));
        read
    }

    /// Reads a file, or all `*.yaml` and `*.yml` of a folder in order of their names. A folder may be
    /// empty only if that is `allowed`.
    pub(super) fn read(&mut self, path: &Path, allowed: bool) {
        if !path.is_dir() {
            return self.file(path);
        }
        let is_rules = |file: &PathBuf| {
            let extension = file.extension();
            file.is_file() && extension.is_some_and(|extension| extension == "yaml" || extension == "yml")
        };
        let entries = std::fs::read_dir(path).and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>()
        });
        match entries {
            Ok(mut found) => {
                found.retain(is_rules);
                found.sort();
                if found.is_empty() && !allowed {
                    self.fail(path, "no *.yaml or *.yml in this folder");
                }
                found.iter().for_each(|file| self.file(file));
            }
            Err(error) => self.fail(path, &error.to_string()),
        }
    }

    fn fail(&mut self, path: &Path, why: &str) {
        self.unreadable.push((path.display().to_string(), why.to_owned()));
    }

    fn file(&mut self, path: &Path) {
        let mut bytes = Vec::new();
        // Not by the length it states: a device or a pipe states none.
        let read = std::fs::File::open(path).and_then(|file| file.take(FILE_MAX + 1).read_to_end(&mut bytes));
        if let Err(error) = read {
            return self.fail(path, &error.to_string());
        }
        if bytes.len() as u64 > FILE_MAX {
            return self.fail(path, &format!("more than the limit of {} MiB", FILE_MAX >> 20));
        }
        match String::from_utf8(bytes) {
            Ok(text) => self.sources.push(Source { name: path.display().to_string(), text }),
            Err(error) => self.fail(path, &format!("it is not UTF-8: {}", error.utf8_error())),
        }
    }

    /// Loads them.
    pub(super) fn load(&self, options: &LoadOptions) -> LoadReport {
        let unreadable = [options.unreadable.clone(), self.unreadable.clone()].concat();
        RuleSet::load(&self.sources, &LoadOptions { unreadable, ..options.clone() })
    }
}

/// Loads the rules `files` names; an error shows every error with its place.
pub(super) fn load(
    files: &RuleFiles,
    options: &LoadOptions,
    console: &mut Console<'_>,
) -> Result<RuleSet, Failure> {
    let config = Config::open(files.config.as_deref(), console)?;
    load_with(files, &config, options, console)
}

/// As [`load`], with what a `falco.yaml` says.
pub(super) fn load_with(
    files: &RuleFiles,
    config: &Config,
    options: &LoadOptions,
    console: &mut Console<'_>,
) -> Result<RuleSet, Failure> {
    let mut options = options.clone();
    options.append_output.splice(0..0, config.append_output.iter().cloned());
    let report = Files::of(files, config, console).load(&options);
    for warning in &report.warnings {
        console.detail(&warning.to_string());
    }
    for file in report.files.iter().filter(|file| !file.own) {
        console.detail(&file.to_string());
    }
    for skipped in &report.skipped {
        console.detail(&format!("rule `{}` is left out: {}", skipped.rule, skipped.reason));
    }
    match report.rules {
        Some(rules) if report.errors.is_empty() => Ok(rules),
        _ => Err(Failure::Rules(told(&report.errors))),
    }
}

/// Most bytes of a message: a name may have megabytes.
const MESSAGE_MAX: usize = 4096;

/// The beginning of a long message.
fn clipped(text: &str) -> std::borrow::Cow<'_, str> {
    if text.len() <= MESSAGE_MAX {
        return text.into();
    }
    format!("{}…", text.get(..text.floor_char_boundary(MESSAGE_MAX)).unwrap_or_default()).into()
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
        let shown = escape::terminal(clipped(&error.to_string()).as_bytes());
        if error.place.line == 0 {
            return format!("{text}\n\n{shown}");
        }
        format!("{text}\n\n{shown}\n{}", indented(&error.place.snippet()))
    })
}

/// A warning with its place.
pub(super) fn warned(warning: &LoadWarning) -> String {
    let shown = escape::terminal(clipped(&warning.to_string()).as_bytes());
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

/// The rules that run: what the files enable, switched by `config`, then by the command line, and
/// limited to its names, tags and priority.
///
/// Rules that are not chosen are not evaluated, so that they cannot take an event from one that is.
pub(super) fn select<'r>(
    set: &'r RuleSet,
    config: &Config,
    selection: &Selection,
    console: &mut Console<'_>,
) -> Result<Choice<'r>, Failure> {
    // What a file switches may be in another set of rules; what a person types is meant.
    let by_file = Wanted { switches: config.switches.iter().collect(), ..Wanted::default() };
    for unused in rules::choose(set, &by_file).unused {
        console.warn(&format!("the configuration: {unused}"));
    }
    let asked = Wanted {
        switches: selection.switches.0.iter().collect(),
        priority: None,
        tags: &selection.tag,
        names: &selection.rule,
    };
    if let Some(unused) = rules::choose(set, &asked).unused.into_iter().next() {
        return Err(Failure::Usage(unused));
    }
    let choice = rules::choose(set, &wanted(config, selection));
    console.detail(&chosen(&choice));
    if choice.rules.is_empty() {
        console.warn("no rule runs, so no alert can come");
    }
    Ok(choice)
}

/// What `config` and the command line ask for.
pub(super) fn wanted<'w>(config: &'w Config, selection: &'w Selection) -> Wanted<'w> {
    Wanted {
        switches: config.switches.iter().chain(&selection.switches.0).collect(),
        priority: selection.priority.or(config.priority),
        tags: &selection.tag,
        names: &selection.rule,
    }
}

/// `1 rule`, `2 rules`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// How many rules run, and why the others do not.
pub(super) fn chosen(choice: &Choice<'_>) -> String {
    let why = [(Off::File, "their file"), (Off::Selection, "the selection"), (Off::Priority, "the priority")];
    let all = choice.rules.len() + choice.off.len();
    let mut text = format!("{}: {} enabled", counted(all, "rule"), choice.rules.len());
    let mut verb = " disabled";
    for (off, by) in why {
        let count = choice.count(off);
        if count > 0 {
            text += &format!(", {count}{verb} by {by}");
            verb = "";
        }
    }
    text
}
