//! The workers, by their heartbeats and by their work.
//!
//! # Design notes
//!
//! Where each start of a process has a row of its own, old rows are the normal case: a worker is gone
//! when nobody of its *kind* beats any more, and not when one of them was replaced. Where a table says
//! nothing of kinds, every worker stands for itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::activity::queue::{Queue, idle_seconds};
use crate::domain::activity::waiting::{WaitingType, sentence};
use crate::domain::activity::{
    Finding, IDLE_AFTER, LATE_AFTER, LISTED_FOR, STALE_AFTER, STALLED_AFTER, Unanswered,
    WAITING_AFTER, span,
};
use crate::domain::check::Check;
use crate::domain::verdict::Verdict;

/// How many workers have a row of their own.
const LISTED: usize = 20;
/// The id of the row of one worker.
const WORKER: &str = "workers.worker";
/// The id of the row of one kind.
const KIND: &str = "workers.kind";
/// The id of the row about whether they work.
pub(crate) const WORKING: &str = "workers.working";

/// What a heartbeat says of its worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkerState {
    /// It beats, and works or has nothing to do.
    Alive,
    /// It beats, but has finished no job for 15 minutes while jobs wait.
    AliveNotWorking,
    /// No heartbeat for over 90 s.
    Late,
    /// No heartbeat for over 5 minutes, for however long.
    Stale,
    /// It is silent, and another of its kind beats.
    Replaced,
    /// It said that it stopped.
    Stopped,
    /// The heartbeat is missing, or lies in the future.
    Unknown,
}

/// A heartbeat, with what the queue knows of the worker.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Worker {
    /// The worker's name.
    pub name: Option<String>,
    /// What kind of worker it is; null where the table does not say.
    pub kind: Option<String>,
    /// What its heartbeat says. Judged here, not reported by the worker.
    pub state: WorkerState,
    /// What the worker says of itself.
    pub status: Option<String>,
    /// Whether that is that it stopped.
    #[serde(skip)]
    pub is_stopped: bool,
    /// Seconds since its last heartbeat, by the database's clock.
    pub seconds_since_heartbeat: Option<f64>,
    /// Seconds since it last finished a job, where the queue remembers one.
    pub seconds_since_finished_job: Option<f64>,
    /// Whether it began a job within the last 15 minutes that is still in processing. Null where the
    /// queue does not say who has a job.
    pub has_recent_job: Option<bool>,
    /// Jobs processed, as the worker counts them.
    pub jobs_processed: Option<i64>,
    /// Errors, as the worker counts them.
    pub error_count: Option<i64>,
}

/// Workers that do the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerKind {
    /// What they are called.
    pub kind: String,
    /// How many of them live: they beat, or are late.
    pub alive: usize,
    /// How many of them are listed.
    pub listed: usize,
}

/// The workers, silent ones included.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Workers {
    /// The table that they are read from.
    pub table: String,
    /// How many are listed.
    pub total: usize,
    /// How many are in each state.
    pub by_state: BTreeMap<String, usize>,
    /// The kinds; null where the table does not say.
    pub kinds: Option<Vec<WorkerKind>>,
    /// How many were replaced or stopped more than a day ago, and are not listed.
    pub gone: i64,
    /// Whether more exist than are listed.
    pub truncated: bool,
    /// What has no answer, and why.
    pub unanswered: Vec<Unanswered>,
    /// Each of them, the longest silent first.
    pub items: Vec<Worker>,
}

/// What was seen of the workers.
#[derive(Debug, Clone, Default)]
pub struct WorkersSeen {
    /// The table that they are read from.
    pub table: String,
    /// Those that are listed.
    pub items: Vec<Worker>,
    /// Whether the table says of which kind each is.
    pub has_kinds: bool,
    /// How many were replaced or stopped more than a day ago.
    pub gone: i64,
    /// What waits by its type, where work stands still and that is known.
    pub waiting_types: Option<Vec<WaitingType>>,
    /// The age of the youngest heartbeat of all, in seconds, where more workers exist than are listed.
    pub unlisted: Option<f64>,
    /// What has no answer, and why.
    pub unanswered: Vec<Unanswered>,
}

