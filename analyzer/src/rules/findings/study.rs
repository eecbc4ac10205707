//! Rules as they are written, one by one: what does not compile is left out, the rest is looked at.

use std::collections::BTreeMap;

use super::super::Source;
use super::super::collect::{Collector, RuleDef, SOURCE};
use super::super::expand::Lists;
use super::super::report::Place;
use super::super::text::{Files, Text};
use super::super::yaml::{self, Spot, Yaml};
use super::Edit;
use super::mistakes::STOCK_EVENTS;
use crate::condition::plan::Env;
use crate::condition::{Expr, Span, parse_source};

/// A text with its number, so that a span in it finds its place.
struct Numbered {
    text: Text,
    /// The text before lists were substituted.
    written: Text,
    item: String,
}

/// A row of an exception.
pub(super) struct Row {
    /// Name of the exception.
    pub(super) name: String,
    pub(super) spot: Spot,
    pub(super) expr: Expr,
}

/// A rule whose condition parses.
pub(super) struct Studied {
    /// Which of the collector's.
    pub(super) at: usize,
    /// Number of its text.
    pub(super) source: u32,
    /// The condition without its exceptions; `None` if it does not parse.
    pub(super) expr: Option<Expr>,
    pub(super) rows: Vec<Row>,
}

/// All files together.
pub(super) struct Study<'a> {
    pub(super) sources: &'a [Source],
    files: Files<'a>,
    /// Where the lines of each file begin.
    lines: Vec<Vec<usize>>,
    /// What each file is as YAML, as far as it is.
    pub(super) documents: Vec<Vec<Yaml>>,
    pub(super) collector: Collector,
    texts: Vec<Numbered>,
    /// Bytes that texts may still grow to together, as when rules are loaded.
    room: usize,
    /// Macros that parse, with the number of their text.
    pub(super) macros: BTreeMap<String, (u32, Expr)>,
    /// What is known of macros of Falco's that are not loaded.
    assumed: BTreeMap<&'static str, Expr>,
    /// Macros that have a name but no tree.
    pub(super) broken: Vec<String>,
    pub(super) rules: Vec<Studied>,
}

impl<'a> Study<'a> {
    /// Reads the files that follow each other, errors or not.
    pub(super) fn new(sources: &'a [Source], env: &Env<'_>) -> Self {
        let mut collector = Collector::default();
        let mut all = Vec::new();
        for (file, source) in sources.iter().enumerate() {
            let (documents, _) = yaml::read(file, &source.text);
            documents.iter().for_each(|document| collector.document(document, env));
            all.push(documents);
        }
        let starts = |source: &Source| {
            let lines = source.text.split_inclusive('\n').scan(0, |at, line| {
                let start = *at;
                *at += line.len();
                Some(start)
            });
            lines.collect()
        };
        let mut study = Self {
            sources,
            files: Files::new(sources),
            lines: sources.iter().map(starts).collect(),
            documents: all,
            collector: Collector::default(),
            texts: Vec::new(),
            room: env.limits.texts,
            macros: BTreeMap::new(),
            assumed: BTreeMap::new(),
            broken: Vec::new(),
            rules: Vec::new(),
        };
        study.read(&collector);
        study.collector = collector;
        study
    }

    fn read(&mut self, collector: &Collector) {
        let mut lists = Lists::new(&collector.lists);
        for def in &collector.macros {
            let item = format!("macro `{}`", def.name);
            match self.parse(def.condition.clone(), item, &mut lists) {
                (number, Some(expr)) => {
                    self.macros.insert(def.name.clone(), (number, expr));
                }
                _ => self.broken.push(def.name.clone()),
            }
        }
        self.assume(&mut lists);
        for (at, def) in collector.rules.iter().enumerate().filter(|(_, def)| def.source == SOURCE) {
            let item = format!("rule `{}`", def.name);
            let (source, expr) = self.parse(def.condition.clone(), item.clone(), &mut lists);
            let mut rows = Vec::new();
            for exception in def.exceptions.iter().flatten() {
                for (spot, text) in exception.rows() {
                    if let (_, Some(expr)) = self.parse(text, item.clone(), &mut lists) {
                        rows.push(Row { name: exception.name.clone(), spot, expr });
                    }
                }
            }
            self.rules.push(Studied { at, source, expr, rows });
        }
    }

    /// Takes macros that are not defined for what they usually are.
    fn assume(&mut self, lists: &mut Lists<'_>) {
        for (name, events) in STOCK_EVENTS {
            if !self.macros.contains_key(*name) && !self.broken.iter().any(|known| known == name) {
                let text = Text::new(&format!("evt.type in ({events})"), Spot::default());
                if let (_, Some(expr)) = self.parse(text, String::new(), lists) {
                    self.assumed.insert(name, expr);
                }
            }
        }
    }

    /// The tree of a macro; of one that is not defined what is known of it, if anything is.
    pub(super) fn body(&self, name: &str) -> Option<&Expr> {
        self.macros.get(name).map(|(_, expr)| expr).or_else(|| self.assumed.get(name))
    }

    fn parse(&mut self, mut text: Text, item: String, lists: &mut Lists<'_>) -> (u32, Option<Expr>) {
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let written = text.clone();
        if self.room == 0 {
            // Such rules do not load; that is what there is to say of them.
            self.texts.push(Numbered { text: Text::default(), written, item });
            return (number, None);
        }
        let parsed = lists.substitute(&mut text).and_then(|()| parse_source(text.as_str(), number));
        self.room = self.room.saturating_sub(text.as_str().len());
        self.texts.push(Numbered { text, written, item });
        (number, parsed.ok())
    }

    /// The rule's definition.
    pub(super) fn def(&self, rule: &Studied) -> Option<&RuleDef> {
        self.collector.rules.get(rule.at)
    }

