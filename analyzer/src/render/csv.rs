//! `csv`: RFC 4180, tables one after the other with an empty line between them.

use std::io::{self, Write};

use super::{Style, escape, plain};
use crate::views::table::{Cell, Table};

pub(super) fn render(tables: &[Table], _: Style, out: &mut dyn Write) -> io::Result<()> {
    for (index, table) in tables.iter().enumerate() {
        if index > 0 {
            write!(out, "\r\n")?;
        }
        let names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
        write!(out, "{}\r\n", names.join(","))?;
        for row in &table.rows {
            let cells: Vec<_> = row.iter().map(cell).collect();
            write!(out, "{}\r\n", cells.join(","))?;
        }
    }
    Ok(())
}

fn cell(cell: &Cell) -> String {
    match cell {
        // A negative number is no formula.
        Cell::Number(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        cell => escape::csv(&plain::shown(cell, "")),
    }
}
