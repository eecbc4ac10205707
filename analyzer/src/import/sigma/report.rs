//! What became of Sigma rules, as tables.

use std::collections::BTreeMap;

use super::{Entry, Fate, Import};
use crate::views::table::{Cell, Table, number, text};

/// The tables: refused rules, rules with notes, counts by category. For machines every rule.
pub fn tables(import: &Import, every: bool) -> Vec<Table> {
    if every {
        vec![all(import), counts(import)]
    } else {
        vec![refused(import), noted(import), counts(import)]
    }
    .into_iter()
    .filter(|table| !table.rows.is_empty())
    .collect()
}

fn title(entry: &Entry) -> Cell {
    Some(entry.title.as_str()).filter(|title| !title.is_empty()).into()
}

fn all(import: &Import) -> Table {
    let columns = [
        text("file"),
        text("title"),
        text("id"),
        text("category"),
        text("result"),
        text("rule"),
        number("line"),
        text("reason"),
        text("notes"),
    ];
    let mut table = Table::new("sigma_rules", &columns);
    for entry in &import.entries {
        let (result, rule, line, reason, notes): (&str, Cell, Cell, Cell, Cell) = match &entry.fate {
            Fate::Converted { name, notes } => {
                ("converted", name.as_str().into(), Cell::None, Cell::None, notes.clone().into())
            }
            Fate::Refused { reason, line } => {
                ("refused", Cell::None, (*line).into(), reason.to_string().into(), Cell::None)
            }
            Fate::Elsewhere { log } => ("other log", Cell::None, Cell::None, log.as_str().into(), Cell::None),
        };
        table.row([
            entry.file.as_str().into(),
            title(entry),
            entry.id.as_deref().into(),
            entry.category.into(),
            result.into(),
            rule,
            line,
            reason,
            notes,
        ]);
    }
    table
}

/// The folder that all files lie in, with the slash at its end; empty if there is none.
fn folder(import: &Import) -> &str {
    let mut files = import.entries.iter().map(|entry| entry.file.as_str());
    let Some(first) = files.next() else { return "" };
    let end = files.fold(first.rfind('/').map_or(0, |at| at + 1), |end, file| {
        let same = first.bytes().zip(file.bytes()).take_while(|(a, b)| a == b).count().min(end);
        let slash = first.bytes().take(same).collect::<Vec<_>>().iter().rposition(|byte| *byte == b'/');
        slash.map_or(0, |at| at + 1)
    });
    first.get(..end).unwrap_or_default()
}

fn refused(import: &Import) -> Table {
    let folder = folder(import);
    let title =
        if folder.is_empty() { "Not converted".to_owned() } else { format!("Not converted, in {folder}") };
    let mut table = Table::new("refused", &[text("rule"), text("place"), text("reason")]).titled(title);
    for entry in &import.entries {
        if let Fate::Refused { reason, line } = &entry.fate {
            let place = format!("{}:{line}", entry.file.get(folder.len()..).unwrap_or(&entry.file));
            table.row([self::title(entry), place.into(), reason.to_string().into()]);
        }
    }
    table
}

fn noted(import: &Import) -> Table {
    let mut table = Table::new("notes", &[text("rule"), text("note")]).titled("Converted, but note");
    for entry in &import.entries {
        if let Fate::Converted { name, notes } = &entry.fate {
            for note in notes {
                table.row([name.as_str().into(), note.as_str().into()]);
            }
        }
    }
    table
}

fn counts(import: &Import) -> Table {
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for entry in &import.entries {
        let (category, column) = match (&entry.fate, entry.category) {
            (Fate::Converted { .. }, Some(category)) => (category, 0),
            (Fate::Refused { .. }, Some(category)) => (category, 1),
            (Fate::Refused { .. }, None) => ("unreadable", 1),
            _ => ("other logs", 2),
        };
        if let Some(count) = counts.entry(category).or_default().get_mut(column) {
            *count += 1;
        }
    }
    let columns = [text("category"), number("converted"), number("refused"), number("passed over")];
    let mut table = Table::new("summary", &columns).titled("Sigma rules");
    for (category, [converted, refused, other]) in counts {
        table.row([category.into(), converted.into(), refused.into(), other.into()]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_of(files: &[&str]) -> String {
        let entry = |file: &&str| Entry {
            file: (*file).to_owned(),
            title: String::new(),
            id: None,
            category: None,
            fate: Fate::Elsewhere { log: String::new() },
        };
        folder(&Import { entries: files.iter().map(entry).collect(), ..Import::default() }).to_owned()
    }

    #[test]
    fn the_folder_of_all_files_is_said_once() {
        assert_eq!(folder_of(&["a/b/c.yml", "a/b/d.yml"]), "a/b/");
        assert_eq!(folder_of(&["a/b/c.yml", "a/bc/d.yml"]), "a/");
        assert_eq!(folder_of(&["a/c.yml", "d.yml"]), "");
        assert_eq!(folder_of(&["a/c.yml"]), "a/");
        assert_eq!(folder_of(&["/ä/c.yml", "/ö/c.yml"]), "/");
        assert_eq!(folder_of(&[]), "");
    }
}
