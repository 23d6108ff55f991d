//! Who is told what, and how often.

use super::*;

fn kinds(stage: &Stage) -> Vec<String> {
    let told = stage.told().into_iter();
    told.map(|told| told.split_once(' ').expect("three words").1.to_owned())
        .collect()
}

#[test]
fn an_outage_of_an_hour_is_at_most_six_messages() {
    let mut stage = Stage::default();
    stage.minutes(Series::Db, 'F', 4);
    stage.deed("DB-17", Deed::Acknowledge).expect("it goes on");
    stage.minutes(Series::Db, 'T', 56);
    stage.minutes(Series::Db, 'G', 40);
    let expected = [
        "told 1",
        "acknowledged 1",
        "cause_joined 1",
        "reminder 1",
        "all_clear 1",
        "report 1",
    ];
    assert_eq!(kinds(&stage), expected);
}

#[test]
fn nobody_has_it_so_reminders_come_after_thirty_minutes_and_twice_as_long_each_time() {
    let mut stage = Stage::default();
    stage.minutes(Series::Queue, 'F', 60);
    assert_eq!(kinds(&stage), ["told 1", "reminder 1"]);
    stage.minutes(Series::Queue, 'F', 32);
    assert_eq!(kinds(&stage), ["told 1", "reminder 1", "reminder 2"]);
    stage.minutes(Series::Queue, 'F', 118);
    assert_eq!(kinds(&stage).len(), 3);
    stage.minutes(Series::Queue, 'F', 3);
    assert_eq!(kinds(&stage).len(), 4);
}

#[test]
fn an_acknowledgement_holds_until_it_expires_a_cause_joins_or_it_is_worse() {
    for (series, minutes) in [
        (Series::Db, Some(30)),
        (Series::Supabase, Some(60)),
        (Series::Queue, None),
        (Series::LongRunning, None),
    ] {
        let mut stage = Stage::default();
        stage.looks(series, "FFF");
        let of = stage.names().remove(0);
        stage.deed(&of, Deed::Acknowledge).expect("it goes on");
        stage.minutes(series, 'F', minutes.unwrap_or(300));
        assert_eq!(kinds(&stage), ["told 1", "acknowledged 1"], "{series}");
        stage.looks(series, "F");
        let reminded = minutes.map_or(2, |_| 3);
        assert_eq!(
            kinds(&stage).len(),
            reminded,
            "{series}: {:?}",
            kinds(&stage)
        );
    }
    for (letter, deed) in [
        ('T', None),
        (
            'F',
            Some(Deed::SetSeverity {
                to: Severity::P2,
                reason: "customers wait".to_owned(),
            }),
        ),
    ] {
        let mut stage = Stage::default();
        stage.looks(Series::Queue, "FFFFF");
        stage
            .deed("QUEUE-17", Deed::Acknowledge)
            .expect("it goes on");
        deed.map(|deed| stage.deed("QUEUE-17", deed).expect("it is judged"));
        stage.looks(Series::Queue, &letter.to_string());
        assert_eq!(stage.of("QUEUE-17").state, State::Open, "{letter}");
        assert_eq!(stage.told().len(), 3, "{letter}");
    }
}

#[test]
fn who_says_twice_that_they_have_it_is_told_once() {
    let mut stage = Stage::default();
    stage.looks(Series::Queue, "FFF");
    for _ in 0..3 {
        stage
            .deed("QUEUE-17", Deed::Acknowledge)
            .expect("it goes on");
    }
    assert_eq!(kinds(&stage), ["told 1", "acknowledged 1"]);
}

#[test]
fn people_lower_a_severity_and_only_a_worse_cause_raises_it_again() {
    let mut stage = Stage::default();
    stage.looks(Series::Supabase, "FFFF");
    let lower = Deed::SetSeverity {
        to: Severity::P4,
        reason: "nobody uses it at night".to_owned(),
    };
    stage.deed("SUPABASE-17", lower).expect("it is judged");
    stage.looks(Series::Supabase, "FTFT");
    assert_eq!(stage.of("SUPABASE-17").severity, Severity::P4);
    stage.looks(Series::Db, "FFF");
    assert_eq!(stage.of("SUPABASE-17").severity, Severity::P1);
    assert!(kinds(&stage).contains(&"severity_raised 1".to_owned()));
}

