mod queue;
mod workers;

use super::*;

fn worker(heartbeat: Option<f64>, finished: Option<f64>, has_recent_job: bool) -> Worker {
    Worker {
        name: Some("w".to_owned()),
        kind: None,
        is_stopped: false,
        state: WorkerState::Unknown,
        status: None,
        seconds_since_heartbeat: heartbeat,
        seconds_since_finished_job: finished,
        has_recent_job: Some(has_recent_job),
        jobs_processed: None,
        error_count: None,
    }
}

fn seen(items: Vec<Worker>, unlisted: Option<f64>) -> WorkersSeen {
    WorkersSeen {
        items,
        unlisted,
        ..WorkersSeen::default()
    }
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
fn the_worst_section_is_the_verdict_and_an_unread_one_is_unknown() {
    let workers = || {
        Ok(judge_workers(
            seen(vec![worker(Some(1.0), None, false)], None),
            None,
        ))
    };
    let report = Activity {
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
    let unread = Activity {
        queue: Err(fault),
        ..report
    };
    assert_eq!(unread.verdict(), Verdict::Unknown);
}

#[test]
fn connections_are_said_in_numbers_and_in_a_share() {
    for (used, ceiling, hidden, verdict, share, summary) in [
        (1, 3, 0, Verdict::Ok, 0.333, "1 of 3 connections in use."),
        (
            799,
            1_000,
            0,
            Verdict::Ok,
            0.799,
            "799 of 1000 connections in use.",
        ),
        (4, 5, 0, Verdict::Warning, 0.8, "4 of 5 connections in use."),
        (
            949,
            1_000,
            0,
            Verdict::Warning,
            0.949,
            "949 of 1000 connections in use.",
        ),
        (
            95,
            100,
            0,
            Verdict::Critical,
            0.95,
            "95 of 100 connections in use.",
        ),
        (
            1,
            -1,
            0,
            Verdict::Critical,
            1.0,
            "1 of -1 connections in use.",
        ),
        (
            1,
            2,
            1,
            Verdict::Unknown,
            0.5,
            "1 of 2 connections in use; 1 session could not be seen (the role lacks pg_read_all_stats).",
        ),
    ] {
        let found = judge_connections(Connections {
            used,
            ceiling,
            hidden,
            ..Connections::default()
        });
        assert_eq!(
            (found.verdict, found.summary.as_str()),
            (verdict, summary),
            "{used}/{ceiling}"
        );
        assert_eq!(Some(found.facts.ratio), Some(share), "{used}/{ceiling}");
        assert_eq!(found.checks.len(), 1);
        assert_eq!(
            (found.checks[0].id, found.checks[0].verdict),
            ("connections.used", verdict)
        );
        assert_eq!(found.checks[0].summary, found.summary);
    }
}

#[test]
fn what_runs_for_long_warns_and_what_is_hidden_is_unknown() {
    let session = || LongSession {
        pid: 1,
        state: "active".to_owned(),
        seconds: 61.0,
        backend_start: None,
        transaction_seconds: None,
        identity: None,
    };
    for (active, idle, hidden, verdict, summary) in [
        (
            0,
            0,
            0,
            Verdict::Ok,
            "0 statements and 0 idle transactions last for over 60 s.",
        ),
        (
            1,
            0,
            0,
            Verdict::Warning,
            "1 statement and 0 idle transactions last for over 60 s.",
        ),
        (
            0,
            2,
            0,
            Verdict::Warning,
            "0 statements and 2 idle transactions last for over 60 s.",
        ),
        (
            1,
            1,
            3,
            Verdict::Unknown,
            "1 statement and 1 idle transaction last for over 60 s; 3 sessions could not be seen \
             (the role lacks pg_read_all_stats).",
        ),
        (
            0,
            0,
            1,
            Verdict::Unknown,
            "0 statements and 0 idle transactions last for over 60 s; 1 session could not be seen \
             (the role lacks pg_read_all_stats).",
        ),
    ] {
        let found = judge_long_running(LongRunning {
            active: vec![session(); active],
            idle_in_transaction: vec![session(); idle],
            hidden,
            truncated: false,
        });
        assert_eq!((found.verdict, found.summary.as_str()), (verdict, summary));
        assert_eq!(found.checks[0].id, "connections.long-running");
    }
}

#[test]
fn a_wait_for_a_lock_is_judged_beyond_its_threshold_and_not_at_it() {
    for (longest, expected) in [
        (None, Verdict::Ok),
        (Some(5.0), Verdict::Ok),
        (Some(5.1), Verdict::Warning),
        (Some(60.0), Verdict::Warning),
        (Some(60.1), Verdict::Critical),
    ] {
        let found = judge_locks(LockForest {
            waiting: 2,
            longest_wait_seconds: longest,
            ..LockForest::default()
        });
        assert_eq!(found.verdict, expected, "{longest:?}");
        let seconds = longest.unwrap_or(0.0).round();
        let summary = format!(
            "2 sessions wait for locks behind 0 root blockers, the longest for {seconds} s."
        );
        assert_eq!(found.summary, summary);
    }
    let nobody = judge_locks(LockForest::default());
    assert_eq!(nobody.summary, "No session waits for a lock.");
    assert_eq!(nobody.checks[0].id, "locks.waiting");
}

#[test]
fn a_length_of_time_is_said_in_the_unit_that_fits() {
    for (seconds, expected) in [
        (0.0, "0 s"),
        (119.0, "119 s"),
        (120.0, "2 min"),
        (900.0, "15 min"),
        (7_140.0, "119 min"),
        (7_200.0, "2 h"),
        (86_400.0, "24 h"),
        (169_200.0, "47 h"),
        (172_800.0, "2 d"),
        (864_000.0, "10 d"),
    ] {
        assert_eq!(span(seconds), expected);
    }
}

#[test]
fn each_section_can_be_the_worst_and_none_hides_another() {
    let fault = || Fault::new(crate::domain::taxonomy::Code::ValSchema, "missing");
    let report = || Activity {
        workers: Ok(judge_workers(
            seen(vec![worker(Some(1.0), None, false)], None),
            None,
        )),
        queue: Ok(judge_queue(Queue::default())),
        connections: Ok(judge_connections(Connections {
            ceiling: 9,
            ..Connections::default()
        })),
        long_running: Ok(judge_long_running(LongRunning::default())),
        locks: Ok(judge_locks(LockForest::default())),
    };
    let mut unread = [report(), report(), report(), report(), report()];
    unread[0].workers = Err(fault());
    unread[1].queue = Err(fault());
    unread[2].connections = Err(fault());
    unread[3].long_running = Err(fault());
    unread[4].locks = Err(fault());
    for mut report in unread {
        assert_eq!(report.verdict(), Verdict::Unknown, "{report:?}");
        report.workers = Ok(judge_workers(
            seen(vec![worker(Some(301.0), None, false)], None),
            None,
        ));
        assert_eq!(report.verdict(), Verdict::Critical, "{report:?}");
    }
}
