//! Pausing and resuming the job queue. The tables and their triggers are migration 0005.
//!
//! # Design notes
//!
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

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};
use tokio::time::Instant;

use crate::adapters::postgres::audit::{self, Phase};
use crate::adapters::postgres::change::{Change, at_table, begin};
use crate::adapters::postgres::session::Database;
use crate::domain::action::{Action, Done, Order, refuse};
use crate::domain::fault::Fault;

/// How many jobs one transaction holds or releases: a few milliseconds' worth.
const BATCH: usize = 1_000;
/// How long all batches together may take. What is left then is done by the next order.
const SWEEP_LIMIT: Duration = Duration::from_secs(180);
/// How long is waited, after the last job that was moved, for transactions that were open at the
/// beginning and for jobs that somebody has locked.
const SETTLE_LIMIT: Duration = Duration::from_secs(10);
/// Between two looks at whether they have ended, or at jobs that somebody has locked.
const SETTLE_PAUSE: Duration = Duration::from_millis(50);

const COUNTS: &str = include_str!("sql/pause_counts.sql");
const TO_HOLD: &str = include_str!("sql/pause_to_hold.sql");
const HOLD: &str = include_str!("sql/pause_hold.sql");
const TO_RELEASE: &str = include_str!("sql/pause_to_release.sql");
const RELEASE: &str = include_str!("sql/pause_release.sql");
const RECORD: &str = "INSERT INTO ops.queue_pauses (job_type, reason, paused_by, expires_at) \
                      VALUES ($1, $2, $3, clock_timestamp() + make_interval(secs => $4::float8)) \
                      RETURNING id::int8";
const LIFT: &str = "UPDATE ops.queue_pauses SET resumed_at = clock_timestamp(), resumed_by = $2, resume_reason = $3 \
                    WHERE id = $1::int8 AND resumed_at IS NULL";
const ACTIVE: &str = "SELECT id::int8 FROM ops.queue_pauses WHERE resumed_at IS NULL ORDER BY id";
const KNOWN: &str = "SELECT job_type::text FROM ops.queue_pauses WHERE id = $1::int8";
/// A transaction that began after all that have an id by now. Not the `xmax` of a snapshot: that is one
/// behind the last that has *ended*, and others beyond it may be under way.
const NEXT_TRANSACTION: &str = "SELECT pg_catalog.pg_current_xact_id()::text";
/// Whether all transactions before $1 have ended.
const SETTLED: &str =
    "SELECT pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()) >= $1::text::xid8";
const LOOK_AT_THE_BEGINNING: &str =
    "SELECT id FROM ops.job_queue WHERE status = 'pending' ORDER BY created_at LIMIT 1";

/// Every statement, for the test that prepares them on a migrated database.
pub const STATEMENTS: &[(&str, &str)] = &[
    ("pause_counts", COUNTS),
    ("pause_to_hold", TO_HOLD),
    ("pause_hold", HOLD),
    ("pause_to_release", TO_RELEASE),
    ("pause_release", RELEASE),
    ("pause_record", RECORD),
    ("pause_lift", LIFT),
    ("pause_active", ACTIVE),
    ("pause_known", KNOWN),
    ("pause_next_transaction", NEXT_TRANSACTION),
    ("pause_settled", SETTLED),
    ("pause_look", LOOK_AT_THE_BEGINNING),
];

/// The backlog, and what a pause has to do with it.
#[derive(Debug, Clone, Copy)]
struct Counts {
    pending: i64,
    paused: i64,
    processing: i64,
    covered: i64,
    held: i64,
}

impl Counts {
    fn show(&self, pause: Option<i64>) -> Value {
        json!({
            "pause": pause, "pending": self.pending, "paused": self.paused,
            "processing": self.processing, "held": self.held,
        })
    }
}

/// What the batches came to.
#[derive(Debug, Clone, Copy, Default)]
struct Sweep {
    /// Jobs held, or released to pending.
    moved: u64,
    /// Jobs that another pause has taken over.
    handed_over: u64,
    /// Whether there was time for all of it.
    complete: bool,
    /// Whether all transactions that were open at its beginning have ended.
    settled: bool,
}

/// Which way jobs go.
#[derive(Debug, Clone)]
enum Way {
    Hold { job_type: Option<String> },
    Release,
}

