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

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};
use tokio::time::Instant;

use crate::adapters::postgres::change::begin;
use crate::adapters::postgres::fill::{Filling, literal};
use crate::adapters::postgres::journal::{self, Beginning, Journal, RecordPhase};
use crate::adapters::postgres::{layout, migrate};
use crate::domain::action::Action;
use crate::domain::fault::Fault;
use crate::domain::order::{Begun, Plan, Progress, Stage, refuse};
use crate::domain::pause::{Claims, HoldBy};
use crate::domain::tables::{JobRole, QueueLayout, TableSettings};
use crate::domain::taxonomy::Code;

/// How many jobs one transaction holds or releases: a few milliseconds' worth.
const BATCH: usize = 1_000;
/// How long all batches together may take. What is left then is done by the next order.
const SWEEP_LIMIT: Duration = Duration::from_secs(180);
/// How long is waited, after the last job that was moved, for transactions that were open at the
/// beginning and for jobs that somebody has locked.
const SETTLE_LIMIT: Duration = Duration::from_secs(10);
/// Between two looks at whether they have ended, or at jobs that somebody has locked.
const SETTLE_PAUSE: Duration = Duration::from_millis(50);

const RECORD: &str = "INSERT INTO ops.queue_pauses (job_type, reason, paused_by, expires_at) \
                      VALUES ($1, $2, $3, clock_timestamp() + make_interval(secs => $4::float8)) \
                      RETURNING id::int8";
const LIFT: &str = "UPDATE ops.queue_pauses SET resumed_at = clock_timestamp(), resumed_by = $2, resume_reason = $3 \
                    WHERE id = $1::int8 AND resumed_at IS NULL";
const ACTIVE: &str =
    "SELECT id::int8 AS id FROM ops.queue_pauses WHERE resumed_at IS NULL ORDER BY id";
const KNOWN: &str = "SELECT id::int8 AS id FROM ops.queue_pauses WHERE id = $1::int8";
const TO_RELEASE: &str = include_str!("sql/pause_to_release.sql");
const MOVED: &str = include_str!("sql/pause_moved.sql");
/// A transaction that began after all that have an id by now. Not the `xmax` of a snapshot: that is one
/// behind the last that has *ended*, and others beyond it may be under way.
const NEXT_TRANSACTION: &str = "SELECT pg_catalog.pg_current_xact_id()::text";
/// Whether all transactions before $1 have ended.
const SETTLED: &str =
    "SELECT pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()) >= $1::text::xid8";

/// Every statement about tables that are ours, for the test that prepares them on a migrated database.
pub(crate) const STATEMENTS: &[(&str, &str)] = &[
    ("pause_record", RECORD),
    ("pause_lift", LIFT),
    ("pause_active", ACTIVE),
    ("pause_known", KNOWN),
    ("pause_to_release", TO_RELEASE),
    ("pause_moved", MOVED),
    ("pause_next_transaction", NEXT_TRANSACTION),
    ("pause_settled", SETTLED),
];

/// A queue whose jobs can be held, and the statements that are made for its columns.
#[derive(Debug)]
struct HeldQueue {
    layout: QueueLayout,
    sql: PauseStatements,
}

/// The statements about a queue.
#[derive(Debug)]
struct PauseStatements {
    counts: String,
    to_hold: String,
    hold: String,
    release: String,
    forget: String,
    /// The beginning of the queue.
    look: String,
}

impl PauseStatements {
    fn new(queue: &QueueLayout) -> Self {
        let filling = Filling::default().queue(queue);
        Self {
            counts: filling.fill(include_str!("sql/pause_counts.sql")),
            to_hold: filling.fill(include_str!("sql/pause_to_hold.sql")),
            hold: filling.fill(include_str!("sql/pause_hold.sql")),
            release: filling.fill(include_str!("sql/pause_release.sql")),
            forget: filling.fill(include_str!("sql/pause_forget.sql")),
            look: filling
                .fill("SELECT FROM :queue AS q WHERE :may_be_held ORDER BY :job_created LIMIT 1"),
        }
    }
}

