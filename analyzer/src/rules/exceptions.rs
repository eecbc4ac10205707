//! Exceptions: data that becomes `and not (…)` behind a condition.

use super::item::{Entry, ExceptionItem, Result, Trouble, invalid};
use super::report::ErrorCode;
use super::text::{Stands, Text};
use super::yaml::Spot;
use crate::condition::operators::{Class, Modifier, Op, Right};
use crate::condition::plan::Env;
use crate::condition::{lower_term, parse_term};

/// An exception with everything checked.
#[derive(Clone, Debug)]
pub(super) struct Exception {
    pub(super) name: String,
    pub(super) fields: Vec<String>,
    pub(super) comps: Vec<String>,
    /// Whether `fields` was a single scalar: the values then are one list.
    scalar: bool,
    pub(super) values: Vec<Entry>,
}

/// Whether `comp` is an operator, or one on strings with a modifier; whether a list follows it.
fn comparison(comp: &str) -> Option<bool> {
    if let Some(op) = Op::from_name(comp) {
        return Some(op.info().right == Right::List);
    }
    let (op, modifier) = comp.split_once(char::is_whitespace)?;
    Modifier::from_name(modifier.trim())?;
    let op = Op::from_name(op)?;
    let on_text = op.info().right == Right::Text && op.info().classes.contains(&Class::Text);
    let on_bytes = op.info().right == Right::Text && op.info().classes.contains(&Class::Bytes);
    (on_text || on_bytes).then_some(true)
}

fn names(entry: &Entry) -> Result<Vec<String>> {
    match entry {
        Entry::One(text, _) => Ok(vec![text.trim().to_owned()]),
        Entry::Many(entries, _) => entries
            .iter()
            .map(|entry| match entry {
                Entry::One(text, _) => Ok(text.trim().to_owned()),
                Entry::Many(_, spot) => Err(Trouble {
                    code: ErrorCode::YamlValidate,
                    text: "Value is not a scalar value".into(),
                    spot: *spot,
                }),
            })
            .collect(),
    }
}

impl Exception {
    /// Checks a definition and fills in what it leaves out.
    pub(super) fn define(item: ExceptionItem, env: &Env<'_>) -> Result<Self> {
        let Some(entry) = &item.fields else {
            return invalid("Rule exception item must have fields property with a list of fields", item.spot);
        };
        let scalar = matches!(entry, Entry::One(..));
        let fields = names(entry)?;
        let comps = match &item.comps {
            Some(comps) if scalar != matches!(comps, Entry::One(..)) => {
                return invalid("Fields and comps must both be strings", comps.spot());
            }
            Some(comps) => names(comps)?,
            None if scalar => vec!["in".to_owned()],
            None => vec!["=".to_owned(); fields.len()],
        };
        if fields.len() != comps.len() {
            return invalid("Fields and comps lists must have equal length", item.spot);
        }
        for comp in &comps {
            match comparison(comp) {
                Some(list) if list || !scalar => {}
                _ => return invalid(format!("'{comp}' is not a supported comparison operator"), item.spot),
            }
        }
        for field in &fields {
            let known = parse_term(field).and_then(|term| lower_term(&term, env));
            if known.is_err() {
                return invalid(format!("'{field}' is not a supported filter field"), item.spot);
            }
        }
        Ok(Self { name: item.name, fields, comps, scalar, values: item.values.unwrap_or_default() })
    }

    /// Adds its ` and not …` to a condition; nothing without values.
    ///
    /// `number` is its number in the rule.
    pub(super) fn apply(&self, number: usize, condition: &mut Text) -> Result<()> {
        let Some(spot) = self.values.first().map(Entry::spot) else { return Ok(()) };
        let start = condition.as_str().len();
        condition.push_flat(" and not (", spot);
        if self.scalar {
            let mut values = Vec::new();
            for value in &self.values {
                match value {
                    Entry::One(text, _) => values.push(quoted(text)),
                    Entry::Many(_, spot) => {
                        return invalid("Expected values array for item to contain a list of strings", *spot);
                    }
                }
            }
            let (field, comp) = (self.fields.first().map_or("", |f| f), self.comps.first().map_or("", |c| c));
            condition.push_flat(&format!("{field} {comp} ({})", values.join(", ")), spot);
        } else {
            for (index, row) in self.values.iter().enumerate() {
                if index > 0 {
                    condition.push_flat(" or ", row.spot());
                }
                let start = condition.as_str().len();
                self.row(row, condition)?;
                condition.mark(start, Stands::Row(number, index));
            }
        }
        condition.push_flat(")", spot);
        condition.mark(start, Stands::Exception(number));
        Ok(())
    }

    /// Each row of values as a condition of its own, with its place; a row that makes none is left out.
    /// Of the scalar form every value is a row.
    pub(super) fn rows(&self) -> Vec<(Spot, Text)> {
        let rows = self.values.iter().filter_map(|row| {
            let mut text = Text::default();
            match row {
                Entry::One(value, spot) if self.scalar => {
                    let (field, comp) = (self.fields.first()?, self.comps.first()?);
                    text.push_flat(&format!("{field} {comp} ({})", quoted(value)), *spot);
                }
                row => self.row(row, &mut text).ok()?,
            }
            Some((row.spot(), text))
        });
        rows.collect()
    }

    fn row(&self, row: &Entry, condition: &mut Text) -> Result<()> {
        let (values, spot) = match row {
            Entry::Many(values, spot) => (values, *spot),
            Entry::One(_, spot) => {
                return invalid("Expected values array for item to contain a list of lists", *spot);
            }
        };
        if values.len() != self.fields.len() {
            return invalid("Fields and values lists must have equal length", spot);
        }
        condition.push_flat("(", spot);
        for (index, ((field, comp), value)) in self.fields.iter().zip(&self.comps).zip(values).enumerate() {
            if index > 0 {
                condition.push_flat(" and ", spot);
            }
            condition.push_flat(&format!("{field} {comp} "), spot);
            let (text, at) = operand(value, comparison(comp) == Some(true))?;
            condition.push_flat(&text, at);
        }
        condition.push_flat(")", spot);
        Ok(())
    }
}

/// A value as text on the right of an operator, in parentheses if that wants a list.
fn operand(value: &Entry, list: bool) -> Result<(String, Spot)> {
    match value {
        Entry::One(text, spot) if list && !text.starts_with('(') => {
            Ok((format!("({})", quoted(text)), *spot))
        }
        Entry::One(text, spot) if list => Ok((text.clone(), *spot)),
        Entry::One(text, spot) => Ok((quoted(text), *spot)),
        Entry::Many(values, spot) => {
            let mut texts = Vec::new();
            for value in values {
                match value {
                    Entry::One(text, _) => texts.push(quoted(text)),
                    Entry::Many(_, spot) => return invalid("lists in exception values nest too deep", *spot),
                }
            }
            Ok((format!("({})", texts.join(", ")), *spot))
        }
    }
}

/// A value with a blank in it needs quotes, unless it has some. Nothing is escaped, as in Falco.
fn quoted(text: &str) -> String {
    if text.is_empty() || (text.contains(char::is_whitespace) && !text.starts_with(['"', '\''])) {
        format!("\"{text}\"")
    } else {
        text.to_owned()
    }
}
