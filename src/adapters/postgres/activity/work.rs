//! The workers and the queue, from whatever tables they are in.

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::Row;
use sqlx::postgres::PgRow;
use tokio::time::Instant;

use crate::adapters::postgres::activity::open_questions::{
    cannot_see_work, open_questions, too_long, unknown_words,
};
use crate::adapters::postgres::activity::section::{Read, Subject, age, section, section_within};
use crate::adapters::postgres::activity::statements::{self, QueueStatements};
use crate::adapters::postgres::activity::waiting_types::read_waiting_types;
use crate::adapters::postgres::fill::LISTED;
use crate::adapters::postgres::sections::Sections;
use crate::adapters::postgres::visibility::Hidden;
use crate::domain::activity::{
    LastFinished, QUEUE_STATES_ROW, Queue, Unanswered, WORKERS_WORKING_ROW, Worker, WorkerState,
    WorkersSeen, stands_still,
};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::pause::{Pause, PauseOrder};
use crate::domain::tables::{HeartbeatLayout, HeartbeatRole, JobRole, Layout, QueueLayout};
use crate::domain::taxonomy::Code;

/// How long the queue may be read as a whole, for all that is counted of it. With the other readings it
/// is 1.5 s at most: the report is then shared for twenty times as long as all of it took, 30 s at most.
const SCAN: Duration = Duration::from_millis(900);
/// How long it may be read as a whole for one thing more: what each worker has done, what waits in spite
/// of a pause, and what of each type.
const SMALL_SCAN: Duration = Duration::from_millis(300);
/// How long all of it may take. What waits by its type has what the others have left.
const SCANS: Duration = Duration::from_millis(1_500);

/// The tables, and the statements that are made for them.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) layout: Layout,
    workers: Result<String, Fault>,
    queue: Result<QueueStatements, Fault>,
}

impl Work {
    pub(super) fn new(layout: Layout) -> Self {
        let heartbeats = layout.heartbeats.as_ref();
        let beats = heartbeats.ok();
        let queue = layout.queue.as_ref().map_err(Clone::clone);
        Self {
            workers: heartbeats.map(statements::workers).map_err(Clone::clone),
            queue: queue.map(|queue| QueueStatements::new(queue, beats)),
            layout,
        }
    }

    /// Whether it has a place for both: what is missing now may be there the next time.
    pub(super) fn is_whole(&self) -> bool {
        self.layout.queue.is_ok() && self.layout.heartbeats.is_ok()
    }

    /// The workers, with what the queue knows of them.
    async fn read_workers(
        &self,
        sections: &mut Sections<'_>,
        hidden: &Hidden,
    ) -> Read<WorkersSeen> {
        let (layout, sql) = match (&self.layout.heartbeats, &self.workers) {
            (Ok(layout), Ok(sql)) => (layout, sql),
            (Err(fault), _) | (_, Err(fault)) => return Ok(Err(fault.clone())),
        };
        let subject = Subject::of(&layout.table, &layout.roles);
        let found = section(sections, "workers", &subject, sql, |rows| {
            workers(rows, layout)
        })
        .await?;
        let mut seen = match hidden.refuse(&layout.table).and(found) {
            Ok(seen) => seen,
            Err(fault) => return Ok(Err(fault)),
        };
        let (Ok(queue), Ok(sql)) = (&self.layout.queue, &self.queue) else {
            // The queue's own section says why; heartbeats are judged without it.
            return Ok(Ok(seen));
        };
        if hidden.refuse(&queue.table).is_err() {
            return Ok(Ok(seen));
        }
        if let Some(question) = cannot_see_work(queue) {
            seen.unanswered.push(question);
        }
        let names: Vec<_> = seen
            .items
            .iter()
            .filter_map(|worker| worker.name.clone())
            .collect();
        if let Some((sql, is_scan)) = sql.worker_jobs(&names) {
            let limit = is_scan.then_some(SMALL_SCAN);
            let subject = Subject::of(&queue.table, &queue.roles);
            let jobs = section_within(
                sections,
                ("worker_jobs", &subject),
                limit,
                &sql,
                worker_jobs,
            );
            match jobs.await? {
                Ok(jobs) => add_jobs(&mut seen.items, &jobs),
                Err(fault) if is_scan && fault.code == Code::DbTimeout => {
                    seen.unanswered
                        .push(too_long(WORKERS_WORKING_ROW, queue, SMALL_SCAN));
                }
                // As above.
                Err(_) => {}
            }
        }
        Ok(Ok(seen))
    }

