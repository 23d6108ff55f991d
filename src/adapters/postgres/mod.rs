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

pub mod activity;
mod change;
pub mod classify;
pub mod connection;
pub(crate) mod examine;
pub(crate) mod journal;
mod login;
pub mod migrate;
pub(crate) mod pauses;
pub(crate) mod probe;
pub(crate) mod relations;
pub(crate) mod restart_record;
pub(crate) mod schema_cache;
mod sections;
pub(crate) mod signals;
pub(crate) mod smoke;
mod visibility;

/// Every statement by its name, for the test that prepares them on a migrated database.
#[must_use]
pub fn statements() -> Vec<(&'static str, String)> {
    let fixed = [
        journal::STATEMENTS,
        examine::STATEMENTS,
        migrate::STATEMENTS,
        pauses::STATEMENTS,
        relations::STATEMENTS,
        restart_record::STATEMENTS,
        signals::STATEMENTS,
        smoke::STATEMENTS,
        visibility::STATEMENTS,
    ];
    let fixed = fixed.into_iter().flatten();
    let fixed = fixed.map(|(name, sql)| (*name, (*sql).to_owned()));
    fixed.chain(activity::statements()).collect()
}