/// Every statement about a queue by its name, for the test that prepares them.
pub(super) fn statements(queue: &QueueLayout) -> Vec<(&'static str, String)> {
    if HoldBy::of(queue).is_none() {
        return Vec::new();
    }
    let sql = PauseStatements::new(queue);
    vec![
        ("pause_counts", sql.counts),
        ("pause_to_hold", sql.to_hold),
        ("pause_hold", sql.hold),
        ("pause_release", sql.release),
        ("pause_forget", sql.forget),
        ("pause_look", sql.look),
    ]
}

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

impl Sweep {
    /// How far it got; `left` is what should have been moved and was not.
    fn progress(&self, after: Value, left: i64, notes: Vec<String>) -> Progress {
        let is_done = self.complete && self.settled && left == 0;
        Progress {
            after,
            verified: Some(is_done),
            notes,
            stage: if is_done { Stage::Done } else { Stage::Open },
        }
    }
}

/// Which way jobs go.
#[derive(Debug, Clone)]
enum Way {
    Hold { job_type: Option<String> },
    Release,
}

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
    queue.require_triggers(journal).await?;
    let by = queue.require_way(journal, tables).await?;
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
    let note = format!(
        "Jobs of {} would be held {how}. What arrives while it lasts would be held, too.",
        queue.layout.table
    );
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
    let sweep = queue.sweep(journal, id, &way).await?;
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
            "{} jobs are pending in spite of the pause: workers have them locked, or somebody lifted it.",
            after.covered
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
    let id = choose(journal, pause).await?;
    let before = queue.counts(journal, None, Some(id)).await?;
    let after = Counts {
        pending: before.pending + before.held,
        paused: before.paused - before.held,
        held: 0,
        ..before
    };
    Ok(Plan::new(before.show(Some(id)), after.show(Some(id)))
        .note("What another pause covers would stay paused, held by that one."))
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
    let sweep = queue.sweep(journal, id, &Way::Release).await?;
    let after = queue.counts(journal, None, Some(id)).await?;
    let mut notes = vec![format!("{} jobs are pending again.", sweep.moved)];
    if sweep.handed_over > 0 {
        notes.push(format!(
            "{} jobs stay paused: another pause covers them and holds them now.",
            sweep.handed_over
        ));
    }
    Ok(sweep.progress(after.show(Some(id)), after.held, notes))
}

/// The pause that an order is about, as its beginning says.
fn pause_of(begun: &Begun) -> i64 {
    begun.noted["pause"].as_i64().unwrap_or_default()
}

/// The pause that is meant: the one that is named, or the only one that lasts.
async fn choose(journal: &mut Journal<'_>, pause: Option<i64>) -> Result<i64, Fault> {
    let ids: Vec<i64> = journal
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
            rows.iter().map(|row| row.try_get("id")).collect()
        })
        .await?;
    match (pause, ids.as_slice()) {
        (_, [id]) => Ok(*id),
        (Some(id), _) => Err(refuse(format!("There is no pause {id}."))),
        (None, []) => Err(refuse("No pause lasts; there is nothing to resume.")),
        (None, ids) => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            Err(refuse(format!(
                "Several pauses last: say which one of {}.",
                ids.join(", ")
            )))
        }
    }
}

