//! From definitions to rules: lists into texts, texts into trees, macros into trees, trees into plans.

use std::collections::{BTreeMap, BTreeSet};

use super::collect::{Collector, Label, RuleDef, SOURCE};
use super::expand::{Lists, Macros};
use super::findings::mistakes;
use super::hints;
use super::load::TOLD;
use super::output::{Template, output_error};
use super::own::is_own;
use super::report::{ErrorCode, LoadError, LoadWarning, Location, Place, WarningCode};
use super::text::{Files, Text};
use super::yaml::Spot;
use super::{LoadOptions, Rule, Skipped};
use crate::condition::ast::{Rhs, Term};
use crate::condition::operators::Op;
use crate::condition::plan::{Env, Warning, WarningKind};
use crate::condition::{ConditionError, Expr, Kind, Plan, Shared, Span, parse_within};

/// More event types than this make a rule slow.
const MANY_EVENTS: usize = 100;
/// Fields that Falco calls deprecated where their names stand in an output.
const DEPRECATED: &[&str] =
    &["evt.dir", "evt.latency", "evt.latency.s", "evt.latency.ns", "evt.latency.human", "evt.wait_latency"];

/// A text with its number, so that errors in it find their place.
#[derive(Debug)]
pub(super) struct Numbered {
    pub(super) text: Text,
    pub(super) item: String,
    label: Label,
    tree: Result<Expr, ConditionError>,
}

/// What came of compiling.
#[derive(Default)]
pub(super) struct Compiled {
    /// The rules; only of the last file.
    pub(super) rules: Vec<Rule>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) errors: Vec<LoadError>,
    pub(super) warnings: Vec<LoadWarning>,
    /// Trees of the macros, in the order of their definition.
    pub(super) bodies: Vec<Option<Expr>>,
}

