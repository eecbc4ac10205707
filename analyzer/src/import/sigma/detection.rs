//! From searches to conditions.

use super::fields::{Category, Field, Kind};
use super::modifiers::{self, How, Test};
use super::pattern::{Form, Pattern, dashed};
use super::refusal::{Reason, Refusal};
use super::regex;
use super::tree::{Right, Tree, quoted};
use crate::condition::{Cidr, parse_address};
use crate::rules::yaml::{Data, Yaml};

type Result<T, E = Refusal> = std::result::Result<T, E>;

/// Translates the searches of one rule.
pub(super) struct Searches<'n> {
    /// What the rule is about.
    pub(super) category: &'static Category,
    /// What a reader of the report should know.
    pub(super) notes: &'n mut Vec<String>,
}

impl Searches<'_> {
    fn note(&mut self, text: &str) {
        if !self.notes.iter().any(|note| note == text) {
            self.notes.push(text.to_owned());
        }
    }

    /// The condition of a search: of a map all entries, of a list any element.
    pub(super) fn search(&mut self, value: &Yaml) -> Result<Tree> {
        let refuse = |text: &str| Err(Refusal::at(value, Reason::Shape(text.to_owned())));
        match &value.data {
            Data::Map(entries) if entries.is_empty() => refuse("an empty search"),
            Data::Map(entries) => {
                let mut parts = Vec::with_capacity(entries.len());
                for (index, (key, value)) in entries.iter().enumerate() {
                    let Some(name) = key.scalar() else {
                        return Err(Refusal::at(key, Reason::Shape("a field's name is no text".into())));
                    };
                    if entries.iter().take(index).any(|(earlier, _)| earlier.scalar() == Some(name)) {
                        return Err(Refusal::at(key, Reason::Shape(format!("`{name}` stands there twice"))));
                    }
                    parts.push(self.entry(key, name, value)?);
                }
                Ok(Tree::all(parts))
            }
            Data::Sequence(items) if items.is_empty() => refuse("an empty search"),
            Data::Sequence(items) if items.iter().all(|item| item.scalar().is_some()) => {
                self.entry(value, "", value)
            }
            Data::Sequence(items) => {
                items.iter().map(|item| self.search(item)).collect::<Result<_>>().map(Tree::any)
            }
            Data::Scalar(_) => self.entry(value, "", value),
            Data::Null => refuse("an empty search"),
        }
    }

    /// `Field|modifiers: values`; without a field's name, words to search for.
    fn entry(&mut self, key: &Yaml, name: &str, value: &Yaml) -> Result<Tree> {
        let mut words = name.split('|');
        let name = words.next().unwrap_or_default();
        let mut test = modifiers::read(words).map_err(|reason| Refusal::at(key, reason))?;
        let field = if name.is_empty() {
            let Some(field) = self.category.keywords else {
                return Err(Refusal::at(key, Reason::Keywords(self.category.name)));
            };
            self.note("words without a field are looked for in the command line");
            if test.how == How::Whole {
                test.how = How::Contains;
            }
            field
        } else {
            name
        };
        let unknown = || Reason::Field { field: field.to_owned(), category: self.category.name };
        let field = self.category.field(field).ok_or_else(|| Refusal::at(key, unknown()))?;
        if let Some(note) = field.note {
            self.note(note);
        }
        let values = match &value.data {
            Data::Sequence(items) if items.is_empty() => {
                return Err(Refusal::at(value, Reason::Shape(format!("`{name}` has no values"))));
            }
            Data::Sequence(items) => items.as_slice(),
            _ => std::slice::from_ref(value),
        };
        let mut texts = Vec::with_capacity(values.len());
        let mut parts = Vec::new();
        for value in values {
            match &value.data {
                Data::Scalar(text) if text.contains('\0') => {
                    return Err(Refusal::at(value, Reason::Shape("a NUL in a value".into())));
                }
                Data::Scalar(text) => texts.push(text.as_str()),
                Data::Null if test == (Test { all: test.all, ..Test::default() }) => {
                    parts.push(absent(field))
                }
                _ => {
                    return Err(Refusal::at(
                        value,
                        Reason::Shape(format!("`{name}` has a value that is none")),
                    ));
                }
            }
        }
        if !texts.is_empty() {
            parts.extend(
                compared(field, test, &texts, self.category).map_err(|reason| Refusal::at(value, reason))?,
            );
        }
        Ok(if test.all { Tree::all(parts) } else { Tree::any(parts) })
    }
}

