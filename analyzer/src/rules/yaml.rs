//! YAML as rules need it: values with places, bounded, without aliases.

use std::collections::BTreeSet;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::report::ErrorCode;
use crate::condition::Limits;

/// Blanks that move a closing bracket behind all that is open.
const INDENT: usize = 64;

/// A place in a file, in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spot {
    /// Which file.
    pub(crate) file: usize,
    /// Line, from 1.
    pub(crate) line: usize,
    /// Column, from 1.
    pub(crate) column: usize,
}

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Yaml {
    pub(crate) data: Data,
    pub(crate) spot: Spot,
}

#[derive(Clone, Debug)]
pub(crate) enum Data {
    Null,
    Scalar(String),
    Sequence(Vec<Yaml>),
    Map(Vec<(Yaml, Yaml)>),
}

impl Yaml {
    /// The text of a scalar.
    pub(crate) fn scalar(&self) -> Option<&str> {
        match &self.data {
            Data::Scalar(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn sequence(&self) -> Option<&[Yaml]> {
        match &self.data {
            Data::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The keys of a map that are texts.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let entries = if let Data::Map(entries) = &self.data { entries.as_slice() } else { &[] };
        entries.iter().filter_map(|(key, _)| key.scalar())
    }

    /// The value of a key; of a repeated key the first.
    pub(crate) fn get(&self, key: &str) -> Option<&Yaml> {
        match &self.data {
            Data::Map(entries) => {
                entries.iter().find(|(name, _)| name.scalar() == Some(key)).map(|(_, value)| value)
            }
            _ => None,
        }
    }
}

/// Words of YAML 1.1 for true and false.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    // `Yes`, `yes` and `YES`, but not `yEs`.
    let rest = text.get(1..).unwrap_or("");
    let upper = rest.bytes().all(|byte| byte.is_ascii_uppercase())
        && text.starts_with(|c: char| c.is_ascii_uppercase());
    if !upper && !rest.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" => Some(true),
        "false" | "no" | "off" | "n" => Some(false),
        _ => None,
    }
}

/// Why a text is not YAML, and where.
#[derive(Debug)]
pub(crate) struct YamlError {
    pub(crate) code: ErrorCode,
    pub(crate) text: String,
    pub(crate) spot: Spot,
    pub(crate) hint: Option<String>,
}

impl YamlError {
    fn new(text: &str, spot: Spot) -> Self {
        Self { code: ErrorCode::YamlParse, text: text.to_owned(), spot, hint: None }
    }
}

/// Names of what a text seems to define, by letter: for files that are not YAML.
pub(crate) fn names(text: &str) -> BTreeSet<(u8, String)> {
    let name = |line: &str| {
        let (key, name) = line.trim_start().strip_prefix("- ")?.split_once(':')?;
        let letter = match key.trim() {
            "list" => b'l',
            "macro" => b'm',
            "rule" => b'r',
            _ => return None,
        };
        let name = name.split(" #").next().unwrap_or(name);
        Some((letter, name.trim().trim_matches(['"', '\'']).to_owned()))
    };
    text.lines().filter_map(name).collect()
}

/// A collection whose end has not come yet.
struct Open {
    items: Vec<Yaml>,
    map: bool,
    start: Marker,
}

/// Reads all documents of a file; on an error also those before it.
pub(crate) fn read(file: usize, text: &str) -> (Vec<Yaml>, Option<YamlError>) {
    read_within(file, text, &Limits::DEFAULT)
}

/// As [`read`], within other limits than usual.
pub(super) fn read_within(file: usize, text: &str, limits: &Limits) -> (Vec<Yaml>, Option<YamlError>) {
    let mut documents = Vec::new();
    let error = documents_of(file, text, &mut documents, limits).err();
    match error {
        // Rules people have close a list at the indentation of its key, which YAML 1.1 readers take
        // and this parser sometimes does not. Lines and what stands before them keep their places.
        Some(error) if error.text == "invalid indentation" => {
            match with_closers_indented(text, limits.file) {
                Some(text) => {
                    let mut documents = Vec::new();
                    let error = documents_of(file, &text, &mut documents, limits).err();
                    (documents, error)
                }
                None => (documents, Some(error)),
            }
        }
        error => (documents, error),
    }
}

/// The text with lines of nothing but closing brackets moved to the right, unless that makes more than
/// `most` bytes of it.
fn with_closers_indented(text: &str, most: usize) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 1024);
    for line in text.split_inclusive('\n') {
        let inner = line.trim();
        if !inner.is_empty() && inner.chars().all(|c| "]},".contains(c)) {
            out.push_str(&" ".repeat(INDENT));
        }
        out.push_str(line);
        if out.len() > most {
            return None;
        }
    }
    Some(out)
}

fn spot(file: usize, at: &Marker) -> Spot {
    Spot { file, line: at.line(), column: at.col() + 1 }
}

