//! Creates what the service reads: `ops.worker_heartbeats` and `ops.job_queue`.
//!
//! # Design notes
//!
//! The usual migrators need a session (advisory locks, prepared statements), which a transaction
//! pooler does not give. Here everything happens in one transaction under a transaction's advisory
//! lock, so it is safe through a pooler, and all or nothing. A table that exists is never touched:
//! if its shape is the one that is read, it is used; if not, DFE-VAL-002 names the columns.
//! Somebody else's table is not ours to alter.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AssertSqlSafe, PgConnection, Row};

use crate::adapters::postgres::classify::classify;
use crate::adapters::postgres::session::Database;
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::domain::trace::Trace;

/// Serialises migrations that run at the same time. An arbitrary number, ours alone.
const ADVISORY_LOCK: i64 = 0x4446_4f50_5301;

const COLUMNS: &str = include_str!("sql/table_columns.sql");

/// Columns of timestamps, counters and names may be of any type that the statements cast; these are
/// what they rely on.
const TEXT: &[&str] = &["text", "character varying", "name"];
const TIME: &[&str] = &["timestamp with time zone", "timestamp without time zone"];
const NUMBER: &[&str] = &["bigint", "integer", "smallint", "numeric"];

/// A table, the file that creates it, and what is read of it.
#[derive(Debug)]
struct Table {
    name: &'static str,
    create: &'static str,
    columns: &'static [(&'static str, &'static [&'static str])],
}

const TABLES: &[Table] = &[
    Table {
        name: "worker_heartbeats",
        create: include_str!("../../../migrations/0001_worker_heartbeats.sql"),
        columns: &[
            ("worker_name", TEXT),
            ("last_heartbeat", TIME),
            ("status", TEXT),
            ("jobs_processed", NUMBER),
            ("error_count", NUMBER),
        ],
    },
    Table {
        name: "job_queue",
        create: include_str!("../../../migrations/0002_job_queue.sql"),
        columns: &[
            ("status", TEXT),
            ("worker_name", TEXT),
            ("created_at", TIME),
            ("started_at", TIME),
            ("finished_at", TIME),
        ],
    },
];

/// What became of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It did not exist and was created.
    Created,
    /// It existed, in a shape that can be read, and was left alone.
    Existed,
    /// It existed in another shape and was left alone. Nothing else was created either.
    Misshapen(Fault),
}

/// Creates the tables that are missing, or none if one of another shape stands in the way.
///
/// # Errors
///
/// The classified cause, where the database could not be asked or refused; nothing has changed
/// then.
pub async fn migrate(database: &Database) -> Result<Vec<(String, Outcome)>, Fault> {
    let mut connection = database.open(&Trace::default()).await?;
    let outcome = apply(&mut connection).await;
    outcome.map_err(|error| {
        let fault = classify(&error, database.redactor()).fault;
        match fault.code {
            Code::AuthForbidden => Fault::new(
                Code::AuthForbidden,
                "The database role may not create the schema ops or its tables.",
            )
            .caused_by(fault.causes),
            _ => fault,
        }
    })
}

async fn apply(connection: &mut PgConnection) -> Result<Vec<(String, Outcome)>, sqlx::Error> {
    let begin = format!(
        "BEGIN; SET LOCAL lock_timeout = '10s'; SET LOCAL client_min_messages = warning; \
         SELECT pg_catalog.pg_advisory_xact_lock({ADVISORY_LOCK})"
    );
    sqlx::raw_sql(AssertSqlSafe(begin))
        .execute(&mut *connection)
        .await?;
    let existing = existing(connection).await?;
    let misshapen = TABLES.iter().any(|table| {
        existing
            .get(table.name)
            .is_some_and(|columns| complaint(table, columns).is_some())
    });
    let mut outcomes = Vec::new();
    for table in TABLES {
        let outcome = match existing.get(table.name) {
            Some(columns) => complaint(table, columns).map_or(Outcome::Existed, Outcome::Misshapen),
            None if misshapen => continue,
            None => {
                sqlx::raw_sql(table.create)
                    .execute(&mut *connection)
                    .await?;
                Outcome::Created
            }
        };
        outcomes.push((format!("ops.{}", table.name), outcome));
    }
    sqlx::raw_sql("COMMIT").execute(&mut *connection).await?;
    Ok(outcomes)
}

type Columns = BTreeMap<String, String>;

async fn existing(connection: &mut PgConnection) -> Result<BTreeMap<String, Columns>, sqlx::Error> {
    let mut tables: BTreeMap<String, Columns> = BTreeMap::new();
    for row in sqlx::raw_sql(COLUMNS).fetch_all(connection).await? {
        let columns = tables.entry(row.try_get("table_name")?).or_default();
        if let Some(column) = row.try_get("column_name")? {
            columns.insert(column, row.try_get("column_type")?);
        }
    }
    Ok(tables)
}

/// DFE-VAL-002 naming each column that is missing or of another type.
fn complaint(table: &Table, columns: &Columns) -> Option<Fault> {
    let mut missing = BTreeSet::new();
    let mut other = BTreeSet::new();
    for (name, types) in table.columns {
        match columns.get(*name) {
            None => {
                missing.insert(*name);
            }
            Some(found) if !types.contains(&found.as_str()) => {
                other.insert(format!(
                    "{name} (is {found}, expected {})",
                    types.join(" or ")
                ));
            }
            Some(_) => {}
        }
    }
    if missing.is_empty() && other.is_empty() {
        return None;
    }
    let mut complaints = Vec::new();
    if !missing.is_empty() {
        complaints.push(format!(
            "missing: {}",
            missing.into_iter().collect::<Vec<_>>().join(", ")
        ));
    }
    if !other.is_empty() {
        complaints.push(format!(
            "of another type: {}",
            other.into_iter().collect::<Vec<_>>().join(", ")
        ));
    }
    Some(Fault::new(
        Code::ValSchema,
        format!(
            "ops.{} exists in another shape and was left as it is; {}.",
            table.name,
            complaints.join("; ")
        ),
    ))
}
