//! A condition's text that remembers, byte by byte, where in which file it came from.

use super::report::Place;
use super::yaml::Spot;

/// Most bytes a condition may have after substitution of lists.
pub(super) const MAX_TEXT: usize = 4 << 20;

/// Text with origins.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    text: String,
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

    /// Adds another text behind a blank.
    pub(super) fn append(&mut self, other: &Text) {
        let base = self.scalars.len() as u32;
        if let Some(spot) = other.scalars.first() {
            self.push_flat(" ", *spot);
        }
        let base = base + u32::from(!other.scalars.is_empty());
        self.scalars.extend_from_slice(&other.scalars);
        self.text.push_str(&other.text);
        self.origins.extend(other.origins.iter().map(|(scalar, at)| (scalar + base, *at)));
    }

    /// Puts parentheses around it.
    pub(super) fn parenthesise(&mut self) {
        let first = self.origins.first().copied().unwrap_or_default();
        let last = self.origins.last().copied().unwrap_or_default();
        self.text = format!("({})", self.text);
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

    /// Replaces the name of a list wherever it stands between blanks, parentheses, commas and equal
    /// signs. Whether it occurred; `None` if the text would grow beyond its bound.
    pub(super) fn substitute(&mut self, name: &str, items: &str) -> Option<bool> {
        if name.is_empty() || !self.text.contains(name) {
            return Some(false);
        }
        let bounds = |byte: u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'(' | b')' | b',' | b'=');
        let bytes = self.text.as_bytes();
        let mut text = String::with_capacity(self.text.len());
        let mut origins = Vec::with_capacity(self.origins.len());
        let mut done = 0;
        let mut found = false;
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
            found = true;
            let (mut stop, mut resume) = (at, end);
            if items.is_empty() {
                (stop, resume) = without_comma(bytes, done, at, end);
            }
            text.push_str(self.text.get(done..stop)?);
            origins.extend_from_slice(self.origins.get(done..stop)?);
            let origin = self.origins.get(at).copied().unwrap_or_default();
            text.push_str(items);
            origins.extend(items.bytes().map(|_| origin));
            if text.len() > MAX_TEXT {
                return None;
            }
            done = resume;
            from = resume;
        }
        if found {
            text.push_str(self.text.get(done..)?);
            origins.extend_from_slice(self.origins.get(done..)?);
            (self.text, self.origins) = (text, origins);
        }
        Some(found)
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
        new.substitute(name, items);
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
    fn an_empty_list_takes_one_comma_along() {
        assert_eq!(substituted("a in (l)", "l", ""), "a in ()");
        assert_eq!(substituted("a in (l, b)", "l", ""), "a in ( b)");
        assert_eq!(substituted("a in (b, l)", "l", ""), "a in (b)");
        assert_eq!(substituted("a in (b, l, c)", "l", ""), "a in (b,  c)");
    }
}
