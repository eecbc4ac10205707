//! One event of a capture, by its number.

use crate::fields::Moment;
use crate::history::Recording;

/// Calls `f` with the moment of event `number`; `None` if the capture does not hold it.
pub fn at<T>(recording: &Recording, number: u64, f: impl FnOnce(&Moment<'_>) -> T) -> Option<T> {
    for (index, info) in recording.capture().blocks().iter().enumerate() {
        if !(info.first_number..=info.last_number).contains(&number) {
            continue;
        }
        let Ok(block) = recording.capture().block(index, &|_| true) else { continue };
        if let Some(row) = block.rows().find(|row| row.number() == number) {
            return Some(f(&Moment::new(recording, row)));
        }
    }
    None
}
