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

/// When it is tried again: soon, or later where somebody has to mend it first, and never before the one
/// who is asked is to be left alone no more.
pub(super) fn wait_after(fault: &Fault, soon: Duration, later: Duration) -> Duration {
    let wait = if fault.retry().is_retryable() {
        soon
    } else {
        later
    };
    let left_alone = fault.retry_after.unwrap_or_default();
    wait.max(left_alone)
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
    fn what_somebody_has_to_mend_waits_longer_and_nobody_is_asked_who_is_left_alone() {
        let (soon, later) = (Duration::from_secs(5), Duration::from_secs(60));
        let wait = |fault: &Fault| wait_after(fault, soon, later);
        let slow = Fault::new(Code::DbTimeout, "slow");
        assert_eq!(wait(&slow), soon);
        assert_eq!(wait(&Fault::new(Code::ValSchema, "no table")), later);
        let alone = Duration::from_secs(30);
        assert_eq!(wait(&slow.retry_after(alone)), alone);
    }
}