    /// Both, and where work stands still what it is that waits.
    pub(super) async fn read(
        &self,
        sections: &mut Sections<'_>,
        hidden: &Hidden,
        pauses: &str,
    ) -> Result<(Result<WorkersSeen, Fault>, Result<Queue, Fault>), Fault> {
        let began = Instant::now();
        let mut workers = self.read_workers(sections, hidden).await?;
        let mut queue = self.read_queue(sections, hidden, pauses).await?;
        let left = SCANS.saturating_sub(began.elapsed()).min(SMALL_SCAN);
        if let Ok(queue) = &mut queue
            && !left.is_zero()
            && stands_still(workers.as_ref().ok(), queue)
        {
            if let (Ok(layout), Ok(sql)) = (&self.layout.queue, &self.queue)
                && let Some(sql) = &sql.waiting_types
            {
                queue.waiting_types = read_waiting_types(sections, layout, sql, left).await?;
            }
            if let Ok(workers) = &mut workers {
                workers.waiting_types.clone_from(&queue.waiting_types);
            }
        }
        Ok((workers, queue))
    }

    /// The queue and its pauses.
    async fn read_queue(
        &self,
        sections: &mut Sections<'_>,
        hidden: &Hidden,
        pauses: &str,
    ) -> Read<Queue> {
        let (layout, sql) = match (&self.layout.queue, &self.queue) {
            (Ok(layout), Ok(sql)) => (layout, sql),
            (Err(fault), _) | (_, Err(fault)) => return Ok(Err(fault.clone())),
        };
        let subject = &Subject::of(&layout.table, &layout.roles);
        let mut counts = Counts::default();
        if let Some(sql) = &sql.backlog {
            let read = section(sections, "queue", subject, sql, |rows| {
                counts.read_backlog(first(rows)?)
            });
            if let Err(fault) = read.await? {
                return Ok(Err(fault));
            }
        }
        if let Some(sql) = &sql.history {
            let read = section(sections, "queue_history", subject, sql, |rows| {
                counts.read_history(first(rows)?)
            });
            if let Err(fault) = read.await? {
                return Ok(Err(fault));
            }
        }
        let mut unanswered = open_questions(layout);
        if let Some(scan) = &sql.scan {
            let read = |rows: &[PgRow]| {
                let row = first(rows)?;
                if sql.backlog.is_none() {
                    counts.read_backlog(row)?;
                }
                if sql.history.is_none() {
                    counts.read_history(row)?;
                }
                Ok(())
            };
            let read = section_within(sections, ("queue_scan", subject), Some(SCAN), scan, read);
            match read.await? {
                Ok(()) => {}
                // The backlog is known; its history is not worth more of the server's time.
                Err(fault) if fault.code == Code::DbTimeout && sql.backlog.is_some() => {
                    unanswered.push(too_long("queue.failed", layout, SCAN));
                    unanswered.push(too_long("queue.stalled", layout, SCAN));
                }
                Err(fault) if fault.code == Code::DbTimeout => {
                    let question = too_long("queue.backlog", layout, SCAN);
                    return Ok(Err(Fault::new(Code::DbTimeout, question.because)
                        .check_first("dragonfly-ops doctor: the rows schema.indexes")
                        .caused_by(fault.causes)));
                }
                Err(fault) => return Ok(Err(fault)),
            }
        }
        // Where neither its type nor the server's statistics say which words there are, the jobs do.
        if let Some(strays) = &sql.strays {
            let read = |rows: &[PgRow]| rows.iter().map(|row| row.try_get("status")).collect();
            let read = section_within(
                sections,
                ("strays", subject),
                Some(SMALL_SCAN),
                strays,
                read,
            );
            match read.await? {
                Ok(words) => unanswered.extend(unknown_words(layout, words)),
                Err(fault) if fault.code == Code::DbTimeout => {
                    unanswered.push(too_long(QUEUE_STATES_ROW, layout, SMALL_SCAN));
                }
                Err(fault) => return Ok(Err(fault)),
            }
        }
        let (pauses, escaped) = read_pauses(sections, subject, pauses, &sql.escaped).await?;
        if let Err(fault) = hidden.refuse(&layout.table).and(hidden.refuse_ours()) {
            return Ok(Err(fault));
        }
        // Before the migration that brings pauses there are none; what cannot be read for another cause
        // must not look like none.
        let mut pauses = match pauses {
            Err(fault) if fault.kind != Some(FaultKind::NoTable) => return Ok(Err(fault)),
            pauses => pauses.unwrap_or_default(),
        };
        match escaped {
            Ok(escaped) => {
                for pause in &mut pauses {
                    pause.escaped = escaped.get(&pause.id).copied().unwrap_or(0);
                }
            }
            Err(fault) if fault.code == Code::DbTimeout => {
                unanswered.push(too_long("queue.paused", layout, SMALL_SCAN));
            }
            Err(fault) => return Ok(Err(fault)),
        }
        Ok(Ok(counts.queue(layout, unanswered, pauses)))
    }
}

