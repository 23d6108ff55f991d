//! One check, now and over time.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::activity::span_of;
use crate::domain::history::{Bucket, Grain, Memory, Series};
use crate::domain::last_look::LastLook;
use crate::domain::rfc3339;
use crate::domain::status::share::{Day, Share};
use crate::domain::status::watch::{Watch, WatchState};
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// How many days are shown.
const DAYS: i64 = 90;
/// How many stretches of five minutes a day has.
const POINTS: i64 = 288;

/// One check, now and over time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CheckStatus {
    /// Which one.
    pub check: Series,
    /// What it is called for people.
    pub title: &'static str,
    /// How it is now; `unknown` where nobody has looked lately.
    pub verdict: Verdict,
    /// The cause, where it has a code.
    pub code: Option<Code>,
    /// One sentence for people.
    pub summary: String,
    /// Since when it is so, as far as this process has seen.
    #[serde(serialize_with = "rfc3339::option::serialize")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Whether it was seen to begin then: else it was so already at the first look.
    pub since_is_exact: bool,
    /// How long the last look took, in milliseconds.
    pub latency_ms: Option<f64>,
    /// The last 24 hours.
    pub last_24h: Share,
    /// The last 90 days.
    pub last_90d: Share,
    /// Each of these days, of UTC, the oldest first; the last one is today.
    pub days: Vec<Day>,
    /// The last 24 hours, five minutes each, the oldest first.
    #[serde(skip)]
    pub points: Vec<Point>,
}

/// A stretch of time, as a chart draws it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When it began.
    pub start: Timestamp,
    /// How long a look took on average, in milliseconds; nothing where nobody looked.
    pub mean_ms: Option<f64>,
    /// How long the longest took.
    pub max_ms: Option<f64>,
    /// The worst that was seen; nothing where nobody looked.
    pub worst: Option<Verdict>,
}

impl Point {
    fn of(start: Timestamp, bucket: Option<&Bucket>) -> Self {
        Self {
            start,
            mean_ms: bucket.and_then(Bucket::mean_ms),
            max_ms: bucket.and_then(|bucket| bucket.max_ms),
            worst: bucket.and_then(Bucket::verdict),
        }
    }
}

impl CheckStatus {
    /// What memory and the last look say of a series.
    pub(super) fn of(
        check: Series,
        memory: &Memory,
        look: Option<&LastLook>,
        watch: &Watch,
        now: Timestamp,
    ) -> Self {
        let (points, lately) = points(check, memory, now);
        let (days, all_days) = days(check, memory, now);
        let last = memory.now(check);
        let current = last.filter(|_| watch.is_current());
        Self {
            check,
            title: check.title(),
            verdict: current.map_or(Verdict::Unknown, |now| now.sample.verdict),
            code: current.and_then(|now| now.sample.code),
            summary: match (look, watch.state) {
                (Some(look), WatchState::OnTime) => summary(check, look),
                (Some(_), WatchState::Late) => {
                    let was = last.map_or(Verdict::Unknown, |now| now.sample.verdict);
                    let ago = watch.age_seconds.map(span_of);
                    let ago = ago.unwrap_or_default();
                    format!("Last looked at {ago} ago; it was {} then.", was.as_str())
                }
                (_, WatchState::Off) => "Nobody looks: the watch is off.".to_owned(),
                (None, _) | (Some(_), WatchState::Starting) => "Not looked at yet.".to_owned(),
            },
            since: current.map(|now| now.since),
            since_is_exact: current.is_some_and(|now| now.has_begun),
            latency_ms: current.map(|now| now.sample.latency_ms),
            last_24h: lately,
            last_90d: all_days,
            days,
            points,
        }
    }

    /// How it was today, as far as today is over.
    #[must_use]
    pub fn today(&self) -> Share {
        self.days.last().map(|day| day.share).unwrap_or_default()
    }
}

fn points(check: Series, memory: &Memory, now: Timestamp) -> (Vec<Point>, Share) {
    let grain = Grain::FiveMinutes;
    let starts = starts(grain, POINTS, now);
    let buckets = memory.buckets(check, grain, (starts[0], now));
    let mut all = Bucket::default();
    for bucket in buckets.values() {
        all.merge(bucket);
    }
    let point = |start: &Timestamp| Point::of(*start, buckets.get(start));
    let share = Share::of(&all, POINTS * grain.seconds());
    (starts.iter().map(point).collect(), share)
}

fn days(check: Series, memory: &Memory, now: Timestamp) -> (Vec<Day>, Share) {
    let starts = starts(Grain::Day, DAYS, now);
    let buckets = memory.buckets(check, Grain::Day, (starts[0], now));
    let mut all = Bucket::default();
    for bucket in buckets.values() {
        all.merge(bucket);
    }
    let whole = now.duration_since(starts[0]).as_secs();
    let nothing = Bucket::default();
    let day = |start: &Timestamp| Day::of(*start, buckets.get(start).unwrap_or(&nothing), now);
    (starts.iter().map(day).collect(), Share::of(&all, whole))
}

/// When the last so many buckets began, the oldest first; the last one is that of now.
fn starts(grain: Grain, count: i64, now: Timestamp) -> Vec<Timestamp> {
    let last = grain.start_of(now);
    let before = |back: i64| SignedDuration::from_secs(back * grain.seconds());
    let start = |back| last.saturating_sub(before(back)).unwrap_or(Timestamp::MIN);
    (0..count).rev().map(start).collect()
}

/// What the last look says in a sentence.
fn summary(check: Series, look: &LastLook) -> String {
    let said = match (check, &look.activity) {
        (Series::Db, _) => look.db.as_ref().map(|()| "Postgres answers."),
        (Series::Supabase, _) => look.supabase.as_ref().map(|()| "Supabase's API answers."),
        (_, Err(fault)) => Err(fault),
        (_, Ok(report)) => {
            let mut sections = report.sections().into_iter();
            let found = sections.find(|(series, _)| *series == check);
            found.map_or(Ok(""), |(_, found)| found.map(|judged| judged.summary))
        }
    };
    said.map_or_else(|fault| fault.detail.to_string(), ToOwned::to_owned)
}
