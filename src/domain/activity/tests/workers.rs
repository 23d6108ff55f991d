//! The workers, by their heartbeats and by their work.

use std::collections::BTreeMap;

use super::*;

#[test]
fn a_worker_is_judged_by_its_heartbeat_and_then_by_its_work() {
    use WorkerState::{Alive, AliveNotWorking, Late, Replaced, Stale, Stopped, Unknown};
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
            seen(vec![worker(heartbeat, finished, recent)], None),
            oldest_pending,
        );
        let state = found.facts.items.first().map(|worker| worker.state);
        assert_eq!(
            state,
            Some(expected),
            "{heartbeat:?} {finished:?} {recent} {oldest_pending:?}"
        );
        let verdict = match expected {
            Alive | Replaced | Stopped => Verdict::Ok,
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
        judge_workers(WorkersSeen::default(), None).verdict,
        Verdict::Unknown
    );
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
        let found = judge_workers(seen(workers, unlisted), waits);
        assert_eq!(found.verdict, expected, "{}", found.summary);
        assert_eq!(found.facts.truncated, unlisted.is_some());
    }
}

#[test]
fn a_state_of_a_worker_has_one_word() {
    use WorkerState::{Alive, AliveNotWorking, Late, Replaced, Stale, Stopped, Unknown};
    for (state, word) in [
        (Replaced, "replaced"),
        (Stopped, "stopped"),
        (Alive, "alive"),
        (AliveNotWorking, "alive_not_working"),
        (Late, "late"),
        (Stale, "stale"),
        (Unknown, "unknown"),
    ] {
        assert_eq!(state.as_str(), word);
        assert_eq!(serde_json::json!(state), word);
    }
}

#[test]
fn a_worker_changes_its_state_beyond_each_threshold_and_not_at_it() {
    use WorkerState::{Alive, AliveNotWorking, Late, Stale, Unknown};
    for (heartbeat, finished, oldest_pending, expected) in [
        (-90.1, 0.0, 0.0, Unknown),
        (-90.0, 0.0, 0.0, Alive),
        (90.0, 0.0, 0.0, Alive),
        (90.1, 0.0, 0.0, Late),
        (300.0, 0.0, 0.0, Late),
        (300.1, 0.0, 0.0, Stale),
        (0.0, 900.0, 60.1, Alive),
        (0.0, 900.1, 60.0, Alive),
        (0.0, 900.1, 60.1, AliveNotWorking),
    ] {
        let workers = vec![worker(Some(heartbeat), Some(finished), false)];
        let found = judge_workers(seen(workers, None), Some(oldest_pending));
        let counted = BTreeMap::from([(expected.as_str().to_owned(), 1)]);
        assert_eq!(
            found.facts.by_state, counted,
            "{heartbeat} {finished} {oldest_pending}"
        );
    }
}

#[test]
fn the_workers_are_summed_up_and_each_that_is_not_alive_is_named() {
    let alive = || worker(Some(1.0), Some(1.0), false);
    let mut nameless = worker(Some(100.4), Some(1.0), false);
    nameless.name = None;
    let workers = vec![
        alive(),
        worker(Some(1.0), Some(901.0), false),
        nameless,
        worker(Some(400.0), None, false),
        worker(Some(500.0), None, false),
        worker(None, None, false),
        worker(Some(-100.0), None, false),
    ];
    let found = judge_workers(seen(workers, None), Some(61.0));
    let said: Vec<_> = found
        .checks
        .iter()
        .map(|check| {
            let subject = check.subject.as_deref().unwrap_or_default();
            (check.id, subject, check.verdict, check.summary.as_str())
        })
        .collect();
    let (id, warning, unknown) = ("workers.worker", Verdict::Warning, Verdict::Unknown);
    let summary = "1 of 7 workers is alive, 1 alive not working, 1 late, 2 stale, 2 unknown.";
    let idle =
        "It beats (last heartbeat 1 s ago), but has finished nothing for 15 min while jobs wait.";
    let never = "Its heartbeat says nothing: without any heartbeat.";
    let future = "Its heartbeat says nothing: last heartbeat -100 s ago.";
    let expected = [
        ("workers.summary", "", unknown, summary),
        (id, "w", warning, idle),
        (
            id,
            "without a name",
            warning,
            "Late, last heartbeat 100 s ago.",
        ),
        (id, "w", warning, "Stale, last heartbeat 400 s ago."),
        (id, "w", warning, "Stale, last heartbeat 500 s ago."),
        (id, "w", unknown, never),
        (id, "w", unknown, future),
    ];
    assert_eq!(said, expected);
    assert_eq!((found.summary.as_str(), found.facts.total), (summary, 7));
    assert_eq!(found.complaints().count(), 7);
    let well = judge_workers(seen(vec![alive(), alive()], None), None);
    assert_eq!(well.summary, "All 2 workers are alive.");
    assert_eq!((well.checks.len(), well.complaints().count()), (1, 0));
    let none = judge_workers(WorkersSeen::default(), None);
    assert_eq!(none.summary, "No worker has ever sent a heartbeat.");
}

