//! Telling what captures said.

use serde_json::{Value, json};

use super::ask::Asked;
use crate::cli::{self, ExplainFormat};
use crate::commands::console::Console;
use crate::commands::outcome::Failure;
use crate::render::{self, Format, Look, Style, explain};
use crate::views::explain::{Match, Missing, Scope, Subject, tables};

/// Most matches that are listed.
const LISTED_MAX: usize = 20;
/// Most names of events in a sentence.
const TYPES_MAX: usize = 6;

/// What is told, and how.
pub(super) struct Told<'a> {
    pub args: &'a cli::Explain,
    pub subject: &'a Subject<'a>,
    pub asked: &'a Asked<'a>,
    pub scope: Scope,
    /// Whether several captures were asked.
    pub several: bool,
}

impl Told<'_> {
    pub(super) fn json(&self, console: &mut Console<'_>) -> Result<(), Failure> {
        let rule = self.subject.rule();
        let asked = self.asked;
        let name = |index: usize| asked.captures.get(index).map_or("", String::as_str);
        let groups: Vec<Value> = self
            .groups()
            .map(|(group, missing)| explain::group(group, name(group.first.0), missing))
            .collect();
        let found = &asked.found;
        let events: Vec<Value> =
            self.listed().into_iter().map(|one| explain::kept(one, name(one.capture))).collect();
        let question = match (self.args.event, self.args.pid) {
            (Some(_), _) => "event",
            (_, Some(_)) => "process",
            _ => "nearest",
        };
        let mut document = json!({
            "rule": {
                "name": rule.name,
                "priority": rule.priority.name(),
                "enabled": rule.enabled,
                "place": explain::place(&rule.place),
            },
            "captures": asked.captures,
            "question": question,
            "obstacles": asked
                .obstacles
                .iter()
                .map(|one| explain::obstacle(one.kind, &one.text))
                .collect::<Vec<_>>(),
            "explained": asked.best.as_ref().map(|(_, one)| explain::explained(one)),
        });
        if let (None, Some(object)) = (self.args.event, document.as_object_mut()) {
            object.insert("events".into(), found.events.into());
            object.insert("impossible_events".into(), self.scope.any_event.into());
            object.insert("matched".into(), found.matched.into());
            object.insert("taken".into(), json!(found.taken));
            object.insert("nearest".into(), groups.into());
            object.insert("more_groups".into(), self.hidden_groups().into());
            object.insert("listed".into(), events.into());
        }
        writeln!(console.out, "{}", explain::document(&document))?;
        Ok(())
    }

    fn groups(&self) -> impl Iterator<Item = (&crate::views::explain::Group, &[Missing])> {
        let top = usize::from(self.args.groups);
        let groups = self.asked.found.nearest().into_iter().take(top);
        groups
            .filter_map(|(missing, group)| Some((group, self.asked.groups.get(missing)?.missing.as_slice())))
    }

    fn hidden_groups(&self) -> usize {
        self.asked.found.groups.len().saturating_sub(usize::from(self.args.groups))
    }

    /// The events that are listed: matches, or the nearest of a process.
    fn listed(&self) -> Vec<&Match> {
        let mut kept: Vec<&Match> = self.asked.found.kept.iter().collect();
        kept.sort_by_key(|one| (one.distance, one.capture, one.number));
        let most = match self.args.pid {
            Some(_) => usize::from(self.args.groups).max(LISTED_MAX),
            None => LISTED_MAX,
        };
        kept.truncate(most);
        kept.sort_by_key(|one| (one.capture, one.number));
        kept
    }

    fn look(&self, console: &Console<'_>) -> Look {
        let ascii = self.args.format == ExplainFormat::Text || !console.shows_utf8();
        let text = self.args.format == ExplainFormat::Text;
        let style = if text { Style { colour: false, ..console.style } } else { console.style };
        Look { style, ascii, wrap: !text, full: self.args.full, marks: true }
    }

    pub(super) fn people(&self, console: &mut Console<'_>) -> Result<(), Failure> {
        let look = self.look(console);
        let rule = self.subject.rule();
        let name = if self.args.format == ExplainFormat::Text { "text" } else { "table" };
        let table = render::format(name).ok_or_else(|| Failure::Usage(format!("no format `{name}`")))?;
        let about = format!("{}, {}", rule.priority, tables::line_of(&rule.place));
        explain::heading(&rule.name, &about, look, console.out)?;
        for obstacle in &self.asked.obstacles {
            explain::remark("note", &obstacle.text, look, console.out)?;
        }
        match self.args.event {
            Some(_) => self.one(table, look, console),
            None => self.many(table, look, console),
        }
    }

    fn one(&self, table: &Format, look: Look, console: &mut Console<'_>) -> Result<(), Failure> {
        let Some((_, one)) = &self.asked.best else { return Ok(()) };
        let sentence = explain::sentence(one, &self.types());
        explain::verdict(one.holds && one.possible, &sentence, look, console.out)?;
        writeln!(console.out)?;
        explain::event(one, false, &self.asked.zone, look, console.out)?;
        writeln!(console.out)?;
        explain::missing_table(one, table, look, console.out)?;
        explain::tree(&one.tree, look, console.out)?;
        Ok(())
    }

    fn many(&self, table: &Format, look: Look, console: &mut Console<'_>) -> Result<(), Failure> {
        let found = &self.asked.found;
        explain::verdict(found.matched > 0, &self.verdict(), look, console.out)?;
        let listed: Vec<Match> = self.listed().into_iter().cloned().collect();
        let labels = labels(&self.asked.captures);
        let capture = |index: usize| self.several.then(|| labels.get(index).cloned()).flatten();
        if !listed.is_empty() {
            writeln!(console.out)?;
            let outcome = match (self.asked.off, &self.subject.rule().rate) {
                (Some(_), _) => "none, the rule is off",
                (None, Some(_)) => "counts",
                (None, None) => "alert",
            };
            let shown = match self.args.pid {
                Some(_) => tables::events(&listed, &capture, &self.asked.zone),
                None => tables::matches(&listed, outcome, &capture, &self.asked.zone),
            };
            (table.render)(&[shown], look.style, console.out)?;
            let more = match self.args.pid {
                Some(_) => found.events.saturating_sub(listed.len() as u64),
                None => found.matched.saturating_sub(listed.len() as u64),
            };
            if more > 0 {
                let what =
                    if self.args.pid.is_some() { "that lack more, or as much" } else { "that matched" };
                writeln!(console.out, "  and {more} more {what}")?;
            }
        }
        if (found.matched == 0 || self.args.nearest) && !found.groups.is_empty() {
            self.near(table, look, console)?;
        }
        if let Some((_, one)) = &self.asked.best {
            writeln!(console.out)?;
            explain::event(one, self.several, &self.asked.zone, look, console.out)?;
            writeln!(console.out)?;
            explain::tree(&one.tree, look, console.out)?;
        }
        Ok(())
    }

    /// The groups of near events.
    fn near(&self, table: &Format, look: Look, console: &mut Console<'_>) -> Result<(), Failure> {
        let found = &self.asked.found;
        let labels = labels(&self.asked.captures);
        let first = |(capture, number): (usize, u64)| match labels.get(capture) {
            Some(capture) if self.several => format!("{capture} #{number}"),
            _ => format!("#{number}"),
        };
        writeln!(console.out)?;
        let rows = self.groups().map(|(group, missing)| (group, first(group.first), missing));
        explain::table(&tables::groups(rows), table, look, console.out)?;
        let hidden = self.hidden_groups();
        if hidden > 0 || found.ungrouped > 0 {
            let shown: u64 = self.groups().map(|(group, _)| group.events).sum();
            let rest = found.events.saturating_sub(found.matched).saturating_sub(shown);
            writeln!(console.out, "  and {rest} events further away; -n shows more")?;
        }
        Ok(())
    }

    fn types(&self) -> String {
        let set = self.subject.rule().events;
        let known = |name: &&str| capture_format::EventType::from_name(name).is_some();
        let names: Vec<&str> = set.names().filter(known).collect();
        let more = names.len().saturating_sub(TYPES_MAX);
        let shown = names.iter().take(TYPES_MAX).copied().collect::<Vec<_>>().join(", ");
        match (set.is_all(), names.is_empty(), more) {
            (true, ..) => "any".to_owned(),
            (_, true, _) => "none that can be recorded".to_owned(),
            (_, _, 0) => shown,
            (_, _, more) => format!("{shown} and {more} more"),
        }
    }

    /// What became of the rule, in a sentence.
    fn verdict(&self) -> String {
        let found = &self.asked.found;
        let events = |count: u64| if count == 1 { "1 event".to_owned() } else { format!("{count} events") };
        let whose = self.args.pid.map(|pid| format!(" of process {pid}")).unwrap_or_default();
        if found.matched > 0 {
            let taken: u64 = found.taken.values().sum();
            let mut text = format!("matched {}{whose}", events(found.matched));
            if taken > 0 {
                let rules: Vec<String> =
                    found.taken.iter().map(|(rule, count)| format!("`{rule}` ({count})")).collect();
                text += &format!(
                    "; for {taken} of them a rule that stands before it raised the alert: {}",
                    rules.join(", ")
                );
            }
            return text;
        }
        if found.events == 0 {
            return match self.args.pid {
                Some(pid) => format!("did not match: there are no events of process {pid}"),
                None => "did not match: there are no events".to_owned(),
            };
        }
        if self.scope.any_event {
            return format!(
                "did not match: no event{whose} is one that it can match ({}); looked at {} of other types",
                self.types(),
                events(found.events)
            );
        }
        let nearest = self.asked.best.as_ref().map(|(_, one)| one);
        let lacks = nearest.map_or(0, |one| one.missing.len());
        let because = nearest.map(|one| explain::because(&one.missing)).unwrap_or_default();
        let comparisons = if lacks == 1 { "1 comparison" } else { &format!("{lacks} comparisons") };
        format!(
            "did not match any of {}{whose} ({}); the nearest lacks {comparisons}: {because}",
            events(found.events),
            self.types()
        )
    }
}

