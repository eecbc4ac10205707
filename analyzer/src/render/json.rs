//! `json`: one document, an object with an entry a table.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::Style;
use crate::views::table::{Cell, Shape, Table};

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::None => Value::Null,
        Cell::Text(text) => text.as_str().into(),
        Cell::Bytes(bytes) => String::from_utf8_lossy(bytes).into(),
        Cell::Number(number) => match (u64::try_from(*number), i64::try_from(*number)) {
            (Ok(number), _) => number.into(),
            (_, Ok(number)) => number.into(),
            // Beyond what JSON readers keep exact anyway.
            _ => number.to_string().into(),
        },
        Cell::Real(number) => (*number).into(),
        Cell::Flag(flag) => (*flag).into(),
        Cell::List(cells) => cells.iter().map(value).collect(),
    }
}

/// A row as an object.
pub fn object(table: &Table, row: &[Cell]) -> Value {
    table.columns.iter().zip(row).map(|(column, cell)| (column.name.to_owned(), value(cell))).collect()
}

pub(super) fn render(tables: &[Table], _: Style, out: &mut dyn Write) -> io::Result<()> {
    let document: Map<String, Value> = tables
        .iter()
        .map(|table| {
            let content = match table.shape {
                Shape::Rows => table.rows.iter().map(|row| object(table, row)).collect(),
                Shape::Facts => table
                    .rows
                    .iter()
                    .filter_map(|row| match row.as_slice() {
                        [Cell::Text(name), content] => Some((name.replace(' ', "_"), value(content))),
                        _ => None,
                    })
                    .collect(),
            };
            (table.name.to_owned(), content)
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}