fn documents_of(
    file: usize,
    text: &str,
    documents: &mut Vec<Yaml>,
    limits: &Limits,
) -> Result<(), YamlError> {
    let fail = |text: &str, at: Spot| Err(YamlError::new(text, at));
    if text.len() > limits.file {
        let spot = Spot { file, ..Spot::default() };
        let error = YamlError::new(&format!("the file is larger than {} bytes", limits.file), spot);
        return Err(YamlError { code: ErrorCode::FileRead, ..error });
    }
    let mut parser = Parser::new_from_str(text);
    let mut open: Vec<Open> = Vec::new();
    let result = loop {
        let Some(event) = parser.next_event() else { return Ok(()) };
        let (event, span): (Event<'_>, Span) = match event {
            Ok(event) => event,
            Err(error) => {
                let at = spot(file, error.marker());
                break Err(YamlError { hint: advice(text, at), ..YamlError::new(error.info(), at) });
            }
        };
        let at = spot(file, &span.start);
        let value = match event {
            Event::Alias(_) => break fail("aliases are not supported in rules", at),
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if open.len() >= limits.yaml {
                    break fail("nested too deep", at);
                }
                let map = matches!(event, Event::MappingStart(..));
                open.push(Open { items: Vec::new(), map, start: span.start });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(done) => done.finish(file),
                None => continue,
            },
            Event::Scalar(text, style, ..) => {
                let null =
                    style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let data = if null { Data::Null } else { Data::Scalar(text.into_owned()) };
                Yaml { data, spot: at }
            }
            _ => continue,
        };
        match open.last_mut() {
            Some(parent) => parent.items.push(value),
            None => documents.push(value),
        }
    };
    // The items before the mistake are as good as any.
    let mut open = open.into_iter();
    documents.extend(open.next().filter(|root| !root.map).map(|root| root.finish(file)));
    result
}

/// What is often meant where a text is not YAML.
fn advice(text: &str, at: Spot) -> Option<String> {
    let line = text.lines().nth(at.line.saturating_sub(1))?;
    let (_, value) = line.split_once(": ")?;
    let value = value.trim_start();
    if line.trim_start().starts_with('\t') || line.starts_with('\t') {
        Some("indent with blanks: YAML takes no tabs".to_owned())
    } else if value.starts_with(['%', '@', '`'])
        || (!value.starts_with(['"', '\'', '[', '{', '>', '|']) && value.contains(": "))
    {
        Some("put the value in quotes, or write it below the key, behind `>`".to_owned())
    } else {
        None
    }
}

impl Open {
    fn finish(self, file: usize) -> Yaml {
        let spot = spot(file, &self.start);
        if !self.map {
            return Yaml { data: Data::Sequence(self.items), spot };
        }
        let mut entries = Vec::with_capacity(self.items.len() / 2);
        let mut items = self.items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            entries.push((key, value));
        }
        Yaml { data: Data::Map(entries), spot }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_places() {
        let (documents, error) = read(0, "- list: a\n  items: [x, 1]\n---\n- b\n");
        assert!(error.is_none());
        assert_eq!(documents.len(), 2);
        let item = &documents[0].sequence().unwrap()[0];
        let items = item.get("items").unwrap();
        assert_eq!((items.spot.line, items.spot.column), (2, 10));
        assert_eq!(items.sequence().unwrap()[1].scalar(), Some("1"));
    }

    #[test]
    fn a_list_may_close_where_its_key_stands() {
        let text = "- list: a\n  items: [\n    \"x\"\n  ]\n\n- list: b\n  items: [\n    \"y\"\n  ]\n";
        let (documents, error) = read(0, text);
        assert!(error.is_none(), "{error:?}");
        assert_eq!(documents[0].sequence().unwrap().len(), 2);
    }

    #[test]
    fn aliases_and_deep_nesting_are_refused() {
        let (documents, error) = read(0, "- list: a\n  items: [x]\n- list: b\n  items: [\n");
        assert!(error.is_some());
        assert_eq!(documents[0].sequence().unwrap().len(), 1, "the item before the mistake");
        assert!(read(0, "a: &x [1]\nb: *x\n").1.is_some());
        assert!(read(0, &"[".repeat(100)).1.is_some());
        assert!(read(0, "a: [").1.is_some());
        assert!(read(0, &"[".repeat(1_000_000)).1.is_some());
        assert!(read(0, &"- ".repeat(100_000)).1.is_some());
        assert!(read(0, &"{a: ".repeat(100_000)).1.is_some());
    }

    #[test]
    fn words_of_yaml_1_1_are_booleans() {
        assert_eq!(boolean("Yes"), Some(true));
        assert_eq!(boolean("OFF"), Some(false));
        assert_eq!(boolean("y"), Some(true));
        assert_eq!(boolean("FALSE"), Some(false));
        for bad in ["maybe", "yEs", "fAlSe", "", "1"] {
            assert_eq!(boolean(bad), None, "{bad}");
        }
    }
}
