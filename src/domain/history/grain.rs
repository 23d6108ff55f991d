//! How long a bucket is, and for how long it is kept.

use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long a bucket is. Days are those of UTC.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
pub enum Grain {
    /// Five minutes.
    #[serde(rename = "5m")]
    FiveMinutes,
    /// An hour.
    #[serde(rename = "1h")]
    Hour,
    /// A day.
    #[serde(rename = "1d")]
    Day,
}

impl Grain {
    /// All of them, the finest first.
    pub const ALL: [Self; 3] = [Self::FiveMinutes, Self::Hour, Self::Day];

    /// The word for it on the wire and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FiveMinutes => "5m",
            Self::Hour => "1h",
            Self::Day => "1d",
        }
    }

    /// Its length, in seconds.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        match self {
            Self::FiveMinutes => 300,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }

    /// For how many days buckets of it are kept in the database.
    #[must_use]
    pub const fn kept_days(self) -> i64 {
        match self {
            Self::FiveMinutes => 8,
            Self::Hour => 400,
            Self::Day => 3 * 365,
        }
    }

    /// How many days of them an answer can hold: two and a half thousand buckets, or as long as they are
    /// kept.
    #[must_use]
    pub const fn answered_days(self) -> i64 {
        match self {
            Self::Hour => 100,
            Self::FiveMinutes | Self::Day => self.kept_days(),
        }
    }

    /// For how long they are kept in memory: as long as a page shows them.
    #[must_use]
    pub const fn remembered(self) -> SignedDuration {
        match self {
            Self::FiveMinutes => SignedDuration::from_hours(25),
            Self::Hour => SignedDuration::from_hours(24 * 8),
            Self::Day => SignedDuration::from_hours(24 * 91),
        }
    }

    /// When the bucket began that a time is in.
    #[must_use]
    pub fn start_of(self, at: Timestamp) -> Timestamp {
        floor(at, self.seconds())
    }
}

impl Grain {
    /// When the first bucket begins that does not begin before a time.
    #[must_use]
    pub fn next_start(self, at: Timestamp) -> Timestamp {
        let start = self.start_of(at);
        if start == at {
            return start;
        }
        let next = start.saturating_add(SignedDuration::from_secs(self.seconds()));
        next.unwrap_or(Timestamp::MAX)
    }
}

/// The last whole number of so many seconds since 1970 that is not after `at`.
pub(super) fn floor(at: Timestamp, seconds: i64) -> Timestamp {
    let start = at.as_second().div_euclid(seconds) * seconds;
    // What is below a time that there is could only be missing at the very first one.
    Timestamp::from_second(start).unwrap_or(Timestamp::MIN)
}

/// There is no such grain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such grain")]
pub struct NoSuchGrain;

impl FromStr for Grain {
    type Err = NoSuchGrain;

    fn from_str(word: &str) -> Result<Self, NoSuchGrain> {
        let found = Self::ALL.into_iter().find(|grain| grain.as_str() == word);
        found.ok_or(NoSuchGrain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_begins_at_a_whole_number_of_its_lengths_since_1970() {
        let at: Timestamp = "2026-11-24T13:47:59.9Z".parse().expect("a time");
        for (grain, start) in [
            (Grain::FiveMinutes, "2026-11-24T13:45:00Z"),
            (Grain::Hour, "2026-11-24T13:00:00Z"),
            (Grain::Day, "2026-11-24T00:00:00Z"),
        ] {
            assert_eq!(grain.start_of(at).to_string(), start);
            assert_eq!(grain.start_of(grain.start_of(at)).to_string(), start);
            let next = grain.next_start(at);
            assert_eq!(
                (
                    next.duration_since(grain.start_of(at)).as_secs(),
                    grain.next_start(next)
                ),
                (grain.seconds(), next)
            );
            assert_eq!(grain.as_str().parse(), Ok(grain));
            assert_eq!(serde_json::json!(grain), grain.as_str());
        }
        assert_eq!("2h".parse::<Grain>(), Err(NoSuchGrain));
        let before: Timestamp = "1969-12-31T23:59:59Z".parse().expect("a time");
        assert_eq!(Grain::Hour.start_of(before).as_second(), -3_600);
    }
}
