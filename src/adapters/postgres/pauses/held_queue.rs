//! The queue as a pause sees it: what of it is held, and how jobs are held and released in batches.

use std::time::Duration;

use serde_json::Value;
use sqlx::{AssertSqlSafe, Row};
use tokio::time::Instant;

use crate::adapters::postgres::change::begin;
use crate::adapters::postgres::fill::Filling;
use crate::adapters::postgres::journal::Journal;
use crate::adapters::postgres::pauses::claims::claims;
use crate::adapters::postgres::{layout, migrate};
use crate::domain::action::shown::{QueueCounts, shown};
use crate::domain::fault::Fault;
use crate::domain::order::{Moved, Progress, Stage, refuse};
use crate::domain::pause::HoldBy;
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

const TO_RELEASE: &str = include_str!("../sql/pause_to_release.sql");
const MOVED: &str = include_str!("../sql/pause_moved.sql");
/// A transaction that began after all that have an id by now. Not the `xmax` of a snapshot: that is one
/// behind the last that has *ended*, and others beyond it may be under way.
const NEXT_TRANSACTION: &str = "SELECT pg_catalog.pg_current_xact_id()::text";
/// Whether all transactions before $1 have ended.
const SETTLED: &str =
    "SELECT pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()) >= $1::text::xid8";

/// Those of the statements that are about tables of ours.
pub(in crate::adapters::postgres) const STATEMENTS: &[(&str, &str)] = &[
    ("pause_to_release", TO_RELEASE),
    ("pause_moved", MOVED),
    ("pause_next_transaction", NEXT_TRANSACTION),
    ("pause_settled", SETTLED),
];

/// A queue whose jobs can be held, and the statements that are made for its columns.
#[derive(Debug)]
pub(super) struct HeldQueue {
    /// The queue.
    pub(super) layout: QueueLayout,
    sql: PauseStatements,
    /// Whether the triggers may hold what arrives.
    may_hold: Result<(), Fault>,
}

/// The statements about a queue.
#[derive(Debug)]
struct PauseStatements {
    counts: String,
    to_hold: String,
    hold: String,
    release: String,
    forget: String,
    /// The beginning of the queue, where that moves as jobs are held.
    look: Option<String>,
}

impl PauseStatements {
    fn new(queue: &QueueLayout) -> Self {
        let filling = Filling::default().queue(queue);
        Self {
            counts: filling.fill(include_str!("../sql/pause_counts.sql")),
            to_hold: filling.fill(include_str!("../sql/pause_to_hold.sql")),
            hold: filling.fill(include_str!("../sql/pause_hold.sql")),
            release: filling.fill(include_str!("../sql/pause_release.sql")),
            forget: filling.fill(include_str!("../sql/pause_forget.sql")),
            // What is held by its due time stays where it is: there is nothing to be skipped for good.
            look: (HoldBy::of(queue) == Some(HoldBy::State)).then(|| {
                filling.fill(
                    "SELECT FROM :queue AS q WHERE :may_be_held ORDER BY :job_created LIMIT 1",
                )
            }),
        }
    }
}

/// Every statement about a queue by its name, for the test that prepares them.
pub(in crate::adapters::postgres) fn statements(
    queue: &QueueLayout,
) -> Vec<(&'static str, String)> {
    if HoldBy::of(queue).is_none() {
        return Vec::new();
    }
    let sql = PauseStatements::new(queue);
    let mut all = vec![
        ("pause_counts", sql.counts),
        ("pause_to_hold", sql.to_hold),
        ("pause_hold", sql.hold),
        ("pause_release", sql.release),
        ("pause_forget", sql.forget),
    ];
    all.extend(sql.look.map(|sql| ("pause_look", sql)));
    all
}

/// The backlog, and what a pause has to do with it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    /// Jobs that wait.
    pub(super) pending: i64,
    /// Jobs that are held back, by whomever.
    pub(super) paused: i64,
    /// Jobs that somebody has claimed.
    pub(super) processing: i64,
    /// Jobs that wait and that the pause covers.
    pub(super) covered: i64,
    /// Jobs that it holds.
    pub(super) held: i64,
}

impl Counts {
    /// As it is shown and put on record.
    pub(super) fn show(&self, pause: Option<i64>) -> Value {
        shown(&QueueCounts {
            pause,
            pending: self.pending,
            paused: self.paused,
            processing: self.processing,
            held: self.held,
        })
    }
}

