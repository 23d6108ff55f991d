use std::time::Duration;

use jiff::SignedDuration;

use super::*;
use crate::domain::activity::{
    Activity, LastFinished, WorkersSeen, judge_connections, judge_locks, judge_long_running,
    judge_queue, judge_workers,
};
use crate::domain::fault::Fault;
use crate::domain::history::Sample;
use crate::domain::pause::{Pause, PauseOrder};
use crate::domain::taxonomy::Code;

const INTERVAL: Duration = Duration::from_secs(30);

fn at(second: i64) -> Timestamp {
    // The beginning of a day, and an hour.
    let base: Timestamp = "2026-11-24T01:00:00Z".parse().expect("a time");
    base.saturating_add(SignedDuration::from_secs(second))
        .expect("a time")
}

fn frame(second: i64, role: Role) -> Frame {
    Frame {
        now: at(second),
        interval: 30,
        role,
    }
}

fn sample(series: Series, second: i64, verdict: Verdict, code: Option<Code>) -> Sample {
    Sample::new(series, (at(second), INTERVAL), Duration::from_millis(2)).judged(verdict, code)
}

/// What is remembered of looks that came to this, from second 0 on.
fn memory(looks: &[(Series, Verdict, Option<Code>)]) -> Memory {
    let mut memory = Memory::default();
    for second in [0, 30] {
        for series in Series::ALL {
            memory.add(&sample(series, second, Verdict::Ok, None));
        }
    }
    for (series, verdict, code) in looks {
        memory.add(&sample(*series, 60, *verdict, *code));
    }
    memory
}

fn activity() -> Activity {
    let pause = Pause {
        id: 3,
        job_type: Some("mail".to_owned()),
        active: true,
        held: 1,
        escaped: 0,
        seconds_since_paused: 600.0,
        seconds_until_expiry: None,
        order: Some(PauseOrder {
            reason: "sends twice".to_owned(),
            paused_by: "Ada".to_owned(),
        }),
    };
    let queue = Queue {
        pauses: vec![pause],
        paused: 1,
        finished: LastFinished::Never,
        ..Queue::default()
    };
    Activity {
        workers: Ok(judge_workers(WorkersSeen::default(), None)),
        queue: Ok(judge_queue(queue)),
        connections: Ok(judge_connections(Connections {
            ceiling: 97,
            ..Connections::default()
        })),
        long_running: Ok(judge_long_running(LongRunning::default())),
        locks: Ok(judge_locks(LockForest::default())),
    }
}

fn away() -> Fault {
    Fault::new(Code::DbConnection, "Postgres refused.").caused_by(vec!["refused".to_owned()])
}

fn look(second: i64) -> LastLook {
    LastLook {
        at: at(second),
        db: Ok(()),
        supabase: Ok(()),
        activity: Ok(activity()),
        left_alone: Vec::new(),
    }
}

fn dead(second: i64) -> LastLook {
    LastLook {
        db: Err(away()),
        activity: Err(away()),
        left_alone: vec![(Series::Db, at(second + 100))],
        ..look(second)
    }
}

#[test]
fn nothing_is_well_before_anybody_has_looked_or_once_nobody_looks() {
    let seen = memory(&[]);
    for (memory, look, second, headline) in [
        (
            &Memory::default(),
            None,
            0,
            "Not known yet: the first look is due",
        ),
        (
            &seen,
            Some(look(32)),
            200,
            "Not known: nobody has looked for 3 min",
        ),
    ] {
        let status = Status::of(memory, look.as_ref(), frame(second, Role::Anybody));
        assert_eq!(
            (status.verdict, status.headline.as_str(), status.since),
            (Verdict::Unknown, headline, None)
        );
        assert!(status.causes.is_empty() && status.measures.is_empty());
        assert!(!status.measures_are_known);
        assert!(status.workers.is_none() && status.queue.is_none());
        for check in &status.checks {
            assert_eq!((check.verdict, check.code), (Verdict::Unknown, None));
        }
    }
    let off = Frame {
        interval: 0,
        ..frame(40, Role::Anybody)
    };
    let status = Status::of(&seen, Some(&look(32)), off);
    assert_eq!(status.verdict, Verdict::Unknown);
    assert_eq!(status.headline, "Not known: the watch is off");
    let late = Status::of(&seen, Some(&look(32)), frame(200, Role::Anybody));
    let check = late.check(Series::Db).expect("it is there");
    assert_eq!(check.summary, "Last looked at 3 min ago; it was ok then.");
}

#[test]
fn it_is_as_bad_as_the_worst_and_since_the_first_of_them() {
    let bad = |series| (series, Verdict::Critical, Some(Code::DbConnection));
    let soon = (Series::Queue, Verdict::Warning, None);
    for (looks, verdict, headline, since) in [
        (&[][..], Verdict::Ok, "All is well", 0),
        (&[soon], Verdict::Warning, "Look soon: Job queue", 60),
        (
            &[soon, bad(Series::Db)],
            Verdict::Critical,
            "Act now: Database",
            60,
        ),
        (
            &[bad(Series::Db), bad(Series::Supabase)],
            Verdict::Critical,
            "Act now: Database and Supabase API",
            60,
        ),
        (
            &Series::ALL.map(bad),
            Verdict::Critical,
            "Act now: Database, Supabase API and 5 more",
            60,
        ),
        (
            &[(Series::Locks, Verdict::Unknown, None)],
            Verdict::Unknown,
            "Not known: Locks",
            60,
        ),
    ] {
        let status = Status::of(&memory(looks), Some(&look(62)), frame(70, Role::Anybody));
        assert_eq!(
            (status.verdict, status.headline.as_str()),
            (verdict, headline)
        );
        assert_eq!(status.since, Some(at(since)), "{headline}");
        assert_eq!(status.since_is_exact, since > 0, "{headline}");
    }
}

