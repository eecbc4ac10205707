//! A condition's text that remembers, byte by byte, where in which file it came from.

use super::report::Place;
use super::yaml::Spot;

/// Most bytes a condition may have after substitution of lists.
pub(super) const MAX_TEXT: usize = 4 << 20;

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
    /// and equal signs. Whether it occurred; `None` if the text would grow beyond its bound.
    pub(super) fn substitute(&mut self, name: &str, list: usize, items: &str) -> Option<bool> {
        if name.is_empty() || !self.text.contains(name) {
            return Some(false);
        }
        let bounds = |byte: u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'(' | b')' | b',' | b'=');
        let bytes = self.text.as_bytes();
        let mut text = String::with_capacity(self.text.len());
        let mut origins = Vec::with_capacity(self.origins.len());
        let mut done = 0;
        let mut gaps: Vec<Gap> = Vec::new();
        let mut from = 0;
        while let Some(at) = self.text.get(from..).and_then(|rest| rest.find(name)).map(|at| at + from) {
            let end = at + name.len();
            let left = at == 0 || bytes.get(at - 1).copied().is_some_and(bounds);
            let right = bytes.get(end).copied().is_none_or(bounds);
            if !left || !right {
                from =
                    at + self.text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
                continue;
            }
            let (mut stop, mut resume) = (at, end);
            if items.is_empty() {
                (stop, resume) = without_comma(bytes, done, at, end);
            }
            text.push_str(self.text.get(done..stop)?);
            origins.extend_from_slice(self.origins.get(done..stop)?);
            let origin = self.origins.get(at).copied().unwrap_or_default();
            gaps.push(Gap {
                start: stop,
                end: resume,
                filled: text.len(),
                filled_end: text.len() + items.len(),
            });
            text.push_str(items);
            origins.extend(items.bytes().map(|_| origin));
            if text.len() > MAX_TEXT {
                return None;
            }
            done = resume;
            from = resume;
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
        Some(gap) if at >= gap.end && at > gap.start => gap.filled_end + (at - gap.end),
        Some(gap) if first => gap.filled,
        Some(gap) => gap.filled_end,
    }
}

/// Widens the gap `at..end` that an empty list leaves by one comma next to it.
fn without_comma(bytes: &[u8], done: usize, at: usize, end: usize) -> (usize, usize) {
    let blank = |byte: &u8| byte.is_ascii_whitespace();
    let after = end + bytes.get(end..).unwrap_or_default().iter().take_while(|byte| blank(byte)).count();
    if bytes.get(after) == Some(&b',') {
        return (at, after + 1);
    }
    let head = bytes.get(done..at).unwrap_or_default();
    let before = at - head.iter().rev().take_while(|byte| blank(byte)).count();
    if before > done && bytes.get(before - 1) == Some(&b',') { (before - 1, end) } else { (at, end) }
}

/// Finds the place in a file of what `ink` characters other than white space precede in a scalar.
///
/// Folding and indentation change only white space, so the same number of other characters precedes
/// it in the value and in the file.
pub(super) fn place(
    files: &[super::Source],
    spot: Spot,
    ink: Option<usize>,
    width: usize,
    item: &str,
) -> Place {
    let Some(file) = files.get(spot.file) else { return Place::default() };
    let mut place = Place {
        file: file.name.clone(),
        line: spot.line,
        column: spot.column,
        text: file.text.lines().nth(spot.line.saturating_sub(1)).unwrap_or("").to_owned(),
        width: 1,
        item: item.to_owned(),
    };
    let Some(mut skip) = ink else { return place };
    let (mut line, mut column) = (spot.line, spot.column);
    let mut chars = file.text.split_inclusive('\n').skip(line.saturating_sub(1)).flat_map(str::chars);
    for _ in 1..column {
        chars.next();
    }
    let mut chars = chars.peekable();
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
    place.line = line;
    place.column = column;
    place.text = file.text.lines().nth(line.saturating_sub(1)).unwrap_or("").to_owned();
    place.width = width.max(1);
    place
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
        assert_eq!(substituted("a in (l)", "l", "x, y"), "a in (x, y)");
        assert_eq!(substituted("a in (l, ll)", "l", "x"), "a in (x, ll)");
        assert_eq!(substituted("a = l", "l", "x"), "a = x");
        assert_eq!(substituted("a.l in (l.l)", "l", "x"), "a.l in (l.l)");
        assert_eq!(substituted("a = \"l b\"", "l", "x"), "a = \"l b\"");
        assert_eq!(substituted("a = \"b l c\"", "l", "x"), "a = \"b x c\"");
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
        let (b, m) = ((Stands::List(1), "mm, long, x"), (Stands::List(2), "mm"));
        assert_eq!(shown, [(Stands::Exception(0), "not (y in (mm, long, x))"), b, b, b, m, m, m, m]);
    }

    #[test]
    fn an_empty_list_takes_one_comma_along() {
        assert_eq!(substituted("a in (l)", "l", ""), "a in ()");
        assert_eq!(substituted("a in (l, b)", "l", ""), "a in ( b)");
        assert_eq!(substituted("a in (b, l)", "l", ""), "a in (b)");
        assert_eq!(substituted("a in (b, l, c)", "l", ""), "a in (b,  c)");
    }
}
