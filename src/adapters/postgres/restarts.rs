//! What the database knows of a restart: when the last one was, and whether the workers are back.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::adapters::postgres::activity::age;
use crate::adapters::postgres::audit::{self, Phase, Record};
use crate::adapters::postgres::change::{Change, at_table, begin};
use crate::adapters::postgres::session::Database;
use crate::domain::action::{Action, Order};
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;

/// A service is not restarted more often than this: a restart that did not help will not help
/// again, and each one cuts off the jobs in processing.
pub const COOL_DOWN: Duration = Duration::from_secs(120);

const WORKERS: &str = include_str!("sql/restarted_workers.sql");
/// One restart at a time is weighed, whichever replica was asked: an arbitrary number, ours alone.
const LOCK: &str = "SELECT pg_catalog.pg_advisory_xact_lock(19282727895810)";

/// Every statement, for the test that prepares them on a migrated database.
pub const STATEMENTS: &[(&str, &str)] = &[("restarted_workers", WORKERS), ("restart_lock", LOCK)];

/// A worker of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct RestartedWorker {
    /// Its name.
    pub name: String,
    /// Seconds since its last heartbeat.
    pub seconds_since_heartbeat: Option<f64>,
    /// Whether it has sent a heartbeat since the restart.
    pub is_fresh: bool,
    /// Whether its process has started since the restart; nothing where it does not say.
    pub is_new: Option<bool>,
}

/// What became of the record of a restart.
#[derive(Debug)]
pub enum Begun {
    /// It is on record, in this row of the audit log.
    New(i64),
    /// An order with the same key is.
    Known(Record),
}

impl RestartedWorker {
    fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            name: row.try_get("name")?,
            seconds_since_heartbeat: age(row, "seconds_since_heartbeat")?,
            is_fresh: row.try_get::<Option<bool>, _>("is_fresh")?.unwrap_or(false),
            is_new: row.try_get("is_new")?,
        })
    }

    /// For the record.
    #[must_use]
    pub fn show(&self) -> Value {
        json!({ "worker": self.name, "seconds_since_heartbeat": self.seconds_since_heartbeat })
    }
}

/// The fault of a restart too soon after the last one, where it is.
///
/// # Errors
///
/// DFE-INT-003 with the time that is left.
pub fn cool_down(since: Option<Duration>) -> Result<(), Fault> {
    match since.and_then(|since| COOL_DOWN.checked_sub(since)) {
        Some(left) if !left.is_zero() => Err(Fault::new(
            Code::Cancelled,
            "The service was restarted less than two minutes ago; nothing was done.",
        )
        .check_first(
            "Whether the last restart is still under way: workers, and Railway's deployment status",
        )
        .retry_after(left)),
        Some(_) | None => Ok(()),
    }
}

/// The workers of a service, and whether they are back since a row of the audit log.
///
/// # Errors
///
/// The classified cause.
pub async fn workers(
    database: &Database,
    service: &str,
    since: Option<i64>,
) -> Result<Vec<RestartedWorker>, Fault> {
    let mut change = Change::open(database).await?;
    let rows: Vec<PgRow> = change
        .run("the workers' heartbeats", async |connection| {
            let mut transaction = begin(connection).await?;
            sqlx::query(WORKERS)
                .bind(service)
                .bind(since)
                .persistent(false)
                .fetch_all(&mut *transaction)
                .await
        })
        .await
        .map_err(at_table)?;
    change.read(rows.iter().map(RestartedWorker::read).collect())
}

/// Looks for an order with the same key, and at the cool-down.
///
/// # Errors
///
/// DFE-INT-003 while the cool-down lasts; else the classified cause.
pub async fn rehearse(
    database: &Database,
    action: &Action,
    order: &Order,
) -> Result<Option<Record>, Fault> {
    let mut change = Change::open(database).await?;
    if let Some(record) = audit::known(&mut change, order).await? {
        return Ok(Some(record));
    }
    let seconds = change
        .run("the last restart", async |connection| {
            let mut transaction = begin(connection).await?;
            audit::seconds_since(&mut transaction, action).await
        })
        .await
        .map_err(at_table)?;
    cool_down(seconds.map(|seconds| Duration::from_secs_f64(seconds.max(0.0))))?;
    Ok(None)
}

/// Records a restart before it begins, unless one of the same service was begun a moment ago.
///
/// # Errors
///
/// DFE-INT-003 while the cool-down lasts; else the classified cause.
pub async fn record(
    database: &Database,
    action: &Action,
    order: &Order,
    before: &Value,
) -> Result<Begun, Fault> {
    let mut change = Change::open(database).await?;
    let begun = change
        .run("recording the restart", async |connection| {
            let mut transaction = begin(connection).await?;
            sqlx::raw_sql(LOCK).execute(&mut *transaction).await?;
            let since = audit::seconds_since(&mut transaction, action).await?;
            let since = since.map(|seconds| Duration::from_secs_f64(seconds.max(0.0)));
            if cool_down(since).is_err() {
                return Ok(Err(since));
            }
            let row = audit::begin(
                &mut transaction,
                action,
                order,
                Phase::Begun,
                before,
                before,
            );
            let row = row.await?;
            transaction.commit().await?;
            Ok(Ok(row))
        })
        .await
        .map_err(at_table)?;
    match begun {
        Ok(Some(row)) => Ok(Begun::New(row)),
        Ok(None) => audit::require(&mut change, order).await.map(Begun::Known),
        // The same order may have been given twice at the same time.
        Err(since) => match audit::known(&mut change, order).await? {
            Some(record) => Ok(Begun::Known(record)),
            None => Err(cool_down(since).err().unwrap_or_else(|| {
                Fault::new(Code::Cancelled, "Another restart of the service was begun.")
            })),
        },
    }
}
