//! A rule at an event, for people: a verdict, what is missing, the condition as a tree.

mod json;
mod layout;
mod tree;

use std::io::{self, Write};

use jiff::tz::TimeZone;

pub use json::{document, explained, group, kept, line, missing, obstacle, outline, place};

use super::{Format, Style, escape};
use crate::scan::clock::short;
use crate::views::explain::{Explained, Line, Missing, tables};
use crate::views::table::Table;

/// How a tree looks.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Columns, and whether colours may be used.
    pub style: Style,
    /// Letters only: for grep, and for terminals without UTF-8.
    pub ascii: bool,
    /// Whether lines are broken at the width.
    pub wrap: bool,
    /// Everything unfolded and uncut.
    pub full: bool,
    /// Whether parts have a mark for what they come to; else the tree is that of a rule alone.
    pub marks: bool,
}

/// Most findings that a verdict names.
const NAMED_MAX: usize = 3;

impl Look {
    /// The mark of what holds and of what does not.
    fn mark(self, holds: bool) -> &'static str {
        match (self.ascii, holds) {
            (false, true) => "✓",
            (false, false) => "✗",
            (true, true) => "ok",
            (true, false) => "NO",
        }
    }

    /// Characters from the beginning of a mark to what follows it.
    fn mark_width(self) -> usize {
        match (self.marks, self.ascii) {
            (false, _) => 0,
            (true, true) => 3,
            (true, false) => 2,
        }
    }

    fn paint(self, text: &str, code: &str) -> String {
        if self.style.colour && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn verdict(self, holds: bool, text: &str) -> String {
        let code = if holds { "1;32" } else { "1;31" };
        self.paint(&format!("{} {text}", self.mark(holds)), code)
    }
}

/// Writes what became of a rule, in a line.
pub fn verdict(holds: bool, text: &str, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let text = layout::wrapped(&escape::terminal(text.as_bytes()), look, 2);
    writeln!(out, "{}", look.verdict(holds, &text))
}

/// Writes which rule is asked about and where it stands.
pub fn heading(name: &str, about: &str, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let (name, about) = (escape::terminal(name.as_bytes()), escape::terminal(about.as_bytes()));
    let fits = name.chars().count() + 2 + about.chars().count() <= usize::from(look.style.width);
    let between = if fits || !look.wrap { "  " } else { "\n" };
    writeln!(out, "{}{between}{}", look.paint(&name, "1"), look.paint(&about, "2"))
}

/// Writes something that is to be known before the rest.
pub fn remark(kind: &str, text: &str, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let text = format!("{kind}: {}", escape::terminal(text.as_bytes()));
    writeln!(out, "{}", look.paint(&layout::wrapped(&text, look, 2), "33"))
}

/// Writes a heading within an answer.
pub fn title(text: &str, look: Look, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", look.paint(&escape::terminal(text.as_bytes()), "1"))
}

/// Why the rule matched this event or did not, in a sentence; `types` are those it can match.
pub fn sentence(one: &Explained, types: &str) -> String {
    let number = one.number;
    match (&one.taken_by, one.holds, one.possible) {
        (_, _, false) => {
            format!("cannot match event {number}: it is {}, and the rule is about {types}", one.event)
        }
        (Some(rule), true, true) => format!(
            "matched event {number}, but `{rule}` stands before it and raised the alert; --rule-matching all \
             reports both"
        ),
        (None, true, true) => format!("matched event {number}"),
        (_, false, true) => format!("did not match event {number}: {}", because(&one.missing)),
    }
}

/// What was found that is not as wanted: `user.name is root, proc.name is ls`.
pub fn because(missing: &[Missing]) -> String {
    let mut found: Vec<String> = Vec::new();
    for one in missing {
        let texts: Vec<String> = match one.text.starts_with("exception ") {
            true => vec![format!("{} applies", one.text)],
            false => one.values.iter().map(|shown| super::shown(&tables::found(shown), "-")).collect(),
        };
        for text in texts {
            let text = layout::cut(&text, 72);
            if !found.contains(&text) {
                found.push(text);
            }
        }
    }
    let more = found.len().saturating_sub(NAMED_MAX);
    found.truncate(NAMED_MAX);
    let text = found.join(", ");
    if more > 0 { format!("{text} and {more} more") } else { text }
}

/// Writes which event it is: number, time, kind, who, where, what about.
pub fn event(
    one: &Explained,
    capture: bool,
    zone: &TimeZone,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let shown = |text: &str| escape::terminal(text.as_bytes());
    let mut text = format!(
        "event {}  {}  {}  {}",
        one.number,
        short(one.wall_ns, zone),
        one.event,
        shown(&one.scene.who)
    );
    if !one.scene.container.is_empty() {
        text += &format!(", in container {}", shown(&one.scene.container));
    }
    if capture {
        text += &format!("; {}", shown(&one.capture));
    }
    writeln!(out, "{}", layout::wrapped(&text, look, 2))?;
    if !one.about.is_empty() {
        let about = shown(&one.about);
        let about = if look.wrap && !look.full {
            layout::cut(&about, usize::from(look.style.width).saturating_sub(2))
        } else {
            layout::wrapped(&about, look, 2)
        };
        writeln!(out, "  {}", look.paint(&about, "2"))?;
    }
    Ok(())
}

/// Writes what is missing, if something is.
pub fn missing_table(one: &Explained, format: &Format, look: Look, out: &mut dyn Write) -> io::Result<()> {
    if one.missing.is_empty() {
        return Ok(());
    }
    table(&tables::missing(&one.missing), format, look, out)?;
    writeln!(out)
}

/// Writes a table of what is missing; where its words would have to be broken, a line a column.
pub fn table(table: &Table, format: &Format, look: Look, out: &mut dyn Write) -> io::Result<()> {
    if !look.wrap || super::pretty::fits(table, look.style) {
        return (format.render)(std::slice::from_ref(table), look.style, out);
    }
    for (index, row) in table.rows.iter().enumerate() {
        let mut cells: Vec<String> = row.iter().map(|cell| super::shown(cell, "")).collect();
        if let [events, first, ..] = cells.as_slice()
            && cells.len() > 3
        {
            if !events.is_empty() {
                let head = match events.as_str() {
                    "1" => format!("1 event, {first}"),
                    _ => format!("{events} events, first {first}"),
                };
                if index > 0 {
                    writeln!(out)?;
                }
                writeln!(out, "{}", look.paint(&layout::wrapped(&head, look, 2), "1"))?;
            }
            cells.drain(..2);
        }
        for (name, cell) in ["found", "wanted", "change"].iter().zip(&cells) {
            let width = usize::from(look.style.width).saturating_sub(12);
            for (index, line) in layout::lines(cell, width, 0).iter().enumerate() {
                let name = if index == 0 { name } else { "" };
                writeln!(out, "  {}  {line}", look.paint(&format!("{name:6}"), "2"))?;
            }
        }
    }
    Ok(())
}

/// Writes a condition as a tree.
pub fn tree(line: &Line, look: Look, out: &mut dyn Write) -> io::Result<()> {
    tree::write(line, look, out)
}

/// Writes text that may be long, two characters in.
pub fn paragraph(text: &str, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let text = escape::terminal(text.as_bytes());
    let lines = match look.wrap {
        true => layout::lines(&text, usize::from(look.style.width).saturating_sub(4), 0),
        false => vec![text],
    };
    lines.iter().try_for_each(|line| writeln!(out, "  {line}"))
}
