//! Rules as items define, switch, append to and override them.

use std::collections::BTreeSet;

use super::collect::{Collector, RuleDef, SOURCE};
use super::definitions::{Amended, How};
use super::exceptions::Exception;
use super::item::{self, Change, Result, RuleItem, Trouble, invalid};
use super::rate::Rate;
use super::report::{ErrorCode, WarningCode};
use super::yaml::{Spot, Yaml};
use crate::condition::plan::Env;

const RULE_APPENDABLE: &[&str] = &["condition", "output", "desc", "tags", "exceptions"];
const RULE_REPLACEABLE: &[&str] = &[
    "condition",
    "output",
    "desc",
    "priority",
    "capture",
    "capture_duration",
    "tags",
    "exceptions",
    "enabled",
    "warn_evttypes",
    "skip-if-unknown-filter",
    item::RATE,
];

impl Collector {
    pub(super) fn rule(&mut self, item: &Yaml, label: &str, env: &Env<'_>) -> Result<()> {
        let mut warnings = Vec::new();
        let changes = item::changes(
            item,
            RULE_APPENDABLE,
            RULE_REPLACEABLE,
            &["condition", "exceptions"],
            &mut |code, text, spot| warnings.push((code, text, spot)),
        );
        for (code, text, spot) in warnings {
            self.warn(code, text, spot, label);
        }
        let changes = changes?;
        let new = item::rule(item)?;
        // Falco does not know the key.
        let rate = item::optional(item, item::RATE)?.filter(|_| !env.quirks);
        let rate = rate.map(|value| Rate::read(value, env)).transpose()?;
        if let Some(exceptions) = &new.exceptions {
            let mut seen = BTreeSet::new();
            for exception in exceptions {
                if !seen.insert(&exception.name) {
                    let text =
                        format!("Multiple definitions of exception '{}' in the same object", exception.name);
                    self.warn(WarningCode::ExceptionNameNotUnique, text, exception.spot, label);
                }
            }
        }
        let at = self.position(b'r', &new.name);
        self.tick();
        if changes.legacy || !changes.keys.is_empty() {
            if changes.keys.is_empty() {
                return invalid("Appended rule must have exceptions or condition property", item.spot);
            }
            let Some(at) = at else {
                let text = if changes.any(Change::Append) {
                    "Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists"
                } else {
                    "An 'override.<key>: replace' to a rule was requested but no rule by that name already exists"
                };
                return invalid(text, item.spot);
            };
            self.same_source(at, &new)?;
            if let (Some(Change::Replace), Some(rule)) = (changes.of(item::RATE), self.rules.get_mut(at)) {
                rule.rate = rate;
            }
            return self.change(at, new, &changes, label, env);
        }
        let bare =
            new.condition.is_none() && new.output.is_none() && new.desc.is_none() && new.priority.is_none();
        if bare && let Some(enabled) = new.enabled {
            return self.toggle(at, enabled, item.spot, label);
        }
        self.define(at, new, rate, label, env)
    }

    /// The older way to switch a rule on or off: an item with `enabled` and nothing else.
    fn toggle(&mut self, at: Option<usize>, enabled: bool, spot: Spot, label: &str) -> Result<()> {
        self.warn(
            WarningCode::DeprecatedItem,
            "The standalone 'enabled' key usage is deprecated. The correct approach requires also a 'replace' \
             entry under the 'override' key (i.e. 'enabled: replace').",
            spot,
            label,
        );
        match at.and_then(|at| self.rules.get_mut(at)) {
            Some(rule) => {
                rule.enabled = enabled;
                rule.amendments
                    .push(Amended { keys: vec!["enabled".to_owned()], ..Amended::new(How::Replaced, spot) });
            }
            None => {
                return invalid("Rule has 'enabled' key but no rule by that name already exists", spot);
            }
        }
        Ok(())
    }

    fn same_source(&self, at: usize, new: &RuleItem) -> Result<()> {
        match (self.rules.get(at), &new.source) {
            (Some(known), Some(source)) if known.source != *source => {
                invalid("Rule has been re-defined with a different source", new.spot)
            }
            _ => Ok(()),
        }
    }

    fn define(
        &mut self,
        at: Option<usize>,
        new: RuleItem,
        rate: Option<Rate>,
        label: &str,
        env: &Env<'_>,
    ) -> Result<()> {
        let missing = |key: &str| Trouble {
            code: ErrorCode::YamlValidate,
            text: format!("Item has no mapping for key '{key}'"),
            spot: new.spot,
        };
        let (output, output_spot) = new.output.clone().ok_or_else(|| missing("output"))?;
        let source = new.source.clone().unwrap_or_else(|| SOURCE.to_owned());
        if let Some(at) = at {
            let known = self.rules.get(at).map(|known| known.source.clone());
            if known.is_some_and(|known| known != source) {
                return invalid("Rule has been re-defined with a different source", new.spot);
            }
        }
        let exceptions = match new.exceptions {
            None => None,
            Some(items) => {
                let mut defined = Vec::new();
                for item in items {
                    defined.push(Exception::define(item, env)?);
                }
                Some(defined)
            }
        };
        let amended = if at.is_some() { How::Replaced } else { How::Defined };
        let mut rule = RuleDef {
            name: new.name.clone(),
            condition: new.condition.ok_or_else(|| Trouble {
                code: ErrorCode::YamlValidate,
                text: "Item has no mapping for key 'condition'".to_owned(),
                spot: new.spot,
            })?,
            output,
            output_spot,
            desc: new.desc.ok_or_else(|| Trouble {
                code: ErrorCode::YamlValidate,
                text: "Item has no mapping for key 'desc'".to_owned(),
                spot: new.spot,
            })?,
            priority: new.priority.ok_or_else(|| Trouble {
                code: ErrorCode::YamlValidate,
                text: "Item has no mapping for key 'priority'".to_owned(),
                spot: new.spot,
            })?,
            source,
            enabled: new.enabled.unwrap_or(true),
            tags: new.tags.unwrap_or_default(),
            exceptions,
            warn_evttypes: new.warn_evttypes.unwrap_or(true),
            skip_unknown: new.skip_unknown.unwrap_or(false),
            capture: new.capture.unwrap_or(false),
            capture_duration: new.capture_duration.unwrap_or(0),
            rate,
            spot: new.spot,
            amendments: vec![Amended::new(amended, new.spot)],
        };
        if rule.source != SOURCE {
            let text = format!("Unknown source {}, skipping", rule.source);
            self.warn(WarningCode::UnknownSource, text, rule.spot, label);
        }
        match at.and_then(|at| self.rules.get_mut(at)) {
            Some(known) => {
                std::mem::swap(&mut rule.amendments, &mut known.amendments);
                rule.amendments.push(Amended::new(amended, new.spot));
                *known = rule;
            }
            None => {
                self.names.insert((b'r', new.name), self.rules.len());
                self.rules.push(rule);
            }
        }
        Ok(())
    }