/// Pauses the queue.
///
/// # Errors
///
/// The classified cause; what had been recorded by then is finished by the same order again.
pub async fn pause(
    database: &Database,
    action: &Action,
    order: &Order,
    job_type: Option<&str>,
    lasts: Option<Duration>,
) -> Result<Done, Fault> {
    let mut change = Change::open(database).await?;
    if order.dry_run {
        let before = counts_now(&mut change, job_type, None).await?;
        let after = Counts {
            pending: before.pending - before.covered,
            paused: before.paused + before.covered,
            held: before.covered,
            ..before
        };
        return Ok(Done::new(action, before.show(None), after.show(None))
            .note("What arrives while it lasts would be held, too."));
    }
    let begun = change
        .run("recording the pause", async |connection| {
            let mut transaction = begin(connection).await?;
            let before = counts(&mut transaction, job_type, None).await?.show(None);
            let id: i64 = sqlx::query(RECORD)
                .bind(job_type)
                .bind(&order.reason)
                .bind(&order.actor)
                .bind(lasts.map(|lasts| lasts.as_secs_f64()))
                .persistent(false)
                .fetch_one(&mut *transaction)
                .await?
                .try_get(0)?;
            let after = json!({ "pause": id });
            let row = audit::begin(
                &mut transaction,
                action,
                order,
                Phase::Begun,
                &before,
                &after,
            );
            let row = row.await?;
            if row.is_some() {
                transaction.commit().await?;
            } else {
                transaction.rollback().await?;
            }
            Ok(row.map(|row| (row, id, before)))
        })
        .await
        .map_err(at_table)?;
    let (row, id, before, replayed) = match begun {
        Some((row, id, before)) => (row, id, before, false),
        None => {
            let record = audit::require(&mut change, order).await?;
            let done = record.replay(action)?;
            if record.complete {
                return Ok(done);
            }
            let id = record.begun["pause"].as_i64().unwrap_or_default();
            (record.id, id, record.before, true)
        }
    };
    let way = Way::Hold {
        job_type: job_type.map(ToOwned::to_owned),
    };
    let sweep = sweep(&mut change, id, &way).await?;
    let after = finish(&mut change, order, row, id, &way, sweep).await?;
    let mut done = Done::new(action, before, after.show(Some(id)));
    done.audit_id = Some(row);
    done.replayed = replayed;
    done.complete = sweep.complete && sweep.settled && after.covered == 0;
    done.verified = Some(done.complete);
    if !sweep.settled {
        done = done.note(
            "Transactions are still open that began before the pause; jobs that they add are not held. \
             See queue status.",
        );
    }
    if after.covered > 0 {
        done = done.note(format!(
            "{} jobs are pending in spite of the pause: workers have them locked, or somebody lifted it.",
            after.covered
        ));
    }
    Ok(done)
}

/// Lifts a pause and releases exactly what it holds.
///
/// # Errors
///
/// DFE-VAL-001 where it is not clear which pause; else the classified cause. What had been recorded
/// by then is finished by the same order again.
pub async fn resume(
    database: &Database,
    action: &Action,
    order: &Order,
    pause: Option<i64>,
) -> Result<Done, Fault> {
    let mut change = Change::open(database).await?;
    if let Some(record) = audit::known(&mut change, order).await? {
        let done = record.replay(action)?;
        if record.complete || order.dry_run {
            return Ok(done);
        }
        let id = record.begun["pause"].as_i64().unwrap_or_default();
        return release(&mut change, action, order, record.id, id, record.before)
            .await
            .map(|done| Done {
                replayed: true,
                ..done
            });
    }
    let id = choose(&mut change, pause).await?;
    let before = counts_now(&mut change, None, Some(id)).await?;
    if order.dry_run {
        let after = Counts {
            pending: before.pending + before.held,
            paused: before.paused - before.held,
            held: 0,
            ..before
        };
        return Ok(
            Done::new(action, before.show(Some(id)), after.show(Some(id)))
                .note("What another pause covers would stay paused, held by that one."),
        );
    }
    let before = before.show(Some(id));
    let begun = change
        .run("lifting the pause", async |connection| {
            let mut transaction = begin(connection).await?;
            sqlx::query(LIFT)
                .bind(id)
                .bind(&order.actor)
                .bind(&order.reason)
                .persistent(false)
                .execute(&mut *transaction)
                .await?;
            let after = json!({ "pause": id });
            let row = audit::begin(
                &mut transaction,
                action,
                order,
                Phase::Begun,
                &before,
                &after,
            );
            let row = row.await?;
            if row.is_some() {
                transaction.commit().await?;
            } else {
                transaction.rollback().await?;
            }
            Ok(row)
        })
        .await
        .map_err(at_table)?;
    match begun {
        Some(row) => release(&mut change, action, order, row, id, before).await,
        // The same order was given twice at the same time.
        None => audit::require(&mut change, order).await?.replay(action),
    }
}

