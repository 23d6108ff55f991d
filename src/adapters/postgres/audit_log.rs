//! What is on record of what was done, for whoever reads it later.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::adapters::postgres::aside::Aside;
use crate::adapters::postgres::connection::Database;
use crate::adapters::postgres::fill::Filling;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::incident::ReportedAction;
use crate::domain::taxonomy::Code;

const BETWEEN: &str = include_str!("sql/audit_between.sql");

/// How many are read, at most.
pub(crate) const MOST: usize = 200;

/// The record of what was done.
#[derive(Debug)]
pub(crate) struct AuditLog {
    aside: Aside,
}

/// Every statement by its name, for the test that prepares them.
pub(super) fn statements() -> Vec<(&'static str, String)> {
    let at = Timestamp::UNIX_EPOCH;
    vec![("audit_between", between(at, at))]
}

impl AuditLog {
    /// In this database.
    pub(crate) fn new(database: Database) -> Self {
        Self {
            aside: Aside::new(database, "what was done", at_table),
        }
    }

    /// What was done between two times, the first one first; one more than [`MOST`] where there is more.
    ///
    /// # Errors
    ///
    /// The classified cause.
    pub(crate) async fn between(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<ReportedAction>, Fault> {
        let understand = |rows: &[PgRow]| rows.iter().map(action).collect();
        self.aside.ask("read", &between(from, to), understand).await
    }
}

fn between(from: Timestamp, to: Timestamp) -> String {
    let seconds = |at: Timestamp| at.as_duration().as_secs_f64().to_string();
    Filling::default()
        .with("from", seconds(from))
        .with("to", seconds(to))
        .with("most", (MOST + 1).to_string())
        .fill(BETWEEN)
}

fn action(row: &PgRow) -> Result<ReportedAction, sqlx::Error> {
    let text = |name: &str| row.try_get::<String, _>(name);
    let json = |name: &str| -> Result<Value, sqlx::Error> {
        let text: Option<String> = row.try_get(name)?;
        let value = text.and_then(|text| serde_json::from_str(&text).ok());
        Ok(value.unwrap_or_default())
    };
    Ok(ReportedAction {
        at: Timestamp::from_millisecond(row.try_get("at")?).unwrap_or_default(),
        action: text("action")?,
        actor: text("actor")?,
        reason: text("reason")?,
        phase: text("phase")?,
        request: json("request")?,
        before: json("before")?,
        after: json("after")?,
    })
}

/// Says how to get the table.
fn at_table(fault: Fault) -> Fault {
    let detail = match fault.code {
        Code::ValSchema if fault.kind == Some(FaultKind::NoTable) => {
            "The table ops.audit_log does not exist: run dragonfly-ops migrate."
        }
        Code::AuthForbidden => {
            "The database role may not read what was done: it needs SELECT on ops.audit_log."
        }
        _ => return fault,
    };
    Fault {
        detail: detail.into(),
        ..fault
    }
}
