//! From files to a rule set: read, collect, expand, compile. Errors of all stages are kept.
//!
//! Falco stops at the first error. Here the others follow it, as far as they are mistakes of their
//! own: nothing is said of what only follows from a mistake that was told (see
//! [`Collector::is_excused`]).

use std::sync::Arc;

use super::collect::{Collector, Label};
use super::compile::Compiler;
use super::definitions::Definitions;
use super::item::Trouble;
use super::own::is_own;
use super::report::{ErrorCode, FileReport, LoadError, LoadWarning, Location, Place};
use super::schema;
use super::text::Files;
use super::yaml::{self, Spot};
use super::{LoadOptions, LoadReport, RuleSet, Source, versions};
use crate::condition::plan::Env;

/// Most errors, and most warnings, that are told. Whoever has more has no use for the rest.
pub(super) const TOLD: usize = 1000;

/// Loads rules from files that follow each other.
pub(super) fn load(sources: &[Source], options: &LoadOptions, env: &Env<'_>) -> LoadReport {
    let files = Files::new(sources);
    let mut report = LoadReport::default();
    let mut collector = Collector::default();
    collector.blind = !options.unreadable.is_empty();
    // Falco reads all files before it looks into one.
    for (name, why) in &options.unreadable {
        let place = Place { file: name.clone(), ..Place::default() };
        report.errors.push(LoadError {
            code: ErrorCode::FileRead,
            message: why.clone(),
            place,
            hint: None,
            context: Vec::new(),
        });
    }
    let mut compiler = Compiler::new(&files, options, env);
    for (file, source) in sources.iter().enumerate() {
        let last = file + 1 == sources.len();
        let (documents, error) = yaml::read_within(file, &source.text, &env.limits);
        let schema = match &error {
            Some(_) => schema::Verdict::None,
            None => schema::check(&documents),
        };
        if let Some(error) = error {
            let trouble = Trouble::new(error.code, error.text, error.spot).hint(error.hint);
            report.fail(files.error(trouble, &Label::default()));
            // Whoever uses what stands behind the mistake need not be told that it is missing.
            let unseen = yaml::names(&source.text);
            let unseen = unseen.into_iter().filter(|name| !collector.names.contains_key(name));
            collector.broken.extend(unseen.collect::<Vec<_>>());
        }
        let before = collector.counts();
        documents.iter().for_each(|document| collector.document(document, env));
        report.files.push(FileReport {
            name: source.name.clone(),
            schema,
            defines: collector.since(before),
            own: is_own(source),
        });
        // To find a place takes time; what is not told needs none.
        let room = |told: usize| (TOLD + 1).saturating_sub(told);
        for oddity in collector.oddities.drain(..).take(room(report.warnings.len())) {
            let place = files.place(oddity.spot, None, 1, &oddity.item.to_string());
            let context = files.context(&oddity.item, oddity.spot, "", "");
            let (code, message, hint) = (oddity.code, oddity.text, oddity.hint);
            report.warn(LoadWarning { code, message, place, hint, field: None, context });
        }
        for failure in collector.failures.drain(..).take(room(report.errors.len())) {
            report.fail(files.error(failure.trouble, &failure.item));
        }
        // A file must compile with those before it, without those behind it.
        let compiled = compiler.compile(&collector, last);
        compiled.errors.into_iter().for_each(|error| report.fail(error));
        if last {
            compiled.warnings.into_iter().for_each(|warning| report.warn(warning));
            report.skipped = compiled.skipped;
            report.lists = collector.lists.len();
            report.macros = collector.macros.len();
            requirements(&files, &collector, &mut report);
            if report.errors.is_empty() {
                report.enabled = compiled.rules.iter().filter(|rule| rule.enabled).count();
                report.disabled = compiled.rules.len() - report.enabled;
                let texts = compiler.take_texts();
                let definitions =
                    Definitions::new(std::mem::take(&mut collector), texts, compiled.bodies, sources);
                let rules = compiled.rules;
                report.rules = Some(RuleSet { rules, definitions: Arc::new(definitions) });
            }
        }
    }
    if sources.is_empty() && report.errors.is_empty() {
        report.rules = Some(RuleSet::default());
    }
    report
}

/// Whether the plugins are there that rules require. Falco asks last, but says it before all else.
fn requirements(files: &Files<'_>, collector: &Collector, report: &mut LoadReport) {
    let mut errors = Vec::new();
    for requirement in &collector.requirements {
        if requirement.alternatives.iter().any(|(name, version)| versions::has_plugin(name, version)) {
            continue;
        }
        let wanted: Vec<String> =
            requirement.alternatives.iter().map(|(name, version)| format!("{name} (>= {version})")).collect();
        let text = format!("Plugin requirement not satisfied, must load one of: {}", wanted.join(", "));
        let have: Vec<String> =
            versions::PLUGINS.iter().map(|(name, (x, y, _))| format!("`{name}` {x}.{y}")).collect();
        let hint = Some(format!("built in is {}", have.join(", ")));
        let trouble = Trouble::new(ErrorCode::Validate, text, requirement.item.spot).hint(hint);
        errors.push(files.error(trouble, &requirement.item));
    }
    report.errors.splice(0..0, errors);
}

impl LoadReport {
    fn fail(&mut self, error: LoadError) {
        if self.errors.len() < TOLD {
            // The same place is at fault again when a later file is loaded behind this one.
            if !self.errors.contains(&error) {
                self.errors.push(error);
            }
        } else if self.errors.len() == TOLD {
            let message = format!("there are more than {TOLD} errors");
            self.errors.push(LoadError { message, hint: None, ..error });
        }
    }

    fn warn(&mut self, warning: LoadWarning) {
        if self.warnings.len() < TOLD {
            self.warnings.push(warning);
        } else if self.warnings.len() == TOLD {
            let message = format!("there are more than {TOLD} warnings");
            self.warnings.push(LoadWarning { message, hint: None, ..warning });
        }
    }
}

impl Files<'_> {
    /// An error of an item, with its place.
    pub(super) fn error(&self, trouble: Trouble, item: &Label) -> LoadError {
        let place = self.place(trouble.spot, None, 1, &item.to_string());
        let context = self.context(item, trouble.spot, trouble.part.kind, &trouble.part.name);
        LoadError { code: trouble.code, message: trouble.text, place, hint: trouble.hint, context }
    }

    /// What a message is about: the file, the item, the part of it.
    pub(super) fn context(&self, item: &Label, spot: Spot, kind: &'static str, name: &str) -> Vec<Location> {
        let at = |kind: &'static str, name: &str, spot: Spot| Location {
            kind,
            name: name.to_owned(),
            line: spot.line,
            column: spot.column,
        };
        let mut context = vec![at("rules content", "", Spot::default())];
        if !item.kind.is_empty() {
            context.push(at(item.kind, &item.name, item.spot));
        }
        if !kind.is_empty() {
            context.push(at(kind, name, spot));
        }
        context
    }
}
