//! One look at one thing.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::gate::millis;
use crate::domain::history::grain::floor;
use crate::domain::history::series::Series;
use crate::domain::taxonomy::{Code, optional};
use crate::domain::verdict::Verdict;

/// What a look at a series came to. It stands for a slot of the clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// What was looked at.
    pub series: Series,
    /// When its slot began, in whole seconds.
    pub at: Timestamp,
    /// How long its slot is, in seconds.
    pub covers: u32,
    /// What it came to.
    pub verdict: Verdict,
    /// The cause, where it has a code.
    #[serde(with = "optional", default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// How long the look took, in milliseconds.
    pub latency_ms: f64,
    /// When what it came to began to be read: an outcome is shared, so that may be before the look. Nothing of one that
    /// was written down.
    #[serde(skip)]
    pub read_at: Option<Timestamp>,
}

impl Sample {
    /// A look that stands for a slot and took so long: it could not be seen.
    #[must_use]
    pub fn new(series: Series, (at, interval): (Timestamp, Duration), latency: Duration) -> Self {
        Self {
            series,
            at,
            covers: seconds(interval),
            verdict: Verdict::Unknown,
            code: None,
            latency_ms: millis(latency),
            read_at: None,
        }
    }

    /// Says when it began to be read.
    #[must_use]
    pub fn read_at(mut self, at: Timestamp) -> Self {
        self.read_at = Some(at);
        self
    }

    /// Says what it came to.
    #[must_use]
    pub fn judged(mut self, verdict: Verdict, code: Option<Code>) -> Self {
        self.verdict = verdict;
        self.code = code;
        self
    }

    /// When its slot ends.
    #[must_use]
    pub(super) fn ends(&self) -> Timestamp {
        let covers = SignedDuration::from_secs(self.covers.into());
        self.at.saturating_add(covers).unwrap_or(Timestamp::MAX)
    }

    /// When the slot began that a time is in.
    #[must_use]
    pub fn slot(now: Timestamp, interval: Duration) -> Timestamp {
        floor(now, seconds(interval).into())
    }
}

/// An interval as samples say it: in whole seconds, one at least.
#[must_use]
pub(super) fn seconds(interval: Duration) -> u32 {
    u32::try_from(interval.as_secs()).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_comes_back_as_it_was_written_down() {
        let mut sample = Sample {
            series: Series::LongRunning,
            at: Timestamp::from_second(1_800_000_000).expect("a time"),
            covers: 30,
            verdict: Verdict::Critical,
            code: Some(Code::DbTimeout),
            latency_ms: 12.5,
            read_at: None,
        };
        for code in [Some(Code::DbTimeout), None] {
            sample.code = code;
            let line = serde_json::to_string(&sample).expect("it can be written");
            assert_eq!(
                serde_json::from_str::<Sample>(&line).ok(),
                Some(sample.clone())
            );
        }
        let line = r#"{"series":"db","at":"2026-11-24T10:00:00Z","covers":30,"verdict":"ok","code":"DFE-OLD-999","latency_ms":1}"#;
        let old: Sample = serde_json::from_str(line).expect("it can be read");
        assert_eq!(old.code, None);
    }

    #[test]
    fn a_slot_is_as_long_as_the_interval_and_a_second_at_least() {
        let now: Timestamp = "2026-11-24T10:00:59.9Z".parse().expect("a time");
        for (interval, slot) in [
            (Duration::from_secs(30), "2026-11-24T10:00:30Z"),
            (Duration::from_millis(100), "2026-11-24T10:00:59Z"),
        ] {
            assert_eq!(Sample::slot(now, interval).to_string(), slot);
        }
        assert_eq!(seconds(Duration::from_millis(100)), 1);
        assert_eq!(seconds(Duration::from_secs(30)), 30);
    }
}
