//! Regular expressions as Sigma has them, found anywhere in a value, in the syntax of the operator
//! `regex`, which is POSIX's and speaks of the whole value.

use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::ast::{
    AssertionKind, Ast, ClassPerlKind, Flag, Flags, GroupKind, RepetitionKind, RepetitionRange,
};

use super::brackets::{bracketed, perl};
use super::modifiers::RegexFlags;

/// Longest expression that is taken.
const LENGTH_MAX: usize = 16 << 10;
/// Deepest nesting.
const DEPTH_MAX: u32 = 40;
/// Anything: `.` alone stops at line breaks, which command lines have.
const ANYTHING: &str = r"(.|\n)*";
/// What stands before a word.
const BEFORE_WORD: &str = r"((.|\n)*[^[:alnum:]_])?";
/// What stands behind a word.
const BEHIND_WORD: &str = r"([^[:alnum:]_](.|\n)*)?";

pub(super) type Result<T> = std::result::Result<T, String>;

/// The expression that matches a whole value if `text` is found in it.
pub(super) fn translate(text: &str, flags: RegexFlags) -> Result<String> {
    if text.len() > LENGTH_MAX {
        return Err(format!("longer than {LENGTH_MAX} bytes"));
    }
    let ast = ParserBuilder::new()
        .nest_limit(DEPTH_MAX)
        .build()
        .parse(text)
        .map_err(|error| error.kind().to_string())?;
    let mut ways = Vec::new();
    alternatives(&ast, flags, &mut ways)?;
    let Some(first) = ways.first() else { return Err("empty".to_owned()) };
    if ways.iter().any(|way| (way.before, way.behind) != (first.before, first.behind)) {
        let all: Vec<String> =
            ways.iter().map(|way| format!("{}{}{}", way.before, way.body, way.behind)).collect();
        return Ok(all.join("|"));
    }
    let bodies: Vec<&str> = ways.iter().map(|way| way.body.as_str()).collect();
    let body = if bodies.len() > 1 { format!("({})", bodies.join("|")) } else { bodies.concat() };
    Ok(format!("{}{body}{}", first.before, first.behind))
}

/// One of several ways to match.
struct Way {
    before: &'static str,
    body: String,
    behind: &'static str,
}

/// Takes the outermost alternation apart: each part may be bound to the ends of the value.
fn alternatives(ast: &Ast, mut flags: RegexFlags, ways: &mut Vec<Way>) -> Result<()> {
    match ast {
        Ast::Alternation(all) => all.asts.iter().try_for_each(|ast| alternatives(ast, flags, ways)),
        Ast::Group(group) => {
            if let GroupKind::NonCapturing(set) = &group.kind {
                flags = changed(flags, set);
            }
            alternatives(&group.ast, flags, ways)
        }
        Ast::Concat(concat) => way(&concat.asts, flags).map(|way| ways.push(way)),
        other => way(std::slice::from_ref(other), flags).map(|way| ways.push(way)),
    }
}

fn way(mut parts: &[Ast], mut flags: RegexFlags) -> Result<Way> {
    while let [Ast::Flags(set), rest @ ..] = parts {
        flags = changed(flags, &set.flags);
        parts = rest;
    }
    let (mut before, mut behind) = (ANYTHING, ANYTHING);
    if let [first, rest @ ..] = parts {
        match assertion(first, flags) {
            Some(AssertionKind::StartText) => (before, parts) = ("", rest),
            Some(AssertionKind::WordBoundary) if rest.first().is_some_and(|next| in_word(next, false)) => {
                (before, parts) = (BEFORE_WORD, rest);
            }
            _ => {}
        }
    }
    if let [rest @ .., last] = parts {
        match assertion(last, flags) {
            Some(AssertionKind::EndText) => (behind, parts) = ("", rest),
            Some(AssertionKind::WordBoundary) if rest.last().is_some_and(|next| in_word(next, true)) => {
                (behind, parts) = (BEHIND_WORD, rest);
            }
            _ => {}
        }
    }
    // `.*` beside what may be anything says nothing.
    while before == ANYTHING
        && let [first, rest @ ..] = parts
        && is_any(first)
    {
        parts = rest;
    }
    while behind == ANYTHING
        && let [rest @ .., last] = parts
        && is_any(last)
    {
        parts = rest;
    }
    let mut body = String::new();
    for part in parts {
        if let Ast::Flags(set) = part {
            flags = changed(flags, &set.flags);
        } else {
            print(part, flags, &mut body)?;
        }
    }
    if body.is_empty() && before == ANYTHING && behind == ANYTHING {
        before = "";
    }
    Ok(Way { before, body, behind })
}

