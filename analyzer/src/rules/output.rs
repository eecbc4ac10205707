//! Output templates: `%field`, `%field[arg]`, `%transformer(…)`, `%12field`.

use serde_json::Value as Json;

use super::render::{json, text};
use crate::condition::ast::Term;
use crate::condition::plan::{Env, Source};
use crate::condition::{ConditionError, Kind, Span, Typed, lower_term, parse_term, parse_term_prefix};
use crate::fields::{Argument, Extract, Field, Multi, Type, Value};

/// Longest text after a `%` that is tried as a field.
const LONGEST: usize = 512;

/// What stands for an absent value.
pub const ABSENT: &str = "<NA>";

/// A compiled output template.
#[derive(Clone, Debug, Default)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
    /// What `output_fields` holds: fields, fields inside transformers, and transformers.
    keys: Vec<Key>,
    /// The time in nanoseconds, whatever form a template gives it.
    clock: Option<&'static Field>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Value { column: Column, width: Option<usize> },
}

/// Something with a value and a type.
#[derive(Clone, Debug)]
struct Column {
    source: Source,
    ty: Type,
    multi: Multi,
}

#[derive(Clone, Debug)]
struct Key {
    name: String,
    what: What,
}

/// What a key stands for.
#[derive(Clone, Debug)]
enum What {
    Column(Column),
    /// A template of its own, as text.
    Format(Box<Template>),
}

impl Column {
    fn new(typed: Typed) -> Self {
        Self { source: typed.source, ty: typed.ty, multi: typed.multi }
    }

    fn field(&self) -> Option<&'static Field> {
        match &self.source {
            Source::Field(field, _) => Some(field),
            _ => None,
        }
    }

    fn is_time(&self) -> bool {
        self.field()
            .is_some_and(|field| field.name.starts_with("evt.time") || field.name.starts_with("evt.datetime"))
    }
}

impl Template {
    /// Compiles a template over the fields of captures.
    pub fn compile(text: &str) -> Result<Self, ConditionError> {
        Self::compile_in(text, &Env::captures())
    }

