//! Exceptions: data that becomes `and not (…)` behind a condition.

use super::item::{Entry, ExceptionItem, Result, Trouble, invalid, meant};
use super::text::{Stands, Text};
use super::yaml::Spot;
use crate::condition::operators::{Class, Modifier, OPERATORS, Op, Right};
use crate::condition::plan::Env;
use crate::condition::{Kind, lower_term, parse_term};

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

/// The texts of a scalar or a list; what is neither is empty.
fn names(entry: &Entry) -> Vec<(String, Spot)> {
    let one = |entry: &Entry| match entry {
        Entry::One(text, spot) => (text.trim().to_owned(), *spot),
        Entry::Many(_, spot) => (String::new(), *spot),
    };
    match entry {
        Entry::One(..) => vec![one(entry)],
        Entry::Many(entries, _) => entries.iter().map(one).collect(),
    }
}

impl Exception {
    /// Checks a definition and fills in what it leaves out. Fields are looked up in `env`; nothing is
    /// known of those of other sources.
    pub(super) fn define(item: ExceptionItem, env: Option<&Env<'_>>) -> Result<Self> {
        let name = item.name.clone();
        let fail = |trouble: Trouble| Err(trouble.part("exception", &name));
        let Some(entry) = item.fields.as_ref().filter(|entry| entry.is_given()) else {
            let text = "Rule exception item must have fields property with a list of fields";
            return fail(invalid(text, item.spot));
        };
        let scalar = matches!(entry, Entry::One(..));
        let fields = names(entry);
        let comps = match item.comps.as_ref().filter(|entry| entry.is_given()) {
            Some(comps) if scalar && matches!(comps, Entry::Many(..)) => {
                return fail(invalid("Fields and comps must both be strings", comps.spot()));
            }
            Some(comps @ Entry::One(..)) if !scalar => {
                return fail(invalid("Fields and comps lists must have equal length", comps.spot()));
            }
            Some(comps) => names(comps),
            None if scalar => vec![("in".to_owned(), entry.spot())],
            None => fields.iter().map(|(_, spot)| ("=".to_owned(), *spot)).collect(),
        };
        if fields.len() != comps.len() {
            let spot = item.comps.as_ref().map_or(item.spot, Entry::spot);
            let hint = format!("there are {} fields and {} comps", fields.len(), comps.len());
            return fail(invalid("Fields and comps lists must have equal length", spot).hint(Some(hint)));
        }
        for (comp, spot) in &comps {
            match comparison(comp) {
                Some(list) if list || !scalar => {}
                Some(_) => {
                    let text = "When fields is a single value, comps must be one of (in, pmatch, intersects)";
                    let hint = format!("write `fields: [{}]` to compare with `{comp}`", names_of(&fields));
                    return fail(invalid(text, *spot).hint(Some(hint)));
                }
                None => {
                    let text = format!("'{comp}' is not a supported comparison operator");
                    let known = OPERATORS.iter().map(|op| op.name);
                    return fail(invalid(text, *spot).hint(meant(comp, known)));
                }
            }
        }
        for (field, spot) in &fields {
            let Some(env) = env else { break };
            let known = parse_term(field).and_then(|term| lower_term(&term, env));
            if let Err(error) = known {
                let hint = match &error.kind {
                    kind @ (Kind::UnknownField(_) | Kind::MissingArgument(_)) => {
                        super::hints::of(kind, env, &mut std::iter::empty())
                    }
                    _ => Some(error.to_string()),
                };
                let text = format!("'{field}' is not a supported filter field");
                return fail(invalid(text, *spot).hint(hint));
            }
        }
        let plain = |names: Vec<(String, Spot)>| names.into_iter().map(|(name, _)| name).collect();
        let values = item.values.unwrap_or_default();
        Ok(Self { name: item.name, fields: plain(fields), comps: plain(comps), scalar, values })
    }

    /// As [`Exception::define`], for an override that replaces exceptions. Falco forgets the defaults
    /// of `comps` there, and finds out about fields only in the condition.
    pub(super) fn replace(item: ExceptionItem, env: &Env<'_>) -> Result<Self> {
        let bare = env.quirks && item.comps.is_none() && matches!(item.fields, Some(Entry::One(..)));
        let mut new = Self::define(item, None)?;
        if bare {
            new.comps = vec![String::new()];
        }
        Ok(new)
    }

