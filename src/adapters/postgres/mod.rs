//! Postgres, usually behind a pooler in transaction mode.
//!
//! # Design notes
//!
//! - No pool. A check has one connection of its own, opened when it is needed: the ops report can
//!   neither starve the probe nor be starved by it, and a refused connection is seen as what it is.
//!   (A pool retries it and reports "timed out" when the deadline has passed.)
//! - Everything is asked in the simple query protocol, in one message or inside one transaction:
//!   the only ways that are clean behind a pooler that switches servers between messages.
//! - Every transaction begins with a search path of its own (`session::SEARCH_PATH`).
//! - `SET LOCAL statement_timeout` makes the server give up when we do; dropping a future alone
//!   cancels nothing there.

pub mod activity;

mod change;
pub mod classify;
pub mod examine;
pub mod journal;
mod login;
pub mod migrate;
pub mod pauses;
pub(crate) mod probe;
pub mod relations;
pub mod restarts;
pub mod schema_cache;
mod sections;
pub mod session;
pub mod sessions;
pub mod smoke;
