//! What is said while recording and afterwards.

use std::time::{Duration, Instant};

/// How often the line changes.
const EVERY: Duration = Duration::from_millis(500);

/// Figures of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Events written.
    pub events: u64,
    /// Events lost.
    pub lost: u64,
    /// Bytes written.
    pub bytes: u64,
}

/// The one line of a recording that goes on.
pub struct StatusLine {
    shown: Instant,
    events: u64,
}

impl Default for StatusLine {
    fn default() -> Self {
        Self { shown: Instant::now(), events: 0 }
    }
}

impl StatusLine {
    /// The line, if it is time for one.
    pub fn next(&mut self, figures: Figures) -> Option<String> {
        let passed = self.shown.elapsed();
        if passed < EVERY {
            return None;
        }
        let rate = (figures.events.saturating_sub(self.events)) as f64 / passed.as_secs_f64();
        self.shown = Instant::now();
        self.events = figures.events;
        Some(format!(
            "recording: {} events, {}/s, {}, {}",
            grouped(figures.events),
            grouped(rate as u64),
            size(figures.bytes),
            losses(figures.lost)
        ))
    }
}

/// The line after a recording.
pub fn summary(figures: Figures, path: &str, reason: &str, took: Duration) -> String {
    let place = if path == "-" { "standard output" } else { path };
    format!(
        "{place}: {} events in {:.1} s, {}, {} ({reason})",
        grouped(figures.events),
        took.as_secs_f64(),
        size(figures.bytes),
        losses(figures.lost)
    )
}

fn losses(lost: u64) -> String {
    if lost == 0 { "nothing lost".to_owned() } else { format!("{} lost", grouped(lost)) }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_readable() {
        let figures = Figures { events: 1_234_567, lost: 0, bytes: 7_654_321 };
        let line = summary(figures, "a.skr", "interrupted", Duration::from_millis(20_040));
        assert_eq!(line, "a.skr: 1 234 567 events in 20.0 s, 7.7 MB, nothing lost (interrupted)");
        let figures = Figures { events: 7, lost: 1000, bytes: 999 };
        assert_eq!(
            summary(figures, "-", "duration", Duration::from_secs(1)),
            "standard output: 7 events in 1.0 s, 999 B, 1 000 lost (duration)"
        );
    }

    #[test]
    fn the_line_does_not_flicker() {
        assert_eq!(StatusLine::default().next(Figures::default()), None);
    }
}
