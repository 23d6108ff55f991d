//! What `/api/health/ops` reads: workers, queue, connections, long-running sessions and locks.
//!
//! # Design notes
//!
//! One read-only transaction, a fixed number of statements, each a section of its own. All sections
//! see one snapshot: jobs that are counted as paused are held by pauses that are seen, too. Texts of
//! queries are masked here, where they are read: no other part of the program ever holds one.

mod statements;

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::Row;
use sqlx::postgres::PgRow;
use tokio::time::Instant;

use self::statements::{LISTED, LISTED_LONG, Statements};
pub use self::statements::{PLANNING, statements};
use crate::adapters::postgres::connection::{Database, KeptConnection, SEARCH_PATH, overdue};
use crate::adapters::postgres::sections::{SectionLimits, Sections};
use crate::adapters::postgres::visibility::{Hidden, VISIBILITY};
use crate::domain::activity::{
    Activity, Connections, LastFinished, LongRunning, LongSession, Queue, Worker, WorkerState,
    judge_connections, judge_locks, judge_long_running, judge_queue, judge_workers,
};
use crate::domain::fault::Fault;
use crate::domain::gate::{Probe, Run};
use crate::domain::locks::{LockEdge, LockForest, LockSession};
use crate::domain::pause::{Pause, PauseOrder};
use crate::domain::session::SessionIdentity;
use crate::domain::taxonomy::Code;
use crate::domain::trace::Trace;
use crate::domain::verdict::Verdict;
use crate::reading::sql_mask;

/// How much of a query is shown, in characters.
const QUERY_CHARS: usize = 200;
/// The sections share the time; each may take this part of it.
const SLICES: u32 = 7;
/// A lock that a section waits for is not worth more than this.
const LOCK_TIMEOUT: Duration = Duration::from_millis(250);
/// What it is called where an answer is missing.
const WHAT: &str = "the questions about its activity";
/// All sections see one snapshot.
const BEGIN: &[&str] = &[
    "BEGIN READ ONLY, ISOLATION LEVEL REPEATABLE READ",
    SEARCH_PATH,
    PLANNING,
];

/// Reads the activity of the database, on a connection of its own.
#[derive(Debug)]
pub struct ActivityProbe {
    kept: Result<KeptConnection, Fault>,
    statements: Statements,
    timeout: Duration,
}

impl ActivityProbe {
    /// A probe of `database` whose sections share `timeout`; without a database, it always finds
    /// that fault.
    #[must_use]
    pub fn new(database: Result<Database, Fault>, timeout: Duration) -> Self {
        Self {
            kept: database.map(KeptConnection::new),
            statements: Statements::new(),
            timeout,
        }
    }
}

impl Probe for ActivityProbe {
    type Evidence = Activity;

    fn run<'a>(&'a self, trace: &'a Trace, deadline: Instant) -> Run<'a, Activity> {
        Box::pin(self.read(trace, deadline))
    }

    fn verdict(&self, report: &Activity) -> Verdict {
        report.verdict()
    }

    fn overdue(&self, phase: Option<&'static str>, timeout: Duration) -> Fault {
        overdue(phase, WHAT, timeout)
    }
}

impl ActivityProbe {
    async fn read(&self, trace: &Trace, deadline: Instant) -> Result<Activity, Fault> {
        let kept = self.kept.as_ref().map_err(Clone::clone)?;
        let database = kept.database();
        let limits = SectionLimits {
            what: WHAT,
            lock_timeout: LOCK_TIMEOUT,
            slice: self.timeout / SLICES,
            deadline: Some(deadline),
            // The gate gives up, or whoever runs the probe without one.
            grace: None,
        };
        let (mut lease, _) = kept
            .ask_first(trace, "begin", || limits.opening(BEGIN))
            .await?;
        let mut sections = Sections::new(database, &mut lease.connection, trace, limits);
        let report = report(&mut sections, &self.statements).await?;
        sections.end().await;
        if !sections.is_broken() {
            kept.keep(lease);
        }
        Ok(report)
    }
}

