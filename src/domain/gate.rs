//! One dependency's gate: what stands between any number of callers and one probe.
//!
//! # Design notes
//!
//! The service is asked most when things are worst, so a caller never causes work of its own:
//!
//! - One run at a time. Whoever comes while it is under way shares its outcome.
//! - A fresh outcome is shared for a moment after that, so the load on the dependency does not
//!   follow the callers.
//! - A run that passes keeps its dependency busy for at most a twentieth of the time: one that took
//!   long is shared for twenty times as long, though never beyond half a minute. All of the run
//!   counts, connecting and logging in included: that is work for the other side, too.
//!   A run that failed is shared for the ordinary moment only. A hang says nothing of work done (its
//!   statement is cancelled, its connection gone), a refusal is quick, and who has mended the cause
//!   must not wait for half a minute to see it. A freshness of zero is the operator's word that every
//!   question is a look of its own; then nothing is shared but the run under way.
//! - A probe may ask for silence (`Fault::retry_after`); until it ends the last outcome is the
//!   answer.
//!
//! The run is a task of its own. It outlives the caller that began it: a client that hangs up
//! neither cancels the check for the others nor poisons a connection in the middle of a statement.
//! The deadline is that of the caller that began it, which is the earliest of all who can share it,
//! so nobody waits longer than their own. When it passes, the probe's future is dropped, and
//! whatever it owned (a connection, a socket) with it. A panic inside is caught and is an outcome
//! like any other.
//!
//! A state that lasts is logged when it begins, when it changes and when it ends: by the gate,
//! because nobody else sees each outcome exactly once.
//!
//! The mutex is never held over an await. It is the dependency's own: no two gates share one, and
//! `/api/health` has none.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::domain::fault::Fault;
use crate::domain::metrics::CheckMetrics;
use crate::domain::taxonomy::Code;
use crate::domain::trace::{Phase, Trace};

/// How long beyond its deadline a caller waits for the run to say that the deadline has passed.
const GRACE: Duration = Duration::from_millis(40);
/// How long after its deadline an answer counts as late.
const LATE: Duration = Duration::from_millis(100);

/// A run that passed is shared for this many times as long as it took.
const BUSY_SHARE: u32 = 20;
/// For how long that is at most.
const SHARED_AT_MOST: Duration = Duration::from_secs(30);

/// A run of a probe, under way.
pub type Run<'a, E> = Pin<Box<dyn Future<Output = Result<E, Fault>> + Send + 'a>>;

/// An active test of a dependency.
pub trait Probe: Send + Sync + 'static {
    /// What a run that passes has found.
    type Evidence: Send + Sync + 'static;

    /// Tests the dependency once: what it found, or the classified cause where the dependency is
    /// not well. It may be dropped at any await when the deadline passes; the phases it enters in
    /// `trace` outlive it.
    fn run<'a>(&'a self, trace: &'a Trace, deadline: Instant) -> Run<'a, Self::Evidence>;

    /// The fault of a run that did not end before its deadline, by the phase that it was in.
    fn overdue(&self, phase: Option<&'static str>, timeout: Duration) -> Fault;
}

/// Runs a probe once, without a gate: for whoever is the only caller.
///
/// # Errors
///
/// What the probe found; or, where it did not end in time, the fault of the phase that it was in.
pub async fn once<P: Probe>(probe: &P, timeout: Duration) -> Result<P::Evidence, Fault> {
    let trace = Trace::default();
    let deadline = Instant::now() + timeout;
    match tokio::time::timeout_at(deadline, probe.run(&trace, deadline)).await {
        Ok(found) => found,
        Err(_) => Err(probe.overdue(trace.current(), timeout)),
    }
}

/// What a gate allows.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long a run may take, from the arrival of the request that began it.
    pub timeout: Duration,
    /// For how long an outcome is shared after it was found, at least. Zero: only while the run is
    /// under way.
    pub freshness: Duration,
}

impl Limits {
    fn shared_for(&self, is_ok: bool, latency: Duration) -> Duration {
        if is_ok && !self.freshness.is_zero() {
            self.freshness.max(rest_after(latency))
        } else {
            self.freshness
        }
    }
}

/// For how long a dependency is left alone after a run that passed and took this long.
#[must_use]
pub fn rest_after(latency: Duration) -> Duration {
    latency.saturating_mul(BUSY_SHARE).min(SHARED_AT_MOST)
}

/// One finished run.
#[derive(Debug)]
pub struct Observation<E> {
    /// What it found.
    pub result: Result<E, Fault>,
    /// How long it took.
    pub latency: Duration,
    /// Where that time went.
    pub phases: Vec<Phase>,
    /// When it ended.
    pub finished_at: Timestamp,
    /// When the status (ok or not) that it found began.
    pub since: Timestamp,
    /// When a run last passed.
    pub last_ok: Option<Timestamp>,
    /// How many runs have failed in a row.
    pub consecutive_failures: u32,
    /// Before this the dependency is left alone.
    pub next_attempt: Option<NextAttempt>,
    finished: Instant,
    shared_for: Duration,
}

