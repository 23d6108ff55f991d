//! Workers, queue, connections and locks: the service's own report, row by row.

use crate::domain::activity::{Activity, Section};
use crate::domain::check::Check;
use crate::domain::doctor::look::{Look, Missed};

/// The row that each section has of its own.
const SUMMARIES: [&str; 5] = [
    "workers.summary",
    "queue.backlog",
    "connections.used",
    "connections.long-running",
    "locks.waiting",
];

/// The rows of what goes on in the database. They are those of the report: the doctor and the
/// endpoint cannot disagree.
#[must_use]
pub(crate) fn judge(look: &Look<Activity>) -> Vec<Check> {
    let report = match &look.found {
        Ok(report) => report,
        Err(missed) => return SUMMARIES.map(|id| missed.row(id).took(look.took)).into(),
    };
    let rows = rows_of(report).into_iter();
    rows.map(|row| row.took(look.took)).collect()
}

/// The rows of a report.
pub(crate) fn rows_of(report: &Activity) -> Vec<Check> {
    let [workers, queue, connections, long_running, locks] = SUMMARIES;
    let mut checks = section(workers, &report.workers);
    checks.extend(section(queue, &report.queue));
    checks.extend(section(connections, &report.connections));
    checks.extend(section(long_running, &report.long_running));
    checks.extend(section(locks, &report.locks));
    checks
}

