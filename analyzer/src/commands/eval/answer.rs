//! From a request line to its answer.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use super::LONGEST_LINE;
use super::given::Given;
use super::request::{Request, Value};
use crate::condition::plan::{Warning, WarningKind};
use crate::condition::{ConditionError, EventSet, Kind, Plan, Span, parse};
use crate::rules::{
    ErrorCode, LoadError, LoadOptions, LoadReport, LoadWarning, Place, RuleSet, Source, Template,
    WarningCode, hint, output_error,
};

/// Code of an answer to something that is no request.
const BAD_REQUEST: &str = "SAKER_BAD_REQUEST";

/// An answer with what it is the answer to.
#[derive(Serialize)]
struct Line<T> {
    #[serde(flatten)]
    to: To,
    #[serde(flatten)]
    answer: T,
}

/// What an answer is the answer to.
#[derive(Default, Serialize)]
struct To {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Json>,
    /// Keys of the request that mean nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ignored: Vec<String>,
}

#[derive(Serialize)]
struct Failed {
    ok: bool,
    error: Message,
    /// What can be said of a condition that is a sentence, but does not compile.
    #[serde(flatten)]
    parsed: Option<Parsed>,
}

#[derive(Serialize)]
struct Parsed {
    event_types: Events,
    ast: String,
}