#[test]
fn what_shows_in_several_checks_is_one_cause_and_the_worst_comes_first() {
    let mut looks = vec![(Series::Db, Verdict::Critical, Some(Code::DbConnection))];
    looks.extend(
        Series::OF_ACTIVITY.map(|series| (series, Verdict::Unknown, Some(Code::DbConnection))),
    );
    let memory = memory(&looks);
    let status = Status::of(&memory, Some(&dead(62)), frame(70, Role::Anybody));
    let [cause] = status.causes.as_slice() else {
        panic!("{:?}", status.causes);
    };
    assert_eq!(cause.checks.len(), 6);
    assert_eq!(
        (cause.verdict, cause.code),
        (Verdict::Critical, Some(Code::DbConnection))
    );
    assert_eq!(cause.url.as_deref(), Some("/errors/DFE-DB-001"));
    assert_eq!(cause.next_step.as_deref(), Some("Database pooler status"));
    assert_eq!(cause.since, Some(at(60)));
    assert!(cause.chain.is_empty());
    let operator = Status::of(&memory, Some(&dead(62)), frame(70, Role::Operator));
    assert_eq!(operator.causes[0].chain, ["refused"]);
    let [left_alone] = status.measures.as_slice() else {
        panic!("{:?}", status.measures);
    };
    assert!(
        left_alone
            .summary
            .starts_with("Database is left alone for another 92 s")
    );
    assert!(!status.measures_are_known);
}

#[test]
fn a_cause_is_as_old_as_itself_and_not_as_what_was_wrong_before_it() {
    let mut memory = memory(&[(Series::Workers, Verdict::Unknown, None)]);
    memory.add(&sample(
        Series::Db,
        90,
        Verdict::Critical,
        Some(Code::DbConnection),
    ));
    for series in Series::OF_ACTIVITY {
        memory.add(&sample(
            series,
            90,
            Verdict::Unknown,
            Some(Code::DbConnection),
        ));
    }
    let status = Status::of(&memory, Some(&dead(92)), frame(100, Role::Anybody));
    let [cause] = status.causes.as_slice() else {
        panic!("{:?}", status.causes);
    };
    assert_eq!(cause.since, Some(at(90)));
    let workers = status
        .checks
        .iter()
        .find(|check| check.check == Series::Workers)
        .expect("it is shown");
    assert_eq!(workers.since, Some(at(60)), "unknown since before");
}

#[test]
fn a_section_that_is_not_well_says_its_own_sentence_and_advice() {
    let memory = memory(&[(Series::Workers, Verdict::Unknown, None)]);
    let status = Status::of(&memory, Some(&look(62)), frame(70, Role::Anybody));
    let [cause] = status.causes.as_slice() else {
        panic!("{:?}", status.causes);
    };
    assert_eq!(cause.checks, [Series::Workers]);
    assert_eq!(cause.detail, "No worker has ever sent a heartbeat.");
    assert!(cause.next_step.is_some());
    assert_eq!((cause.code, cause.url.as_deref()), (None, None));
}

#[test]
fn a_pause_is_told_and_who_ordered_it_to_a_token_only() {
    let memory = memory(&[]);
    for (role, by) in [
        (Role::Anybody, None),
        (Role::Reader, Some("Ada")),
        (Role::Operator, Some("Ada")),
    ] {
        let status = Status::of(&memory, Some(&look(32)), frame(40, role));
        let [pause] = status.measures.as_slice() else {
            panic!("{:?}", status.measures);
        };
        assert_eq!(
            pause.summary,
            "Jobs of type mail are paused for 10 min: 1 job is held, and it has no end."
        );
        assert_eq!((pause.pause, pause.by.as_deref()), (Some(3), by));
        let text = serde_json::to_string(&status).expect("JSON");
        assert_eq!(text.contains("sends twice"), by.is_some());
    }
}

#[test]
fn now_stands_apart_from_today() {
    let mut memory = memory(&[(Series::Db, Verdict::Critical, Some(Code::DbTimeout))]);
    memory.add(&sample(Series::Db, 90, Verdict::Ok, None));
    let status = Status::of(&memory, Some(&look(92)), frame(120, Role::Anybody));
    let db = status.check(Series::Db).expect("it is there");
    assert_eq!(db.verdict, Verdict::Ok);
    assert_eq!(db.today().worst, Some(Verdict::Critical));
    assert_eq!(db.today().uptime_percent, Some(75.0));
    // Of an hour and two minutes, two minutes are known.
    assert!(db.today().told().ends_with("known 3 %"));
    assert_eq!((db.days.len(), db.points.len()), (90, 288));
    assert_eq!(db.days[89].date, "2026-11-24");
    assert_eq!(db.days[0].date, "2026-08-27");
    assert_eq!(db.last_90d.uptime_percent, Some(75.0));
    assert!(db.last_90d.told().ends_with("known 0 %"));
    assert_eq!(db.points[287].worst, Some(Verdict::Critical));
    assert_eq!(db.points[286].worst, None);
}

#[test]
fn times_have_three_digits_of_a_second() {
    let status = Status::of(&memory(&[]), Some(&look(32)), frame(40, Role::Anybody));
    let json = serde_json::to_value(&status).expect("JSON");
    assert_eq!(json["timestamp"], "2026-11-24T01:00:40.000Z");
    assert_eq!(json["watch"]["last_look"], "2026-11-24T01:00:32.000Z");
    assert_eq!(json["checks"][0]["check"], "db");
    assert_eq!(json["checks"][0]["days"][89]["date"], "2026-11-24");
}
