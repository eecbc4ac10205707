//! Where a command writes: given by `main`, so that tests read it from memory.

use std::io::{self, Write};

use super::outcome::Failure;
use crate::render::{Style, escape};

/// How much is told besides the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Talk {
    /// Only errors.
    Quiet,
    /// What one should know.
    #[default]
    Normal,
    /// Everything.
    Verbose,
}

/// Standard output, standard error, and what is known about them.
pub struct Console<'a> {
    /// Data.
    pub out: &'a mut dyn Write,
    /// Notes.
    pub err: &'a mut dyn Write,
    /// Whether data goes to a terminal.
    pub out_is_terminal: bool,
    /// Whether notes go to a terminal: only then is progress shown.
    pub err_is_terminal: bool,
    /// How tables look.
    pub style: Style,
    /// How much is told.
    pub talk: Talk,
}

impl Console<'_> {
    /// Tells something one should know.
    pub fn note(&mut self, text: &str) {
        self.tell(Talk::Normal, "note", text);
    }

    /// Tells of something that limits the answer.
    pub fn warn(&mut self, text: &str) {
        self.tell(Talk::Normal, "warning", text);
    }

    /// Tells a detail.
    pub fn detail(&mut self, text: &str) {
        self.tell(Talk::Verbose, "note", text);
    }

    fn tell(&mut self, level: Talk, kind: &str, text: &str) {
        if self.talk >= level {
            // Names in it may come from a capture.
            let text = escape::terminal_lines(text);
            // Nobody is left to hear that standard error is closed.
            let _ = writeln!(self.err, "{kind}: {text}");
        }
    }

    /// Whether lines and marks beyond ASCII can be shown: always in a file, and on a terminal
    /// whose locale says so.
    pub fn shows_utf8(&self) -> bool {
        if !self.out_is_terminal || cfg!(windows) {
            return true;
        }
        let set = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set).unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    }

    /// Flushes data.
    pub fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(Failure::from)
    }
}

/// A file that only its owner may read: alerts quote command lines and paths.
pub(super) fn create_private(path: &std::path::Path) -> io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = options.open(path)?;
    #[cfg(unix)]
    if file.metadata()?.is_file() {
        use std::os::unix::fs::PermissionsExt;
        // The mode above is for a new file; one that was there may be open to others.
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}
