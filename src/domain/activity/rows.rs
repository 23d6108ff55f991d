//! The rows that the report can have, by their ids.

use serde::{Deserialize, Deserializer};

/// The id of a row.
pub type RowId = &'static str;

/// What a row is called that a newer instance tells of.
const OTHER: RowId = "activity.other";

const ALL: &[RowId] = &[
    "workers.summary",
    "workers.worker",
    "workers.kind",
    "workers.working",
    "queue.backlog",
    "queue.stuck",
    "queue.overdue",
    "queue.stalled",
    "queue.failed",
    "queue.paused",
    "queue.states",
    "connections.used",
    "connections.long-running",
    "locks.waiting",
];

/// Understands an id.
pub(super) fn row_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RowId, D::Error> {
    let id = String::deserialize(deserializer)?;
    let known = ALL.iter().find(|known| **known == id);
    Ok(known.unwrap_or(&OTHER))
}