async fn release(
    change: &mut Change<'_>,
    action: &Action,
    order: &Order,
    row: i64,
    id: i64,
    before: Value,
) -> Result<Done, Fault> {
    let sweep = sweep(change, id, &Way::Release).await?;
    let after = finish(change, order, row, id, &Way::Release, sweep).await?;
    let mut done = Done::new(action, before, after.show(Some(id)));
    done.audit_id = Some(row);
    done.complete = sweep.complete && sweep.settled && after.held == 0;
    done.verified = Some(done.complete);
    done = done.note(format!("{} jobs are pending again.", sweep.moved));
    if sweep.handed_over > 0 {
        done = done.note(format!(
            "{} jobs stay paused: another pause covers them and holds them now.",
            sweep.handed_over
        ));
    }
    Ok(done)
}

/// The pause that is meant: the one that is named, or the only one that lasts.
async fn choose(change: &mut Change<'_>, pause: Option<i64>) -> Result<i64, Fault> {
    let rows = change
        .run("the pauses", async |connection| {
            let mut transaction = begin(connection).await?;
            match pause {
                Some(id) => {
                    sqlx::query(KNOWN)
                        .bind(id)
                        .persistent(false)
                        .fetch_all(&mut *transaction)
                        .await
                }
                None => sqlx::raw_sql(ACTIVE).fetch_all(&mut *transaction).await,
            }
        })
        .await
        .map_err(at_table)?;
    match (pause, rows.as_slice()) {
        (Some(id), [_, ..]) => Ok(id),
        (Some(id), []) => Err(refuse(format!("There is no pause {id}."))),
        (None, []) => Err(refuse("No pause lasts; there is nothing to resume.")),
        (None, [row]) => change.read(row.try_get(0)),
        (None, rows) => {
            let ids: Vec<String> = rows
                .iter()
                .filter_map(|row| row.try_get::<i64, _>(0).ok())
                .map(|id| id.to_string())
                .collect();
            Err(refuse(format!(
                "Several pauses last: say which one of {}.",
                ids.join(", ")
            )))
        }
    }
}

/// Holds or releases batch by batch until nothing is left that an order of this moment can know of.
async fn sweep(change: &mut Change<'_>, pause: i64, way: &Way) -> Result<Sweep, Fault> {
    let began = Instant::now();
    let threshold: String = change
        .run("the transactions under way", async |connection| {
            let mut transaction = begin(connection).await?;
            let next = sqlx::raw_sql(NEXT_TRANSACTION)
                .fetch_one(&mut *transaction)
                .await?
                .try_get(0)?;
            transaction.commit().await?;
            Ok(next)
        })
        .await?;
    let mut sweep = Sweep::default();
    let mut last_move = Instant::now();
    loop {
        // Looked at before the jobs: what was added by then is seen below.
        sweep.settled = is_settled(change, &threshold).await?;
        let ids = candidates(change, pause, way).await?;
        let mut moved = 0;
        for batch in ids.chunks(BATCH) {
            if began.elapsed() > SWEEP_LIMIT {
                return Ok(sweep);
            }
            let (here, handed_over) = take(change, pause, way, batch).await?;
            sweep.moved += here;
            sweep.handed_over += handed_over;
            moved += here + handed_over;
        }
        if ids.is_empty() && sweep.settled {
            sweep.complete = true;
            return Ok(sweep);
        }
        if moved > 0 {
            last_move = Instant::now();
            continue;
        }
        // Locked by workers, or nothing yet from a transaction that is still open.
        if last_move.elapsed() > SETTLE_LIMIT {
            sweep.complete = true;
            return Ok(sweep);
        }
        tokio::time::sleep(SETTLE_PAUSE).await;
    }
}

