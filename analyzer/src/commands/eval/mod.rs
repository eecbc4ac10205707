//! `saker eval`: questions about conditions, outputs and rules, a line each. For editors, which keep
//! it running, for tests and for CI.

mod answer;
mod given;
mod kinds;
mod request;

use std::io::{self, BufRead};

use super::console::Console;
use super::outcome::{Failure, Outcome};
use crate::cli;

/// Longest line that is read: a rules file of the largest size, every byte of it escaped once.
pub const LONGEST_LINE: usize = 32 << 20;

/// Answers every line of standard input, each at once.
pub(super) fn run(args: &cli::Eval, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    while let Some(whole) = next_line(&mut input, &mut line).map_err(unreadable)? {
        let answer = if whole { answer(&line, args.language.falco_quirks) } else { answer::too_long() };
        console.out.write_all(answer.as_bytes())?;
        console.out.write_all(b"\n")?;
        // Whoever asked waits for this line before it asks on.
        console.out.flush()?;
    }
    Ok(Outcome::Clean)
}

fn unreadable(error: io::Error) -> Failure {
    Failure::Unreadable(format!("cannot read standard input: {error}"))
}

/// The answer to one request line, without a line end: a JSON object, whatever the line holds.
pub fn answer(line: &[u8], quirks: bool) -> String {
    answer::answer(line, quirks)
}

/// Reads a line without its end into `line`: `None` at the end of input, `Some(false)` if the line
/// was too long to be kept.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    let (mut any, mut whole) = (false, true);
    loop {
        let bytes = input.fill_buf()?;
        if bytes.is_empty() {
            return Ok(any.then_some(whole));
        }
        any = true;
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let part = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
        whole &= line.len() + part.len() <= LONGEST_LINE;
        if whole {
            line.extend_from_slice(part);
        } else {
            line.clear();
        }
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            return Ok(Some(whole));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<(bool, usize)> {
        let mut input = io::BufReader::with_capacity(7, text);
        let (mut line, mut found) = (Vec::new(), Vec::new());
        while let Some(whole) = next_line(&mut input, &mut line).unwrap() {
            found.push((whole, line.len()));
        }
        found
    }

    #[test]
    fn lines_end_at_line_feeds_and_at_the_end() {
        assert_eq!(lines(b""), []);
        assert_eq!(lines(b"\n"), [(true, 0)]);
        assert_eq!(lines(b"a\n\nbcdefghijkl"), [(true, 1), (true, 0), (true, 11)]);
    }

    #[test]
    fn a_line_that_is_too_long_is_dropped_and_the_next_is_read() {
        let mut text = vec![b'x'; LONGEST_LINE + 1];
        text.extend_from_slice(b"\nab\n");
        assert_eq!(lines(&text), [(false, 0), (true, 2)]);
    }
}