impl WorkerState {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alive => "alive",
            Self::AliveNotWorking => "alive_not_working",
            Self::Late => "late",
            Self::Stale => "stale",
            Self::Replaced => "replaced",
            Self::Stopped => "stopped",
            Self::Unknown => "unknown",
        }
    }

    /// What it means that one worker of several is so.
    #[must_use]
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Alive | Self::Replaced | Self::Stopped => Verdict::Ok,
            Self::AliveNotWorking | Self::Late | Self::Stale => Verdict::Warning,
            Self::Unknown => Verdict::Unknown,
        }
    }
}

impl Worker {
    /// Whether it beats, as far as its heartbeat alone says.
    fn beats(&self) -> bool {
        let is_fresh = |age: f64| (-LATE_AFTER..=LATE_AFTER).contains(&age);
        !self.is_stopped && self.seconds_since_heartbeat.is_some_and(is_fresh)
    }

    /// Whether it has finished a job lately, or begun one; where the queue does not say who has a job,
    /// nobody is accused.
    fn works(&self) -> bool {
        let finished = self.seconds_since_finished_job;
        finished.is_some_and(|age| age <= IDLE_AFTER) || self.has_recent_job != Some(false)
    }

    /// Whether no work is done by it, and none will be until somebody acts. One that stopped a moment
    /// ago is about to be followed.
    fn is_out(&self) -> bool {
        match self.state {
            WorkerState::Stale | WorkerState::AliveNotWorking | WorkerState::Replaced => true,
            WorkerState::Stopped => self
                .seconds_since_heartbeat
                .is_none_or(|age| age > LATE_AFTER),
            WorkerState::Alive | WorkerState::Late | WorkerState::Unknown => false,
        }
    }

    /// `is_idle`: jobs wait, and nobody of its kind works.
    fn judge(&self, is_idle: bool, is_followed: bool) -> WorkerState {
        match self.seconds_since_heartbeat {
            _ if self.is_stopped => WorkerState::Stopped,
            None => WorkerState::Unknown,
            // A heartbeat from the future would look fresh for as long as it takes the clock to
            // catch up.
            Some(age) if age < -LATE_AFTER => WorkerState::Unknown,
            Some(age) if age > LATE_AFTER && is_followed => WorkerState::Replaced,
            Some(age) if age > STALE_AFTER => WorkerState::Stale,
            Some(age) if age > LATE_AFTER => WorkerState::Late,
            Some(_) if is_idle => WorkerState::AliveNotWorking,
            Some(_) => WorkerState::Alive,
        }
    }
}