/// The pauses, and how many jobs wait in spite of each.
async fn read_pauses(
    sections: &mut Sections<'_>,
    subject: &Subject,
    sql: &str,
    (escaped, is_scan): &(String, bool),
) -> Result<(Result<Vec<Pause>, Fault>, Result<BTreeMap<i64, i64>, Fault>), Fault> {
    let ours = Subject::ours("ops.queue_pauses");
    let found = section(sections, "pauses", &ours, sql, pauses).await?;
    let lasts = found
        .as_ref()
        .is_ok_and(|pauses| pauses.iter().any(|pause| pause.active));
    if !lasts {
        return Ok((found, Ok(BTreeMap::new())));
    }
    let limit = is_scan.then_some(SMALL_SCAN);
    let read = |rows: &[PgRow]| {
        rows.iter()
            .map(|row| Ok((row.try_get("id")?, row.try_get("escaped")?)))
            .collect()
    };
    let escaped = section_within(sections, ("pauses_escaped", subject), limit, escaped, read);
    Ok((found, escaped.await?))
}

fn first(rows: &[PgRow]) -> Result<&PgRow, sqlx::Error> {
    rows.first().ok_or(sqlx::Error::RowNotFound)
}

/// What the statements about the queue have counted.
#[derive(Debug, Default)]
struct Counts {
    pending: i64,
    scheduled: i64,
    paused: i64,
    processing: i64,
    oldest_pending_seconds: Option<f64>,
    stuck_processing: Option<i64>,
    failed_24h: Option<i64>,
    finished: LastFinished,
}

impl Counts {
    fn read_backlog(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        self.pending = row.try_get("pending")?;
        self.scheduled = row.try_get("scheduled")?;
        self.paused = row.try_get("paused")?;
        self.processing = row.try_get("processing")?;
        self.oldest_pending_seconds = age(row, "oldest_pending_seconds")?;
        self.stuck_processing = row.try_get("stuck_processing")?;
        Ok(())
    }

    fn read_history(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        self.failed_24h = row.try_get("failed_24h")?;
        self.finished = match age(row, "seconds_since_finished_job")? {
            Some(seconds) => LastFinished::Ago(seconds),
            None => LastFinished::Never,
        };
        Ok(())
    }

