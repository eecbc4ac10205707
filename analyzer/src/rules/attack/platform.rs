//! Platforms of techniques.

/// Where a technique is used, as far as a capture can show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platforms {
    /// On Linux.
    pub linux: bool,
    /// In containers.
    pub containers: bool,
}

impl Platforms {
    /// Whether it is in the part of the matrix that coverage is counted over.
    pub fn counted(self) -> bool {
        self.linux || self.containers
    }
}

pub(super) const LINUX: Platforms = Platforms { linux: true, containers: false };
pub(super) const CONTAINERS: Platforms = Platforms { linux: false, containers: true };
pub(super) const BOTH: Platforms = Platforms { linux: true, containers: true };
/// Of a platform that is neither, though what is done shows in a capture: no gap if nothing covers it.
pub(super) const OTHER: Platforms = Platforms { linux: false, containers: false };
