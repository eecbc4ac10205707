//! A condition's text that remembers, byte by byte, where in which file it came from.

use super::report::Place;
use super::yaml::Spot;
use crate::condition::Limits;

/// What a stretch of text stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stands {
    /// The items of a list, by its number.
    List(usize),
    /// An exception, by its number in the rule.
    Exception(usize),
    /// A row of values of an exception: both numbers.
    Row(usize, usize),
}

/// A stretch of text, in bytes, and what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) stands: Stands,
}

/// Text with origins.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    text: String,
    marks: Vec<Mark>,
    /// For every byte: which scalar, and how many characters other than white space precede it there.
    origins: Vec<(u32, u32)>,
    scalars: Vec<Spot>,
}

impl Text {
    pub(super) fn new(text: &str, spot: Spot) -> Self {
        let mut new = Self::default();
        new.push(text, spot);
        new
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Adds text that came from the scalar at `spot`.
    pub(super) fn push(&mut self, text: &str, spot: Spot) {
        let scalar = self.scalars.len() as u32;
        self.scalars.push(spot);
        self.text.push_str(text);
        let mut ink = 0;
        for c in text.chars() {
            self.origins.extend(std::iter::repeat_n((scalar, ink), c.len_utf8()));
            ink += u32::from(!c.is_whitespace());
        }
    }

    /// Adds text that stands for the scalar as a whole.
    pub(super) fn push_flat(&mut self, text: &str, spot: Spot) {
        let scalar = self.scalars.len() as u32;
        self.scalars.push(spot);
        self.text.push_str(text);
        self.origins.extend(text.bytes().map(|_| (scalar, 0)));
    }

    /// What stretches of it stand for.
    pub(super) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Says what everything from byte `start` on stands for.
    pub(super) fn mark(&mut self, start: usize, stands: Stands) {
        self.marks.push(Mark { start, end: self.text.len(), stands });
    }

    /// Adds another text behind a blank.
    pub(super) fn append(&mut self, other: &Text) {
        let base = self.scalars.len() as u32;
        if let Some(spot) = other.scalars.first() {
            self.push_flat(" ", *spot);
        }
        let base = base + u32::from(!other.scalars.is_empty());
        let len = self.text.len();
        let moved = |mark: &Mark| Mark { start: mark.start + len, end: mark.end + len, ..*mark };
        self.marks.extend(other.marks.iter().map(moved));
        self.scalars.extend_from_slice(&other.scalars);
        self.text.push_str(&other.text);
        self.origins.extend(other.origins.iter().map(|(scalar, at)| (scalar + base, *at)));
    }

    /// Puts parentheses around it.
    pub(super) fn parenthesise(&mut self) {
        let first = self.origins.first().copied().unwrap_or_default();
        let last = self.origins.last().copied().unwrap_or_default();
        self.text = format!("({})", self.text);
        for mark in &mut self.marks {
            mark.start += 1;
            mark.end += 1;
        }
        self.origins.insert(0, first);
        self.origins.push(last);
    }

    /// Where byte `at` came from: a scalar and how much of it precedes.
    pub(super) fn origin(&self, at: usize) -> (Spot, usize) {
        let at = at.min(self.origins.len().saturating_sub(1));
        match self.origins.get(at) {
            Some((scalar, offset)) => {
                (self.scalars.get(*scalar as usize).copied().unwrap_or_default(), *offset as usize)
            }
            None => (self.scalars.first().copied().unwrap_or_default(), 0),
        }
    }

    /// Replaces the name of list number `list` wherever it stands between blanks, parentheses, commas
    /// and equal signs, with the blanks around it, as Falco does: also inside quotes. An empty list
    /// takes one comma along. Whether the name occurred; `None` if the text would grow beyond its bound.
    pub(super) fn substitute(&mut self, name: &str, list: usize, items: &str) -> Option<bool> {
        self.substitute_within(name, list, items, Limits::DEFAULT.text)
    }

    /// As [`Text::substitute`], up to `most` bytes.
    pub(super) fn substitute_within(
        &mut self,
        name: &str,
        list: usize,
        items: &str,
        most: usize,
    ) -> Option<bool> {
        if name.is_empty() || !self.text.contains(name) {
            return Some(false);
        }
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        let bounds = |byte: u8| blank(&byte) || matches!(byte, b'(' | b')' | b',' | b'=');
        let bytes = self.text.as_bytes();
        let mut text = String::with_capacity(self.text.len());
        let mut origins = Vec::with_capacity(self.origins.len());
        let mut gaps: Vec<Gap> = Vec::new();
        let (mut done, mut from) = (0, 0);
        while let Some(at) = self.text.get(from..).and_then(|rest| rest.find(name)).map(|at| at + from) {
            let end = at + name.len();
            let follows = !gaps.is_empty() && at == done;
            let left = at == 0 || follows || bytes.get(at - 1).copied().is_some_and(bounds);
            let right = bytes.get(end).copied().is_none_or(bounds);
            if !left || !right {
                from =
                    at + self.text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
                continue;
            }
            let between = bytes.get(done..at)?;
            let mut start = at - between.iter().rev().take_while(|byte| blank(byte)).count();
            let mut next = end + bytes.get(end..)?.iter().take_while(|byte| blank(byte)).count();
            text.push_str(self.text.get(done..at)?);
            origins.extend_from_slice(self.origins.get(done..at)?);
            text.truncate(text.trim_end_matches([' ', '\t', '\n', '\r']).len());
            if items.is_empty() {
                if text.ends_with(',') {
                    text.pop();
                    start = start.saturating_sub(1).max(done);
                } else if bytes.get(next) == Some(&b',') {
                    next += 1;
                }
            }
            origins.truncate(text.len());
            let origin = self.origins.get(at).copied().unwrap_or_default();
            let before = if text.is_empty() { "" } else { " " };
            let filled = text.len() + before.len();
            gaps.push(Gap { start, end: next, filled, filled_end: filled + items.len() });
            for part in [before, items, " "] {
                text.push_str(part);
                origins.extend(std::iter::repeat_n(origin, part.len()));
            }
            if text.len() > most {
                return None;
            }
            (done, from) = (next, next);
        }
        if gaps.is_empty() {
            return Some(false);
        }
        text.push_str(self.text.get(done..)?);
        origins.extend_from_slice(self.origins.get(done..)?);
        (self.text, self.origins) = (text, origins);
        for mark in &mut self.marks {
            (mark.start, mark.end) = (moved(&gaps, mark.start, true), moved(&gaps, mark.end, false));
        }
        let stands = Stands::List(list);
        self.marks.extend(gaps.iter().map(|gap| Mark { start: gap.filled, end: gap.filled_end, stands }));
        Some(true)
    }

    /// Whether the name of a list stands in it, where it would be replaced.
    pub(super) fn mentions(&self, name: &str) -> bool {
        self.text.contains(name) && self.clone().substitute(name, 0, "") == Some(true)
    }
}

/// A stretch that was replaced, before and after.
struct Gap {
    start: usize,
    end: usize,
    filled: usize,
    filled_end: usize,
}

/// Where byte `at` is once `gaps` are filled: within a gap, its beginning (`first`) or its end.
fn moved(gaps: &[Gap], at: usize, first: bool) -> usize {
    let before = gaps.partition_point(|gap| if first { gap.start <= at } else { gap.start < at });
    match before.checked_sub(1).and_then(|last| gaps.get(last)) {
        None => at,
        // Behind what fills it stands a blank.
        Some(gap) if at >= gap.end && at > gap.start => gap.filled_end + 1 + (at - gap.end),
        Some(gap) if first => gap.filled,
        Some(gap) => gap.filled_end,
    }
}

/// Files with the places of their lines, so that a message finds its line at once.
pub(super) struct Files<'a> {
    sources: &'a [super::Source],
    lines: Vec<Lines>,
}

