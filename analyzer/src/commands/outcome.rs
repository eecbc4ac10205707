//! How a command ended, as an exit code.

use std::io;
use std::process::ExitCode;

/// How a command that gave an answer ended; of several, the later one here counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// All of every capture was read, and there is nothing to object.
    #[default]
    Clean,
    /// Alerts at or above `--fail-on`, or an expectation that failed.
    Found,
    /// An answer was given, from a capture with losses or damage.
    Damaged,
    /// A capture is not as its recorder wrote it.
    Altered,
}

impl Outcome {
    /// Both happened.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }

    /// Number of the exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Found => 1,
            Self::Damaged => 6,
            Self::Altered => 5,
        }
    }
}

/// Why a command gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line asks for something impossible.
    #[error("{0}")]
    Usage(String),
    /// Rules do not load. The text shows every error with its place.
    #[error("{0}")]
    Rules(String),
    /// None of the captures could be read.
    #[error("{0}")]
    Unreadable(String),
    /// The answer could not be written.
    #[error("cannot write {place}: {source}")]
    Output {
        /// Where to.
        place: String,
        /// What the system said.
        source: io::Error,
        /// How the command had ended otherwise, as far as it came.
        after: Outcome,
    },
}

impl Failure {
    /// The failure of writing an answer that ended with `outcome`: what is wrong with a capture
    /// counts before an answer that nobody got.
    #[must_use]
    pub fn after(self, outcome: Outcome) -> Self {
        match self {
            Self::Output { place, source, after } => {
                Self::Output { place, source, after: after.and(outcome) }
            }
            other => other,
        }
    }

    /// Number of the exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Rules(_) => 3,
            Self::Unreadable(_) => 4,
            // Whoever reads standard output has seen enough: `saker events x.skr | head`.
            Self::Output { source, .. } if source.kind() == io::ErrorKind::BrokenPipe => 0,
            Self::Output { after: after @ (Outcome::Damaged | Outcome::Altered), .. } => after.code(),
            Self::Output { .. } => 7,
        }
    }

    /// Whether there is anything to tell.
    pub fn is_silent(&self) -> bool {
        self.code() == 0
    }
}

impl From<io::Error> for Failure {
    fn from(source: io::Error) -> Self {
        Self::Output { place: "standard output".into(), source, after: Outcome::Clean }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        outcome.code().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_serious_ending_counts() {
        let order = [Outcome::Clean, Outcome::Found, Outcome::Damaged, Outcome::Altered];
        let codes: Vec<u8> = order.iter().map(|outcome| outcome.code()).collect();
        assert_eq!(codes, [0, 1, 6, 5], "precedence 5, 6, 1, 0");
        for (index, earlier) in order.iter().enumerate() {
            for later in &order[index..] {
                assert_eq!(earlier.and(*later), *later);
                assert_eq!(later.and(*earlier), *later);
            }
        }
    }

    #[test]
    fn damage_counts_before_an_answer_nobody_got() {
        let code = |outcome| Failure::from(io::Error::other("full")).after(outcome).code();
        let all = [Outcome::Clean, Outcome::Found, Outcome::Damaged, Outcome::Altered];
        assert_eq!(all.map(code), [7, 7, 6, 5], "precedence 5, 6, 7, 1, 0");
    }

    #[test]
    fn a_reader_that_left_is_no_failure() {
        let failure = |kind: io::ErrorKind| Failure::from(io::Error::from(kind)).code();
        assert_eq!(failure(io::ErrorKind::BrokenPipe), 0);
        assert_eq!(failure(io::ErrorKind::StorageFull), 7);
    }
}
