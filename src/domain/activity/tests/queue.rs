//! The queue, row by row.

use super::*;
use crate::domain::pause::Pause;
use crate::domain::taxonomy::Code;

fn pause(id: i64, held: i64) -> Pause {
    Pause {
        id,
        job_type: None,
        active: true,
        held,
        escaped: 0,
        seconds_since_paused: 60.0,
        seconds_until_expiry: None,
        order: None,
    }
}

fn row(queue: Queue, id: &str) -> (Verdict, String) {
    let found = judge_queue(queue);
    let mut rows = found.checks.into_iter().filter(|check| check.id == id);
    let row = rows.next().expect("the row is never missing");
    assert!(rows.next().is_none(), "{id} stands twice");
    (row.verdict, row.summary)
}

#[test]
fn a_queue_has_six_rows_and_a_summary_that_repeats_those_that_are_not_well() {
    let found = judge_queue(Queue {
        pending: 1,
        processing: 2,
        paused: 7,
        failed_24h: Some(4),
        stuck_processing: Some(2),
        oldest_pending_seconds: Some(10.0),
        finished: LastFinished::Ago(1.0),
        pauses: vec![pause(8, 7)],
        ..Queue::default()
    });
    let rows: Vec<_> = found
        .checks
        .iter()
        .map(|check| (check.id, check.verdict, check.summary.as_str()))
        .collect();
    let ok = Verdict::Ok;
    let stuck = "2 jobs are in processing for over 15 min, or without a start.";
    let expected = [
        ("queue.backlog", ok, "1 pending, 2 processing, 7 paused."),
        ("queue.stuck", Verdict::Warning, stuck),
        (
            "queue.overdue",
            ok,
            "The oldest pending job waits for 10 s.",
        ),
        ("queue.stalled", ok, "Jobs are finished, or none waits."),
        ("queue.failed", ok, "4 failed in 24 h."),
        (
            "queue.paused",
            ok,
            "1 pause lasts, as ordered; it holds 7 jobs.",
        ),
    ];
    assert_eq!(rows, expected);
    assert_eq!(
        found.summary,
        format!("1 pending, 2 processing, 7 paused, 4 failed in 24 h; pause 8 holds 7. {stuck}")
    );
}

#[test]
fn the_oldest_job_is_overdue_beyond_each_threshold_and_not_at_it() {
    for (age, verdict, said) in [
        (0.0, Verdict::Ok, "0 s"),
        (900.0, Verdict::Ok, "15 min"),
        (900.1, Verdict::Warning, "15 min"),
        (3_600.0, Verdict::Warning, "60 min"),
        (3_600.1, Verdict::Critical, "60 min"),
    ] {
        let queue = Queue {
            oldest_pending_seconds: Some(age),
            ..Queue::default()
        };
        let summary = format!("The oldest pending job waits for {said}.");
        assert_eq!(row(queue, "queue.overdue"), (verdict, summary));
    }
    let none = row(Queue::default(), "queue.overdue");
    assert_eq!(none, (Verdict::Ok, "No job waits.".to_owned()));
}

#[test]
fn a_queue_stands_still_beyond_each_threshold_and_not_at_it() {
    use LastFinished::{Ago, Never, Unknown};
    const WELL: &str = "Jobs are finished, or none waits.";
    const STILL: &str = "Jobs wait, and nobody has finished one for 5 min.";
    const UNKNOWN: &str = "Not asked for, as the settings say.";
    for (waits, finished, verdict, said) in [
        (Some(60.0), Ago(300.1), Verdict::Ok, WELL),
        (Some(60.1), Ago(300.1), Verdict::Warning, STILL),
        (Some(60.1), Ago(300.0), Verdict::Ok, WELL),
        (Some(300.0), Never, Verdict::Ok, WELL),
        (Some(300.1), Never, Verdict::Warning, STILL),
        (None, Ago(1_000.0), Verdict::Ok, WELL),
        (None, Never, Verdict::Ok, WELL),
        (None, Unknown, Verdict::Ok, WELL),
        (Some(1_000.0), Unknown, Verdict::Ok, UNKNOWN),
    ] {
        let queue = Queue {
            oldest_pending_seconds: waits,
            finished,
            ..Queue::default()
        };
        let found = row(queue, "queue.stalled");
        assert_eq!(found, (verdict, said.to_owned()), "{waits:?} {finished:?}");
    }
}

#[test]
fn a_job_is_stuck_or_none_is() {
    for (stuck, verdict, said) in [
        (0, Verdict::Ok, "No job is in processing for over 15 min."),
        (
            100_000,
            Verdict::Warning,
            "100000 jobs are in processing for over 15 min, or without a start.",
        ),
        (
            100_001,
            Verdict::Warning,
            "over 100000 jobs are in processing for over 15 min, or without a start.",
        ),
    ] {
        let queue = Queue {
            stuck_processing: Some(stuck),
            ..Queue::default()
        };
        assert_eq!(row(queue, "queue.stuck"), (verdict, said.to_owned()));
    }
}

