//! What this process knows of the past: what it saw itself, and what the database kept.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::history::bucket::{Bucket, keep_fuller};
use crate::domain::history::grain::Grain;
use crate::domain::history::sample::Sample;
use crate::domain::history::series::Series;
use crate::domain::verdict::Verdict;

type Buckets = BTreeMap<(Series, Grain, Timestamp), Bucket>;

/// How a series is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Now {
    /// The last look.
    pub sample: Sample,
    /// Since when it is so, as far as this process has seen.
    pub since: Timestamp,
    /// Whether it was seen to begin then: else it was so already at the first look.
    pub has_begun: bool,
    /// Since when it is so for this cause: it may be as bad as before for another one.
    pub cause_since: Timestamp,
}

/// What this process knows of the past.
///
/// Its own buckets and those of the database stand beside each other, as both count the same looks: of
/// the two that speak of the same time, the one with more of them is shown.
#[derive(Debug, Default)]
pub struct Memory {
    seen: Buckets,
    kept: Buckets,
    now: BTreeMap<Series, Now>,
    /// What has been counted of each series.
    counted: BTreeMap<Series, Counted>,
}

/// The slots that have been counted. Those that meet are one stretch, so that a watch which looks on
/// time is one row for ever.
#[derive(Debug, Default)]
struct Counted {
    /// When a stretch ends, by when it begins.
    stretches: BTreeMap<Timestamp, Timestamp>,
}

impl Counted {
    /// Counts the slot of a sample, and says whether it is new.
    fn add(&mut self, sample: &Sample) -> bool {
        let (mut start, mut end) = (sample.at, sample.ends());
        let before = self.stretches.range(..=start).next_back();
        let before = before.map(|(start, end)| (*start, *end));
        if let Some((began, ended)) = before {
            if ended > start {
                return false;
            }
            if ended == start {
                start = began;
            }
        }
        // What follows it at once, or begins within it.
        while let Some((&next, &until)) = self.stretches.range(sample.at..=end).next() {
            self.stretches.remove(&next);
            end = end.max(until);
        }
        self.stretches.insert(start, end);
        true
    }

    fn forget(&mut self, until: Timestamp) {
        self.stretches.retain(|_, end| *end > until);
    }
}

impl Memory {
    /// A look more. What it saw is how it is now, whatever the clock says; for what was, a slot counts
    /// once, also where the clock is set back and shows it again.
    pub fn add(&mut self, sample: &Sample) {
        let last = self.now.get(&sample.series);
        let now = match last {
            // Nothing has been so since a time that is still to come.
            Some(last) if last.sample.verdict == sample.verdict => Now {
                sample: sample.clone(),
                since: last.since.min(sample.at),
                has_begun: last.has_begun,
                cause_since: if last.sample.code == sample.code {
                    last.cause_since.min(sample.at)
                } else {
                    sample.at
                },
            },
            last => Now {
                sample: sample.clone(),
                since: sample.at,
                has_begun: last.is_some(),
                cause_since: sample.at,
            },
        };
        self.now.insert(sample.series, now);
        self.count(sample);
        self.forget(sample.at);
    }

    /// What a process before this one has seen, and this one has not.
    pub fn restore(&mut self, samples: &[Sample]) {
        for sample in samples {
            self.count(sample);
        }
        if let Some(latest) = samples.iter().map(|sample| sample.at).max() {
            self.forget(latest);
        }
    }

    fn count(&mut self, sample: &Sample) {
        if !self.counted.entry(sample.series).or_default().add(sample) {
            return;
        }
        for grain in Grain::ALL {
            let key = (sample.series, grain, grain.start_of(sample.at));
            self.seen.entry(key).or_default().add(sample);
        }
    }

    /// Forgets what no page shows any more.
    fn forget(&mut self, now: Timestamp) {
        self.seen.retain(|(_, grain, start), _| {
            let until = start.saturating_add(grain.remembered());
            until.is_ok_and(|until| until > now)
        });
        let remembered = now.saturating_sub(Grain::Day.remembered());
        let remembered = remembered.unwrap_or(Timestamp::MIN);
        for counted in self.counted.values_mut() {
            counted.forget(remembered);
        }
    }