#[test]
fn a_flap_every_forty_five_seconds_is_one_incident_and_at_most_six_messages() {
    for phase in 0..90 {
        for series in [Series::Db, Series::Queue] {
            let mut stage = Stage::default();
            let is_down = |at: i64| at < 600 && (at + phase) / 45 % 2 == 0;
            for look in 0..140 {
                let letter = if is_down(look * LOOK) { 'F' } else { 'G' };
                stage.looks(series, &letter.to_string());
            }
            assert_eq!(stage.names().len(), 1, "{phase}");
            assert!(stage.told().len() <= 6, "{phase}: {:?}", stage.told());
            assert!(kinds(&stage).contains(&"all_clear 1".to_owned()), "{phase}");
        }
    }
}

#[test]
fn what_comes_back_all_day_is_at_most_six_messages_an_hour() {
    let mut stage = Stage::default();
    let mut hour = Vec::new();
    for _ in 0..60 {
        stage.looks(Series::LongRunning, "FFF");
        for _ in 0..14 {
            let before = stage.told().len();
            stage.looks(Series::LongRunning, "G");
            hour.push((stage.clock, stage.told().len() - before));
        }
    }
    for (end, _) in &hour {
        let lately = hour
            .iter()
            .filter(|(at, _)| (end - 3600..=*end).contains(at));
        assert!(lately.map(|(_, told)| told).sum::<usize>() <= 6);
    }
}

#[test]
fn more_than_five_in_five_minutes_become_one_message() {
    let mut stage = Stage::default();
    for nth in 0..9 {
        stage.alert(alert(&format!("alert {nth}")));
        for _ in 0..31 {
            stage.pass(1);
            stage.tick();
        }
    }
    stage.pass(5 * MINUTE);
    stage.tick();
    let digests: Vec<_> = stage
        .out
        .iter()
        .filter_map(|out| match out {
            Output::Notice(notice) if notice.kind == NoticeKind::Digest => Some(&notice.digest),
            _ => None,
        })
        .collect();
    let mut in_digests: Vec<_> = digests.iter().flat_map(|digest| digest.iter()).collect();
    in_digests.sort();
    in_digests.dedup();
    let told = stage
        .told()
        .iter()
        .filter(|told| told.contains("told"))
        .count();
    assert_eq!(told, 5, "{:?}", stage.told());
    assert_eq!(in_digests.len(), 4, "nothing is lost");
    let by_entries = stage.entries().iter().filter_map(Entry::notice).count();
    assert_eq!(
        by_entries,
        stage.told().len(),
        "entries are enough to tell by"
    );
    assert_eq!(stage.names().len(), 9);
    assert!(digests.len() <= 2, "{digests:?}");
}

#[test]
fn two_hundred_alerts_in_ten_seconds_are_one_message() {
    let mut stage = Stage::default();
    for nth in 0..200 {
        stage.alert(alert(&format!("alert {nth}")));
        stage.clock = nth / 20;
    }
    assert_eq!(stage.names().len(), 1);
    assert_eq!(stage.told().len(), 1);
    let book = stage.incidents.book();
    assert_eq!(
        book.incidents().map(|one| one.members.len()).sum::<usize>(),
        200
    );
}

fn quiet(begin: &str, end: &str) -> Wish {
    Wish::QuietAdd(QuietOrder {
        zone: "Europe/Berlin".to_owned(),
        begin: begin.parse().expect("a time of a clock"),
        end: end.parse().expect("a time of a clock"),
        reason: "a migration".to_owned(),
        series: BTreeSet::new(),
    })
}

#[test]
fn a_quiet_window_that_was_forgotten_ends_by_itself_and_what_still_fails_is_told_once() {
    // The stage begins on 30 November 2026 at 9:00 in Berlin.
    assert_eq!(time(0).to_string(), "2026-11-30T08:00:00Z");
    let mut stage = Stage::default();
    stage
        .wish(quiet("2026-11-30T09:00", "2026-11-30T10:00"))
        .expect("a window");
    stage.minutes(Series::Queue, 'F', 20);
    stage.looks(Series::Locks, "FFF");
    stage.minutes(Series::Locks, 'G', 20);
    assert_eq!(stage.told(), [""; 0]);
    assert_eq!(
        stage.names(),
        ["LOCKS-17", "QUEUE-17"],
        "watched all the same"
    );
    stage.clock = 60 * MINUTE - 1;
    stage.tick();
    assert_eq!(stage.told(), [""; 0]);
    stage.pass(1);
    for _ in 0..3 {
        stage.tick();
    }
    assert_eq!(stage.told(), ["QUEUE-17 told 1"]);
}

