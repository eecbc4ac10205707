//! Which of the loaded rules run, and why the others do not.

use std::collections::BTreeSet;
use std::fmt;

use super::suggest::nearest;
use super::{Priority, Rule, RuleSet};
use crate::condition::Glob;

/// What a [`Switch`] is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Switched {
    /// Rules of this name; `*` stands for anything.
    Rule(String),
    /// Rules with this tag.
    Tag(String),
}

/// Rules to be switched on or off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// On.
    pub enable: bool,
    /// Which.
    pub what: Switched,
}

impl fmt::Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.enable { "enable " } else { "disable " })?;
        match &self.what {
            Switched::Rule(name) => write!(f, "rule `{name}`"),
            Switched::Tag(tag) => write!(f, "tag `{tag}`"),
        }
    }
}

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted<'w> {
    /// Switches, one after the other.
    pub switches: Vec<&'w Switch>,
    /// Only rules as severe as this.
    pub priority: Option<Priority>,
    /// Only rules with one of these tags; any if there is none.
    pub tags: &'w [String],
    /// Only rules with one of these names, in any case; any if there is none.
    pub names: &'w [String],
}

/// Why a rule does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Off {
    /// Its file disables it.
    File,
    /// A switch, a name or a tag leaves it out.
    Selection,
    /// It is not severe enough.
    Priority,
}

/// What was chosen.
#[derive(Clone, Debug, Default)]
pub struct Choice<'r> {
    /// The rules that run, in the order in which they are evaluated.
    pub rules: Vec<&'r Rule>,
    /// The others, in the order of their definition.
    pub off: Vec<(&'r Rule, Off)>,
    /// What names no rule, in a sentence each, with the nearest name.
    pub unused: Vec<String>,
}

impl Choice<'_> {
    /// How many rules do not run for this reason.
    pub fn count(&self, why: Off) -> usize {
        self.off.iter().filter(|(_, off)| *off == why).count()
    }
}

/// Chooses as Falco does: switching a rule off takes it out of the order, switching it on puts it at
/// the end; a rule that is not severe enough cannot be switched on. Then come the limits to names and
/// tags, which Falco does not have: a name given in full enables its rule.
pub fn choose<'r>(set: &'r RuleSet, wanted: &Wanted<'_>) -> Choice<'r> {
    let mut choice = Choice::default();
    let severe = |rule: &Rule| wanted.priority.is_none_or(|least| rule.priority <= least);
    let mut on: Vec<&Rule> = set.rules().iter().filter(|rule| rule.enabled).collect();
    let mut unused = BTreeSet::new();
    for switch in &wanted.switches {
        let (hits, complaint): (Vec<&Rule>, String) = match &switch.what {
            Switched::Rule(pattern) => {
                let glob = stars(pattern, false);
                let hit = |rule: &&Rule| glob.matches(rule.name.as_bytes());
                (set.rules().iter().filter(hit).collect(), no_rule(set, pattern))
            }
            Switched::Tag(tag) => {
                (set.rules().iter().filter(|rule| rule.tags.contains(tag)).collect(), no_tag(set, tag))
            }
        };
        if hits.is_empty() && unused.insert(complaint.clone()) {
            choice.unused.push(complaint);
        }
        let names: BTreeSet<&str> = hits.iter().map(|rule| rule.name.as_str()).collect();
        if switch.enable {
            let there: BTreeSet<&str> = on.iter().map(|rule| rule.name.as_str()).collect();
            on.extend(hits.into_iter().filter(|rule| !there.contains(rule.name.as_str())));
        } else {
            on.retain(|rule| !names.contains(rule.name.as_str()));
        }
    }
    let mut globs: Vec<(Glob, &String, bool)> =
        wanted.names.iter().map(|pattern| (stars(pattern, true), pattern, false)).collect();
    let mut named: BTreeSet<&str> = BTreeSet::new();
    for rule in set.rules() {
        for (glob, pattern, used) in &mut globs {
            if glob.matches(rule.name.as_bytes()) {
                *used = true;
                named.insert(&rule.name);
                // A pattern chooses among what is enabled, a name means this rule.
                let there = on.iter().any(|known| known.name == rule.name);
                if pattern.eq_ignore_ascii_case(&rule.name) && !there {
                    on.push(rule);
                }
            }
        }
    }
    choice.unused.extend(globs.iter().filter(|(_, _, used)| !used).map(|(_, name, _)| no_rule(set, name)));
    for tag in wanted.tags {
        if !set.rules().iter().any(|rule| rule.tags.contains(tag)) {
            choice.unused.push(no_tag(set, tag));
        }
    }
    on.retain(|rule| {
        let by_name = wanted.names.is_empty() || named.contains(rule.name.as_str());
        by_name && (wanted.tags.is_empty() || wanted.tags.iter().any(|tag| rule.tags.contains(tag)))
    });
    let runs: BTreeSet<&str> = on.iter().map(|rule| rule.name.as_str()).collect();
    for rule in set.rules() {
        let why = match (severe(rule), runs.contains(rule.name.as_str()), rule.enabled) {
            (true, true, _) => continue,
            (false, ..) => Off::Priority,
            (true, false, true) => Off::Selection,
            (true, false, false) => Off::File,
        };
        choice.off.push((rule, why));
    }
    choice.rules = on.into_iter().filter(|rule| severe(rule)).collect();
    choice
}

