//! `text`: aligned columns without borders.

use std::io::{self, Write};

use super::{Style, escape};
use crate::views::table::{Align, Cell, Shape, Table};

/// A cell as people read it, escaped for a terminal; `none` stands for nothing.
pub fn shown(cell: &Cell, none: &str) -> String {
    match cell {
        Cell::None => none.to_owned(),
        Cell::Text(text) => escape::terminal(text.as_bytes()),
        Cell::Bytes(bytes) => escape::terminal(bytes),
        Cell::Number(number) => number.to_string(),
        Cell::Real(number) => format!("{number:.1}"),
        Cell::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Cell::List(cells) if cells.is_empty() => none.to_owned(),
        Cell::List(cells) => cells.iter().map(|cell| shown(cell, none)).collect::<Vec<_>>().join(", "),
    }
}

pub(super) fn render(tables: &[Table], _: Style, out: &mut dyn Write) -> io::Result<()> {
    for (index, table) in tables.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        if let Some(title) = &table.title {
            writeln!(out, "{}", escape::terminal(title.as_bytes()))?;
        }
        let mut lines: Vec<Vec<String>> =
            table.rows.iter().map(|row| row.iter().map(|cell| shown(cell, "-")).collect()).collect();
        if table.shape == Shape::Rows {
            lines.insert(0, table.columns.iter().map(|column| column.name.to_uppercase()).collect());
        }
        let widths: Vec<usize> = (0..table.columns.len())
            .map(|column| {
                lines.iter().filter_map(|line| line.get(column)).map(|text| text.chars().count()).max()
            })
            .map(Option::unwrap_or_default)
            .collect();
        for line in lines {
            let mut text = String::new();
            for ((cell, column), width) in line.iter().zip(&table.columns).zip(&widths) {
                let pad = " ".repeat(width.saturating_sub(cell.chars().count()));
                match column.align {
                    Align::Left => text.extend([cell, pad.as_str(), "  "]),
                    Align::Right => text.extend([pad.as_str(), cell, "  "]),
                }
            }
            writeln!(out, "{}", text.trim_end())?;
        }
    }
    Ok(())
}
