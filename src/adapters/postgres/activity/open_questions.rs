//! What the report leaves open of the queue, why, and what would answer it.

use std::time::Duration;

use crate::adapters::postgres::activity::statements::knows_work;
use crate::domain::activity::{QUEUE_STATES_ROW, Unanswered, WORKERS_WORKING_ROW};
use crate::domain::tables::roles::Role;
use crate::domain::tables::{JobRole, QueueLayout, QueueQuestion};

/// What the table cannot say, and nobody has said that it need not.
pub(super) fn open_questions(layout: &QueueLayout) -> Vec<Unanswered> {
    let table = &layout.table;
    let mut open = Vec::new();
    let mut lacks = |question, role: JobRole, is_open: bool, what: &str| {
        if is_open {
            open.push(lacking(table, question, role, what));
        }
    };
    let has = |role| layout.roles.get(role).is_some();
    let is_open = |role| layout.lacks(role);
    lacks(
        "queue.overdue",
        JobRole::Created,
        is_open(JobRole::Created),
        "how long jobs wait",
    );
    lacks(
        "queue.stuck",
        JobRole::Started,
        is_open(JobRole::Started),
        "which jobs are stuck",
    );
    let has_end = has(JobRole::Updated);
    let no_end = is_open(JobRole::Finished) && !has_end;
    lacks(
        "queue.stalled",
        JobRole::Finished,
        no_end,
        "when a job was last finished",
    );
    let no_failure = layout.failed().is_none() && is_open(JobRole::Failed) && no_end;
    lacks(
        "queue.failed",
        JobRole::Finished,
        no_failure,
        "how many failed lately",
    );
    let unknown = layout.states.unknown.iter().cloned().map(Some).collect();
    open.extend(unknown_words(layout, unknown));
    open
}

/// That these words mean nothing, where there are any.
pub(super) fn unknown_words(
    layout: &QueueLayout,
    words: Vec<Option<String>>,
) -> Option<Unanswered> {
    let words: Vec<_> = words
        .into_iter()
        .map(|word| word.map_or_else(|| "null".to_owned(), |word| format!("`{word}`")))
        .collect();
    let table = &layout.table;
    let state = layout.column(JobRole::State).unwrap_or_default();
    (!words.is_empty()).then(|| {
        Unanswered::new(
            QUEUE_STATES_ROW,
            format!("What {} in {table}.{state} means is not known.", words.join(", ")),
            "QUEUE_STATES says it, such as QUEUE_STATES=\"pending=queued|retryable,ignored=archived\""
                .to_owned(),
        )
    })
}

/// Whether the workers work can be asked for only where the queue says who has a job, since when, and
/// when jobs are finished.
pub(super) fn cannot_see_work(queue: &QueueLayout) -> Option<Unanswered> {
    if knows_work(queue) {
        return None;
    }
    let needed = [JobRole::Worker, JobRole::Started, JobRole::Finished];
    let lacks = |role: &JobRole| {
        queue.roles.get(*role).is_none()
            && !(*role == JobRole::Finished && queue.finished().is_some())
    };
    let missing = needed.into_iter().find(lacks)?;
    queue.lacks(missing).then(|| {
        lacking(
            &queue.table,
            WORKERS_WORKING_ROW,
            missing,
            "whether workers that beat also work",
        )
    })
}

fn lacking(
    table: &impl std::fmt::Display,
    question: &'static str,
    role: JobRole,
    what: &str,
) -> Unanswered {
    let (variable, word) = (JobRole::VARIABLE, role.word());
    Unanswered::new(
        question,
        format!("It is not known {what}: {table} has no column for `{word}`."),
        format!("{variable} says which one is ({word}=...), or that there is none ({word}=none)"),
    )
}

/// What takes too long to be counted.
pub(super) fn too_long(
    question: &'static str,
    layout: &QueueLayout,
    limit: Duration,
) -> Unanswered {
    let size = layout
        .rows
        .map_or_else(String::new, |rows| format!(" of about {rows} rows"));
    let missing: Vec<_> = QueueQuestion::ALL
        .iter()
        .filter(|one| !layout.serves(**one))
        .map(|one| one.what())
        .collect();
    Unanswered::new(
        question,
        format!(
            "It was not counted: {}{size} has no index for {}, and to read all of it takes longer than {} ms.",
            layout.table,
            missing.join(", nor for "),
            limit.as_millis()
        ),
        "dragonfly-ops doctor: the rows schema.indexes".to_owned(),
    )
}