#[test]
fn twenty_workers_have_a_row_and_the_others_are_counted() {
    for (stale, unknown, rows, last) in [
        (20, 0, 20, Verdict::Warning),
        (21, 0, 21, Verdict::Warning),
        (22, 1, 21, Verdict::Unknown),
    ] {
        let mut workers = vec![worker(Some(301.0), None, false); stale];
        workers.extend(vec![worker(None, None, false); unknown]);
        let found = judge_workers(seen(workers, None), None);
        let rows_of_one: Vec<_> = found.checks.iter().skip(1).collect();
        assert_eq!(rows_of_one.len(), rows);
        let sum = rows_of_one.last().expect("a row");
        assert_eq!(sum.verdict, last, "{}", sum.summary);
        let more = (stale + unknown).saturating_sub(20);
        let expected = format!("{more} more are not alive; all of them: dragonfly-ops workers.");
        assert_eq!(sum.summary == expected, more > 0, "{}", sum.summary);
        assert_eq!(sum.subject.is_none(), more > 0);
    }
}

#[test]
fn workers_that_are_not_listed_are_out_if_the_youngest_heartbeat_is_stale() {
    for (youngest, expected) in [(300.0, Verdict::Warning), (300.1, Verdict::Critical)] {
        let found = judge_workers(
            seen(vec![worker(Some(400.0), None, false)], Some(youngest)),
            None,
        );
        assert_eq!(found.verdict, expected, "{youngest}");
    }
}

fn of_kind(kind: &str, name: &str, heartbeat: f64) -> Worker {
    Worker {
        name: Some(name.to_owned()),
        kind: Some(kind.to_owned()),
        ..worker(Some(heartbeat), Some(1.0), false)
    }
}

fn kinds(items: Vec<Worker>) -> WorkersSeen {
    WorkersSeen {
        has_kinds: true,
        ..seen(items, None)
    }
}

#[test]
fn a_kind_lives_while_one_of_its_workers_does() {
    use WorkerState::{Alive, Late, Replaced, Stale, Stopped};
    let stopped = |worker: Worker| Worker {
        is_stopped: true,
        ..worker
    };
    let found = judge_workers(
        kinds(vec![
            of_kind("mail", "a", 4_000.0),
            of_kind("mail", "b", 100.0),
            of_kind("mail", "c", 1.0),
            of_kind("scan", "d", 100.0),
            stopped(of_kind("mail", "e", 50.0)),
        ]),
        None,
    );
    let states: Vec<_> = found
        .facts
        .items
        .iter()
        .map(|worker| worker.state)
        .collect();
    assert_eq!(states, [Replaced, Replaced, Alive, Late, Stopped]);
    assert_eq!(found.verdict, Verdict::Warning, "{}", found.summary);
    let alive: Vec<_> = found.facts.kinds.iter().flatten().collect();
    assert_eq!((alive[0].alive, alive[0].listed), (1, 4));
    assert_eq!((alive[1].alive, alive[1].listed), (1, 1));
    // A kind of which nobody lives is critical, whoever else does.
    let found = judge_workers(
        kinds(vec![of_kind("mail", "a", 301.0), of_kind("scan", "d", 1.0)]),
        None,
    );
    assert_eq!(found.facts.items[0].state, Stale);
    assert_eq!(found.verdict, Verdict::Critical, "{}", found.summary);
    let row = found.checks.iter().find(|check| check.id == "workers.kind");
    let row = row.expect("the kind has a row");
    assert_eq!(row.subject.as_deref(), Some("mail"));
    assert_eq!(
        row.summary,
        "None of this kind is alive: the last heartbeat of one was 5 min ago."
    );
    // One that stopped a moment ago is about to be followed; later nobody has.
    for (ago, expected) in [(90.0, Verdict::Ok), (90.1, Verdict::Critical)] {
        let items = vec![
            stopped(of_kind("mail", "a", ago)),
            of_kind("scan", "d", 1.0),
        ];
        assert_eq!(judge_workers(kinds(items), None).verdict, expected, "{ago}");
        let alone = vec![stopped(of_kind("mail", "a", ago))];
        assert_eq!(judge_workers(kinds(alone), None).verdict, expected, "{ago}");
    }
}

