//! Tables of names: errors, flags, requests, families, signals, capabilities.

pub(super) mod errno;
pub(super) mod flags;
pub(super) mod values;