/// Compiles all that was collected after each file. What did not change is not done again.
pub(super) struct Compiler<'a> {
    files: &'a Files<'a>,
    options: &'a LoadOptions,
    env: &'a Env<'a>,
    texts: Vec<Numbered>,
    /// Numbers of texts, by item and text.
    parsed: BTreeMap<(String, String), usize>,
    /// The last plan of every rule, with the tree it was made of.
    plans: BTreeMap<String, (Expr, Plan)>,
    outputs: BTreeMap<String, Template>,
    shared: Shared,
    /// Bytes of all texts.
    bytes: usize,
    out: Compiled,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(files: &'a Files<'a>, options: &'a LoadOptions, env: &'a Env<'a>) -> Self {
        Self {
            files,
            options,
            env,
            texts: Vec::new(),
            parsed: BTreeMap::new(),
            plans: BTreeMap::new(),
            outputs: BTreeMap::new(),
            shared: Shared::default(),
            bytes: 0,
            out: Compiled::default(),
        }
    }

    /// The texts, by the numbers that places have.
    pub(super) fn take_texts(&mut self) -> Vec<Numbered> {
        std::mem::take(&mut self.texts)
    }

    /// Compiles what was collected; rules are made of it if it is the `last`.
    pub(super) fn compile(&mut self, collector: &Collector, last: bool) -> Compiled {
        let mut lists = Lists::new(&collector.lists).within(&self.env.limits);
        let broken: Vec<&str> = collector
            .broken
            .iter()
            .filter(|(kind, _)| *kind == b'l')
            .map(|(_, name)| name.as_str())
            .collect();
        let mut bodies = Vec::with_capacity(collector.macros.len());
        for def in &collector.macros {
            let spoilt = collector.broken.contains(&(b'm', def.name.clone()))
                || broken.iter().any(|list| def.condition.mentions(list));
            let label = Label::new("macro", &def.name, def.spot);
            bodies.push(if spoilt { None } else { self.parse(def.condition.clone(), label, &mut lists) });
        }
        let mut macros = Macros::new(collector, bodies).within(&self.env.limits);
        for (at, def) in collector.macros.iter().enumerate() {
            let Some(body) = macros.body(at).cloned() else { continue };
            // A macro that only a macro uses counts as used; one that uses itself is an error.
            if let Err(error) = macros.expand(&body, def.visibility) {
                self.macro_errors(error, &body, def.visibility, &macros);
                macros.give_up(at);
            }
        }
        for rule in &collector.rules {
            if rule.source != SOURCE {
                let reason = format!("unknown source `{}`", rule.source);
                self.out.skipped.push(Skipped { rule: rule.name.clone(), reason });
            } else if !collector.broken.contains(&(b'r', rule.name.clone()))
                && !broken.iter().any(|list| rule.condition.mentions(list))
            {
                self.rule(rule, &mut lists, &mut macros, last);
            }
        }
        // What is at fault was not expanded, so nothing can be said of what it uses.
        if self.out.errors.is_empty() && collector.broken.is_empty() && last {
            self.unused(collector, &lists, &macros);
        }
        self.out.bodies = macros.into_bodies();
        std::mem::take(&mut self.out)
    }

    /// Substitutes lists and parses; an error is reported.
    fn parse(&mut self, mut text: Text, label: Label, lists: &mut Lists<'_>) -> Option<Expr> {
        if self.bytes > self.env.limits.texts {
            return None;
        }
        let grown = lists.substitute(&mut text);
        let key = (label.to_string(), text.as_str().to_owned());
        let number = match self.parsed.get(&key) {
            Some(number) => *number,
            None => {
                let number = self.texts.len();
                let source = u32::try_from(number).unwrap_or(u32::MAX);
                self.bytes += text.as_str().len();
                let tree = match grown {
                    Ok(()) if self.bytes > self.env.limits.texts => {
                        let text = "the conditions grow too large together with this one".to_owned();
                        Err(ConditionError::new(Kind::Syntax(text), Span { source, ..Span::default() }))
                    }
                    Ok(()) => parse_within(text.as_str(), source, &self.env.limits),
                    Err(error) => Err(ConditionError { at: Span { source, ..error.at }, ..error }),
                };
                self.texts.push(Numbered { text, item: label.to_string(), label, tree });
                self.parsed.insert(key, number);
                number
            }
        };
        match self.texts.get(number).map(|numbered| numbered.tree.clone())? {
            Ok(expr) => Some(expr),
            Err(error) => {
                let text = self.texts.get(number).map_or("", |numbered| numbered.text.as_str());
                let hint = hints::of_text(text, &error)
                    .or_else(|| hints::of(&error.kind, self.env, &mut std::iter::empty()));
                self.error(ErrorCode::CompileCondition, &error, hint);
                None
            }
        }
    }

    fn place(&self, at: Span) -> Place {
        let Some(numbered) = self.texts.get(at.source as usize) else { return Place::default() };
        let (spot, ink) = numbered.text.origin(at.start as usize);
        let width = numbered
            .text
            .as_str()
            .get(at.start as usize..at.end as usize)
            .map_or(1, |text| text.lines().next().unwrap_or("").chars().count());
        self.files.place(spot, Some(ink), width, &numbered.item)
    }

    /// What a message about a place in a condition is about.
    fn context(&self, at: Span, place: &Place) -> Vec<Location> {
        let Some(numbered) = self.texts.get(at.source as usize) else { return Vec::new() };
        let (spot, _) = numbered.text.origin(at.start as usize);
        let kind = if numbered.label.kind == "macro" { "macro condition" } else { "rule condition" };
        let mut context = self.files.context(&numbered.label, spot, kind, "");
        let (line, column) = (place.line, place.column);
        context.push(Location { kind: "condition expression", name: String::new(), line, column });
        context
    }

    /// Whether there are more errors than are told. To find a place takes time.
    fn is_full(&self) -> bool {
        self.out.errors.len() > TOLD
    }

    fn error(&mut self, code: ErrorCode, error: &ConditionError, hint: Option<String>) {
        if self.is_full() {
            return;
        }
        let place = self.place(error.at);
        let context = self.context(error.at, &place);
        let new = LoadError { code, message: error.to_string(), place, hint, context };
        if !self.out.errors.contains(&new) {
            self.out.errors.push(new);
        }
    }

    /// Reports an error of a condition under the code that its kind has.
    fn condition_error(&mut self, error: &ConditionError, macros: &Macros<'_>) {
        if self.is_full() {
            return;
        }
        let code = match error.kind {
            Kind::UndefinedMacro(_) | Kind::MacroLoop(_) => ErrorCode::Validate,
            _ => ErrorCode::CompileCondition,
        };
        let later = match &error.kind {
            Kind::UndefinedMacro(name) => self.elsewhere(name, error.at, macros),
            kind if mistakes::explains(kind) => {
                let numbered = self.texts.get(error.at.source as usize);
                let tree = numbered.and_then(|numbered| numbered.tree.as_ref().ok());
                tree.and_then(|tree| mistakes::of_check(tree, error.at, self.env))
            }
            _ => None,
        };
        let hint = later.or_else(|| hints::of(&error.kind, self.env, &mut macros.names()));
        self.error(code, error, hint);
    }

    /// Where a macro is defined that is not seen from here.
    fn elsewhere(&self, name: &str, at: Span, macros: &Macros<'_>) -> Option<String> {
        if macros.names().any(|known| known == name) {
            return Some(format!("`{name}` is defined further down: move it before this macro"));
        }
        let here = self.texts.get(at.source as usize)?.label.spot.file;
        let defines = |source: &&super::Source| {
            source.text.contains(name) && super::yaml::names(&source.text).contains(&(b'm', name.to_owned()))
        };
        let file = self.files.sources().iter().skip(here + 1).find(defines)?;
        Some(format!("`{name}` is defined in {}, which loads later: load it first", file.name))
    }

    /// The error that ended an expansion, and the other macros of the same text that do not exist.
    fn macro_errors(&mut self, error: ConditionError, expr: &Expr, before: usize, macros: &Macros<'_>) {
        self.condition_error(&error, macros);
        for error in macros.undefined(expr, before) {
            self.condition_error(&error, macros);
        }
    }

    fn warn(
        &mut self,
        code: WarningCode,
        message: impl Into<String>,
        def: &RuleDef,
        part: (&'static str, Spot),
    ) {
        if self.out.warnings.len() > TOLD {
            return;
        }
        let label = Label::new("rule", &def.name, def.spot);
        let place = self.files.place(part.1, None, 1, &label.to_string());
        let context = self.files.context(&label, part.1, part.0, "");
        let (message, hint) = (message.into(), None);
        self.out.warnings.push(LoadWarning { code, message, place, hint, field: None, context });
    }

    fn warn_at(&mut self, code: WarningCode, message: String, at: Span, hint: Option<String>) {
        if self.out.warnings.len() > TOLD {
            return;
        }
        let place = self.place(at);
        let context = self.context(at, &place);
        let new = LoadWarning { code, message, place, hint, field: None, context };
        if !self.out.warnings.contains(&new) {
            self.out.warnings.push(new);
        }
    }

    fn skip(&mut self, def: &RuleDef, why: &str) {
        let reason = format!("{why} (skip-if-unknown-filter)");
        self.out.skipped.push(Skipped { rule: def.name.clone(), reason });
    }

    fn rule(&mut self, def: &RuleDef, lists: &mut Lists<'_>, macros: &mut Macros<'_>, last: bool) {
        let label = Label::new("rule", &def.name, def.spot);
        let mut text = def.condition.clone();
        let errors = self.out.errors.len();
        if let Some(exceptions) = &def.exceptions {
            text.parenthesise();
            for (number, exception) in exceptions.iter().enumerate() {
                if let Err(trouble) = exception.apply(number, &mut text) {
                    self.out.errors.push(self.files.error(trouble, &label));
                }
            }
        }
        // As in Falco the output comes before the condition.
        let output = match self.output(def) {
            Ok(output) => Some(output),
            Err(Refusal::Skip(why)) => return self.skip(def, &why),
            Err(Refusal::Error) => None,
        };
        if self.out.errors.len() > errors && output.is_some() {
            return;
        }
        let Some(written) = self.parse(text, label, lists) else { return };
        let expr = match macros.expand(&written, usize::MAX) {
            Ok(Some(expr)) => expr,
            // What is wrong stands in a macro, and has been reported there; the rest is looked at.
            Ok(None) if def.skip_unknown => return,
            Ok(None) => return self.checks(&written, macros),
            Err(error) => return self.macro_errors(error, &written, usize::MAX, macros),
        };
        if let Some(at) = unsafe_na(&expr) {
            let text = "comparing a field value with <NA> is unsafe and can lead to unpredictable behavior of \
                        the rule condition. If you need to check for the existence of a field, consider using \
                        the 'exists' operator instead.";
            self.warn_at(WarningCode::UnsafeNaCheck, text.to_owned(), at, None);
        }
        let Some(plan) = self.plan(def, &expr, macros) else { return };
        self.oddities(&plan);
        let events = plan.events();
        if def.warn_evttypes && events.len() > MANY_EVENTS {
            let text = "Rule matches too many evt.type values. This has a significant performance penalty.";
            self.warn(WarningCode::NoEvttype, text, def, ("", def.spot));
        }
        let Some(output) = output else { return };
        if !last {
            self.plans.insert(def.name.clone(), (expr, plan));
            return;
        }
        // Leaves of a plan hold their canonical text.
        let compiled_condition = plan.to_string();
        self.out.rules.push(Rule {
            name: def.name.clone(),
            priority: def.priority,
            tags: def.tags.iter().cloned().collect(),
            source: def.source.clone(),
            desc: def.desc.clone(),
            enabled: def.enabled,
            plan,
            output,
            events,
            condition: def.condition.as_str().to_owned(),
            compiled_condition,
            written,
            capture: def.capture,
            capture_duration_ms: def.capture_duration,
            rate: def.rate.clone(),
            place: self.files.place(def.spot, None, 1, ""),
        });
    }

    /// The plan of a condition, or nothing and errors.
    fn plan(&mut self, def: &RuleDef, expr: &Expr, macros: &Macros<'_>) -> Option<Plan> {
        if let Some((_, plan)) = self.plans.remove(&def.name).filter(|(known, _)| known == expr) {
            return Some(plan);
        }
        let error = match Plan::lower_shared(expr, self.env, &mut self.shared) {
            Ok(plan) => return Some(plan),
            Err(error) => error,
        };
        if def.skip_unknown && is_unknown(&error.kind) {
            let hint = hints::of(&error.kind, self.env, &mut macros.names());
            self.warn_at(WarningCode::UnknownFilter, error.to_string(), error.at, hint);
            self.skip(def, &error.to_string());
            return None;
        }
        self.condition_error(&error, macros);
        if !matches!(error.kind, Kind::TooLarge(_) | Kind::TooDeep(_)) {
            self.checks(expr, macros);
        }
        None
    }

    /// Reports what is wrong with each comparison alone, so that one mistake does not hide the next.
    fn checks(&mut self, expr: &Expr, macros: &Macros<'_>) {
        expr.each_check(&mut |check| {
            if let Err(error) = Plan::lower(check, self.env) {
                self.condition_error(&error, macros);
            }
        });
    }

    /// Compiles the output with what is to be appended to it.
    fn output(&mut self, def: &RuleDef) -> Result<Template, Refusal> {
        let label = Label::new("rule", &def.name, def.spot);
        let mut text = def.output.clone();
        if text.contains("%container.info") {
            let message = "%container.info is deprecated and no more useful, and will be dropped by Falco 1.0.0. \
                           The container plugin will automatically add required fields to the output message.";
            self.warn(WarningCode::DeprecatedItem, message, def, ("rule output", def.output_spot));
            text = text.replace("%container.info", "");
        }
        let appended: Vec<_> =
            self.options.append_output.iter().filter(|append| append.matches(def)).collect();
        let whole = appended.iter().fold(text.clone(), |text, append| text + &append.suffix());
        let result = match self.outputs.get(&whole) {
            Some(template) => Ok(template.clone()),
            None => Template::compile_in(&text, self.env).and_then(|template| {
                if whole == text { Ok(template) } else { Template::compile_in(&whole, self.env) }
            }),
        };
        let mut template = match result {
            Ok(template) => template,
            Err(error) => return Err(self.output_error(def, &label, &text, &error)),
        };
        self.outputs.insert(whole.clone(), template.clone());
        for name in DEPRECATED.iter().filter(|name| whole.contains(**name)) {
            let message = format!("usage of deprecated field '{name}' has been detected in the rule output");
            self.warn(WarningCode::DeprecatedItem, message, def, ("rule output", def.output_spot));
            if let Some(warning) = self.out.warnings.last_mut() {
                warning.field = Some(name);
            }
        }
        for append in appended {
            if let Err((text, error)) = append.add_fields(&mut template, self.env) {
                return Err(self.output_error(def, &label, &text, &error));
            }
        }
        Ok(template)
    }

    fn output_error(&mut self, def: &RuleDef, label: &Label, text: &str, error: &ConditionError) -> Refusal {
        let shown = text.get(error.at.start as usize..error.at.end as usize).unwrap_or("");
        let before = text.get(..error.at.start as usize).unwrap_or("");
        let ink = Some(before.chars().filter(|c| !c.is_whitespace()).count());
        let message = output_error(text, error);
        let unknown = message.starts_with("unknown filter:");
        let place = self.files.place(def.output_spot, ink, shown.chars().count(), &label.to_string());
        let context = self.files.context(label, def.output_spot, "rule output", "");
        let hint = hints::of(&error.kind, self.env, &mut std::iter::empty())
            .or_else(|| hints::of_transformer(shown));
        if unknown && def.skip_unknown {
            let code = WarningCode::UnknownFilter;
            let why = message.clone();
            self.out.warnings.push(LoadWarning { code, message, place, hint, field: None, context });
            return Refusal::Skip(why);
        }
        let new = LoadError { code: ErrorCode::CompileOutput, message, place, hint, context };
        if !self.out.errors.contains(&new) {
            self.out.errors.push(new);
        }
        Refusal::Error
    }

    fn oddities(&mut self, plan: &Plan) {
        for Warning { kind, at } in plan.warnings() {
            let (code, field) = match kind {
                WarningKind::Deprecated(name) => (WarningCode::DeprecatedItem, Some(*name)),
                _ => (WarningCode::CompileCondition, None),
            };
            let before = self.out.warnings.len();
            self.warn_at(code, kind.to_string(), *at, None);
            if let Some(warning) = self.out.warnings.get_mut(before) {
                warning.field = field;
            }
        }
    }

    fn unused(&mut self, collector: &Collector, lists: &Lists<'_>, macros: &Macros<'_>) {
        let own = |spot: Spot| self.files.sources().get(spot.file).is_some_and(is_own);
        let mut warnings = Vec::new();
        for (def, used) in collector.macros.iter().zip(&macros.used) {
            if !used && !own(def.spot) {
                let text = "Macro not referred to by any other rule/macro";
                warnings.push((WarningCode::UnusedMacro, text, Label::new("macro", &def.name, def.spot)));
            }
        }
        for def in lists.unused().filter(|def| !own(def.spot)) {
            let text = "List not referred to by any other rule/macro";
            warnings.push((WarningCode::UnusedList, text, Label::new("list", &def.name, def.spot)));
        }
        for (code, text, label) in warnings {
            let place = self.files.place(label.spot, None, 1, &label.to_string());
            let context = self.files.context(&label, label.spot, "", "");
            let message = text.to_owned();
            self.out.warnings.push(LoadWarning { code, message, place, hint: None, field: None, context });
        }
    }
}

