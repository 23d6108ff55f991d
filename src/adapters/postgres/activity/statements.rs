//! The statements of the activity report, for the tables that there are.
//!
//! # Design notes
//!
//! A threshold stands once, in `domain`. The statements are sent in the simple protocol, which has
//! no parameters, so numbers, columns and states are written into the text ([`Filling`]).
//!
//! What a statement costs must follow neither the history nor the backlog. So each looks for its
//! rows by an index whose predicate names the states, compares with `statement_timestamp()` (the
//! clock itself is volatile, and what is volatile is looked at row by row), and ends at a limit.
//! [`PLANNING`] takes away what a planner with old statistics might choose instead: a limit makes a
//! sequential scan look cheap, and it is not where the rows that are sought come last.
//!
//! A table of others may lack such an index. Then all of its questions are asked at once, so that it is
//! read one time, and for a short time only: what could not be counted by then is unknown, and the
//! doctor names the index.

use crate::adapters::postgres::examine::strays_statement;
use crate::adapters::postgres::fill::{Filling, list};
use crate::domain::tables::{
    ColumnFacts, HeartbeatLayout, HeartbeatRole, JobRole, QueueLayout, QueueQuestion,
};

/// How the server is to go about the statements. Compiling one takes longer than it takes to run,
/// and nobody's workers are taken up by a look. A time without a zone is one of UTC.
pub const PLANNING: &str = "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0; \
                            SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; \
                            SET LOCAL timezone = 'UTC'";

/// Those that are about no table of a certain shape.
#[derive(Debug)]
pub(super) struct Statements {
    pub(super) connections: String,
    pub(super) long_running: String,
    pub(super) locks: String,
    pub(super) pauses: String,
}

impl Statements {
    pub(super) fn new() -> Self {
        let numbers = Filling::numbers();
        Self {
            connections: numbers.fill(include_str!("../sql/connections.sql")),
            long_running: numbers.fill(include_str!("../sql/long_running.sql")),
            locks: numbers.fill(include_str!("../sql/locks.sql")),
            pauses: numbers.fill(include_str!("../sql/pauses.sql")),
        }
    }
}

/// Those about the heartbeats.
pub(super) fn workers(layout: &HeartbeatLayout) -> String {
    let filling = Filling::numbers().heartbeats(layout);
    filling.fill(include_str!("../sql/workers.sql"))
}

/// Those about the queue, and which of them answers what.
#[derive(Debug)]
pub(super) struct QueueStatements {
    filling: Filling,
    /// What waits, is held, or is being worked on; nothing where only the scan can tell.
    pub(super) backlog: Option<String>,
    /// What failed lately, and when a job was last finished; nothing where only the scan can tell.
    pub(super) history: Option<String>,
    /// All of it at once; nothing where nothing is left to ask.
    pub(super) scan: Option<String>,
    /// How many jobs wait in spite of a pause, and whether that takes a scan.
    pub(super) escaped: (String, bool),
    /// Which types wait; nothing where jobs have none.
    pub(super) waiting_types: Option<String>,
    /// Which words there are whose meaning is not known; nothing where that is known without a look.
    pub(super) strays: Option<String>,
    worker_jobs: Option<(&'static str, bool)>,
}

impl QueueStatements {
    /// For a queue, whose workers send their heartbeats to this table.
    pub(super) fn new(queue: &QueueLayout, heartbeats: Option<&HeartbeatLayout>) -> Self {
        let filling = Filling::numbers().queue(queue);
        let serves = |questions: &[QueueQuestion]| questions.iter().all(|one| queue.serves(*one));
        let has_backlog = serves(&[QueueQuestion::Backlog, QueueQuestion::Due]);
        let has_history = serves(&[QueueQuestion::Failed, QueueQuestion::LastFinished]);
        let filled = |sql| filling.fill(sql);
        let backlog = has_backlog.then(|| filled(include_str!("../sql/queue_backlog.sql")));
        let history = has_history.then(|| filled(include_str!("../sql/queue_history.sql")));
        let needs_scan = backlog.is_none() || history.is_none();
        let scan = needs_scan.then(|| filled(include_str!("../sql/queue_scan.sql")));
        let escaped = if has_backlog && serves(&[QueueQuestion::PendingType]) {
            (filled(include_str!("../sql/pauses_escaped.sql")), false)
        } else {
            (filled(include_str!("../sql/pauses_escaped_scan.sql")), true)
        };
        let waits_by_index = has_backlog && serves(&[QueueQuestion::LastFinished]);
        let waiting_types = queue.roles.get(JobRole::Type).map(|_| {
            filled(if waits_by_index {
                include_str!("../sql/waiting_types.sql")
            } else {
                include_str!("../sql/waiting_types_scan.sql")
            })
        });
        let worker_jobs = knows_work(queue).then(|| {
            let has_index = serves(&[QueueQuestion::WorkerFinished, QueueQuestion::Backlog]);
            if has_index && heartbeats.is_some_and(|beats| has_same_names(queue, beats)) {
                (include_str!("../sql/worker_jobs.sql"), false)
            } else {
                (include_str!("../sql/worker_jobs_scan.sql"), true)
            }
        });
        Self {
            filling,
            backlog,
            history,
            scan,
            escaped,
            waiting_types,
            strays: queue.has_unseen_words().then(|| strays_statement(queue)),
            worker_jobs,
        }
    }

