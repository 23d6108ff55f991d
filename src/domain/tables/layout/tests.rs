//! Every shape finds its columns, or says which it lacks.

use super::*;

pub(super) fn column(name: &str, holds: ColumnType) -> ColumnFacts {
    ColumnFacts {
        name: name.to_owned(),
        data_type: format!("the type of {name}"),
        holds,
        may_read: true,
        is_compared_as_type: false,
        is_pinned: false,
        legal: None,
        seen: Vec::new(),
    }
}

pub(super) fn table(name: &str, columns: &[(&str, ColumnType)]) -> FoundTable {
    FoundTable {
        relation: Relation::parse(name).expect("a name"),
        is_table: true,
        is_ours: false,
        may_use: true,
        role: "app".to_owned(),
        columns: columns
            .iter()
            .map(|(name, holds)| column(name, *holds))
            .collect(),
        indexes: Vec::new(),
        rows: None,
        bytes: 0,
    }
}

/// A queue as somebody else keeps it.
fn theirs() -> FoundTable {
    use ColumnType::{Enum, LocalTime, Number, Other, Time};
    let mut table = table(
        "ops.job_queue",
        &[
            ("id", Other),
            ("kind", Enum),
            ("status", Enum),
            ("locked_at", Time),
            ("created_at", Time),
            ("updated_at", Time),
            ("run_at", LocalTime),
            ("next_run_at", Time),
            ("started_at", Number),
            ("worker_id", Other),
        ],
    );
    table.columns[2].legal = Some(
        ["pending", "processing", "completed", "failed"]
            .map(str::to_owned)
            .into(),
    );
    table
}

fn find(settings: &TableSettings, table: FoundTable) -> Result<QueueLayout, Fault> {
    QueueLayout::find(settings, &[table])
}

fn said(columns: &[(JobRole, &str)]) -> TableSettings {
    TableSettings {
        queue_columns: columns
            .iter()
            .map(|(role, name)| (*role, (*name).to_owned()))
            .collect(),
        ..TableSettings::default()
    }
}

#[test]
fn columns_are_found_by_their_names_and_by_what_they_hold() {
    let queue = find(&TableSettings::default(), theirs()).expect("it fits");
    for (role, expected) in [
        (JobRole::Id, Some("id")),
        (JobRole::Type, Some("kind")),
        (JobRole::State, Some("status")),
        (JobRole::Due, Some("next_run_at")),
        // The first name of all is no time here.
        (JobRole::Started, Some("locked_at")),
        (JobRole::Finished, None),
        (JobRole::Updated, Some("updated_at")),
        (JobRole::Worker, Some("worker_id")),
    ] {
        assert_eq!(queue.column(role), expected, "{role:?}");
    }
    assert_eq!(queue.finished_column(), Some("updated_at"));
    assert_eq!(queue.failed_column(), Some("updated_at"));
    assert_eq!(queue.paused_word(), None);
    assert!(queue.lacks(JobRole::Finished) && !queue.lacks(JobRole::Due));
}

#[test]
fn what_is_said_wins_and_what_is_ruled_out_is_not_lacking() {
    let settings = said(&[(JobRole::Due, "run_at"), (JobRole::Worker, NONE)]);
    let queue = find(&settings, theirs()).expect("it fits");
    assert_eq!(queue.column(JobRole::Due), Some("run_at"));
    assert_eq!(queue.column(JobRole::Worker), None);
    assert!(!queue.lacks(JobRole::Worker));
    // A column plays one role.
    let queue = find(&said(&[(JobRole::Created, "updated_at")]), theirs()).expect("it fits");
    assert_eq!(queue.column(JobRole::Updated), None);
}

#[test]
fn a_column_that_is_said_and_not_there_or_of_another_type_is_named() {
    for (name, expected) in [
        (
            "nowhere",
            "QUEUE_COLUMNS says due=nowhere, and ops.job_queue has no such column.",
        ),
        (
            "status",
            "QUEUE_COLUMNS says due=status, and ops.job_queue.status is of the type the type of status: \
             it has to be a timestamp.",
        ),
    ] {
        let fault = find(&said(&[(JobRole::Due, name)]), theirs()).expect_err("it cannot be");
        assert_eq!(
            (fault.code, fault.detail.as_ref()),
            (Code::ConfigInvalid, expected)
        );
    }
}

#[test]
fn a_time_after_completion_says_nothing_of_what_failed() {
    use ColumnType::{Text, Time};
    let columns = [
        ("status", Text),
        ("completed_at", Time),
        ("updated_at", Time),
    ];
    let queue = find(&TableSettings::default(), table("jobs", &columns)).expect("it fits");
    assert_eq!(queue.finished_column(), Some("completed_at"));
    assert_eq!(queue.failed_column(), Some("updated_at"));
    let queue = find(&TableSettings::default(), table("jobs", &columns[..2])).expect("it fits");
    assert_eq!(queue.failed_column(), None);
}

#[test]
fn the_first_table_that_has_what_it_takes_is_the_one() {
    let settings = TableSettings::default();
    let other = table("ops.job_queue", &[("a", ColumnType::Text)]);
    let found = QueueLayout::find(&settings, &[other.clone(), theirs()]).expect("the second fits");
    assert_eq!(found.column(JobRole::State), Some("status"));
    let fault = QueueLayout::find(&settings, &[other]).expect_err("it has no state");
    assert!(
        fault
            .detail
            .starts_with("ops.job_queue is of another shape"),
        "{fault}"
    );
    assert!(fault.detail.contains("QUEUE_COLUMNS"), "{fault}");
    let fault = QueueLayout::find(&settings, &[]).expect_err("there is none");
    assert_eq!(fault.kind, Some(FaultKind::NoTable));
    assert!(
        fault.detail.starts_with("ops.job_queue does not exist"),
        "{fault}"
    );
    let named = TableSettings {
        queue: Relation::parse("app.jobs"),
        ..settings
    };
    let fault = QueueLayout::find(&named, &[]).expect_err("there is none");
    assert_eq!(
        (fault.kind, fault.detail.as_ref()),
        (None, "app.jobs does not exist (QUEUE_TABLE names it).")
    );
}

#[test]
fn what_may_not_be_read_is_named_with_the_grant() {
    let mut one = theirs();
    one.columns[7].may_read = false;
    let fault = find(&TableSettings::default(), one).expect_err("it may not");
    assert_eq!(fault.code, Code::AuthForbidden);
    assert!(
        fault.detail.contains("not its column next_run_at"),
        "{fault}"
    );
    assert_eq!(
        fault.causes,
        ["GRANT SELECT (\"next_run_at\") ON \"ops\".\"job_queue\" TO \"app\""]
    );
    let mut all = theirs();
    all.may_use = false;
    let fault = find(&TableSettings::default(), all).expect_err("it may not");
    assert!(
        fault.detail.contains("GRANT USAGE ON SCHEMA ops"),
        "{fault}"
    );
    // A column that plays no role may be hidden.
    let mut other = theirs();
    other.columns.push(ColumnFacts {
        may_read: false,
        ..column("payload", ColumnType::Other)
    });
    assert!(find(&TableSettings::default(), other).is_ok());
}

#[test]
fn our_own_queue_has_all_but_a_due_time() {
    let ours = QueueLayout::ours();
    let lacking: Vec<_> = JobRole::ALL
        .iter()
        .filter(|role| ours.lacks(**role))
        .collect();
    assert_eq!(
        lacking,
        [&JobRole::Due, &JobRole::Failed, &JobRole::Updated]
    );
    assert_eq!(ours.paused_word(), Some("paused"));
    assert!(ours.states.unknown.is_empty());
}