/// Where the lines of a file are; a line may have megabytes, so bytes are found without walking it.
struct Lines {
    /// The byte and the character at which each line begins.
    starts: Vec<(usize, usize)>,
    /// The byte of every [`STEP`]th character; none if every character is a byte.
    steps: Option<Vec<usize>>,
}

/// Characters between places of a file that are known.
const STEP: usize = 512;

impl Lines {
    fn new(text: &str) -> Self {
        if text.is_ascii() {
            let ends = text.match_indices('\n').map(|(at, _)| (at + 1, at + 1));
            return Self { starts: std::iter::once((0, 0)).chain(ends).collect(), steps: None };
        }
        let (mut starts, mut steps) = (vec![(0, 0)], Vec::new());
        for (number, (at, c)) in text.char_indices().enumerate() {
            if number % STEP == 0 {
                steps.push(at);
            }
            if c == '\n' {
                starts.push((at + 1, number + 1));
            }
        }
        Self { starts, steps: Some(steps) }
    }

    /// The byte of the character in that column of a line, both counted from 1.
    fn byte(&self, text: &str, line: usize, column: usize) -> Option<usize> {
        let (_, start) = self.starts.get(line.saturating_sub(1))?;
        let number = start.checked_add(column.saturating_sub(1))?;
        let Some(steps) = &self.steps else { return Some(number) };
        let step = *steps.get(number / STEP)?;
        let (at, _) = text.get(step..)?.char_indices().nth(number % STEP)?;
        Some(step + at)
    }
}