    /// Compiles a template over the fields of `env`.
    pub fn compile_in(text: &str, env: &Env<'_>) -> Result<Self, ConditionError> {
        // Falco marks templates that print `<NA>` with a star; all of ours do.
        let body = text.strip_prefix('*').unwrap_or(text);
        let mut template =
            Self { text: body.to_owned(), clock: (env.find)("evt.rawtime"), ..Self::default() };
        let mut plain = String::new();
        let mut rest = body;
        while let Some((before, after)) = rest.split_once('%') {
            plain.push_str(before);
            if !plain.is_empty() {
                template.parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            rest = template.token(after, body.len() - after.len(), env)?;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            template.parts.push(Part::Text(plain));
        }
        template.keys.sort_by(|a, b| a.name.cmp(&b.name));
        template.keys.dedup_by(|a, b| a.name == b.name);
        Ok(template)
    }

    /// Takes what follows a `%`; the rest.
    fn token<'t>(&mut self, after: &'t str, at: usize, env: &Env<'_>) -> Result<&'t str, ConditionError> {
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let widest = env.limits.width;
        let (width, body) = after.split_at_checked(digits).unwrap_or(("", after));
        let width = if width.is_empty() { None } else { Some(width.parse().unwrap_or(widest).min(widest)) };
        let (term, typed, len) = longest(body, env).map_err(|why| {
            let shown: String = body.chars().take_while(|c| !c.is_whitespace()).take(80).collect();
            let kind = match why {
                Some(kind @ Kind::Transformer(_)) => kind,
                _ => Kind::UnknownField(shown.clone()),
            };
            ConditionError::new(kind, Span::new(0, at, at + shown.len().max(1)))
        })?;
        self.keep(&term, &mut false, env)?;
        self.parts.push(Part::Value { column: Column::new(typed), width });
        Ok(body.get(len..).unwrap_or(""))
    }

    /// Adds the fields in a term, and the term itself, to the keys. As in Falco, a transformer takes
    /// the place of one that was added just before it, so that of nested ones the outermost stays.
    /// `called` says whether the key added last is a transformer's.
    fn keep(&mut self, term: &Term, called: &mut bool, env: &Env<'_>) -> Result<(), ConditionError> {
        let (inner, is_call) = match term {
            Term::Call { args, .. } => (args.as_slice(), true),
            Term::List(terms, _) => (terms.as_slice(), false),
            Term::Text(_) | Term::Field(_) | Term::Val(_) => (&[][..], false),
        };
        for part in inner {
            self.keep(part, called, env)?;
        }
        if !is_call && !matches!(term, Term::Field(_) | Term::Val(_)) {
            return Ok(());
        }
        if is_call && *called {
            self.keys.pop();
        }
        let column = Column::new(lower_term(term, env)?);
        self.keys.push(Key { name: term.to_string(), what: What::Column(column) });
        *called = is_call;
        Ok(())
    }

    /// Adds a key to the fields, under which stands what `text` makes: the value of its one field if
    /// it is `raw`, or else text.
    pub(super) fn extend(
        &mut self,
        key: &str,
        text: &str,
        raw: bool,
        env: &Env<'_>,
    ) -> Result<(), ConditionError> {
        let template = Self::compile_in(text, env)?;
        let whole =
            template.parts.len() == 1 && template.keys.iter().any(|key| text.get(1..) == Some(&key.name));
        let what = match template.parts.first() {
            Some(Part::Value { column, .. }) if raw && whole => What::Column(column.clone()),
            _ if raw => {
                let name = text.get(1..).unwrap_or("").to_owned();
                return Err(ConditionError::new(Kind::UnknownField(name), Span::new(0, 1, text.len())));
            }
            _ => What::Format(Box::new(template)),
        };
        self.keys.retain(|known| known.name != key);
        self.keys.push(Key { name: key.to_owned(), what });
        self.keys.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(())
    }

    /// The template's text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The message for this moment; `<NA>` stands for what is absent.
    pub fn message<E: Extract + ?Sized>(&self, now: &E) -> String {
        self.print(now, true).0
    }

    /// The message up to the first value that is absent, and whether none was.
    pub fn message_until_absent<E: Extract + ?Sized>(&self, now: &E) -> (String, bool) {
        self.print(now, false)
    }

    fn print<E: Extract + ?Sized>(&self, now: &E, all: bool) -> (String, bool) {
        let (mut out, mut complete) = (String::new(), true);
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Value { column, width } => {
                    let value = match column.source.value(now) {
                        Some(value) => text(column.field(), column.ty, column.multi, &value),
                        None => None,
                    };
                    complete &= value.is_some();
                    if !complete && !all {
                        break;
                    }
                    let value = value.unwrap_or_else(|| ABSENT.to_owned());
                    match width {
                        None => out.push_str(&value),
                        Some(width) => out.push_str(&padded(&value, *width)),
                    }
                }
            }
        }
        (out, complete)
    }

    /// The fields of the template with typed values, sorted by key; `null` where absent. Times of the
    /// event are nanoseconds since 1970.
    pub fn fields<E: Extract + ?Sized>(&self, now: &E) -> Vec<(String, Json)> {
        let value = |key: &Key| {
            let column = match &key.what {
                What::Column(column) => column,
                What::Format(template) => return Some(Json::from(template.message(now))),
            };
            if column.is_time() {
                return match now.extract(self.clock?, &Argument::None)? {
                    Value::Number(time) => Some(Json::from(time as i64)),
                    _ => None,
                };
            }
            let value = column.source.value(now)?;
            json(column.field(), column.ty, column.multi, &value)
        };
        self.keys.iter().map(|key| (key.name.clone(), value(key).unwrap_or(Json::Null))).collect()
    }

    /// Names of the fields it shows, as `output_fields` has them.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.name.as_str())
    }

    /// Calls `f` with every field it reads.
    pub fn each_field(&self, f: &mut dyn FnMut(&'static Field, &Argument)) {
        self.keys.iter().for_each(|key| match &key.what {
            What::Column(column) => column.source.fields(f),
            What::Format(template) => template.each_field(f),
        });
    }

    /// Its fields one by one, in the order of the text: name, then text at this moment.
    pub fn columns<'t, E: Extract + ?Sized>(
        &'t self,
        now: &'t E,
    ) -> impl Iterator<Item = Option<String>> + 't {
        self.parts.iter().filter_map(move |part| match part {
            Part::Text(_) => None,
            Part::Value { column, .. } => {
                let value = column.source.value(now);
                Some(value.and_then(|value| text(column.field(), column.ty, column.multi, &value)))
            }
        })
    }
}

