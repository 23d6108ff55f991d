//! What `/api/health/ops` reads: workers, queue, connections, long-running sessions and locks.
//!
//! # Design notes
//!
//! One read-only transaction, at most a fixed number of statements, each a section of its own. All sections
//! see one snapshot: jobs that are counted as paused are held by pauses that are seen, too. Texts of
//! queries are masked here, where they are read: no other part of the program ever holds one.

mod locked;
mod open_questions;
mod section;
mod statements;
mod waiting_types;
mod work;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use tokio::time::Instant;

pub(super) use self::section::age;
use self::section::{Read, Subject, section};
pub use self::statements::PLANNING;
use self::statements::Statements;
use self::work::Work;
use crate::adapters::postgres::connection::{
    Database, KeptConnection, SEARCH_PATH, WITHOUT_SESSION, overdue,
};
use crate::adapters::postgres::fill::{LISTED, LISTED_HOLDERS, LISTED_LONG};
use crate::adapters::postgres::layout::{self, Purpose};
use crate::adapters::postgres::sections::{SectionLimits, Sections};
use crate::adapters::postgres::visibility::{Hidden, visibility};
use crate::domain::activity::{
    Activity, Connections, Holder, LongRunning, LongSession, judge_connections, judge_locks,
    judge_long_running, judge_queue, judge_workers,
};
use crate::domain::fault::Fault;
use crate::domain::gate::{Probe, Run};
use crate::domain::locks::{LockEdge, LockForest, LockSession};
use crate::domain::session::SessionIdentity;
use crate::domain::tables::{Layout, TableSettings};
use crate::domain::taxonomy::Code;
use crate::domain::trace::Trace;
use crate::domain::verdict::Verdict;
use crate::reading::sql_mask;

/// How much of a query is shown, in characters.
const QUERY_CHARS: usize = 200;
/// The sections share the time; each may take this part of it.
const SLICES: u32 = 7;
/// For how long the tables are taken to be as they were found: nothing fails when a column is added.
const KNOWN_FOR: Duration = Duration::from_secs(60);
/// A lock that a section waits for is not worth more than this.
const LOCK_TIMEOUT: Duration = Duration::from_millis(250);
/// What it is called where an answer is missing.
const WHAT: &str = "the questions about its activity";
/// What to look at where the activity cannot be read.
const WITHOUT_ANSWER: &str = "Whether /api/health/db answers: if not, it says where it hangs, and pg long or pg locks would hang, too";
/// All sections see one snapshot.
const BEGIN: &[&str] = &[
    "BEGIN READ ONLY, ISOLATION LEVEL REPEATABLE READ",
    SEARCH_PATH,
    PLANNING,
];

/// Every statement by its name as it is sent for the tables of a layout.
pub(super) fn statements_for(layout: &Layout) -> Vec<(&'static str, String)> {
    statements::all(layout.queue.as_ref().ok(), layout.heartbeats.as_ref().ok())
}

/// Every statement by its name as it is sent to the tables that this connection finds, for the test
/// that explains them.
///
/// # Errors
///
/// The driver's, where the tables cannot be looked for.
pub async fn statements(
    connection: &mut PgConnection,
    settings: &TableSettings,
) -> Result<Vec<(&'static str, String)>, sqlx::Error> {
    let layout = layout::find(connection, settings).await?;
    Ok(statements_for(&layout))
}

/// Reads the activity of the database, on a connection of its own.
#[derive(Debug)]
pub struct ActivityProbe {
    kept: Result<KeptConnection, Fault>,
    tables: Result<TableSettings, Fault>,
    statements: Statements,
    timeout: Duration,
    /// The tables as they were found on the connection that was opened then.
    known: Mutex<Option<Known>>,
}

/// What was found of the tables.
#[derive(Debug, Clone)]
struct Known {
    /// When the connection was opened on which it was found.
    opened: Instant,
    found: Instant,
    work: Arc<Work>,
}

