//! From what was observed to a verdict: the thresholds of the checklist, and the words for what
//! they mean.
//!
//! # Design notes
//!
//! Adapters report facts (counts, ages, states) and judge nothing; this file judges and reads
//! nothing. What could not be seen is `unknown`, and `unknown` outranks `warning`: what cannot be
//! seen may be worse than what can.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::fault::Fault;
use crate::domain::locks::LockForest;
use crate::domain::pause::Pause;

/// A worker without a heartbeat for longer than this is late, in seconds.
pub const LATE_AFTER: f64 = 90.0;
/// A worker without a heartbeat for longer than this is stale, in seconds.
pub const STALE_AFTER: f64 = 300.0;
/// A worker that finished no job for this long while jobs wait is not working, in seconds.
pub const IDLE_AFTER: f64 = 900.0;
/// A pending job younger than this does not count as waiting: a worker between two polls is no
/// news. In seconds.
pub const WAITING_AFTER: f64 = 60.0;
/// A job in processing for longer than this is stuck, and a pending one overdue, in seconds.
pub const STUCK_AFTER: f64 = 900.0;
/// The share of the usable connections from which on there is a warning.
pub const CONNECTIONS_WARNING: f64 = 0.80;
/// The share of the usable connections from which on it is critical.
pub const CONNECTIONS_CRITICAL: f64 = 0.95;
/// A statement or an idle transaction older than this is long-running, in seconds.
pub const LONG_AFTER: f64 = 60.0;
/// A wait for a lock longer than this is a warning, in seconds.
pub const LOCK_WAIT_WARNING: f64 = 5.0;
/// A wait for a lock longer than this is critical, in seconds.
pub const LOCK_WAIT_CRITICAL: f64 = 60.0;

/// What a look at something came to, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All is well.
    Ok,
    /// Look at it soon.
    Warning,
    /// It could not be seen. Never to be taken for well.
    Unknown,
    /// Act now.
    Critical,
}

impl Verdict {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Unknown => "unknown",
            Self::Critical => "critical",
        }
    }
}

/// What a passing check of Supabase has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// What the answer says of its server, such as `postgrest/12.2`.
    pub server: Option<String>,
}

/// One part of the report: what was found, or why it could not be read.
pub type Section<T> = Result<Finding<T>, Fault>;

/// What was found, and what it means.
#[derive(Debug, Clone)]
pub struct Finding<T> {
    /// The judgement.
    pub verdict: Verdict,
    /// One sentence for people.
    pub summary: String,
    /// The facts it rests on.
    pub facts: T,
}

/// All that `/api/health/ops` knows.
#[derive(Debug, Clone)]
pub struct OpsReport {
    /// The workers and their heartbeats.
    pub workers: Section<Workers>,
    /// The job queue.
    pub queue: Section<Queue>,
    /// The server's connections.
    pub connections: Section<Connections>,
    /// Statements and idle transactions that last too long.
    pub long_running: Section<LongRunning>,
    /// Who waits for whom.
    pub locks: Section<LockForest>,
}

impl OpsReport {
    /// The worst verdict of all sections; a section that could not be read counts as unknown.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let verdicts = [
            verdict_of(&self.workers),
            verdict_of(&self.queue),
            verdict_of(&self.connections),
            verdict_of(&self.long_running),
            verdict_of(&self.locks),
        ];
        verdicts.into_iter().max().unwrap_or(Verdict::Unknown)
    }
}

