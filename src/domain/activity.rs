//! From what was observed to a verdict: the thresholds of the checklist, and the words for what
//! they mean.
//!
//! # Design notes
//!
//! Adapters report facts (counts, ages, states) and judge nothing; this file judges and reads
//! nothing. What could not be seen is `unknown`, and `unknown` outranks `warning`: what cannot be
//! seen may be worse than what can.
//!
//! There is one judgement, and it is made here: each section is judged row by row, its verdict is
//! the worst of its rows, and its summary names each row that is not well. The endpoint, `doctor`
//! and the commands show these rows, and none of them judges again. The thresholds stand here, too;
//! where a statement needs one it is filled in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::check::Check;
use crate::domain::fault::Fault;
use crate::domain::locks::LockForest;
use crate::domain::session::SessionIdentity;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

mod connections;
mod locked;
mod queue;
mod rows;
mod sections;
mod shown;
mod told;
mod waiting;
mod workers;

pub use self::connections::{Connections, Holder, judge_connections};
pub(crate) use self::locked::LockHolder;
pub(crate) use self::queue::STATES as QUEUE_STATES_ROW;
pub use self::queue::{LastFinished, Queue, judge_queue};
pub use self::rows::RowId;
pub use self::sections::Judged;
pub use self::told::{ToldActivity, ToldFault};
pub use self::waiting::{LISTED_TYPES, REMEMBERED, WaitingType};
pub(crate) use self::workers::WORKING as WORKERS_WORKING_ROW;
pub(crate) use self::workers::stands_still;
pub use self::workers::{Worker, WorkerKind, WorkerState, Workers, WorkersSeen, judge_workers};

/// A worker without a heartbeat for longer than this is late, in seconds.
pub const LATE_AFTER: f64 = 90.0;
/// A worker without a heartbeat for longer than this is stale, in seconds.
pub const STALE_AFTER: f64 = 300.0;
/// A worker that finished no job for this long while jobs wait is not working, in seconds.
pub const IDLE_AFTER: f64 = 900.0;
/// A pending job younger than this does not count as waiting: a worker between two polls is no
/// news. In seconds.
pub const WAITING_AFTER: f64 = 60.0;
/// A job in processing for longer than this is stuck, in seconds.
pub const STUCK_AFTER: f64 = 900.0;
/// A job that is pending for longer than this is overdue, in seconds.
pub const OVERDUE_AFTER: f64 = 900.0;
/// The oldest pending job is critical when it waits for longer than this, in seconds.
pub const OVERDUE_CRITICAL: f64 = 3_600.0;
/// Where jobs wait and nobody has finished one for longer than this, the queue stands still. In
/// seconds.
pub const STALLED_AFTER: f64 = 300.0;
/// Jobs that failed within this time are counted, in seconds.
pub const FAILED_WITHIN: f64 = 86_400.0;
/// A pause without an end that has lasted for longer than this warns, in seconds.
pub const ENDLESS_AFTER: f64 = 86_400.0;
/// For how long a worker is listed that another of its kind has followed, or that said that it
/// stopped, in seconds.
pub const LISTED_FOR: f64 = 86_400.0;
/// The words, in lower case, with which a worker says that it has stopped.
pub const STOPPED_WORDS: &[&str] = &["stopped", "shutdown", "shut_down", "exited", "terminated"];
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

/// What a passing check of Supabase has found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Served {
    /// What the answer says of its server, such as `postgrest/12.2`.
    pub server: Option<String>,
    /// When the certificate expires that it showed; nothing where the way to it is not encrypted.
    pub certificate_expires_at: Option<Timestamp>,
}

/// One part of the report: what was found, or why it could not be read.
pub type Section<T> = Result<Finding<T>, Fault>;

/// What was found, and what it means.
#[derive(Debug, Clone)]
pub struct Finding<T> {
    /// The judgement: the worst of the rows.
    pub verdict: Verdict,
    /// The facts in a sentence for people, and one more for each row that is not well.
    pub summary: String,
    /// What was looked at, row by row. The first one is the section's own.
    pub checks: Vec<Check>,
    /// The facts it rests on.
    pub facts: T,
}