async fn is_settled(change: &mut Change<'_>, threshold: &str) -> Result<bool, Fault> {
    change
        .run("the transactions under way", async |connection| {
            let mut transaction = begin(connection).await?;
            sqlx::query(SETTLED)
                .bind(threshold)
                .persistent(false)
                .fetch_one(&mut *transaction)
                .await?
                .try_get(0)
        })
        .await
}

async fn candidates(change: &mut Change<'_>, pause: i64, way: &Way) -> Result<Vec<i64>, Fault> {
    let rows: Vec<PgRow> = change
        .run("the jobs", async |connection| {
            let mut transaction = begin(connection).await?;
            let query = match way {
                Way::Hold { job_type } => sqlx::query(TO_HOLD).bind(job_type),
                Way::Release => sqlx::query(TO_RELEASE).bind(pause),
            };
            let rows = query.persistent(false).fetch_all(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(rows)
        })
        .await
        .map_err(at_table)?;
    change.read(rows.iter().map(|row| row.try_get(0)).collect())
}

/// Moves a batch: how many were held or released, and how many another pause has taken over.
async fn take(
    change: &mut Change<'_>,
    pause: i64,
    way: &Way,
    batch: &[i64],
) -> Result<(u64, u64), Fault> {
    let rows: Vec<PgRow> = change
        .run("a batch of jobs", async |connection| {
            let mut transaction = begin(connection).await?;
            let query = match way {
                Way::Hold { job_type } => sqlx::query(HOLD).bind(batch).bind(pause).bind(job_type),
                Way::Release => sqlx::query(RELEASE).bind(batch).bind(pause),
            };
            let rows = query.persistent(false).fetch_all(&mut *transaction).await?;
            transaction.commit().await?;
            if matches!(way, Way::Hold { .. }) {
                let mut transaction = begin(connection).await?;
                sqlx::raw_sql(LOOK_AT_THE_BEGINNING)
                    .execute(&mut *transaction)
                    .await?;
                transaction.commit().await?;
            }
            Ok(rows)
        })
        .await
        .map_err(at_table)?;
    let statuses: Vec<String> =
        change.read(rows.iter().map(|row| row.try_get("status")).collect())?;
    let paused = statuses.iter().filter(|status| *status == "paused").count() as u64;
    let pending = statuses.len() as u64 - paused;
    Ok(match way {
        Way::Hold { .. } => (paused, 0),
        Way::Release => (pending, paused),
    })
}

/// Counts once more and writes the row that the action ends with, in one transaction. Without that row
/// the same order goes on from here.
async fn finish(
    change: &mut Change<'_>,
    order: &Order,
    row: i64,
    pause: i64,
    way: &Way,
    sweep: Sweep,
) -> Result<Counts, Fault> {
    let job_type = match way {
        Way::Hold { job_type } => job_type.as_deref(),
        Way::Release => None,
    };
    change
        .run("recording the end", async |connection| {
            let mut transaction = begin(connection).await?;
            let after = counts(&mut transaction, job_type, Some(pause)).await?;
            let left = match way {
                Way::Hold { .. } => after.covered,
                Way::Release => after.held,
            };
            if sweep.complete && sweep.settled && left == 0 {
                let shown = after.show(Some(pause));
                audit::end(&mut transaction, row, order, Phase::Done, &shown).await?;
            }
            transaction.commit().await?;
            Ok(after)
        })
        .await
}

async fn counts_now(
    change: &mut Change<'_>,
    job_type: Option<&str>,
    pause: Option<i64>,
) -> Result<Counts, Fault> {
    change
        .run("the backlog", async |connection| {
            let mut transaction = begin(connection).await?;
            counts(&mut transaction, job_type, pause).await
        })
        .await
        .map_err(at_table)
}

async fn counts(
    connection: &mut PgConnection,
    job_type: Option<&str>,
    pause: Option<i64>,
) -> Result<Counts, sqlx::Error> {
    let row = sqlx::query(COUNTS)
        .bind(job_type)
        .bind(pause)
        .persistent(false)
        .fetch_one(connection)
        .await?;
    Ok(Counts {
        pending: row.try_get("pending")?,
        paused: row.try_get("paused")?,
        processing: row.try_get("processing")?,
        covered: row.try_get("covered")?,
        held: row.try_get("held")?,
    })
}
