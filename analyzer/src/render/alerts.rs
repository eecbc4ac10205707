//! Alerts as people read them: a table that grows while the capture is read.

use std::io::{self, Write};

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Table, Width};
use jiff::tz::TimeZone;

use super::{Style, escape};
use crate::rules::Priority;
use crate::scan::clock;
use crate::views::alerts::Alert;

/// Width of a time of day with its padding.
const TIME: u16 = 14;
/// Width of the longest priority with its padding.
const PRIORITY: u16 = 15;

/// Blanks between the three columns.
const BETWEEN: u16 = 2;

/// Writes alerts as rows of one table. Columns have fixed widths, so that a row can be written when
/// it is there and none has to be kept.
pub struct AlertTable {
    style: Style,
    started: bool,
}

impl AlertTable {
    /// A table without rows yet; its heading comes with the first.
    pub fn new(style: Style) -> Self {
        Self { style, started: false }
    }

    fn table(&self, first: bool) -> Table {
        let mut table = Table::new();
        table.load_style(UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(self.style.width);
        if self.style.colour {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        if first {
            let heading = |name| Cell::new(name).add_attribute(Attribute::Bold);
            table.set_header([heading("TIME"), heading("PRIORITY"), heading("ALERT")]);
        } else {
            // The line below the row before is this one's upper line.
            table.style_mut().top_border = Default::default();
        }
        table
    }

    /// Writes an alert. `capture` says which one it is from, if there are several.
    pub fn row(
        &mut self,
        alert: &Alert<'_>,
        capture: Option<&str>,
        zone: &TimeZone,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut table = self.table(!self.started);
        self.started = true;
        let clean = |text: &str| escape::terminal(text.as_bytes());
        let mut lines = vec![match capture {
            Some(capture) => format!("{}  [{}]", clean(alert.rule), clean(capture)),
            None => clean(alert.rule),
        }];
        if let Some(scene) = &alert.scene {
            lines.push(clean(&scene.who));
            if !scene.container.is_empty() {
                lines.push(format!("in container {}", clean(&scene.container)));
            }
        }
        // Outputs often begin with the rule's name, which stands above already.
        let message = alert
            .message
            .strip_prefix(alert.rule)
            .map_or(alert.message.as_str(), |rest| rest.trim_start_matches([' ', '|', ':', '.', ',']));
        if !message.is_empty() {
            lines.push(clean(message));
        }
        table.add_row([
            Cell::new(clock::short(alert.wall_ns, zone)),
            priority(alert.priority),
            Cell::new(lines.join("\n")),
        ]);
        let rest = self.style.width.saturating_sub(TIME + PRIORITY + BETWEEN).max(20);
        let fixed = |width| ColumnConstraint::Absolute(Width::Fixed(width));
        table.set_constraints([fixed(TIME), fixed(PRIORITY), fixed(rest)]);
        for line in table.lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn priority(priority: Priority) -> Cell {
    let cell = Cell::new(priority.to_string());
    match priority {
        Priority::Emergency | Priority::Alert | Priority::Critical => {
            cell.fg(Color::Red).add_attribute(Attribute::Bold)
        }
        Priority::Error => cell.fg(Color::Red),
        Priority::Warning => cell.fg(Color::Yellow),
        Priority::Notice => cell.fg(Color::Cyan),
        Priority::Informational | Priority::Debug => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_fit_the_terminal_and_nothing_in_them_acts_on_it() {
        let alert = Alert {
            number: 1,
            wall_ns: 0,
            priority: Priority::Informational,
            rule: "A rule",
            source: "syscall",
            tags: &[],
            message: format!("A rule | command={} \u{1b}[31m {}", "x".repeat(300), "word ".repeat(50)),
            fields: Vec::new(),
            scene: None,
        };
        for width in [60, 80, 200] {
            let mut table = AlertTable::new(Style { width, colour: false });
            let mut out = Vec::new();
            table.row(&alert, Some("node1"), &TimeZone::UTC, &mut out).unwrap();
            table.row(&alert, None, &TimeZone::UTC, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert!(text.lines().all(|line| line.chars().count() <= usize::from(width)), "{width}:\n{text}");
            assert_eq!(text.matches("TIME").count(), 1, "one heading");
            assert!(!text.contains('\u{1b}') && !text.contains("A rule |"), "{text}");
        }
    }
}