/// Judges the workers. `oldest_pending_seconds` is the age of the oldest job that waits, where one
/// does.
#[must_use]
pub fn judge_workers(seen: WorkersSeen, oldest_pending_seconds: Option<f64>) -> Finding<Workers> {
    let jobs_wait = oldest_pending_seconds.is_some_and(|age| age > WAITING_AFTER);
    let WorkersSeen {
        table,
        mut items,
        has_kinds,
        gone,
        waiting_types,
        unlisted,
        unanswered,
    } = seen;
    let waiting = waiting_types.as_deref().and_then(sentence);
    let kinds_of = |is_meant: fn(&Worker) -> bool| -> BTreeSet<String> {
        let meant = items.iter().filter(|worker| is_meant(worker));
        meant.filter_map(|worker| worker.kind.clone()).collect()
    };
    let (beating, working) = (kinds_of(Worker::beats), kinds_of(Worker::works));
    let mut by_state = BTreeMap::new();
    for worker in &mut items {
        let is_in = |kinds: &BTreeSet<String>| {
            let kind = worker.kind.as_ref();
            kind.is_some_and(|kind| kinds.contains(kind))
        };
        let (is_followed, works) = (is_in(&beating), worker.works() || is_in(&working));
        worker.state = worker.judge(jobs_wait && !works, is_followed);
        let state = worker.state.as_str().to_owned();
        *by_state.entry(state).or_default() += 1;
    }
    let facts = Workers {
        table,
        total: items.len(),
        by_state,
        kinds: has_kinds.then(|| kinds(&items)),
        gone,
        truncated: unlisted.is_some(),
        unanswered,
        items,
    };
    let mut checks = judge_kinds(&facts);
    checks.extend(judge_each(&facts.items));
    checks.extend(facts.unanswered.iter().map(Unanswered::row));
    let mut summary = summarise(&facts);
    let idle = WorkerState::AliveNotWorking.as_str();
    if let Some(waiting) = waiting.filter(|_| facts.by_state.contains_key(idle)) {
        summary.push(' ');
        summary.push_str(&waiting);
    }
    let are_only_idle = facts.by_state.contains_key(idle)
        && facts
            .items
            .iter()
            .all(|worker| worker.state.verdict() == Verdict::Ok || worker.state.as_str() == idle);
    // The longest silent are listed: where others are not, all are out if the youngest is stale.
    let are_others_out = unlisted.is_none_or(|youngest| youngest > STALE_AFTER);
    let are_all_out = facts.items.iter().all(Worker::is_out) && are_others_out;
    let verdict = match (facts.total, are_all_out) {
        (0, _) => Verdict::Unknown,
        (_, true) => Verdict::Critical,
        (_, false) => checks
            .iter()
            .map(|check| check.verdict)
            .max()
            .unwrap_or(Verdict::Ok),
    };
    checks.insert(
        0,
        Check::new("workers.summary", verdict, summary.clone()).advice(if are_only_idle {
            IDLE_ADVICE
        } else {
            "Railway deployment status; whether the worker processes run; OOM kills in Railway's metrics"
        }),
    );
    Finding {
        verdict,
        summary,
        checks,
        facts,
    }
}

/// Whether jobs wait and are not done: a worker beats and does not work, or nobody finishes any.
#[must_use]
pub(crate) fn stands_still(workers: Option<&WorkersSeen>, queue: &Queue) -> bool {
    let is_idle = |seen: &WorkersSeen| {
        let judged = judge_workers(seen.clone(), queue.oldest_pending_seconds);
        let idle = WorkerState::AliveNotWorking.as_str();
        judged.facts.by_state.contains_key(idle)
    };
    idle_seconds(queue) > STALLED_AFTER || workers.is_some_and(is_idle)
}

fn kinds(items: &[Worker]) -> Vec<WorkerKind> {
    let mut kinds: BTreeMap<&str, WorkerKind> = BTreeMap::new();
    for worker in items {
        let Some(name) = worker.kind.as_deref() else {
            continue;
        };
        let kind = kinds.entry(name).or_insert_with(|| WorkerKind {
            kind: name.to_owned(),
            alive: 0,
            listed: 0,
        });
        kind.listed += 1;
        if matches!(
            worker.state,
            WorkerState::Alive | WorkerState::AliveNotWorking | WorkerState::Late
        ) {
            kind.alive += 1;
        }
    }
    kinds.into_values().collect()
}

fn summarise(facts: &Workers) -> String {
    let total = facts.total;
    let alive = facts.by_state.get("alive").copied().unwrap_or(0);
    let others: Vec<_> = facts
        .by_state
        .iter()
        .filter(|(state, _)| state.as_str() != "alive")
        .map(|(state, count)| format!("{count} {}", state.replace('_', " ")))
        .collect();
    match (total, facts.gone, others.is_empty()) {
        (0, 0, _) => "No worker has ever sent a heartbeat.".to_owned(),
        (0, gone, _) => format!(
            "No worker lives: all {gone} stopped more than {} ago.",
            span(LISTED_FOR)
        ),
        (1, _, true) => "The only worker is alive.".to_owned(),
        (_, _, true) => format!("All {total} workers are alive."),
        (_, _, false) => format!(
            "{alive} of {total} {} alive, {}.",
            match (alive, total) {
                (_, 1) => "worker is",
                (1, _) => "workers is",
                _ => "workers are",
            },
            others.join(", ")
        ),
    }
}

