//! The watch: asks every gate once an interval, whether anybody else does or not.
//!
//! # Design notes
//!
//! It asks as everybody does, through the gates: one run at a time, shared with whoever asks in that
//! moment, and a dependency that is to be left alone is left alone. Each look stands for its slot of
//! the clock. Replicas look at different moments of it, so that a fleet that was deployed together does
//! not knock all at once.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use ulid::Ulid;

use crate::app::App;
use crate::app::pulse::Loop;
use crate::domain::activity::{Activity, Judged};
use crate::domain::fault::Fault;
use crate::domain::gate::Answer;
use crate::domain::history::{Sample, Series};
use crate::domain::last_look::LastLook;
use crate::domain::verdict::Verdict;

/// Replicas look within this part of the interval after a slot has begun.
const SPREAD: u32 = 8;

impl App {
    /// Watches until the process is on its way out; not at all where the interval is zero.
    pub async fn keep_watch(self: Arc<Self>) {
        let interval = self.settings.watch_interval;
        if interval.is_zero() {
            return;
        }
        let offset = offset(interval, Ulid::generate().random());
        loop {
            self.pulse.tick(Loop::Watch);
            let slot = Sample::slot(Timestamp::now(), interval);
            let look = self.look(slot, interval);
            let rest = async {
                look.await;
                tokio::time::sleep(until_next(Timestamp::now(), slot, interval, offset)).await;
            };
            tokio::select! {
                () = rest => {}
                () = self.lifecycle.draining() => return,
            }
        }
    }

    /// Looks at everything once, and remembers what it came to.
    async fn look(&self, slot: Timestamp, interval: Duration) {
        let id = Ulid::generate().to_string();
        let now = Instant::now();
        let (db, supabase, ops) = tokio::join!(
            self.db.check(now, &id),
            self.supabase.check(now, &id),
            self.activity.check(now, &id)
        );
        let slot = Slot { at: slot, interval };
        let mut samples = vec![
            slot.of_gate(Series::Db, &db),
            slot.of_gate(Series::Supabase, &supabase),
        ];
        samples.extend(slot.of_activity(&ops));
        let activity = ops.outcome.result.as_ref().ok();
        self.metrics
            .watch()
            .show(&samples, activity, Timestamp::now());
        let served = supabase.outcome.result.as_ref().ok();
        self.metrics
            .watch()
            .show_certificate(served.and_then(|served| served.certificate_expires_at));
        self.history.record(&samples);
        self.observe_incidents(&samples);
        // Last, so that whoever is told finds all of it in memory.
        self.looks.send_replace(Some(Arc::new(LastLook {
            at: Timestamp::now(),
            left_alone: [
                left_alone(Series::Db, &db),
                left_alone(Series::Supabase, &supabase),
            ]
            .into_iter()
            .flatten()
            .collect(),
            db: db.outcome.result.clone(),
            supabase: supabase
                .outcome
                .result
                .as_ref()
                .map(|_| ())
                .map_err(Fault::clone),
            activity: ops.outcome.result.clone(),
        })));
    }
}

fn left_alone<E>(series: Series, answer: &Answer<E>) -> Option<(Series, Timestamp)> {
    let next = answer.outcome.observation.next_attempt;
    next.map(|next| (series, next.at))
}

/// A stretch of the clock that looks stand for.
#[derive(Debug, Clone, Copy)]
struct Slot {
    at: Timestamp,
    interval: Duration,
}

impl Slot {
    fn of_gate<E>(self, series: Series, answer: &Answer<E>) -> Sample {
        let seen = &answer.outcome.observation;
        Sample::new(series, (self.at, self.interval), seen.latency)
            .judged(seen.verdict, seen.code())
            .read_at(read_at(answer))
    }

    /// The sections of the report, each a series. What could not be read is unknown.
    fn of_activity(self, answer: &Answer<Activity>) -> Vec<Sample> {
        let sample = |(series, found): (Series, Result<Judged<'_>, &Fault>)| {
            let latency = answer.outcome.observation.latency;
            let (verdict, code) = match found {
                Ok(judged) => (judged.verdict, judged.code()),
                Err(fault) => (Verdict::Unknown, Some(fault.code)),
            };
            Sample::new(series, (self.at, self.interval), latency)
                .judged(verdict, code)
                .read_at(read_at(answer))
        };
        match &answer.outcome.result {
            Ok(report) => report.sections().map(sample).into(),
            Err(fault) => Series::OF_ACTIVITY
                .map(|series| sample((series, Err(fault))))
                .into(),
        }
    }
}

/// When it began to be read: whoever asks may be answered with what was found some time ago.
fn read_at<E>(answer: &Answer<E>) -> Timestamp {
    let ago = answer.age + answer.outcome.observation.latency;
    let now = Timestamp::now();
    now.saturating_sub(ago).unwrap_or(now)
}

/// How long after the beginning of a slot this process looks, by a number that is its own.
fn offset(interval: Duration, number: u128) -> Duration {
    let spread = (interval / SPREAD).as_millis().max(1);
    Duration::from_millis(u64::try_from(number % spread).unwrap_or_default())
}

/// How long it is until this process looks at the next slot; an interval at most, whatever the clock
/// does.
fn until_next(now: Timestamp, slot: Timestamp, interval: Duration, offset: Duration) -> Duration {
    let interval = Duration::from_secs(interval.as_secs().max(1));
    let ahead = SignedDuration::try_from(interval + offset).unwrap_or(SignedDuration::MAX);
    let next = slot.saturating_add(ahead).unwrap_or(Timestamp::MAX);
    let wait = Duration::try_from(next.duration_since(now)).unwrap_or_default();
    wait.min(interval + offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn each_process_looks_at_its_own_moment_early_in_a_slot() {
        let interval = Duration::from_secs(30);
        for (number, expected) in [(0, 0), (3_749, 3_749), (3_750, 0), (u128::MAX, 1_455)] {
            assert_eq!(
                offset(interval, number),
                Duration::from_millis(expected),
                "{number}"
            );
        }
    }

    #[test]
    fn the_next_look_is_at_the_next_slot_whatever_the_clock_does() {
        let slot = at("2026-11-24T10:00:00Z");
        let (interval, offset) = (Duration::from_secs(30), Duration::from_secs(2));
        for (now, expected) in [
            ("2026-11-24T10:00:02Z", 30),
            ("2026-11-24T10:00:10Z", 22),
            // It looked for longer than a slot.
            ("2026-11-24T10:01:00Z", 0),
            // The clock was set back, and forward.
            ("2026-11-24T09:00:00Z", 32),
            ("2026-11-24T11:00:00Z", 0),
        ] {
            let wait = until_next(at(now), slot, interval, offset);
            assert_eq!(wait, Duration::from_secs(expected), "{now}");
        }
    }
}