    /// What the database has kept, as it was just read.
    pub fn replace_kept(
        &mut self,
        kept: impl IntoIterator<Item = ((Series, Grain, Timestamp), Bucket)>,
    ) {
        self.kept = kept.into_iter().collect();
    }

    /// How a series is now; nothing before the first look.
    #[must_use]
    pub fn now(&self, series: Series) -> Option<&Now> {
        self.now.get(&series)
    }

    /// The worst that any series is now; nothing before the first look.
    #[must_use]
    pub fn worst(&self) -> Option<Verdict> {
        self.now.values().map(|now| now.sample.verdict).max()
    }

    /// The buckets that begin from `from` on and before `to`, in the order of time. There is none where
    /// nobody looked.
    #[must_use]
    pub fn buckets(
        &self,
        series: Series,
        grain: Grain,
        (from, to): (Timestamp, Timestamp),
    ) -> BTreeMap<Timestamp, Bucket> {
        let mut found: BTreeMap<Timestamp, Bucket> = BTreeMap::new();
        if from >= to {
            return found;
        }
        let range = (series, grain, from)..(series, grain, to);
        let both = self.kept.range(range.clone()).chain(self.seen.range(range));
        for ((_, _, start), bucket) in both {
            keep_fuller(&mut found, *start, bucket);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).expect("a time")
    }

    fn sample(second: i64, verdict: Verdict) -> Sample {
        Sample {
            series: Series::Queue,
            at: at(second),
            covers: 30,
            verdict,
            code: None,
            latency_ms: 1.0,
            read_at: None,
        }
    }

    fn memory(samples: &[Sample]) -> Memory {
        let mut memory = Memory::default();
        for sample in samples {
            memory.add(sample);
        }
        memory
    }

    #[test]
    fn how_it_is_now_began_when_it_was_first_seen_so() {
        let mut memory = memory(&[sample(0, Verdict::Ok), sample(30, Verdict::Ok)]);
        let now = memory.now(Series::Queue).expect("it was looked at");
        assert_eq!((now.since, now.has_begun), (at(0), false));
        memory.add(&sample(60, Verdict::Critical));
        memory.add(&sample(90, Verdict::Critical));
        let now = memory.now(Series::Queue).expect("it was looked at");
        assert_eq!(
            (now.since, now.has_begun, now.sample.at),
            (at(60), true, at(90))
        );
        assert_eq!(memory.worst(), Some(Verdict::Critical));
        assert_eq!(memory.now(Series::Db), None);
        assert_eq!(Memory::default().worst(), None);
    }

    fn counted(memory: &Memory) -> (u32, u32, u32) {
        let range = (at(-86_400 * 2), at(86_400 * 2));
        let of = |grain| {
            let buckets = memory.buckets(Series::Queue, grain, range);
            buckets.values().fold((0, 0, 0), |sum, one| {
                (sum.0 + one.looks, sum.1 + one.ok, sum.2 + one.critical)
            })
        };
        let found = Grain::ALL.map(of);
        assert!(found.iter().all(|one| *one == found[0]), "{found:?}");
        found[0]
    }

    #[test]
    fn a_slot_counts_once_also_where_the_clock_is_set_back() {
        let mut memory = memory(&[sample(0, Verdict::Ok), sample(0, Verdict::Critical)]);
        assert_eq!(counted(&memory), (1, 30, 0));
        // Forward by an hour for a minute, and back: what it shows then has not been looked at, until it has.
        for second in [3_630, 3_660] {
            memory.add(&sample(second, Verdict::Ok));
        }
        for slot in 1..=130 {
            memory.add(&sample(slot * 30, Verdict::Ok));
        }
        assert_eq!(counted(&memory), (131, 131 * 30, 0));
        // Back by an hour: all of it has been looked at, until it is over.
        for slot in 11..=130 {
            memory.add(&sample(slot * 30, Verdict::Critical));
        }
        assert_eq!(counted(&memory), (131, 131 * 30, 0));
        memory.add(&sample(131 * 30, Verdict::Critical));
        assert_eq!(counted(&memory), (132, 131 * 30, 30));
        let stretches = &memory.counted[&Series::Queue].stretches;
        assert_eq!(stretches.len(), 1, "what meets is one: {stretches:?}");
    }

