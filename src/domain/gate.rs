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
//! Listeners are told of each run exactly once, in order, with the run before it: so a state that
//! lasts can be logged when it begins, when it changes and when it ends.
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
use crate::domain::observation::{Listener, NextAttempt, Observation, Source};
use crate::domain::taxonomy::Code;
use crate::domain::trace::Trace;
use crate::domain::verdict::Verdict;

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

    /// What a run that passed has found out about the dependency.
    fn verdict(&self, _evidence: &Self::Evidence) -> Verdict {
        Verdict::Ok
    }

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
        Err(_) => Err(probe.overdue(trace.held_up(), timeout)),
    }
}

/// What a gate allows.
#[derive(Debug, Clone, Copy)]
pub struct GateLimits {
    /// How long a run may take, from the arrival of the request that began it.
    pub timeout: Duration,
    /// For how long an outcome is shared after it was found, at least. Zero: only while the run is
    /// under way.
    pub freshness: Duration,
}

impl GateLimits {
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

/// What a run came to, shared with all who asked at the same time.
#[derive(Debug)]
pub struct Outcome<E> {
    /// The run.
    pub observation: Observation,
    /// What it found.
    pub result: Result<E, Fault>,
    finished: Instant,
    shared_for: Duration,
}

/// What one caller gets.
#[derive(Debug)]
pub struct Answer<E> {
    /// The outcome.
    pub outcome: Arc<Outcome<E>>,
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
    limits: GateLimits,
    listeners: Vec<Box<dyn Listener>>,
    state: Mutex<GateState<E>>,
}

type Flight<E> = watch::Receiver<Option<Arc<Outcome<E>>>>;

struct GateState<E> {
    flight: Option<Flight<E>>,
    last: Option<Arc<Outcome<E>>>,
}

enum Admission<E> {
    Known(Arc<Outcome<E>>),
    Wait(Flight<E>, Source),
}

impl<E: Send + Sync + 'static> Gate<E> {
    /// A gate of the check `name`, and who is told of it. Nothing is run before the first request.
    #[must_use]
    pub fn new(
        name: &'static str,
        probe: impl Probe<Evidence = E>,
        limits: GateLimits,
        listeners: Vec<Box<dyn Listener>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            name,
            probe: Box::new(probe),
            limits,
            listeners,
            state: Mutex::new(GateState {
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
        for listener in &self.listeners {
            listener.answered(answer.source, late);
        }
        answer
    }

    async fn await_answer(self: &Arc<Self>, deadline: Instant, request_id: &str) -> Answer<E> {
        match self.enter(deadline, request_id) {
            Admission::Known(outcome) => Self::answer(outcome, Source::Cached),
            Admission::Wait(mut flight, source) => {
                let landing = async {
                    let landed = flight.wait_for(Option::is_some).await;
                    let outcome = landed.map(|outcome| outcome.clone());
                    if let Ok(outcome) = outcome {
                        return outcome;
                    }
                    // A run goes without an outcome only with the whole runtime: then nobody is
                    // answered, and nothing is said that is not so.
                    std::future::pending().await
                };
                // Neither is late while the run keeps its own deadline and contains its own panics; a
                // caller is answered in any case.
                match tokio::time::timeout_at(deadline + GRACE, landing).await {
                    Ok(Some(outcome)) => Self::answer(outcome, source),
                    Ok(None) | Err(_) => Self::answer(self.stranded(), source),
                }
            }
        }
    }

    fn enter(self: &Arc<Self>, deadline: Instant, request_id: &str) -> Admission<E> {
        let mut state = self.lock();
        if let Some(flight) = &state.flight {
            return Admission::Wait(flight.clone(), Source::Shared);
        }
        if let Some(last) = &state.last {
            let fresh = last.finished.elapsed() < last.shared_for;
            let silent = last
                .observation
                .next_attempt
                .is_some_and(|next| Instant::now() < next.instant);
            if fresh || silent {
                return Admission::Known(Arc::clone(last));
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
            let outcome = gate.run(deadline, request_id).await;
            sender.send_replace(Some(outcome));
        });
        Admission::Wait(flight, Source::Live)
    }

    async fn run(&self, deadline: Instant, request_id: String) -> Arc<Outcome<E>> {
        let trace = Trace::default();
        let began = Instant::now();
        let run = AssertUnwindSafe(self.probe.run(&trace, deadline)).catch_unwind();
        let (result, is_abandoned) = match tokio::time::timeout_at(deadline, run).await {
            Ok(Ok(result)) => (result, false),
            Ok(Err(panic)) => (Err(panicked(panic.as_ref())), false),
            Err(_) => {
                let overdue = self.probe.overdue(trace.held_up(), self.limits.timeout);
                (Err(overdue), true)
            }
        };
        let finished = Instant::now();
        let finished_at = Timestamp::now();
        let latency = finished - began;
        let wait = result.as_ref().err().and_then(|fault| fault.retry_after);
        let observation = Observation {
            check: self.name,
            verdict: match &result {
                Ok(evidence) => self.probe.verdict(evidence),
                Err(_) => Verdict::Critical,
            },
            fault: result.as_ref().err().cloned(),
            latency,
            phases: trace.phases(),
            finished_at,
            since: finished_at,
            last_ok: result.is_ok().then_some(finished_at),
            consecutive_failures: u32::from(result.is_err()),
            next_attempt: wait.map(|wait| NextAttempt {
                at: finished_at.saturating_add(wait).unwrap_or(finished_at),
                instant: finished + wait,
            }),
            is_abandoned,
            request_id,
        };
        self.settle(Outcome {
            shared_for: self.limits.shared_for(result.is_ok(), latency),
            observation,
            result,
            finished,
        })
    }

    /// Makes the outcome known and the gate free again, in one step: whoever enters next sees both
    /// or neither.
    fn settle(&self, mut outcome: Outcome<E>) -> Arc<Outcome<E>> {
        let mut state = self.lock();
        let before = state.last.take();
        if let Some(before) = &before {
            outcome.observation.follow(&before.observation);
        }
        let outcome = Arc::new(outcome);
        state.last = Some(Arc::clone(&outcome));
        state.flight = None;
        drop(state);
        let before = before.as_ref().map(|before| &before.observation);
        for listener in &self.listeners {
            listener.observed(&outcome.observation, before);
        }
        outcome
    }

    fn answer(outcome: Arc<Outcome<E>>, source: Source) -> Answer<E> {
        let age = outcome.finished.elapsed();
        let fresh_for = outcome.shared_for.saturating_sub(age);
        let next_attempt = outcome.observation.next_attempt;
        let silent_for = next_attempt.map_or(Duration::ZERO, |next| {
            next.instant.saturating_duration_since(Instant::now())
        });
        Answer {
            outcome,
            source,
            age,
            retry_in: fresh_for.max(silent_for),
        }
    }

    fn stranded(&self) -> Arc<Outcome<E>> {
        let finished_at = Timestamp::now();
        let fault = self.probe.overdue(None, self.limits.timeout);
        let mut observation = Observation {
            check: self.name,
            verdict: Verdict::Critical,
            fault: Some(fault.clone()),
            latency: self.limits.timeout,
            phases: Vec::new(),
            finished_at,
            since: finished_at,
            last_ok: None,
            consecutive_failures: 1,
            next_attempt: None,
            is_abandoned: true,
            request_id: String::new(),
        };
        if let Some(last) = &self.lock().last {
            observation.follow(&last.observation);
        }
        Arc::new(Outcome {
            observation,
            result: Err(fault),
            finished: Instant::now(),
            shared_for: Duration::ZERO,
        })
    }

    fn lock(&self) -> MutexGuard<'_, GateState<E>> {
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
