//! Asking `PostgREST` to read the schema again.

use serde_json::{Value, json};
use sqlx::Row;

use crate::adapters::postgres::audit::{self, Phase};
use crate::adapters::postgres::change::{Change, at_table, begin};
use crate::adapters::postgres::session::Database;
use crate::domain::action::{Action, Order};
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;

/// It works through a transaction pooler: only listening needs a session.
const NOTIFY: &str = "SELECT pg_catalog.pg_notify('pgrst', 'reload schema')";
const IS_STANDBY: &str = "SELECT pg_catalog.pg_is_in_recovery()";

/// What became of the notification.
#[derive(Debug)]
pub enum Notified {
    /// It was sent; this is its row in the audit log.
    Sent(i64),
    /// An order with the same key is on record.
    Known(audit::Record),
}

/// Sends the notification, and records it in the same transaction.
///
/// # Errors
///
/// DFE-CFG-002 on a standby, which cannot notify anybody; else the classified cause.
pub async fn notify(
    database: &Database,
    action: &Action,
    order: &Order,
    before: &Value,
) -> Result<Notified, Fault> {
    let mut change = Change::open(database).await?;
    if let Some(record) = audit::known(&mut change, order).await? {
        return Ok(Notified::Known(record));
    }
    refuse_standby(&mut change).await?;
    let row = change
        .run("the notification", async |connection| {
            let mut transaction = begin(connection).await?;
            let after = json!({ "notified": true });
            let row = audit::begin(
                &mut transaction,
                action,
                order,
                Phase::Begun,
                before,
                &after,
            );
            let Some(row) = row.await? else {
                return Ok(None);
            };
            sqlx::raw_sql(NOTIFY).execute(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(Some(row))
        })
        .await
        .map_err(at_table)?;
    match row {
        Some(row) => Ok(Notified::Sent(row)),
        None => audit::require(&mut change, order)
            .await
            .map(Notified::Known),
    }
}

/// Whether the notification could be sent.
///
/// # Errors
///
/// As [`notify`].
pub async fn rehearse(database: &Database) -> Result<(), Fault> {
    refuse_standby(&mut Change::open(database).await?).await
}

/// Records how it ended.
///
/// # Errors
///
/// The classified cause.
pub async fn finish(
    database: &Database,
    order: &Order,
    row: i64,
    phase: Phase,
    after: &Value,
) -> Result<(), Fault> {
    let mut change = Change::open(database).await?;
    change
        .run("recording the end", async |connection| {
            let mut transaction = begin(connection).await?;
            audit::end(&mut transaction, row, order, phase, after).await?;
            transaction.commit().await
        })
        .await
}

async fn refuse_standby(change: &mut Change<'_>) -> Result<(), Fault> {
    let is_standby: bool = change
        .run("whether it is a standby", async |connection| {
            let mut transaction = begin(connection).await?;
            sqlx::raw_sql(IS_STANDBY)
                .fetch_one(&mut *transaction)
                .await?
                .try_get(0)
        })
        .await?;
    if is_standby {
        return Err(Fault::new(
            Code::ConfigInvalid,
            "DATABASE_URL leads to a standby, where nobody can be notified: PostgREST listens on the primary.",
        )
        .check_first("Host in DATABASE_URL: it has to be the primary"));
    }
    Ok(())
}
