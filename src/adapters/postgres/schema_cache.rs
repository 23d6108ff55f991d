//! Asking `PostgREST` to read the schema again.

use serde_json::json;
use sqlx::Row;

use crate::adapters::postgres::change::begin;
use crate::adapters::postgres::journal::{self, Beginning, Journal, RecordPhase};
use crate::domain::action::Action;
use crate::domain::fault::Fault;
use crate::domain::order::Plan;
use crate::domain::taxonomy::Code;

/// It works through a transaction pooler: only listening needs a session.
const NOTIFY: &str = "SELECT pg_catalog.pg_notify('pgrst', 'reload schema')";
const IS_STANDBY: &str = "SELECT pg_catalog.pg_is_in_recovery()";

/// Sends the notification, and records it in the same transaction.
///
/// # Errors
///
/// The classified cause.
pub(crate) async fn notify(
    journal: &mut Journal<'_>,
    action: &Action,
    plan: &Plan,
) -> Result<Beginning, Fault> {
    let order = journal.order();
    journal
        .begin("the notification", &plan.before, async |connection| {
            let noted = json!({ "notified": true });
            let order = (action, order);
            let step =
                journal::write(connection, order, RecordPhase::Begun, &plan.before, noted).await?;
            sqlx::raw_sql(NOTIFY).execute(connection).await?;
            Ok(step)
        })
        .await
}

/// Whether anybody can be notified.
///
/// # Errors
///
/// DFE-CFG-002 on a standby, which cannot notify anybody; else the classified cause.
pub(crate) async fn refuse_standby(journal: &mut Journal<'_>) -> Result<(), Fault> {
    let is_standby: bool = journal
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
