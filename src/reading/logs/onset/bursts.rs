//! Where errors came in bursts: the stretches of time in which they came more often than else.
//!
//! # Design notes
//!
//! Time is cut into the stretches of even rate that explain the counts best, where each further cut
//! has to earn its price (counts of Poisson, the price of the Bayesian criterion). Thresholds on a
//! count would depend on how long a slice is and how busy the log. What stands out is compared with
//! the rate of the quieter quarter of the time, so that a burst that never ends is one, too.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::slice::{FEWEST, Slice, rounded};

/// How many slices are compared, at most.
const SLICES: i64 = 600;
/// What a cut costs, times the logarithm of the number of slices.
const PRICE: f64 = 2.5;

/// A stretch of time in which errors came more often than else.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Burst {
    /// Its first error.
    pub(crate) began: Timestamp,
    /// Its last error.
    pub(crate) ended: Timestamp,
    /// How many errors it has.
    pub(crate) errors: u64,
    /// Errors a minute.
    pub(crate) per_minute: f64,
}

/// The bursts of a log, the earliest first.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of errors and slices, for rates that are compared"
)]
pub(super) fn find(
    errors: &BTreeMap<i64, Slice>,
    width: i64,
    first: Timestamp,
    last: Timestamp,
) -> Vec<Burst> {
    let start = first.as_second();
    let span = (last.as_second() - start + 1).max(1);
    let wide = (span / SLICES + 1).max(width);
    let slices = usize::try_from(span / wide + 1).unwrap_or(1);
    let mut counts = vec![0_u64; slices];
    let place = |slot: i64| {
        let at = (slot * width - start).max(0) / wide;
        usize::try_from(at).unwrap_or(0).min(slices - 1)
    };
    for (slot, slice) in errors {
        counts[place(*slot)] += slice.count;
    }
    let stretches = stretches(&counts);
    let quiet = quiet(&stretches);
    let mut runs: Vec<Stretch> = Vec::new();
    for stretch in stretches {
        let stands_out =
            stretch.count >= FEWEST && stretch.rate() > quiet && stretch.rate() >= quiet * 2.0;
        match runs.last_mut() {
            _ if !stands_out => {}
            Some(run) if run.end == stretch.begin => {
                run.end = stretch.end;
                run.count += stretch.count;
            }
            _ => runs.push(stretch),
        }
    }
    // What goes on all the time is no burst.
    runs.retain(|run| run.end - run.begin < slices);
    runs.iter()
        .filter_map(|run| {
            let inside = |slot: &i64| (run.begin..run.end).contains(&place(*slot));
            let mut inside = errors.iter().filter(|(slot, _)| inside(slot));
            let (_, first) = inside.next()?;
            let mut whole = *first;
            inside.for_each(|(_, slice)| whole.join(*slice));
            let seconds = (whole.last.as_second() - whole.first.as_second() + 1).max(wide);
            Some(Burst {
                began: whole.first,
                ended: whole.last,
                errors: whole.count,
                per_minute: rounded(whole.count as f64 * 60.0 / seconds.max(60) as f64),
            })
        })
        .collect()
}

/// A stretch of slices with an even rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    begin: usize,
    end: usize,
    count: u64,
}

impl Stretch {
    /// Errors a slice.
    #[expect(clippy::cast_precision_loss, reason = "for a rate that is compared")]
    fn rate(self) -> f64 {
        self.count as f64 / (self.end - self.begin) as f64
    }
}

/// The rate that a quarter of the time does not exceed.
fn quiet(stretches: &[Stretch]) -> f64 {
    let mut sorted = stretches.to_vec();
    sorted.sort_by(|a, b| a.rate().total_cmp(&b.rate()));
    let all: usize = sorted
        .iter()
        .map(|stretch| stretch.end - stretch.begin)
        .sum();
    let mut seen = 0;
    for stretch in sorted {
        seen += stretch.end - stretch.begin;
        if seen * 4 >= all {
            return stretch.rate();
        }
    }
    0.0
}

/// The cheapest way to cut the counts into stretches.
#[expect(clippy::cast_precision_loss, reason = "counts, for their logarithms")]
fn stretches(counts: &[u64]) -> Vec<Stretch> {
    let price = PRICE * (counts.len() as f64).ln();
    let mut sums = vec![0_u64];
    for count in counts {
        sums.push(sums[sums.len() - 1] + count);
    }
    // The best cost of everything before a slice, and where its last stretch begins.
    let mut best = vec![(0.0_f64, 0_usize)];
    for end in 1..=counts.len() {
        let cheapest = (0..end)
            .map(|begin| {
                let count = (sums[end] - sums[begin]) as f64;
                let fit = if count > 0.0 {
                    -2.0 * count * (count / (end - begin) as f64).ln()
                } else {
                    0.0
                };
                (best[begin].0 + fit + price, begin)
            })
            .min_by(|a, b| a.0.total_cmp(&b.0));
        best.push(cheapest.unwrap_or((0.0, 0)));
    }
    let mut stretches = Vec::new();
    let mut end = counts.len();
    while end > 0 {
        let begin = best[end].1;
        stretches.push(Stretch {
            begin,
            end,
            count: sums[end] - sums[begin],
        });
        end = begin;
    }
    stretches.reverse();
    stretches
}