/// A pattern in which only `*` is special.
fn stars(pattern: &str, any_case: bool) -> Glob {
    let mut text = String::with_capacity(pattern.len());
    for c in pattern.chars() {
        if matches!(c, '?' | '[' | ']' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    Glob::new(text.as_bytes(), any_case)
}

fn no_rule(set: &RuleSet, name: &str) -> String {
    let near = nearest(name, set.rules().iter().map(|rule| rule.name.as_str()));
    let any_case = || set.rules().iter().find(|rule| rule.name.eq_ignore_ascii_case(name));
    match near.or_else(|| any_case().map(|rule| rule.name.as_str())) {
        Some(near) => format!("no rule is called `{name}`; did you mean `{near}`?"),
        None => format!("no rule is called `{name}`; `saker rules list` shows the names"),
    }
}

fn no_tag(set: &RuleSet, tag: &str) -> String {
    let tags: BTreeSet<&str> =
        set.rules().iter().flat_map(|rule| rule.tags.iter().map(String::as_str)).collect();
    match nearest(tag, tags.into_iter()) {
        Some(near) => format!("no rule has the tag `{tag}`; did you mean `{near}`?"),
        None => format!("no rule has the tag `{tag}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{LoadOptions, Source};
    use super::*;

    fn set() -> RuleSet {
        let rule = |name: &str, tag: &str, priority: &str, more: &str| {
            format!(
                "- rule: {name}\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: {priority}\n  \
                 tags: [{tag}]\n{more}"
            )
        };
        let text = rule("Read a file", "files", "INFO", "")
            + &rule("Write a file", "files", "ERROR", "")
            + &rule("Connect", "network", "WARNING", "")
            + &rule("Noisy", "network", "DEBUG", "  enabled: false\n");
        RuleSet::load(&[Source { name: "r".into(), text }], &LoadOptions::default()).rules.unwrap()
    }

    fn switch(enable: bool, what: Switched) -> Switch {
        Switch { enable, what }
    }

    #[track_caller]
    fn chosen(switches: &[Switch], names: &[&str], tags: &[&str], priority: Option<Priority>) -> String {
        let set = set();
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let (names, tags) = (owned(names), owned(tags));
        let wanted = Wanted { switches: switches.iter().collect(), priority, tags: &tags, names: &names };
        let choice = choose(&set, &wanted);
        assert_eq!(choice.rules.len() + choice.off.len(), set.rules().len(), "each rule is accounted for");
        choice.rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn switches_apply_in_their_order_and_move_to_the_end() {
        use Switched::{Rule, Tag};
        let rule = |name: &str| Rule(name.to_owned());
        assert_eq!(chosen(&[], &[], &[], None), "Read a file, Write a file, Connect");
        assert_eq!(chosen(&[switch(false, rule("*file"))], &[], &[], None), "Connect");
        let off_on = [switch(false, rule("Read*")), switch(true, Tag("files".into()))];
        assert_eq!(chosen(&off_on, &[], &[], None), "Write a file, Connect, Read a file");
        let all_but = [switch(false, rule("*")), switch(true, Tag("network".into()))];
        assert_eq!(chosen(&all_but, &[], &[], None), "Connect, Noisy", "what a file disables is enabled");
        assert_eq!(chosen(&[switch(true, rule("noisy"))], &[], &[], None), chosen(&[], &[], &[], None));
    }

    #[test]
    fn what_is_not_severe_enough_cannot_be_enabled() {
        let noisy = [switch(true, Switched::Rule("Noisy".into()))];
        assert_eq!(chosen(&noisy, &[], &[], Some(Priority::Warning)), "Write a file, Connect");
    }

    #[test]
    fn names_and_tags_limit_what_is_left() {
        assert_eq!(chosen(&[], &["*FILE"], &[], None), "Read a file, Write a file");
        assert_eq!(chosen(&[], &["noisy"], &[], None), "Noisy");
        assert_eq!(chosen(&[], &["n*"], &[], None), "");
        assert_eq!(chosen(&[], &[], &["network"], None), "Connect");
        let off = [switch(false, Switched::Tag("files".into()))];
        assert_eq!(chosen(&off, &["*"], &[], None), "Connect");
    }

    #[test]
    fn only_stars_are_special() {
        assert_eq!(
            chosen(&[switch(false, Switched::Rule("C?nnect".into()))], &[], &[], None),
            chosen(&[], &[], &[], None)
        );
    }

    #[test]
    fn what_names_nothing_is_told_with_the_nearest_name() {
        let set = set();
        let wrong =
            [switch(false, Switched::Rule("Conect".into())), switch(true, Switched::Tag("file".into()))];
        let names = ["write a fil".to_owned()];
        let wanted = Wanted { switches: wrong.iter().collect(), names: &names, ..Wanted::default() };
        assert_eq!(
            choose(&set, &wanted).unused,
            [
                "no rule is called `Conect`; did you mean `Connect`?",
                "no rule has the tag `file`; did you mean `files`?",
                "no rule is called `write a fil`; did you mean `Write a file`?"
            ]
        );
    }

    #[test]
    fn every_rule_that_is_off_has_a_reason() {
        let set = set();
        let off = [switch(false, Switched::Tag("files".into()))];
        let wanted =
            Wanted { switches: off.iter().collect(), priority: Some(Priority::Notice), ..Wanted::default() };
        let choice = choose(&set, &wanted);
        let why: Vec<Off> = choice.off.iter().map(|(_, why)| *why).collect();
        assert_eq!(why, [Off::Priority, Off::Selection, Off::Priority]);
        assert_eq!((choice.count(Off::File), choice.count(Off::Priority)), (0, 2));
    }
}
