//! Findings about rules, as `saker rules check` tells them, and their fixes.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::super::captures::{each, places, workers};
use super::super::console::Console;
use super::super::outcome::{Failure, Outcome};
use super::super::rule_files;
use super::review::replay;
use crate::cli::Reading;
use crate::render::escape;
use crate::rules::findings::{Finding, KNOWN_MISTAKE, UNUSED_EXCLUSION, find, fix};
use crate::rules::{LoadError, LoadOptions, LoadReport, Place, Rule, RuleSet, Source, own_sources};
use crate::views::review::{self, Owner, Review};

/// Findings with their places, but for those that the hint of an error at the same place tells.
pub(super) fn told(found: &[Finding], errors: &[LoadError]) -> String {
    let end = |place: &Place| place.column + place.width;
    let covered = |finding: &&Finding| {
        let place = &finding.place;
        errors.iter().filter(|error| error.hint.is_some()).any(|error| {
            let other = &error.place;
            finding.code == KNOWN_MISTAKE
                && (&other.file, other.line) == (&place.file, place.line)
                && other.column < end(place)
                && place.column < end(other)
        })
    };
    let one = |finding: &Finding| {
        let shown = escape::terminal(finding.to_string().as_bytes());
        format!("finding: {shown}\n{}\n", rule_files::indented(&finding.place.snippet()))
    };
    found.iter().filter(|finding| !covered(finding)).map(one).collect()
}

/// Terms under `not` and rows of exceptions that keep no event out in these captures, though their
/// rules were about some.
pub(super) fn unused(
    set: &RuleSet,
    captures: &[PathBuf],
    console: &mut Console<'_>,
) -> Result<(Vec<Finding>, Outcome), Failure> {
    let review = Review::new(set, |_| true);
    let mut seen = review::Findings::default();
    let workers = workers(None)?;
    let reading = Reading::default();
    let outcome = each(&places(captures)?, &reading, &workers, console, |opened, console| {
        replay(&opened, &workers, &review, &mut seen, console)
    })?;
    let own = |rule: &Rule| set.definitions().is_own(&rule.place);
    // Beside a team's rules, Saker's own are not what is checked.
    let only_own = set.rules().iter().all(own);
    let mut found = Vec::new();
    for (index, study) in review.studies.iter().enumerate() {
        let Some(seen) = seen.seen.get(&index).filter(|seen| seen.core > 0) else { continue };
        if own(study.rule) && !only_own {
            continue;
        }
        for (at, term) in study.terms.iter().enumerate() {
            // A macro's own terms may be of use to another rule.
            if matches!(term.owner, Owner::Macro(_)) || seen.terms.get(at).is_some_and(|(kept, _)| *kept > 0)
            {
                continue;
            }
            let events = if seen.core == 1 { "event" } else { "events" };
            found.push(Finding {
                code: UNUSED_EXCLUSION,
                message: format!(
                    "`{}` excludes none of the {} {events} in these captures that the rule asks for",
                    term.text, seen.core
                ),
                place: Place { item: format!("rule `{}`", study.rule.name), ..term.place.clone() },
                fix: None,
            });
        }
    }
    Ok((found, outcome))
}

/// Shows all fixes as a diff, or makes them.
pub(super) fn fix(
    sources: &[Source],
    options: &LoadOptions,
    report: &LoadReport,
    write: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, Failure> {
    let (fixed, made) = fix::apply(sources, options);
    let own = own_sources();
    let mut files = 0;
    for (old, new) in sources.iter().zip(&fixed).filter(|(old, new)| old != new && !own.contains(old)) {
        files += 1;
        let diff = fix::unified(&old.name, &old.text, &new.text);
        // Line ends and tabs stay, so that the diff fits its file; what acts on a terminal does not.
        let shown = if console.out_is_terminal { escape::terminal_lines(&diff) } else { diff };
        console.out.write_all(shown.as_bytes())?;
        if write {
            replace(Path::new(&old.name), old, new)?;
        }
    }
    let after = RuleSet::load(&fixed, options);
    let left = find(&fixed, &after);
    let many = |n: usize, one: &str, more: &str| format!("{n} {}", if n == 1 { one } else { more });
    let fixes = many(made, "fix", "fixes");
    let files = many(files, "file", "files");
    let findings = many(left.len(), "finding", "findings");
    let verb = if left.len() == 1 { "is" } else { "are" };
    let did = match (made, write) {
        (0, _) => "no fix is known".to_owned(),
        (_, true) => format!("{fixes} made in {files}"),
        (_, false) => format!("{fixes} in {files}; --fix=write makes them"),
    };
    let left = match (after.errors.len(), left.len()) {
        (0, 0) => "nothing is left to do".to_owned(),
        (0, _) => format!("{findings} {verb} left"),
        (errors, _) => format!("{} and {findings} are left", many(errors, "error", "errors")),
    };
    console.note(&format!("{did}; {left}"));
    if report.errors.is_empty() || (write && after.errors.is_empty()) {
        return Ok(Outcome::Clean);
    }
    Err(Failure::Rules(match after.errors.is_empty() {
        true => "the rules do not load; fixed, they do".to_owned(),
        false => format!("with these fixes, {}", rule_files::told(&after.errors)),
    }))
}

/// Puts a file's new text in its place, all at once.
fn replace(path: &Path, old: &Source, new: &Source) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::Output {
        place: path.display().to_string(),
        source: error,
        after: Outcome::Clean,
    };
    let now = std::fs::read_to_string(path).map_err(failed)?;
    if now != old.text {
        return Err(failed(std::io::Error::other("it changed meanwhile")));
    }
    put(path, new.text.as_bytes()).map_err(failed)
}

/// Writes a file all at once: whoever reads it sees what was there or what is new. A link keeps
/// pointing at its file, a device or a pipe is written to.
pub(super) fn put(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let existing = match std::fs::metadata(path) {
        Ok(found) if !found.is_file() => return std::fs::write(path, bytes),
        Ok(found) => Some(found.permissions()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let path = if existing.is_some() { path.canonicalize()? } else { path.to_owned() };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".saker-new");
    let beside = path.with_file_name(name);
    // What stands there is another's, and stays.
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&beside)?;
    let result = (|| {
        if let Some(permissions) = existing {
            file.set_permissions(permissions)?;
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, &path)
    })();
    if result.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    result
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_file_is_replaced_at_once_with_its_mode_and_behind_its_link() {
        let folder = std::env::temp_dir().join(format!("saker-put-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (file, link, beside) = (folder.join("f"), folder.join("l"), folder.join("f.saker-new"));
        put(&file, b"one").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        symlink("f", &link).unwrap();
        put(&link, b"two").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"two");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        std::fs::write(&beside, b"another's").unwrap();
        assert!(put(&file, b"three").is_err());
        assert_eq!(
            (std::fs::read(&file).unwrap(), std::fs::read(&beside).unwrap()),
            (b"two".to_vec(), b"another's".to_vec())
        );
        put(Path::new("/dev/null"), b"x").unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