fn verdict_of<T>(section: &Section<T>) -> Verdict {
    section
        .as_ref()
        .map_or(Verdict::Unknown, |finding| finding.verdict)
}

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

    const fn verdict(self) -> Verdict {
        match self {
            Self::Alive => Verdict::Ok,
            Self::AliveNotWorking | Self::Late => Verdict::Warning,
            Self::Stale => Verdict::Critical,
            Self::Unknown => Verdict::Unknown,
        }
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

/// Judges the workers. `oldest_pending_seconds` is the age of the oldest job that waits, where one
/// does.
#[must_use]
pub fn judge_workers(
    mut items: Vec<Worker>,
    truncated: bool,
    oldest_pending_seconds: Option<f64>,
) -> Finding<Workers> {
    let jobs_wait = oldest_pending_seconds.is_some_and(|age| age > WAITING_AFTER);
    let mut by_state = BTreeMap::new();
    let mut verdict = Verdict::Ok;
    for worker in &mut items {
        worker.state = worker.judge(jobs_wait);
        *by_state.entry(worker.state.as_str()).or_default() += 1;
        verdict = verdict.max(worker.state.verdict());
    }
    if items.is_empty() {
        verdict = Verdict::Unknown;
    }
    let total = items.len();
    let alive = by_state.get("alive").copied().unwrap_or(0);
    let summary = if total == 0 {
        "No worker has ever sent a heartbeat.".to_owned()
    } else {
        let others: Vec<_> = by_state
            .iter()
            .filter(|(state, _)| **state != "alive")
            .map(|(state, count)| format!("{count} {}", state.replace('_', " ")))
            .collect();
        match others.is_empty() {
            true => format!("All {total} workers are alive."),
            false => format!(
                "{alive} of {total} workers are alive, {}.",
                others.join(", ")
            ),
        }
    };
    Finding {
        verdict,
        summary,
        facts: Workers {
            total,
            by_state,
            truncated,
            items,
        },
    }
}

/// The job queue's backlog. Finished jobs are not counted.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Queue {
    /// Jobs that wait to be claimed.
    pub pending: i64,
    /// Jobs that are held back.
    pub paused: i64,
    /// Jobs that a worker has claimed.
    pub processing: i64,
    /// The age of the oldest pending job, in seconds.
    pub oldest_pending_seconds: Option<f64>,
    /// Jobs in processing for over 15 minutes, or without a start.
    pub stuck_processing: i64,
    /// Jobs that failed within the last 24 hours.
    pub failed_24h: i64,
    /// The pauses that last, and those that were lifted and still hold jobs.
    pub pauses: Vec<Pause>,
}

/// Judges the queue.
#[must_use]
pub fn judge_queue(facts: Queue) -> Finding<Queue> {
    let overdue = facts
        .oldest_pending_seconds
        .is_some_and(|age| age > STUCK_AFTER);
    let mut complaints = Vec::new();
    if facts.stuck_processing > 0 {
        complaints.push(format!("{} stuck in processing", facts.stuck_processing));
    }
    if overdue {
        complaints.push("the oldest pending job waits for over 15 minutes".to_owned());
    }
    complaints.extend(facts.pauses.iter().filter_map(Pause::complaint));
    let verdict = if complaints.is_empty() {
        Verdict::Ok
    } else {
        Verdict::Warning
    };
    let mut summary = format!(
        "{} pending, {} processing, {} paused, {} failed in 24 h",
        facts.pending, facts.processing, facts.paused, facts.failed_24h
    );
    let well = facts
        .pauses
        .iter()
        .filter(|pause| pause.complaint().is_none());
    let pauses = well.map(|pause| format!("pause {} holds {}", pause.id, pause.held()));
    for complaint in pauses.chain(complaints) {
        summary.push_str("; ");
        summary.push_str(&complaint);
    }
    summary.push('.');
    Finding {
        verdict,
        summary,
        facts,
    }
}

/// The connections of the whole server, against what it can take.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Connections {
    /// Client connections, of all databases and roles.
    pub used: i64,
    /// `max_connections`, less what is reserved for superusers.
    pub ceiling: i64,
    /// `used` divided by `ceiling`.
    pub ratio: f64,
    /// How many are in each state, as far as it could be seen.
    pub by_state: BTreeMap<String, i64>,
    /// Sessions whose state this role may not see.
    pub hidden: i64,
}