async fn report(sections: &mut Sections<'_>, sql: &Statements) -> Result<Activity, Fault> {
    let hidden = section(sections, "visibility", VISIBILITY, Hidden::read).await?;
    let heartbeats = section(sections, "workers", &sql.workers, workers).await?;
    let jobs = section(sections, "worker_jobs", &sql.worker_jobs, worker_jobs).await?;
    let queue = section(sections, "queue", &sql.queue, queue).await?;
    let pauses = section(sections, "pauses", &sql.pauses, pauses).await?;
    let connections = section(sections, "connections", &sql.connections, connections).await?;
    let long_running = section(sections, "long_running", &sql.long_running, long_running).await?;
    let locks = section(sections, "locks", &sql.locks, locks).await?;
    // What may hide rows looks empty, and must not look well.
    let sees = |tables: &[&str]| hidden.as_ref().map_err(Clone::clone)?.refuse(tables);
    let heartbeats = sees(&["worker_heartbeats"]).and(heartbeats);
    let queue = sees(&["job_queue", "queue_pauses"]).and(queue);
    let oldest_pending = queue
        .as_ref()
        .ok()
        .and_then(|queue| queue.oldest_pending_seconds);
    Ok(Activity {
        workers: heartbeats.map(|(items, unlisted)| {
            // Where the queue cannot be read, its own section says so; heartbeats are judged
            // without it.
            let items = with_jobs(items, &jobs.unwrap_or_default());
            judge_workers(items, unlisted, oldest_pending)
        }),
        queue: queue
            .and_then(|queue| with_pauses(queue, pauses))
            .map(judge_queue),
        connections: connections.map(judge_connections),
        long_running: long_running.map(judge_long_running),
        locks: locks.map(judge_locks),
    })
}

/// Reads one section. The outer fault means that the connection is of no more use.
async fn section<T>(
    sections: &mut Sections<'_>,
    name: &'static str,
    sql: &str,
    understand: impl FnOnce(&[PgRow]) -> Result<T, sqlx::Error>,
) -> Result<Result<T, Fault>, Fault> {
    match sections.section(name, sql, understand).await {
        Err(fault) if sections.is_broken() => Err(fault),
        found => Ok(found.map_err(|fault| at(name, fault))),
    }
}

/// Says which tables a schema fault is about, and how to get them.
fn at(section: &str, fault: Fault) -> Fault {
    let table = match section {
        "workers" => "ops.worker_heartbeats",
        "worker_jobs" | "queue" => "ops.job_queue",
        "pauses" => "ops.queue_pauses",
        _ => return fault,
    };
    let causes = fault.causes.clone();
    match fault.code {
        Code::ValSchema => Fault::new(
            Code::ValSchema,
            format!("{table} does not exist or is of another shape: run dragonfly-ops migrate."),
        )
        .caused_by(causes),
        Code::AuthForbidden => Fault::new(
            Code::AuthForbidden,
            format!("The database role may not read {table}: GRANT USAGE ON SCHEMA ops and SELECT ON {table}."),
        )
        .caused_by(causes),
        _ => fault,
    }
}

/// The workers that are listed; and the age of the youngest heartbeat of all, where there are more.
fn workers(rows: &[PgRow]) -> Result<(Vec<Worker>, Option<f64>), sqlx::Error> {
    let items = rows
        .iter()
        .take(LISTED)
        .map(|row| {
            Ok(Worker {
                name: row.try_get("name")?,
                state: WorkerState::Unknown,
                status: row.try_get("status")?,
                seconds_since_heartbeat: age(row, "seconds_since_heartbeat")?,
                seconds_since_finished_job: None,
                has_recent_job: false,
                jobs_processed: row.try_get("jobs_processed")?,
                error_count: row.try_get("error_count")?,
            })
        })
        .collect::<Result<_, sqlx::Error>>()?;
    let unlisted = match rows.get(LISTED) {
        Some(row) => age(row, "seconds_since_any_heartbeat")?,
        None => None,
    };
    Ok((items, unlisted))
}

type WorkerJobs = BTreeMap<String, (Option<f64>, bool)>;

fn worker_jobs(rows: &[PgRow]) -> Result<WorkerJobs, sqlx::Error> {
    let mut jobs = WorkerJobs::new();
    for row in rows {
        if let Some(name) = row.try_get::<Option<String>, _>("name")? {
            jobs.insert(
                name,
                (
                    age(row, "seconds_since_finished_job")?,
                    row.try_get("has_recent_job")?,
                ),
            );
        }
    }
    Ok(jobs)
}

fn with_jobs(mut items: Vec<Worker>, jobs: &WorkerJobs) -> Vec<Worker> {
    for worker in &mut items {
        if let Some((finished, recent)) = worker.name.as_ref().and_then(|name| jobs.get(name)) {
            worker.seconds_since_finished_job = *finished;
            worker.has_recent_job = *recent;
        }
    }
    items
}

fn queue(rows: &[PgRow]) -> Result<Queue, sqlx::Error> {
    let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
    let finished = match age(row, "seconds_since_finished_job")? {
        Some(seconds) => LastFinished::Ago(seconds),
        None if row.try_get("knows_finished")? => LastFinished::Never,
        None => LastFinished::Unknown,
    };
    Ok(Queue {
        pending: row.try_get("pending")?,
        paused: row.try_get("paused")?,
        processing: row.try_get("processing")?,
        oldest_pending_seconds: age(row, "oldest_pending_seconds")?,
        finished,
        stuck_processing: row.try_get("stuck_processing")?,
        failed_24h: row.try_get("failed_24h")?,
        pauses: Vec::new(),
    })
}

