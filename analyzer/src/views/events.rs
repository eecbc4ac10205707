//! Events one by one.

use capture_format::EventType;
use serde_json::{Map, Value};

use crate::condition::Filter;
use crate::fields::Moment;
use crate::rules::{ABSENT, Template};
use crate::scan::View;

/// Fields of the usual line.
pub const USUAL: &[&str] =
    &["evt.num", "evt.time", "evt.cpu", "proc.name", "proc.pid", "container.name", "evt.type", "evt.args"];

/// The usual line of a program start: its command line before the long rest.
pub const USUAL_EXEC: &[&str] = &[
    "evt.num",
    "evt.time",
    "evt.cpu",
    "proc.name",
    "proc.pid",
    "container.name",
    "evt.type",
    "proc.cmdline",
    "evt.args",
];

/// What is shown of an event.
pub enum Shape {
    /// The fields of a template: a text each.
    Cells(Template),
    /// The same, with other fields for starts of programs.
    Usual {
        /// Of a program start.
        exec: Template,
        /// Of everything else.
        other: Template,
    },
    /// The fields of a template as typed values.
    Values(Template),
    /// A template's text.
    Text(Template),
}

/// An event, shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// A text a field.
    Cells(Vec<String>),
    /// Fields by name.
    Values(Map<String, Value>),
    /// A text.
    Text(String),
}

/// The events that a filter lets through.
pub struct Events {
    /// Which events; `None`: all.
    pub filter: Option<Filter>,
    /// What of them.
    pub shape: Shape,
}

impl View for Events {
    type Part = Vec<Shown>;

    fn wants(&self, event_type: EventType) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.events().contains(event_type.info().name))
    }

    fn observe(&self, part: &mut Self::Part, now: &Moment<'_>) {
        if self.filter.as_ref().is_some_and(|filter| !filter.holds(now)) {
            return;
        }
        part.push(match &self.shape {
            Shape::Cells(template) => cells(template, now),
            Shape::Usual { exec, other } => match now.event_type() {
                EventType::Execve | EventType::Execveat => cells(exec, now),
                _ => cells(other, now),
            },
            Shape::Values(template) => Shown::Values(template.fields(now).into_iter().collect()),
            Shape::Text(template) => Shown::Text(template.message(now)),
        });
    }
}

fn cells(template: &Template, now: &Moment<'_>) -> Shown {
    Shown::Cells(template.columns(now).map(|cell| cell.unwrap_or_else(|| ABSENT.to_owned())).collect())
}
