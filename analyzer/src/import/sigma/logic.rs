//! Sigma's conditions: which searches must hold.

use super::refusal::Reason;

/// Deepest nesting of parentheses and `not`.
const DEPTH_MAX: usize = 48;
/// Most words.
const WORDS_MAX: usize = 4096;

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Logic {
    And(Vec<Logic>),
    Or(Vec<Logic>),
    Not(Box<Logic>),
    /// A search, by name.
    Search(String),
    /// `1 of` (false) or `all of` (true) the searches that the pattern names; `them` is `None`.
    Of(bool, Option<String>),
}

impl Logic {
    /// Reads a condition.
    pub(super) fn parse(text: &str) -> Result<Self, Reason> {
        let words = words(text);
        if words.len() > WORDS_MAX {
            return Err(Reason::Condition(format!("more than {WORDS_MAX} words")));
        }
        let mut parser = Parser { words: &words, depth: 0 };
        let logic = parser.or()?;
        match parser.words.first() {
            None => Ok(logic),
            Some(&"|") => Err(fail("an aggregation (`| …`) speaks of several events")),
            Some(&"near") => Err(fail("`near` speaks of several events")),
            Some(word) => Err(fail(format!("`{word}` was not expected"))),
        }
    }
}

fn fail(text: impl Into<String>) -> Reason {
    Reason::Condition(text.into())
}

/// Words, parentheses and bars.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for chunk in text.split_whitespace() {
        let mut rest = chunk;
        while let Some(at) = rest.find(['(', ')', '|']) {
            let (before, from) = rest.split_at(at);
            let (mark, behind) = from.split_at(1);
            words.extend([before, mark].into_iter().filter(|word| !word.is_empty()));
            rest = behind;
        }
        words.extend(Some(rest).filter(|word| !word.is_empty()));
    }
    words
}

struct Parser<'w> {
    words: &'w [&'w str],
    depth: usize,
}

impl Parser<'_> {
    /// Takes `word`, whatever its case.
    fn take(&mut self, word: &str) -> bool {
        match self.words.split_first() {
            Some((next, rest)) if next.eq_ignore_ascii_case(word) => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }

    fn or(&mut self) -> Result<Logic, Reason> {
        self.list("or", Logic::Or, Self::and)
    }

    fn and(&mut self) -> Result<Logic, Reason> {
        self.list("and", Logic::And, Self::not)
    }

    fn list(
        &mut self,
        word: &str,
        many: fn(Vec<Logic>) -> Logic,
        next: fn(&mut Self) -> Result<Logic, Reason>,
    ) -> Result<Logic, Reason> {
        let first = next(self)?;
        let mut parts = vec![first];
        while self.take(word) {
            parts.push(next(self)?);
        }
        match parts.pop() {
            Some(only) if parts.is_empty() => Ok(only),
            last => {
                parts.extend(last);
                Ok(many(parts))
            }
        }
    }

    fn not(&mut self) -> Result<Logic, Reason> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(fail(format!("nested more than {DEPTH_MAX} deep")));
        }
        let logic = if self.take("not") {
            Logic::Not(Box::new(self.not()?))
        } else if self.take("(") {
            let inner = self.or()?;
            if !self.take(")") {
                return Err(fail("a `)` is missing"));
            }
            inner
        } else {
            self.search()?
        };
        self.depth -= 1;
        Ok(logic)
    }

    fn search(&mut self) -> Result<Logic, Reason> {
        let Some((word, rest)) = self.words.split_first() else { return Err(fail("it ends too early")) };
        let quantified = rest.first().is_some_and(|next| next.eq_ignore_ascii_case("of"));
        if quantified {
            let all = match word.to_ascii_lowercase().as_str() {
                "1" | "any" => false,
                "all" => true,
                _ => return Err(fail(format!("`{word} of` counts; only `1 of` and `all of` do not"))),
            };
            let Some(pattern) = rest.get(1) else { return Err(fail("nothing follows `of`")) };
            if matches!(*pattern, "(" | ")" | "|") {
                return Err(fail(format!("`{word} of {pattern}`: a name was expected")));
            }
            self.words = rest.get(2..).unwrap_or_default();
            let named = !pattern.eq_ignore_ascii_case("them");
            return Ok(Logic::Of(all, named.then(|| (*pattern).to_owned())));
        }
        if matches!(*word, ")" | "|") || ["and", "or", "not"].iter().any(|key| word.eq_ignore_ascii_case(key))
        {
            return Err(fail(format!("a search was expected, not `{word}`")));
        }
        self.words = rest;
        Ok(Logic::Search((*word).to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(name: &str) -> Logic {
        Logic::Search(name.into())
    }

    #[test]
    fn not_binds_tighter_than_and_tighter_than_or() {
        assert_eq!(
            Logic::parse("a or not b and c").unwrap(),
            Logic::Or(vec![search("a"), Logic::And(vec![Logic::Not(Box::new(search("b"))), search("c")])])
        );
        assert_eq!(
            Logic::parse("(a OR b) and NOT(c)").unwrap(),
            Logic::And(vec![Logic::Or(vec![search("a"), search("b")]), Logic::Not(Box::new(search("c")))])
        );
    }

    #[test]
    fn searches_are_counted_by_one_and_all() {
        assert_eq!(
            Logic::parse("1 of sel* and not all of them or any of _x").unwrap(),
            Logic::Or(vec![
                Logic::And(vec![
                    Logic::Of(false, Some("sel*".into())),
                    Logic::Not(Box::new(Logic::Of(true, None)))
                ]),
                Logic::Of(false, Some("_x".into()))
            ])
        );
    }

    #[test]
    fn what_speaks_of_several_events_is_refused() {
        for text in [
            "",
            "a and",
            "a b",
            "(a",
            "a)",
            "2 of sel*",
            "1 of",
            "1 of (a)",
            "a | count() > 5",
            "a near b",
            "or a",
            "not",
        ] {
            assert!(matches!(Logic::parse(text), Err(Reason::Condition(_))), "{text}");
        }
        assert!(Logic::parse(&"(".repeat(100_000)).is_err());
        assert!(Logic::parse(&"not ".repeat(100)).is_err());
    }
}
