use std::time::Duration;

use super::*;
use crate::domain::check::said;

fn look(found: Grants) -> Look<Grants> {
    Look {
        found: Ok(found),
        took: Duration::from_millis(3),
    }
}

/// A table of which these privileges are granted.
fn table(name: &str, granted: &str) -> TableGrants {
    TableGrants {
        name: name.to_owned(),
        may_read: granted.contains("SELECT"),
        may_insert: granted.contains("INSERT"),
        may_update: granted.contains("UPDATE"),
        may_delete: granted.contains("DELETE"),
    }
}

fn judged(usage: Option<bool>, tables: Vec<TableGrants>) -> Vec<Check> {
    judge_grants(&look(Grants { usage, tables }))
}

#[test]
fn what_may_not_be_read_is_critical_but_for_the_table_that_only_actions_need() {
    let all = judged(
        Some(true),
        vec![
            table("ops.job_queue", "SELECT"),
            table("ops.audit_log", "SELECT INSERT"),
        ],
    );
    let summary = "The role may read all 2 tables, and write what is kept in them.";
    assert_eq!(said(&all), [("ops", Verdict::Ok, summary)]);
    let some = judged(
        Some(true),
        vec![
            table("ops.job_queue", "SELECT"),
            table("ops.audit_log", "INSERT"),
            table("ops.queue_pauses", "INSERT UPDATE"),
        ],
    );
    assert_eq!(
        said(&some),
        [
            (
                "ops.audit_log",
                Verdict::Warning,
                "The role may not read ops.audit_log."
            ),
            (
                "ops.queue_pauses",
                Verdict::Critical,
                "The role may not read ops.queue_pauses."
            ),
        ]
    );
    let locked = judged(Some(false), vec![table("ops.job_queue", "SELECT")]);
    let summary = "The role may not use the schema ops.";
    assert_eq!(said(&locked), [("ops", Verdict::Critical, summary)]);
    let missed = judge_grants(&Look::after("database.reach"));
    assert_eq!(missed[0].subject.as_deref(), Some("ops"));
    for check in [all, some, locked, judged(None, Vec::new())]
        .iter()
        .flatten()
    {
        assert_eq!(check.took.as_millis(), 3, "{check:?}");
    }
}

#[test]
fn what_may_not_be_written_is_named_with_what_comes_of_it() {
    let found = judged(
        Some(true),
        vec![
            table("ops.check_samples", "SELECT INSERT UPDATE"),
            table("ops.incidents", "SELECT"),
            table("ops.evidence", "SELECT INSERT"),
            // The workers write their own heartbeats.
            table("ops.worker_heartbeats", "SELECT"),
        ],
    );
    assert_eq!(
        said(&found),
        [
            ("ops", Verdict::Ok, "The role may read all 4 tables."),
            (
                "ops.check_samples",
                Verdict::Warning,
                "The role may not write to ops.check_samples (DELETE): the history is not kept."
            ),
            (
                "ops.incidents",
                Verdict::Warning,
                "The role may not write to ops.incidents (INSERT, UPDATE): incidents are not kept."
            ),
        ]
    );
    let advice = "GRANT INSERT, UPDATE ON ops.incidents to the role in DATABASE_URL";
    assert_eq!(found[2].advice.as_deref(), Some(advice));
}
