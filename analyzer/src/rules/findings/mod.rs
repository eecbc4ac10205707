//! What Falco does not say about rules: conditions that can never be true, exceptions that never
//! apply, mistakes whose fix is known.
//!
//! A check is a row of `CHECKS`. All of them look at rules as they are written, so that they also
//! work if the rules do not load. What is reported is certain: a finding that might be wrong is none.

mod exceptions;
mod facts;
pub mod fix;
#[cfg(test)]
mod law;
mod leaf;
mod lists;
pub mod mistakes;
mod never;
mod shadow;
mod study;
mod walk;

use std::fmt;

use super::report::Place;
use super::{LoadReport, Source};
use crate::condition::plan::Env;
use study::Study;

/// Something to look at in rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which: `SAKER_…`, a row of [`CODES`].
    pub code: &'static str,
    /// What, in a sentence without full stop.
    pub message: String,
    /// Where.
    pub place: Place,
    /// What to do about it, if that is known.
    pub fix: Option<Fix>,
}

/// A change that does away with a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in a few words.
    pub note: String,
    /// The changes, none if a person has to make them.
    pub edits: Vec<Edit>,
}

/// A change of a file's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Which file, by its place among the sources.
    pub source: usize,
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// What is to stand there.
    pub text: String,
}

impl fmt::Display for Finding {
    /// `file:line:column: CODE: item: message; fix`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let item = if self.place.item.is_empty() { String::new() } else { format!("{}: ", self.place.item) };
        write!(f, "{}: {}: {item}{}", self.place, self.code, self.message)?;
        match &self.fix {
            Some(fix) => write!(f, "; {}", fix.note),
            None => Ok(()),
        }
    }
}

/// A code and what it says.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// `SAKER_…`
    pub name: &'static str,
    /// What it means, in a sentence.
    pub doc: &'static str,
    /// A condition for which it is given, with lines that follow it in the file.
    pub example: &'static str,
    /// What to do about it.
    pub fix: &'static str,
}

/// The condition, or a term of it, can never hold.
pub const NEVER_TRUE: &str = "SAKER_NEVER_TRUE";
/// An excluded term can never hold.
pub const ALWAYS_TRUE: &str = "SAKER_ALWAYS_TRUE";
/// An earlier term excludes the same.
pub const REDUNDANT: &str = "SAKER_REDUNDANT";
/// A mistake whose fix is known.
pub const KNOWN_MISTAKE: &str = "SAKER_KNOWN_MISTAKE";
/// A literal is longer than a command name.
pub const COMM_TOO_LONG: &str = "SAKER_COMM_TOO_LONG";
/// An exception has no effect.
pub const EXCEPTION_NEVER_APPLIES: &str = "SAKER_EXCEPTION_NEVER_APPLIES";
/// A term excludes nothing in given captures.
pub const UNUSED_EXCLUSION: &str = "SAKER_UNUSED_EXCLUSION";
/// An earlier rule takes every event.
pub const SHADOWED: &str = "SAKER_SHADOWED";
/// A list names something twice.
pub const DUPLICATE_ITEM: &str = "SAKER_DUPLICATE_ITEM";
/// A list's item cannot be what was meant.
pub const ODD_ITEM: &str = "SAKER_ODD_ITEM";