fn changed(flags: RegexFlags, set: &Flags) -> RegexFlags {
    RegexFlags {
        fold: set.flag_state(Flag::CaseInsensitive).unwrap_or(flags.fold),
        lines: set.flag_state(Flag::MultiLine).unwrap_or(flags.lines),
        dot_all: set.flag_state(Flag::DotMatchesNewLine).unwrap_or(flags.dot_all),
    }
}

/// What a part asserts: `^` and `$` as the ends of the value, unless they are ends of lines.
fn assertion(ast: &Ast, flags: RegexFlags) -> Option<AssertionKind> {
    let Ast::Assertion(assertion) = ast else { return None };
    Some(match &assertion.kind {
        AssertionKind::StartLine if !flags.lines => AssertionKind::StartText,
        AssertionKind::EndLine if !flags.lines => AssertionKind::EndText,
        kind => kind.clone(),
    })
}

/// Whether the first, or the last, character that a part matches is surely part of a word.
fn in_word(ast: &Ast, last: bool) -> bool {
    match ast {
        Ast::Literal(literal) => literal.c.is_ascii_alphanumeric() || literal.c == '_',
        Ast::ClassPerl(class) => !class.negated && class.kind != ClassPerlKind::Space,
        Ast::Group(group) => in_word(&group.ast, last),
        Ast::Alternation(all) => all.asts.iter().all(|ast| in_word(ast, last)),
        Ast::Concat(concat) => {
            let part = if last { concat.asts.last() } else { concat.asts.first() };
            part.is_some_and(|part| in_word(part, last))
        }
        Ast::Repetition(repetition) => {
            let least = match &repetition.op.kind {
                RepetitionKind::ZeroOrOne | RepetitionKind::ZeroOrMore => 0,
                RepetitionKind::OneOrMore => 1,
                RepetitionKind::Range(
                    RepetitionRange::Exactly(n)
                    | RepetitionRange::AtLeast(n)
                    | RepetitionRange::Bounded(n, _),
                ) => *n,
            };
            least > 0 && in_word(&repetition.ast, last)
        }
        _ => false,
    }
}

fn is_any(ast: &Ast) -> bool {
    matches!(ast, Ast::Repetition(repetition)
        if repetition.op.kind == RepetitionKind::ZeroOrMore && matches!(*repetition.ast, Ast::Dot(_)))
}

