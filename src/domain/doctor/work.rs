//! Workers, queue, connections and locks: the service's own report, row by row.

use crate::domain::check::Check;
use crate::domain::doctor::{Look, Missed};
use crate::domain::pause::Pause;
use crate::domain::report::{
    Finding, OpsReport, Queue, STUCK_AFTER, Section, Verdict, Worker, WorkerState, Workers,
};
use crate::domain::taxonomy::Code;

/// How many workers have a row of their own.
const LISTED: usize = 20;

/// The rows of what goes on in the database.
#[must_use]
pub fn judge(look: &Look<OpsReport>) -> Vec<Check> {
    const SUMMARIES: [&str; 5] = [
        "workers.summary",
        "queue.backlog",
        "connections.used",
        "connections.long-running",
        "locks.waiting",
    ];
    let report = match &look.found {
        Ok(report) => report,
        Err(missed) => return SUMMARIES.map(|id| missed.row(id).took(look.took)).into(),
    };
    let [workers, queue, connections, long_running, locks] = SUMMARIES;
    let mut checks = section(workers, &report.workers, |finding| {
        judge_workers(workers, finding)
    });
    checks.extend(section(queue, &report.queue, |finding| {
        judge_queue(queue, &finding.facts)
    }));
    checks.extend(section(connections, &report.connections, |finding| {
        vec![summary(
            connections,
            finding,
            "Which client opens the connections; for what is hidden: GRANT pg_read_all_stats",
        )]
    }));
    checks.extend(section(long_running, &report.long_running, |finding| {
        vec![summary(
            long_running,
            finding,
            "dragonfly-ops pg long; for what is hidden: GRANT pg_read_all_stats",
        )]
    }));
    checks.extend(section(locks, &report.locks, |finding| {
        vec![summary(locks, finding, "dragonfly-ops pg locks")]
    }));
    for check in &mut checks {
        check.took = look.took;
    }
    checks
}

fn section<T>(
    id: &'static str,
    section: &Section<T>,
    rows: impl FnOnce(&Finding<T>) -> Vec<Check>,
) -> Vec<Check> {
    match section {
        Ok(finding) => rows(finding),
        Err(fault) => vec![Missed::Failed(fault.clone()).row(id)],
    }
}

fn summary<T>(id: &'static str, finding: &Finding<T>, advice: &'static str) -> Check {
    Check::new(id, finding.verdict, finding.summary.clone()).advice(advice)
}

fn judge_workers(id: &'static str, finding: &Finding<Workers>) -> Vec<Check> {
    let mut checks = vec![summary(
        id,
        finding,
        "Railway deployment status; whether the worker processes run; OOM kills in Railway's metrics",
    )];
    let silent: Vec<_> = finding
        .facts
        .items
        .iter()
        .filter(|worker| worker.state != WorkerState::Alive)
        .collect();
    checks.extend(
        silent
            .iter()
            .take(LISTED)
            .map(|worker| judge_worker(worker)),
    );
    if silent.len() > LISTED {
        let left = silent.len() - LISTED;
        let summary = format!("{left} more are not alive: dragonfly-ops workers lists them.");
        checks.push(Check::new("workers.worker", Verdict::Warning, summary));
    }
    checks
}

fn judge_worker(worker: &Worker) -> Check {
    let age = worker.seconds_since_heartbeat;
    let silent = age.map_or_else(
        || "without any heartbeat".to_owned(),
        |age| format!("last heartbeat {age:.0} s ago"),
    );
    let (verdict, summary) = match worker.state {
        WorkerState::Alive => (Verdict::Ok, format!("Alive, {silent}.")),
        WorkerState::AliveNotWorking => (
            Verdict::Warning,
            format!(
                "It beats ({silent}), but has finished nothing for 15 minutes while jobs wait."
            ),
        ),
        WorkerState::Late => (Verdict::Warning, format!("Late, {silent}.")),
        WorkerState::Stale => (Verdict::Critical, format!("Stale, {silent}.")),
        WorkerState::Unknown => (
            Verdict::Unknown,
            format!("Its heartbeat says nothing: {silent}."),
        ),
    };
    Check::new("workers.worker", verdict, summary)
        .subject(worker.name.as_deref().unwrap_or("without a name"))
        .advice("Restart it if it is gone; delete its heartbeat if it is meant to be gone")
}

