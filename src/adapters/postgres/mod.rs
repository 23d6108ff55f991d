//! Postgres, usually behind a pooler in transaction mode.
//!
//! # Design notes
//!
//! - No pool. A check has one connection of its own, opened when it is needed: the activity report can
//!   neither starve the probe nor be starved by it, and a refused connection is seen as what it is.
//!   (A pool retries it and reports "timed out" when the deadline has passed.)
//! - Everything is asked in the simple query protocol, in one message or inside one transaction:
//!   the only ways that are clean behind a pooler that switches servers between messages.
//! - Every transaction begins with a search path of its own (`connection::SEARCH_PATH`).
//! - `SET LOCAL statement_timeout` makes the server give up when we do; dropping a future alone
//!   cancels nothing there.

use sqlx::PgConnection;

use crate::domain::tables::TableSettings;

pub mod activity;
mod aside;
pub(crate) mod audit_log;
mod change;
pub mod classify;
pub mod connection;
pub(crate) mod evidence;
pub(crate) mod examine;
mod fill;
pub(crate) mod history;
pub(crate) mod incidents;
pub(crate) mod journal;
mod kept;
mod layout;
mod login;
pub mod migrate;
mod notices;
pub(crate) mod outbox;
pub(crate) mod pauses;
pub(crate) mod probe;
pub(crate) mod relations;
pub(crate) mod remedies;
pub(crate) mod restart_record;
pub(crate) mod schema_cache;
mod sections;
pub(crate) mod signals;
pub(crate) mod smoke;
mod visibility;

/// Every statement by its name as it is sent to the tables that this connection finds, for the test
/// that prepares them.
///
/// # Errors
///
/// The driver's, where the tables cannot be looked for.
pub async fn statements(
    connection: &mut PgConnection,
    settings: &TableSettings,
) -> Result<Vec<(&'static str, String)>, sqlx::Error> {
    let layout = layout::find(connection, settings).await?;
    let fixed = [
        journal::STATEMENTS,
        examine::STATEMENTS,
        migrate::STATEMENTS,
        pauses::STATEMENTS,
        pauses::HELD_STATEMENTS,
        relations::STATEMENTS,
        restart_record::STATEMENTS,
        signals::STATEMENTS,
        smoke::STATEMENTS,
    ];
    let fixed = fixed.into_iter().flatten();
    let mut all: Vec<_> = fixed
        .map(|(name, sql)| (*name, (*sql).to_owned()))
        .collect();
    all.push(("layout", layout::statement(settings)));
    all.push(("visibility", visibility::visibility(&layout)));
    all.extend(activity::statements_for(&layout));
    all.extend(audit_log::statements());
    all.extend(history::statements());
    all.extend(incidents::statements());
    all.extend(outbox::statements());
    all.extend(evidence::statements());
    all.extend(remedies::statements());
    if let Ok(queue) = &layout.queue {
        all.extend(pauses::statements(queue));
        all.push(("strays", examine::strays_statement(queue)));
        all.extend(pauses::claims_statement(queue).map(|sql| ("claims", sql)));
    }
    if let Ok(heartbeats) = &layout.heartbeats {
        let sql = restart_record::workers_statement(heartbeats);
        all.push(("restarted_workers", sql));
    }
    Ok(all)
}
