//! A connection on which something is changed.

use std::time::Duration;

use sqlx::postgres::{PgConnection, Postgres};
use sqlx::{AssertSqlSafe, Connection, Transaction};
use tokio::time::Instant;

use crate::adapters::postgres::classify::classify;
use crate::adapters::postgres::connection::{Database, SEARCH_PATH, WITHOUT_SESSION, overdue};
use crate::adapters::postgres::kept::Lease;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::taxonomy::Code;
use crate::domain::trace::Trace;

/// How long one step may take: a transaction of a few statements.
const STEP: Duration = Duration::from_secs(15);
/// A connection that was idle for longer may be gone, and nobody has noticed.
const STALE: Duration = Duration::from_secs(5);
/// How long it may take to get in.
const OPEN: Duration = Duration::from_secs(5);
/// How often it is looked whether a check leaves its session for a moment: a run takes a few
/// milliseconds.
const SPARE_LOOKS: u32 = 10;
/// Between two of these looks.
const SPARE_PAUSE: Duration = Duration::from_millis(30);

/// A connection on which something is changed, step by step, each with a bound.
///
/// Behind a transaction pooler every step has to be one transaction, as parameters are safe there
/// only inside one.
#[derive(Debug)]
pub(super) struct Change<'a> {
    database: &'a Database,
    /// Nothing once a step has broken it.
    lease: Option<Lease>,
    last_used: Instant,
}

impl<'a> Change<'a> {
    /// Logs in. Where all slots are taken, the session of a check serves: what ends somebody else's must
    /// be possible then.
    pub(super) async fn open(database: &'a Database) -> Result<Self, Fault> {
        let trace = Trace::default();
        let opened = tokio::time::timeout(OPEN, database.open(&trace)).await;
        let lease = match opened {
            Ok(Ok(connection)) => Lease::new(connection, None),
            Ok(Err(fault)) if fault.code == Code::DbPoolExhausted => spare(database)
                .await
                .ok_or_else(|| fault.check_first(WITHOUT_SESSION))?,
            Ok(Err(fault)) => return Err(fault),
            Err(_) => return Err(overdue(trace.held_up(), "the login", OPEN)),
        };
        Ok(Self {
            database,
            lease: Some(lease),
            last_used: Instant::now(),
        })
    }

    /// Takes one step; `what` says in a sentence what was asked of Postgres. After a fault the
    /// connection is of no more use.
    pub(super) async fn run<T>(
        &mut self,
        what: &'static str,
        step: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, Fault> {
        let Some(mut lease) = self.lease.take() else {
            return Err(Fault::new(Code::Cancelled, "The step before it failed."));
        };
        let taken = tokio::time::timeout(STEP, step(&mut lease.connection)).await;
        self.last_used = Instant::now();
        // What Postgres itself has refused leaves the session as it was.
        if let Ok(Ok(_) | Err(sqlx::Error::Database(_))) = &taken {
            self.lease = Some(lease);
        }
        match taken {
            Ok(result) => result.map_err(|error| classify(&error, self.database.redactor()).fault),
            Err(_) => Err(overdue(Some("query"), what, STEP)),
        }
    }

    /// Whether it was left alone for so long that it may be gone.
    pub(super) fn is_stale(&self) -> bool {
        self.last_used.elapsed() > STALE
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        if let Some(lease) = self.lease.take() {
            lease.give_back();
        }
    }
}

/// The session of a check, as soon as none uses it.
async fn spare(database: &Database) -> Option<Lease> {
    for _ in 0..SPARE_LOOKS {
        let spare = database.spare();
        if spare.is_some() {
            return spare;
        }
        tokio::time::sleep(SPARE_PAUSE).await;
    }
    None
}

/// Begins a transaction that the server gives up when we do, and that does not queue up behind a
/// lock for long: whoever comes after it would wait, too. A time without a zone is one of UTC: behind some
/// poolers the session has the server's zone, whatever it asked for.
pub(super) async fn begin(
    connection: &mut PgConnection,
) -> Result<Transaction<'_, Postgres>, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let sql = format!(
        "{SEARCH_PATH}; SET LOCAL statement_timeout = '15s'; SET LOCAL lock_timeout = '5s'; SET LOCAL timezone = 'UTC'"
    );
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut *transaction)
        .await?;
    Ok(transaction)
}

/// Says how to get the tables that actions need.
pub(super) fn at_table(fault: Fault) -> Fault {
    let causes = fault.causes.clone();
    match fault.code {
        Code::ValSchema if fault.kind == Some(FaultKind::NoTable) => Fault::new(
            Code::ValSchema,
            "The tables of the actions do not exist: run dragonfly-ops migrate.",
        )
        .caused_by(causes),
        Code::AuthForbidden => Fault::new(
            Code::AuthForbidden,
            "The database role may not do this: it needs USAGE on the schemas of the queue and of ops, SELECT and INSERT on \
             ops.audit_log, SELECT and UPDATE on the queue, SELECT, INSERT and UPDATE on ops.queue_pauses and ops.queue_holds, \
             and DELETE on the latter, and where row level security is in force, a policy FOR ALL ... USING (true) on those of ops.",
        )
        .caused_by(causes),
        _ => fault,
    }
}
