//! Why a recording failed, in one sentence each, and the exit code that goes with it.

use std::io;

use crate::attach::StartError;

/// Exit codes; part of the interface.
pub mod exit {
    /// The recording is complete, also with losses.
    pub const OK: u8 = 0;
    /// The command line is wrong.
    pub const USAGE: u8 = 2;
    /// Recording is not possible.
    pub const CANNOT_RECORD: u8 = 4;
    /// The capture could not be written.
    pub const OUTPUT: u8 = 7;
    /// With a command: the recorder itself failed.
    pub const OWN_FAILURE: u8 = 125;
    /// With a command: it could not be started.
    pub const COMMAND_REFUSED: u8 = 126;
    /// With a command: it was not found.
    pub const COMMAND_MISSING: u8 = 127;
}

/// Why a recording failed.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The command line is wrong.
    #[error("{0}")]
    Usage(String),
    /// The kernel side did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The kernel side stopped working.
    #[error("{doing}: {source}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// What the system answered.
        source: io::Error,
    },
    /// The file is there already.
    #[error("`{path}` exists already: give another name with -o, or --force to overwrite it")]
    OutputExists {
        /// The file.
        path: String,
    },
    /// The file could not be made.
    #[error(
        "`{path}` cannot be written ({source}): give a file in a directory you may write to, or -o - for standard output"
    )]
    OutputOpen {
        /// The file.
        path: String,
        /// What the system answered.
        source: io::Error,
    },
    /// Writing failed on the way.
    #[error("writing {path} failed ({source}) and recording stopped: {kept}")]
    OutputWrite {
        /// The file.
        path: String,
        /// What the system answered.
        source: io::Error,
        /// What is left.
        kept: String,
    },
    /// The command could not be started.
    #[error("the command `{name}` cannot be started: {source}")]
    Command {
        /// Its name.
        name: String,
        /// What the system answered.
        source: io::Error,
    },
}

impl RecordError {
    /// The exit code; with a command all failures but the command's own are one.
    pub fn exit_code(&self, with_command: bool) -> u8 {
        match self {
            Self::Command { source, .. } if source.kind() == io::ErrorKind::NotFound => exit::COMMAND_MISSING,
            Self::Command { .. } => exit::COMMAND_REFUSED,
            _ if with_command => exit::OWN_FAILURE,
            Self::Usage(_) => exit::USAGE,
            Self::Start(_) | Self::System { .. } => exit::CANNOT_RECORD,
            Self::OutputExists { .. } | Self::OutputOpen { .. } | Self::OutputWrite { .. } => exit::OUTPUT,
        }
    }
}