    /// Adds its ` and not …` to a condition; nothing without values.
    ///
    /// `number` is its number in the rule.
    pub(super) fn apply(&self, number: usize, condition: &mut Text) -> Result<()> {
        let Some(spot) = self.values.first().map(Entry::spot) else { return Ok(()) };
        let start = condition.as_str().len();
        condition.push_flat(" and not (", spot);
        if self.scalar {
            let (field, comp) = (self.fields.first().map_or("", |f| f), self.comps.first().map_or("", |c| c));
            condition.push_flat(&format!("{field} {comp} ("), spot);
            for (index, value) in self.values.iter().enumerate() {
                let Entry::One(text, spot) = value else {
                    let text = "Expected values array to contain a list of strings";
                    let hint = Some("`fields` is one field: write its values as one list".to_owned());
                    return Err(invalid(text, value.spot()).part("exception", &self.name).hint(hint));
                };
                let separator = if index > 0 { ", " } else { "" };
                condition.push_flat(&format!("{separator}{}", quoted(text)), *spot);
            }
            condition.push_flat(")", spot);
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
            Entry::Many(values, spot) => (values.as_slice(), *spot),
            Entry::One(_, spot) => (&[][..], *spot),
        };
        if values.len() != self.fields.len() {
            let hint = match row {
                Entry::One(text, _) => format!("write a list for each row: `[{text}]`"),
                Entry::Many(..) => {
                    format!("there are {} fields and {} values", self.fields.len(), values.len())
                }
            };
            return Err(invalid("Fields and values lists must have equal length", spot)
                .part("exception", &self.name)
                .hint(Some(hint)));
        }
        condition.push_flat("(", spot);
        for (index, ((field, comp), value)) in self.fields.iter().zip(&self.comps).zip(values).enumerate() {
            if index > 0 {
                condition.push_flat(" and ", spot);
            }
            condition.push_flat(&format!("{field} {comp} "), spot);
            let (text, at) = operand(value, comparison(comp) == Some(true));
            condition.push_flat(&text, at);
        }
        condition.push_flat(")", spot);
        Ok(())
    }
}

fn names_of(fields: &[(String, Spot)]) -> String {
    fields.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>().join(", ")
}

/// Adds an exception to those of a rule, or values to the one of its name.
pub(super) fn append(have: &mut Vec<Exception>, item: ExceptionItem, env: Option<&Env<'_>>) -> Result<()> {
    let name = item.name.clone();
    let fail = |trouble: Trouble| Err(trouble.part("exception", &name));
    let given = |entry: &Option<Entry>| entry.as_ref().filter(|entry| entry.is_given()).map(Entry::spot);
    if let Some(known) = have.iter_mut().find(|known| known.name == item.name) {
        if let Some(spot) = given(&item.fields) {
            let text = "Can not append exception fields to existing exception, only values";
            return fail(invalid(text, spot));
        }
        if let Some(spot) = given(&item.comps) {
            let text = "Can not append exception comps to existing exception, only values";
            return fail(invalid(text, spot));
        }
        known.values.extend(item.values.unwrap_or_default());
        return Ok(());
    }
    if given(&item.fields).is_none() {
        let text = "Rule exception must have fields property with a list of fields";
        let hint = meant(&item.name, have.iter().map(|known| known.name.as_str()));
        return fail(invalid(text, item.spot).hint(hint));
    }
    if item.values.as_ref().is_none_or(Vec::is_empty) {
        return fail(invalid("Rule exception must have values property with a list of values", item.spot));
    }
    have.push(Exception::define(item, env)?);
    Ok(())
}

/// A value as text on the right of an operator, in parentheses if that wants a list.
fn operand(value: &Entry, list: bool) -> (String, Spot) {
    match value {
        Entry::One(text, spot) if list && !text.starts_with('(') => (format!("({text})"), *spot),
        Entry::One(text, spot) if list => (text.clone(), *spot),
        Entry::One(text, spot) => (quoted(text), *spot),
        Entry::Many(values, spot) => {
            let text = |value: &Entry| match value {
                Entry::One(text, _) => quoted(text),
                // A list in a list in a row: Falco reads it as nothing.
                Entry::Many(..) => String::new(),
            };
            let texts: Vec<String> = values.iter().map(text).collect();
            (format!("({})", texts.join(", ")), *spot)
        }
    }
}

/// A value with a blank in it needs quotes, unless it has some. Nothing is escaped, as in Falco.
pub(super) fn quoted(text: &str) -> String {
    if text.contains(' ') && !text.starts_with(['"', '\'']) { format!("\"{text}\"") } else { text.to_owned() }
}
