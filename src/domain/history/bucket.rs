//! What the samples of a stretch of time add up to.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::history::sample::Sample;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// How many slots a histogram has. Their bounds are a factor of the square root of two apart, from half
/// a millisecond on; the last one has no end.
pub const HISTOGRAM: usize = 32;
/// The bound of the first slot, in milliseconds.
const FIRST_BOUND_MS: f64 = 0.5;
/// A hundredth can be told from this many on.
const FEWEST: u32 = 100;

/// What the samples of a stretch of time add up to. Two of them are merged by addition.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bucket {
    /// For how long it was ok, in seconds.
    pub ok: u32,
    /// For how long there was something to look at soon, in seconds.
    pub warning: u32,
    /// For how long it could not be seen though somebody looked, in seconds.
    pub unknown: u32,
    /// For how long it was critical, in seconds.
    pub critical: u32,
    /// How many looks there were.
    pub looks: u32,
    /// How long they took together, in milliseconds.
    pub sum_ms: f64,
    /// How long the shortest one took, in milliseconds.
    pub min_ms: Option<f64>,
    /// How long the longest one took, in milliseconds.
    pub max_ms: Option<f64>,
    /// The cause of the worst look, where it has a code: the latest one of them.
    pub worst: Option<Code>,
    /// How many looks took how long.
    pub histogram: [u32; HISTOGRAM],
}

/// The slot of a histogram that so many milliseconds are in.
#[must_use]
pub fn histogram_slot(milliseconds: f64) -> usize {
    let bounds = (0..HISTOGRAM - 1).take_while(|slot| milliseconds > bound(*slot));
    bounds.count()
}

/// The upper bound of a slot, in milliseconds.
fn bound(slot: usize) -> f64 {
    let steps = u32::try_from(slot).map_or(f64::INFINITY, f64::from);
    FIRST_BOUND_MS * (steps / 2.0).exp2()
}

impl Bucket {
    /// Counts one sample more.
    pub fn add(&mut self, sample: &Sample) {
        self.blame(Some(sample.verdict), sample.code);
        let seconds = match sample.verdict {
            Verdict::Ok => &mut self.ok,
            Verdict::Warning => &mut self.warning,
            Verdict::Unknown => &mut self.unknown,
            Verdict::Critical => &mut self.critical,
        };
        *seconds += sample.covers;
        self.looks += 1;
        self.sum_ms += sample.latency_ms;
        self.min_ms = Some(
            self.min_ms
                .map_or(sample.latency_ms, |min| min.min(sample.latency_ms)),
        );
        self.max_ms = Some(
            self.max_ms
                .map_or(sample.latency_ms, |max| max.max(sample.latency_ms)),
        );
        self.histogram[histogram_slot(sample.latency_ms)] += 1;
    }

    /// Counts all that is in another one, of a later time, too.
    pub fn merge(&mut self, later: &Self) {
        self.blame(later.verdict(), later.worst);
        self.ok += later.ok;
        self.warning += later.warning;
        self.unknown += later.unknown;
        self.critical += later.critical;
        self.looks += later.looks;
        self.sum_ms += later.sum_ms;
        let least = |a: Option<f64>, b: Option<f64>| a.into_iter().chain(b).reduce(f64::min);
        let most = |a: Option<f64>, b: Option<f64>| a.into_iter().chain(b).reduce(f64::max);
        self.min_ms = least(self.min_ms, later.min_ms);
        self.max_ms = most(self.max_ms, later.max_ms);
        for (count, more) in self.histogram.iter_mut().zip(later.histogram) {
            *count += more;
        }
    }

    /// The cause of what came later stands for all where it is as bad, or worse.
    fn blame(&mut self, verdict: Option<Verdict>, code: Option<Code>) {
        match verdict.cmp(&self.verdict()) {
            Ordering::Greater => self.worst = code,
            Ordering::Equal => self.worst = code.or(self.worst),
            Ordering::Less => {}
        }
    }

    /// The worst that was seen; nothing where nobody looked.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        [
            (self.critical, Verdict::Critical),
            (self.unknown, Verdict::Unknown),
            (self.warning, Verdict::Warning),
            (self.ok, Verdict::Ok),
        ]
        .into_iter()
        .find_map(|(seconds, verdict)| (seconds > 0).then_some(verdict))
    }

    /// For how many seconds it is known how it was.
    #[must_use]
    pub fn known(&self) -> u32 {
        self.ok + self.warning + self.critical
    }

    /// The share of the known time in which it was up, from 0 to 1; nothing where none is known.
    #[must_use]
    pub fn uptime(&self) -> Option<f64> {
        let known = self.known();
        (known > 0).then(|| f64::from(self.ok + self.warning) / f64::from(known))
    }

    /// How long a look took on average, in milliseconds.
    #[must_use]
    pub fn mean_ms(&self) -> Option<f64> {
        (self.looks > 0).then(|| self.sum_ms / f64::from(self.looks))
    }

    /// Within how many milliseconds such a share of the looks ended, as far as the histogram can tell:
    /// the bound of their slot, and no more than the longest took. Nothing where too few looked.
    #[must_use]
    pub fn quantile_ms(&self, share: f64) -> Option<f64> {
        if self.looks < FEWEST {
            return None;
        }
        let wanted = (f64::from(self.looks) * share).ceil();
        let mut seen = 0;
        let slot = self.histogram.iter().position(|count| {
            seen += count;
            f64::from(seen) >= wanted
        })?;
        let is_open = slot + 1 == HISTOGRAM;
        let longest = self.max_ms?;
        Some(if is_open {
            longest
        } else {
            bound(slot).min(longest)
        })
    }
}

