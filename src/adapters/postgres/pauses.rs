//! Pausing and resuming the job queue, in whatever table it is.
//!
//! # Design notes
//!
//! - A job is held by its state, where that may be `paused`; else by never being due, where whoever
//!   claims jobs heeds that. Which jobs each pause holds stands in a table of ours (migration 0009), so
//!   that nothing is added to a queue that is somebody else's but triggers.
//! - The pause is recorded first, in one transaction with its row of the audit log; from then on the
//!   triggers hold what arrives. What is already there is held in batches of a thousand, each a
//!   transaction of a few milliseconds that passes over what a worker has locked: no claim ever
//!   waits for a pause. The ids are read in large portions beforehand, so that the cost does not
//!   grow with what was already held (rows that an old snapshot keeps alive would be visited again
//!   by each batch).
//! - Between batches the beginning of the queue is looked at once: whoever does that first after a
//!   batch pays for skipping what is no longer pending, and that should not be a worker.
//! - A job may be on its way while the pause is recorded, added by a transaction that has not seen
//!   it. So the last look comes after all transactions that were open then have ended.
//! - Lifting a pause works alike, the other way round. Whatever dies half-way is finished by the
//!   next order: the pause itself is on record, and every batch can be repeated.

mod claims;
mod held_queue;

use std::time::Duration;

use serde_json::json;
use sqlx::Row;

pub(super) use self::claims::{claims_statement, read_claims, said_claims};
use self::held_queue::{Counts, HeldQueue, Way};
pub(super) use self::held_queue::{STATEMENTS as HELD_STATEMENTS, statements};
use crate::adapters::postgres::change::begin;
use crate::adapters::postgres::journal::{self, Beginning, Journal, RecordPhase};
use crate::domain::action::Action;
use crate::domain::activity::many;
use crate::domain::fault::Fault;
use crate::domain::order::{Begun, Plan, Progress, refuse};
use crate::domain::pause::HoldBy;
use crate::domain::tables::TableSettings;

const RECORD: &str = "INSERT INTO ops.queue_pauses (job_type, reason, paused_by, expires_at) \
                      VALUES ($1, $2, $3, clock_timestamp() + make_interval(secs => $4::float8)) \
                      RETURNING id::int8";
const LIFT: &str = "UPDATE ops.queue_pauses SET resumed_at = clock_timestamp(), resumed_by = $2, resume_reason = $3 \
                    WHERE id = $1::int8 AND resumed_at IS NULL";
const ACTIVE: &str = "SELECT id::int8 AS id, false AS is_lifted FROM ops.queue_pauses WHERE resumed_at IS NULL ORDER BY id";
const KNOWN: &str = "SELECT id::int8 AS id, resumed_at IS NOT NULL AS is_lifted FROM ops.queue_pauses WHERE id = $1::int8";

/// Every statement about tables that are ours, for the test that prepares them on a migrated database.
pub(crate) const STATEMENTS: &[(&str, &str)] = &[
    ("pause_record", RECORD),
    ("pause_lift", LIFT),
    ("pause_active", ACTIVE),
    ("pause_known", KNOWN),
];

/// What a pause would hold.
///
/// # Errors
///
/// The classified cause.
pub(crate) async fn plan_pause(
    journal: &mut Journal<'_>,
    tables: &TableSettings,
    job_type: Option<&str>,
) -> Result<Plan, Fault> {
    let queue = HeldQueue::find(journal, tables).await?;
    let by = queue.require_way(journal, tables).await?;
    queue.require_triggers(journal).await?;
    queue.require_type(job_type)?;
    let before = queue.counts(journal, job_type, None).await?;
    let after = Counts {
        pending: before.pending - before.covered,
        paused: before.paused + before.covered,
        held: before.covered,
        ..before
    };
    let how = match by {
        HoldBy::State => "by their state",
        HoldBy::Due => "by never being due",
    };
    let table = &queue.layout.table;
    let mut note = format!(
        "Jobs of {table} would be held {how}. What arrives while it lasts would be held, too."
    );
    if by == HoldBy::Due {
        note.push_str(
            " They stay pending, so whoever claims passes over each of them: with very many, migrate --add-paused is cheaper.",
        );
    }
    Ok(Plan::new(before.show(None), after.show(None)).note(note))
}

/// Records a pause: from then on what arrives is held.
///
/// # Errors
///
/// The classified cause.
pub(crate) async fn begin_pause(
    journal: &mut Journal<'_>,
    action: &Action,
    plan: &Plan,
    job_type: Option<&str>,
    lasts: Option<Duration>,
) -> Result<Beginning, Fault> {
    let order = journal.order();
    journal
        .begin("recording the pause", &plan.before, async |connection| {
            let id: i64 = sqlx::query(RECORD)
                .bind(job_type)
                .bind(&order.reason)
                .bind(&order.actor)
                .bind(lasts.map(|lasts| lasts.as_secs_f64()))
                .persistent(false)
                .fetch_one(&mut *connection)
                .await?
                .try_get(0)?;
            let noted = json!({ "pause": id });
            journal::write(
                connection,
                (action, order),
                RecordPhase::Begun,
                &plan.before,
                noted,
            )
            .await
        })
        .await
}

