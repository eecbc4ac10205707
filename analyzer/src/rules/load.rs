//! From files to a rule set: read, collect, expand, compile.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::collect::{Collector, RuleDef, SOURCE};
use super::definitions::Definitions;
use super::expand::{Lists, Macros};
use super::hints;
use super::output::{Template, output_error};
use super::own::is_own;
use super::report::{ErrorCode, LoadError, LoadWarning, Place, WarningCode};
use super::text::{Text, place};
use super::yaml::{self, Spot};
use super::{LoadOptions, LoadReport, Rule, RuleSet, Skipped, Source};
use crate::condition::plan::{Env, Warning, WarningKind};
use crate::condition::{ConditionError, Expr, Kind, Plan, Span, parse_source};

/// More event types than this make a rule slow.
const MANY_EVENTS: usize = 100;

/// Loads rules from files that follow each other.
pub(super) fn load(sources: &[Source], options: &LoadOptions, env: &Env<'_>) -> LoadReport {
    let mut report = LoadReport::default();
    let mut collector = Collector::default();
    for (file, source) in sources.iter().enumerate() {
        let (documents, error) = yaml::read(file, &source.text);
        if error.is_none() {
            documents.iter().for_each(|document| collector.document(document, env));
        }
        for oddity in collector.oddities.drain(..) {
            let place = place(sources, oddity.spot, None, 1, &oddity.item);
            report.warnings.push(LoadWarning { code: oddity.code, message: oddity.text, place });
        }
        if let Some(error) = error {
            let place = place(sources, error.spot, None, 1, "");
            report.errors.push(LoadError {
                code: ErrorCode::YamlParse,
                message: error.text,
                place,
                hint: None,
            });
        }
        for failure in collector.failures.drain(..) {
            let place = place(sources, failure.trouble.spot, None, 1, &failure.item);
            let (code, message) = (failure.trouble.code, failure.trouble.text);
            report.errors.push(LoadError { code, message, place, hint: None });
        }
        if !report.errors.is_empty() {
            return report;
        }
        // A file must compile with those before it, without those behind it.
        let compiled = Compiler::new(sources, options, env).compile(&collector);
        if !compiled.errors.is_empty() {
            report.errors = compiled.errors;
            report.warnings.extend(compiled.warnings);
            return report;
        }
        if file + 1 == sources.len() {
            report.warnings.extend(compiled.warnings);
            report.skipped = compiled.skipped;
            report.enabled = compiled.rules.iter().filter(|rule| rule.enabled).count();
            report.disabled = compiled.rules.len() - report.enabled;
            report.lists = collector.lists.len();
            report.macros = collector.macros.len();
            let (rules, texts, bodies) = (compiled.rules, compiled.texts, compiled.bodies);
            let definitions = Definitions::new(std::mem::take(&mut collector), texts, bodies, sources);
            report.rules = Some(RuleSet { rules, definitions: Arc::new(definitions) });
        }
    }
    if sources.is_empty() {
        report.rules = Some(RuleSet::default());
    }
    report
}

#[derive(Default)]
struct Compiled {
    rules: Vec<Rule>,
    skipped: Vec<Skipped>,
    errors: Vec<LoadError>,
    warnings: Vec<LoadWarning>,
    texts: Vec<Numbered>,
    bodies: Vec<Option<Expr>>,
}

/// A text with its number, so that errors in it find their place.
#[derive(Debug)]
pub(super) struct Numbered {
    pub(super) text: Text,
    pub(super) item: String,
}

struct Compiler<'a> {
    sources: &'a [Source],
    options: &'a LoadOptions,
    env: &'a Env<'a>,
    texts: Vec<Numbered>,
    out: Compiled,
}

impl<'a> Compiler<'a> {
    fn new(sources: &'a [Source], options: &'a LoadOptions, env: &'a Env<'a>) -> Self {
        Self { sources, options, env, texts: Vec::new(), out: Compiled::default() }
    }

