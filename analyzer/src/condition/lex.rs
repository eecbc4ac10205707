//! Tokens: each function takes what it names off the front of the rest, or nothing.

use std::borrow::Cow;

use super::ast::Word;
use super::error::{ConditionError, Kind, Span};

/// A place in a condition's text.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    source: u32,
    /// Where the last token stands, for "unexpected token after"; without its quotes, if it had some.
    last: (usize, usize),
    /// The last token if its text is not what stands there.
    unescaped: Option<Vec<u8>>,
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x08 | b'\r' | b'\n')
}

/// Length of an identifier at the front of `bytes`, 0 if there is none.
fn identifier_len(bytes: &[u8]) -> usize {
    if !bytes.first().is_some_and(u8::is_ascii_alphabetic) {
        return 0;
    }
    bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()
}

/// Whether escapes in the quoted string at the front of `bytes` make it another than it is written.
fn text_differs(bytes: &[u8], end: usize, text: &[u8]) -> bool {
    bytes.get(1..end) != Some(text)
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, source: u32) -> Self {
        Self { text, at: 0, source, last: (0, 0), unescaped: None }
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Goes back to where [`Cursor::at`] was.
    pub(super) fn back(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn is_done(&self) -> bool {
        self.rest().is_empty()
    }

    pub(super) fn span(&self, start: usize) -> Span {
        Span::new(self.source, start, self.at)
    }

    pub(super) fn last(&self) -> Cow<'_, str> {
        let written = || self.text.as_bytes().get(self.last.0..self.last.1).unwrap_or_default();
        String::from_utf8_lossy(self.unescaped.as_deref().unwrap_or_else(written))
    }

    /// An error at the next token.
    pub(super) fn error(&self, kind: Kind) -> ConditionError {
        let len = self.rest().iter().take_while(|byte| !is_blank(**byte)).count();
        ConditionError::new(kind, Span::new(self.source, self.at, self.at + len))
    }

    pub(super) fn syntax(&self, text: impl Into<String>) -> ConditionError {
        self.error(Kind::Syntax(text.into()))
    }

    /// Takes blanks; whether there were any.
    pub(super) fn blank(&mut self) -> bool {
        let len = self.rest().iter().take_while(|byte| is_blank(**byte)).count();
        self.at += len;
        len > 0
    }

    /// Takes `len` bytes as a token.
    fn take(&mut self, len: usize) -> Option<Word> {
        let bytes = self.rest().get(..len).filter(|bytes| !bytes.is_empty())?;
        let start = self.at;
        self.at += len;
        (self.last, self.unescaped) = ((start, self.at), None);
        Some(Word { text: bytes.to_vec(), at: self.span(start) })
    }

    /// Takes exactly `token`.
    pub(super) fn token(&mut self, token: &str) -> bool {
        let there = self.rest().starts_with(token.as_bytes());
        if there {
            let start = self.at;
            self.at += token.len();
            (self.last, self.unescaped) = ((start, self.at), None);
        }
        there
    }

    /// Whether a blank comes next.
    pub(super) fn at_blank(&self) -> bool {
        self.rest().first().copied().is_some_and(is_blank)
    }

    pub(super) fn identifier(&mut self) -> Option<Word> {
        self.take(identifier_len(self.rest()))
    }

    /// A dotted name of two parts or more.
    pub(super) fn field_name(&mut self) -> Option<Word> {
        let bytes = self.rest();
        let mut len = identifier_len(bytes);
        let first = len;
        while len > 0 && bytes.get(len) == Some(&b'.') {
            let part = identifier_len(bytes.get(len + 1..).unwrap_or_default());
            if part == 0 {
                break;
            }
            len += 1 + part;
        }
        if len > first { self.take(len) } else { None }
    }

    /// A name with a parenthesis right behind it, which is taken too.
    pub(super) fn call(&mut self, names: impl Iterator<Item = &'static str>) -> Option<Word> {
        for name in names {
            let rest = self.rest();
            if rest.starts_with(name.as_bytes()) && rest.get(name.len()) == Some(&b'(') {
                let word = self.take(name.len());
                self.at += 1;
                return word;
            }
        }
        None
    }

    /// `[+-]?[0-9]+\.?[0-9]*([eE][+-][0-9]+)?`
    pub(super) fn number(&mut self) -> Option<Word> {
        let bytes = self.rest();
        let digits = |from: usize| {
            bytes.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count()
        };
        let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
        let whole = digits(sign);
        if whole == 0 {
            return None;
        }
        let mut len = sign + whole;
        if bytes.get(len) == Some(&b'.') {
            len += 1;
            len += digits(len);
        }
        if matches!(bytes.get(len), Some(b'e' | b'E')) && matches!(bytes.get(len + 1), Some(b'+' | b'-')) {
            let exponent = digits(len + 2);
            if exponent > 0 {
                len += 2 + exponent;
            }
        }
        self.take(len)
    }

    /// `0[xX][0-9a-fA-F]+`
    pub(super) fn hex(&mut self) -> Option<Word> {
        let bytes = self.rest();
        if !matches!(bytes, [b'0', b'x' | b'X', ..]) {
            return None;
        }
        let digits = bytes.iter().skip(2).take_while(|byte| byte.is_ascii_hexdigit()).count();
        if digits == 0 { None } else { self.take(2 + digits) }
    }

    /// An unquoted string.
    pub(super) fn bare(&mut self) -> Option<Word> {
        let stop = |byte: &&u8| !is_blank(**byte) && !b"()\"'=,".contains(byte);
        self.take(self.rest().iter().take_while(stop).count())
    }

    /// What may stand unquoted in brackets.
    pub(super) fn bare_argument(&mut self) -> Option<Word> {
        let stop = |byte: &&u8| !is_blank(**byte) && !b"][\"'".contains(byte);
        self.take(self.rest().iter().take_while(stop).count())
    }

    /// A quoted string, its escapes resolved. One without end is nothing.
    pub(super) fn quoted(&mut self) -> Result<Option<Word>, ConditionError> {
        let bytes = self.rest();
        let Some(&quote) = bytes.first().filter(|byte| matches!(byte, b'"' | b'\'')) else {
            return Ok(None);
        };
        // The end is the next quote whose previous character is no backslash, even an escaped one.
        let mut previous = quote;
        let mut end = None;
        for (index, &byte) in bytes.iter().enumerate().skip(1) {
            if byte == quote && previous != b'\\' {
                end = Some(index);
                break;
            }
            previous = byte;
        }
        let Some(end) = end else { return Ok(None) };
        let start = self.at;
        let text = self.unescape(bytes.get(1..end).unwrap_or_default(), quote)?;
        self.at += end + 1;
        self.last = (start + 1, self.at - 1);
        self.unescaped = text_differs(bytes, end, &text).then(|| text.clone());
        Ok(Some(Word { text, at: self.span(start) }))
    }

    fn unescape(&self, bytes: &[u8], quote: u8) -> Result<Vec<u8>, ConditionError> {
        let mut text = Vec::with_capacity(bytes.len());
        let mut rest = bytes.iter().copied();
        while let Some(byte) = rest.next() {
            if byte != b'\\' {
                text.push(byte);
                continue;
            }
            match rest.next() {
                Some(b'b') => text.push(0x08),
                Some(b'f') => text.push(0x0c),
                Some(b'n') => text.push(b'\n'),
                Some(b'r') => text.push(b'\r'),
                Some(b't') => text.push(b'\t'),
                Some(b'/') => text.push(b'/'),
                // A blank after a backslash is lost: rules exist that rely on it.
                Some(b'\\' | b' ') => text.push(b'\\'),
                Some(b'x') => {
                    let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
                    match (digit(), digit()) {
                        (Some(high), Some(low)) => text.push((high * 16 + low) as u8),
                        _ => return Err(self.syntax("invalid hex escape: two digits must follow \\x")),
                    }
                }
                Some(other @ (b'"' | b'\'')) if other == quote => text.push(other),
                Some(other @ (b'"' | b'\'')) => {
                    let (other, quote) = (char::from(other), char::from(quote));
                    return Err(self.syntax(format!("invalid \\{other} escape in {quote}-quoted string")));
                }
                Some(other) => {
                    let other = char::from(other);
                    return Err(self.syntax(format!("unsupported string escape sequence: \\{other}")));
                }
                None => text.push(b'\\'),
            }
        }
        Ok(text)
    }
}
