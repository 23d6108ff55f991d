//! When it began: the time from which on errors came more often than before.
//!
//! # Design notes
//!
//! Nearly every log has errors in good times, too, so the first error is not the answer. What is
//! wanted is the place where the rate changes the most: the sums of "errors of this minute, less the
//! average minute" fall while there are fewer than on average and rise while there are more, so the
//! lowest sum is the last minute of before. It is said only where the rate at least doubles.
//!
//! That is one place, and an incident may come twice: [`bursts`] finds each of them.

mod bursts;
mod slice;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

pub(crate) use self::bursts::Burst;
use self::slice::{FEWEST, Slice, rounded};

/// How many slices of time are compared, at most.
const SLICES: i64 = 5_000;
/// The shortest slice, in seconds.
const SLICE: i64 = 60;
/// How many slices with errors are kept.
const MOST_KEPT: usize = 8_192;

/// When errors began to come more often.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub(crate) enum Onset {
    /// There are no errors.
    NoErrors,
    /// No line is known to be an error, and too few say what they are, or there is none.
    NoLevels,
    /// The lines have no times.
    NoTimes,
    /// There are too few errors, or they come as often at the end as at the beginning.
    Steady {
        /// The first error of all.
        first_error: Timestamp,
    },
    /// From here on they come more often.
    At {
        /// The first error from then on.
        began: Timestamp,
        /// Errors a minute before.
        before_per_minute: f64,
        /// Errors a minute from then on.
        after_per_minute: f64,
    },
}

impl Onset {
    /// The first of several bursts, where the rate as a whole has no turn.
    pub(super) fn of(bursts: &[Burst]) -> Self {
        match bursts.first() {
            Some(first) => Self::At {
                began: first.began,
                before_per_minute: 0.0,
                after_per_minute: first.per_minute,
            },
            None => Self::NoErrors,
        }
    }
}

/// Errors by the second, or by whatever is left of it where there are too many.
#[derive(Debug)]
pub(super) struct Onsets {
    latest: Option<Timestamp>,
    errors: BTreeMap<i64, Slice>,
    /// How long a slice is, in seconds.
    width: i64,
    without_time: u64,
}

impl Default for Onsets {
    fn default() -> Self {
        Self {
            latest: None,
            errors: BTreeMap::new(),
            width: 1,
            without_time: 0,
        }
    }
}

impl Onsets {
    /// A line of this time was read.
    pub(super) fn now(&mut self, at: Timestamp) {
        self.latest = Some(at);
    }

    /// The time of the last line that had one.
    #[cfg(test)]
    pub(super) fn latest(&self) -> Option<Timestamp> {
        self.latest
    }

    /// How many slices are kept.
    #[cfg(test)]
    pub(super) fn slices(&self) -> usize {
        self.errors.len()
    }

    /// An error was read, of the last time that there was.
    pub(super) fn error(&mut self) {
        let Some(at) = self.latest else {
            self.without_time += 1;
            return;
        };
        let slice = Slice {
            count: 1,
            first: at,
            last: at,
        };
        self.errors
            .entry(at.as_second().div_euclid(self.width))
            .and_modify(|known| known.join(slice))
            .or_insert(slice);
        while self.errors.len() > MOST_KEPT {
            // Seconds go into minutes, and minutes into each other.
            let factor = if self.width < SLICE { SLICE } else { 2 };
            self.width *= factor;
            self.errors = self.regrouped(factor);
        }
    }

    /// The errors in slices that are so many times as long.
    fn regrouped(&self, factor: i64) -> BTreeMap<i64, Slice> {
        let mut longer: BTreeMap<i64, Slice> = BTreeMap::new();
        for (slot, slice) in &self.errors {
            longer
                .entry(slot.div_euclid(factor))
                .and_modify(|known| known.join(*slice))
                .or_insert(*slice);
        }
        longer
    }

    /// The errors of each minute.
    fn minutes(&self) -> BTreeMap<i64, (u64, Timestamp)> {
        let mut minutes: BTreeMap<i64, (u64, Timestamp)> = BTreeMap::new();
        for (slot, slice) in &self.errors {
            let minute = (slot * self.width).div_euclid(SLICE);
            let entry = minutes.entry(minute).or_insert((0, slice.first));
            entry.0 += slice.count;
            entry.1 = entry.1.min(slice.first);
        }
        minutes
    }

    /// The bursts that stand out, in a log of this time.
    pub(super) fn bursts(&self, first: Option<Timestamp>, last: Option<Timestamp>) -> Vec<Burst> {
        match (first, last) {
            (Some(first), Some(last)) => bursts::find(&self.errors, self.width, first, last),
            _ => Vec::new(),
        }
    }

    /// When it began, in a log of this time.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of lines, for a rate that people read"
    )]
    pub(super) fn find(&self, first: Option<Timestamp>, last: Option<Timestamp>) -> Onset {
        let errors = self.minutes();
        let Some((_, (_, first_error))) = errors.first_key_value() else {
            return if self.without_time > 0 {
                Onset::NoTimes
            } else {
                Onset::NoErrors
            };
        };
        let first_error = *first_error;
        let steady = Onset::Steady { first_error };
        let (Some(first), Some(last)) = (first, last) else {
            return steady;
        };
        let start = first.as_second().div_euclid(SLICE);
        let minutes = last.as_second().div_euclid(SLICE) - start + 1;
        let wide = (minutes + SLICES - 1) / SLICES;
        let slices = usize::try_from((minutes + wide - 1) / wide).unwrap_or(1);
        let mut counts = vec![0_u64; slices];
        for (minute, (count, _)) in &errors {
            let at = usize::try_from((minute - start).max(0) / wide)
                .unwrap_or(0)
                .min(slices - 1);
            counts[at] += count;
        }
        let total: u64 = counts.iter().sum();
        let average = total as f64 / slices as f64;
        let (mut sum, mut lowest, mut turn) = (0.0, 0.0, 0);
        for (at, count) in counts.iter().enumerate() {
            sum += *count as f64 - average;
            if sum < lowest {
                (lowest, turn) = (sum, at + 1);
            }
        }
        let before: u64 = counts[..turn].iter().sum();
        let after = total - before;
        if turn == 0 || turn == slices || after < FEWEST {
            return steady;
        }
        // What happened after it was over again does not count.
        let end = counts
            .iter()
            .rposition(|count| *count > 0)
            .map_or(slices, |end| end + 1);
        let per_minute = |count: u64, slices: usize| count as f64 / (slices as f64 * wide as f64);
        let (before, after) = (per_minute(before, turn), per_minute(after, end - turn));
        if after < before * 2.0 {
            return steady;
        }
        let from = start + i64::try_from(turn).unwrap_or(0) * wide;
        let began = errors.range(from..).next().map(|(_, (_, first))| *first);
        match began {
            Some(began) => Onset::At {
                began,
                before_per_minute: rounded(before),
                after_per_minute: rounded(after),
            },
            None => steady,
        }
    }
}