fn absent(field: &Field) -> Tree {
    let missing = Tree::leaf(format!("{} exists", field.name), Right::Nothing).negated();
    match field.kind {
        Kind::TextOr(unknown) => {
            Tree::any(vec![missing, Tree::leaf(format!("{} =", field.name), Right::One(quoted(unknown)))])
        }
        _ => missing,
    }
}

/// Comparisons of a field with values, of which all or one must hold.
fn compared(
    field: &'static Field,
    test: Test,
    values: &[&str],
    category: &Category,
) -> Result<Vec<Tree>, Reason> {
    if test.how == How::Exists {
        return values.iter().map(|value| exists(field, value)).collect();
    }
    if test.field {
        return values.iter().map(|value| other_field(field, test, value, category)).collect();
    }
    if test.dashes {
        return dashes(field, test, values, category);
    }
    match field.kind {
        Kind::Text | Kind::TextOr(_) | Kind::Directory | Kind::HostName => texts(field, test, values),
        Kind::Address(net) => addresses(field, net, test, values),
        Kind::Number => numbers(field, test, values),
        Kind::Direction => values.iter().map(|value| direction(field, test, value)).collect(),
    }
}

/// The same with dashes and their kin: any of the forms of a value, of all values or one.
fn dashes(
    field: &'static Field,
    test: Test,
    values: &[&str],
    category: &Category,
) -> Result<Vec<Tree>, Reason> {
    let plain = Test { dashes: false, all: false, ..test };
    let one = |value: &&str| {
        let Some(forms) = dashed(value) else { return refuse(field, value, "too many dashes to vary") };
        let forms: Vec<&str> = forms.iter().map(String::as_str).collect();
        compared(field, plain, &forms, category)
    };
    let each = values.iter().map(one).collect::<Result<Vec<_>, _>>()?;
    Ok(if test.all {
        each.into_iter().map(Tree::any).collect()
    } else {
        each.into_iter().flatten().collect()
    })
}

fn refuse<T>(field: &Field, value: &str, why: &'static str) -> Result<T, Reason> {
    Err(Reason::Value { field: field.sigma, value: value.to_owned(), why })
}

fn exists(field: &Field, value: &str) -> Result<Tree, Reason> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "yes" => Ok(absent(field).negated()),
        "false" | "no" => Ok(absent(field)),
        _ => refuse(field, value, "`exists` takes true or false"),
    }
}

fn other_field(field: &Field, test: Test, value: &str, category: &Category) -> Result<Tree, Reason> {
    let Some(other) = category.field(value) else {
        return Err(Reason::Field { field: value.to_owned(), category: category.name });
    };
    let comparable = |field: &Field| matches!(field.kind, Kind::Text | Kind::TextOr(_));
    if !comparable(field) || !comparable(other) {
        return refuse(field, value, "only fields of text are compared with each other");
    }
    let op = match test.how {
        How::Contains => "contains",
        How::Starts => "startswith",
        How::Ends => "endswith",
        _ => "=",
    };
    Ok(if test.cased {
        Tree::leaf(format!("{} {op}", field.name), Right::One(format!("val({})", other.name)))
    } else {
        Tree::leaf(format!("tolower({}) {op}", field.name), Right::One(format!("tolower({})", other.name)))
    })
}

