//! Sigma's strings: `*` stands for anything, `?` for one character, a backslash takes their meaning.

/// A piece of a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// This text.
    Text(String),
    /// One character.
    One,
    /// Anything, or nothing.
    Any,
}

/// A string with its wildcards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pattern {
    parts: Vec<Part>,
}

/// The simplest comparison that says the same as a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Any value.
    Present,
    /// This text and nothing else.
    Equals(String),
    /// Begins so.
    Starts(String),
    /// Ends so.
    Ends(String),
    /// Has it somewhere.
    Contains(String),
    /// A shell pattern.
    Glob(String),
}

impl Pattern {
    /// Reads a value. A backslash before a wildcard or another backslash makes it plain, before
    /// anything else it is a backslash.
    pub(super) fn parse(text: &str) -> Self {
        let mut pattern = Self::default();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next_if(|next| matches!(next, '*' | '?' | '\\')) {
                    Some(plain) => pattern.push(plain),
                    None => pattern.push('\\'),
                },
                '*' => pattern.any(),
                '?' => pattern.parts.push(Part::One),
                c => pattern.push(c),
            }
        }
        pattern
    }

    /// A text without wildcards.
    pub(super) fn literal(text: &str) -> Self {
        Self { parts: vec![Part::Text(text.to_owned())] }
    }

    /// As a shell pattern.
    pub(super) fn glob(&self) -> String {
        self.parts.iter().map(Part::glob).collect()
    }

    fn push(&mut self, c: char) {
        match self.parts.last_mut() {
            Some(Part::Text(text)) => text.push(c),
            _ => self.parts.push(Part::Text(c.into())),
        }
    }

    fn any(&mut self) {
        if self.parts.last() != Some(&Part::Any) {
            self.parts.push(Part::Any);
        }
    }

    /// The same with anything allowed before or behind it.
    #[must_use]
    pub(super) fn open(mut self, before: bool, behind: bool) -> Self {
        if before && self.parts.first() != Some(&Part::Any) {
            self.parts.insert(0, Part::Any);
        }
        if behind {
            self.any();
        }
        self
    }

    /// The same with a slash at its end, if it has an end.
    #[must_use]
    pub(super) fn with_slash(mut self) -> Self {
        let open = match self.parts.last() {
            Some(Part::Any) => true,
            Some(Part::Text(text)) => text.ends_with('/'),
            Some(Part::One) | None => false,
        };
        if !open {
            self.push('/');
        }
        self
    }

    /// The simplest comparison.
    pub(super) fn form(&self) -> Form {
        match self.parts.as_slice() {
            [] => Form::Equals(String::new()),
            [Part::Any] => Form::Present,
            [Part::Text(text)] => Form::Equals(text.clone()),
            [Part::Text(text), Part::Any] => Form::Starts(text.clone()),
            [Part::Any, Part::Text(text)] => Form::Ends(text.clone()),
            [Part::Any, Part::Text(text), Part::Any] => Form::Contains(text.clone()),
            _ => Form::Glob(self.glob()),
        }
    }
}

impl Part {
    fn glob(&self) -> String {
        match self {
            Self::One => "?".into(),
            Self::Any => "*".into(),
            Self::Text(text) => text.chars().fold(String::new(), |mut glob, c| {
                if matches!(c, '*' | '?' | '[' | '\\') {
                    glob.push('\\');
                }
                glob.push(c);
                glob
            }),
        }
    }
}

/// What may stand for a dash before an option.
const DASHES: [char; 5] = ['-', '/', '–', '—', '―'];
/// Most dashes of one value that are varied: each makes five of one.
const DASHES_MAX: usize = 2;

/// The value with each dash or slash that begins a word as each of its kin; `None` if there are too
/// many.
pub(super) fn dashed(text: &str) -> Option<Vec<String>> {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    let chars: Vec<char> = text.chars().collect();
    let mut made = vec![String::new()];
    let mut varied = 0;
    for (index, &c) in chars.iter().enumerate() {
        let after_word =
            index.checked_sub(1).and_then(|before| chars.get(before)).is_some_and(|c| in_word(*c));
        let before_word = chars.get(index + 1).is_some_and(|c| in_word(*c));
        if matches!(c, '-' | '/') && !after_word && before_word {
            varied += 1;
            if varied > DASHES_MAX {
                return None;
            }
            made =
                made.iter().flat_map(|text| DASHES.iter().map(move |dash| format!("{text}{dash}"))).collect();
        } else {
            made.iter_mut().for_each(|text| text.push(c));
        }
    }
    Some(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_becomes_the_simplest_comparison() {
        let rows = [
            ("/bin/sh", Form::Equals("/bin/sh".into())),
            ("", Form::Equals(String::new())),
            ("*", Form::Present),
            ("**", Form::Present),
            ("*/sh", Form::Ends("/sh".into())),
            ("/tmp/*", Form::Starts("/tmp/".into())),
            ("*x*", Form::Contains("x".into())),
            ("a*b", Form::Glob("a*b".into())),
            ("a?b", Form::Glob("a?b".into())),
            ("*?", Form::Glob("*?".into())),
            (r"a\*b", Form::Equals("a*b".into())),
            (r"a\?b*", Form::Starts("a?b".into())),
            (r"a\\*", Form::Starts(r"a\".into())),
            (r"a\\\*", Form::Equals(r"a\*".into())),
            (r"a\\b", Form::Equals(r"a\b".into())),
            (r"a\b", Form::Equals(r"a\b".into())),
            (r"a\", Form::Equals(r"a\".into())),
            (r"[a\*b*c\\d", Form::Glob(r"\[a\*b*c\\d".into())),
        ];
        for (text, form) in rows {
            assert_eq!(Pattern::parse(text).form(), form, "{text}");
        }
    }

    #[test]
    fn an_open_end_stays_open() {
        let form = |text: &str| Pattern::parse(text).with_slash().form();
        assert_eq!(form("/tmp"), Form::Equals("/tmp/".into()));
        assert_eq!(form("/tmp/"), Form::Equals("/tmp/".into()));
        assert_eq!(form("/tmp*"), Form::Starts("/tmp".into()));
        assert_eq!(form("/t?"), Form::Glob("/t?/".into()));
        assert_eq!(Pattern::parse("x").open(true, true).form(), Form::Contains("x".into()));
        assert_eq!(Pattern::parse("*x*").open(true, true).form(), Form::Contains("x".into()));
    }

    #[test]
    fn a_dash_before_an_option_stands_for_its_kin() {
        assert_eq!(dashed(" -r ").unwrap(), [" -r ", " /r ", " –r ", " —r ", " ―r "]);
        assert_eq!(dashed("a-b").unwrap(), ["a-b"]);
        assert_eq!(dashed("-a /b").unwrap().len(), 25);
        assert_eq!(dashed("-a -b -c"), None);
    }
}