/// Puts a bucket among others, where none of them is of the same time or that one has fewer looks: what a
/// process saw and what the database kept count the same ones.
pub fn keep_fuller(buckets: &mut BTreeMap<Timestamp, Bucket>, start: Timestamp, bucket: &Bucket) {
    let known = buckets.get(&start);
    if known.is_none_or(|known| known.looks < bucket.looks) {
        buckets.insert(start, bucket.clone());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::history::series::Series;

    fn sample(verdict: Verdict, code: Option<Code>, latency_ms: f64) -> Sample {
        Sample {
            series: Series::Db,
            at: Timestamp::UNIX_EPOCH,
            covers: 30,
            verdict,
            code,
            latency_ms,
            read_at: None,
        }
    }

    fn bucket(samples: &[Sample]) -> Bucket {
        let mut bucket = Bucket::default();
        for sample in samples {
            bucket.add(sample);
        }
        bucket
    }

    #[test]
    fn the_bounds_of_a_histogram_are_a_root_of_two_apart() {
        for (milliseconds, slot) in [
            (-1.0, 0),
            (0.0, 0),
            (0.5, 0),
            (0.51, 1),
            (1.0, 2),
            (1.01, 3),
            (16.0, 10),
            (8_192.0, 28),
            (1e9, 31),
            (f64::INFINITY, 31),
        ] {
            assert_eq!(histogram_slot(milliseconds), slot, "{milliseconds}");
        }
    }

    #[test]
    fn a_gap_and_what_could_not_be_seen_are_no_time_that_is_known() {
        let empty = Bucket::default();
        assert_eq!(
            (empty.verdict(), empty.uptime(), empty.mean_ms()),
            (None, None, None)
        );
        let seen = bucket(&[
            sample(Verdict::Ok, None, 1.0),
            sample(Verdict::Warning, None, 3.0),
            sample(Verdict::Critical, Some(Code::DbTimeout), 5_000.0),
            sample(Verdict::Unknown, None, 0.0),
        ]);
        assert_eq!(
            (seen.known(), seen.verdict()),
            (90, Some(Verdict::Critical))
        );
        assert_eq!(seen.uptime(), Some(60.0 / 90.0));
        assert_eq!(
            (seen.worst, seen.max_ms),
            (Some(Code::DbTimeout), Some(5_000.0))
        );
        let blind = bucket(&[sample(Verdict::Unknown, Some(Code::AuthForbidden), 1.0)]);
        assert_eq!(
            (blind.uptime(), blind.verdict()),
            (None, Some(Verdict::Unknown))
        );
    }

    #[test]
    fn a_quantile_takes_a_hundred_looks_and_never_exceeds_the_longest() {
        let few = vec![sample(Verdict::Ok, None, 1.0); 99];
        assert_eq!(bucket(&few).quantile_ms(0.99), None);
        let mut many = vec![sample(Verdict::Ok, None, 1.0); 98];
        many.extend([
            sample(Verdict::Ok, None, 700.0),
            sample(Verdict::Ok, None, 701.0),
        ]);
        let many = bucket(&many);
        assert_eq!(many.quantile_ms(0.5), Some(1.0));
        assert_eq!(many.quantile_ms(0.99), Some(701.0));
        let endless = bucket(&vec![sample(Verdict::Critical, None, 1e6); 100]);
        assert_eq!(endless.quantile_ms(0.99), Some(1e6));
    }

    proptest! {
        /// However samples are grouped, they add up to the same.
        #[test]
        fn buckets_merge_by_addition(looks in prop::collection::vec((0_usize..4, 0.0_f64..20_000.0), 1..40), cut in 0_usize..40) {
            let verdicts = [Verdict::Ok, Verdict::Warning, Verdict::Unknown, Verdict::Critical];
            let codes = [None, Some(Code::DbTransaction), None, Some(Code::DbTimeout)];
            let samples: Vec<_> = looks
                .iter()
                .map(|(verdict, latency)| {
                    // Whole numbers add up exactly in any order.
                    sample(verdicts[*verdict], codes[*verdict], latency.round())
                })
                .collect();
            let cut = cut.min(samples.len());
            let mut merged = bucket(&samples[..cut]);
            merged.merge(&bucket(&samples[cut..]));
            prop_assert_eq!(merged, bucket(&samples));
        }
    }
}