/// Leaves of one field in the making: comparisons that only differ in their values become one.
#[derive(Default)]
struct Leaves {
    /// Left side and operator, values; in the order of their first value.
    groups: Vec<(String, &'static str, Vec<String>)>,
}

impl Leaves {
    fn add(&mut self, left: &str, op: &'static str, value: String) {
        match self.groups.iter_mut().find(|(known, with, _)| known == left && *with == op) {
            Some((_, _, values)) if values.contains(&value) => {}
            Some((_, _, values)) => values.push(value),
            None => self.groups.push((left.to_owned(), op, vec![value])),
        }
    }

    fn trees(self, all: bool) -> Vec<Tree> {
        let one = |(left, op, mut values): (String, &str, Vec<String>)| match values.as_mut_slice() {
            _ if op == "exists" => Tree::leaf(format!("{left} {op}"), Right::Nothing),
            [value] => Tree::leaf(format!("{left} {op}"), Right::One(std::mem::take(value))),
            _ if all => Tree::leaf(format!("{left} {op} allof"), Right::List(values)),
            _ if op == "=" => Tree::leaf(format!("{left} in"), Right::List(values)),
            _ => Tree::leaf(format!("{left} {op} anyof"), Right::List(values)),
        };
        self.groups.into_iter().map(one).collect()
    }
}

fn texts(field: &Field, test: Test, values: &[&str]) -> Result<Vec<Tree>, Reason> {
    let mut leaves = Leaves::default();
    for value in values {
        match test.how {
            How::Regex if field.kind == Kind::Directory => {
                return refuse(field, value, "a regular expression for a directory");
            }
            How::Regex => {
                let pattern = regex::translate(value, test.flags)
                    .map_err(|why| Reason::Regex(format!("`{value}`: {why}")))?;
                leaves.add(field.name, "regex", quoted(&pattern));
            }
            How::Cidr | How::Exists | How::Order(_) => {
                return refuse(field, value, "the field is a text");
            }
            How::Whole | How::Contains | How::Starts | How::Ends => {
                let pattern = Pattern::parse(value).open(
                    matches!(test.how, How::Contains | How::Ends),
                    matches!(test.how, How::Contains | How::Starts),
                );
                let directory = field.kind == Kind::Directory;
                let form = if directory { pattern.with_slash().form() } else { pattern.form() };
                text(&mut leaves, field, test.cased, form);
            }
        }
    }
    Ok(leaves.trees(test.all))
}

/// Adds a comparison with a text. Where case does not count and the value has letters, both sides
/// are in lower case.
fn text(leaves: &mut Leaves, field: &Field, cased: bool, form: Form) {
    let (op, value) = match form {
        Form::Present => return leaves.add(field.name, "exists", String::new()),
        Form::Equals(value) => ("=", value),
        Form::Starts(value) => ("startswith", value),
        Form::Ends(value) => ("endswith", value),
        Form::Contains(value) => ("contains", value),
        Form::Glob(value) => ("glob", value),
    };
    let fold = !cased && value.contains(|c: char| c.is_ascii_alphabetic());
    match (op, field.kind) {
        _ if !fold => leaves.add(field.name, op, quoted(&value)),
        ("contains", _) => leaves.add(field.name, "icontains", quoted(&value)),
        ("glob", _) => leaves.add(field.name, "iglob", quoted(&value)),
        (op, Kind::HostName) => {
            let plain = Pattern::literal(&value).open(op == "endswith", op == "startswith");
            leaves.add(field.name, "iglob", quoted(&plain.glob()));
        }
        (op, _) => {
            leaves.add(&format!("tolower({})", field.name), op, quoted(&value.to_ascii_lowercase()));
        }
    }
}

fn addresses(field: &Field, net: &str, test: Test, values: &[&str]) -> Result<Vec<Tree>, Reason> {
    let mut leaves = Leaves::default();
    for value in values {
        if test.how == How::Cidr {
            if Cidr::parse(value).is_none() || value.ends_with(":/0") {
                return refuse(field, value, "no network");
            }
            leaves.add(net, "=", quoted(value));
            continue;
        }
        let pattern = Pattern::parse(value);
        let form = match test.how {
            How::Whole => pattern.form(),
            How::Starts => pattern.open(false, true).form(),
            _ => {
                return refuse(
                    field,
                    value,
                    "addresses are compared as a whole, by `cidr`, or by their beginning",
                );
            }
        };
        match form {
            Form::Present => leaves.add(field.name, "exists", String::new()),
            Form::Equals(text) if parse_address(&text).is_some() => {
                leaves.add(field.name, "=", quoted(&text))
            }
            Form::Equals(_) => return refuse(field, value, "no address"),
            Form::Starts(text) => match octets(&text) {
                Some(network) => leaves.add(net, "=", quoted(&network)),
                None => return refuse(field, value, "only whole octets of IPv4 are a network"),
            },
            _ => {
                return refuse(
                    field,
                    value,
                    "addresses are compared as a whole, by `cidr`, or by their beginning",
                );
            }
        }
    }
    Ok(leaves.trees(test.all))
}

/// The network of addresses that begin with whole octets: `10.` is `10.0.0.0/8`.
fn octets(text: &str) -> Option<String> {
    let numbers: Vec<&str> = text.strip_suffix('.')?.split('.').collect();
    let valid = |number: &&str| number.parse::<u8>().is_ok_and(|octet| octet.to_string() == **number);
    if numbers.len() > 3 || !numbers.iter().all(valid) {
        return None;
    }
    let rest = ".0".repeat(4 - numbers.len());
    Some(format!("{}{rest}/{}", numbers.join("."), numbers.len() * 8))
}

fn numbers(field: &Field, test: Test, values: &[&str]) -> Result<Vec<Tree>, Reason> {
    let op = match test.how {
        How::Whole => "=",
        How::Order(op) => op,
        _ => return refuse(field, values.first().unwrap_or(&""), "the field is a number"),
    };
    let mut leaves = Leaves::default();
    for value in values {
        if *value == "*" && op == "=" {
            leaves.add(field.name, "exists", String::new());
            continue;
        }
        let limit = if field.sigma == "LogonId" { u32::MAX } else { u32::from(u16::MAX) };
        let number = value.parse::<u32>().ok().filter(|number| *number <= limit);
        match number {
            None => return refuse(field, value, "no number that the field can have"),
            // Linux has the largest number for "nobody logged in", the field -1.
            Some(u32::MAX) if op == "=" => leaves.add(field.name, op, "-1".into()),
            Some(number) => leaves.add(field.name, op, number.to_string()),
        }
    }
    Ok(match op {
        "=" => leaves.trees(test.all),
        // Order takes no list.
        _ => {
            let one = |value: String| Tree::leaf(format!("{} {op}", field.name), Right::One(value));
            leaves.groups.into_iter().flat_map(|(_, _, values)| values).map(one).collect()
        }
    })
}

fn direction(field: &Field, test: Test, value: &str) -> Result<Tree, Reason> {
    let events: &[&str] = match (test.how, value.to_ascii_lowercase().as_str()) {
        (How::Whole, "true" | "yes" | "1") => &["connect", "sendto", "sendmsg"],
        (How::Whole, "false" | "no" | "0") => &["accept", "accept4", "recvfrom", "recvmsg"],
        _ => return refuse(field, value, "it is true or false"),
    };
    let events = events.iter().map(|event| (*event).to_owned()).collect();
    Ok(Tree::leaf(format!("{} in", field.name), Right::List(events)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_octets_are_networks() {
        assert_eq!(octets("10.").as_deref(), Some("10.0.0.0/8"));
        assert_eq!(octets("192.168.").as_deref(), Some("192.168.0.0/16"));
        assert_eq!(octets("192.0.2.").as_deref(), Some("192.0.2.0/24"));
        for none in ["10", "1.2.3.4.", "300.", "01.", "fe80:", ".", ""] {
            assert_eq!(octets(none), None, "{none}");
        }
    }
}
