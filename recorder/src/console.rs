//! What people are told, through a writer that `main` gives.

use std::io::Write;

/// Messages and, on a terminal, one line that changes.
pub struct Console<'a> {
    out: &'a mut dyn Write,
    terminal: bool,
    quiet: bool,
    verbose: bool,
    line: bool,
}

impl<'a> Console<'a> {
    /// A console on `out`. The line that changes is written only to a terminal.
    pub fn new(out: &'a mut dyn Write, terminal: bool, quiet: bool, verbose: bool) -> Self {
        Self { out, terminal, quiet, verbose, line: false }
    }

    /// Something worth knowing.
    pub fn say(&mut self, text: &str) {
        if !self.quiet {
            self.clear();
            self.put(&format!("{text}\n"));
        }
    }

    /// Something worth knowing for who asked for more.
    pub fn detail(&mut self, text: &str) {
        if self.verbose {
            self.say(text);
        }
    }

    /// The line that changes.
    pub fn line(&mut self, text: &str) {
        if self.shows_line() {
            self.put(&format!("\r{text}\x1b[K"));
            self.line = true;
        }
    }

    /// Whether [`Console::line`] shows anything.
    pub fn shows_line(&self) -> bool {
        self.terminal && !self.quiet
    }

    /// Takes the line that changes away.
    pub fn clear(&mut self) {
        if self.line {
            self.put("\r\x1b[K");
            self.line = false;
        }
    }

    fn put(&mut self, text: &str) {
        // Nobody can be told that nobody can be told.
        let _ = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(terminal: bool, quiet: bool, verbose: bool) -> String {
        let mut out = Vec::new();
        let mut console = Console::new(&mut out, terminal, quiet, verbose);
        console.line("1 event");
        console.say("said");
        console.detail("detail");
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_line_is_for_terminals() {
        assert_eq!(told(false, false, false), "said\n");
        assert_eq!(told(true, false, false), "\r1 event\x1b[K\r\x1b[Ksaid\n");
        assert_eq!(told(true, true, false), "");
        assert_eq!(told(false, false, true), "said\ndetail\n");
    }
}
