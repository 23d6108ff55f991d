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
            false,
            oldest_pending,
        );
        let state = found.facts.items.first().map(|worker| worker.state);
        assert_eq!(
            state,
            Some(expected),
            "{heartbeat:?} {finished:?} {recent} {oldest_pending:?}"
        );
        assert_eq!(found.verdict, expected.verdict());
    }
}

#[test]
fn no_workers_at_all_is_not_green() {
    assert_eq!(
        judge_workers(Vec::new(), false, None).verdict,
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
fn a_queue_warns_of_what_is_stuck_and_of_what_waits() {
    let ok = Queue {
        pending: 3,
        failed_24h: 2,
        oldest_pending_seconds: Some(900.0),
        ..Queue::default()
    };
    assert_eq!(judge_queue(ok.clone()).verdict, Verdict::Ok);
    let stuck = Queue {
        stuck_processing: 1,
        ..ok.clone()
    };
    assert_eq!(judge_queue(stuck).verdict, Verdict::Warning);
    let overdue = Queue {
        oldest_pending_seconds: Some(900.1),
        ..ok
    };
    assert_eq!(judge_queue(overdue).verdict, Verdict::Warning);
}

#[test]
fn the_worst_section_is_the_verdict_and_an_unread_one_is_unknown() {
    let workers = || {
        Ok(judge_workers(
            vec![worker(Some(1.0), None, false)],
            false,
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
