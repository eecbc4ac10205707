//! `table`: columns with rules between them, fitted to the terminal.

use std::io::{self, Write};

use comfy_table::{
    Attribute, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, TableStyle, Width,
};

use super::{Style, escape, plain};
use crate::views::table::{Align, Shape, Table};

/// A line above, below the heading and below; none between rows, which are mostly short.
const STYLE: TableStyle = TableStyle::new()
    .top_border(LineStyle::none().fill('─').junction('─'))
    .header_separator(LineStyle::none().fill('─').junction('─'))
    .bottom_border(LineStyle::none().fill('─').junction('─'));

pub(super) fn render(tables: &[Table], style: Style, out: &mut dyn Write) -> io::Result<()> {
    for (index, table) in tables.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        if let Some(title) = &table.title {
            writeln!(out, "{}", bold(&escape::terminal(title.as_bytes()), style))?;
        }
        let mut shown = comfy_table::Table::new();
        shown.load_style(STYLE).set_width(style.width).set_content_arrangement(ContentArrangement::Dynamic);
        if style.colour {
            shown.enforce_styling();
        } else {
            shown.force_no_tty();
        }
        if table.shape == Shape::Rows {
            shown.set_header(table.columns.iter().map(|column| {
                comfy_table::Cell::new(column.name.to_uppercase()).add_attribute(Attribute::Bold)
            }));
        }
        shown.add_rows(
            table.rows.iter().map(|row| row.iter().map(|cell| plain::shown(cell, "-")).collect::<Vec<_>>()),
        );
        if table.whole_words && fits(table, style) {
            hold_words(table, &mut shown);
        }
        for (index, column) in table.columns.iter().enumerate() {
            if let (Align::Right, Some(shown)) = (column.align, shown.column_mut(index)) {
                shown.set_cell_alignment(CellAlignment::Right);
            }
        }
        for line in shown.lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    Ok(())
}

/// Blanks on both sides of a column.
const PADDING: usize = 2;

/// Width of each column's longest word.
fn longest_words(table: &Table) -> impl Iterator<Item = usize> {
    table.columns.iter().enumerate().map(|(at, column)| {
        let cells = table.rows.iter().filter_map(|row| row.get(at)).map(|cell| plain::shown(cell, "-"));
        let longest = |text: String| text.split_whitespace().map(|word| word.chars().count()).max();
        cells.filter_map(longest).max().unwrap_or(0).max(column.name.chars().count())
    })
}

/// Whether a table fits without breaking words.
pub(super) fn fits(table: &Table, style: Style) -> bool {
    let width: usize = longest_words(table).map(|word| word + PADDING + 1).sum();
    width <= usize::from(style.width)
}

/// Keeps columns from becoming narrower than their longest words.
fn hold_words(table: &Table, shown: &mut comfy_table::Table) {
    for (at, word) in longest_words(table).enumerate() {
        let width = Width::Fixed(u16::try_from(word + PADDING).unwrap_or(u16::MAX));
        if let Some(column) = shown.column_mut(at) {
            column.set_constraint(ColumnConstraint::LowerBoundary(width));
        }
    }
}

fn bold(text: &str, style: Style) -> String {
    if style.colour { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
}
