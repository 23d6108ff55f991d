//! The exit codes. 0 is all is well.

/// Something is unhealthy.
pub(super) const UNHEALTHY: u8 = 1;
/// It was called wrongly.
pub(super) const USAGE: u8 = 2;
/// It could not be checked.
pub(super) const UNCHECKED: u8 = 3;

/// What stands below the options of what only looks at the database.
pub(super) const LOOK_HELP: &str = "\
Exit codes:
  0  it is ok, or there is nothing but a warning
  1  something is critical
  2  wrong usage, or the target is not certain
  3  it is not known, or could not be asked";
