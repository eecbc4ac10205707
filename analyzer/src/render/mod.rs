//! Formats: each turns tables into bytes for a medium. A format is a function and a row.

pub mod alerts;
mod csv;
pub mod escape;
pub mod explain;
pub mod falco;
mod json;
pub mod navigator;
mod plain;
mod pretty;

use std::io::{self, Write};

pub use explain::Look;
pub use json::object;
pub use plain::shown;

use crate::views::table::Table;

/// What a format may know about where its bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns of characters there are.
    pub width: u16,
    /// Whether colours and bold type may be used.
    pub colour: bool,
}

/// Writes tables.
pub type Render = fn(&[Table], Style, &mut dyn Write) -> io::Result<()>;

/// A format of tables.
pub struct Format {
    /// Name the command line accepts.
    pub name: &'static str,
    /// What it is for, in a phrase.
    pub doc: &'static str,
    /// Writes tables in it.
    pub render: Render,
}

/// The formats of tables.
pub static FORMATS: &[Format] = &[
    Format { name: "table", doc: "for people, fitted to the terminal", render: pretty::render },
    Format { name: "text", doc: "plain columns, for grep and diff", render: plain::render },
    Format { name: "json", doc: "one JSON document", render: json::render },
    Format { name: "csv", doc: "for spreadsheets", render: csv::render },
];

/// The format called `name`.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::table::{Cell, number, text};

    fn sample() -> Vec<Table> {
        let mut rows =
            Table::new("programs", &[number("count"), text("program"), text("tags")]).titled("Programs");
        rows.row([2u64.into(), b"/bin/\x1b[31msh\xff".as_slice().into(), vec!["a", "b"].into()]);
        rows.row([17u64.into(), "=cmd, \"x\"".into(), Cell::None]);
        let mut facts = Table::facts("host");
        facts.fact("kernel", "6.18");
        facts.fact("recorded", Some(true));
        vec![rows, facts]
    }

    fn rendered(name: &str) -> String {
        let mut out = Vec::new();
        (format(name).unwrap().render)(&sample(), Style { width: 80, colour: false }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_is_aligned_columns() {
        insta::assert_snapshot!(rendered("text"), @r#"
        Programs
        COUNT  PROGRAM              TAGS
            2  /bin/\x1b[31msh\xff  a, b
           17  =cmd, "x"            -

        kernel    6.18
        recorded  yes
        "#);
    }

    #[test]
    fn json_is_one_document_and_keeps_types() {
        let value: serde_json::Value = serde_json::from_str(&rendered("json")).unwrap();
        assert_eq!(
            value,
            serde_json::json!({
                "programs": [
                    {"count": 2, "program": "/bin/\u{1b}[31msh\u{fffd}", "tags": ["a", "b"]},
                    {"count": 17, "program": "=cmd, \"x\"", "tags": null},
                ],
                "host": {"kernel": "6.18", "recorded": true},
            })
        );
    }

    #[test]
    fn csv_quotes_and_defuses() {
        assert_eq!(
            rendered("csv"),
            "count,program,tags\r\n2,/bin/\\x1b[31msh\\xff,\"a, b\"\r\n17,\"'=cmd, \"\"x\"\"\",\r\n\r\nproperty,value\r\nkernel,6.18\r\nrecorded,yes\r\n"
        );
    }

    #[test]
    fn no_format_lets_an_escape_character_through() {
        for format in FORMATS {
            assert!(!rendered(format.name).contains('\u{1b}'), "{}", format.name);
        }
    }

    #[test]
    fn a_table_fits_its_width() {
        let mut table = Table::new("t", &[text("what"), text("long")]);
        table.row(["x".into(), "word ".repeat(60).into()]);
        table.row(["x".into(), "w".repeat(300).into()]);
        for width in [40, 80, 133] {
            let mut out = Vec::new();
            pretty::render(std::slice::from_ref(&table), Style { width, colour: false }, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert!(text.lines().all(|line| line.chars().count() <= usize::from(width)), "{width}:\n{text}");
        }
    }
}
