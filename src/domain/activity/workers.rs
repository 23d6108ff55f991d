//! The workers, by their heartbeats and by their work.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::activity::{Finding, IDLE_AFTER, LATE_AFTER, STALE_AFTER, WAITING_AFTER, span};
use crate::domain::check::Check;
use crate::domain::verdict::Verdict;

/// How many workers have a row of their own.
const LISTED: usize = 20;
/// The id of the row of one worker.
const WORKER: &str = "workers.worker";

/// What a heartbeat says of its worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkerState {
    /// It beats, and works or has nothing to do.
    Alive,
    /// It beats, but has finished no job for 15 minutes while jobs wait.
    AliveNotWorking,
    /// No heartbeat for over 90 s.
    Late,
    /// No heartbeat for over 5 minutes, for however long.
    Stale,
    /// The heartbeat is missing, or lies in the future.
    Unknown,
}

/// A row of `ops.worker_heartbeats`, with what the queue knows of the worker.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Worker {
    /// The worker's name.
    pub name: Option<String>,
    /// What its heartbeat says. Judged here, not reported by the worker.
    pub state: WorkerState,
    /// What the worker says of itself.
    pub status: Option<String>,
    /// Seconds since its last heartbeat, by the database's clock.
    pub seconds_since_heartbeat: Option<f64>,
    /// Seconds since it last finished a job, where the queue remembers one.
    pub seconds_since_finished_job: Option<f64>,
    /// Whether it began a job within the last 15 minutes that is still in processing.
    pub has_recent_job: bool,
    /// Jobs processed, as the worker counts them.
    pub jobs_processed: Option<i64>,
    /// Errors, as the worker counts them.
    pub error_count: Option<i64>,
}

/// The workers, silent ones included.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Workers {
    /// How many there are.
    pub total: usize,
    /// How many are in each state.
    pub by_state: BTreeMap<&'static str, usize>,
    /// Whether more exist than are listed.
    pub truncated: bool,
    /// Each of them, the longest silent first.
    pub items: Vec<Worker>,
}

impl WorkerState {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alive => "alive",
            Self::AliveNotWorking => "alive_not_working",
            Self::Late => "late",
            Self::Stale => "stale",
            Self::Unknown => "unknown",
        }
    }

    /// What it means that one worker of several is so.
    const fn verdict(self) -> Verdict {
        match self {
            Self::Alive => Verdict::Ok,
            Self::AliveNotWorking | Self::Late | Self::Stale => Verdict::Warning,
            Self::Unknown => Verdict::Unknown,
        }
    }

    /// Whether no work is done by it, and none will be until somebody acts.
    const fn is_out(self) -> bool {
        matches!(self, Self::Stale | Self::AliveNotWorking)
    }
}

impl Worker {
    fn judge(&self, jobs_wait: bool) -> WorkerState {
        match self.seconds_since_heartbeat {
            None => WorkerState::Unknown,
            // A heartbeat from the future would look fresh for as long as it takes the clock to
            // catch up.
            Some(age) if age < -LATE_AFTER => WorkerState::Unknown,
            Some(age) if age > STALE_AFTER => WorkerState::Stale,
            Some(age) if age > LATE_AFTER => WorkerState::Late,
            Some(_) => {
                let idle = self
                    .seconds_since_finished_job
                    .is_none_or(|age| age > IDLE_AFTER);
                if jobs_wait && idle && !self.has_recent_job {
                    WorkerState::AliveNotWorking
                } else {
                    WorkerState::Alive
                }
            }
        }
    }
}

/// Judges the workers. `unlisted` is the age of the youngest heartbeat of all, where more workers
/// exist than are listed; `oldest_pending_seconds` the age of the oldest job that waits, where one
/// does.
#[must_use]
pub fn judge_workers(
    mut items: Vec<Worker>,
    unlisted: Option<f64>,
    oldest_pending_seconds: Option<f64>,
) -> Finding<Workers> {
    let jobs_wait = oldest_pending_seconds.is_some_and(|age| age > WAITING_AFTER);
    let mut by_state = BTreeMap::new();
    for worker in &mut items {
        worker.state = worker.judge(jobs_wait);
        *by_state.entry(worker.state.as_str()).or_default() += 1;
    }
    let facts = Workers {
        total: items.len(),
        by_state,
        truncated: unlisted.is_some(),
        items,
    };
    let mut checks = judge_each(&facts.items);
    let summary = summarise(&facts);
    // The longest silent are listed: where others are not, all are out if the youngest is stale.
    let are_others_out = unlisted.is_none_or(|youngest| youngest > STALE_AFTER);
    let are_all_out = facts.items.iter().all(|worker| worker.state.is_out()) && are_others_out;
    let verdict = match (facts.total, are_all_out) {
        (0, _) => Verdict::Unknown,
        (_, true) => Verdict::Critical,
        (_, false) => checks
            .iter()
            .map(|check| check.verdict)
            .max()
            .unwrap_or(Verdict::Ok),
    };
    checks.insert(
        0,
        Check::new("workers.summary", verdict, summary.clone()).advice(
            "Railway deployment status; whether the worker processes run; OOM kills in Railway's metrics",
        ),
    );
    Finding {
        verdict,
        summary,
        checks,
        facts,
    }
}

fn summarise(facts: &Workers) -> String {
    let total = facts.total;
    let alive = facts.by_state.get("alive").copied().unwrap_or(0);
    let others: Vec<_> = facts
        .by_state
        .iter()
        .filter(|(state, _)| **state != "alive")
        .map(|(state, count)| format!("{count} {}", state.replace('_', " ")))
        .collect();
    match (total, others.is_empty()) {
        (0, _) => "No worker has ever sent a heartbeat.".to_owned(),
        (_, true) => format!("All {total} workers are alive."),
        (_, false) => format!(
            "{alive} of {total} workers are alive, {}.",
            others.join(", ")
        ),
    }
}

/// A row for each worker that is not alive, up to a number.
fn judge_each(items: &[Worker]) -> Vec<Check> {
    let silent: Vec<_> = items
        .iter()
        .filter(|worker| worker.state != WorkerState::Alive)
        .collect();
    let mut checks: Vec<_> = silent
        .iter()
        .take(LISTED)
        .map(|worker| judge_one(worker))
        .collect();
    if let Some(left) = silent.get(LISTED..).filter(|left| !left.is_empty()) {
        let verdict = left.iter().map(|worker| worker.state.verdict()).max();
        checks.push(Check::new(
            WORKER,
            verdict.unwrap_or(Verdict::Warning),
            format!(
                "{} more are not alive: dragonfly-ops workers lists them.",
                left.len()
            ),
        ));
    }
    checks
}

fn judge_one(worker: &Worker) -> Check {
    let age = worker.seconds_since_heartbeat;
    let silent = age.map_or_else(
        || "without any heartbeat".to_owned(),
        |age| format!("last heartbeat {age:.0} s ago"),
    );
    let summary = match worker.state {
        WorkerState::Alive => format!("Alive, {silent}."),
        WorkerState::AliveNotWorking => format!(
            "It beats ({silent}), but has finished nothing for {} while jobs wait.",
            span(IDLE_AFTER)
        ),
        WorkerState::Late => format!("Late, {silent}."),
        WorkerState::Stale => format!("Stale, {silent}."),
        WorkerState::Unknown => format!("Its heartbeat says nothing: {silent}."),
    };
    Check::new(WORKER, worker.state.verdict(), summary)
        .subject(worker.name.as_deref().unwrap_or("without a name"))
        .advice("Restart it if it is gone; delete its heartbeat if it is meant to be gone")
}
