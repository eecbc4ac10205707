//! A condition as a tree, a line a part, with the values beside it.

use std::io::{self, Write};

use super::{Look, layout};
use crate::render::escape;
use crate::views::explain::{Kind, Line, tables};

/// Most values of a field that a line shows.
const VALUES_MAX: usize = 6;
/// Longest value in a line, characters, unless everything is wanted.
const VALUE_LONG: usize = 240;
/// Longest text of a group that still stands in one line.
const GROUP_LONG: usize = 72;
/// Most alternatives beside the nearest that are shown.
const OTHERS_MAX: usize = 4;
/// Most parts of a group that are as wanted and shown all the same; two more still are.
const FINE_MAX: usize = 12;
/// Most facts that stand for a folded part.
const FACTS_MAX: usize = 2;

/// A line of the tree before it is fitted to the width.
struct Row {
    /// Before the mark, of the first line and of those that follow.
    guide: (String, String),
    mark: Option<bool>,
    /// Whether the mark is as the rule wants it.
    good: bool,
    reached: bool,
    decides: bool,
    text: String,
    value: String,
    /// Whether the value is a place or another aside.
    aside: bool,
    /// Whether the text may be cut instead of broken.
    cut: bool,
}

struct Tree {
    look: Look,
    rows: Vec<Row>,
}

pub(super) fn write(root: &Line, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let mut tree = Tree { look, rows: Vec::new() };
    tree.statement(root, &Guide::default());
    tree.print(out)
}

/// The lines that lead to a part.
#[derive(Clone, Default)]
struct Guide {
    before: String,
    /// Whether it is the last of its siblings; `None` at the root.
    last: Option<bool>,
}

impl Guide {
    fn drawn(&self, ascii: bool) -> (String, String) {
        let (fork, end, bar) = if ascii { ("|- ", "`- ", "|  ") } else { ("├─ ", "└─ ", "│  ") };
        match self.last {
            None => (String::new(), String::new()),
            Some(false) => (format!("{}{fork}", self.before), format!("{}{bar}", self.before)),
            Some(true) => (format!("{}{end}", self.before), format!("{}   ", self.before)),
        }
    }
}

impl Tree {
    /// A part with the `not` before it.
    fn statement(&mut self, line: &Line, guide: &Guide) {
        let (mut not, mut inner) = (String::new(), line);
        while let (Kind::Not, Some(part)) = (&inner.kind, inner.parts.first()) {
            not.push_str("not ");
            inner = part;
        }
        // A rule that is one macro says nothing folded.
        let unfold = self.look.full || inner.decides || guide.last.is_none();
        match (&inner.kind, inner.parts.as_slice()) {
            (Kind::Check, _) => {
                let row = self.row(line, guide, format!("{not}{}", inner.text), self.value(inner));
                let aside = !self.look.marks;
                self.rows.push(Row { decides: inner.decides, aside, ..row });
            }
            (Kind::Macro(_) | Kind::Exception, [content]) if !unfold => {
                let row = self.row(line, guide, format!("{not}{}", inner.text), facts_of(content));
                self.rows.push(row);
            }
            (Kind::Macro(places), [content]) => {
                let places: Vec<String> = places.iter().map(tables::short_line).collect();
                let row = self.row(line, guide, format!("{not}{}", inner.text), places.join(" + "));
                self.rows.push(Row { aside: true, ..row });
                self.content(content, guide);
            }
            (Kind::Exception, [content]) => {
                let place = inner.place.as_ref().map(tables::short_line).unwrap_or_default();
                let row = self.row(line, guide, format!("{not}{}", inner.text), place);
                // What is in the way is an exception as a whole, not its first comparison.
                let whole = inner.decides && !content.has_exception();
                self.rows.push(Row { aside: true, decides: whole, ..row });
                let from = self.rows.len();
                self.content(content, guide);
                if whole {
                    self.rows.iter_mut().skip(from).for_each(|row| row.decides = false);
                }
            }
            (Kind::And | Kind::Or, _) => {
                let short = inner.text.chars().count() <= GROUP_LONG;
                if !unfold && short && guide.last.is_some() {
                    let bare = inner.text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
                    let text = match bare {
                        Some(bare) if not.is_empty() => bare.to_owned(),
                        _ => format!("{not}{}", inner.text),
                    };
                    let row = self.row(line, guide, text, facts_of(inner));
                    self.rows.push(row);
                    return;
                }
                let head = match (inner.kind == Kind::And, not.is_empty()) {
                    (true, true) => "all of".to_owned(),
                    (false, true) => "any of".to_owned(),
                    (true, false) => format!("{not}all of"),
                    (false, false) => format!("{not}any of"),
                };
                let row = self.row(line, guide, head, String::new());
                self.rows.push(row);
                self.parts(inner, guide);
            }
            // Nothing below: such a rule does not load.
            _ => {}
        }
    }

