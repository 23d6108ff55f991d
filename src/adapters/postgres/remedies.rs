//! What the record of actions says of what may mend an incident, whoever has done it.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::adapters::postgres::aside::Aside;
use crate::adapters::postgres::change::at_table;
use crate::adapters::postgres::connection::Database;
use crate::adapters::postgres::fill::{Filling, list};
use crate::domain::fault::Fault;
use crate::domain::incident::REMEDIES;

const READ: &str = include_str!("sql/remedies_read.sql");

/// How many actions are read at once, at most.
const PAGE: usize = 200;

/// The record of actions, where it is read.
#[derive(Debug)]
pub(crate) struct RemedyRecords {
    aside: Aside,
}

/// An action that is on record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RecordedAction {
    /// The row that it began with.
    pub(crate) id: i64,
    /// When it began.
    pub(crate) at: Timestamp,
    /// What it is.
    pub(crate) action: String,
    /// What exactly was asked for.
    pub(crate) request: Value,
    /// Who.
    pub(crate) actor: String,
}

/// Every statement by its name, for the test that prepares them.
pub(super) fn statements() -> Vec<(&'static str, String)> {
    vec![("remedies_read", read(Timestamp::UNIX_EPOCH, 0))]
}

impl RemedyRecords {
    /// In this database.
    pub(crate) fn new(database: Database) -> Self {
        Self {
            aside: Aside::new(database, "the actions", at_table),
        }
    }

    /// What was begun since then that may mend something, the one first that was recorded first.
    ///
    /// # Errors
    ///
    /// The classified cause.
    pub(crate) async fn since(&self, since: Timestamp) -> Result<Vec<RecordedAction>, Fault> {
        let mut all: Vec<RecordedAction> = Vec::new();
        loop {
            let after = all.last().map_or(0, |last| last.id);
            let understand =
                |rows: &[PgRow]| rows.iter().map(recorded).collect::<Result<Vec<_>, _>>();
            let sql = read(since, after);
            let page = self.aside.ask("read", &sql, understand).await?;
            let is_last = page.len() < PAGE;
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }
}

fn recorded(row: &PgRow) -> Result<RecordedAction, sqlx::Error> {
    let request: String = row.try_get("request")?;
    Ok(RecordedAction {
        id: row.try_get("id")?,
        at: Timestamp::from_millisecond(row.try_get("at")?).unwrap_or(Timestamp::UNIX_EPOCH),
        action: row.try_get("action")?,
        request: serde_json::from_str(&request).unwrap_or_default(),
        actor: row.try_get("actor")?,
    })
}

fn read(since: Timestamp, after: i64) -> String {
    Filling::default()
        .with("since", since.as_duration().as_secs_f64().to_string())
        .with("after", after.to_string())
        .with("page", PAGE.to_string())
        .with("actions", list(REMEDIES))
        .fill(READ)
}