impl ActivityProbe {
    /// A probe of `database` whose sections share `timeout`; without a database, it always finds
    /// that fault. What the operator says of the tables is in `tables`.
    #[must_use]
    pub fn new(
        database: Result<Database, Fault>,
        tables: Result<TableSettings, Fault>,
        timeout: Duration,
    ) -> Self {
        Self {
            kept: database.map(KeptConnection::making_do),
            tables,
            statements: Statements::new(),
            timeout,
            known: Mutex::default(),
        }
    }
}

impl Probe for ActivityProbe {
    type Evidence = Activity;

    fn run<'a>(&'a self, trace: &'a Trace, deadline: Instant) -> Run<'a, Activity> {
        Box::pin(async move {
            let found = self.read(trace, deadline).await;
            found.map_err(|fault| match fault.code {
                // The first check of its code is this very report.
                Code::DbPoolExhausted => fault.check_first(WITHOUT_SESSION),
                _ => fault,
            })
        })
    }

    fn verdict(&self, report: &Activity) -> Verdict {
        report.verdict()
    }

    fn overdue(&self, phase: Option<&'static str>, timeout: Duration) -> Fault {
        let fault = overdue(phase, WHAT, timeout);
        match phase {
            Some("dns" | "connect") => fault,
            _ if fault.code == Code::DbTimeout => fault.check_first(WITHOUT_ANSWER),
            _ => fault,
        }
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
        let opened = lease.opened;
        let mut sections = Sections::new(database, &mut lease.connection, trace, limits);
        let report = self.report(&mut sections, opened).await?;
        sections.end().await;
        if !sections.is_broken() {
            lease.give_back();
        }
        Ok(report)
    }

    async fn report(
        &self,
        sections: &mut Sections<'_>,
        opened: Instant,
    ) -> Result<Activity, Fault> {
        let none = Subject::none();
        let work = self.work(sections, opened).await?;
        let sql = &self.statements;
        let (workers, queue) = match work {
            Ok(work) => {
                let hidden = visibility(&work.layout);
                let hidden = section(sections, "visibility", &none, &hidden, Hidden::read).await?;
                match hidden {
                    Ok(hidden) => work.read(sections, &hidden, &sql.pauses).await?,
                    Err(fault) => (Err(fault.clone()), Err(fault)),
                }
            }
            Err(fault) => (Err(fault.clone()), Err(fault)),
        };
        // What was found of a table may be what is wrong with it.
        if is_of_shape(&workers) || is_of_shape(&queue) {
            *self.known() = None;
        }
        let connections = section(
            sections,
            "connections",
            &none,
            &sql.connections,
            connections,
        );
        let connections = connections.await?;
        let long_running = section(
            sections,
            "long_running",
            &none,
            &sql.long_running,
            long_running,
        );
        let long_running = long_running.await?;
        let locks = section(sections, "locks", &none, &sql.locks, locks).await?;
        let (workers, queue) = self.name_who_locks(sections, workers, queue).await?;
        let oldest_pending = queue
            .as_ref()
            .ok()
            .and_then(|queue| queue.oldest_pending_seconds);
        Ok(Activity {
            workers: workers.map(|seen| judge_workers(seen, oldest_pending)),
            queue: queue.map(judge_queue),
            connections: connections.map(judge_connections),
            long_running: long_running.map(judge_long_running),
            locks: locks.map(judge_locks),
        })
    }

    /// Says of a table that was locked who holds that lock.
    async fn name_who_locks<W, Q>(
        &self,
        sections: &mut Sections<'_>,
        workers: Result<W, Fault>,
        queue: Result<Q, Fault>,
    ) -> Result<(Result<W, Fault>, Result<Q, Fault>), Fault> {
        let is_locked = locked::is_locked(&workers) || locked::is_locked(&queue);
        let Some(tables) = self.tables.as_ref().ok().filter(|_| is_locked) else {
            return Ok((workers, queue));
        };
        // Who cannot be named is left out.
        let holders = locked::holders(sections, tables).await?.unwrap_or_default();
        Ok((
            locked::explain(workers, Purpose::Heartbeats, &holders),
            locked::explain(queue, Purpose::Queue, &holders),
        ))
    }