    #[test]
    fn how_it_is_now_is_what_was_seen_last_whatever_the_clock_says() {
        let mut memory = memory(&[sample(0, Verdict::Ok), sample(3_600, Verdict::Ok)]);
        memory.add(&sample(-30, Verdict::Ok));
        let now = memory.now(Series::Queue).expect("it was looked at");
        assert_eq!((now.since, now.cause_since), (at(-30), at(-30)));
        memory.add(&sample(0, Verdict::Critical));
        let now = memory.now(Series::Queue).expect("it was looked at");
        assert_eq!((now.sample.verdict, now.since), (Verdict::Critical, at(0)));
        assert_eq!(memory.worst(), Some(Verdict::Critical));
    }

    #[test]
    fn of_what_it_saw_and_what_was_kept_the_fuller_one_is_shown() {
        let mut memory = memory(&[sample(0, Verdict::Ok), sample(300, Verdict::Ok)]);
        let start = |second| Grain::FiveMinutes.start_of(at(second));
        let bucket = |looks| Bucket {
            looks,
            critical: 30 * looks,
            ..Bucket::default()
        };
        let key = |second| (Series::Queue, Grain::FiveMinutes, start(second));
        memory.replace_kept([
            (key(-300), bucket(9)),
            (key(0), bucket(2)),
            (key(300), bucket(0)),
        ]);
        let range = (start(-300), start(600));
        let buckets = memory.buckets(Series::Queue, Grain::FiveMinutes, range);
        let found: Vec<_> = buckets
            .values()
            .map(|bucket| (bucket.looks, bucket.critical))
            .collect();
        assert_eq!(found, [(9, 270), (2, 60), (1, 0)]);
        let none = memory.buckets(Series::Queue, Grain::FiveMinutes, (range.1, range.0));
        assert!(none.is_empty());
        assert!(
            memory
                .buckets(Series::Db, Grain::FiveMinutes, range)
                .is_empty()
        );
    }

    #[test]
    fn what_was_seen_before_is_taken_over_once_and_says_nothing_of_now() {
        let mut memory = memory(&[sample(60, Verdict::Ok)]);
        memory.restore(&[
            sample(30, Verdict::Critical),
            sample(0, Verdict::Ok),
            sample(30, Verdict::Critical),
            // It was looked at again.
            sample(60, Verdict::Critical),
        ]);
        let buckets = memory.buckets(Series::Queue, Grain::Day, (at(-86_400), at(86_400)));
        let seconds: Vec<_> = buckets.values().map(|one| (one.ok, one.critical)).collect();
        assert_eq!(seconds, [(60, 30)]);
        assert_eq!(memory.worst(), Some(Verdict::Ok));
        let mut first = Memory::default();
        first.restore(&[sample(0, Verdict::Critical)]);
        assert_eq!(first.worst(), None, "nobody has looked yet");
    }

    #[test]
    fn what_no_page_shows_any_more_is_forgotten() {
        let days = 100;
        let samples: Vec<_> = (0..days)
            .map(|day| sample(day * 86_400, Verdict::Ok))
            .collect();
        let memory = memory(&samples);
        let all = (at(-86_400), at((days + 1) * 86_400));
        let count = |grain| memory.buckets(Series::Queue, grain, all).len();
        assert_eq!(count(Grain::FiveMinutes), 2);
        assert_eq!(count(Grain::Hour), 8);
        assert_eq!(count(Grain::Day), 91);
    }
}
