//! Rules as items define, switch, append to and override them.

use super::collect::{Collector, RuleDef, SOURCE};
use super::definitions::{Amended, How};
use super::exceptions::{self, Exception};
use super::item::{self, Change, Changes, ExceptionItem, Notes, Result, anchor, invalid, meant, shape};
use super::priority::Priority;
use super::rate::Rate;
use super::report::WarningCode;
use super::text::Text;
use super::yaml::{Spot, Yaml};
use crate::condition::plan::Env;

/// What `override` may do to each key of a rule, in the order in which Falco looks at them: whether
/// it can be appended to. Every one can be replaced.
static OVERRIDABLE: &[(&str, bool)] = &[
    ("condition", true),
    ("exceptions", true),
    ("output", true),
    ("desc", true),
    ("tags", true),
    ("priority", false),
    ("capture", false),
    ("capture_duration", false),
    ("enabled", false),
    ("warn_evttypes", false),
    ("skip-if-unknown-filter", false),
    (item::RATE, false),
];

/// Values of a rule's keys; what is not given is `None`.
#[derive(Default)]
struct Values {
    condition: Option<Text>,
    output: Option<(String, Spot)>,
    desc: Option<String>,
    priority: Option<Priority>,
    enabled: Option<bool>,
    tags: Option<Vec<String>>,
    exceptions: Option<Vec<ExceptionItem>>,
    warn_evttypes: Option<bool>,
    skip_unknown: Option<bool>,
    capture: Option<bool>,
    capture_duration: Option<u32>,
    rate: Option<Rate>,
}

impl Values {
    /// Reads one key. `append` says whether exceptions are added to those of a rule.
    fn read(
        &mut self,
        item: &Yaml,
        key: &'static str,
        append: bool,
        notes: &mut Notes,
        env: &Env<'_>,
    ) -> Result<()> {
        match key {
            "condition" => self.condition = Some(item::located(item::required(item, key)?)),
            "output" => {
                let (text, spot) = item::required(item, key)?;
                self.output = Some((text.trim().to_owned(), spot));
            }
            "desc" => self.desc = Some(item::required(item, key)?.0.to_owned()),
            "priority" => self.priority = Some(priority(item)?),
            "tags" => {
                if let Some(value) = item.get(key) {
                    let tags = item::texts(value, key)?;
                    self.tags = Some(tags.into_iter().map(|(tag, _)| tag).collect());
                }
            }
            // The key without a value says that there are exceptions, but none yet.
            "exceptions" if item.get(key).is_none() => {}
            "exceptions" => self.exceptions = Some(item::exceptions(item, append, notes)?),
            "enabled" => self.enabled = item::flag(item, key)?,
            "warn_evttypes" => self.warn_evttypes = item::flag(item, key)?,
            "skip-if-unknown-filter" => self.skip_unknown = item::flag(item, key)?,
            "capture" => self.capture = item::flag(item, key)?,
            "capture_duration" => self.capture_duration = item::number(item, key)?,
            // Falco does not know the key.
            item::RATE if env.quirks => {}
            item::RATE => self.rate = item.get(key).map(|value| Rate::read(value, env)).transpose()?,
            _ => {}
        }
        Ok(())
    }
}

fn priority(item: &Yaml) -> Result<Priority> {
    let (text, spot) = item::required(item, "priority")?;
    text.parse().map_err(|_| {
        let lower = text.to_ascii_lowercase();
        let names: Vec<String> = Priority::ALL.iter().map(|one| one.name().to_uppercase()).collect();
        let start = |name: &&String| lower.len() >= 4 && name.to_ascii_lowercase().starts_with(&lower);
        let hint = match names.iter().find(start) {
            Some(name) => Some(format!("did you mean `{name}`?")),
            None => meant(&text.to_ascii_uppercase(), names.iter().map(String::as_str)),
        };
        let all = || Some(format!("there are {}, INFO", names.join(", ")));
        shape("Invalid priority", spot).part("rule priority", "").hint(hint.or_else(all))
    })
}

