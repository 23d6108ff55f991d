//! The job queue: what waits, what is stuck, what is held, and whether anything is done.

use std::fmt::Write as _;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use crate::domain::activity::waiting::{WaitingType, sentence};
use crate::domain::activity::{
    FAILED_WITHIN, Finding, OVERDUE_AFTER, OVERDUE_CRITICAL, STALLED_AFTER, STUCK_AFTER,
    Unanswered, WAITING_AFTER, many, span,
};
use crate::domain::check::{Check, worst};
use crate::domain::pause::{COUNTED, LISTED, Pause, counted};
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;

/// The row of states that have no meaning.
pub(crate) const STATES: &str = "queue.states";
/// What is said of a question that the operator has ruled out.
const NOT_ASKED: &str = "Not asked for, as the settings say.";

/// The job queue's backlog. Of finished jobs only those are counted that failed lately. At most
/// 100,001 jobs of a kind are counted, as the report must not cost more where there are more. What the
/// table has no column for is null, and `unanswered` says why.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Queue {
    /// The table that it is read from.
    pub table: String,
    /// Jobs that wait to be claimed and are due; at most 100,001 are counted.
    pub pending: i64,
    /// Jobs whose time has not come; at most 100,001 are counted. Null where none has a time.
    pub scheduled: Option<i64>,
    /// Jobs that are held back; at most 100,001 are counted.
    pub paused: i64,
    /// Jobs that a worker has claimed; at most 100,001 are counted.
    pub processing: i64,
    /// How long the oldest of the pending jobs has waited since it was added, or due, in seconds.
    pub oldest_pending_seconds: Option<f64>,
    /// How long ago anybody last finished a job, in seconds. Null: nobody ever did, or it cannot be
    /// known.
    #[serde(rename = "seconds_since_finished_job")]
    #[schema(value_type = Option<f64>)]
    pub finished: LastFinished,
    /// The column that says when a job was finished: that of its last change, where it has none of its
    /// own.
    pub finished_column: Option<String>,
    /// Jobs in processing for over 15 minutes, or without a start; of the oldest 100,001.
    pub stuck_processing: Option<i64>,
    /// Jobs that failed within the last 24 hours; at most 100,001 are counted.
    pub failed_24h: Option<i64>,
    /// What waits by its type, the most first; one more than the five that are said, where there are
    /// more. Asked for only where work stands still; null where it was not, or could not be.
    pub waiting_types: Option<Vec<WaitingType>>,
    /// What has no answer, and why.
    pub unanswered: Vec<Unanswered>,
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

impl<'de> Deserialize<'de> for LastFinished {
    /// That nobody ever did is not told apart from that it cannot be known.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = Option::deserialize(deserializer)?;
        Ok(seconds.map_or(Self::Unknown, Self::Ago))
    }
}

