//! Rules that need several events: `rate:`, which Falco does not have.
//!
//! ```yaml
//! rate: {count: 20, within: 10s, by: [container.id, fd.sip], distinct: fd.sport}
//! ```

use super::item::{Result, invalid, meant, shape};
use super::output::Template;
use super::yaml::{Data, Spot, Yaml};
use crate::condition::plan::Env;
use crate::fields::{Argument, Extract, Field};

/// Bounds of `count`. Above them an analysis would have to remember too much.
const COUNT: std::ops::RangeInclusive<u32> = 2..=1000;
/// Longest `within`, ns: a day.
const WITHIN_MAX_NS: u64 = 86_400_000_000_000;
/// Most fields of `by`.
const BY_MAX: usize = 8;
/// Units of `within` and their length, ns.
const UNITS: &[(&str, u64)] =
    &[("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000)];
/// The keys it has.
const KEYS: &[&str] = &["count", "within", "by", "distinct"];

/// How many events make a rule hold.
#[derive(Clone, Debug)]
pub struct Rate {
    /// Events, or different values of [`Rate::distinct`], that raise an alert.
    pub count: u32,
    /// Longest time between the first and the last of them, ns.
    pub within_ns: u64,
    by: Vec<Term>,
    distinct: Option<Term>,
}

/// A field, and how its text is had.
#[derive(Clone, Debug)]
struct Term {
    name: String,
    value: Template,
}

impl Term {
    fn compile(name: &str, spot: Spot, env: &Env<'_>) -> Result<Self> {
        let unknown =
            |why: &dyn std::fmt::Display| invalid(format!("`{name}` in 'rate' is no field: {why}"), spot);
        let value = Template::compile_in(&format!("%{name}"), env).map_err(|error| unknown(&error))?;
        if value.keys().ne([name]) {
            return Err(unknown(&"write one field, without anything around it"));
        }
        Ok(Self { name: name.to_owned(), value })
    }

    fn text<E: Extract + ?Sized>(&self, now: &E) -> Option<String> {
        self.value.columns(now).next().flatten()
    }
}

/// `10s` in nanoseconds.
fn duration(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let (_, ns) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*ns)
}

impl Rate {
    pub(super) fn read(value: &Yaml, env: &Env<'_>) -> Result<Self> {
        let Data::Map(entries) = &value.data else {
            return Err(shape("Key 'rate' must be a yaml associative array", value.spot));
        };
        for (key, _) in entries {
            let name = key.scalar().unwrap_or_default();
            if !KEYS.contains(&name) {
                let text = format!("Key 'rate' has {}, not '{name}'", KEYS.join(", "));
                return Err(shape(text, key.spot).hint(meant(name, KEYS.iter().copied())));
            }
        }
        let needed = |key: &str| match value.get(key) {
            Some(found) => Ok((found.scalar().unwrap_or_default(), found.spot)),
            None => Err(shape(format!("Key 'rate' needs '{key}'"), value.spot)),
        };
        let (count, spot) = needed("count")?;
        let count = match count.parse() {
            Ok(count) if COUNT.contains(&count) => count,
            _ => {
                let text = format!("'count' is a number from {} to {}", COUNT.start(), COUNT.end());
                return Err(invalid(text, spot));
            }
        };
        let (within, spot) = needed("within")?;
        let within_ns = match duration(within) {
            Some(ns) if (1..=WITHIN_MAX_NS).contains(&ns) => ns,
            _ => return Err(invalid("'within' is a time such as 500ms, 10s, 5m, 1h, at most 24h", spot)),
        };
        let by = match value.get("by") {
            None => Vec::new(),
            Some(Yaml { data: Data::Sequence(fields), spot }) => {
                if fields.len() > BY_MAX {
                    return Err(invalid(format!("'by' names at most {BY_MAX} fields"), *spot));
                }
                let term = |field: &Yaml| Term::compile(field.scalar().unwrap_or_default(), field.spot, env);
                fields.iter().map(term).collect::<Result<_>>()?
            }
            Some(one) => vec![Term::compile(one.scalar().unwrap_or_default(), one.spot, env)?],
        };
        let distinct = match value.get("distinct") {
            None => None,
            Some(field) => Some(Term::compile(field.scalar().unwrap_or_default(), field.spot, env)?),
        };
        Ok(Self { count, within_ns, by, distinct })
    }

    /// What tells events apart that are counted apart. Of equal keys all values are equal; what is
    /// absent equals what is absent.
    pub fn key<E: Extract + ?Sized>(&self, now: &E) -> Vec<Option<String>> {
        self.by.iter().map(|term| term.text(now)).collect()
    }

    /// The value that has to differ; the outer `None` if it is absent, and the event does not count.
    pub fn value<E: Extract + ?Sized>(&self, now: &E) -> Option<Option<String>> {
        match &self.distinct {
            None => Some(None),
            Some(term) => term.text(now).map(Some),
        }
    }

    /// Names of the fields by which events are counted apart.
    pub fn by(&self) -> impl Iterator<Item = &str> {
        self.by.iter().map(|term| term.name.as_str())
    }

    /// Name of the field whose different values are counted.
    pub fn distinct(&self) -> Option<&str> {
        self.distinct.as_ref().map(|term| term.name.as_str())
    }

    /// Calls `f` with every field it reads.
    pub fn each_field(&self, f: &mut dyn FnMut(&'static Field, &Argument)) {
        self.by.iter().chain(&self.distinct).for_each(|term| term.value.each_field(f));
    }
}

impl std::fmt::Display for Rate {
    /// `20 different fd.sport within 10s, by container.id, fd.sip`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = self.distinct().map_or("events".to_owned(), |field| format!("different {field}"));
        let unit = UNITS.iter().rev().find(|(_, ns)| self.within_ns.is_multiple_of(*ns));
        let (name, ns) = unit.copied().unwrap_or(("ns", 1));
        write!(f, "{} {what} within {}{name}", self.count, self.within_ns / ns)?;
        let by: Vec<&str> = self.by().collect();
        if by.is_empty() { Ok(()) } else { write!(f, ", by {}", by.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::yaml;
    use super::*;

    fn read(text: &str) -> std::result::Result<String, String> {
        let (documents, error) = yaml::read(0, text);
        assert!(error.is_none(), "{text}");
        Rate::read(&documents[0], &Env::captures()).map(|rate| rate.to_string()).map_err(|it| it.text)
    }

    #[test]
    fn a_rate_says_how_many_events_within_what_time() {
        for (text, shown) in [
            ("{count: 20, within: 10s}", "20 events within 10s"),
            ("{count: 2, within: 120s, by: proc.pid}", "2 events within 2m, by proc.pid"),
            (
                "{count: 50, within: 1500ms, by: [container.id, 'proc.aname[2]'], distinct: fd.sport}",
                "50 different fd.sport within 1500ms, by container.id, proc.aname[2]",
            ),
        ] {
            assert_eq!(read(text).as_deref(), Ok(shown), "{text}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (text, message) in [
            ("[1]", "must be a yaml associative array"),
            ("{count: 20}", "needs 'within'"),
            ("{within: 10s}", "needs 'count'"),
            ("{count: 1, within: 10s}", "from 2 to 1000"),
            ("{count: 99999, within: 10s}", "from 2 to 1000"),
            ("{count: [3], within: 10s}", "from 2 to 1000"),
            ("{count: 3, within: 10}", "such as 500ms"),
            ("{count: 3, within: 10d}", "such as 500ms"),
            ("{count: 3, within: 0s}", "such as 500ms"),
            ("{count: 3, within: 25h}", "at most 24h"),
            ("{count: 3, within: 99999999999999999999s}", "such as 500ms"),
            ("{count: 3, within: 1s, per: proc.pid}", "not 'per'"),
            ("{count: 3, within: 1s, by: [proc.nam]}", "`proc.nam` in 'rate' is no field"),
            ("{count: 3, within: 1s, by: [proc.name and]}", "is no field"),
            ("{count: 3, within: 1s, by: ['']}", "is no field"),
            ("{count: 3, within: 1s, distinct: [proc.name]}", "is no field"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