/// Most characters of a line that a message shows.
const SHOWN: usize = 400;

impl<'a> Files<'a> {
    pub(super) fn new(sources: &'a [super::Source]) -> Self {
        Self { sources, lines: sources.iter().map(|source| Lines::new(&source.text)).collect() }
    }

    pub(super) fn sources(&self) -> &'a [super::Source] {
        self.sources
    }

    /// The text of a file from that column of a line on, both counted from 1; nothing behind its end.
    fn rest_at(&self, file: usize, line: usize, column: usize) -> &'a str {
        let text = self.sources.get(file).map_or("", |source| source.text.as_str());
        let at = self.lines.get(file).and_then(|lines| lines.byte(text, line, column));
        at.and_then(|at| text.get(at..)).unwrap_or("")
    }

    /// How many bytes a line has, its end included.
    fn line_len(&self, file: usize, line: usize) -> usize {
        let Some(lines) = self.lines.get(file) else { return 0 };
        let start = |line: usize| lines.starts.get(line).map(|(byte, _)| *byte);
        let end = || self.sources.get(file).map_or(0, |source| source.text.len());
        start(line.saturating_sub(1)).map_or(0, |from| start(line).unwrap_or_else(end) - from)
    }

    /// Finds the place in a file of what `ink` characters other than white space precede in a scalar;
    /// without `ink`, that of the scalar itself.
    ///
    /// Folding and indentation change only white space, so the same number of other characters
    /// precedes it in the value and in the file.
    pub(super) fn place(&self, spot: Spot, ink: Option<usize>, width: usize, item: &str) -> Place {
        let Some(file) = self.sources.get(spot.file) else { return Place::default() };
        let (line, column) = match ink {
            Some(ink) => self.walk(spot, ink),
            None => (spot.line, spot.column),
        };
        let width = match ink {
            Some(_) => width.max(1),
            None => token(self.rest_at(spot.file, line, column).chars().take_while(|c| *c != '\n')),
        };
        // A line may have megabytes.
        let cut = if self.line_len(spot.file, line) > SHOWN { column.saturating_sub(SHOWN / 2) } else { 0 };
        let text = self.rest_at(spot.file, line, cut + 1);
        let text: String = text.chars().take(SHOWN).take_while(|c| *c != '\n').collect();
        Place {
            file: file.name.clone(),
            line,
            column,
            text: text.strip_suffix('\r').unwrap_or(&text).to_owned(),
            cut,
            width: width.min(SHOWN),
            item: item.to_owned(),
        }
    }

    /// Line and column of what `skip` characters other than white space precede in a scalar.
    fn walk(&self, spot: Spot, mut skip: usize) -> (usize, usize) {
        let (mut line, mut column) = (spot.line, spot.column);
        let mut chars = self.rest_at(spot.file, line, column).chars().peekable();
        let step = |c: char, line: &mut usize, column: &mut usize| {
            if c == '\n' {
                *line += 1;
                *column = 1;
            } else {
                *column += 1;
            }
        };
        match chars.peek() {
            // A block scalar's header is not part of its value.
            Some('>' | '|') => {
                for c in chars.by_ref() {
                    step(c, &mut line, &mut column);
                    if c == '\n' {
                        break;
                    }
                }
            }
            Some('"' | '\'') => {
                chars.next();
                column += 1;
            }
            _ => {}
        }
        for c in chars {
            if !c.is_whitespace() {
                if skip == 0 {
                    break;
                }
                skip -= 1;
            }
            step(c, &mut line, &mut column);
        }
        (line, column)
    }
}

