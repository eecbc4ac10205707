//! Fixes: put into texts, and shown as a diff.

use std::fmt::Write;

use super::super::{LoadOptions, RuleSet, Source};
use super::{Edit, Finding, find};

/// Most times that files are gone over: a fix may bring another to light.
const MOST_PASSES: usize = 20;
/// Lines of context around a change.
const CONTEXT: usize = 3;
/// Most pairs of lines that are compared one by one.
const MOST_PAIRS: usize = 4_000_000;

/// The files with all fixes in, and how many there were. Of fixes that overlap one is made and the
/// files are looked at again.
pub fn apply(sources: &[Source], options: &LoadOptions) -> (Vec<Source>, usize) {
    let mut fixed = sources.to_vec();
    let mut made = 0;
    for _ in 0..MOST_PASSES {
        let report = RuleSet::load(&fixed, options);
        let found = find(&fixed, &report);
        let (next, count) = once(&fixed, &found);
        if count == 0 || next == fixed {
            break;
        }
        fixed = next;
        made += count;
    }
    (fixed, made)
}

/// Makes the fixes that do not overlap an earlier one.
fn once(sources: &[Source], found: &[Finding]) -> (Vec<Source>, usize) {
    let mut taken: Vec<&Edit> = Vec::new();
    let mut count = 0;
    for fix in found.iter().filter_map(|finding| finding.fix.as_ref()).filter(|fix| !fix.edits.is_empty()) {
        let apart = |edit: &Edit| {
            taken
                .iter()
                .all(|other| other.source != edit.source || edit.end < other.start || other.end < edit.start)
        };
        if fix.edits.iter().all(apart) {
            taken.extend(&fix.edits);
            count += 1;
        }
    }
    // From the end, so that earlier places stay where they are.
    taken.sort_by_key(|edit| std::cmp::Reverse((edit.source, edit.start)));
    let mut fixed = sources.to_vec();
    for edit in taken {
        if let Some(source) = fixed.get_mut(edit.source)
            && source.text.is_char_boundary(edit.start)
            && source.text.is_char_boundary(edit.end)
            && edit.start <= edit.end
        {
            source.text.replace_range(edit.start..edit.end, &edit.text);
        }
    }
    (fixed, count)
}