/// Judges the queue.
#[must_use]
pub fn judge_queue(facts: Queue) -> Finding<Queue> {
    let scheduled = match facts.scheduled {
        Some(scheduled) if scheduled > 0 => format!(", {} not due yet", counted(scheduled)),
        Some(_) | None => String::new(),
    };
    let backlog = format!(
        "{} pending, {} processing, {} paused{scheduled}",
        counted(facts.pending),
        counted(facts.processing),
        counted(facts.paused),
    );
    let failed = facts
        .failed_24h
        .map(|failed| format!("{} failed in {}", counted(failed), span(FAILED_WITHIN)));
    let unanswered = |question, judge: &dyn Fn(&'static str) -> Check| {
        Unanswered::or(&facts.unanswered, question, judge)
    };
    let mut checks = vec![
        Check::new("queue.backlog", Verdict::Ok, format!("{backlog}.")),
        unanswered("queue.stuck", &|id| judge_stuck(id, facts.stuck_processing)),
        unanswered("queue.overdue", &|id| judge_overdue(id, &facts)),
        unanswered("queue.stalled", &|id| judge_stalled(id, &facts)),
        // Some jobs fail, and how many are too many is for people to say.
        unanswered("queue.failed", &|id| {
            let known = failed.as_ref().map(|failed| format!("{failed}."));
            Check::new(
                id,
                Verdict::Ok,
                known.unwrap_or_else(|| NOT_ASKED.to_owned()),
            )
        }),
        unanswered("queue.paused", &|id| judge_paused(id, &facts)),
    ];
    // Of states that have no meaning there is a row only where there are some.
    let states = facts.unanswered.iter().find(|one| one.question == STATES);
    checks.extend(states.map(Unanswered::row));
    let mut summary = backlog;
    if let Some(failed) = &failed {
        // Writing into a string cannot fail.
        let _ = write!(summary, ", {failed}");
    }
    let well = facts
        .pauses
        .iter()
        .filter(|pause| pause.complaint().is_none());
    for pause in well {
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

fn judge_stuck(id: &'static str, stuck: Option<i64>) -> Check {
    let long = span(STUCK_AFTER);
    let stuck = match stuck {
        Some(0) => {
            let summary = format!("No job is in processing for over {long}.");
            return Check::new(id, Verdict::Ok, summary);
        }
        Some(stuck) => stuck,
        None => return Check::new(id, Verdict::Ok, NOT_ASKED),
    };
    let jobs = many(stuck, "job is", "jobs are");
    let stuck = counted(stuck);
    let summary = format!("{stuck} {jobs} in processing for over {long}, or without a start.");
    Check::new(id, Verdict::Warning, summary)
        .advice("Whether the workers that claimed them still live")
}

fn judge_overdue(id: &'static str, queue: &Queue) -> Check {
    let Some(age) = queue.oldest_pending_seconds else {
        let summary = if queue.pending > 0 {
            NOT_ASKED
        } else {
            "No job waits."
        };
        return Check::new(id, Verdict::Ok, summary);
    };
    let verdict = if age > OVERDUE_CRITICAL {
        Verdict::Critical
    } else if age > OVERDUE_AFTER {
        Verdict::Warning
    } else {
        Verdict::Ok
    };
    let summary = format!("The oldest pending job waits for {}.", span(age));
    Check::new(id, verdict, summary).advice("Whether workers for its type run")
}

/// For how long jobs wait and nobody finishes one. Where nobody ever did, it is as long as the oldest
/// waits.
pub(super) fn idle_seconds(queue: &Queue) -> f64 {
    match (queue.oldest_pending_seconds, queue.finished) {
        (Some(waits), LastFinished::Ago(ago)) if waits > WAITING_AFTER => ago,
        (Some(waits), LastFinished::Never) => waits,
        (None, _) | (Some(_), LastFinished::Ago(_) | LastFinished::Unknown) => 0.0,
    }
}

fn judge_stalled(id: &'static str, queue: &Queue) -> Check {
    let idle = idle_seconds(queue);
    if idle > STALLED_AFTER {
        let mut summary = format!("Jobs wait, and nobody has finished one for {}.", span(idle));
        if let Some(waiting) = queue.waiting_types.as_deref().and_then(sentence) {
            summary.push(' ');
            summary.push_str(&waiting);
        }
        return Check::new(id, Verdict::Warning, summary)
            .advice("dragonfly-ops workers: whether they run, and what they wait for");
    }
    let summary = match (queue.oldest_pending_seconds, queue.finished) {
        (Some(_), LastFinished::Unknown) => NOT_ASKED,
        (None | Some(_), _) => "Jobs are finished, or none waits.",
    };
    Check::new(id, Verdict::Ok, summary)
}

fn judge_paused(id: &'static str, queue: &Queue) -> Check {
    let mut complaints: Vec<_> = queue.pauses.iter().filter_map(Pause::complaint).collect();
    let held: i64 = queue.pauses.iter().map(|pause| pause.held).sum();
    let orphans = queue.paused - held;
    // Where not all are counted, the rest cannot be told from those that nobody holds.
    let is_counted = queue.pauses.len() <= LISTED && queue.pauses.iter().all(Pause::is_counted);
    let mut advice = "dragonfly-ops queue status";
    if is_counted && orphans > 0 {
        if complaints.is_empty() {
            advice = "They were set so by other means: whoever did sets them to pending again, as no pause of ours holds them";
        }
        let over = if queue.paused > COUNTED {
            "at least "
        } else {
            ""
        };
        let (jobs, them) = match orphans {
            1 => ("job is", "it"),
            _ => ("jobs are", "them"),
        };
        complaints.push(format!(
            "{over}{orphans} {jobs} paused by no pause on record, and none will resume {them}"
        ));
    }
    if complaints.is_empty() {
        let active = queue.pauses.iter().filter(|pause| pause.active).count();
        let summary = match active {
            0 => "No pause lasts.".to_owned(),
            active => {
                let over = if is_counted { "" } else { "over " };
                let last = many(active, "pause lasts", "pauses last");
                let they = many(active, "it holds", "they hold");
                let jobs = many(held, "job", "jobs");
                format!("{active} {last}, as ordered; {they} {over}{held} {jobs}.")
            }
        };
        return Check::new(id, Verdict::Ok, summary);
    }
    Check::new(id, Verdict::Warning, format!("{}.", complaints.join("; ")))
        .code(Code::ValData)
        .advice(advice)
}