async fn is_settled(journal: &mut Journal<'_>, threshold: &str) -> Result<bool, Fault> {
    journal
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

impl HeldQueue {
    /// The queue. Who does not see all jobs would hold some, and report that it were all.
    async fn find(journal: &mut Journal<'_>, tables: &TableSettings) -> Result<Self, Fault> {
        let layout = layout::queue_for_order(journal, tables).await?;
        let sql = PauseStatements::new(&layout);
        Ok(Self { layout, sql })
    }

    /// How its jobs are held.
    async fn require_way(
        &self,
        journal: &mut Journal<'_>,
        tables: &TableSettings,
    ) -> Result<HoldBy, Fault> {
        let claims = claims(journal, tables, &self.layout).await?;
        HoldBy::choose(&self.layout, &claims)
    }

    /// That the triggers which hold what arrives are there, and made for these columns.
    async fn require_triggers(&self, journal: &mut Journal<'_>) -> Result<(), Fault> {
        let are_there = journal
            .run("the triggers of the pauses", async |connection| {
                let mut transaction = begin(connection).await?;
                let rows = sqlx::raw_sql(migrate::OBJECTS)
                    .fetch_all(&mut *transaction)
                    .await?;
                migrate::has_hold_triggers(&rows, &self.layout)
            })
            .await?;
        if are_there || HoldBy::of(&self.layout).is_none() {
            return Ok(());
        }
        Err(Fault::new(
            Code::ValSchema,
            format!(
                "The triggers of the pauses are not on {}, or were made for other columns: run dragonfly-ops migrate.",
                self.layout.table
            ),
        ))
    }

    /// That there are jobs of such a type.
    fn require_type(&self, job_type: Option<&str>) -> Result<(), Fault> {
        let Some(asked) = job_type else {
            return Ok(());
        };
        let table = &self.layout.table;
        match self.layout.roles.get(JobRole::Type) {
            None => Err(refuse(format!(
                "No column of {table} says of which type a job is; QUEUE_COLUMNS can (type=...). Only all of them can be paused."
            ))),
            Some(column) => match &column.legal {
                Some(legal) if !legal.iter().any(|word| word == asked) => Err(refuse(format!(
                    "There is no job type {asked}; there are: {}.",
                    legal.join(", ")
                ))),
                Some(_) | None => Ok(()),
            },
        }
    }

    /// Holds or releases batch by batch until nothing is left that an order of this moment can know of.
    async fn sweep(
        &self,
        journal: &mut Journal<'_>,
        pause: i64,
        way: &Way,
    ) -> Result<Sweep, Fault> {
        let began = Instant::now();
        let threshold: String = journal
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
            sweep.settled = is_settled(journal, &threshold).await?;
            let ids = self.candidates(journal, pause, way).await?;
            let mut moved = 0;
            for batch in ids.chunks(BATCH) {
                if began.elapsed() > SWEEP_LIMIT {
                    return Ok(sweep);
                }
                let (here, handed_over) = self.take(journal, pause, way, batch).await?;
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

    async fn candidates(
        &self,
        journal: &mut Journal<'_>,
        pause: i64,
        way: &Way,
    ) -> Result<Vec<String>, Fault> {
        journal
            .run("the jobs", async |connection| {
                let mut transaction = begin(connection).await?;
                let query = match way {
                    Way::Hold { job_type } => {
                        sqlx::query(AssertSqlSafe(self.sql.to_hold.clone())).bind(job_type)
                    }
                    Way::Release => sqlx::query(TO_RELEASE).bind(pause),
                };
                let rows = query.persistent(false).fetch_all(&mut *transaction).await?;
                transaction.commit().await?;
                rows.iter().map(|row| row.try_get(0)).collect()
            })
            .await
    }

    /// Moves a batch: how many were held or released, and how many another pause has taken over.
    async fn take(
        &self,
        journal: &mut Journal<'_>,
        pause: i64,
        way: &Way,
        batch: &[String],
    ) -> Result<(u64, u64), Fault> {
        match way {
            Way::Hold { job_type } => {
                let held = self.hold_batch(journal, pause, job_type.as_deref(), batch);
                Ok((held.await?, 0))
            }
            Way::Release => self.release_batch(journal, pause, batch).await,
        }
    }

    async fn hold_batch(
        &self,
        journal: &mut Journal<'_>,
        pause: i64,
        job_type: Option<&str>,
        batch: &[String],
    ) -> Result<u64, Fault> {
        journal
            .run("a batch of jobs", async |connection| {
                let mut transaction = begin(connection).await?;
                let held = sqlx::query(AssertSqlSafe(self.sql.hold.clone()))
                    .bind(batch)
                    .bind(pause)
                    .bind(job_type)
                    .persistent(false)
                    .execute(&mut *transaction)
                    .await?
                    .rows_affected();
                transaction.commit().await?;
                let mut transaction = begin(connection).await?;
                sqlx::raw_sql(AssertSqlSafe(self.sql.look.clone()))
                    .execute(&mut *transaction)
                    .await?;
                transaction.commit().await?;
                Ok(held)
            })
            .await
    }

    async fn release_batch(
        &self,
        journal: &mut Journal<'_>,
        pause: i64,
        batch: &[String],
    ) -> Result<(u64, u64), Fault> {
        let (released, handed_over): (i64, i64) = journal
            .run("a batch of jobs", async |connection| {
                let mut transaction = begin(connection).await?;
                sqlx::query(AssertSqlSafe(self.sql.release.clone()))
                    .bind(batch)
                    .bind(pause)
                    .persistent(false)
                    .execute(&mut *transaction)
                    .await?;
                let row = sqlx::query(MOVED)
                    .bind(batch)
                    .bind(pause)
                    .persistent(false)
                    .fetch_one(&mut *transaction)
                    .await?;
                sqlx::query(AssertSqlSafe(self.sql.forget.clone()))
                    .bind(batch)
                    .bind(pause)
                    .persistent(false)
                    .execute(&mut *transaction)
                    .await?;
                transaction.commit().await?;
                Ok((row.try_get("released")?, row.try_get("handed_over")?))
            })
            .await?;
        Ok((released.unsigned_abs(), handed_over.unsigned_abs()))
    }

    async fn counts(
        &self,
        journal: &mut Journal<'_>,
        job_type: Option<&str>,
        pause: Option<i64>,
    ) -> Result<Counts, Fault> {
        journal
            .run("the backlog", async |connection| {
                let mut transaction = begin(connection).await?;
                let row = sqlx::query(AssertSqlSafe(self.sql.counts.clone()))
                    .bind(job_type)
                    .bind(pause)
                    .persistent(false)
                    .fetch_one(&mut *transaction)
                    .await?;
                Ok(Counts {
                    pending: row.try_get("pending")?,
                    paused: row.try_get("paused")?,
                    processing: row.try_get("processing")?,
                    covered: row.try_get("covered")?,
                    held: row.try_get("held")?,
                })
            })
            .await
    }
}

/// Who claims the jobs of a queue, as far as the operator or the functions of the database say.
async fn claims(
    journal: &mut Journal<'_>,
    tables: &TableSettings,
    queue: &QueueLayout,
) -> Result<Claims, Fault> {
    let (None, Some(sql)) = (tables.claims_heed_due, claims_statement(queue)) else {
        return Ok(said_claims(tables));
    };
    journal
        .run("the functions that claim jobs", async |connection| {
            let mut transaction = begin(connection).await?;
            let rows = sqlx::raw_sql(AssertSqlSafe(sql))
                .fetch_all(&mut *transaction)
                .await?;
            read_claims(&rows)
        })
        .await
}

/// The statement that looks for functions which claim jobs; nothing where it does not matter.
pub(super) fn claims_statement(queue: &QueueLayout) -> Option<String> {
    let due = queue.column(JobRole::Due)?;
    let filling = Filling::default()
        .with("table_word", literal(&queue.table.name))
        .with("due_word", literal(due));
    let sql = filling.fill(include_str!("sql/claims.sql"));
    queue.paused_word().is_none().then_some(sql)
}

/// What the operator says of them.
pub(super) fn said_claims(tables: &TableSettings) -> Claims {
    match tables.claims_heed_due {
        Some(true) => Claims::HeedDue,
        Some(false) => {
            Claims::IgnoreDue("as QUEUE_CLAIMS_HEED_DUE=false says, somebody".to_owned())
        }
        None => Claims::Unknown,
    }
}

/// What [`claims_statement`] has found.
pub(super) fn read_claims(rows: &[PgRow]) -> Result<Claims, sqlx::Error> {
    for row in rows {
        if !row.try_get::<bool, _>("heeds_due")? {
            return Ok(Claims::IgnoreDue(row.try_get("signature")?));
        }
    }
    Ok(match rows {
        [] => Claims::Unknown,
        [_, ..] => Claims::HeedDue,
    })
}
