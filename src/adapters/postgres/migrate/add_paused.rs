//! Lets the jobs of a queue that is somebody else's be paused.

use sqlx::{AssertSqlSafe, PgConnection, Row};

use crate::adapters::postgres::change::begin;
use crate::adapters::postgres::connection::{Database, SEARCH_PATH};
use crate::adapters::postgres::layout;
use crate::domain::fault::Fault;
use crate::domain::tables::{JobRole, TableSettings};
use crate::domain::trace::Trace;

/// What lets a job be paused.
pub(super) const ADD_PAUSED: &str = include_str!("../sql/add_paused.sql");

/// What would let the jobs of a queue be paused: each statement, and whether it can be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddPaused {
    /// The statements, in their order.
    pub statements: Vec<String>,
    /// Whether all of them can be undone: a value of an enum stays for good.
    pub is_for_good: bool,
}

/// What would let the jobs of the queue be paused, or does it.
///
/// # Errors
///
/// DFE-VAL-002 where there is no queue; else the classified cause.
pub async fn add_paused(
    database: &Database,
    settings: &TableSettings,
    dry_run: bool,
) -> Result<AddPaused, Fault> {
    let mut connection = database.open(&Trace::default()).await?;
    let failed = |error: sqlx::Error| database.fault(&error);
    let found = wanted(&mut connection, settings).await.map_err(failed)??;
    if dry_run {
        return Ok(found);
    }
    for statement in &found.statements {
        // A new value of an enum may not be part of a transaction that goes on to use it; each by itself.
        let sql =
            format!("BEGIN; {SEARCH_PATH}; SET LOCAL lock_timeout = '5s'; {statement}; COMMIT");
        let done = sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut connection)
            .await;
        if let Err(error) = done {
            return Err(database.fault(&error));
        }
    }
    Ok(found)
}

async fn wanted(
    connection: &mut PgConnection,
    settings: &TableSettings,
) -> Result<Result<AddPaused, Fault>, sqlx::Error> {
    let mut transaction = begin(connection).await?;
    let queue = match layout::find(&mut transaction, settings).await?.queue {
        Ok(queue) => queue,
        Err(fault) => return Ok(Err(fault)),
    };
    let rows = sqlx::query(ADD_PAUSED)
        .bind(queue.table.quoted())
        .bind(queue.column(JobRole::State))
        .persistent(false)
        .fetch_all(&mut *transaction)
        .await?;
    let mut found = AddPaused {
        statements: Vec::new(),
        is_for_good: false,
    };
    if queue.paused_word().is_none() {
        for row in &rows {
            found.is_for_good |= row.try_get::<&str, _>("kind")? == "enum";
            found.statements.push(row.try_get("statement")?);
        }
    }
    Ok(Ok(found))
}