/// An error or a warning.
#[derive(Serialize)]
struct Message {
    code: &'static str,
    message: String,
    /// Bytes of the text that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<[u32; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Events {
    All(&'static str),
    Some(Vec<&'static str>),
}

impl From<EventSet> for Events {
    fn from(set: EventSet) -> Self {
        if set.is_all() { Self::All("all") } else { Self::Some(set.names().collect()) }
    }
}

#[derive(Serialize)]
struct Compiled {
    ok: bool,
    event_types: Events,
    plan: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Message>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Formatted {
    ok: bool,
    text: String,
    /// Whether the text was written to its end.
    complete: bool,
    output_fields: BTreeMap<String, Json>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Loaded {
    successful: bool,
    errors: Vec<Told>,
    warnings: Vec<Told>,
    compiled_conditions: BTreeMap<String, String>,
    compiled_outputs: BTreeMap<String, String>,
    enabled_rules: usize,
}

/// A message about rules, with its place.
#[derive(Serialize)]
struct Told {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    item: String,
    file: String,
    line: usize,
    column: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

fn line<T: Serialize>(to: To, answer: T) -> String {
    // Strings, numbers and lists of them always are JSON.
    serde_json::to_string(&Line { to, answer }).unwrap_or_default()
}

fn bad(to: To, message: impl Into<String>) -> String {
    let error = Message { code: BAD_REQUEST, message: message.into(), at: None, hint: None };
    line(to, Failed { ok: false, error, parsed: None })
}

/// The answer to a line that is too long to be read.
pub(super) fn too_long() -> String {
    bad(To::default(), format!("the line is longer than {LONGEST_LINE} bytes"))
}

/// The answer to a line.
pub(super) fn answer(bytes: &[u8], quirks: bool) -> String {
    let request: Request = match serde_json::from_slice(bytes) {
        Ok(request) => request,
        Err(error) => return bad(To::default(), format!("this is no request: {error}")),
    };
    let ignored = request.ignored();
    let to = To { id: request.id, ignored };
    let fields = request.fields;
    match (request.condition, request.format, request.rules_yaml) {
        (Some(text), None, None) => condition(to, &text, fields, quirks),
        (None, Some(text), None) => format(to, &text, fields.unwrap_or_default(), quirks),
        (None, None, Some(text)) => {
            let append = request.append_output.unwrap_or_default();
            let options = LoadOptions {
                quirks,
                append_output: append.into_iter().map(Into::into).collect(),
                ..LoadOptions::default()
            };
            line(to, rules(text, request.before.unwrap_or_default(), &options))
        }
        _ => bad(
            to,
            "a request has one of `condition` and `format`, both with `fields` if wanted, and `rules_yaml` \
             with `before` and `append_output` if wanted",
        ),
    }
}

/// Where in the text that was asked about.
fn at(span: Span) -> Option<[u32; 2]> {
    Some([span.start, span.end])
}

fn condition(to: To, text: &str, fields: Option<BTreeMap<String, Value>>, quirks: bool) -> String {
    let asked = fields.is_some();
    let given = match Given::new(fields.unwrap_or_default(), false) {
        Ok(given) => given,
        Err(why) => return bad(to, why),
    };
    let parsed = parse(text);
    let compiled = match &parsed {
        Ok(expr) => given.with_env(quirks, |env| Plan::lower(expr, env)),
        Err(error) => Err(error.clone()),
    };
    match compiled {
        Ok(plan) => {
            let answer = Compiled {
                ok: true,
                event_types: plan.events().into(),
                plan: plan.to_string(),
                result: asked.then(|| plan.holds(&given)),
                warnings: plan.warnings().iter().map(warned).collect(),
                notes: given.notes,
            };
            line(to, answer)
        }
        Err(error) => {
            let code = match error.kind {
                Kind::UndefinedMacro(_) | Kind::MacroLoop(_) => ErrorCode::Validate,
                _ => ErrorCode::CompileCondition,
            };
            let parsed = parsed.ok();
            let parsed =
                parsed.map(|expr| Parsed { event_types: expr.events().into(), ast: expr.to_string() });
            line(to, Failed { ok: false, error: refused(code, error.to_string(), &error), parsed })
        }
    }
}

fn refused(code: ErrorCode, message: String, error: &ConditionError) -> Message {
    Message { code: code.info().0, message, at: at(error.at), hint: hint(error) }
}

fn warned(warning: &Warning) -> Message {
    let code = match warning.kind {
        WarningKind::Deprecated(_) => WarningCode::DeprecatedItem,
        _ => WarningCode::CompileCondition,
    };
    Message { code: code.info().0, message: warning.kind.to_string(), at: at(warning.at), hint: None }
}

fn format(to: To, text: &str, fields: BTreeMap<String, Value>, quirks: bool) -> String {
    let given = match Given::new(fields, true) {
        Ok(given) => given,
        Err(why) => return bad(to, why),
    };
    if text.is_empty() {
        let (code, message) = (ErrorCode::CompileOutput.info().0, "empty formatting token".to_owned());
        let error = Message { code, message, at: Some([0, 0]), hint: None };
        return line(to, Failed { ok: false, error, parsed: None });
    }
    match given.with_env(quirks, |env| Template::compile_in(text, env)) {
        Ok(template) => {
            // Without a star an output ends where a value is missing; Falco puts one before every rule's.
            let (until, complete) = template.message_until_absent(&given);
            let star = text.starts_with('*');
            let answer = Formatted {
                ok: true,
                text: if star { template.message(&given) } else { until },
                complete: complete || star,
                output_fields: template.fields(&given).into_iter().collect(),
                notes: given.notes,
            };
            line(to, answer)
        }
        Err(error) => {
            // Places are those of the text behind the star.
            let star = u32::from(text.starts_with('*'));
            let body = text.strip_prefix('*').unwrap_or(text);
            let mut message = refused(ErrorCode::CompileOutput, output_error(body, &error), &error);
            message.at = Some([error.at.start + star, error.at.end + star]);
            line(to, Failed { ok: false, error: message, parsed: None })
        }
    }
}

fn rules(text: String, before: Vec<String>, options: &LoadOptions) -> Loaded {
    let mut sources: Vec<Source> = before
        .into_iter()
        .enumerate()
        .map(|(at, text)| Source { name: format!("before[{at}]"), text })
        .collect();
    sources.push(Source { name: "rules_yaml".to_owned(), text });
    let report = RuleSet::load(&sources, options);
    let LoadReport { rules, mut errors, warnings, .. } = report;
    if options.quirks {
        errors.truncate(1);
    }
    let rules = rules.unwrap_or_default();
    let texts = |text: fn(&crate::rules::Rule) -> &str| {
        rules.rules().iter().map(|rule| (rule.name.clone(), text(rule).to_owned())).collect()
    };
    Loaded {
        successful: errors.is_empty(),
        errors: errors.into_iter().map(error).collect(),
        warnings: warnings.into_iter().map(warning).collect(),
        compiled_conditions: texts(|rule| &rule.compiled_condition),
        compiled_outputs: texts(|rule| rule.output.as_str()),
        enabled_rules: rules.rules().iter().filter(|rule| rule.enabled).count(),
    }
}

fn told(code: &'static str, message: String, place: Place, hint: Option<String>) -> Told {
    Told { code, message, item: place.item, file: place.file, line: place.line, column: place.column, hint }
}

fn error(error: LoadError) -> Told {
    told(error.code.info().0, error.message, error.place, error.hint)
}

fn warning(warning: LoadWarning) -> Told {
    told(warning.code.info().0, warning.message, warning.place, None)
}