/// The rows of a section, or the row of its not having been read.
fn section<T>(id: &'static str, section: &Section<T>) -> Vec<Check> {
    match section {
        Ok(finding) => finding.checks.clone(),
        Err(fault) => vec![Missed::Failed(fault.clone()).row(id)],
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::activity::{
        Connections, LastFinished, LongRunning, Queue, Worker, WorkerState, WorkersSeen,
        judge_connections, judge_locks, judge_long_running, judge_queue, judge_workers,
    };
    use crate::domain::fault::Fault;
    use crate::domain::locks::LockForest;
    use crate::domain::pause::Pause;
    use crate::domain::taxonomy::Code;
    use crate::domain::verdict::Verdict;

    fn worker(name: &str, age: f64) -> Worker {
        Worker {
            name: Some(name.to_owned()),
            kind: None,
            is_stopped: false,
            state: WorkerState::Unknown,
            status: None,
            seconds_since_heartbeat: Some(age),
            seconds_since_finished_job: Some(1.0),
            has_recent_job: Some(false),
            jobs_processed: None,
            error_count: None,
        }
    }

    fn report(workers: Vec<Worker>, queue: Queue) -> Activity {
        Activity {
            workers: Ok(judge_workers(
                WorkersSeen {
                    items: workers,
                    ..WorkersSeen::default()
                },
                None,
            )),
            queue: Ok(judge_queue(queue)),
            connections: Ok(judge_connections(Connections {
                used: 1,
                ceiling: 100,
                ..Connections::default()
            })),
            long_running: Ok(judge_long_running(LongRunning::default())),
            locks: Ok(judge_locks(LockForest::default())),
        }
    }

    fn rows(report: Activity) -> Vec<Check> {
        judge(&Look {
            found: Ok(report),
            took: Duration::from_millis(9),
        })
    }

    fn of(checks: &[Check], id: &str) -> Verdict {
        let check = checks.iter().find(|check| check.id == id);
        check.expect("the row is never missing").verdict
    }

    fn pause(held: i64, escaped: i64) -> Pause {
        Pause {
            id: 1,
            job_type: None,
            active: true,
            held,
            escaped,
            seconds_since_paused: 60.0,
            seconds_until_expiry: None,
            order: None,
        }
    }

    #[test]
    fn where_all_is_well_every_row_says_so() {
        for check in rows(report(vec![worker("a", 1.0)], Queue::default())) {
            assert_eq!(check.verdict, Verdict::Ok, "{check:?}");
        }
    }

    #[test]
    fn each_worker_that_is_not_alive_has_a_row() {
        let workers = vec![worker("a", 1.0), worker("b", 100.0), worker("c", 1_000.0)];
        let checks = rows(report(workers, Queue::default()));
        let found: Vec<_> = checks
            .iter()
            .filter(|check| check.id == "workers.worker")
            .map(|check| (check.subject.as_deref(), check.verdict))
            .collect();
        let expected = [(Some("b"), Verdict::Warning), (Some("c"), Verdict::Warning)];
        assert_eq!(found, expected);
        assert_eq!(of(&checks, "workers.summary"), Verdict::Warning);
        let many = (0..50).map(|n| worker(&n.to_string(), 1_000.0)).collect();
        let checks = rows(report(many, Queue::default()));
        let listed = checks.iter().filter(|check| check.id == "workers.worker");
        assert_eq!(listed.count(), 21);
        assert_eq!(of(&checks, "workers.summary"), Verdict::Critical);
    }

    #[test]
    fn each_complaint_of_the_queue_has_its_row() {
        let well = || Queue {
            pending: 1,
            oldest_pending_seconds: Some(5.0),
            finished: LastFinished::Ago(2.0),
            ..Queue::default()
        };
        for (queue, id) in [
            (
                Queue {
                    stuck_processing: Some(2),
                    ..well()
                },
                "queue.stuck",
            ),
            (
                Queue {
                    oldest_pending_seconds: Some(901.0),
                    ..well()
                },
                "queue.overdue",
            ),
            (
                Queue {
                    oldest_pending_seconds: Some(61.0),
                    finished: LastFinished::Ago(301.0),
                    ..well()
                },
                "queue.stalled",
            ),
            (
                Queue {
                    paused: 2,
                    ..well()
                },
                "queue.paused",
            ),
            (
                Queue {
                    paused: 3,
                    pauses: vec![pause(2, 0)],
                    ..well()
                },
                "queue.paused",
            ),
            (
                Queue {
                    paused: 2,
                    pauses: vec![pause(2, 1)],
                    ..well()
                },
                "queue.paused",
            ),
        ] {
            let report = report(vec![worker("a", 1.0)], queue);
            let shown = report.queue.as_ref().expect("it was read");
            assert_eq!(shown.verdict, Verdict::Warning, "{id}");
            let checks = rows(report.clone());
            let said = |check: &&Check| shown.summary.contains(&check.summary);
            let complaints = checks.iter().filter(|check| check.verdict != Verdict::Ok);
            assert_eq!(complaints.filter(said).count(), 1, "{}", shown.summary);
            for row in checks.iter().filter(|check| check.id.starts_with("queue.")) {
                let fires = row.id == id;
                assert_eq!(row.verdict == Verdict::Warning, fires, "{row:?}");
            }
        }
        let ordered = Queue {
            paused: 2,
            pauses: vec![pause(2, 0)],
            ..well()
        };
        let checks = rows(report(vec![worker("a", 1.0)], ordered));
        assert_eq!(of(&checks, "queue.paused"), Verdict::Ok);
    }

    #[test]
    fn connections_and_locks_are_judged_as_in_the_report() {
        let mut report = report(vec![worker("a", 1.0)], Queue::default());
        report.connections = Ok(judge_connections(Connections {
            used: 96,
            ceiling: 100,
            ..Connections::default()
        }));
        report.long_running = Ok(judge_long_running(LongRunning {
            hidden: 2,
            ..LongRunning::default()
        }));
        report.locks = Ok(judge_locks(LockForest {
            longest_wait_seconds: Some(6.0),
            waiting: 1,
            ..LockForest::default()
        }));
        let checks = rows(report);
        assert_eq!(of(&checks, "connections.used"), Verdict::Critical);
        assert_eq!(of(&checks, "connections.long-running"), Verdict::Unknown);
        assert_eq!(of(&checks, "locks.waiting"), Verdict::Warning);
    }

    #[test]
    fn what_could_not_be_read_is_unknown_and_never_missing() {
        let mut partly = report(vec![worker("a", 1.0)], Queue::default());
        partly.queue = Err(Fault::new(Code::ValSchema, "no table"));
        let checks = rows(partly);
        assert_eq!(of(&checks, "queue.backlog"), Verdict::Unknown);
        assert_eq!(of(&checks, "locks.waiting"), Verdict::Ok);
        let checks = judge(&Look::after("database.reach"));
        assert_eq!(checks.len(), 5);
        assert!(checks.iter().all(|check| check.verdict == Verdict::Unknown));
    }

    #[test]
    fn each_row_says_how_long_the_report_took_and_each_section_can_be_missing() {
        let ids = [
            "workers.summary",
            "queue.backlog",
            "connections.used",
            "connections.long-running",
            "locks.waiting",
        ];
        let fault = || Fault::new(Code::DbTimeout, "slow");
        let mut nothing = report(vec![worker("a", 1.0)], Queue::default());
        nothing.workers = Err(fault());
        nothing.queue = Err(fault());
        nothing.connections = Err(fault());
        nothing.long_running = Err(fault());
        nothing.locks = Err(fault());
        let unread = rows(nothing);
        let after = judge(&Look {
            found: Err(Missed::Failed(fault())),
            took: Duration::from_millis(9),
        });
        for checks in [unread, after] {
            let found: Vec<_> = checks.iter().map(|check| check.id).collect();
            assert_eq!(found, ids);
            for check in checks {
                assert_eq!(
                    (check.verdict, check.code, check.took.as_millis()),
                    (Verdict::Unknown, Some(Code::DbTimeout), 9)
                );
            }
        }
        for check in rows(report(vec![worker("a", 1.0)], Queue::default())) {
            assert_eq!(check.took.as_millis(), 9, "{check:?}");
        }
    }
}
