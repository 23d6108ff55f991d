//! The record of what was done: `ops.audit_log`.
//!
//! A row is written in the transaction of what it records, so that there is neither a change that
//! is not on record nor a record of what was not changed.

use serde_json::Value;
use sqlx::Row;
use sqlx::postgres::PgConnection;

use crate::adapters::postgres::change::{self, Change, at_table};
use crate::domain::action::{Action, Done, Order};
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;

const BEGIN: &str = include_str!("sql/audit_begin.sql");
const END: &str = include_str!("sql/audit_end.sql");
const FIND: &str = include_str!("sql/audit_find.sql");
/// When the same action was last begun and did not fail, in seconds.
const LAST: &str = "SELECT extract(epoch FROM statement_timestamp() - max(a.at))::float8 FROM ops.audit_log AS a \
                    WHERE a.action = $1 AND a.follows IS NULL AND a.request = $2::text::jsonb AND NOT EXISTS \
                    (SELECT FROM ops.audit_log AS f WHERE f.follows = a.id AND f.phase = 'failed')";

/// Every statement, for the test that prepares them on a migrated database.
pub const STATEMENTS: &[(&str, &str)] = &[
    ("audit_begin", BEGIN),
    ("audit_end", END),
    ("audit_find", FIND),
    ("audit_last", LAST),
];

/// Whether an action is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It takes more than the transaction of its row.
    Begun,
    /// All of it is done.
    Done,
    /// It could not be done.
    Failed,
}

impl Phase {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// An order that is on record.
#[derive(Debug, Clone)]
pub struct Record {
    /// The row that it began with.
    pub id: i64,
    /// Whether it was carried out to its end.
    pub complete: bool,
    /// How it was before.
    pub before: Value,
    /// What its beginning said of the state after.
    pub begun: Value,
    /// How it was after.
    pub after: Value,
    failed: bool,
    action: String,
    request: Value,
}

impl Record {
    /// The answer of this record to an order with the same key.
    ///
    /// # Errors
    ///
    /// DFE-VAL-003 where the key belonged to another order, or to one that failed.
    pub fn replay(&self, action: &Action) -> Result<Done, Fault> {
        if self.action != action.name() || self.request != action.parameters() {
            return Err(taken(
                "The Idempotency-Key belongs to another order; use a new one.",
            ));
        }
        if self.failed {
            return Err(taken(
                "The order with this Idempotency-Key was carried out and failed; a new one tries again.",
            ));
        }
        let mut done = Done::new(action, self.before.clone(), self.after.clone());
        done.replayed = true;
        done.complete = self.complete;
        done.audit_id = Some(self.id);
        Ok(done)
    }
}

fn taken(detail: &'static str) -> Fault {
    Fault::new(Code::ValData, detail).check_first("The Idempotency-Key, and ops.audit_log")
}

/// Writes the row that an action begins with; nothing where the order's key is taken, after having
/// waited for the transaction that took it.
pub(super) async fn begin(
    connection: &mut PgConnection,
    action: &Action,
    order: &Order,
    phase: Phase,
    before: &Value,
    after: &Value,
) -> Result<Option<i64>, sqlx::Error> {
    let row = sqlx::query(BEGIN)
        .bind(phase.as_str())
        .bind(action.name())
        .bind(action.parameters().to_string())
        .bind(&order.actor)
        .bind(&order.reason)
        .bind(&order.environment)
        .bind(&order.request_id)
        .bind(&order.key)
        .bind(before.to_string())
        .bind(after.to_string())
        .persistent(false)
        .fetch_optional(connection)
        .await?;
    row.map(|row| row.try_get("id")).transpose()
}

/// Writes the row that an action ends with.
pub(super) async fn end(
    connection: &mut PgConnection,
    begun: i64,
    order: &Order,
    phase: Phase,
    after: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query(END)
        .bind(begun)
        .bind(phase.as_str())
        .bind(&order.actor)
        .bind(&order.request_id)
        .bind(after.to_string())
        .persistent(false)
        .execute(connection)
        .await
        .map(drop)
}

/// The record of an order with the same key, if there is one.
pub(super) async fn known(change: &mut Change<'_>, order: &Order) -> Result<Option<Record>, Fault> {
    let Some(key) = &order.key else {
        return Ok(None);
    };
    change
        .run("the record of the order", async |connection| {
            let mut transaction = change::begin(connection).await?;
            find(&mut transaction, key).await
        })
        .await
        .map_err(at_table)
}

/// The record of an order whose key is taken.
pub(super) async fn require(change: &mut Change<'_>, order: &Order) -> Result<Record, Fault> {
    let record = known(change, order).await?;
    record.ok_or_else(|| taken("The Idempotency-Key is in use; try again in a moment."))
}

async fn find(connection: &mut PgConnection, key: &str) -> Result<Option<Record>, sqlx::Error> {
    let row = sqlx::query(FIND)
        .bind(key)
        .persistent(false)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let json = |column: &str| -> Result<Value, sqlx::Error> {
        let text: Option<String> = row.try_get(column)?;
        // jsonb is JSON.
        Ok(text
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default())
    };
    let phase: String = row.try_get("phase")?;
    Ok(Some(Record {
        id: row.try_get("id")?,
        complete: phase != Phase::Begun.as_str(),
        failed: phase == Phase::Failed.as_str(),
        before: json("before")?,
        begun: json("begun_after")?,
        after: json("after")?,
        action: row.try_get("action")?,
        request: json("request")?,
    }))
}

/// How long ago the same was last begun, in seconds; nothing where it never was.
pub(super) async fn seconds_since(
    connection: &mut PgConnection,
    action: &Action,
) -> Result<Option<f64>, sqlx::Error> {
    sqlx::query(LAST)
        .bind(action.name())
        .bind(action.parameters().to_string())
        .persistent(false)
        .fetch_one(connection)
        .await?
        .try_get(0)
}
