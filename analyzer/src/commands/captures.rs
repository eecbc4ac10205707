//! Opening the captures a command is about, ahead of their turn and in order.

use std::io;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use capture_format::reader::{Capture, CaptureError};
use jiff::tz::{Offset, TimeZone};

use super::console::Console;
use super::outcome::{Failure, Outcome};
use crate::cli::Reading;
use crate::history::{self, OpenOptions, Recording};
use crate::scan::Workers;
use crate::scan::clock::Zone;
use crate::scan::find::{FindError, Place, find};
use crate::scan::span::{Covered, range};

/// A capture that is ready to be asked.
pub(super) struct Opened {
    /// Where it came from.
    pub place: Place,
    /// The capture with its history.
    pub recording: Recording,
    /// Zone that times of it are shown in.
    pub zone: TimeZone,
    /// The wall-clock time the question is about.
    pub range: RangeInclusive<i64>,
}

/// Lists the captures that `given` means.
pub(super) fn places(given: &[PathBuf]) -> Result<Vec<Place>, Failure> {
    find(given).map_err(|error| match error {
        FindError::StdinTwice => Failure::Usage(error.to_string()),
        FindError::Io { .. } | FindError::Empty(_) => Failure::Unreadable(error.to_string()),
    })
}

/// Workers for `threads` threads.
pub(super) fn workers(threads: Option<u16>) -> Result<Workers, Failure> {
    Workers::new(threads).map_err(|error| Failure::Usage(format!("cannot start threads: {error}")))
}

/// Opens a capture and builds its history.
pub(super) fn open(place: &Place, reading: &Reading) -> Result<Opened, CaptureError> {
    let capture = match place {
        Place::File(path) => Capture::open(path)?,
        Place::Stdin => Capture::from_reader(io::stdin().lock())?,
    };
    let header = capture.header();
    let wall = |time_ns: u64| header.boot_wall_ns.saturating_add_unsigned(time_ns);
    let blocks = capture.blocks();
    let first_ns = wall(blocks.iter().map(|block| block.first_ns).min().unwrap_or(header.started_ns));
    let last_ns = wall(blocks.iter().map(|block| block.last_ns).max().unwrap_or(header.started_ns));
    let zone = fixed(&reading.tz, header.utc_offset_s, first_ns);
    let covered = Covered { first_ns, last_ns, zone: zone.clone() };
    let range = range(reading.from, reading.to, &covered);
    let offset_s = crate::scan::clock::zoned(first_ns, &zone).offset().seconds();
    let options =
        OpenOptions { names: reading.resolve.clone(), time_zone: history::TimeZone::Fixed(offset_s) };
    let recording = Recording::of(capture, &options);
    Ok(Opened { place: place.clone(), recording, zone, range })
}

/// The offset in effect when a capture begins. One for the whole capture: two events an hour apart
/// must not show the same time because a clock was set back between them.
fn fixed(zone: &Zone, capture_offset_s: i32, first_ns: i64) -> TimeZone {
    let zone = zone.of(capture_offset_s);
    let seconds = crate::scan::clock::zoned(first_ns, &zone).offset().seconds();
    Offset::from_seconds(seconds).map_or(TimeZone::UTC, TimeZone::fixed)
}

/// Hands every capture that can be read to `visit`, in order; the next ones are opened meanwhile.
/// Says on the console which cannot be read. An error only if none can.
pub(super) fn each(
    places: &[Place],
    reading: &Reading,
    workers: &Workers,
    console: &mut Console<'_>,
    mut visit: impl FnMut(Opened, &mut Console<'_>) -> Result<Outcome, Failure>,
) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::Clean;
    let mut unreadable = Vec::new();
    let open = |index: usize| {
        places.get(index).map(|place| {
            let opened = open(place, reading)?;
            let broken = reading.require_integrity.then(|| opened.recording.capture().verify());
            Ok::<_, CaptureError>((opened, broken.filter(|report| !report.is_intact())))
        })
    };
    workers.ordered(places.len(), open, |index, opened| {
        let place = places.get(index).map(ToString::to_string).unwrap_or_default();
        match opened {
            Some(Ok((opened, None))) => {
                let ended = visit(opened, console)?;
                outcome = outcome.and(ended);
            }
            Some(Ok((_, Some(report)))) => {
                console.warn(&format!("{place}: {report}; not read because of --require-integrity"));
                outcome = outcome.and(Outcome::Altered);
            }
            Some(Err(error)) => unreadable.push(sentence(&place, &error)),
            None => {}
        }
        Ok::<(), Failure>(())
    })?;
    if unreadable.is_empty() {
        return Ok(outcome);
    }
    if unreadable.len() == places.len() {
        return Err(Failure::Unreadable(unreadable.join("\nerror: ")));
    }
    for text in unreadable {
        console.warn(&text);
    }
    Ok(outcome.and(Outcome::Damaged))
}

/// What is wrong with which capture. Some errors name the file themselves.
fn sentence(place: &str, error: &CaptureError) -> String {
    match error {
        CaptureError::Io { .. } => error.to_string(),
        _ => format!("`{place}`: {error}"),
    }
}