fn print(ast: &Ast, mut flags: RegexFlags, out: &mut String) -> Result<()> {
    match ast {
        Ast::Empty(_) | Ast::Flags(_) => {}
        Ast::Literal(literal) if flags.fold && literal.c.is_ascii_alphabetic() => {
            out.extend(['[', literal.c.to_ascii_lowercase(), literal.c.to_ascii_uppercase(), ']']);
        }
        Ast::Literal(literal) => escaped(literal.c, r"\.[](){}*+?|^$", out),
        Ast::Dot(_) => out.push_str(if flags.dot_all { r"(.|\n)" } else { "." }),
        Ast::Assertion(_) => match assertion(ast, flags) {
            Some(AssertionKind::StartLine) => out.push('^'),
            Some(AssertionKind::EndLine) => out.push('$'),
            Some(AssertionKind::StartText | AssertionKind::EndText) => {
                return Err("`^` and `$` only at the ends of the expression or of its parts".to_owned());
            }
            _ => return Err(r"`\b` and its kin only beside words at the ends of the expression".to_owned()),
        },
        Ast::ClassUnicode(_) => return Err("classes of Unicode".to_owned()),
        Ast::ClassPerl(class) => {
            out.push_str(if class.negated { "[^" } else { "[" });
            out.push_str(perl(class));
            out.push(']');
        }
        Ast::ClassBracketed(class) => bracketed(class, flags, out)?,
        Ast::Repetition(repetition) => {
            // Possessive, if it stands so: `a++`.
            if matches!(*repetition.ast, Ast::Repetition(_)) {
                return Err("a repetition of a repetition".to_owned());
            }
            print(&repetition.ast, flags, out)?;
            match &repetition.op.kind {
                RepetitionKind::ZeroOrOne => out.push('?'),
                RepetitionKind::ZeroOrMore => out.push('*'),
                RepetitionKind::OneOrMore => out.push('+'),
                RepetitionKind::Range(RepetitionRange::Exactly(n)) => out.push_str(&format!("{{{n}}}")),
                RepetitionKind::Range(RepetitionRange::AtLeast(n)) => out.push_str(&format!("{{{n},}}")),
                RepetitionKind::Range(RepetitionRange::Bounded(n, m)) => {
                    out.push_str(&format!("{{{n},{m}}}"));
                }
            }
        }
        Ast::Group(group) => {
            if let GroupKind::NonCapturing(set) = &group.kind {
                flags = changed(flags, set);
            }
            out.push('(');
            print(&group.ast, flags, out)?;
            out.push(')');
        }
        Ast::Alternation(all) => {
            for (index, ast) in all.asts.iter().enumerate() {
                if index > 0 {
                    out.push('|');
                }
                print(ast, flags, out)?;
            }
        }
        Ast::Concat(concat) => {
            for ast in &concat.asts {
                if let Ast::Flags(set) = ast {
                    flags = changed(flags, &set.flags);
                }
                print(ast, flags, out)?;
            }
        }
    }
    Ok(())
}