/// What differs between two texts of a file, as `diff -u` shows it; nothing if they are the same.
pub fn unified(name: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let (before, after): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let lines = compare(&before, &after);
    let mut out = format!("--- {name}\n+++ {name}\n");
    for (start, end) in hunks(&lines) {
        let hunk = lines.get(start..end).unwrap_or_default();
        let done = lines.get(..start).unwrap_or_default();
        let count = |lines: &[Line<'_>], but: char| lines.iter().filter(|line| line.0 != but).count();
        let header = |lines: &[Line<'_>], done: &[Line<'_>], but: char| {
            let (len, first) = (count(lines, but), count(done, but) + 1);
            // Of no lines, the line before is named.
            format!("{},{len}", if len == 0 { first - 1 } else { first })
        };
        let _ = writeln!(out, "@@ -{} +{} @@", header(hunk, done, '+'), header(hunk, done, '-'));
        for (mark, text) in hunk {
            let _ = write!(out, "{mark}{text}");
            if !text.ends_with('\n') {
                out.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    out
}

/// A line with its mark: `-` goes, `+` comes, a blank stays.
type Line<'t> = (char, &'t str);

fn compare<'t>(before: &[&'t str], after: &[&'t str]) -> Vec<Line<'t>> {
    let same = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let rest = |lines: &[&'t str]| lines.get(same..).unwrap_or_default().to_vec();
    let (old, new) = (rest(before), rest(after));
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let middle = |lines: &[&'t str]| lines.get(..lines.len() - tail).unwrap_or_default().to_vec();
    let mut lines: Vec<Line<'t>> = before.iter().take(same).map(|line| (' ', *line)).collect();
    lines.extend(changed(&middle(&old), &middle(&new)));
    lines.extend(old.iter().skip(old.len() - tail).map(|line| (' ', *line)));
    lines
}

/// The longest common part stays, the rest goes and comes.
fn changed<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Line<'t>> {
    let all = |mark: char, lines: &[&'t str]| lines.iter().map(|line| (mark, *line)).collect::<Vec<_>>();
    if old.len().saturating_mul(new.len()) > MOST_PAIRS {
        return [all('-', old), all('+', new)].concat();
    }
    let width = new.len() + 1;
    let mut longest = vec![0u32; (old.len() + 1) * width];
    let at = |longest: &[u32], i: usize, j: usize| longest.get(i * width + j).copied().unwrap_or(0);
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            let value = match a == b {
                true => at(&longest, i + 1, j + 1) + 1,
                false => at(&longest, i + 1, j).max(at(&longest, i, j + 1)),
            };
            if let Some(cell) = longest.get_mut(i * width + j) {
                *cell = value;
            }
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while let (Some(a), Some(b)) = (old.get(i), new.get(j)) {
        if a == b {
            lines.push((' ', *a));
            (i, j) = (i + 1, j + 1);
        } else if at(&longest, i + 1, j) >= at(&longest, i, j + 1) {
            lines.push(('-', *a));
            i += 1;
        } else {
            lines.push(('+', *b));
            j += 1;
        }
    }
    lines.extend(all('-', old.get(i..).unwrap_or_default()));
    lines.extend(all('+', new.get(j..).unwrap_or_default()));
    lines
}

/// Changes with their context; those that touch are one.
fn hunks(lines: &[Line<'_>]) -> Vec<(usize, usize)> {
    let mut hunks: Vec<(usize, usize)> = Vec::new();
    for (at, _) in lines.iter().enumerate().filter(|(_, (mark, _))| *mark != ' ') {
        let (start, end) = (at.saturating_sub(CONTEXT), (at + CONTEXT + 1).min(lines.len()));
        match hunks.last_mut() {
            Some((_, last)) if start <= *last => *last = end,
            _ => hunks.push((start, end)),
        }
    }
    hunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_shows_what_changed_with_context() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\n";
        assert_eq!(
            unified("r.yaml", old, &old.replace("e\n", "E\nE\n")),
            "--- r.yaml\n+++ r.yaml\n@@ -2,7 +2,8 @@\n b\n c\n d\n-e\n+E\n+E\n f\n g\n h\n"
        );
        assert_eq!(unified("r.yaml", old, old), "");
    }

    #[test]
    fn changes_far_apart_are_hunks_of_their_own() {
        let old: String = (0..40).map(|n| format!("{n}\n")).collect();
        let new = old.replace("\n5\n", "\nfive\n").replace("\n30\n", "\nthirty\n");
        let headers: Vec<String> = unified("r", &old, &new)
            .lines()
            .filter(|line| line.starts_with("@@"))
            .map(str::to_owned)
            .collect();
        assert_eq!(headers, ["@@ -3,7 +3,7 @@", "@@ -28,7 +28,7 @@"]);
    }

    #[test]
    fn a_line_without_end_is_told() {
        let want = "--- r\n+++ r\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n";
        assert_eq!(unified("r", "a", "b"), want);
        assert_eq!(unified("r", "", "b\n"), "--- r\n+++ r\n@@ -0,0 +1,1 @@\n+b\n");
    }

    #[test]
    fn edits_that_touch_are_not_made_in_one_pass() {
        let edit = |start, end, text: &str| Edit { source: 0, start, end, text: text.into() };
        let finding = |edits| Finding {
            code: "SAKER_KNOWN_MISTAKE",
            message: String::new(),
            place: Default::default(),
            fix: Some(super::super::Fix { note: String::new(), edits }),
        };
        let source = Source { name: "a".into(), text: "one two three".into() };
        let found =
            [finding(vec![edit(0, 3, "1")]), finding(vec![edit(2, 7, "x")]), finding(vec![edit(8, 13, "3")])];
        let (fixed, count) = once(&[source], &found);
        assert_eq!((fixed[0].text.as_str(), count), ("1 two 3", 2));
    }
}