/// Where a rule's item says its source; an empty one is as good as none.
fn source(item: &Yaml) -> Result<Option<(String, Spot)>> {
    let Some(value) = item.get("source") else { return Ok(None) };
    match &value.data {
        super::yaml::Data::Null => Ok(None),
        super::yaml::Data::Scalar(text) if text.is_empty() => Ok(None),
        super::yaml::Data::Scalar(text) => Ok(Some((text.clone(), value.spot))),
        _ => Err(shape("Value is not a scalar value", value.spot).part("value for", "source")),
    }
}

impl Collector {
    pub(super) fn rule(&mut self, item: &Yaml, notes: &mut Notes, env: &Env<'_>) -> Result<()> {
        let (name, spot) = item::required(item, "rule")?;
        let appendable: Vec<&str> =
            OVERRIDABLE.iter().filter(|(_, append)| *append).map(|(key, _)| *key).collect();
        let replaceable: Vec<&str> = OVERRIDABLE.iter().map(|(key, _)| *key).collect();
        let changes = item::changes(item, &appendable, &replaceable, notes)?;
        let at = self.position(b'r', name);
        if !changes.keys.is_empty() || !notes.errors.is_empty() {
            return self.change(at, item, name, &changes, notes, env);
        }
        if changes.legacy {
            return self.append(at, item, name, notes, env);
        }
        let bare = ["condition", "output", "desc", "priority"].iter().all(|key| item.get(key).is_none());
        if bare {
            return self.toggle(at, item, name, spot, notes);
        }
        self.define(at, item, name, notes, env)
    }

    /// The older way to switch a rule on or off: an item with `enabled` and nothing else.
    fn toggle(
        &mut self,
        at: Option<usize>,
        item: &Yaml,
        name: &str,
        spot: Spot,
        notes: &mut Notes,
    ) -> Result<()> {
        item::required(item, "enabled")?;
        let enabled = item::flag(item, "enabled")?.unwrap_or(true);
        notes.warn(
            WarningCode::DeprecatedItem,
            "The standalone 'enabled' key usage is deprecated. The correct approach requires also a 'replace' \
             entry under the 'override' key (i.e. 'enabled: replace').",
            item.get("enabled").map_or(spot, |value| value.spot),
        );
        match at.and_then(|at| self.rules.get_mut(at)) {
            Some(rule) => {
                rule.enabled = enabled;
                let keys = vec!["enabled".to_owned()];
                rule.amendments.push(Amended { keys, ..Amended::new(How::Replaced, spot) });
            }
            None => {
                let text = "Rule has 'enabled' key but no rule by that name already exists";
                return self.missing(b'r', name, text, spot);
            }
        }
        Ok(())
    }

    fn same_source(&self, at: Option<usize>, new: Option<&(String, Spot)>) -> Result<()> {
        match (at.and_then(|at| self.rules.get(at)), new) {
            (Some(known), Some((source, spot))) if known.source != *source => {
                Err(invalid("Rule has been re-defined with a different source", *spot)
                    .hint(Some(format!("its source is `{}`", known.source))))
            }
            _ => Ok(()),
        }
    }

