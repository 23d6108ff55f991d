//! What is tried again and again: when, and what the log says of it: once that it fails, and once that it
//! does no more.

use std::time::Duration;

use ulid::Ulid;

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::taxonomy::Code;

/// What the log has said last of it.
#[derive(Debug)]
pub(super) struct Complaint {
    /// What is the case while it fails.
    fails: &'static str,
    /// What is the case again afterwards.
    is_over: &'static str,
    of: Option<Code>,
}

impl Complaint {
    /// In these words.
    pub(super) const fn new(fails: &'static str, is_over: &'static str) -> Self {
        Self {
            fails,
            is_over,
            of: None,
        }
    }

    /// Says so once, and again where it is for another code.
    pub(super) fn say(&mut self, fault: &Fault) {
        if self.of.replace(fault.code) != Some(fault.code) {
            tracing::warn!(
                code = %fault.code,
                cause = (!fault.causes.is_empty()).then(|| fault.causes.join(": ")),
                "{}: {}",
                self.fails,
                fault.detail
            );
        }
    }

    /// Says that it is over, where it was said.
    pub(super) fn end(&mut self) {
        if let Some(code) = self.of.take() {
            tracing::info!(code = %code, "{}", self.is_over);
        }
    }
}

/// The longest that one waits for whoever did not answer, where nothing else is said.
const LONGEST: Duration = Duration::from_secs(30);

/// When what fails is tried again: who is too slow for many gets less to do, and not all at once.
#[derive(Debug)]
pub(super) struct Retry {
    soon: Duration,
    later: Duration,
    /// The longest that one waits for whoever did not answer.
    longest: Duration,
    /// How often in a row it has failed.
    failed: u32,
}

impl Retry {
    /// About so soon, and twice as long after each further failure; so late where somebody has to mend it
    /// first.
    pub(super) const fn new(soon: Duration, later: Duration) -> Self {
        Self {
            soon,
            later,
            longest: LONGEST,
            failed: 0,
        }
    }

    /// Waits so long for whoever does not answer, at the longest.
    pub(super) const fn at_most(self, longest: Duration) -> Self {
        Self { longest, ..self }
    }

    /// It works.
    pub(super) fn end(&mut self) {
        self.failed = 0;
    }

    /// How long to wait after a failure, and never before the one who is asked is to be left alone no more.
    pub(super) fn after(&mut self, fault: &Fault) -> Duration {
        let pause = self.pause(fault);
        pause.max(fault.retry_after.unwrap_or_default())
    }

    /// How long to wait after a failure, whatever the one who is asked wishes.
    pub(super) fn pause(&mut self, fault: &Fault) -> Duration {
        let wait = if fault.retry().is_retryable() {
            let doubled = self.soon * 2_u32.pow(self.failed.min(8));
            self.failed += 1;
            doubled.min(self.longest.max(self.soon))
        } else {
            self.later
        };
        about(wait)
    }
}

/// Whether it is a row that the database refuses, and not all of them.
pub(super) fn is_of_what_was_sent(fault: &Fault) -> bool {
    let is_of_rows = matches!(
        fault.code,
        Code::ValSchema | Code::ValData | Code::DbIntegrity
    );
    is_of_rows && fault.kind != Some(FaultKind::NoTable)
}

/// Some part of the time, so that not all replicas come at once.
pub(super) fn up_to(most: Duration) -> Duration {
    let part = Ulid::generate().random() % most.as_millis();
    Duration::from_millis(u64::try_from(part).unwrap_or_default())
}

/// About as long, give or take a half: replicas that start together soon ask apart from each other.
pub(super) fn about(long: Duration) -> Duration {
    long / 2 + up_to(long)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_answer_is_asked_less_and_less_and_what_somebody_has_to_mend_waits_longer() {
        let mut retry = Retry::new(Duration::from_secs(5), Duration::from_secs(60));
        let slow = Fault::new(Code::DbTimeout, "slow");
        let is_about = |wait: Duration, seconds: u64| {
            let about = Duration::from_secs(seconds);
            (about / 2..about * 3 / 2).contains(&wait)
        };
        for seconds in [5, 10, 20, 30, 30] {
            let wait = retry.after(&slow);
            assert!(is_about(wait, seconds), "{wait:?} is not about {seconds} s");
        }
        assert!(is_about(
            retry.after(&Fault::new(Code::ValSchema, "no table")),
            60
        ));
        retry.end();
        assert!(is_about(retry.after(&slow), 5));
        let mut patient = Retry::new(Duration::from_secs(60), Duration::from_secs(60));
        assert!(is_about(patient.after(&slow), 60) && is_about(patient.after(&slow), 60));
        patient = patient.at_most(Duration::from_secs(300));
        assert!(is_about(patient.after(&slow), 240) && is_about(patient.after(&slow), 300));
        let alone = Duration::from_secs(300);
        assert_eq!(retry.after(&slow.retry_after(alone)), alone);
    }
}