#[test]
fn a_quiet_window_ends_where_somebody_ends_it_and_keeps_only_its_own_quiet() {
    let mut stage = Stage::default();
    let Wish::QuietAdd(order) = quiet("2026-11-30T09:00", "2026-11-30T10:00") else {
        panic!("it is a window");
    };
    let order = QuietOrder {
        series: [Series::Queue].into(),
        ..order
    };
    let out = stage.wish(Wish::QuietAdd(order)).expect("a window");
    let Some(Output::Entry(entry)) = out.first() else {
        panic!("it is an entry");
    };
    stage.looks(Series::Queue, "FFFF");
    stage.looks(Series::Locks, "FFF");
    assert_eq!(stage.told(), ["LOCKS-17 told 1"]);
    stage
        .wish(Wish::QuietEnd(entry.id.clone()))
        .expect("it ends");
    assert_eq!(stage.told(), ["LOCKS-17 told 1", "QUEUE-17 told 1"]);
    let again = stage
        .wish(Wish::QuietEnd(entry.id.clone()))
        .expect_err("it has ended");
    assert_eq!(again.code, Code::ValData);
}

#[test]
fn what_was_kept_quiet_is_told_over_by_nobody() {
    let mut stage = Stage::default();
    stage
        .wish(quiet("2026-11-30T09:00", "2026-11-30T12:00"))
        .expect("a window");
    stage.looks(Series::Queue, "FFF");
    stage.minutes(Series::Queue, 'G', 200);
    assert_eq!(stage.told(), [""; 0]);
}

#[test]
fn budgets_run_as_the_checklist_says() {
    let mut stage = Stage::default();
    stage.looks(Series::Db, "FFF");
    let detected = stage.of("DB-17").detected_at;
    let late = |stage: &Stage, minutes: i64| -> Vec<BudgetStep> {
        let now = detected + jiff::SignedDuration::from_mins(minutes);
        let budgets = budgets(stage.of("DB-17"), now).into_iter();
        budgets
            .filter(|one| one.is_late)
            .map(|one| one.step)
            .collect()
    };
    for (minutes, expected) in [
        (5, &[][..]),
        (6, &[BudgetStep::Acknowledgement]),
        (11, &[BudgetStep::Acknowledgement, BudgetStep::Triage]),
        (
            31,
            &[
                BudgetStep::Acknowledgement,
                BudgetStep::Triage,
                BudgetStep::Diagnosis,
            ],
        ),
    ] {
        assert_eq!(late(&stage, minutes), expected, "{minutes}");
    }
    stage.deed("DB-17", Deed::Acknowledge).expect("it goes on");
    let text = "the pooler".to_owned();
    stage
        .deed(
            "DB-17",
            Deed::Note {
                text,
                corrects: None,
            },
        )
        .expect("a note");
    assert_eq!(late(&stage, 31), [BudgetStep::Diagnosis]);
    stage.minutes(Series::Db, 'G', 40);
    assert_eq!(late(&stage, 80), []);
    assert_eq!(late(&stage, 120), [BudgetStep::Aftermath]);
    assert_eq!(
        late(&stage, 26 * 60),
        [BudgetStep::Aftermath, BudgetStep::FollowUp]
    );
}

#[test]
fn what_joins_while_it_begins_is_told_in_one_message_whether_it_has_a_code_or_not() {
    for (joins, expected) in [
        (&[][..], &["told 1"][..]),
        (&[("disk", None)], &["told 1", "cause_joined 1"]),
        (
            &[
                ("disk", None),
                ("memory", None),
                ("slow", Some(Code::DbTimeout)),
            ],
            &["told 1", "cause_joined 1"],
        ),
        // What speaks of the same cause is told with it.
        (&[("postgres", Some(Code::DbConnection))], &["told 1"]),
    ] {
        let mut stage = Stage::default();
        stage.looks(Series::Db, "FFF");
        stage.clock -= LOOK;
        for (key, code) in joins {
            stage.pass(2);
            stage.alert(Alert {
                code: *code,
                ..alert(key)
            });
        }
        assert_eq!(kinds(&stage), ["told 1"], "{joins:?}");
        for _ in 0..7 {
            stage.pass(5);
            stage.tick();
        }
        assert_eq!(stage.names().len(), 1);
        assert_eq!(kinds(&stage), expected, "{joins:?}");
    }
}
