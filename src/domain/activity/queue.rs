//! The job queue: what waits, what is stuck, what is held, and whether anything is done.

use std::fmt::Write as _;

use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::domain::activity::{
    FAILED_WITHIN, Finding, OVERDUE_AFTER, OVERDUE_CRITICAL, STALLED_AFTER, STUCK_AFTER,
    WAITING_AFTER, span,
};
use crate::domain::check::{Check, worst};
use crate::domain::pause::{COUNTED, LISTED, Pause, counted};
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// The job queue's backlog. Of finished jobs only those are counted that failed lately. At most
/// 100,001 jobs of a kind are counted, as the report must not cost more where there are more.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Queue {
    /// Jobs that wait to be claimed; at most 100,001 are counted.
    pub pending: i64,
    /// Jobs that are held back; at most 100,001 are counted.
    pub paused: i64,
    /// Jobs that a worker has claimed; at most 100,001 are counted.
    pub processing: i64,
    /// The age of the oldest pending job, in seconds.
    pub oldest_pending_seconds: Option<f64>,
    /// How long ago anybody last finished a job, in seconds. Null: nobody ever did, or it cannot be
    /// known before `migrate` has brought the index for it.
    #[serde(rename = "seconds_since_finished_job")]
    #[schema(value_type = Option<f64>)]
    pub finished: LastFinished,
    /// Jobs in processing for over 15 minutes, or without a start; of the oldest 100,001.
    pub stuck_processing: i64,
    /// Jobs that failed within the last 24 hours; at most 100,001 are counted.
    pub failed_24h: i64,
    /// The pauses that last, and those that were lifted and still hold jobs.
    pub pauses: Vec<Pause>,
}

/// When anybody last finished a job.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum LastFinished {
    /// It could not be asked for.
    #[default]
    Unknown,
    /// No job is finished yet.
    Never,
    /// That many seconds ago.
    Ago(f64),
}

impl Serialize for LastFinished {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unknown | Self::Never => serializer.serialize_none(),
            Self::Ago(seconds) => serializer.serialize_f64(*seconds),
        }
    }
}

/// Judges the queue.
#[must_use]
pub fn judge_queue(facts: Queue) -> Finding<Queue> {
    let backlog = format!(
        "{} pending, {} processing, {} paused",
        counted(facts.pending),
        counted(facts.processing),
        counted(facts.paused),
    );
    let failed = format!(
        "{} failed in {}",
        counted(facts.failed_24h),
        span(FAILED_WITHIN)
    );
    let checks = vec![
        Check::new("queue.backlog", Verdict::Ok, format!("{backlog}.")),
        judge_stuck(&facts),
        judge_overdue(&facts),
        judge_stalled(&facts),
        // Some jobs fail, and how many are too many is for people to say.
        Check::new("queue.failed", Verdict::Ok, format!("{failed}.")),
        judge_paused(&facts),
    ];
    let mut summary = format!("{backlog}, {failed}");
    let well = facts
        .pauses
        .iter()
        .filter(|pause| pause.complaint().is_none());
    for pause in well {
        // Writing into a string cannot fail.
        let _ = write!(summary, "; pause {} holds {}", pause.id, pause.held());
    }
    summary.push('.');
    for check in checks.iter().filter(|check| check.verdict != Verdict::Ok) {
        summary.push(' ');
        summary.push_str(&check.summary);
    }
    Finding {
        verdict: worst(&checks),
        summary,
        checks,
        facts,
    }
}

fn judge_stuck(queue: &Queue) -> Check {
    const ID: &str = "queue.stuck";
    let long = span(STUCK_AFTER);
    if queue.stuck_processing == 0 {
        let summary = format!("No job is in processing for over {long}.");
        return Check::new(ID, Verdict::Ok, summary);
    }
    let stuck = counted(queue.stuck_processing);
    let summary = format!("{stuck} jobs are in processing for over {long}, or without a start.");
    Check::new(ID, Verdict::Warning, summary)
        .advice("Whether the workers that claimed them still live")
}

fn judge_overdue(queue: &Queue) -> Check {
    const ID: &str = "queue.overdue";
    let Some(age) = queue.oldest_pending_seconds else {
        return Check::new(ID, Verdict::Ok, "No job waits.");
    };
    let verdict = if age > OVERDUE_CRITICAL {
        Verdict::Critical
    } else if age > OVERDUE_AFTER {
        Verdict::Warning
    } else {
        Verdict::Ok
    };
    let summary = format!("The oldest pending job waits for {}.", span(age));
    Check::new(ID, verdict, summary).advice("Whether workers for its type run")
}

/// Jobs wait, and nobody finishes one. Where nobody ever did, it is as long as the oldest waits.
fn judge_stalled(queue: &Queue) -> Check {
    const ID: &str = "queue.stalled";
    let idle = match (queue.oldest_pending_seconds, queue.finished) {
        (Some(waits), LastFinished::Ago(ago)) if waits > WAITING_AFTER => ago,
        (Some(waits), LastFinished::Never) => waits,
        (None, _) | (Some(_), LastFinished::Ago(_) | LastFinished::Unknown) => 0.0,
    };
    if idle > STALLED_AFTER {
        let summary = format!("Jobs wait, and nobody has finished one for {}.", span(idle));
        return Check::new(ID, Verdict::Warning, summary)
            .advice("dragonfly-ops workers: whether they run, and what they wait for");
    }
    let summary = match (queue.oldest_pending_seconds, queue.finished) {
        (Some(_), LastFinished::Unknown) => {
            "When a job was last finished is not known before dragonfly-ops migrate."
        }
        (None | Some(_), _) => "Jobs are finished, or none waits.",
    };
    Check::new(ID, Verdict::Ok, summary)
}

fn judge_paused(queue: &Queue) -> Check {
    const ID: &str = "queue.paused";
    let mut complaints: Vec<_> = queue.pauses.iter().filter_map(Pause::complaint).collect();
    let held: i64 = queue.pauses.iter().map(|pause| pause.held).sum();
    let orphans = queue.paused - held;
    // Where not all are counted, the rest cannot be told from those that nobody holds.
    let is_counted = queue.pauses.len() <= LISTED && queue.pauses.iter().all(Pause::is_counted);
    if is_counted && orphans > 0 {
        let over = if queue.paused > COUNTED { "over " } else { "" };
        complaints.push(format!(
            "{over}{orphans} jobs are paused by no pause on record, and none will resume them"
        ));
    }
    if complaints.is_empty() {
        let active = queue.pauses.iter().filter(|pause| pause.active).count();
        let summary = match active {
            0 => "No pause lasts.".to_owned(),
            active => {
                let over = if is_counted { "" } else { "over " };
                format!("{active} pauses last, as ordered; they hold {over}{held} jobs.")
            }
        };
        return Check::new(ID, Verdict::Ok, summary);
    }
    Check::new(ID, Verdict::Warning, format!("{}.", complaints.join("; ")))
        .code(Code::ValData)
        .advice("dragonfly-ops queue status")
}