/// How many characters the scalar has that begins here, as far as the line shows.
fn token(mut rest: impl Iterator<Item = char>) -> usize {
    let Some(first) = rest.next() else { return 1 };
    if matches!(first, '"' | '\'') {
        return 2 + rest.take_while(|c| *c != first).count();
    }
    if matches!(first, '[' | '{' | '-' | '|' | '>') {
        return 1;
    }
    let mut len = 1;
    let mut blanks = 0;
    let mut rest = rest.peekable();
    while let Some(c) = rest.next() {
        let ends = c == ':' && rest.peek().is_none_or(|next| next.is_whitespace());
        if ends || matches!(c, ',' | ']' | '}') || (c == '#' && blanks > 0) {
            break;
        }
        if c.is_whitespace() {
            blanks += 1;
        } else {
            len += blanks + 1;
            blanks = 0;
        }
    }
    len
}

/// The place of something in one of `files`; see [`Files::place`].
pub(super) fn place(
    files: &[super::Source],
    spot: Spot,
    ink: Option<usize>,
    width: usize,
    item: &str,
) -> Place {
    Files::new(files).place(spot, ink, width, item)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn substituted(text: &str, name: &str, items: &str) -> String {
        let mut new = Text::new(text, Spot::default());
        new.substitute(name, 0, items);
        assert_eq!(new.text.len(), new.origins.len());
        new.text
    }

    #[test]
    fn a_name_is_replaced_where_it_stands_alone() {
        assert_eq!(substituted("a in (l)", "l", "x, y"), "a in ( x, y )");
        assert_eq!(substituted("a in (l, ll)", "l", "x"), "a in ( x , ll)");
        assert_eq!(substituted("a = l", "l", "x"), "a = x ");
        assert_eq!(substituted("l", "l", "x"), "x ");
        assert_eq!(substituted("(l l,l)", "l", "x"), "( x x , x )");
        assert_eq!(substituted("a.l in (l.l)", "l", "x"), "a.l in (l.l)");
        assert_eq!(substituted("a = \"l b\"", "l", "x"), "a = \"l b\"");
        assert_eq!(substituted("a = \"b  l c\"", "l", "x"), "a = \"b x c\"");
        assert_eq!(substituted("é l é", "l", "é"), "é é é");
    }

    #[test]
    fn a_mark_stays_on_what_it_was_put_on() {
        let mut new = Text::new("x in (b, m, b) and ", Spot::default());
        let start = new.as_str().len();
        new.push_flat("not (y in (b))", Spot::default());
        new.mark(start, Stands::Exception(0));
        new.substitute("b", 1, "m, long, x");
        new.substitute("m", 2, "mm");
        new.parenthesise();
        let shown: Vec<_> = new.marks().iter().map(|m| (m.stands, &new.as_str()[m.start..m.end])).collect();
        let (b, m) = ((Stands::List(1), "mm , long, x"), (Stands::List(2), "mm"));
        assert_eq!(shown, [(Stands::Exception(0), "not (y in ( mm , long, x ))"), b, b, b, m, m, m, m]);
    }

    #[test]
    fn an_empty_list_takes_one_comma_along() {
        assert_eq!(substituted("a in (l)", "l", ""), "a in (  )");
        assert_eq!(substituted("a in (l, b)", "l", ""), "a in (   b)");
        assert_eq!(substituted("a in (b, l)", "l", ""), "a in (b  )");
        assert_eq!(substituted("a in (b, l, c)", "l", ""), "a in (b  , c)");
        assert_eq!(substituted("a in (l, l, c)", "l", ""), "a in (   c)");
    }
}
