//! What errors are counted by.

use jiff::Timestamp;

/// Fewer errors than this are no rate.
pub(super) const FEWEST: u64 = 3;

/// The errors of a slice of time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slice {
    pub(super) count: u64,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
}

impl Slice {
    pub(super) fn join(&mut self, other: Self) {
        self.count += other.count;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

/// A rate with two digits behind the point.
pub(super) fn rounded(rate: f64) -> f64 {
    (rate * 100.0).round() / 100.0
}