#[test]
fn a_kind_works_while_one_of_its_workers_does() {
    let idle = |name| Worker {
        seconds_since_finished_job: None,
        ..of_kind("mail", name, 1.0)
    };
    let waits = Some(WAITING_AFTER + 1.0);
    let found = judge_workers(kinds(vec![idle("a"), of_kind("mail", "b", 1.0)]), waits);
    assert_eq!(found.verdict, Verdict::Ok, "{}", found.summary);
    let found = judge_workers(kinds(vec![idle("a"), idle("b")]), waits);
    assert_eq!(found.verdict, Verdict::Critical, "{}", found.summary);
    // Where the queue does not say who has a job, nobody is accused, and the question stays open.
    let blind = |name| Worker {
        has_recent_job: None,
        ..idle(name)
    };
    let question = Unanswered::new("workers.working", "unseen".to_owned(), "look".to_owned());
    let seen = WorkersSeen {
        unanswered: vec![question],
        ..kinds(vec![blind("a")])
    };
    let found = judge_workers(seen, waits);
    assert_eq!(found.facts.items[0].state, WorkerState::Alive);
    assert_eq!(found.verdict, Verdict::Unknown, "{}", found.summary);
}

#[test]
fn workers_that_are_all_gone_are_not_green() {
    let seen = WorkersSeen {
        gone: 3,
        ..WorkersSeen::default()
    };
    let found = judge_workers(seen, None);
    assert_eq!(found.verdict, Verdict::Unknown);
    assert_eq!(
        found.summary,
        "No worker lives: all 3 stopped more than 24 h ago."
    );
}

#[test]
fn work_stands_still_where_jobs_wait_and_nobody_does_any() {
    let queue = |oldest, finished| Queue {
        oldest_pending_seconds: oldest,
        finished,
        ..Queue::default()
    };
    for (queue, expected) in [
        (queue(Some(400.0), LastFinished::Ago(301.0)), true),
        (queue(Some(400.0), LastFinished::Ago(300.0)), false),
        (queue(Some(301.0), LastFinished::Never), true),
        (queue(None, LastFinished::Ago(9_000.0)), false),
    ] {
        assert_eq!(stands_still(None, &queue), expected, "{queue:?}");
    }
    // Others finish jobs, and one that beats does not.
    let busy = queue(Some(61.0), LastFinished::Ago(1.0));
    for (finished, expected) in [(Some(901.0), true), (Some(1.0), false)] {
        let seen = seen(vec![worker(Some(1.0), finished, false)], None);
        assert_eq!(stands_still(Some(&seen), &busy), expected, "{finished:?}");
    }
}

#[test]
fn who_beats_and_does_nothing_is_said_with_what_waits() {
    let said = |finished| {
        let seen = WorkersSeen {
            waiting_types: Some(vec![WaitingType {
                job_type: Some("enrich".to_owned()),
                jobs: 12,
                seconds_since_finished_job: Some(1_200.0),
            }]),
            ..seen(vec![worker(Some(1.0), finished, false)], None)
        };
        judge_workers(seen, Some(61.0))
    };
    let waits = "What waits: 12 enrich (the last one finished 20 min ago).";
    let found = said(Some(901.0));
    assert!(found.summary.ends_with(waits), "{}", found.summary);
    let row = found
        .checks
        .iter()
        .find(|check| check.id == "workers.worker");
    let row = row.expect("it is not well");
    assert!(
        !row.summary.contains("What waits"),
        "once is enough: {row:?}"
    );
    for check in [row, &found.checks[0]] {
        let advice = check.advice.as_deref().unwrap_or_default();
        assert!(advice.starts_with("Its log: it may hang"), "{check:?}");
    }
    let found = said(Some(1.0));
    assert!(!found.summary.contains("What waits"), "{}", found.summary);
    let stalled = judge_queue(Queue {
        pending: 12,
        oldest_pending_seconds: Some(1_300.0),
        finished: LastFinished::Ago(1_200.0),
        waiting_types: Some(vec![WaitingType {
            job_type: Some("enrich".to_owned()),
            jobs: 12,
            seconds_since_finished_job: None,
        }]),
        ..Queue::default()
    });
    let expected = "Jobs wait, and nobody has finished one for 20 min. What waits: 12 enrich (none finished lately).";
    assert!(stalled.summary.contains(expected), "{}", stalled.summary);
}