/// Before the migration that brings pauses there are none; what cannot be read for another cause
/// must not look like none.
fn with_pauses(mut queue: Queue, pauses: Result<Vec<Pause>, Fault>) -> Result<Queue, Fault> {
    queue.pauses = match pauses {
        Err(fault) if fault.code != Code::ValSchema => return Err(fault),
        pauses => pauses.unwrap_or_default(),
    };
    Ok(queue)
}

fn pauses(rows: &[PgRow]) -> Result<Vec<Pause>, sqlx::Error> {
    let read = |row: &PgRow| {
        Ok(Pause {
            id: row.try_get("id")?,
            job_type: row.try_get("job_type")?,
            active: row.try_get("is_active")?,
            held: row.try_get("held")?,
            escaped: row.try_get("escaped")?,
            seconds_since_paused: age(row, "seconds_since_paused")?.unwrap_or_default(),
            seconds_until_expiry: age(row, "seconds_until_expiry")?,
            order: Some(PauseOrder {
                reason: row.try_get("reason")?,
                paused_by: row.try_get("paused_by")?,
            }),
        })
    };
    rows.iter().map(read).collect()
}

fn connections(rows: &[PgRow]) -> Result<Connections, sqlx::Error> {
    let mut found = Connections::default();
    for row in rows {
        found.ceiling = row.try_get("ceiling")?;
        let sessions: i64 = row.try_get("sessions")?;
        found.used += sessions;
        if row.try_get("hidden")? {
            found.hidden += sessions;
        } else if let Some(state) = row.try_get::<Option<String>, _>("state")? {
            *found.by_state.entry(state).or_default() += sessions;
        }
    }
    Ok(found)
}

fn long_running(rows: &[PgRow]) -> Result<LongRunning, sqlx::Error> {
    let mut found = LongRunning {
        truncated: rows.len() > LISTED_LONG,
        ..LongRunning::default()
    };
    for row in rows.iter().take(LISTED_LONG) {
        found.hidden = row.try_get("hidden")?;
        let Some(pid) = row.try_get("pid")? else {
            continue;
        };
        let session = LongSession {
            pid,
            state: row.try_get("state")?,
            seconds: age(row, "seconds")?.unwrap_or_default(),
            backend_start: row.try_get("backend_start")?,
            transaction_seconds: age(row, "transaction_seconds")?,
            identity: Some(identity(row)?),
        };
        if row.try_get("idle")? {
            found.idle_in_transaction.push(session);
        } else {
            found.active.push(session);
        }
    }
    Ok(found)
}

fn locks(rows: &[PgRow]) -> Result<LockForest, sqlx::Error> {
    let mut edges = Vec::new();
    let mut sessions = BTreeMap::new();
    let mut waiting = std::collections::BTreeSet::new();
    for row in rows {
        let waiting_pid = row.try_get("waiting_pid")?;
        waiting.insert(waiting_pid);
        if waiting.len() > LISTED {
            break;
        }
        let blocking_pid = row.try_get("blocking_pid")?;
        edges.push(LockEdge {
            waiting_pid,
            blocking_pid,
            wait_seconds: age(row, "wait_seconds")?,
            lock_type: row.try_get("lock_type")?,
            mode: row.try_get("mode")?,
            relation: row.try_get("relation")?,
        });
        let session = LockSession {
            state: row.try_get("state")?,
            backend_start: row.try_get("backend_start")?,
            transaction_seconds: age(row, "transaction_seconds")?,
            identity: Some(identity(row)?),
        };
        sessions.insert(blocking_pid, session);
    }
    Ok(LockForest::grow(edges, &sessions, waiting.len() > LISTED))
}

/// Who a session is and what it runs, masked.
pub(super) fn identity(row: &PgRow) -> Result<SessionIdentity, sqlx::Error> {
    let query: Option<String> = row.try_get("query")?;
    Ok(SessionIdentity {
        user: row.try_get("user_name")?,
        client: row.try_get("client")?,
        application: row.try_get("application")?,
        query: query.map(|query| sql_mask::mask(&query, QUERY_CHARS)),
    })
}

/// An age in seconds, to a tenth: more would only pretend to be exact.
pub(super) fn age(row: &PgRow, column: &str) -> Result<Option<f64>, sqlx::Error> {
    let seconds: Option<f64> = row.try_get(column)?;
    Ok(seconds.map(|seconds| (seconds * 10.0).round() / 10.0))
}
