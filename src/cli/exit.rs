//! The exit codes. 0 is all is well.

/// Something is unhealthy.
pub(super) const UNHEALTHY: u8 = 1;
/// It was called wrongly.
pub(super) const USAGE: u8 = 2;
/// It could not be checked.
pub(super) const UNCHECKED: u8 = 3;