/// Judges the connections.
#[must_use]
pub fn judge_connections(mut facts: Connections) -> Finding<Connections> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a share for people to read, of two small numbers"
    )]
    let ratio = if facts.ceiling > 0 {
        facts.used as f64 / facts.ceiling as f64
    } else {
        1.0
    };
    facts.ratio = (ratio * 1000.0).round() / 1000.0;
    let mut verdict = if ratio >= CONNECTIONS_CRITICAL {
        Verdict::Critical
    } else if ratio >= CONNECTIONS_WARNING {
        Verdict::Warning
    } else {
        Verdict::Ok
    };
    if facts.hidden > 0 {
        verdict = verdict.max(Verdict::Unknown);
    }
    let summary = format!(
        "{} of {} connections in use{}",
        facts.used,
        facts.ceiling,
        hidden_note(facts.hidden)
    );
    Finding {
        verdict,
        summary,
        facts,
    }
}

/// A session that has been at one thing for too long.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LongSession {
    /// The backend's process id.
    pub pid: i32,
    /// Its state.
    pub state: String,
    /// For how long its statement has run, or its transaction has been idle, in seconds.
    pub seconds: f64,
    /// When its backend started, as Postgres writes it: with the process id, it names the session.
    pub backend_start: Option<String>,
    /// For how long its transaction has been open, in seconds.
    pub transaction_seconds: Option<f64>,
    /// Who it is and what it runs: for the reader's or the operator's token only.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub identity: Option<SessionIdentity>,
}

/// What only a token shows of a session.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionIdentity {
    /// The role.
    pub user: Option<String>,
    /// The address of the client.
    pub client: Option<String>,
    /// The application's name for itself.
    pub application: Option<String>,
    /// The statement, its literals masked, at most 200 characters.
    pub query: Option<String>,
}

/// Statements and idle transactions that last for over a minute.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct LongRunning {
    /// Client backends with a statement under way.
    pub active: Vec<LongSession>,
    /// Client backends that hold a transaction open and do nothing.
    pub idle_in_transaction: Vec<LongSession>,
    /// Sessions that this role may not see.
    pub hidden: i64,
    /// Whether more exist than are listed.
    pub truncated: bool,
}

/// Judges what is long-running.
#[must_use]
pub fn judge_long_running(facts: LongRunning) -> Finding<LongRunning> {
    let found = !facts.active.is_empty() || !facts.idle_in_transaction.is_empty();
    let verdict = match (found, facts.hidden > 0) {
        (_, true) => Verdict::Unknown,
        (true, false) => Verdict::Warning,
        (false, false) => Verdict::Ok,
    };
    let summary = format!(
        "{} statements and {} idle transactions last for over 60 s{}",
        facts.active.len(),
        facts.idle_in_transaction.len(),
        hidden_note(facts.hidden)
    );
    Finding {
        verdict,
        summary,
        facts,
    }
}

/// Judges the lock trees.
#[must_use]
pub fn judge_locks(facts: LockForest) -> Finding<LockForest> {
    let longest = facts.longest_wait_seconds.unwrap_or(0.0);
    let verdict = if longest > LOCK_WAIT_CRITICAL {
        Verdict::Critical
    } else if longest > LOCK_WAIT_WARNING {
        Verdict::Warning
    } else {
        Verdict::Ok
    };
    let summary = match facts.waiting {
        0 => "No session waits for a lock.".to_owned(),
        waiting => format!(
            "{waiting} sessions wait for locks behind {} root blockers, the longest for {longest:.0} s.",
            facts.roots.len()
        ),
    };
    Finding {
        verdict,
        summary,
        facts,
    }
}

fn hidden_note(hidden: i64) -> String {
    match hidden {
        0 => ".".to_owned(),
        hidden => {
            format!("; {hidden} sessions could not be seen (the role lacks pg_read_all_stats).")
        }
    }
}

#[cfg(test)]
mod tests;