    /// The text at a span, lists substituted.
    pub(super) fn slice(&self, at: Span) -> &str {
        let text = self.texts.get(at.source as usize).map_or("", |numbered| numbered.text.as_str());
        text.get(at.start as usize..at.end as usize).unwrap_or("")
    }

    /// The text that a number stands for, before lists were substituted, and what it belongs to.
    pub(super) fn written(&self, source: u32) -> (&str, &str) {
        self.texts
            .get(source as usize)
            .map_or(("", ""), |numbered| (numbered.written.as_str(), &numbered.item))
    }

    /// Numbers of the texts.
    pub(super) fn texts(&self) -> impl Iterator<Item = u32> {
        (0..).zip(&self.texts).map(|(number, _)| number)
    }

    /// Where a span stands in its file.
    pub(super) fn place(&self, at: Span) -> Place {
        let Some(numbered) = self.texts.get(at.source as usize) else { return Place::default() };
        self.stretch(&numbered.text, at, &numbered.item)
    }

    /// Where a span of a text before lists were substituted stands in its file.
    pub(super) fn written_place(&self, at: Span) -> Place {
        let Some(numbered) = self.texts.get(at.source as usize) else { return Place::default() };
        self.stretch(&numbered.written, at, &numbered.item)
    }

    fn stretch(&self, text: &Text, at: Span, item: &str) -> Place {
        let (spot, ink) = text.origin(at.start as usize);
        let mut start = self.files.place(spot, Some(ink), 1, item);
        // A list that was substituted stands where its name is, so the end is looked up, too.
        let (spot, ink) = text.origin((at.end as usize).saturating_sub(1));
        let end = self.files.place(spot, Some(ink), 1, "");
        start.width = match end.line == start.line {
            true => (end.column + 1).saturating_sub(start.column).max(1),
            false => start.text.trim_end().chars().count().saturating_sub(start.column - 1).max(1),
        };
        start
    }

    /// Where an item of a file stands.
    pub(super) fn spot(&self, spot: Spot, width: usize, item: &str) -> Place {
        let mut place = self.files.place(spot, None, 1, item);
        place.width = width.max(1);
        place
    }

    /// Where a rule is defined, with its name.
    pub(super) fn rule_place(&self, name: &str, at: &Place) -> Place {
        Place { item: format!("rule `{name}`"), ..at.clone() }
    }

    /// Where byte `at` of a rule's output stands.
    pub(super) fn output_place(&self, def: &RuleDef, at: usize, width: usize, item: &str) -> Place {
        let before = def.output.get(..at).unwrap_or("");
        let ink = before.chars().filter(|c| !c.is_whitespace()).count();
        self.files.place(def.output_spot, Some(ink), width, item)
    }

    /// The change that puts `new` where the span's text stands; `None` if the file has other text
    /// there, as where a list was substituted or YAML escapes something.
    pub(super) fn edit(&self, at: Span, new: &str) -> Option<Edit> {
        let numbered = self.texts.get(at.source as usize)?;
        let (spot, _) = numbered.text.origin(at.start as usize);
        self.edit_at(spot.file, &self.place(at), self.slice(at), new)
    }

    /// As [`Study::edit`], of the text before lists were substituted. Where nothing but blanks would
    /// go, what stands before them is written again.
    pub(super) fn written_edit(&self, at: Span, new: &str) -> Option<Edit> {
        let numbered = self.texts.get(at.source as usize)?;
        let text = numbered.written.as_str();
        let (mut start, end) = (at.start as usize, at.end as usize);
        let mut new = new.to_owned();
        if text.get(start..end)?.trim().is_empty() {
            let before = text.get(..start)?.trim_end();
            let last = before.char_indices().next_back()?.0;
            new.insert_str(0, text.get(last..before.len())?);
            start = last;
        }
        let at = Span::new(at.source, start, end);
        let (spot, _) = numbered.written.origin(start);
        self.edit_at(spot.file, &self.written_place(at), text.get(start..end)?, &new)
    }

    /// The byte at which a line and column, both from 1, begin.
    fn offset(&self, source: usize, line: usize, column: usize) -> Option<usize> {
        let start = *self.lines.get(source)?.get(line.checked_sub(1)?)?;
        let rest = self.sources.get(source)?.text.get(start..)?;
        let within = rest.char_indices().nth(column.checked_sub(1)?).map_or(rest.len(), |(at, _)| at);
        Some(start + within)
    }

    /// The change that puts `new` where `old` stands at a place of a file.
    pub(super) fn edit_at(&self, source: usize, place: &Place, old: &str, new: &str) -> Option<Edit> {
        let text = &self.sources.get(source)?.text;
        let start = self.offset(source, place.line, place.column)?;
        let mut end = start + same_ink(text.get(start..)?, old)?;
        let mut new = new;
        if old.ends_with(char::is_whitespace) {
            new = new.trim_end();
            // What goes takes the blanks behind it along.
            let blanks = text.get(end..)?.chars().take_while(|c| *c == ' ').count();
            end += if new.is_empty() { blanks } else { 0 };
        }
        Some(Edit { source, start, end, text: new.to_owned() })
    }
}

/// How many bytes of `text` are `old`, where white space may differ; `None` if it is something else.
fn same_ink(text: &str, old: &str) -> Option<usize> {
    let mut have = text.char_indices().peekable();
    let mut end = 0;
    for c in old.chars().filter(|c| !c.is_whitespace()) {
        while have.peek().is_some_and(|(_, c)| c.is_whitespace()) {
            have.next();
        }
        let (at, found) = have.next()?;
        if found != c {
            return None;
        }
        end = at + c.len_utf8();
    }
    (end > 0).then_some(end)
}