/// Holds what was pending when a pause was recorded.
///
/// # Errors
///
/// The classified cause; the same order goes on from there.
pub(crate) async fn hold(
    journal: &mut Journal<'_>,
    tables: &TableSettings,
    begun: &Begun,
    job_type: Option<&str>,
) -> Result<Progress, Fault> {
    let queue = HeldQueue::find(journal, tables).await?;
    let id = pause_of(begun);
    let way = Way::Hold {
        job_type: job_type.map(ToOwned::to_owned),
    };
    let ahead = match journal.listener() {
        Some(_) => queue.counts(journal, job_type, Some(id)).await?.covered,
        None => 0,
    };
    let sweep = queue.sweep(journal, id, &way, ahead).await?;
    let after = queue.counts(journal, job_type, Some(id)).await?;
    let mut notes = Vec::new();
    if !sweep.settled {
        notes.push(
            "Transactions are still open that began before the pause; jobs that they add are not held. \
             See queue status."
                .to_owned(),
        );
    }
    if after.covered > 0 {
        notes.push(format!(
            "{} {}, something in the queue keeps it so, or somebody lifted the pause.",
            after.covered,
            many(
                after.covered,
                "job is pending in spite of the pause: a worker has it locked",
                "jobs are pending in spite of the pause: workers have them locked"
            )
        ));
    }
    Ok(sweep.progress(after.show(Some(id)), after.covered, notes))
}

/// What lifting a pause would release.
///
/// # Errors
///
/// DFE-VAL-001 where it is not clear which pause; else the classified cause.
pub(crate) async fn plan_resume(
    journal: &mut Journal<'_>,
    tables: &TableSettings,
    pause: Option<i64>,
) -> Result<Plan, Fault> {
    let queue = HeldQueue::find(journal, tables).await?;
    let (id, is_lifted) = choose(journal, pause).await?;
    let before = queue.counts(journal, None, Some(id)).await?;
    let after = Counts {
        pending: before.pending + before.held,
        paused: before.paused - before.held,
        held: 0,
        ..before
    };
    let note = match (is_lifted, before.held) {
        (true, 0) => "It was lifted before and holds nothing: there is nothing to give back.",
        _ => "What another pause covers would stay paused, held by that one.",
    };
    Ok(Plan::new(before.show(Some(id)), after.show(Some(id))).note(note))
}

/// Records that a pause is lifted: from then on nothing more is held by it.
///
/// # Errors
///
/// The classified cause.
pub(crate) async fn begin_resume(
    journal: &mut Journal<'_>,
    action: &Action,
    plan: &Plan,
) -> Result<Beginning, Fault> {
    let order = journal.order();
    let id = plan.before["pause"].as_i64();
    journal
        .begin("lifting the pause", &plan.before, async |connection| {
            sqlx::query(LIFT)
                .bind(id)
                .bind(&order.actor)
                .bind(&order.reason)
                .persistent(false)
                .execute(&mut *connection)
                .await?;
            let noted = json!({ "pause": id });
            journal::write(
                connection,
                (action, order),
                RecordPhase::Begun,
                &plan.before,
                noted,
            )
            .await
        })
        .await
}

/// Releases exactly what a lifted pause holds.
///
/// # Errors
///
/// The classified cause; the same order goes on from there.
pub(crate) async fn release(
    journal: &mut Journal<'_>,
    tables: &TableSettings,
    begun: &Begun,
) -> Result<Progress, Fault> {
    let queue = HeldQueue::find(journal, tables).await?;
    let id = pause_of(begun);
    let ahead = match journal.listener() {
        Some(_) => queue.counts(journal, None, Some(id)).await?.held,
        None => 0,
    };
    let sweep = queue.sweep(journal, id, &Way::Release, ahead).await?;
    let after = queue.counts(journal, None, Some(id)).await?;
    let mut notes = vec![format!(
        "{} {} pending again.",
        sweep.moved,
        many(sweep.moved, "job is", "jobs are")
    )];
    if sweep.handed_over > 0 {
        notes.push(format!(
            "{} {} now.",
            sweep.handed_over,
            many(
                sweep.handed_over,
                "job stays paused: another pause covers it and holds it",
                "jobs stay paused: another pause covers them and holds them"
            )
        ));
    }
    Ok(sweep.progress(after.show(Some(id)), after.held, notes))
}

/// The pause that an order is about, as its beginning says.
fn pause_of(begun: &Begun) -> i64 {
    begun.noted["pause"].as_i64().unwrap_or_default()
}

/// The pause that is meant, and whether it was lifted before: the one that is named, or the only one
/// that lasts.
async fn choose(journal: &mut Journal<'_>, pause: Option<i64>) -> Result<(i64, bool), Fault> {
    let found: Vec<(i64, bool)> = journal
        .run("the pauses", async |connection| {
            let mut transaction = begin(connection).await?;
            let rows = match pause {
                Some(id) => {
                    sqlx::query(KNOWN)
                        .bind(id)
                        .persistent(false)
                        .fetch_all(&mut *transaction)
                        .await?
                }
                None => sqlx::raw_sql(ACTIVE).fetch_all(&mut *transaction).await?,
            };
            rows.iter()
                .map(|row| Ok((row.try_get("id")?, row.try_get("is_lifted")?)))
                .collect()
        })
        .await?;
    match (pause, found.as_slice()) {
        (_, [one]) => Ok(*one),
        (Some(id), _) => Err(refuse(format!(
            "There is no pause {id}; those that last: dragonfly-ops queue status."
        ))),
        (None, []) => Err(refuse(
            "No pause lasts; there is nothing to resume. Jobs that are paused all the same were set so by other means, \
             and are left as they are: whoever set them gives them back.",
        )),
        (None, several) => {
            let ids: Vec<String> = several.iter().map(|(id, _)| id.to_string()).collect();
            Err(refuse(format!(
                "Several pauses last: say which one of {}.",
                ids.join(", ")
            )))
        }
    }
}
