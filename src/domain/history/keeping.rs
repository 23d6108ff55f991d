//! Whether what is seen is kept for later.

use jiff::Timestamp;

use crate::domain::fault::Fault;

/// How it stands with what is kept.
#[derive(Debug, Clone, Default)]
pub struct Keeping {
    /// Why nothing is written down on disk, where that is so.
    pub disk: Option<Fault>,
    /// How many samples wait to be shipped.
    pub pending: usize,
    /// Of when the oldest of these is.
    pub oldest_pending: Option<Timestamp>,
    /// When the database last kept what there was, or somebody else's was found to do so.
    pub shipped_at: Option<Timestamp>,
    /// Why it could not be shipped, where that is so.
    pub fault: Option<Fault>,
    /// Whether it is this process that writes the history, where there are several.
    pub is_writer: bool,
    /// The term of the lease that was last seen, whoever holds it.
    pub term: Option<i64>,
}
