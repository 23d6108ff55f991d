//! The statements of the activity report, and what they are filled with.
//!
//! # Design notes
//!
//! A threshold stands once, in `domain`. The statements are sent in the simple protocol, which has
//! no parameters, so the numbers are written into the text: a file says `:stuck_after`, as psql
//! does for its variables, and nothing but our own constants is ever filled in.
//!
//! What a statement costs must follow neither the history nor the backlog. So each looks for its
//! rows by an index whose predicate names the states, compares with `statement_timestamp()` (the
//! clock itself is volatile, and what is volatile is looked at row by row), and ends at a limit.
//! [`PLANNING`] takes away what a planner with old statistics might choose instead: a limit makes a
//! sequential scan look cheap, and it is not where the rows that are sought come last.

use std::fmt::Display;

use crate::domain::pause::{COUNTED, LISTED as LISTED_PAUSES};
use crate::domain::report::{FAILED_WITHIN, IDLE_AFTER, LONG_AFTER, STUCK_AFTER};

/// How many workers and waiting sessions are listed.
pub(super) const LISTED: usize = 200;
/// How many long-running sessions are listed.
pub(super) const LISTED_LONG: usize = 50;
/// How the server is to go about the statements. Compiling one takes longer than it takes to run,
/// and nobody's workers are taken up by a look.
pub const PLANNING: &str = "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0; \
                            SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off";

/// The statements, as they are sent.
#[derive(Debug)]
pub(super) struct Statements {
    pub(super) workers: String,
    pub(super) worker_jobs: String,
    pub(super) queue: String,
    pub(super) pauses: String,
    pub(super) connections: String,
    pub(super) long_running: String,
    pub(super) locks: String,
}

impl Statements {
    pub(super) fn new() -> Self {
        Self {
            workers: filled(include_str!("../sql/workers.sql")),
            worker_jobs: filled(include_str!("../sql/worker_jobs.sql")),
            queue: filled(include_str!("../sql/queue.sql")),
            pauses: filled(include_str!("../sql/pauses.sql")),
            connections: filled(include_str!("../sql/connections.sql")),
            long_running: filled(include_str!("../sql/long_running.sql")),
            locks: filled(include_str!("../sql/locks.sql")),
        }
    }
}

/// Every statement by its name, for the tests that prepare and explain them on a migrated database.
#[must_use]
pub fn statements() -> Vec<(&'static str, String)> {
    let all = Statements::new();
    vec![
        ("workers", all.workers),
        ("worker_jobs", all.worker_jobs),
        ("queue", all.queue),
        ("pauses", all.pauses),
        ("connections", all.connections),
        ("long_running", all.long_running),
        ("locks", all.locks),
    ]
}

/// Puts the numbers in. Of lists one row more is asked for than is shown, to know whether there is
/// one.
fn filled(sql: &str) -> String {
    let counted = COUNTED + 1;
    let listed = LISTED + 1;
    let listed_long = LISTED_LONG + 1;
    let listed_pauses = LISTED_PAUSES + 1;
    let parameters: [(&str, &dyn Display); 8] = [
        (":stuck_after", &STUCK_AFTER),
        (":idle_after", &IDLE_AFTER),
        (":long_after", &LONG_AFTER),
        (":failed_within", &FAILED_WITHIN),
        (":counted", &counted),
        // The longer names first: one begins like the others.
        (":listed_pauses", &listed_pauses),
        (":listed_long", &listed_long),
        (":listed", &listed),
    ];
    parameters
        .iter()
        .fold(sql.to_owned(), |sql, (name, value)| {
            sql.replace(name, &value.to_string())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_filled_in_and_none_stands_in_a_file() {
        for (name, sql) in statements() {
            let casts_left_out = sql.replace("::", "");
            let mut behind = casts_left_out.split(':').skip(1);
            let is_filled = behind.all(|text| text.starts_with(' '));
            assert!(is_filled, "{name}: {sql}");
            assert!(!sql.contains("interval '"), "{name}: {sql}");
            assert!(!sql.contains("clock_timestamp"), "{name}: {sql}");
        }
    }
}
