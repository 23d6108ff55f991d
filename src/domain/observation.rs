//! One finished run of one check, in one type for all gates: what listeners are told.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::domain::trace::Phase;
use crate::domain::verdict::Verdict;

/// One finished run of one check.
#[derive(Debug, Clone)]
pub struct Observation {
    /// The check.
    pub check: &'static str,
    /// What it came to. A run that failed is critical; one that passed may have found anything.
    pub verdict: Verdict,
    /// Why the run failed, if it did.
    pub fault: Option<Fault>,
    /// How long it took.
    pub latency: Duration,
    /// Where that time went.
    pub phases: Vec<Phase>,
    /// When it ended.
    pub finished_at: Timestamp,
    /// When the status (passed or failed) that it found began.
    pub since: Timestamp,
    /// When a run last passed.
    pub last_ok: Option<Timestamp>,
    /// How many runs have failed in a row.
    pub consecutive_failures: u32,
    /// Before this the dependency is left alone.
    pub next_attempt: Option<NextAttempt>,
    /// Whether it was given up at its deadline.
    pub is_abandoned: bool,
    /// The request that began it, as in the log.
    pub request_id: String,
}

/// When a dependency that must be left alone is tried again.
#[derive(Debug, Clone, Copy)]
pub struct NextAttempt {
    /// By the wall clock, for people.
    pub at: Timestamp,
    /// By the clock that does not jump.
    pub(super) instant: Instant,
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// From an outcome found before the request came.
    Cached,
    /// From a run that another request had begun.
    Shared,
    /// From a run that this request began.
    Live,
}

impl Observation {
    /// Counts on from the run before this one.
    pub(super) fn follow(&mut self, before: &Self) {
        if self.fault.is_some() == before.fault.is_some() {
            self.since = before.since;
        }
        if self.fault.is_some() {
            self.last_ok = before.last_ok;
            self.consecutive_failures = before.consecutive_failures.saturating_add(1);
        }
    }

    /// The cause, where the run failed.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        self.fault.as_ref().map(|fault| fault.code)
    }
}

impl Source {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Shared => "shared",
            Self::Cached => "cached",
        }
    }
}

/// Whoever is told what a gate sees: the log, the metrics.
pub trait Listener: Send + Sync {
    /// A run has ended. `before` is the run before it.
    fn observed(&self, now: &Observation, before: Option<&Observation>);

    /// A caller was answered, perhaps more than a moment after the deadline.
    fn answered(&self, _source: Source, _is_late: bool) {}
}