    /// The tables: as they were found on this connection, or looked for.
    async fn work(&self, sections: &mut Sections<'_>, opened: Instant) -> Read<Arc<Work>> {
        let known = self.known().clone();
        let known =
            known.filter(|known| known.opened == opened && known.found.elapsed() < KNOWN_FOR);
        if let Some(known) = known {
            return Ok(Ok(known.work));
        }
        let tables = match &self.tables {
            Ok(tables) => tables,
            Err(fault) => return Ok(Err(fault.clone())),
        };
        let found = read_layout(sections, tables).await?;
        Ok(found.map(|layout| {
            let work = Arc::new(Work::new(layout));
            if work.is_whole() {
                *self.known() = Some(Known {
                    opened,
                    found: Instant::now(),
                    work: Arc::clone(&work),
                });
            }
            work
        }))
    }

    fn known(&self) -> MutexGuard<'_, Option<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the layout of both tables at once; where somebody has locked one of them, that of each, as the
/// other one can be read.
async fn read_layout(sections: &mut Sections<'_>, tables: &TableSettings) -> Read<Layout> {
    let none = Subject::none();
    let sql = layout::statement(tables);
    let read = |rows: &[PgRow]| layout::read(tables, rows);
    let found = section(sections, "layout", &none, &sql, read).await?;
    if !found
        .as_ref()
        .is_err_and(|fault| fault.code == Code::DbTransaction)
    {
        return Ok(found);
    }
    let sql = layout::statement_about(tables, &[Purpose::Queue]);
    let queue = section(sections, "layout", &none, &sql, read).await?;
    let sql = layout::statement_about(tables, &[Purpose::Heartbeats]);
    let heartbeats = section(sections, "layout", &none, &sql, read).await?;
    Ok(match (queue, heartbeats) {
        (Ok(queue), Ok(heartbeats)) => Ok(Layout {
            heartbeats: heartbeats.heartbeats,
            heartbeats_name: heartbeats.heartbeats_name,
            ..queue
        }),
        (Ok(queue), Err(fault)) => Ok(Layout {
            heartbeats: Err(fault),
            ..queue
        }),
        (Err(fault), Ok(heartbeats)) => Ok(Layout {
            queue: Err(fault),
            ..heartbeats
        }),
        (Err(fault), Err(_)) => Err(fault),
    })
}

/// Whether a section failed for what its tables are, or may be read of them.
fn is_of_shape<T>(section: &Result<T, Fault>) -> bool {
    section
        .as_ref()
        .is_err_and(|fault| matches!(fault.code, Code::ValSchema | Code::AuthForbidden))
}

fn connections(rows: &[PgRow]) -> Result<Connections, sqlx::Error> {
    let mut found = Connections::default();
    let mut holders = Vec::new();
    for row in rows {
        found.ceiling = row.try_get("ceiling")?;
        let sessions: i64 = row.try_get("sessions")?;
        if row.try_get("is_holder")? {
            holders.push(holder(row, sessions)?);
            continue;
        }
        found.used += sessions;
        if row.try_get("hidden")? {
            found.hidden += sessions;
        } else if let Some(state) = row.try_get::<Option<String>, _>("state")? {
            *found.by_state.entry(state).or_default() += sessions;
        }
    }
    found.truncated = holders.len() > LISTED_HOLDERS;
    holders.truncate(LISTED_HOLDERS);
    found.holders = Some(holders);
    Ok(found)
}

fn holder(row: &PgRow, sessions: i64) -> Result<Holder, sqlx::Error> {
    Ok(Holder {
        application: row.try_get("application")?,
        user: row.try_get("user_name")?,
        client: row.try_get("client")?,
        state: row.try_get("state")?,
        sessions,
        oldest_seconds: age(row, "oldest_seconds")?,
        oldest_pid: row.try_get("oldest_pid")?,
        oldest_backend_start: row.try_get("oldest_backend_start")?,
    })
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
