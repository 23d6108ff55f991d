//! What `/api/health/ops` reads: workers, queue, connections, long-running sessions and locks.
//!
//! # Design notes
//!
//! One read-only transaction, a fixed number of statements. Each section has a savepoint and a time
//! of its own, so that a missing table or a locked one costs that section and no other. All sections
//! see one snapshot: jobs that are counted as paused are held by pauses that are seen, too. Texts of
//! queries are masked here, where they are read: no other part of the program ever holds one.

mod statements;

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::TryStreamExt;
use prometheus::IntCounter;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row};
use tokio::time::Instant;

use self::statements::Statements;
pub use self::statements::{PLANNING, statements};
use crate::adapters::postgres::classify::classify;
use crate::adapters::postgres::probe::millis_left;
use crate::adapters::postgres::session::{Database, SEARCH_PATH, Session, overdue};
use crate::domain::fault::Fault;
use crate::domain::gate::{Probe, Run};
use crate::domain::locks::{LockEdge, LockForest, LockSession};
use crate::domain::pause::{Pause, PauseOrder};
use crate::domain::report::{
    Connections, LastFinished, LongRunning, LongSession, OpsReport, Queue, SessionIdentity, Worker,
    WorkerState, judge_connections, judge_locks, judge_long_running, judge_queue, judge_workers,
};
use crate::domain::taxonomy::Code;
use crate::domain::trace::Trace;
use crate::domain::verdict::Verdict;
use crate::reading::redact::Redactor;
use crate::reading::sql_mask;

/// How much of a query is shown, in characters.
const QUERY_CHARS: usize = 200;
/// How many workers and waiting sessions are listed.
const LISTED: usize = 200;
/// How many long-running sessions are listed.
const LISTED_LONG: usize = 50;
/// How many rows are read of one answer: more than the longest that is asked for.
const ROWS: usize = 50_000;
/// The sections share the time; each may take this part of it.
const SLICES: u32 = 7;
/// A lock that a section waits for is not worth more than this.
const LOCK_TIMEOUT: Duration = Duration::from_millis(250);

/// Reads the activity of the database, on a connection of its own.
#[derive(Debug)]
pub struct ActivityProbe {
    session: Result<Session, Fault>,
    statements: Statements,
    timeout: Duration,
}

impl ActivityProbe {
    /// A probe of `database` whose sections share `timeout`; without a database, it always finds
    /// that fault.
    #[must_use]
    pub fn new(database: Result<Database, Fault>, timeout: Duration) -> Self {
        Self {
            session: database.map(Session::new),
            statements: Statements::new(),
            timeout,
        }
    }
}

impl Probe for ActivityProbe {
    type Evidence = OpsReport;

    fn run<'a>(&'a self, trace: &'a Trace, deadline: Instant) -> Run<'a, OpsReport> {
        Box::pin(self.read(trace, deadline))
    }

    fn verdict(&self, report: &OpsReport) -> Verdict {
        report.verdict()
    }

    fn overdue(&self, phase: Option<&'static str>, timeout: Duration) -> Fault {
        overdue(phase, "the questions about its activity", timeout)
    }
}

impl ActivityProbe {
    async fn read(&self, trace: &Trace, deadline: Instant) -> Result<OpsReport, Fault> {
        let session = self.session.as_ref().map_err(Clone::clone)?;
        let redactor = session.database().redactor();
        let mut lease = session.lease(trace).await?;
        let slice = self.timeout / SLICES;
        let queries = &session.database().traffic().queries;
        trace.enter("begin");
        queries.inc();
        let mut begun = begin(&mut lease.connection, deadline).await;
        if let Err(error) = &begun
            && lease.reused
            && classify(error, redactor).stale
        {
            drop(lease);
            lease = session.fresh(trace).await?;
            trace.enter("begin");
            queries.inc();
            begun = begin(&mut lease.connection, deadline).await;
        }
        begun.map_err(|error| classify(&error, redactor).fault)?;
        let mut reader = Reader {
            connection: &mut lease.connection,
            queries,
            trace,
            redactor,
            slice,
            deadline,
        };
        let report = reader.report(&self.statements).await?;
        trace.enter("commit");
        queries.inc();
        let ended = sqlx::raw_sql("COMMIT").execute(&mut lease.connection).await;
        trace.leave();
        if ended.is_ok() {
            session.keep(lease);
        }
        Ok(report)
    }
}

async fn begin(connection: &mut PgConnection, deadline: Instant) -> Result<(), sqlx::Error> {
    let sql = format!(
        "BEGIN READ ONLY, ISOLATION LEVEL REPEATABLE READ; {SEARCH_PATH}; {PLANNING}; SET LOCAL statement_timeout = {}; \
         SET LOCAL lock_timeout = {}",
        millis_left(deadline),
        LOCK_TIMEOUT.as_millis()
    );
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(connection)
        .await
        .map(drop)
}

struct Reader<'a> {
    connection: &'a mut PgConnection,
    queries: &'a IntCounter,
    trace: &'a Trace,
    redactor: &'a Redactor,
    slice: Duration,
    deadline: Instant,
}

impl Reader<'_> {
    async fn report(&mut self, sql: &Statements) -> Result<OpsReport, Fault> {
        let heartbeats = self.section("workers", &sql.workers, workers).await?;
        let jobs = self
            .section("worker_jobs", &sql.worker_jobs, worker_jobs)
            .await?;
        let queue = self.section("queue", &sql.queue, queue).await?;
        let pauses = self.section("pauses", &sql.pauses, pauses).await?;
        let connections = self
            .section("connections", &sql.connections, connections)
            .await?;
        let long_running = self
            .section("long_running", &sql.long_running, long_running)
            .await?;
        let locks = self.section("locks", &sql.locks, locks).await?;
        let oldest_pending = queue
            .as_ref()
            .ok()
            .and_then(|queue| queue.oldest_pending_seconds);
        Ok(OpsReport {
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
        &mut self,
        name: &'static str,
        sql: &str,
        understand: impl FnOnce(&[PgRow]) -> Result<T, sqlx::Error>,
    ) -> Result<Result<T, Fault>, Fault> {
        self.trace.enter(name);
        self.queries.inc();
        let until = self.deadline.min(Instant::now() + self.slice);
        let message = format!(
            "SAVEPOINT section; SET LOCAL statement_timeout = {}; {sql}",
            millis_left(until)
        );
        let rows = match fetch(self.connection, message).await {
            Ok(Some(rows)) => rows,
            Ok(None) => {
                return Err(Fault::new(
                    Code::ValData,
                    format!("Postgres answered the question about {name} with rows without end."),
                ));
            }
            Err(error) => {
                let fault = classify(&error, self.redactor).fault;
                self.queries.inc();
                sqlx::raw_sql("ROLLBACK TO SAVEPOINT section")
                    .execute(&mut *self.connection)
                    .await
                    .map_err(|_| fault.clone())?;
                return Ok(Err(at(name, fault)));
            }
        };
        Ok(understand(&rows).map_err(|error| at(name, classify(&error, self.redactor).fault)))
    }
}

/// The rows of a statement; nothing where there are more than any statement of ours asks for.
async fn fetch(
    connection: &mut PgConnection,
    message: String,
) -> Result<Option<Vec<PgRow>>, sqlx::Error> {
    let mut answer = sqlx::raw_sql(AssertSqlSafe(message)).fetch(connection);
    let mut rows = Vec::new();
    while let Some(row) = answer.try_next().await? {
        if rows.len() == ROWS {
            return Ok(None);
        }
        rows.push(row);
    }
    Ok(Some(rows))
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