    fn define(
        &mut self,
        at: Option<usize>,
        item: &Yaml,
        name: &str,
        notes: &mut Notes,
        env: &Env<'_>,
    ) -> Result<()> {
        let mut new = Values::default();
        let mut named = None;
        for key in ["condition", "output", "desc", "priority", "source", "enabled", "warn_evttypes"]
            .into_iter()
            .chain([
                "skip-if-unknown-filter",
                "capture",
                "capture_duration",
                item::RATE,
                "tags",
                "exceptions",
            ])
        {
            let read = if key == "source" {
                source(item).map(|source| named = source)
            } else {
                new.read(item, key, false, notes, env)
            };
            notes.take(read);
        }
        let spot = anchor(item);
        let explicit = named.clone().unwrap_or_else(|| (SOURCE.to_owned(), spot));
        notes.take(self.same_source(at, Some(&explicit)));
        let (source, source_spot) = explicit;
        if source != SOURCE {
            let text = format!("Unknown source {source}, skipping");
            let hint = meant(&source, [SOURCE]);
            notes.warnings.push((WarningCode::UnknownSource, text, source_spot, hint));
        }
        let exceptions = new.exceptions.map(|items| {
            let define = |item| Exception::define(item, (source == SOURCE).then_some(env));
            items.into_iter().filter_map(|item| notes.take(define(item))).collect()
        });
        let (Some(condition), Some((output, output_spot)), Some(desc), Some(priority), true) =
            (new.condition, new.output, new.desc, new.priority, notes.errors.is_empty())
        else {
            return Ok(());
        };
        self.tick();
        let amended = Amended::new(if at.is_some() { How::Replaced } else { How::Defined }, spot);
        let mut rule = RuleDef {
            name: name.to_owned(),
            condition,
            output,
            output_spot,
            desc,
            priority,
            source,
            enabled: new.enabled.unwrap_or(true),
            tags: new.tags.unwrap_or_default().into_iter().collect(),
            exceptions,
            warn_evttypes: new.warn_evttypes.unwrap_or(true),
            skip_unknown: new.skip_unknown.unwrap_or(false),
            capture: new.capture.unwrap_or(false),
            capture_duration: new.capture_duration.unwrap_or(0),
            rate: new.rate,
            spot,
            amendments: Vec::new(),
        };
        self.broken.remove(&(b'r', name.to_owned()));
        match at.and_then(|at| self.rules.get_mut(at)) {
            Some(known) => {
                rule.amendments = std::mem::take(&mut known.amendments);
                rule.amendments.push(amended);
                *known = rule;
            }
            None => {
                self.names.insert((b'r', name.to_owned()), self.rules.len());
                rule.amendments.push(amended);
                self.rules.push(rule);
            }
        }
        Ok(())
    }

    /// `append: true`: condition and exceptions, whatever else the item has.
    fn append(
        &mut self,
        at: Option<usize>,
        item: &Yaml,
        name: &str,
        notes: &mut Notes,
        env: &Env<'_>,
    ) -> Result<()> {
        let mut changes = Changes { legacy: true, ..Changes::default() };
        for key in ["condition", "exceptions"] {
            if let Some(value) = item.get(key) {
                changes.keys.insert(key.to_owned(), (Change::Append, value.spot));
            }
        }
        if changes.keys.is_empty() && at.is_some() {
            return Err(invalid("Appended rule must have exceptions or condition property", anchor(item)));
        }
        self.change(at, item, name, &changes, notes, env)
    }

