//! Errors that point at their place in a text.

use std::ops::Range;

use crate::condition::{ConditionError, Kind};
use crate::render::escape;
use crate::rules;

/// Longest line that is shown around a place.
const SHOWN_MAX: usize = 100;

/// The line of `text` that `at` (bytes) begins in, with carets below the place and `message`.
///
/// ```text
/// and fd.nam startswith /etc
///     ^^^^^^ unknown field `fd.nam`
/// ```
fn caret(text: &str, at: Range<usize>, message: &str) -> String {
    let start = floor(text, at.start);
    let line_start = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |place| place + 1);
    let line = text.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let column = line.get(..start - line_start).unwrap_or(line).chars().count();
    let end = floor(text, at.end.max(start)).min(line_start + line.len());
    let marked = text.get(start..end).map_or(0, |place| place.chars().count()).max(1);
    // Of a long line, what is around the place.
    let skip = if column + marked > SHOWN_MAX { column.saturating_sub(SHOWN_MAX / 3) } else { 0 };
    let shown: String =
        line.chars().skip(skip).take(SHOWN_MAX).map(|c| if c == '\t' { ' ' } else { c }).collect();
    let shown_len = shown.chars().count();
    let marked = marked.min(shown_len.saturating_sub(column - skip).max(1));
    let (pad, marks) = (" ".repeat(column - skip), "^".repeat(marked));
    format!("  {}\n  {pad}{marks} {}", one_width(&shown), escape::terminal_lines(message))
}

/// What is wrong with a condition or template that was given on the command line, with its place and
/// what to do.
pub(super) fn condition(text: &str, error: &ConditionError) -> String {
    let message = match &error.kind {
        // The texts of the rule loader are Falco's, for tools; these are for people.
        Kind::UnknownField(name) => format!("unknown field `{name}`"),
        Kind::UndefinedMacro(name) => format!("`{name}` is no check; macros can only be used in rules"),
        _ => error.to_string(),
    };
    let hint = rules::hint_in(text, error).map_or(String::new(), |hint| format!("; {hint}"));
    caret(text, error.at.start as usize..error.at.end as usize, &format!("{message}{hint}"))
}

/// Replaces what acts on a terminal by one character each, so that carets stay below their place.
fn one_width(text: &str) -> String {
    text.chars()
        .map(|c| {
            if escape::terminal(c.encode_utf8(&mut [0; 4]).as_bytes()).chars().count() == 1 {
                c
            } else {
                '\u{fffd}'
            }
        })
        .collect()
}

/// The nearest start of a character at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|place| text.is_char_boundary(*place)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carets_stand_below_their_place() {
        assert_eq!(
            caret("evt.type = open\nand fd.nam startswith /etc", 20..26, "unknown field `fd.nam`"),
            "  and fd.nam startswith /etc\n      ^^^^^^ unknown field `fd.nam`"
        );
        assert_eq!(caret("", 5..9, "empty"), "  \n  ^ empty");
        assert_eq!(caret("é = ü", 5..99, "here"), "  é = ü\n      ^ here");
        assert_eq!(caret("a\u{1b}[1m b", 6..7, "b"), "  a\u{fffd}[1m b\n        ^ b");
    }

    #[test]
    fn of_a_long_line_the_part_around_the_place_is_shown() {
        let text = format!("{} wrong {}", "a ".repeat(200), "b ".repeat(200));
        let shown = caret(&text, 401..406, "it");
        let (line, marks) = shown.split_once('\n').unwrap();
        assert!(line.len() <= SHOWN_MAX + 2);
        let place = marks.find('^').unwrap();
        assert_eq!(&line[place..place + 5], "wrong");
    }

    #[test]
    fn no_place_makes_it_panic() {
        let text = "ä\nö\tü\r\n";
        for start in 0..12 {
            for end in 0..12 {
                caret(text, start..end, "x");
            }
        }
    }
}
