//! Asking captures: one event, or all that a rule could match.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::cli::{Explain, Reading};
use crate::commands::captures::{Opened, each};
use crate::commands::console::Console;
use crate::commands::outcome::{Failure, Outcome};
use crate::rules::{Blind, Off, blind_spots};
use crate::scan::Workers;
use crate::scan::find::Place;
use crate::views::explain::{Explained, Found, Match, Nearest, Scope, Subject, at, tables::line_of};

/// Something that keeps a rule from matching, whatever its condition says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Obstacle {
    /// As JSON calls it.
    pub kind: &'static str,
    /// In words.
    pub text: String,
}

/// What captures said.
pub(super) struct Asked<'s> {
    subject: &'s Subject<'s>,
    event: Option<u64>,
    /// Whether near events are asked for even if others matched.
    near: bool,
    /// Why the rule does not run, if it does not.
    pub off: Option<Off>,
    top: usize,
    /// Their names.
    pub captures: Vec<String>,
    /// Zone of the first.
    pub zone: TimeZone,
    /// What keeps the rule from matching.
    pub obstacles: Vec<Obstacle>,
    /// What was found.
    pub found: Found,
    /// The first event of each of the nearest groups.
    pub groups: BTreeMap<Vec<usize>, Explained>,
    /// The event whose tree is shown.
    pub best: Option<(Option<(usize, u64)>, Explained)>,
}

impl<'s> Asked<'s> {
    pub(super) fn new(subject: &'s Subject<'s>, args: &Explain, off: Option<Off>) -> Self {
        Self {
            subject,
            event: args.event,
            near: args.nearest,
            off,
            top: usize::from(args.groups),
            captures: Vec::new(),
            zone: TimeZone::UTC,
            obstacles: Vec::new(),
            found: Found::default(),
            groups: BTreeMap::new(),
            best: None,
        }
    }

    pub(super) fn ask(
        &mut self,
        places: &[Place],
        reading: &Reading,
        workers: &Workers,
        scope: Scope,
        console: &mut Console<'_>,
    ) -> Result<Outcome, Failure> {
        let rule = self.subject.rule();
        if let Some(off) = self.off {
            let history = self.subject.set().definitions().rule_history(&rule.name);
            let place = line_of(history.last().map_or(&rule.place, |last| &last.place));
            let text = match off {
                Off::File => format!("the rule is disabled ({place}): it runs only if --rule names it"),
                Off::Selection => "the rule is switched off by the configuration".to_owned(),
                Off::Priority => "the rule is not as severe as the configuration asks for".to_owned(),
            };
            self.obstacles.push(Obstacle { kind: "disabled", text });
        }
        if let Some(rate) = &rule.rate {
            let within = crate::scan::clock::duration(rate.within_ns);
            let text = format!("it takes {} such events within {within} to raise an alert", rate.count);
            self.obstacles.push(Obstacle { kind: "rate", text });
        }
        each(places, reading, workers, console, |opened, console| {
            let name = opened.place.to_string();
            if self.captures.is_empty() {
                self.zone = opened.zone.clone();
            }
            self.captures.push(name.clone());
            self.blind(&opened, places.len() > 1);
            let capture = opened.recording.capture();
            let mut damage: Vec<String> = capture.damage().iter().map(ToString::to_string).collect();
            match self.event {
                Some(number) => self.one(&opened, &name, number)?,
                None => self.search(&opened, &name, workers, scope, &mut damage)?,
            }
            for damage in &damage {
                console.warn(&format!("{name}: {damage}"));
            }
            let whole = damage.is_empty() && capture.gaps().is_empty();
            Ok(if whole { Outcome::Clean } else { Outcome::Damaged })
        })
    }

    /// What this capture cannot tell the rule.
    fn blind(&mut self, opened: &Opened, several: bool) {
        let capture = opened.recording.capture();
        let header = capture.header();
        let mut spots = Vec::new();
        for blind in blind_spots(self.subject.rule(), &header.events, &header.env_policy) {
            let kind = match &blind {
                Blind::NoEvents(_) => "no_events",
                Blind::SomeEvents(_) => "some_events",
                Blind::UnknownEvents => "unknown_events",
                Blind::SomeUnknown(_) => "some_unknown_events",
                Blind::Env(_) => "environment",
                Blind::Fields(_) => "fields",
            };
            spots.push((kind, format!("the capture cannot answer in full: {blind}")));
        }
        let lost = capture.gaps().iter().fold(0u64, |sum, gap| sum.saturating_add(gap.total()));
        if lost > 0 {
            spots.push(("losses", format!("{lost} events were lost while recording")));
        }
        for (kind, text) in spots {
            let text = if several { format!("{}: {text}", opened.place) } else { text };
            let obstacle = Obstacle { kind, text };
            if !self.obstacles.contains(&obstacle) {
                self.obstacles.push(obstacle);
            }
        }
    }

    fn one(&mut self, opened: &Opened, name: &str, number: u64) -> Result<(), Failure> {
        let subject = self.subject;
        match at(&opened.recording, number, |now| subject.explain(name, now)) {
            Some(explained) => self.best = Some((None, explained)),
            None => {
                let blocks = opened.recording.capture().blocks();
                let first = blocks.iter().map(|block| block.first_number).min().unwrap_or(0);
                let last = blocks.iter().map(|block| block.last_number).max().unwrap_or(0);
                return Err(Failure::Usage(format!(
                    "no event {number} in {name}: it has those from {first} to {last}"
                )));
            }
        }
        Ok(())
    }

    fn search(
        &mut self,
        opened: &Opened,
        name: &str,
        workers: &Workers,
        scope: Scope,
        damage: &mut Vec<String>,
    ) -> Result<(), Failure> {
        let index = self.captures.len() - 1;
        let view = Nearest { subject: self.subject, scope };
        let mut found = Found::default();
        workers.scan(&opened.recording, &opened.range, &view, |_, scanned| {
            damage.extend(scanned.damage.iter().map(ToString::to_string));
            found.add(scanned.part, index);
            Ok::<(), Failure>(())
        })?;
        self.found.add(found, index);
        let subject = self.subject;
        let explain = |number| at(&opened.recording, number, |now| subject.explain(name, now));
        for (missing, group) in self.found.nearest().into_iter().take(self.top) {
            if group.first.0 == index
                && !self.groups.contains_key(missing)
                && let Some(explained) = explain(group.first.1)
            {
                self.groups.insert(missing.to_vec(), explained);
            }
        }
        // Those that came later have pushed some out.
        let kept: Vec<&[usize]> =
            self.found.nearest().into_iter().take(self.top).map(|(missing, _)| missing).collect();
        self.groups.retain(|missing, _| kept.contains(&missing.as_slice()));
        let best = self.choice().filter(|_| !self.near).map(|one| (one.capture, one.number));
        let nearest = self.found.nearest().first().map(|(_, group)| group.first);
        let best = best.or(nearest).filter(|(capture, _)| *capture == index);
        if let Some(best) = best
            && self.best.as_ref().is_none_or(|(have, _)| *have != Some(best))
            && let Some(explained) = explain(best.1)
        {
            self.best = Some((Some(best), explained));
        }
        Ok(())
    }

    /// The match to show: the first that raised an alert, else the first.
    fn choice(&self) -> Option<&Match> {
        let matches = || self.found.kept.iter().filter(|one| one.distance == 0);
        let key = |one: &&Match| (one.capture, one.number);
        matches().filter(|one| one.taken_by.is_none()).min_by_key(key).or_else(|| matches().min_by_key(key))
    }
}
