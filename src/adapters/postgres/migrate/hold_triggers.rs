//! The triggers of the pauses, and whose jobs are held by them.
//!
//! # Design notes
//!
//! There is one set of functions behind the triggers, made for one queue. Where another table is named as the
//! queue, those of the old one would hold jobs of the new, and what is held would be looked for there, not
//! found, and taken off the record: its jobs would stay paused for good. So whatever is held has to be given
//! back first, and then the old table loses its triggers.

use std::fmt::Write as _;

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use crate::adapters::postgres::fill::{Filling, literal};
use crate::adapters::postgres::migrate::existing::Existing;
use crate::domain::fault::Fault;
use crate::domain::tables::index::quoted;
use crate::domain::tables::{JobRole, JobState, QueueLayout};
use crate::domain::taxonomy::Code;

/// The triggers that keep what pauses hold.
const TRIGGERS: &[&str] = &[
    "forget_all_jobs",
    "forget_changed_job",
    "forget_deleted_job",
    "hold_new_job",
    "hold_returned_job",
];

/// Whether any job is held.
pub(super) const ANY_HELD: &str = "SELECT EXISTS (SELECT FROM ops.queue_holds) AS is_any_held";

/// The functions and triggers that keep what pauses hold, for the columns of a queue.
pub(super) fn hold_triggers(queue: &QueueLayout) -> String {
    let filling = Filling::default().queue(queue).with_body_quote();
    filling.fill(include_str!("../sql/hold_triggers.sql"))
}

/// Whether the triggers of the pauses are there, and made for the columns that the queue has.
pub(in crate::adapters::postgres) fn has_hold_triggers(
    rows: &[PgRow],
    queue: &QueueLayout,
) -> Result<bool, sqlx::Error> {
    let existing = Existing::understand(rows)?;
    Ok(has_triggers(&existing, queue, &hold_triggers(queue)))
}

/// Whether the triggers stand on the queue and nowhere else, and what they call is what `sql` would create.
pub(super) fn has_triggers(existing: &Existing, queue: &QueueLayout, sql: &str) -> bool {
    let owner = queue.table.quoted();
    let stands = |name: &&str| {
        let trigger = (owner.clone(), (*name).to_owned());
        existing.triggers.contains(&trigger)
    };
    let are_current = ["hold_job", "forget_hold", "forget_holds"]
        .iter()
        .all(|name| {
            let source = existing.sources.get(*name);
            source.is_some_and(|source| sql.contains(source))
        });
    let mut elsewhere = triggers_elsewhere(existing, queue);
    are_current && TRIGGERS.iter().all(stands) && elsewhere.next().is_none()
}

/// What takes the triggers of the pauses away from tables that are the queue no longer.
pub(super) fn without_triggers_elsewhere(existing: &Existing, queue: &QueueLayout) -> String {
    let mut sql = String::new();
    for (table, trigger) in triggers_elsewhere(existing, queue) {
        // Writing into a string cannot fail.
        let _ = writeln!(sql, "DROP TRIGGER {} ON {table};", quoted(trigger));
    }
    sql
}

/// The triggers of the pauses on other tables: the name of each table, quoted, and that of the trigger.
fn triggers_elsewhere<'a>(
    existing: &'a Existing,
    queue: &QueueLayout,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let owner = queue.table.quoted();
    let triggers = existing.triggers.iter();
    triggers
        .map(|(table, trigger)| (table.as_str(), trigger.as_str()))
        .filter(move |(table, _)| *table != owner)
}

/// Why nothing may be done with this queue while jobs are held, as these are others; nothing where none is
/// held, or they are of it.
pub(in crate::adapters::postgres) async fn others_are_held(
    connection: &mut PgConnection,
    rows: &[PgRow],
    queue: &QueueLayout,
) -> Result<Option<Fault>, sqlx::Error> {
    let existing = Existing::understand(rows)?;
    let Some(fault) = held_otherwise(&existing, queue) else {
        return Ok(None);
    };
    if !existing.tables.contains_key("queue_holds") {
        return Ok(None);
    }
    let row = sqlx::raw_sql(ANY_HELD).fetch_one(connection).await?;
    let is_any_held: bool = row.try_get("is_any_held")?;
    Ok(is_any_held.then_some(fault))
}

/// Why what is held, if anything, cannot be told by this queue.
fn held_otherwise(existing: &Existing, queue: &QueueLayout) -> Option<Fault> {
    let table = &queue.table;
    if let Some((other, _)) = triggers_elsewhere(existing, queue).next() {
        let other = other.replace('"', "");
        return Some(
            Fault::new(
                Code::ValSchema,
                format!(
                    "Pauses hold jobs of {other}, and the queue is {table}: they have to be given back first, with QUEUE_TABLE={other}."
                ),
            )
            .check_first("QUEUE_TABLE, then dragonfly-ops queue status"),
        );
    }
    (!is_held_alike(existing, queue)).then(|| {
        Fault::new(
            Code::ValSchema,
            format!(
                "Pauses hold jobs of {table} by other columns or another word than are named now: they have to be given back \
                 first, with QUEUE_COLUMNS and QUEUE_STATES as they were."
            ),
        )
        .check_first("QUEUE_COLUMNS and QUEUE_STATES, then dragonfly-ops queue status")
    })
}

/// Whether the functions that there are tell a job, and that it is held, by what the queue has, too. They may
/// be those of an older version, or of a time in which it had less.
fn is_held_alike(existing: &Existing, queue: &QueueLayout) -> bool {
    let source = |name: &str| existing.sources.get(name).map(String::as_str);
    let (Some(hold), Some(forget)) = (source("hold_job"), source("forget_hold")) else {
        return true;
    };
    let column = |role| queue.column(role).map(quoted).unwrap_or_default();
    let (id, state, due) = (
        column(JobRole::Id),
        column(JobRole::State),
        column(JobRole::Due),
    );
    let is_by_due = hold.contains("= 'infinity' WHERE");
    let is_by_state = || {
        let mut words = queue.states.of_state(JobState::Paused).iter();
        words.any(|word| hold.contains(&format!("SET {state} = {} WHERE", literal(word))))
    };
    // Held by due time before it could be held by its state, a job still is.
    let of_due = |source: &str, before: &str, after: &str| {
        !source.contains(after) || source.contains(&format!("{before}{due}{after}"))
    };
    forget.contains(&format!("OLD.{id}::text"))
        && of_due(forget, "OLD.", " IS NOT DISTINCT FROM 'infinity'")
        && of_due(hold, "SET ", " = 'infinity' WHERE")
        && (is_by_due || is_by_state())
}