    fn compile(mut self, collector: &Collector) -> Compiled {
        let mut lists = Lists::new(&collector.lists);
        let bodies = collector
            .macros
            .iter()
            .map(|def| self.parse(def.condition.clone(), format!("macro `{}`", def.name), &mut lists))
            .collect();
        let mut macros = Macros::new(collector, bodies);
        for (at, def) in collector.macros.iter().enumerate() {
            let Some(body) = macros.body(at).cloned() else { continue };
            let used = macros.used.clone();
            if let Err(error) = macros.expand(&body, def.visibility) {
                self.condition_error(&error, &macros);
                macros.give_up(at);
            }
            // A macro that only a macro uses counts as used; one that uses itself is an error.
            macros.used.iter_mut().zip(used).for_each(|(now, before)| *now |= before);
        }
        for rule in &collector.rules {
            if rule.source == SOURCE {
                self.rule(rule, &mut lists, &mut macros);
            } else {
                let reason = format!("unknown source `{}`", rule.source);
                self.out.skipped.push(Skipped { rule: rule.name.clone(), reason });
            }
        }
        // What is at fault was not expanded, so nothing can be said of what it uses.
        if self.out.errors.is_empty() {
            self.unused(collector, &lists, &macros);
        }
        self.out.bodies = macros.into_bodies();
        self.out.texts = self.texts;
        self.out
    }

    /// Substitutes lists and parses; an error is reported.
    fn parse(&mut self, mut text: Text, item: String, lists: &mut Lists<'_>) -> Option<Expr> {
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let result = match lists.substitute(&mut text) {
            Ok(()) => parse_source(text.as_str(), number),
            Err(error) => Err(ConditionError { at: Span { source: number, ..error.at }, ..error }),
        };
        self.texts.push(Numbered { text, item });
        match result {
            Ok(expr) => Some(expr),
            Err(error) => {
                self.error(ErrorCode::CompileCondition, &error, None);
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
        place(self.sources, spot, Some(ink), width, &numbered.item)
    }

    fn error(&mut self, code: ErrorCode, error: &ConditionError, hint: Option<String>) {
        let place = self.place(error.at);
        let new = LoadError { code, message: error.to_string(), place, hint };
        if !self.out.errors.contains(&new) {
            self.out.errors.push(new);
        }
    }

    /// Reports an error of a condition under the code that its kind has.
    fn condition_error(&mut self, error: &ConditionError, macros: &Macros<'_>) {
        let code = match error.kind {
            Kind::UndefinedMacro(_) | Kind::MacroLoop(_) => ErrorCode::Validate,
            _ => ErrorCode::CompileCondition,
        };
        let hint = hints::of(&error.kind, self.env, &mut macros.names());
        self.error(code, error, hint);
    }

    fn warn(&mut self, code: WarningCode, message: impl Into<String>, place: Place) {
        self.out.warnings.push(LoadWarning { code, message: message.into(), place });
    }

    fn spot(&self, spot: Spot, item: &str) -> Place {
        place(self.sources, spot, None, 1, item)
    }

    fn rule(&mut self, def: &RuleDef, lists: &mut Lists<'_>, macros: &mut Macros<'_>) {
        let item = format!("rule `{}`", def.name);
        let mut text = def.condition.clone();
        if let Some(exceptions) = &def.exceptions {
            text.parenthesise();
            for (number, exception) in exceptions.iter().enumerate() {
                if let Err(trouble) = exception.apply(number, &mut text) {
                    let place = self.spot(trouble.spot, &item);
                    let (code, message) = (trouble.code, trouble.text);
                    return self.out.errors.push(LoadError { code, message, place, hint: None });
                }
            }
        }
        let Some(written) = self.parse(text, item.clone(), lists) else { return };
        let expr = match macros.expand(&written, usize::MAX) {
            Ok(Some(expr)) => expr,
            // What is wrong stands in a macro, and has been reported there.
            Ok(None) => return,
            Err(error) => return self.condition_error(&error, macros),
        };
        let Some(output) = self.output(def, &item) else { return };
        let plan = match Plan::lower(&expr, self.env) {
            Ok(plan) => plan,
            Err(error) if def.skip_unknown && is_unknown(&error.kind) => {
                let place = self.place(error.at);
                self.warn(WarningCode::UnknownFilter, error.to_string(), place);
                let reason = format!("{error} (skip-if-unknown-filter)");
                return self.out.skipped.push(Skipped { rule: def.name.clone(), reason });
            }
            Err(error) => return self.condition_error(&error, macros),
        };
        self.oddities(&plan);
        let events = plan.events();
        if def.warn_evttypes && events.len() > MANY_EVENTS {
            let text = "Rule matches too many evt.type values. This has a significant performance penalty.";
            let place = self.spot(def.spot, &item);
            self.warn(WarningCode::NoEvttype, text, place);
        }
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
            compiled_condition: expr.to_string(),
            written,
            capture: def.capture,
            capture_duration_ms: def.capture_duration,
            rate: def.rate.clone(),
            place: self.spot(def.spot, ""),
        });
    }