fn judge_queue(id: &'static str, queue: &Queue) -> Vec<Check> {
    let backlog = format!(
        "{} pending, {} processing, {} paused.",
        queue.pending, queue.processing, queue.paused
    );
    vec![
        Check::new(id, Verdict::Ok, backlog),
        judge_stuck(queue),
        judge_overdue(queue),
        // As in the report: some jobs fail, and how many are too many is for people to say.
        Check::new(
            "queue.failed",
            Verdict::Ok,
            format!("{} failed in 24 h.", queue.failed_24h),
        ),
        judge_paused(queue),
    ]
}

fn judge_stuck(queue: &Queue) -> Check {
    const ID: &str = "queue.stuck";
    if queue.stuck_processing == 0 {
        return Check::new(
            ID,
            Verdict::Ok,
            "No job is in processing for over 15 minutes.",
        );
    }
    Check::new(
        ID,
        Verdict::Warning,
        format!(
            "{} jobs are in processing for over 15 minutes, or without a start.",
            queue.stuck_processing
        ),
    )
    .advice("Whether the workers that claimed them still live")
}

fn judge_overdue(queue: &Queue) -> Check {
    const ID: &str = "queue.overdue";
    match queue.oldest_pending_seconds {
        Some(age) if age > STUCK_AFTER => Check::new(
            ID,
            Verdict::Warning,
            format!("The oldest pending job waits for {:.0} min.", age / 60.0),
        )
        .advice("Whether workers for its type run"),
        Some(age) => Check::new(
            ID,
            Verdict::Ok,
            format!("The oldest pending job waits for {age:.0} s."),
        ),
        None => Check::new(ID, Verdict::Ok, "No job waits."),
    }
}

fn judge_paused(queue: &Queue) -> Check {
    const ID: &str = "queue.paused";
    let mut complaints: Vec<_> = queue.pauses.iter().filter_map(Pause::complaint).collect();
    let held: i64 = queue.pauses.iter().map(|pause| pause.held).sum();
    let orphans = queue.paused - held;
    // Where not all are counted, the rest cannot be told from those that nobody holds.
    let is_counted = queue.pauses.iter().all(Pause::is_counted);
    if is_counted && orphans > 0 {
        complaints.push(format!(
            "{orphans} jobs are paused by no pause on record, and none will resume them"
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::fault::Fault;
    use crate::domain::locks::LockForest;
    use crate::domain::report::{
        Connections, LongRunning, judge_connections, judge_locks, judge_long_running,
        judge_queue as report_queue, judge_workers as report_workers,
    };

    fn worker(name: &str, age: f64) -> Worker {
        Worker {
            name: Some(name.to_owned()),
            state: WorkerState::Unknown,
            status: None,
            seconds_since_heartbeat: Some(age),
            seconds_since_finished_job: Some(1.0),
            has_recent_job: false,
            jobs_processed: None,
            error_count: None,
        }
    }

    fn report(workers: Vec<Worker>, queue: Queue) -> OpsReport {
        OpsReport {
            workers: Ok(report_workers(workers, false, None)),
            queue: Ok(report_queue(queue)),
            connections: Ok(judge_connections(Connections {
                used: 1,
                ceiling: 100,
                ..Connections::default()
            })),
            long_running: Ok(judge_long_running(LongRunning::default())),
            locks: Ok(judge_locks(LockForest::default())),
        }
    }

    fn rows(report: OpsReport) -> Vec<Check> {
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
        let expected = [
            (Some("b"), Verdict::Warning),
            (Some("c"), Verdict::Critical),
        ];
        assert_eq!(found, expected);
        assert_eq!(of(&checks, "workers.summary"), Verdict::Critical);
        let many = (0..50).map(|n| worker(&n.to_string(), 1_000.0)).collect();
        let checks = rows(report(many, Queue::default()));
        let listed = checks.iter().filter(|check| check.id == "workers.worker");
        assert_eq!(listed.count(), LISTED + 1);
    }

    #[test]
    fn each_complaint_of_the_queue_has_its_row() {
        let well = || Queue {
            pending: 1,
            oldest_pending_seconds: Some(5.0),
            ..Queue::default()
        };
        for (queue, id) in [
            (
                Queue {
                    stuck_processing: 2,
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
            let checks = rows(report(vec![worker("a", 1.0)], queue));
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
}
