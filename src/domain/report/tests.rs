use super::*;

fn worker(heartbeat: Option<f64>, finished: Option<f64>, has_recent_job: bool) -> Worker {
    Worker {
        name: Some("w".to_owned()),
        state: WorkerState::Unknown,
        status: None,
        seconds_since_heartbeat: heartbeat,
        seconds_since_finished_job: finished,
        has_recent_job,
        jobs_processed: None,
        error_count: None,
    }
}

#[test]
fn a_worker_is_judged_by_its_heartbeat_and_then_by_its_work() {
    use WorkerState::{Alive, AliveNotWorking, Late, Stale, Unknown};
    let waiting = Some(61.0);
    for (heartbeat, finished, recent, oldest_pending, expected) in [
        (Some(5.0), Some(10.0), false, waiting, Alive),
        (Some(90.0), Some(10.0), false, waiting, Alive),
        (Some(90.1), Some(10.0), false, waiting, Late),
        (Some(300.0), Some(10.0), false, waiting, Late),
        (Some(300.1), Some(10.0), false, waiting, Stale),
        (Some(86_400.0), None, false, None, Stale),
        (Some(5.0), Some(901.0), false, waiting, AliveNotWorking),
        (Some(5.0), None, false, waiting, AliveNotWorking),
        (Some(5.0), Some(901.0), true, waiting, Alive),
        (Some(5.0), Some(901.0), false, Some(59.0), Alive),
        (Some(5.0), Some(901.0), false, None, Alive),
        (None, Some(1.0), true, waiting, Unknown),
        (Some(-5.0), Some(1.0), true, waiting, Alive),
        (Some(-3600.0), Some(1.0), true, waiting, Unknown),
    ] {
        let found = judge_workers(
            vec![worker(heartbeat, finished, recent)],
            None,
            oldest_pending,
        );
        let state = found.facts.items.first().map(|worker| worker.state);
        assert_eq!(
            state,
            Some(expected),
            "{heartbeat:?} {finished:?} {recent} {oldest_pending:?}"
        );
        let verdict = match expected {
            Alive => Verdict::Ok,
            Late => Verdict::Warning,
            // It is all there are.
            Stale | AliveNotWorking => Verdict::Critical,
            Unknown => Verdict::Unknown,
        };
        assert_eq!(found.verdict, verdict, "{expected:?}");
    }
}

#[test]
fn no_workers_at_all_is_not_green() {
    assert_eq!(
        judge_workers(Vec::new(), None, None).verdict,
        Verdict::Unknown
    );
}

#[test]
fn connections_are_judged_by_their_share_and_never_ok_unseen() {
    for (used, ceiling, hidden, expected) in [
        (10, 100, 0, Verdict::Ok),
        (79, 100, 0, Verdict::Ok),
        (80, 100, 0, Verdict::Warning),
        (95, 100, 0, Verdict::Critical),
        (10, 100, 3, Verdict::Unknown),
        (80, 100, 3, Verdict::Unknown),
        (96, 100, 3, Verdict::Critical),
        (0, 0, 0, Verdict::Critical),
    ] {
        let facts = Connections {
            used,
            ceiling,
            hidden,
            ..Connections::default()
        };
        assert_eq!(
            judge_connections(facts).verdict,
            expected,
            "{used}/{ceiling}, {hidden} hidden"
        );
    }
}

#[test]
fn it_is_critical_when_no_worker_is_left_that_works() {
    let alive = worker(Some(1.0), Some(1.0), false);
    let late = worker(Some(100.0), Some(1.0), false);
    let stale = worker(Some(301.0), Some(1.0), false);
    let idle = worker(Some(1.0), Some(901.0), false);
    let waits = Some(WAITING_AFTER + 1.0);
    for (workers, unlisted, expected) in [
        (vec![&alive, &stale, &idle], None, Verdict::Warning),
        (vec![&late, &stale], None, Verdict::Warning),
        (vec![&stale, &idle], None, Verdict::Critical),
        (vec![&stale, &stale], None, Verdict::Critical),
        (vec![&stale, &stale], Some(301.0), Verdict::Critical),
        (vec![&stale, &stale], Some(5.0), Verdict::Warning),
    ] {
        let workers: Vec<_> = workers.into_iter().cloned().collect();
        let found = judge_workers(workers, unlisted, waits);
        assert_eq!(found.verdict, expected, "{}", found.summary);
        assert_eq!(found.facts.truncated, unlisted.is_some());
    }
}

#[test]
fn a_queue_is_judged_by_what_is_stuck_what_waits_and_what_is_done() {
    let ok = Queue {
        pending: 3,
        failed_24h: 2,
        oldest_pending_seconds: Some(900.0),
        finished: LastFinished::Ago(300.0),
        ..Queue::default()
    };
    let waiting = |waits, finished| Queue {
        oldest_pending_seconds: waits,
        finished,
        ..ok.clone()
    };
    let stuck = Queue {
        stuck_processing: 1,
        ..ok.clone()
    };
    let recently = LastFinished::Ago(1.0);
    for (queue, expected) in [
        (ok.clone(), Verdict::Ok),
        (stuck, Verdict::Warning),
        (waiting(Some(900.1), recently), Verdict::Warning),
        (waiting(Some(3_600.0), recently), Verdict::Warning),
        (waiting(Some(3_600.1), recently), Verdict::Critical),
        (
            waiting(Some(61.0), LastFinished::Ago(300.1)),
            Verdict::Warning,
        ),
        (waiting(Some(60.0), LastFinished::Ago(300.1)), Verdict::Ok),
        (waiting(None, LastFinished::Ago(9_000.0)), Verdict::Ok),
        (waiting(Some(301.0), LastFinished::Never), Verdict::Warning),
        (waiting(Some(299.0), LastFinished::Never), Verdict::Ok),
        (waiting(Some(899.0), LastFinished::Unknown), Verdict::Ok),
    ] {
        let found = judge_queue(queue);
        assert_eq!(found.verdict, expected, "{}", found.summary);
        let well = found.complaints().count() == 0;
        assert_eq!(well, expected == Verdict::Ok, "{}", found.summary);
    }
}

#[test]
fn what_is_not_counted_to_its_end_is_said_to_be_more() {
    let many = Queue {
        pending: 100_001,
        paused: 100_001,
        ..Queue::default()
    };
    let found = judge_queue(many);
    assert!(
        found
            .summary
            .starts_with("over 100000 pending, 0 processing, over 100000 paused"),
        "{}",
        found.summary
    );
    assert!(
        found
            .summary
            .contains("over 100001 jobs are paused by no pause")
    );
}

#[test]
fn the_worst_section_is_the_verdict_and_an_unread_one_is_unknown() {
    let workers = || {
        Ok(judge_workers(
            vec![worker(Some(1.0), None, false)],
            None,
            None,
        ))
    };
    let report = OpsReport {
        workers: workers(),
        queue: Ok(judge_queue(Queue::default())),
        connections: Ok(judge_connections(Connections {
            used: 1,
            ceiling: 9,
            ..Connections::default()
        })),
        long_running: Ok(judge_long_running(LongRunning::default())),
        locks: Ok(judge_locks(LockForest::default())),
    };
    assert_eq!(report.verdict(), Verdict::Ok);
    let fault = Fault::new(crate::domain::taxonomy::Code::ValSchema, "missing");
    let unread = OpsReport {
        queue: Err(fault),
        ..report
    };
    assert_eq!(unread.verdict(), Verdict::Unknown);
}
