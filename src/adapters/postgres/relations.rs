//! The names of what a database has: for whoever wants to know whether something exists.
//!
//! # Design notes
//!
//! All names are fetched and compared here: the simple query protocol has no parameters, and names
//! from a file do not belong into the text of a statement. One message, one read-only transaction.

use std::time::Duration;

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};
use tokio::time::Instant;

use crate::adapters::postgres::connection::{Database, SEARCH_PATH, millis_left, overdue};
use crate::domain::fault::Fault;
use crate::domain::trace::Trace;
use crate::reading::flows::Relations;

const RELATIONS: &str = include_str!("sql/relations.sql");

/// Every statement, for the test that prepares them.
pub(crate) const STATEMENTS: &[(&str, &str)] = &[("relations", RELATIONS)];

/// The names of all tables, views and functions outside the system's schemas.
///
/// # Errors
///
/// The classified cause, where the database could not be asked within `timeout`.
pub(crate) async fn relations(database: &Database, timeout: Duration) -> Result<Relations, Fault> {
    let trace = Trace::default();
    let deadline = Instant::now() + timeout;
    tokio::time::timeout_at(deadline, fetch(database, &trace, deadline))
        .await
        .unwrap_or_else(|_| Err(overdue(trace.held_up(), "which tables there are", timeout)))
}

async fn fetch(database: &Database, trace: &Trace, deadline: Instant) -> Result<Relations, Fault> {
    let mut connection = database.open(trace).await?;
    trace.enter("query");
    let sql = format!(
        "BEGIN READ ONLY; {SEARCH_PATH}; SET LOCAL statement_timeout = {}; {RELATIONS}; COMMIT",
        millis_left(deadline)
    );
    let rows = sqlx::raw_sql(AssertSqlSafe(sql))
        .fetch_all(&mut connection)
        .await;
    trace.leave();
    rows.and_then(|rows| understand(&rows))
        .map_err(|error| database.fault(&error))
}

fn understand(rows: &[PgRow]) -> Result<Relations, sqlx::Error> {
    let mut relations = Relations::default();
    for row in rows {
        let (schema, name) = (row.try_get("schema_name")?, row.try_get("object_name")?);
        if row.try_get("is_function")? {
            relations.add_function(schema, name);
        } else {
            relations.add_relation(schema, name);
        }
    }
    Ok(relations)
}