/// A row for each kind of which nobody lives. One that stopped a moment ago is about to be replaced.
fn judge_kinds(facts: &Workers) -> Vec<Check> {
    let kinds = facts.kinds.iter().flatten();
    // Those that are not listed are younger than those that are: of them nothing can be said.
    let is_whole = !facts.truncated;
    kinds
        .filter(|kind| kind.alive == 0 && is_whole)
        .filter_map(|kind| {
            let of_kind = |worker: &&Worker| worker.kind.as_ref() == Some(&kind.kind);
            let ages = facts.items.iter().filter(of_kind);
            let youngest = ages
                .filter_map(|worker| worker.seconds_since_heartbeat)
                .fold(f64::INFINITY, f64::min);
            if youngest <= LATE_AFTER {
                return None;
            }
            let last = if youngest.is_finite() {
                format!("the last heartbeat of one was {} ago", span(youngest))
            } else {
                "none has ever sent a heartbeat".to_owned()
            };
            Some(
                Check::new(
                    KIND,
                    Verdict::Critical,
                    format!("None of this kind is alive: {last}."),
                )
                .subject(kind.kind.clone())
                .advice("Restart its service; delete its heartbeats if it is meant to be gone"),
            )
        })
        .collect()
}

/// What to do where workers beat and finish nothing.
const IDLE_ADVICE: &str = "Its log: it may hang in a job, or claim nothing of what waits (dragonfly-ops queue status); \
                           a restart of its service lets go of what it holds";

/// A row for each worker that is not well, up to a number.
fn judge_each(items: &[Worker]) -> Vec<Check> {
    let silent: Vec<_> = items
        .iter()
        .filter(|worker| worker.state.verdict() != Verdict::Ok)
        .collect();
    let mut checks: Vec<_> = silent
        .iter()
        .take(LISTED)
        .map(|worker| judge_one(worker))
        .collect();
    if let Some(left) = silent.get(LISTED..).filter(|left| !left.is_empty()) {
        let verdict = left.iter().map(|worker| worker.state.verdict()).max();
        checks.push(Check::new(
            WORKER,
            verdict.unwrap_or(Verdict::Warning),
            format!(
                "{} more are not alive; all of them: dragonfly-ops workers.",
                left.len()
            ),
        ));
    }
    checks
}

fn judge_one(worker: &Worker) -> Check {
    let age = worker.seconds_since_heartbeat;
    let silent = age.map_or_else(
        || "without any heartbeat".to_owned(),
        |age| format!("last heartbeat {age:.0} s ago"),
    );
    let summary = match worker.state {
        WorkerState::Alive => format!("Alive, {silent}."),
        WorkerState::AliveNotWorking => format!(
            "It beats ({silent}), but has finished nothing for {} while jobs wait.",
            span(IDLE_AFTER),
        ),
        WorkerState::Late => format!("Late, {silent}."),
        WorkerState::Stale => format!("Stale, {silent}."),
        WorkerState::Replaced => format!("Another of its kind has followed it, {silent}."),
        WorkerState::Stopped => format!("It said that it stopped, {silent}."),
        WorkerState::Unknown => format!("Its heartbeat says nothing: {silent}."),
    };
    Check::new(WORKER, worker.state.verdict(), summary)
        .subject(worker.name.as_deref().unwrap_or("without a name"))
        .advice(match worker.state {
            WorkerState::AliveNotWorking => IDLE_ADVICE,
            _ => "Restart it if it is gone; delete its heartbeat if it is meant to be gone",
        })
}