/// Why there is no output.
enum Refusal {
    /// The rule is left out, and this is why.
    Skip(String),
    /// An error was reported.
    Error,
}

fn is_unknown(kind: &Kind) -> bool {
    matches!(kind, Kind::UnknownField(_) | Kind::UnknownEvent(_))
}

/// The first comparison with `<NA>` of a field for which that once meant absent.
fn unsafe_na(expr: &Expr) -> Option<Span> {
    let mut found: BTreeSet<(u32, u32, u32)> = BTreeSet::new();
    expr.each_check(&mut |expr| {
        let Expr::Check(check) = expr else { return };
        let field = match &check.left {
            Term::Field(field) if field.name.starts_with("ka.") || field.name.starts_with("jevt.") => field,
            _ => return,
        };
        let equality = matches!(check.op, Op::Eq | Op::EqEq | Op::Ne | Op::In | Op::Intersects | Op::PMatch);
        let na = match &check.right {
            Rhs::Word(word) | Rhs::Name(_, word) => word.text == b"<NA>",
            Rhs::List(_, words, _) => words.iter().any(|word| word.text == b"<NA>"),
            Rhs::None | Rhs::Term(_) => false,
        };
        if equality && na {
            found.insert((field.at.source, field.at.start, field.at.end));
        }
    });
    found.first().map(|(source, start, end)| Span { source: *source, start: *start, end: *end })
}
