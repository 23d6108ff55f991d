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
        // It is the only one: with it all are out.
        let verdict = match expected {
            Alive => Verdict::Ok,
            Late => Verdict::Warning,
            Unknown => Verdict::Unknown,
            Stale | AliveNotWorking => Verdict::Critical,
        };
        assert_eq!(found.verdict, verdict, "{expected:?}");
    }
}

#[test]
fn workers_are_critical_when_all_are_out_and_a_warning_when_one_is() {
    let fresh = || worker(Some(1.0), Some(1.0), false);
    let stale = || worker(Some(301.0), Some(1.0), false);
    let idle = || worker(Some(1.0), Some(901.0), false);
    let late = || worker(Some(91.0), Some(1.0), false);
    let waiting = Some(61.0);
    for (items, youngest, expected) in [
        (vec![fresh(), fresh()], None, Verdict::Ok),
        (vec![fresh(), stale()], None, Verdict::Warning),
        (vec![fresh(), idle()], None, Verdict::Warning),
        (vec![stale(), late()], None, Verdict::Warning),
        (vec![stale(), idle()], None, Verdict::Critical),
        (vec![stale(), stale()], Some(1.0), Verdict::Warning),
        (vec![stale(), stale()], Some(301.0), Verdict::Critical),
    ] {
        let found = judge_workers(items, youngest, waiting);
        assert_eq!(found.verdict, expected, "{}", found.summary);
        assert_eq!(found.facts.truncated, youngest.is_some());
        assert_eq!(found.checks[0].verdict, expected);
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
fn a_queue_is_judged_row_by_row_and_says_the_worst_of_them() {
    let well = Queue {
        pending: 3,
        failed_24h: 2,
        oldest_pending_seconds: Some(900.0),
        finished: LastFinished::Ago(300.0),
        ..Queue::default()
    };
    let with = |change: fn(&mut Queue)| {
        let mut queue = well.clone();
        change(&mut queue);
        judge_queue(queue)
    };
    for (id, verdict, found) in [
        ("queue.backlog", Verdict::Ok, with(|_| {})),
        (
            "queue.stuck",
            Verdict::Warning,
            with(|queue| queue.stuck_processing = 1),
        ),
        (
            "queue.overdue",
            Verdict::Warning,
            with(|queue| queue.oldest_pending_seconds = Some(900.1)),
        ),
        (
            "queue.overdue",
            Verdict::Warning,
            with(|queue| queue.oldest_pending_seconds = Some(3_600.0)),
        ),
        (
            "queue.overdue",
            Verdict::Critical,
            with(|queue| queue.oldest_pending_seconds = Some(3_600.1)),
        ),
        (
            "queue.stalled",
            Verdict::Warning,
            with(|queue| queue.finished = LastFinished::Ago(300.1)),
        ),
        (
            "queue.stalled",
            Verdict::Warning,
            with(|queue| queue.finished = LastFinished::Never),
        ),
        (
            "queue.stalled",
            Verdict::Ok,
            with(|queue| queue.finished = LastFinished::Unknown),
        ),
        (
            "queue.stalled",
            Verdict::Ok,
            with(|queue| {
                queue.finished = LastFinished::Ago(9_000.0);
                queue.oldest_pending_seconds = Some(59.0);
            }),
        ),
        (
            "queue.stalled",
            Verdict::Ok,
            with(|queue| {
                queue.finished = LastFinished::Ago(9_000.0);
                queue.oldest_pending_seconds = None;
            }),
        ),
        (
            "queue.paused",
            Verdict::Warning,
            with(|queue| queue.paused = 2),
        ),
    ] {
        let row = found.checks.iter().find(|check| check.id == id);
        assert_eq!(
            row.map(|row| row.verdict),
            Some(verdict),
            "{id}: {}",
            found.summary
        );
        assert_eq!(found.verdict, verdict, "{id}: {}", found.summary);
        let complaints: Vec<_> = found.complaints().map(|check| check.id).collect();
        let expected: &[&str] = if verdict == Verdict::Ok { &[] } else { &[id] };
        assert_eq!(complaints, expected);
        for complaint in found.complaints() {
            assert!(
                found.summary.contains(&complaint.summary),
                "{}",
                found.summary
            );
        }
    }
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