    /// What a macro or exception stands for, below its name.
    fn content(&mut self, content: &Line, guide: &Guide) {
        match content.kind {
            Kind::And => self.parts(content, guide),
            Kind::Or => {
                if let Some(row) = self.rows.last_mut() {
                    row.text.push_str(", any of");
                }
                self.parts(content, guide);
            }
            _ => {
                let (_, before) = guide.drawn(self.look.ascii);
                self.statement(content, &Guide { before, last: Some(true) });
            }
        }
    }

    /// The parts of a group.
    fn parts(&mut self, group: &Line, guide: &Guide) {
        let mut parts = Vec::new();
        flat(group, &group.kind, &mut parts);
        let mut hidden = 0;
        if group.kind == Kind::Or && !self.look.full {
            let all = parts.len();
            let mut others = 0;
            let held = parts.iter().position(|part| part.holds);
            let mut index = 0;
            parts.retain(|part| {
                let this = index;
                index += 1;
                match held {
                    // One that holds says why the whole does.
                    Some(held) if !part.decides => this == held,
                    _ if part.decides => true,
                    _ => {
                        others += 1;
                        others <= OTHERS_MAX
                    }
                }
            });
            hidden = all - parts.len();
        }
        let fine = |part: &&Line| !part.decides && part.holds == part.wanted;
        let mut noun = "other alternative";
        if group.kind == Kind::And
            && !self.look.full
            && parts.iter().filter(|part| fine(part)).count() > FINE_MAX + 2
        {
            let (all, mut shown) = (parts.len(), 0);
            parts.retain(|part| {
                shown += usize::from(fine(part));
                !fine(part) || shown <= FINE_MAX
            });
            hidden = all - parts.len();
            noun = "other part, all as wanted";
        }
        let (_, before) = guide.drawn(self.look.ascii);
        let count = parts.len();
        for (index, part) in parts.into_iter().enumerate() {
            let guide = Guide { before: before.clone(), last: Some(index + 1 == count && hidden == 0) };
            let from = self.rows.len();
            self.statement(part, &guide);
            // An alternative that nobody has to look at takes one line.
            if group.kind == Kind::Or && !self.look.full && !part.decides && self.rows.len() > from + 1 {
                self.rows.truncate(from);
                let row = self.row(part, &guide, part.text.clone(), facts_of(part));
                self.rows.push(Row { cut: true, ..row });
            }
        }
        if hidden > 0 {
            let guide = Guide { before, last: Some(true) }.drawn(self.look.ascii);
            let dots = if self.look.ascii { "..." } else { "…" };
            let many = noun.replacen("alternative", "alternatives", 1).replacen("part", "parts", 1);
            let text = format!("{dots} {hidden} {}", if hidden == 1 { noun } else { &many });
            let mut row = self.row(group, &Guide::default(), text, String::new());
            (row.mark, row.guide, row.reached) = (None, guide, false);
            self.rows.push(row);
        }
    }

    fn row(&self, line: &Line, guide: &Guide, text: String, value: String) -> Row {
        Row {
            guide: guide.drawn(self.look.ascii),
            mark: self.look.marks.then_some(line.holds),
            good: line.holds == line.wanted,
            reached: line.reached,
            decides: false,
            text: escape::terminal(text.as_bytes()),
            value: escape::terminal(value.as_bytes()),
            aside: false,
            // Nobody has to look at what is as the rule wants it: it takes one line.
            cut: !self.look.full && line.holds == line.wanted,
        }
    }

    /// What the fields of a comparison have.
    fn value(&self, check: &Line) -> String {
        if !self.look.marks {
            let lists = check.items.iter().filter_map(|item| item.list.as_ref());
            let shown = lists.map(|(list, place)| match place {
                Some(place) => format!("list {list}, {}", tables::short_line(place)),
                None => format!("list {list}"),
            });
            return shown.collect::<Vec<_>>().join("; ");
        }
        let most = if self.look.full { usize::MAX } else { VALUES_MAX };
        let mut texts = Vec::new();
        for shown in &check.values {
            let value = escape::terminal(&tables::values(shown, most));
            let direct = check.values.len() == 1 && check.text.starts_with(&format!("{} ", shown.field));
            texts.push(if direct { value } else { format!("{}={value}", shown.field) });
        }
        let mut text = texts.join(", ");
        if !self.look.full {
            text = layout::cut(&text, VALUE_LONG);
        }
        if let Some(why) = check.values.iter().find_map(|shown| shown.never) {
            text += &format!(" no capture holds it: {why}");
        }
        // What matched is worth saying where the value and the text leave it open.
        let several = check.values.iter().any(|shown| shown.several);
        let mut lists: Vec<String> = Vec::new();
        for item in &check.items {
            let literal = escape::terminal(&item.text);
            let from = match &item.list {
                Some((list, _)) if !check.text.ends_with(&format!(" ({list})")) => {
                    format!("{literal}, of {list}")
                }
                _ if several => literal,
                _ => continue,
            };
            if !lists.contains(&from) {
                lists.push(from);
            }
        }
        if !lists.is_empty() && check.holds {
            lists.truncate(3);
            text += &format!("  matches {}", lists.join(", "));
        }
        text
    }
}