impl<T> Finding<T> {
    /// A section of one row.
    fn of_one(check: Check, facts: T) -> Self {
        Self {
            verdict: check.verdict,
            summary: check.summary.clone(),
            checks: vec![check],
            facts,
        }
    }

    /// The rows that are not well.
    pub fn complaints(&self) -> impl Iterator<Item = &Check> {
        self.checks
            .iter()
            .filter(|check| check.verdict != Verdict::Ok)
    }
}

/// All that `/api/health/ops` knows.
#[derive(Debug, Clone)]
pub struct Activity {
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

/// A question of the report that has no answer: what it is, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Unanswered {
    /// The row that it would have, such as `queue.overdue`.
    #[serde(deserialize_with = "rows::row_id")]
    #[schema(value_type = String)]
    pub question: RowId,
    /// Why, in a sentence for people.
    pub because: String,
    /// What to do about it.
    #[serde(skip)]
    pub advice: String,
}

impl Unanswered {
    /// A question that a table cannot answer, as it has no column for it.
    #[must_use]
    pub fn new(question: &'static str, because: String, advice: String) -> Self {
        Self {
            question,
            because,
            advice,
        }
    }

    /// The row of a question: unknown where it has no answer, else as it is judged.
    fn or(
        unanswered: &[Self],
        question: &'static str,
        judge: impl FnOnce(&'static str) -> Check,
    ) -> Check {
        let open = unanswered.iter().find(|one| one.question == question);
        open.map_or_else(|| judge(question), Self::row)
    }

    /// Its row.
    fn row(&self) -> Check {
        Check::new(self.question, Verdict::Unknown, self.because.clone())
            .code(Code::ValSchema)
            .advice(self.advice.clone())
    }
}

/// A session that has been at one thing for too long.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
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

/// Statements and idle transactions that last too long.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
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
    let (active, idle) = (facts.active.len(), facts.idle_in_transaction.len());
    let summary = format!(
        "{active} {} and {idle} {} last for over {}{}",
        many(active, "statement", "statements"),
        many(idle, "idle transaction", "idle transactions"),
        span(LONG_AFTER),
        hidden_note(facts.hidden)
    );
    let check = Check::new("connections.long-running", verdict, summary)
        .advice("dragonfly-ops pg long; for what is hidden: GRANT pg_read_all_stats");
    Finding::of_one(check, facts)
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
            "{waiting} {} for locks behind {} {}, the longest for {longest:.0} s.",
            many(waiting, "session waits", "sessions wait"),
            facts.roots.len(),
            many(facts.roots.len(), "root blocker", "root blockers"),
        ),
    };
    let check = Check::new("locks.waiting", verdict, summary).advice("dragonfly-ops pg locks");
    Finding::of_one(check, facts)
}

/// A length of time for people: in seconds up to two minutes, then in minutes, hours and days.
#[must_use]
pub fn span(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.0} h", s / 3_600.0),
        s => format!("{:.0} d", s / 86_400.0),
    }
}

/// The same of whole seconds; none where they are negative, as a clock may have been set back.
#[must_use]
pub fn span_of(seconds: i64) -> String {
    span(f64::from(u32::try_from(seconds.max(0)).unwrap_or(u32::MAX)))
}

/// The words for one thing, or for several.
#[must_use]
pub(crate) fn many<N: Copy + PartialEq + From<u8>>(
    count: N,
    one: &'static str,
    several: &'static str,
) -> &'static str {
    if count == N::from(1) { one } else { several }
}

fn hidden_note(hidden: i64) -> String {
    match hidden {
        0 => ".".to_owned(),
        hidden => {
            let sessions = many(hidden, "session", "sessions");
            format!("; {hidden} {sessions} could not be seen (the role lacks pg_read_all_stats).")
        }
    }
}

#[cfg(test)]
mod tests;