    /// Appends to and replaces keys of a rule; appends come first.
    fn change(
        &mut self,
        at: usize,
        new: RuleItem,
        changes: &item::Changes,
        label: &str,
        env: &Env<'_>,
    ) -> Result<()> {
        let mut notes = Vec::new();
        let Some(rule) = self.rules.get_mut(at) else { return Ok(()) };
        for (change, how) in [(Change::Append, How::Appended), (Change::Replace, How::Replaced)] {
            let keys = changes.keys.iter().filter(|(_, one)| **one == change);
            let keys: Vec<String> = keys.map(|(key, _)| key.clone()).collect();
            if !keys.is_empty() {
                rule.amendments.push(Amended { keys, ..Amended::new(how, new.spot) });
            }
        }
        let (append, replace) = (Some(Change::Append), Some(Change::Replace));
        let how = |key: &str| changes.of(key);
        if let Some(condition) = new.condition {
            match how("condition") {
                change if change == append => rule.condition.append(&condition),
                change if change == replace => rule.condition = condition,
                _ => {}
            }
        }
        if let Some((output, spot)) = new.output {
            if how("output") == append {
                rule.output = format!("{} {output}", rule.output);
            } else if how("output") == replace {
                (rule.output, rule.output_spot) = (output, spot);
            }
        }
        if let Some(desc) = new.desc {
            if how("desc") == append {
                rule.desc = format!("{} {desc}", rule.desc);
            } else if how("desc") == replace {
                rule.desc = desc;
            }
        }
        if let Some(tags) = new.tags {
            if how("tags") == append {
                rule.tags.extend(tags);
            } else if how("tags") == replace {
                rule.tags = tags;
            }
        }
        if let Some(items) = new.exceptions {
            if how("exceptions") == append {
                append_exceptions(rule, items, env, &mut notes)?;
            } else if how("exceptions") == replace {
                let defined = items.into_iter().map(|item| Exception::define(item, env));
                rule.exceptions = Some(defined.collect::<Result<_>>()?);
            }
        }
        let mut set = |key: &str, f: &mut dyn FnMut(&mut RuleDef)| {
            if how(key) == replace {
                f(rule);
            }
        };
        set("priority", &mut |rule| rule.priority = new.priority.unwrap_or(rule.priority));
        set("enabled", &mut |rule| rule.enabled = new.enabled.unwrap_or(rule.enabled));
        set("capture", &mut |rule| rule.capture = new.capture.unwrap_or(rule.capture));
        set("capture_duration", &mut |rule| {
            rule.capture_duration = new.capture_duration.unwrap_or(rule.capture_duration);
        });
        set("warn_evttypes", &mut |rule| {
            rule.warn_evttypes = new.warn_evttypes.unwrap_or(rule.warn_evttypes)
        });
        set("skip-if-unknown-filter", &mut |rule| {
            rule.skip_unknown = new.skip_unknown.unwrap_or(rule.skip_unknown);
        });
        for spot in notes {
            self.warn(
                WarningCode::AppendNoValues,
                "Overriding/appending exception with no values",
                spot,
                label,
            );
        }
        Ok(())
    }
}

fn append_exceptions(
    rule: &mut RuleDef,
    items: Vec<item::ExceptionItem>,
    env: &Env<'_>,
    notes: &mut Vec<Spot>,
) -> Result<()> {
    let exceptions = rule.exceptions.get_or_insert_with(Vec::new);
    for item in items {
        let known = exceptions.iter_mut().find(|known| known.name == item.name);
        match known {
            Some(known) => {
                if item.fields.is_some() {
                    return invalid(
                        "Can not append exception fields to existing exception, only values",
                        item.spot,
                    );
                }
                if item.comps.is_some() {
                    return invalid(
                        "Can not append exception comps to existing exception, only values",
                        item.spot,
                    );
                }
                match item.values {
                    Some(values) => known.values.extend(values),
                    None => notes.push(item.spot),
                }
            }
            None if item.fields.is_none() => {
                return invalid("Rule exception must have fields property with a list of fields", item.spot);
            }
            None if item.values.is_none() => {
                return invalid(
                    "Rule exception new item must have fields property with a list of values",
                    item.spot,
                );
            }
            None => exceptions.push(Exception::define(item, env)?),
        }
    }
    Ok(())
}