/// The parts of a group, with those of groups of the same kind within it.
fn flat<'l>(group: &'l Line, kind: &Kind, parts: &mut Vec<&'l Line>) {
    for part in &group.parts {
        if part.kind == *kind { flat(part, kind, parts) } else { parts.push(part) }
    }
}

/// The values that made a part come out as it did, as few as say it.
fn facts_of(line: &Line) -> String {
    let mut facts = Vec::new();
    facts_in(line, &mut facts);
    let more = facts.len() > FACTS_MAX;
    facts.truncate(FACTS_MAX);
    let text = facts.join(", ");
    if more { format!("{text}, …") } else { text }
}

fn facts_in(line: &Line, facts: &mut Vec<String>) {
    let settling = match line.kind {
        Kind::And if !line.holds => line.parts.iter().position(|part| !part.holds),
        Kind::Or if line.holds => line.parts.iter().position(|part| part.holds),
        _ => None,
    };
    // The number of an event is what stock rules ask for to say never or always.
    for shown in line.values.iter().filter(|shown| shown.field != "evt.num") {
        let value = layout::cut(&escape::terminal(&tables::values(shown, 1)), 48);
        let fact = format!("{}={value}", shown.field);
        if !facts.contains(&fact) && facts.len() <= FACTS_MAX {
            facts.push(fact);
        }
    }
    match settling.and_then(|at| line.parts.get(at)) {
        Some(part) => facts_in(part, facts),
        None if facts.len() > FACTS_MAX => {}
        None => line.parts.iter().for_each(|part| facts_in(part, facts)),
    }
}

impl Tree {
    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let look = self.look;
        let mark_width = look.mark_width();
        let left = |row: &Row| row.guide.0.chars().count() + mark_width + row.text.chars().count();
        let longest = self.rows.iter().map(left).max().unwrap_or(0);
        let value = self.rows.iter().map(|row| row.value.chars().count()).max().unwrap_or(0);
        let width = usize::from(look.style.width).saturating_sub(4);
        // Without limit, only lines that have a value need their texts aligned.
        let column = match look.wrap {
            _ if value == 0 => longest,
            true if longest + value <= width => longest,
            true => longest.min(width.saturating_sub(value.min(width * 2 / 5)).max(width / 2)),
            false => self.rows.iter().map(left).filter(|len| *len <= 60).max().unwrap_or(0),
        };
        for row in &self.rows {
            self.print_row(row, column, width.saturating_sub(column), mark_width, out)?;
        }
        Ok(())
    }

    fn print_row(
        &self,
        row: &Row,
        column: usize,
        rest: usize,
        mark_width: usize,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let look = self.look;
        let lead = row.guide.0.chars().count();
        // Beside a text without a value there is room for more of it.
        let column = if row.value.is_empty() { column + 2 + rest } else { column };
        let room = column.saturating_sub(lead + mark_width).max(12);
        let (texts, values) = if !look.wrap {
            (vec![row.text.clone()], vec![row.value.clone()])
        } else if row.cut && !look.full {
            (vec![layout::cut(&row.text, room)], vec![layout::cut(&row.value, rest.max(12))])
        } else {
            (layout::lines(&row.text, room, 2), layout::lines(&row.value, rest.max(12), 0))
        };
        for index in 0..texts.len().max(values.len()) {
            let text = texts.get(index).map_or("", String::as_str);
            let value = values.get(index).map_or("", String::as_str);
            let mut arrow = if row.decides && index == 0 { if look.ascii { ">" } else { "▶" } } else { "" };
            if arrow.is_empty() {
                arrow = " ";
            }
            let (guide, mark) = if index == 0 {
                (&row.guide.0, row.mark.map_or("", |holds| look.mark(holds)))
            } else {
                (&row.guide.1, "")
            };
            let hang = if index == 0 { String::new() } else { " ".repeat(mark_width.max(2)) };
            let text = format!("{hang}{text}");
            let used = guide.chars().count() + mark_width + text.chars().count();
            let pad =
                if value.is_empty() { String::new() } else { " ".repeat(column.saturating_sub(used) + 2) };
            let mark_text = match row.mark {
                Some(_) => format!("{mark}{}", " ".repeat(mark_width.saturating_sub(mark.chars().count()))),
                None => String::new(),
            };
            let plain = match (row.decides, row.reached) {
                (true, _) => "1",
                (false, true) => "",
                (false, false) => "2",
            };
            let shade = |text: &str, code: &str| {
                if code.is_empty() { text.to_owned() } else { look.paint(text, code) }
            };
            let value_code = match (row.aside, row.decides, row.reached) {
                (true, ..) => "2",
                (_, true, _) => "1;33",
                (_, _, true) => "36",
                (_, _, false) => "2",
            };
            let line = format!(
                "{}{}{}{}{pad}{}",
                shade(&format!("{arrow} "), "1;33"),
                shade(guide, "2"),
                shade(&mark_text, if row.good { "32" } else { "31" }),
                shade(&text, plain),
                shade(value, value_code),
            );
            let line = line.trim_end();
            writeln!(out, "{}", if look.ascii { line.replace('…', "...") } else { line.to_owned() })?;
        }
        Ok(())
    }
}