/// When a dependency that must be left alone is tried again.
#[derive(Debug, Clone, Copy)]
pub struct NextAttempt {
    /// By the wall clock, for people.
    pub at: Timestamp,
    instant: Instant,
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// From an outcome found before the request came.
    Cached,
    /// From a run that another request had begun.
    Shared,
    /// From a run that this request began.
    Live,
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

/// What one caller gets.
#[derive(Debug)]
pub struct Answer<E> {
    /// The outcome, shared with all who asked at the same time.
    pub observation: Arc<Observation<E>>,
    /// Where it comes from.
    pub source: Source,
    /// How old it is.
    pub age: Duration,
    /// How long until asking again can bring something new.
    pub retry_in: Duration,
}

/// A gate in front of a probe. See the module's notes.
pub struct Gate<E> {
    name: &'static str,
    probe: Box<dyn Probe<Evidence = E>>,
    limits: Limits,
    metrics: CheckMetrics,
    state: Mutex<State<E>>,
}

type Flight<E> = watch::Receiver<Option<Arc<Observation<E>>>>;

struct State<E> {
    flight: Option<Flight<E>>,
    last: Option<Arc<Observation<E>>>,
}

enum Entry<E> {
    Known(Arc<Observation<E>>),
    Wait(Flight<E>, Source),
}

impl<E: Send + Sync + 'static> Gate<E> {
    /// A gate called `name` in the log. Nothing is run before the first request.
    #[must_use]
    pub fn new(
        name: &'static str,
        probe: impl Probe<Evidence = E>,
        limits: Limits,
        metrics: CheckMetrics,
    ) -> Arc<Self> {
        Arc::new(Self {
            name,
            probe: Box::new(probe),
            limits,
            metrics,
            state: Mutex::new(State {
                flight: None,
                last: None,
            }),
        })
    }

