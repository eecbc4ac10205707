//! From two rings to one order of events.

/// What one poll did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PollStats {
    /// Records handed over.
    pub records: u64,
    /// Bytes of these records.
    pub bytes: u64,
    /// Records still waiting for the window to pass.
    pub waiting: u64,
    /// Ring entries that were not records.
    pub malformed: u64,
    /// Whether a ring held more than one poll takes: poll again at once.
    pub more: bool,
}
