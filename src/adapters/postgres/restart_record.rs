//! What the database knows of a restart: when the last one was, and whether the workers are back.

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};

use crate::adapters::postgres::activity::age;
use crate::adapters::postgres::change::begin;
use crate::adapters::postgres::fill::Filling;
use crate::adapters::postgres::journal::{self, Beginning, Journal, RecordPhase, Step};
use crate::adapters::postgres::layout;
use crate::domain::action::Action;
use crate::domain::fault::Fault;
use crate::domain::order::Plan;
use crate::domain::restart::{RestartedWorker, cool_down};
use crate::domain::tables::{HeartbeatLayout, TableSettings};

/// One restart at a time is weighed, whichever replica was asked: an arbitrary number, ours alone.
const LOCK: &str = "SELECT pg_catalog.pg_advisory_xact_lock(19282727895810)";

/// Every statement, for the test that prepares them on a migrated database.
pub(crate) const STATEMENTS: &[(&str, &str)] = &[("restart_lock", LOCK)];

/// The statement about the heartbeats, as it is sent for them.
pub(super) fn workers_statement(layout: &HeartbeatLayout) -> String {
    let filling = Filling::default().heartbeats(layout);
    filling.fill(include_str!("sql/restarted_workers.sql"))
}

fn worker(row: &PgRow) -> Result<RestartedWorker, sqlx::Error> {
    Ok(RestartedWorker {
        name: row.try_get("name")?,
        seconds_since_heartbeat: age(row, "seconds_since_heartbeat")?,
        is_fresh: row.try_get::<Option<bool>, _>("is_fresh")?.unwrap_or(false),
        is_new: row.try_get("is_new")?,
    })
}

/// The workers of a service, and whether they are back since a row of the audit log.
///
/// # Errors
///
/// The classified cause.
pub(crate) async fn workers(
    journal: &mut Journal<'_>,
    tables: &TableSettings,
    service: &str,
    since: Option<i64>,
) -> Result<Vec<RestartedWorker>, Fault> {
    let layout = layout::heartbeats_for_order(journal, tables).await?;
    let sql = workers_statement(&layout);
    journal
        .run("the workers' heartbeats", async |connection| {
            let mut transaction = begin(connection).await?;
            let rows = sqlx::query(AssertSqlSafe(sql))
                .bind(service)
                .bind(since)
                .persistent(false)
                .fetch_all(&mut *transaction)
                .await?;
            rows.iter().map(worker).collect()
        })
        .await
}

/// Records a restart before it begins, unless one of the same service was begun a moment ago.
///
/// # Errors
///
/// DFE-INT-003 while the cool-down lasts.
pub(crate) async fn begin_restart(
    journal: &mut Journal<'_>,
    action: &Action,
    plan: &Plan,
) -> Result<Beginning, Fault> {
    let order = journal.order();
    journal
        .begin("recording the restart", &plan.before, async |connection| {
            sqlx::raw_sql(LOCK).execute(&mut *connection).await?;
            let since = journal::since_last(connection, action).await?;
            if let Err(fault) = cool_down(since) {
                return Ok(Step::Refused(fault));
            }
            let (before, noted) = (&plan.before, plan.before.clone());
            journal::write(
                connection,
                (action, order),
                RecordPhase::Begun,
                before,
                noted,
            )
            .await
        })
        .await
}