/// Every code, in the order of the documentation.
pub static CODES: &[Code] = &[
    Code {
        name: KNOWN_MISTAKE,
        doc: "Something people often write and do not mean; see below.",
        example: "spawned_process and proc.name not in (sh, bash)",
        fix: "as proposed; `--fix` shows it",
    },
    Code {
        name: NEVER_TRUE,
        doc: "The condition, an alternative in it, or the condition at an event it names can never be true: a \
              field has no value there, a value is none that the field can have, or terms contradict each other.",
        example: "evt.type = chmod and fd.name = /etc/shadow",
        fix: "use a field that the event has, or drop the term",
    },
    Code {
        name: ALWAYS_TRUE,
        doc: "An exclusion excludes nothing: what it names can never happen together with what the rule asks for.",
        example: "spawned_process and not fd.name startswith /tmp",
        fix: "drop it, or exclude by a field that the event has",
    },
    Code {
        name: REDUNDANT,
        doc: "What is excluded here is excluded by an earlier term already.",
        example: "spawned_process and not proc.name = sh and not (proc.name = sh and user.name = root)",
        fix: "drop it, or narrow the earlier one",
    },
    Code {
        name: COMM_TOO_LONG,
        doc: "A command name is compared with more than the 15 bytes it can have.",
        example: "spawned_process and proc.name in (sshd, systemd-networkd)",
        fix: "write the first 15 bytes, or compare `proc.exepath`",
    },
    Code {
        name: EXCEPTION_NEVER_APPLIES,
        doc: "A row of an exception can never hold together with the rule's condition, or repeats another row.",
        example: "spawned_process and proc.name = sh\n  exceptions: [{name: x, fields: [proc.name], values: [[bash]]}]",
        fix: "correct the row, or drop it",
    },
    Code {
        name: SHADOWED,
        doc: "An earlier rule holds whenever this one does. An event raises one alert, the first: this rule \
              never raises any.",
        example: "spawned_process\n- rule: S\n  desc: d\n  output: o\n  priority: INFO\n  condition: spawned_process and proc.name = sh",
        fix: "put the narrower rule first, or use `--rule-matching all`",
    },
    Code {
        name: UNUSED_EXCLUSION,
        doc: "With `--captures`: the rule's condition held for events but for its exclusions, and this one kept none of them out.",
        example: "spawned_process and not proc.name = sh",
        fix: "see whether it is meant for something that these captures do not have; else drop it",
    },
    Code {
        name: DUPLICATE_ITEM,
        doc: "A list names something twice.",
        example: "spawned_process and proc.name in (sh, bash, sh)",
        fix: "drop one",
    },
    Code {
        name: ODD_ITEM,
        doc: "A list's item has a blank in it without quotes of the condition's own, or brings a comma along.",
        example: "spawned_process and proc.name in (odd)\n- list: odd\n  items: [\"a,\"]",
        fix: "quote it twice, `'\"a b\"'`, or take the comma out",
    },
];

/// What a check works with.
struct Context<'a> {
    study: &'a Study<'a>,
    report: &'a LoadReport,
    env: Env<'a>,
}

/// A check.
type Check = fn(&Context<'_>, &mut Vec<Finding>);

/// Every check, in the order in which they run. Of two findings at one place with one code the
/// earlier stays.
static CHECKS: &[Check] = &[
    // mistakes whose fix is known
    mistakes::check,
    // conditions and terms that never hold
    never::check,
    // exceptions without effect
    exceptions::check,
    // items of lists
    lists::check,
    // rules in the shadow of others
    shadow::check,
];

/// Most findings that are kept: nobody reads more, and each has its place looked up.
const MOST_FINDINGS: usize = 1000;

/// Looks at files that follow each other and at what came of loading them.
///
/// Findings come in the order of the files, and there from top to bottom.
pub fn find(sources: &[Source], report: &LoadReport) -> Vec<Finding> {
    let env = Env::captures();
    let study = Study::new(sources, &env);
    let context = Context { study: &study, report, env };
    let mut found: Vec<Finding> = Vec::new();
    for check in CHECKS {
        let mut new = Vec::new();
        check(&context, &mut new);
        for finding in new.into_iter().take(MOST_FINDINGS.saturating_sub(found.len())) {
            let known = found.iter().any(|old| old.code == finding.code && old.place == finding.place);
            if !known {
                found.push(finding);
            }
        }
    }
    let order = |finding: &Finding| {
        let file = sources.iter().position(|source| source.name == finding.place.file);
        (file, finding.place.line, finding.place.column, finding.code)
    };
    found.sort_by_key(order);
    found
}