    /// Appends to and replaces keys of a rule; appends come first.
    fn change(
        &mut self,
        at: Option<usize>,
        item: &Yaml,
        name: &str,
        changes: &Changes,
        notes: &mut Notes,
        env: &Env<'_>,
    ) -> Result<()> {
        let spot = anchor(item);
        let mut new = Values::default();
        let mut told = false;
        for (change, word) in [(Change::Append, "append"), (Change::Replace, "replace")] {
            for (key, _) in OVERRIDABLE {
                let Some((_, place)) = changes.keys.get(*key).filter(|(of, _)| *of == change) else {
                    continue;
                };
                let read = match item.get(key) {
                    Some(_) => new.read(item, key, change == Change::Append, notes, env),
                    None => Err(shape(
                        format!("An {word} override for '{key}' was specified but '{key}' is not defined"),
                        *place,
                    )
                    .part("overrides", key)),
                };
                notes.take(read);
            }
            let appends = change == Change::Append && (changes.any(change) || changes.legacy);
            if !told && at.is_none() && (appends || changes.any(change)) {
                told = true;
                let text = if change == Change::Append {
                    "Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists"
                } else {
                    "An 'override.<key>: replace' to a rule was requested but no rule by that name already exists"
                };
                notes.take(self.missing(b'r', name, text, spot));
            }
        }
        let source = notes.take(source(item)).flatten();
        notes.take(self.same_source(at, source.as_ref()));
        if !changes.legacy {
            self.unlisted(item, changes, notes);
        }
        let Some(rule) = at.and_then(|at| self.rules.get_mut(at)) else { return Ok(()) };
        let of = |key: &str| changes.of(key);
        let mut exceptions = rule.exceptions.clone();
        let known = (rule.source == SOURCE).then_some(env);
        match (new.exceptions.take(), of("exceptions")) {
            (Some(items), Some(Change::Append)) => {
                let have = exceptions.get_or_insert_with(Vec::new);
                for item in items {
                    notes.take(exceptions::append(have, item, known));
                }
            }
            (Some(items), Some(Change::Replace)) => {
                let define = |item| Exception::replace(item, env);
                exceptions = Some(items.into_iter().filter_map(|item| notes.take(define(item))).collect());
            }
            _ => {}
        }
        if notes.errors.is_empty() {
            rule.exceptions = exceptions;
            apply(rule, new, &of);
            for (change, how) in [(Change::Append, How::Appended), (Change::Replace, How::Replaced)] {
                let keys: Vec<String> = changes
                    .keys
                    .iter()
                    .filter(|(_, (of, _))| *of == change)
                    .map(|(key, _)| key.clone())
                    .collect();
                if !keys.is_empty() {
                    rule.amendments.push(Amended { keys, ..Amended::new(how, spot) });
                }
            }
            self.tick();
        }
        Ok(())
    }

    /// Keys that stand in an item with `override`, but are not among its entries.
    fn unlisted(&self, item: &Yaml, changes: &Changes, notes: &mut Notes) {
        let mut stray: Vec<&str> = OVERRIDABLE.iter().map(|(key, _)| *key).collect();
        stray.retain(|key| item.get(key).is_some() && !changes.keys.contains_key(*key));
        // An entry that is wrong has been told of.
        let entries: Vec<&str> = item.get("override").map(|map| map.keys().collect()).unwrap_or_default();
        stray.retain(|key| !entries.contains(key));
        stray.sort_unstable();
        for key in stray {
            let value = item.get(key).map_or(item.spot, |value| value.spot);
            let text = format!("Unexpected key '{key}': no corresponding entry under 'override' is defined.");
            let hint = Some(format!("write `{key}: replace` below `override:`"));
            notes.errors.push(shape(text, value).part("overrides", key).hint(hint));
        }
    }
}

fn apply(rule: &mut RuleDef, new: Values, of: &dyn Fn(&str) -> Option<Change>) {
    let appends = |key: &str| of(key) == Some(Change::Append);
    if let Some(condition) = new.condition {
        if appends("condition") {
            rule.condition.append(&condition);
        } else {
            rule.condition = condition;
        }
    }
    if let Some((output, spot)) = new.output {
        if appends("output") {
            rule.output = format!("{} {output}", rule.output);
        } else {
            (rule.output, rule.output_spot) = (output, spot);
        }
    }
    if let Some(desc) = new.desc {
        rule.desc = if appends("desc") { format!("{} {desc}", rule.desc) } else { desc };
    }
    if let Some(tags) = new.tags {
        if !appends("tags") {
            rule.tags.clear();
        }
        rule.tags.extend(tags);
    }
    rule.priority = new.priority.unwrap_or(rule.priority);
    rule.enabled = new.enabled.unwrap_or(rule.enabled);
    rule.capture = new.capture.unwrap_or(rule.capture);
    rule.capture_duration = new.capture_duration.unwrap_or(rule.capture_duration);
    rule.rate = new.rate.or_else(|| rule.rate.take());
    rule.warn_evttypes = new.warn_evttypes.unwrap_or(rule.warn_evttypes);
    rule.skip_unknown = new.skip_unknown.unwrap_or(rule.skip_unknown);
}
