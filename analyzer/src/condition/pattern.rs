//! Regular expressions: POSIX egrep syntax, matched against the whole value.

use regex::{Regex, RegexBuilder};

use super::limits::Limits;

/// A compiled expression that must match all of a value.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
    /// As the rule has it.
    text: String,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Pattern {
    /// Compiles an expression; what is wrong with it otherwise.
    pub fn new(text: &str) -> Result<Self, String> {
        Self::within(text, Limits::DEFAULT.regex)
    }

    /// As [`Pattern::new`], taking no more than `bytes` once compiled.
    pub fn within(text: &str, bytes: usize) -> Result<Self, String> {
        let body = translate(text)?;
        // In POSIX syntax `^` and `$` match at lines; the whole value is a matter of \A and \z.
        let regex = RegexBuilder::new(&format!(r"\A(?m:{body})\z"))
            .size_limit(bytes)
            .dfa_size_limit(bytes)
            .nest_limit(100)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => format!("'{text}' is too large"),
                _ => format!("'{text}' is not a POSIX regular expression"),
            })?;
        Ok(Self { regex, text: text.to_owned() })
    }

    /// Whether all of `value` matches. What is not UTF-8 counts as U+FFFD.
    pub fn matches(&self, value: &[u8]) -> bool {
        self.regex.is_match(&String::from_utf8_lossy(value))
    }

    /// As the rule has it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the expression says no more than `=`, `contains`, `startswith` or `endswith` could:
    /// no operator except anchors, or any characters, at its ends.
    pub fn is_plain(text: &str) -> bool {
        const ANY: [&str; 3] = [".*", ".+", ".?"];
        let text = ["^"].iter().chain(&ANY).find_map(|edge| text.strip_prefix(edge)).unwrap_or(text);
        let text = ["$"].iter().chain(&ANY).find_map(|edge| text.strip_suffix(edge)).unwrap_or(text);
        !text.contains(['.', '[', ']', '(', ')', '{', '}', '*', '+', '?', '|', '^', '$', '\\'])
    }
}

/// Says in the syntax of the `regex` crate what `text` says in POSIX egrep syntax, and refuses what
/// goes beyond that (`\d`, `(?i)`).
fn translate(text: &str) -> Result<String, String> {
    let mut out = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    let mut after_repeat = false;
    while let Some(c) = chars.next() {
        let mut repeat = false;
        match c {
            '\\' => escape(&mut chars, &mut out)?,
            '[' => class(&mut chars, &mut out)?,
            '(' if chars.peek() == Some(&'?') => {
                return Err("flags and named groups are not part of POSIX syntax: `(?`".to_owned());
            }
            '?' if after_repeat => {
                // `a+?` is `(a+)?` here, not a lazy `a+`.
                out.push_str("{0,1}");
                repeat = true;
            }
            '{' => {
                let ahead: String = chars.clone().take_while(|c| *c != '}').collect();
                let counts = ahead.strip_suffix(',').unwrap_or(&ahead);
                let is_count = chars.clone().any(|c| c == '}')
                    && counts.starts_with(|c: char| c.is_ascii_digit())
                    && counts.split(',').count() <= 2
                    && counts.split(',').all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
                if is_count {
                    out.push('{');
                    out.push_str(&ahead);
                    out.push('}');
                    for _ in 0..=ahead.chars().count() {
                        chars.next();
                    }
                    repeat = true;
                } else {
                    out.push_str(r"\{");
                }
            }
            '}' => out.push_str(r"\}"),
            '*' | '+' | '?' => {
                out.push(c);
                repeat = true;
            }
            c => out.push(c),
        }
        after_repeat = repeat;
    }
    Ok(out)
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn escape(chars: &mut Chars<'_>, out: &mut String) -> Result<(), String> {
    match chars.next() {
        None => Err("a backslash at the end".to_owned()),
        Some(c @ ('a' | 'f' | 'n' | 'r' | 't' | 'v' | 'x')) => {
            out.push('\\');
            out.push(c);
            Ok(())
        }
        Some(c) if c.is_ascii_alphanumeric() => {
            Err(format!("`\\{c}` is not part of POSIX syntax, classes are written [[:digit:]]"))
        }
        Some(c) if c == '_' || !c.is_ascii() => {
            out.push(c);
            Ok(())
        }
        Some(c) => {
            out.push_str(&regex::escape(&c.to_string()));
            Ok(())
        }
    }
}

/// A bracket expression, from behind its `[`.
fn class(chars: &mut Chars<'_>, out: &mut String) -> Result<(), String> {
    out.push('[');
    if chars.peek() == Some(&'^') {
        chars.next();
        out.push('^');
    }
    let mut first = true;
    loop {
        match chars.next() {
            None => return Err("missing ']'".to_owned()),
            Some(']') if !first => break,
            Some('[') if chars.peek() == Some(&':') => {
                let name: String = chars.by_ref().take_while(|c| *c != ']').collect();
                out.push('[');
                out.push_str(&name);
                out.push(']');
            }
            Some('\\') => escape(chars, out)?,
            // Set operators of the `regex` crate are ordinary characters in POSIX.
            Some(c @ ('[' | ']' | '&' | '~')) => {
                out.push('\\');
                out.push(c);
            }
            Some('-') if chars.peek() == Some(&'-') => out.push_str(r"\-"),
            Some(c) => out.push(c),
        }
        first = false;
    }
    out.push(']');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_the_value_must_match() {
        assert!(Pattern::new("s.*l").unwrap().matches(b"syscall"));
        assert!(!Pattern::new("sys").unwrap().matches(b"syscall"));
        assert!(Pattern::new("a|b").unwrap().matches(b"b"));
        assert!(!Pattern::new("a|b").unwrap().matches(b"bb"));
    }

    #[test]
    fn only_posix_syntax_is_taken() {
        for bad in ["(?i)a", r"\d+", r"\w", r"\bx", "(", "[a", "a{1000}{1000}{1000}"] {
            assert!(Pattern::new(bad).is_err(), "{bad}");
        }
        assert!(Pattern::new("[[:digit:]]+").unwrap().matches(b"42"));
        assert!(Pattern::new(r"a\.b").unwrap().matches(b"a.b"));
        assert!(Pattern::new("[a&&b]").unwrap().matches(b"&"));
        assert!(Pattern::new("[]x]").unwrap().matches(b"]"));
        assert!(Pattern::new("{x}").unwrap().matches(b"{x}"));
    }

    #[test]
    fn a_question_mark_after_a_repetition_is_no_lazy_one() {
        assert!(Pattern::new("a+?").unwrap().matches(b""));
        assert!(Pattern::new("a{2}?").unwrap().matches(b""));
    }

    #[test]
    fn bytes_that_are_not_text_are_one_character() {
        assert!(Pattern::new("/p./q.").unwrap().matches(b"/p\xff/q\xff"));
    }
}