    /// Compiles the output with what is to be appended to it.
    fn output(&mut self, def: &RuleDef, item: &str) -> Option<Template> {
        let mut text = def.output.clone();
        if text.contains("%container.info") {
            let message = "%container.info is deprecated and no more useful, and will be dropped by Falco 1.0.0. \
                           The container plugin will automatically add required fields to the output message.";
            let place = self.spot(def.output_spot, item);
            self.warn(WarningCode::DeprecatedItem, message, place);
            text = text.replace("%container.info", "");
        }
        let result = Template::compile_in(&text, self.env).and_then(|template| {
            let mut text = text.clone();
            for append in self.options.append_output.iter().filter(|append| append.matches(def)) {
                text.push_str(&append.suffix());
            }
            if text == template.as_str() { Ok(template) } else { Template::compile_in(&text, self.env) }
        });
        match result {
            Ok(template) => {
                let mut deprecated = BTreeSet::new();
                template.each_field(&mut |field, _| {
                    if field.flags.deprecated || field.name == "evt.dir" {
                        deprecated.insert(field.name);
                    }
                });
                for name in deprecated {
                    let place = self.spot(def.output_spot, item);
                    self.warn(WarningCode::DeprecatedItem, WarningKind::Deprecated(name).to_string(), place);
                }
                Some(template)
            }
            Err(error) => {
                let shown = text.get(error.at.start as usize..error.at.end as usize).unwrap_or("");
                let before = text.get(..error.at.start as usize).unwrap_or("");
                let ink = before.chars().filter(|c| !c.is_whitespace()).count();
                let width = shown.chars().count();
                let place = place(self.sources, def.output_spot, Some(ink), width, item);
                let message = output_error(&text, &error);
                if def.skip_unknown {
                    self.warn(WarningCode::UnknownFilter, message.clone(), place);
                    let reason = format!("{message} (skip-if-unknown-filter)");
                    self.out.skipped.push(Skipped { rule: def.name.clone(), reason });
                } else {
                    let hint = hints::of(&error.kind, self.env, &mut std::iter::empty());
                    let code = ErrorCode::CompileOutput;
                    self.out.errors.push(LoadError { code, message, place, hint });
                }
                None
            }
        }
    }

    fn oddities(&mut self, plan: &Plan) {
        for Warning { kind, at } in plan.warnings() {
            let code = match kind {
                WarningKind::Deprecated(_) => WarningCode::DeprecatedItem,
                _ => WarningCode::CompileCondition,
            };
            let new = LoadWarning { code, message: kind.to_string(), place: self.place(*at) };
            if !self.out.warnings.contains(&new) {
                self.out.warnings.push(new);
            }
        }
    }

    fn unused(&mut self, collector: &Collector, lists: &Lists<'_>, macros: &Macros<'_>) {
        let own = |spot: Spot| self.sources.get(spot.file).is_some_and(is_own);
        let mut warnings = Vec::new();
        for (def, used) in collector.macros.iter().zip(&macros.used) {
            if !used && !own(def.spot) {
                let place = self.spot(def.spot, &format!("macro `{}`", def.name));
                warnings.push((
                    WarningCode::UnusedMacro,
                    "Macro not referred to by any other rule/macro",
                    place,
                ));
            }
        }
        for def in lists.unused().filter(|def| !own(def.spot)) {
            let place = self.spot(def.spot, &format!("list `{}`", def.name));
            warnings.push((
                WarningCode::UnusedList,
                "List not referred to by any other rule/macro/list",
                place,
            ));
        }
        for (code, message, place) in warnings {
            self.warn(code, message, place);
        }
    }
}

fn is_unknown(kind: &Kind) -> bool {
    matches!(kind, Kind::UnknownField(_) | Kind::UnknownEvent(_) | Kind::MissingArgument(_))
}