#[test]
fn jobs_that_no_pause_holds_are_counted_where_all_are_counted() {
    let well = Verdict::Ok;
    let orphans = |count: &str| {
        format!("{count} jobs are paused by no pause on record, and none will resume them.")
    };
    for (paused, pauses, verdict, said) in [
        (0, vec![], well, "No pause lasts.".to_owned()),
        (5, vec![pause(1, 2)], Verdict::Warning, orphans("3")),
        (
            3,
            vec![pause(1, 2)],
            Verdict::Warning,
            "1 job is paused by no pause on record, and none will resume it.".to_owned(),
        ),
        (
            5,
            vec![pause(1, 2), pause(2, 3)],
            well,
            "2 pauses last, as ordered; they hold 5 jobs.".to_owned(),
        ),
        (
            4,
            vec![pause(1, 5)],
            well,
            "1 pause lasts, as ordered; it holds 5 jobs.".to_owned(),
        ),
        (100_000, vec![], Verdict::Warning, orphans("100000")),
        (
            100_001,
            vec![],
            Verdict::Warning,
            orphans("at least 100001"),
        ),
        (
            100_001,
            vec![pause(1, 100_000)],
            Verdict::Warning,
            "at least 1 job is paused by no pause on record, and none will resume it.".to_owned(),
        ),
        (
            100_001,
            vec![pause(1, 100_001), pause(2, 0)],
            well,
            "2 pauses last, as ordered; they hold over 100001 jobs.".to_owned(),
        ),
    ] {
        let queue = Queue {
            paused,
            pauses,
            ..Queue::default()
        };
        assert_eq!(row(queue, "queue.paused"), (verdict, said));
    }
}

#[test]
fn of_more_pauses_than_are_listed_nobody_knows_what_they_hold() {
    for (pauses, verdict) in [(100, Verdict::Warning), (101, Verdict::Ok)] {
        let queue = Queue {
            paused: 1_000,
            pauses: (0..pauses).map(|id| pause(id, 1)).collect(),
            ..Queue::default()
        };
        let (found, said) = row(queue, "queue.paused");
        assert_eq!(found, verdict, "{said}");
        let over = said.ends_with("101 pauses last, as ordered; they hold over 101 jobs.");
        assert_eq!(over, pauses == 101, "{said}");
    }
}

#[test]
fn a_pause_that_is_not_well_is_a_complaint_with_a_code_and_not_said_to_hold() {
    let lifted = Pause {
        active: false,
        ..pause(4, 2)
    };
    let leaks = Pause {
        escaped: 1,
        ..pause(5, 1)
    };
    let found = judge_queue(Queue {
        paused: 3,
        failed_24h: Some(0),
        pauses: vec![lifted, leaks],
        ..Queue::default()
    });
    let row = found.checks.last().expect("a row");
    assert_eq!(
        (row.verdict, row.code),
        (Verdict::Warning, Some(Code::ValData))
    );
    let said = "pause 4 was lifted and still holds 2 jobs (dragonfly-ops queue resume 4 \
                --reason \"the cause is mended\"); 1 job is pending in spite of pause 5.";
    assert_eq!(row.summary, said);
    assert_eq!(
        found.summary,
        format!("0 pending, 0 processing, 3 paused, 0 failed in 24 h. {said}")
    );
    // Whoever lifted a pause that holds nothing has ended it.
    let over = Pause {
        active: false,
        ..pause(6, 0)
    };
    let found = judge_queue(Queue {
        pauses: vec![over, pause(7, 0)],
        ..Queue::default()
    });
    assert!(
        found.summary.contains("pause 7 holds 0"),
        "{}",
        found.summary
    );
}

#[test]
fn what_was_never_finished_is_null_on_the_wire_and_the_rest_a_number() {
    for (finished, expected) in [
        (LastFinished::Unknown, serde_json::Value::Null),
        (LastFinished::Never, serde_json::Value::Null),
        (LastFinished::Ago(1.5), serde_json::json!(1.5)),
    ] {
        let queue = Queue {
            finished,
            ..Queue::default()
        };
        let json = serde_json::to_value(&queue).expect("it is plain");
        assert_eq!(json.get("seconds_since_finished_job"), Some(&expected));
    }
}

#[test]
fn a_queue_is_judged_by_what_is_stuck_what_waits_and_what_is_done() {
    let ok = Queue {
        pending: 3,
        failed_24h: Some(2),
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
        stuck_processing: Some(1),
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
            .contains("at least 100001 jobs are paused by no pause")
    );
}

#[test]
fn what_a_table_cannot_say_is_unknown_and_what_is_ruled_out_is_not_asked() {
    let question = |question| {
        Unanswered::new(
            question,
            "It has no such column.".to_owned(),
            "add it".to_owned(),
        )
    };
    let open = Queue {
        pending: 5,
        unanswered: [
            "queue.stuck",
            "queue.overdue",
            "queue.stalled",
            "queue.failed",
            "queue.states",
        ]
        .map(question)
        .into(),
        ..Queue::default()
    };
    let found = judge_queue(open);
    assert_eq!(found.verdict, Verdict::Unknown);
    assert_eq!(found.complaints().count(), 5);
    for check in found.complaints() {
        assert_eq!(
            (
                check.verdict,
                check.code,
                check.summary.as_str(),
                check.advice.as_deref()
            ),
            (
                Verdict::Unknown,
                Some(Code::ValSchema),
                "It has no such column.",
                Some("add it")
            )
        );
    }
    let ruled_out = judge_queue(Queue {
        pending: 5,
        ..Queue::default()
    });
    assert_eq!(ruled_out.verdict, Verdict::Ok, "{}", ruled_out.summary);
    let said = |id: &str| {
        let row = ruled_out.checks.iter().find(|check| check.id == id);
        row.map(|check| check.summary.clone()).unwrap_or_default()
    };
    assert_eq!(said("queue.stuck"), "Not asked for, as the settings say.");
    assert_eq!(said("queue.overdue"), "Not asked for, as the settings say.");
    assert_eq!(said("queue.failed"), "Not asked for, as the settings say.");
}

#[test]
fn what_is_not_due_yet_is_counted_apart() {
    let queue = Queue {
        scheduled: Some(7),
        ..Queue::default()
    };
    let said = judge_queue(queue).summary;
    assert_eq!(said, "0 pending, 0 processing, 0 paused, 7 not due yet.");
}
