//! Conditions that are no sentences, word by word.

/// A word of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) text: &'t str,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Token<'_> {
    pub(super) fn is_quoted(&self) -> bool {
        self.text.starts_with(['"', '\''])
    }

    /// Whether it is text without quotes, and no sign.
    pub(super) fn is_bare(&self) -> bool {
        !self.is_quoted() && !self.text.chars().all(|c| "()[],=!<>".contains(c))
    }

    pub(super) fn is_value(&self) -> bool {
        self.is_quoted() || (self.is_bare() && !self.is_joint())
    }

    /// `and` or `or`, in any case.
    pub(super) fn is_joint(&self) -> bool {
        ["and", "or"].iter().any(|word| self.text.eq_ignore_ascii_case(word))
    }

    /// Whether it has a field's form.
    pub(super) fn is_field(&self) -> bool {
        self.is_bare()
            && self.text.starts_with(|c: char| c.is_ascii_alphabetic())
            && self
                .text
                .split_once('.')
                .is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
            && !self.text.contains('/')
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }
}

/// The words of a text: quoted strings, brackets, commas, signs, and what is between them. Words that
/// touch only signs are apart from them: `a=b` is three.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, c)) = rest.next() {
        if c.is_whitespace() {
            continue;
        }
        let mut end = start + c.len_utf8();
        let mut take = |more: &dyn Fn(char) -> bool| {
            while let Some((at, next)) = rest.next_if(|(_, c)| more(*c)) {
                end = at + next.len_utf8();
            }
        };
        match c {
            '"' | '\'' => {
                let mut escaped = false;
                take(&|_| false);
                for (at, next) in rest.by_ref() {
                    end = at + next.len_utf8();
                    if next == c && !escaped {
                        break;
                    }
                    escaped = next == '\\';
                }
            }
            '(' | ')' | '[' | ']' | ',' => {}
            '=' | '!' | '<' | '>' => take(&|c| c == '='),
            _ => {
                // A bracket right behind a word is the argument of a field.
                let mut depth = 0i32;
                while let Some((at, next)) = rest.next_if(|(_, c)| {
                    (*c == '[' || depth > 0 || !"(),=<>!\"']".contains(*c)) && !c.is_whitespace()
                }) {
                    depth += i32::from(next == '[') - i32::from(next == ']');
                    end = at + next.len_utf8();
                }
            }
        }
        if let Some(text) = text.get(start..end) {
            out.push(Token { text, start, end });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_falls_into_words() {
        let words = |text| tokens(text).iter().map(|token| token.text.to_owned()).collect::<Vec<_>>();
        assert_eq!(
            words("a.b=c and(x in (y,'z w'))"),
            ["a.b", "=", "c", "and", "(", "x", "in", "(", "y", ",", "'z w'", ")", ")"]
        );
        assert_eq!(words("proc.aname[2]!=x"), ["proc.aname[2]", "!=", "x"]);
        assert_eq!(words("fd.num>=0 && !a"), ["fd.num", ">=", "0", "&&", "!", "a"]);
        assert_eq!(words("x in [a, b]"), ["x", "in", "[", "a", ",", "b", "]"]);
        assert_eq!(words("\"open"), ["\"open"]);
    }
}