/// What the batches came to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sweep {
    /// Jobs held, or released to pending.
    pub(super) moved: u64,
    /// Jobs that another pause has taken over.
    pub(super) handed_over: u64,
    /// Whether there was time for all of it.
    complete: bool,
    /// Whether all transactions that were open at its beginning have ended.
    pub(super) settled: bool,
}

impl Sweep {
    /// How far it got; `left` is what should have been moved and was not.
    pub(super) fn progress(&self, after: Value, left: i64, notes: Vec<String>) -> Progress {
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
pub(super) enum Way {
    /// They are held, those of this type alone where one is given.
    Hold {
        /// The type.
        job_type: Option<String>,
    },
    /// They are given back.
    Release,
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

/// Whether a batch came in the way of somebody else's change, as where that moves a job from one partition to
/// another. It has done nothing then, and the next look finds what is left.
fn is_conflict(error: &sqlx::Error) -> bool {
    let database = error.as_database_error();
    let code = database.and_then(|error| error.code());
    code.is_some_and(|code| matches!(&*code, "40001" | "40P01"))
}

impl HeldQueue {
    /// The queue. Who does not see all jobs would hold some, and report that it were all. What is held of
    /// another queue would not be found in this one, and be taken off the record.
    pub(super) async fn find(
        journal: &mut Journal<'_>,
        tables: &TableSettings,
    ) -> Result<Self, Fault> {
        let (layout, hidden) = layout::queue_for_order(journal, tables).await?;
        let others = journal
            .run("whose jobs are held", async |connection| {
                let mut transaction = begin(connection).await?;
                let rows = sqlx::raw_sql(migrate::OBJECTS)
                    .fetch_all(&mut *transaction)
                    .await?;
                migrate::others_are_held(&mut transaction, &rows, &layout).await
            })
            .await?;
        if let Some(fault) = others {
            return Err(fault);
        }
        let sql = PauseStatements::new(&layout);
        let may_hold = hidden.refuse_hold(&layout.table);
        Ok(Self {
            layout,
            sql,
            may_hold,
        })
    }

    /// How its jobs are held.
    pub(super) async fn require_way(
        &self,
        journal: &mut Journal<'_>,
        tables: &TableSettings,
    ) -> Result<HoldBy, Fault> {
        let claims = claims(journal, tables, &self.layout).await?;
        HoldBy::choose(&self.layout, &claims)
    }

    /// That the triggers which hold what arrives are there, made for these columns, and let at every row.
    pub(super) async fn require_triggers(&self, journal: &mut Journal<'_>) -> Result<(), Fault> {
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
            return self.may_hold.clone();
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
    pub(super) fn require_type(&self, job_type: Option<&str>) -> Result<(), Fault> {
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

    /// Holds or releases batch by batch until nothing is left that an order of this moment can know of. Who waits for
    /// it hears how many of those `ahead` are moved.
    pub(super) async fn sweep(
        &self,
        journal: &mut Journal<'_>,
        pause: i64,
        way: &Way,
        ahead: i64,
    ) -> Result<Sweep, Fault> {
        let of = u64::try_from(ahead).unwrap_or(0);
        let told = |sweep: &Sweep, journal: &Journal<'_>| {
            if let Some(listener) = journal.listener() {
                let done = sweep.moved + sweep.handed_over;
                listener.hear(Moved { done, of });
            }
        };
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
        told(&sweep, journal);
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
                told(&sweep, journal);
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
                    .await;
                if held.as_ref().is_err_and(is_conflict) {
                    return Ok(0);
                }
                let held = held?.rows_affected();
                transaction.commit().await?;
                if let Some(look) = &self.sql.look {
                    let mut transaction = begin(connection).await?;
                    sqlx::raw_sql(AssertSqlSafe(look.clone()))
                        .execute(&mut *transaction)
                        .await?;
                    transaction.commit().await?;
                }
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
                let released = sqlx::query(AssertSqlSafe(self.sql.release.clone()))
                    .bind(batch)
                    .bind(pause)
                    .persistent(false)
                    .execute(&mut *transaction)
                    .await;
                if released.as_ref().is_err_and(is_conflict) {
                    return Ok((0, 0));
                }
                released?;
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

    pub(super) async fn counts(
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