    /// How long a check may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.limits.timeout
    }

    /// Answers a request that arrived at `arrival`: from what is known, from the run under way, or
    /// from a new one. `request_id` names the request in the log of the run that it begins.
    pub async fn check(self: &Arc<Self>, arrival: Instant, request_id: &str) -> Answer<E> {
        let deadline = arrival + self.limits.timeout;
        let answer = self.await_answer(deadline, request_id).await;
        let late = Instant::now() > deadline + LATE;
        self.metrics.answered(answer.source, late);
        answer
    }

    async fn await_answer(self: &Arc<Self>, deadline: Instant, request_id: &str) -> Answer<E> {
        match self.enter(deadline, request_id) {
            Entry::Known(observation) => Self::answer(observation, Source::Cached),
            Entry::Wait(mut flight, source) => {
                let landed =
                    tokio::time::timeout_at(deadline + GRACE, flight.wait_for(Option::is_some))
                        .await;
                let observation = match landed {
                    Ok(Ok(outcome)) => outcome.clone(),
                    // Neither is possible while the run keeps its own deadline and contains its own
                    // panics; a caller is answered in any case.
                    Ok(Err(_)) | Err(_) => None,
                };
                match observation {
                    Some(observation) => Self::answer(observation, source),
                    None => Self::answer(self.stranded(), source),
                }
            }
        }
    }

    fn enter(self: &Arc<Self>, deadline: Instant, request_id: &str) -> Entry<E> {
        let mut state = self.lock();
        if let Some(flight) = &state.flight {
            return Entry::Wait(flight.clone(), Source::Shared);
        }
        if let Some(last) = &state.last {
            let fresh = last.finished.elapsed() < last.shared_for;
            let silent = last
                .next_attempt
                .is_some_and(|next| Instant::now() < next.instant);
            if fresh || silent {
                return Entry::Known(Arc::clone(last));
            }
        }
        let (sender, flight) = watch::channel(None);
        state.flight = Some(flight.clone());
        drop(state);
        let gate = Arc::clone(self);
        let request_id = request_id.to_owned();
        #[expect(
            clippy::disallowed_methods,
            reason = "nobody waits for a run at the end: who wants its outcome waits for that"
        )]
        tokio::spawn(async move {
            let observation = gate.run(deadline, &request_id).await;
            sender.send_replace(Some(observation));
        });
        Entry::Wait(flight, Source::Live)
    }

    async fn run(&self, deadline: Instant, request_id: &str) -> Arc<Observation<E>> {
        let trace = Trace::default();
        let began = Instant::now();
        let run = AssertUnwindSafe(self.probe.run(&trace, deadline)).catch_unwind();
        let result = match tokio::time::timeout_at(deadline, run).await {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => Err(panicked(panic.as_ref())),
            Err(_) => {
                self.metrics.abandoned();
                Err(self.probe.overdue(trace.current(), self.limits.timeout))
            }
        };
        self.settle(result, began, &trace, request_id)
    }

    /// Makes the outcome known and the gate free again, in one step: whoever enters next sees both
    /// or neither.
    fn settle(
        &self,
        result: Result<E, Fault>,
        began: Instant,
        trace: &Trace,
        request_id: &str,
    ) -> Arc<Observation<E>> {
        let finished = Instant::now();
        let finished_at = Timestamp::now();
        let mut state = self.lock();
        let before = state.last.take();
        let same_status = before
            .as_ref()
            .filter(|last| last.result.is_ok() == result.is_ok());
        let wait = result.as_ref().err().and_then(|fault| fault.retry_after);
        let latency = finished - began;
        let observation = Arc::new(Observation {
            latency,
            shared_for: self.limits.shared_for(result.is_ok(), latency),
            phases: trace.phases(),
            finished_at,
            since: same_status.map_or(finished_at, |last| last.since),
            last_ok: if result.is_ok() {
                Some(finished_at)
            } else {
                before.as_ref().and_then(|last| last.last_ok)
            },
            consecutive_failures: match (&result, &before) {
                (Ok(_), _) => 0,
                (Err(_), Some(last)) => last.consecutive_failures.saturating_add(1),
                (Err(_), None) => 1,
            },
            next_attempt: wait.map(|wait| NextAttempt {
                at: finished_at.saturating_add(wait).unwrap_or(finished_at),
                instant: finished + wait,
            }),
            result,
            finished,
        });
        state.last = Some(Arc::clone(&observation));
        state.flight = None;
        drop(state);
        self.metrics.ran(
            observation
                .result
                .as_ref()
                .map(drop)
                .map_err(|fault| fault.code),
            observation.latency,
            observation.next_attempt.map(|next| next.at),
        );
        self.log(before.as_deref(), &observation, request_id);
        observation
    }

    fn log(&self, before: Option<&Observation<E>>, now: &Observation<E>, request_id: &str) {
        let latency_ms = millis(now.latency);
        match (&now.result, before.map(|last| &last.result)) {
            (Err(fault), Some(Err(was)))
                if was.code == fault.code && was.causes == fault.causes => {}
            (Err(fault), _) => tracing::error!(
                check = self.name,
                code = %fault.code,
                request_id,
                cause = fault.causes.join(": "),
                latency_ms,
                next_attempt_at = now.next_attempt.map(|next| tracing::field::display(next.at)),
                "{}",
                fault.detail
            ),
            (Ok(_), Some(Err(was))) => tracing::info!(
                check = self.name,
                code = %was.code,
                request_id,
                latency_ms,
                failed_since = before.map(|last| tracing::field::display(last.since)),
                failures = before.map(|last| last.consecutive_failures),
                "the check passes again"
            ),
            (Ok(_), None) => tracing::info!(
                check = self.name,
                request_id,
                latency_ms,
                "the check passes"
            ),
            (Ok(_), Some(Ok(_))) => {}
        }
    }

    fn answer(observation: Arc<Observation<E>>, source: Source) -> Answer<E> {
        let age = observation.finished.elapsed();
        let fresh_for = observation.shared_for.saturating_sub(age);
        let silent_for = observation.next_attempt.map_or(Duration::ZERO, |next| {
            next.instant.saturating_duration_since(Instant::now())
        });
        Answer {
            observation,
            source,
            age,
            retry_in: fresh_for.max(silent_for),
        }
    }

    fn stranded(&self) -> Arc<Observation<E>> {
        let finished_at = Timestamp::now();
        let last = self.lock().last.clone();
        Arc::new(Observation {
            result: Err(self.probe.overdue(None, self.limits.timeout)),
            latency: self.limits.timeout,
            phases: Vec::new(),
            finished_at,
            since: finished_at,
            last_ok: last.as_ref().and_then(|last| last.last_ok),
            consecutive_failures: last
                .map_or(1, |last| last.consecutive_failures.saturating_add(1)),
            next_attempt: None,
            finished: Instant::now(),
            shared_for: Duration::ZERO,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State<E>> {
        // Nothing panics while it is held, and a state that is whole after each statement is no
        // worse for it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E> fmt::Debug for Gate<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("name", &self.name)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// The fault of code that panicked. What it said goes to the log only, and only where it is plain
/// text.
#[must_use]
pub fn panicked(panic: &(dyn std::any::Any + Send)) -> Fault {
    let said = panic.downcast_ref::<&'static str>().copied().map_or_else(
        || "a panic with a computed message".to_owned(),
        |said| format!("panic: {said}"),
    );
    Fault::new(
        Code::Internal,
        "The service failed in a way that nobody foresaw.",
    )
    .caused_by(vec![said])
}

/// A duration in milliseconds, to a tenth.
#[must_use]
pub fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}

#[cfg(test)]
mod tests;
