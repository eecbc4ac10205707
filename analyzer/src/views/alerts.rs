//! Alerts: what rules say about events.

use capture_format::EventType;
use capture_format::schema::EVENTS;
use serde_json::Value;

use crate::fields::Moment;
use crate::rules::{Priority, Rate, Rule, Template};
use crate::scan::View;

/// An alert, as Falco has them.
#[derive(Clone, Debug)]
pub struct Alert<'r> {
    /// Number of the event; 0 if it is not about an event.
    pub number: u64,
    /// When, ns since 1970.
    pub wall_ns: i64,
    /// How severe.
    pub priority: Priority,
    /// Rule that raised it.
    pub rule: &'r str,
    /// Where events of the rule come from: `syscall`, or `internal`.
    pub source: &'r str,
    /// Tags of the rule, sorted.
    pub tags: &'r [String],
    /// The rule's output, filled in.
    pub message: String,
    /// Values of the fields of the output, and the time.
    pub fields: Vec<(String, Value)>,
    /// Who did it and where, for people.
    pub scene: Option<Scene>,
}

/// Who did something and where: what a table shows of every alert, whatever the rule prints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scene {
    /// Process, parent, user, terminal.
    pub who: String,
    /// Container, or nothing on the host.
    pub container: String,
}

/// Source of alerts about the recording itself.
pub const INTERNAL: &str = "internal";
/// Source of alerts about events.
pub const SYSCALL: &str = "syscall";

const WHO: &str = "%proc.name (pid %proc.pid) < %proc.pname, user %user.name";
const TERMINAL: &str = "%proc.tty";
const CONTAINER: &str = "%container.id %container.name (%container.image.repository:%container.image.tag)";

/// Templates of a [`Scene`].
pub(super) struct SceneTemplates {
    who: Template,
    terminal: Template,
    container: Template,
}

impl SceneTemplates {
    pub(super) fn new() -> Option<Self> {
        let compile = |text| Template::compile(text).ok();
        Some(Self { who: compile(WHO)?, terminal: compile(TERMINAL)?, container: compile(CONTAINER)? })
    }

    pub(super) fn of(&self, now: &Moment<'_>) -> Scene {
        let mut who = self.who.message(now);
        let terminal = self.terminal.message(now);
        if !matches!(terminal.as_str(), "0" | "<NA>") {
            who += &format!(", tty {terminal}");
        }
        let container = self.container.message(now);
        let container = container.replace("<NA>", "").replace("(:)", "").replace(":)", ")");
        let container = container.trim();
        let on_host = container.is_empty() || container == "host" || container.starts_with("host ");
        Scene { who, container: if on_host { String::new() } else { container.to_owned() } }
    }
}

/// What an event raises that matches several rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Matching {
    /// The first of them.
    #[default]
    First,
    /// All of them.
    All,
}

/// An event that a rule holds for: an alert, or one of the several events the rule asks for.
#[derive(Clone, Debug)]
pub struct Candidate<'r> {
    /// The alert this event would raise.
    pub alert: Alert<'r>,
    /// How the event counts, if the rule asks for several; [`Rates`](super::rates::Rates) decides.
    pub counted: Option<Counted<'r>>,
}

/// How an event counts for a rule that asks for several.
#[derive(Clone, Debug)]
pub struct Counted<'r> {
    /// How many it takes.
    pub rate: &'r Rate,
    /// Events with this are counted together.
    pub key: Vec<Option<String>>,
    /// The value that has to differ, if one has to.
    pub value: Option<String>,
}

/// Rules that can match events of one type, in order of definition.
#[derive(Clone, Default)]
struct Watching<'r> {
    /// Those for which one event is enough. The first that holds takes the event.
    single: Vec<&'r Rule>,
    /// Those that count events. They neither take one nor go without one that is taken.
    counting: Vec<(&'r Rule, &'r Rate)>,
}

/// Rules that watch the events of a capture.
pub struct Watch<'r> {
    /// By the number of the event type.
    by_type: Vec<Watching<'r>>,
    matching: Matching,
    scene: Option<SceneTemplates>,
}

impl<'r> Watch<'r> {
    /// `rules` in order of definition; `scenes` says whether alerts get a [`Scene`].
    pub fn new(rules: impl IntoIterator<Item = &'r Rule>, matching: Matching, scenes: bool) -> Self {
        let last = EVENTS.iter().map(|event| usize::from(event.number)).max().unwrap_or(0);
        let mut by_type = vec![Watching::default(); last + 1];
        for rule in rules {
            for event in EVENTS.iter().filter(|event| rule.events.contains(event.name)) {
                if let Some(watching) = by_type.get_mut(usize::from(event.number)) {
                    match &rule.rate {
                        None => watching.single.push(rule),
                        Some(rate) => watching.counting.push((rule, rate)),
                    }
                }
            }
        }
        Self { by_type, matching, scene: if scenes { SceneTemplates::new() } else { None } }
    }

    fn watching(&self, event_type: EventType) -> Option<&Watching<'r>> {
        self.by_type.get(event_type as usize)
    }

    fn alert(&self, rule: &'r Rule, now: &Moment<'_>) -> Alert<'r> {
        let wall_ns = now.recording().wall_ns(now.head().time_ns);
        let fields = rule.output.fields(now);
        Alert {
            number: now.number(),
            wall_ns,
            priority: rule.priority,
            rule: &rule.name,
            source: SYSCALL,
            tags: &rule.tags,
            message: rule.output.message(now),
            fields,
            scene: self.scene.as_ref().map(|scene| scene.of(now)),
        }
    }
}

impl<'r> View for Watch<'r> {
    type Part = Vec<Candidate<'r>>;

    fn wants(&self, event_type: EventType) -> bool {
        self.watching(event_type).is_some_and(|it| !it.single.is_empty() || !it.counting.is_empty())
    }

    fn observe(&self, part: &mut Self::Part, now: &Moment<'_>) {
        let Some(watching) = self.watching(now.event_type()) else { return };
        for rule in &watching.single {
            if rule.plan.holds(now) {
                part.push(Candidate { alert: self.alert(rule, now), counted: None });
                if self.matching == Matching::First {
                    break;
                }
            }
        }
        for (rule, rate) in &watching.counting {
            if rule.plan.holds(now)
                && let Some(value) = rate.value(now)
            {
                let counted = Some(Counted { rate, key: rate.key(now), value });
                part.push(Candidate { alert: self.alert(rule, now), counted });
            }
        }
    }
}