/// Captures by what tells their paths apart: without the folders and the name that all share.
fn labels(captures: &[String]) -> Vec<String> {
    let paths: Vec<Vec<&str>> = captures.iter().map(|path| path.split('/').collect()).collect();
    let shortest = paths.iter().map(Vec::len).min().unwrap_or(0);
    let shared = |at: &dyn Fn(&Vec<&str>) -> Option<String>| {
        paths.first().is_some_and(|first| paths.iter().all(|path| at(path) == at(first)))
    };
    let part = |part: Option<&&str>| part.map(|part| (*part).to_owned());
    let head = (0..shortest).take_while(|at| shared(&|path| part(path.get(*at)))).count();
    let tail = (0..shortest).take_while(|at| shared(&|path| part(path.iter().rev().nth(*at)))).count();
    paths
        .iter()
        .zip(captures)
        .map(|(path, whole)| match path.get(head..path.len().saturating_sub(tail)) {
            Some(parts) if !parts.is_empty() => parts.join("/"),
            _ => whole.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_are_told_apart_by_what_differs() {
        let of = |paths: &[&str]| labels(&paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["s/a/attack/c.skr", "s/b/benign/c.skr"]), ["a/attack", "b/benign"]);
        assert_eq!(of(&["a.skr", "b.skr"]), ["a.skr", "b.skr"]);
        assert_eq!(of(&["x/a.skr", "x/y/a.skr"]), ["x/a.skr", "y"]);
        assert_eq!(of(&["a.skr", "a.skr"]), ["a.skr", "a.skr"]);
    }
}