    /// What the queue knows of the workers of these names, and whether that takes a scan; nothing where
    /// it knows nothing.
    pub(super) fn worker_jobs(&self, names: &[String]) -> Option<(String, bool)> {
        let (sql, is_scan) = self.worker_jobs?;
        if names.is_empty() {
            return None;
        }
        let filling = self.filling.clone();
        let names = list(names);
        Some((filling.with("names", names).fill(sql), is_scan))
    }
}

/// Whether the queue says who does what.
pub(super) fn knows_work(queue: &QueueLayout) -> bool {
    let has = |role| queue.roles.get(role).is_some();
    has(JobRole::Worker) && has(JobRole::Started) && queue.finished().is_some()
}

/// Whether a worker is named in the queue as it is among the heartbeats, so that an index on its name
/// can tell.
fn has_same_names(queue: &QueueLayout, heartbeats: &HeartbeatLayout) -> bool {
    let of_job = queue.roles.get(JobRole::Worker);
    let of_beat = heartbeats.roles.get(HeartbeatRole::Name);
    let kind = |column: Option<&ColumnFacts>| column.map(|column| column.data_type.clone());
    let is_text = of_job.is_some_and(|column| column.data_type == "text");
    is_text || kind(of_job) == kind(of_beat)
}

/// Every statement by its name as it is sent for these tables, for the tests that prepare and explain
/// them.
pub(super) fn all(
    queue: Option<&QueueLayout>,
    heartbeats: Option<&HeartbeatLayout>,
) -> Vec<(&'static str, String)> {
    let Statements {
        connections,
        long_running,
        locks,
        pauses,
    } = Statements::new();
    let mut all = vec![
        ("connections", connections),
        ("long_running", long_running),
        ("locks", locks),
        ("pauses", pauses),
    ];
    all.extend(heartbeats.map(|layout| ("workers", workers(layout))));
    if let Some(queue) = queue {
        let sql = QueueStatements::new(queue, heartbeats);
        let names = ["a worker".to_owned()];
        let worker_jobs = sql.worker_jobs(&names).map(|(sql, _)| sql);
        all.extend(worker_jobs.map(|sql| ("worker_jobs", sql)));
        all.extend(sql.backlog.map(|sql| ("queue_backlog", sql)));
        all.extend(sql.history.map(|sql| ("queue_history", sql)));
        all.extend(sql.scan.map(|sql| ("queue_scan", sql)));
        all.extend(sql.waiting_types.map(|sql| ("waiting_types", sql)));
        all.push(("pauses_escaped", sql.escaped.0));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_filled_in_and_none_stands_in_a_file() {
        for (name, sql) in all(None, None) {
            let casts_left_out = sql.replace("::", "");
            let mut behind = casts_left_out.split(':').skip(1);
            let is_filled = behind.all(|text| text.starts_with(' '));
            assert!(is_filled, "{name}: {sql}");
            assert!(!sql.contains("interval '"), "{name}: {sql}");
            assert!(!sql.contains("clock_timestamp"), "{name}: {sql}");
        }
    }
}