/// A character as itself: `special` ones behind a backslash.
pub(super) fn escaped(c: char, special: &str, out: &mut String) {
    match c {
        '\n' => out.push_str(r"\n"),
        '\t' => out.push_str(r"\t"),
        '\r' => out.push_str(r"\r"),
        c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
        c => {
            if special.contains(c) {
                out.push('\\');
            }
            out.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::{Filter, testing};

    const PLAIN: RegexFlags = RegexFlags { fold: false, lines: false, dot_all: false };

    fn plain(text: &str) -> Result<String> {
        translate(text, PLAIN)
    }

    #[test]
    fn what_is_found_anywhere_is_said_of_the_whole_value() {
        let rows = [
            ("abc", r"(.|\n)*abc(.|\n)*"),
            (".*abc.*", r"(.|\n)*abc(.|\n)*"),
            ("^abc", r"abc(.|\n)*"),
            ("abc$", r"(.|\n)*abc"),
            ("^(a|b)$", "(a|b)"),
            ("^a|b$", r"a(.|\n)*|(.|\n)*b"),
            ("(?:a|b)", r"(.|\n)*(a|b)(.|\n)*"),
            (r"\d+\s*\w", r"(.|\n)*[[:digit:]]+[[:space:]]*[[:alnum:]_](.|\n)*"),
            (r"[\d\-_]{2,3}?", r"(.|\n)*[[:digit:]\-_]{2,3}(.|\n)*"),
            (r"a\.b\/c", r"(.|\n)*a\.b/c(.|\n)*"),
            (r"\bnc\b", r"((.|\n)*[^[:alnum:]_])?nc([^[:alnum:]_](.|\n)*)?"),
            (r"[\s\S]x", r"(.|\n)*(.|\n)x(.|\n)*"),
            ("(?i)ab[c-e]", r"(.|\n)*[aA][bB][c-eCDE](.|\n)*"),
        ];
        for (text, expected) in rows {
            assert_eq!(plain(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_posix_cannot_say_is_refused() {
        for text in [
            "a(?=b)", "(?<!a)b", r"(a)\1", r"\p{L}", "a++", "(a", r"a\b-", "x(^a)", "[a&&b]", r"[\S,]",
            "a^b", r"\B",
        ] {
            assert!(plain(text).is_err(), "{text}: {:?}", plain(text));
        }
        assert!(plain(&"(".repeat(10_000)).is_err());
        assert!(plain(&"(a".repeat(100)).is_err());
    }

    /// The translated expression, asked of a value through the operator.
    fn holds(text: &str, flags: RegexFlags, value: &str) -> bool {
        let pattern = super::super::tree::quoted(&translate(text, flags).unwrap());
        let filter = Filter::compile_in(&format!("proc.cmdline regex {pattern}"), &testing::env()).unwrap();
        let value = crate::fields::Value::owned(value.as_bytes());
        filter.holds(&testing::Table::of("execve", &[("proc.cmdline", value)]))
    }

    #[test]
    fn translated_expressions_find_what_the_original_finds() {
        let texts = [
            "abc",
            "^abc",
            "abc$",
            "^$",
            "",
            "a|^b",
            r"\bnc\b",
            r"\d{2,}",
            "[^a-c]x",
            "a.c",
            "(ab)+c?",
            "[]x]",
            r"a\nb",
            "(?i)NC",
            "x{2}",
            r"[\w.-]+@\w",
            "(a|b(c|d))e",
            r"\s-e\s",
            "(?s)a.c",
            "(?:(?i)a)b",
        ];
        let values = [
            "",
            "abc",
            "xabcx",
            "b",
            "nc",
            "a nc -e x",
            "ncat",
            "12",
            "1",
            "zx",
            "a\nc",
            "abab",
            "]",
            "a\nb",
            "NC",
            "xx",
            "me@x",
            "bce",
            "ae",
            "y -e z",
            "Ab",
            "\nabc\n",
            "nc\n-e",
            "x\nnc",
            "ax",
        ];
        for flags in [PLAIN, RegexFlags { fold: true, ..PLAIN }, RegexFlags { dot_all: true, ..PLAIN }] {
            for text in texts {
                let original = regex::RegexBuilder::new(text)
                    .case_insensitive(flags.fold)
                    .dot_matches_new_line(flags.dot_all)
                    .unicode(true)
                    .build()
                    .unwrap();
                for value in values {
                    assert_eq!(
                        holds(text, flags, value),
                        original.is_match(value),
                        "{text:?} on {value:?} with {flags:?}: {:?}",
                        translate(text, flags)
                    );
                }
            }
        }
    }

    use proptest::prelude::*;

    /// Pieces of expressions: not all of what comes of them can be parsed, or said.
    fn any_regex() -> impl Strategy<Value = String> {
        let pieces = vec![
            "a",
            "b",
            "A",
            "-",
            " ",
            ".",
            ".*",
            "^",
            "$",
            r"\b",
            r"\d",
            r"\S",
            "[ab]",
            "[^a]",
            "[A-b]",
            "(a|b)",
            "(?:ab)",
            "(?i)",
            "*",
            "+",
            "?",
            "{2}",
            "|",
            "(",
            ")",
            r"\.",
            r"\n",
            "[[:upper:]]",
            "$|^",
        ];
        proptest::collection::vec(proptest::sample::select(pieces), 0..7).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]

        /// forall expressions that are taken, values: the translation holds if the original is found.
        #[test]
        fn translation_keeps_the_meaning(text in any_regex(), fold in any::<bool>(), values in
            proptest::collection::vec("[abAB\\- .\n1]{0,6}", 6)) {
            let flags = RegexFlags { fold, ..PLAIN };
            let original = regex::RegexBuilder::new(&text).case_insensitive(fold).build();
            if let (Ok(_), Ok(original)) = (translate(&text, flags), original) {
                for value in &values {
                    prop_assert_eq!(
                        holds(&text, flags, value), original.is_match(value),
                        "{:?} on {:?}: {:?}", text, value, translate(&text, flags)
                    );
                }
            }
        }
    }
}