/// Falco's words for an output that does not compile; `text` is the output.
pub fn output_error(text: &str, error: &ConditionError) -> String {
    let shown = text.get(error.at.start as usize..error.at.end as usize).unwrap_or("");
    let rest = text.get(error.at.start as usize..).unwrap_or("");
    if rest.bytes().all(|byte| byte.is_ascii_digit()) {
        let what = if rest.is_empty() { "%" } else { "number" };
        return format!("invalid formatting syntax: formatting cannot end with a {what}");
    }
    format!("unknown filter: unexpected token after '%{shown}'")
}

/// The longest term at the front of `text` that compiles, and its length.
fn longest(text: &str, env: &Env<'_>) -> Result<(Term, Typed, usize), Option<Kind>> {
    let mut why = None;
    if let Ok((term @ Term::Call { .. }, len)) = parse_term_prefix(text) {
        match lower_term(&term, env) {
            Ok(typed) => return Ok((term, typed, len)),
            Err(error) => why = Some(error.kind),
        }
    }
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let mut most = text.find(|c| !name(c)).unwrap_or(text.len()).min(LONGEST);
    if let Ok((Term::Field(_), len)) = parse_term_prefix(text) {
        most = most.max(len);
    }
    for len in (1..=most).rev() {
        let Some(front) = text.get(..len) else { continue };
        if let Ok(term) = parse_term(front)
            && let Ok(typed) = lower_term(&term, env)
        {
            return Ok((term, typed, len));
        }
    }
    Err(why)
}

/// Cut or filled with blanks to `width` characters.
fn padded(text: &str, width: usize) -> String {
    let mut out: String = text.chars().take(width).collect();
    let have = out.chars().count();
    out.extend(std::iter::repeat_n(' ', width - have));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::testing::{Table, env, text};

    fn now() -> Table {
        Table::of(
            "openat",
            &[
                ("proc.name", text("init")),
                ("fd.num", Value::Number(-1i64 as u64)),
                ("fd.sport", Value::Number(443)),
                ("evt.arg.flags", text("O_RDONLY")),
                ("evt.is_open_read", Value::Bool(true)),
                ("proc.aname", Value::List(vec![text("sh"), text("init")])),
                ("fd.types", Value::List(vec![text("file"), text("pipe")])),
                ("evt.rawtime", Value::Number(1_700_000_000_000_000_001)),
                ("evt.time", text("22:13:20.000000001")),
                ("evt.buffer", Value::bytes(b"a\xffb")),
            ],
        )
    }

    fn message(template: &str) -> String {
        Template::compile_in(template, &env()).unwrap().message(&now())
    }

    #[test]
    fn fields_are_filled_in() {
        assert_eq!(message("a %proc.name b"), "a init b");
        assert_eq!(message("*%proc.pname|%fd.num"), "<NA>|-1");
        assert_eq!(message("%evt.arg.flags[%fd.sport]"), "O_RDONLY[443]");
        assert_eq!(message("%proc.nameand"), "initand");
        assert_eq!(message("%proc.name."), "init.");
        assert_eq!(message("%2proc.name|%6proc.name|"), "in|init  |");
        assert_eq!(message("%evt.is_open_read"), "true");
        assert_eq!(message("%proc.aname %fd.types"), "sh init (file,pipe)");
        assert_eq!(message("%toupper(proc.name)and"), "INITand");
        assert_eq!(message("%evt.buffer"), "a\u{fffd}b");
    }

    #[test]
    fn unknown_fields_and_a_lone_percent_are_errors() {
        for bad in ["%", "100%", "%%proc.name", "%nosuch.field", "%proc", "%toupper(nosuch.field)"] {
            assert!(Template::compile_in(bad, &env()).is_err(), "{bad}");
        }
    }

    #[test]
    fn json_has_types() {
        let template = "%fd.sport %evt.time %proc.pname %toupper(proc.name) %evt.is_open_read %fd.num";
        let fields = Template::compile_in(template, &env()).unwrap().fields(&now());
        let text = fields.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ");
        assert_eq!(
            text,
            "evt.is_open_read=true evt.time=1700000000000000001 fd.num=-1 fd.sport=443 proc.name=\"init\" \
             proc.pname=null toupper(proc.name)=\"INIT\""
        );
    }
}