    fn queue(self, layout: &QueueLayout, unanswered: Vec<Unanswered>, pauses: Vec<Pause>) -> Queue {
        let has = |role| layout.roles.get(role).is_some();
        Queue {
            table: layout.table.to_string(),
            pending: self.pending,
            scheduled: has(JobRole::Due).then_some(self.scheduled),
            paused: self.paused,
            processing: self.processing,
            oldest_pending_seconds: self.oldest_pending_seconds,
            finished: match layout.finished() {
                Some(_) => self.finished,
                None => LastFinished::Unknown,
            },
            finished_column: layout.finished_column().map(str::to_owned),
            stuck_processing: self.stuck_processing.filter(|_| has(JobRole::Started)),
            failed_24h: self.failed_24h.filter(|_| layout.failed().is_some()),
            waiting_types: None,
            unanswered,
            pauses,
        }
    }
}

/// The workers that are listed.
fn workers(rows: &[PgRow], layout: &HeartbeatLayout) -> Result<WorkersSeen, sqlx::Error> {
    let read = |row: &PgRow| {
        Ok(Worker {
            name: row.try_get("name")?,
            kind: row.try_get("kind")?,
            state: WorkerState::Unknown,
            status: row.try_get("status")?,
            is_stopped: row.try_get("is_stopped")?,
            seconds_since_heartbeat: age(row, "seconds_since_heartbeat")?,
            seconds_since_finished_job: None,
            has_recent_job: None,
            jobs_processed: row.try_get("jobs_processed")?,
            error_count: row.try_get("error_count")?,
        })
    };
    let items = rows.iter().take(LISTED).map(read);
    Ok(WorkersSeen {
        table: layout.table.to_string(),
        items: items.collect::<Result<_, sqlx::Error>>()?,
        has_kinds: layout.roles.get(HeartbeatRole::Kind).is_some(),
        waiting_types: None,
        gone: match rows.first() {
            Some(row) => row.try_get("gone")?,
            None => 0,
        },
        unlisted: match rows.get(LISTED) {
            Some(row) => age(row, "seconds_since_any_heartbeat")?,
            None => None,
        },
        unanswered: Vec::new(),
    })
}

type WorkerJobs = BTreeMap<String, (Option<f64>, bool)>;

fn worker_jobs(rows: &[PgRow]) -> Result<WorkerJobs, sqlx::Error> {
    let mut jobs = WorkerJobs::new();
    for row in rows {
        if let Some(name) = row.try_get::<Option<String>, _>("name")? {
            let finished = age(row, "seconds_since_finished_job")?;
            jobs.insert(name, (finished, row.try_get("has_recent_job")?));
        }
    }
    Ok(jobs)
}

fn add_jobs(items: &mut [Worker], jobs: &WorkerJobs) {
    for worker in items {
        let known = worker.name.as_ref().and_then(|name| jobs.get(name));
        worker.seconds_since_finished_job = known.and_then(|(finished, _)| *finished);
        worker.has_recent_job = Some(known.is_some_and(|(_, recent)| *recent));
    }
}

fn pauses(rows: &[PgRow]) -> Result<Vec<Pause>, sqlx::Error> {
    let read = |row: &PgRow| {
        Ok(Pause {
            id: row.try_get("id")?,
            job_type: row.try_get("job_type")?,
            active: row.try_get("is_active")?,
            held: row.try_get("held")?,
            escaped: 0,
            seconds_since_paused: age(row, "seconds_since_paused")?.unwrap_or_default(),
            seconds_until_expiry: age(row, "seconds_until_expiry")?,
            order: Some(PauseOrder {
                reason: row.try_get("reason")?,
                paused_by: row.try_get("paused_by")?,
            }),
        })
    };
    rows.iter().map(read).collect()
}
