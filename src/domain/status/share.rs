//! How much of a stretch of time something was up, and how much of it is known.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::history::{Bucket, Grain};
use crate::domain::verdict::Verdict;

/// Below this share of a day what was seen of it does not stand for all of it.
const WHOLE: f64 = 90.0;

/// How much of a stretch of time something was up, and how much of it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, ToSchema)]
pub struct Share {
    /// The share of the known time in which it was up, in percent to two digits, rounded down; null
    /// where none is known.
    pub uptime_percent: Option<f64>,
    /// The share of the time of which it is known how it was, in percent, rounded down.
    pub known_percent: f64,
    /// The worst that was seen; null where nobody looked.
    pub worst: Option<Verdict>,
}

/// A day of UTC.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Day {
    /// Which one, as in `2026-08-22`.
    pub date: String,
    /// How it was.
    #[serde(flatten)]
    pub share: Share,
    /// When it began.
    #[serde(skip)]
    pub start: Timestamp,
}

/// What a day is drawn as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It was well, and nearly all of it is known.
    Ok,
    /// What is known of it was well, and the rest is not known.
    Part,
    /// There was a warning.
    Warning,
    /// It was critical at some time.
    Critical,
    /// Nothing is known of it.
    Unknown,
}

impl Share {
    /// What a bucket says of a stretch of so many seconds.
    #[must_use]
    pub fn of(bucket: &Bucket, seconds: i64) -> Self {
        let known = f64::from(bucket.known());
        #[expect(clippy::cast_precision_loss, reason = "seconds of a few months")]
        let whole = seconds.max(1) as f64;
        Self {
            uptime_percent: bucket.uptime().map(|up| down(up * 100.0, 100.0)),
            // A look stands for its slot, which may not be over.
            known_percent: down((known / whole * 100.0).min(100.0), 1.0),
            worst: bucket.verdict(),
        }
    }

    /// As people read it.
    #[must_use]
    pub fn told(&self) -> String {
        match self.uptime_percent {
            Some(up) => format!("{up:.2} % up, known {:.0} %", self.known_percent),
            None => "nothing known".to_owned(),
        }
    }

    /// What it is drawn as. That somebody could not see for a moment does not hide a whole day.
    #[must_use]
    pub fn mark(&self) -> Mark {
        match (self.uptime_percent, self.worst) {
            (None, _) | (_, None) => Mark::Unknown,
            (Some(_), Some(Verdict::Critical)) => Mark::Critical,
            (Some(up), Some(_)) if up < 100.0 => Mark::Critical,
            (Some(_), Some(Verdict::Warning)) => Mark::Warning,
            (Some(_), Some(_)) if self.known_percent < WHOLE => Mark::Part,
            (Some(_), Some(_)) => Mark::Ok,
        }
    }
}

impl Day {
    /// The day that begins at `start`, as far as it is over at `now`.
    #[must_use]
    pub fn of(start: Timestamp, bucket: &Bucket, now: Timestamp) -> Self {
        let elapsed = now.duration_since(start).as_secs();
        let elapsed = elapsed.clamp(1, Grain::Day.seconds());
        Self {
            date: start.strftime("%F").to_string(),
            share: Share::of(bucket, elapsed),
            start,
        }
    }

    /// As people read it, such as `Aug 22 2026: 75.00 % up, known 98 %`.
    #[must_use]
    pub fn told(&self) -> String {
        format!(
            "{}: {}",
            self.start.strftime("%b %-d %Y"),
            self.share.told()
        )
    }
}

/// Rounded down, to that part of one.
fn down(number: f64, part: f64) -> f64 {
    (number * part + 1e-9).floor() / part
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(ok: u32, warning: u32, unknown: u32, critical: u32) -> Bucket {
        Bucket {
            ok,
            warning,
            unknown,
            critical,
            ..Bucket::default()
        }
    }

    #[test]
    fn a_share_is_rounded_down_and_says_how_much_is_known() {
        for (bucket, seconds, told) in [
            (bucket(86_400, 0, 0, 0), 86_400, "100.00 % up, known 100 %"),
            (bucket(86_370, 0, 0, 30), 86_400, "99.96 % up, known 100 %"),
            (bucket(86_369, 0, 0, 1), 86_400, "99.99 % up, known 99 %"),
            (bucket(60, 0, 0, 20), 86_400, "75.00 % up, known 0 %"),
            // A look stands for a slot that is not over.
            (bucket(60, 0, 0, 0), 40, "100.00 % up, known 100 %"),
            (bucket(0, 0, 600, 0), 86_400, "nothing known"),
            (bucket(0, 0, 0, 0), 86_400, "nothing known"),
        ] {
            assert_eq!(Share::of(&bucket, seconds).told(), told);
        }
    }

    #[test]
    fn what_is_not_known_is_never_drawn_as_well() {
        for (bucket, mark) in [
            (bucket(86_400, 0, 0, 0), Mark::Ok),
            (bucket(80_000, 0, 30, 0), Mark::Ok),
            (bucket(40_000, 0, 0, 0), Mark::Part),
            (bucket(30, 0, 40_000, 0), Mark::Part),
            (bucket(86_370, 30, 0, 0), Mark::Warning),
            (bucket(86_369, 30, 0, 1), Mark::Critical),
            (bucket(0, 0, 0, 0), Mark::Unknown),
            (bucket(0, 0, 86_400, 0), Mark::Unknown),
        ] {
            assert_eq!(Share::of(&bucket, 86_400).mark(), mark, "{bucket:?}");
        }
    }

    #[test]
    fn a_day_is_named_as_people_name_it_and_today_ends_now() {
        let start: Timestamp = "2026-08-22T00:00:00Z".parse().expect("a time");
        let now: Timestamp = "2026-08-22T00:01:00Z".parse().expect("a time");
        let day = Day::of(start, &bucket(60, 0, 0, 0), now);
        assert_eq!(day.told(), "Aug 22 2026: 100.00 % up, known 100 %");
        assert_eq!(day.date, "2026-08-22");
        let later: Timestamp = "2026-09-01T00:00:00Z".parse().expect("a time");
        let day = Day::of(start, &bucket(60, 0, 0, 0), later);
        assert_eq!(day.told(), "Aug 22 2026: 100.00 % up, known 0 %");
    }
}
