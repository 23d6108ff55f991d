//! How an incident ends.

use super::*;

fn with_boxes(series: Series) -> Stage {
    let mut stage = Stage::default();
    stage.looks(series, "FFF");
    stage
}

#[test]
fn all_of_it_has_to_be_good_for_so_long() {
    for (series, minutes) in [
        (Series::LongRunning, 5),
        (Series::Queue, 5),
        (Series::Supabase, 15),
        (Series::Db, 30),
    ] {
        let mut stage = with_boxes(series);
        // The second good look says that it is good; the time begins there.
        stage.looks(series, "G");
        stage.minutes(series, 'G', minutes);
        assert_eq!(stage.live().len(), 1, "{series}");
        stage.looks(series, "G");
        assert_eq!(stage.live(), [], "{series}");
    }
}

#[test]
fn a_failure_begins_the_time_anew_and_an_unknown_look_only_stops_it() {
    for (between, minutes) in [("F", 30), ("G", 0), ("?", 1)] {
        let mut stage = with_boxes(Series::Db);
        stage.looks(Series::Db, "G");
        stage.minutes(Series::Db, 'G', 29);
        stage.looks(Series::Db, between);
        assert_eq!(stage.live().len(), 1, "{between}");
        let good = stage
            .incidents
            .dwell(&name("DB-17"))
            .expect("it goes on")
            .good;
        let is_begun_anew = good.is_zero();
        assert_eq!(is_begun_anew, between == "F", "{between}");
        stage.minutes(Series::Db, 'G', minutes);
        assert_eq!(stage.live().len(), 1, "{between}");
        stage.looks(Series::Db, "GG");
        assert_eq!(stage.live(), [], "{between}");
    }
}

#[test]
fn nothing_is_over_by_itself_while_nobody_looks() {
    for (boxes, watches) in [(None, true), (Some(Verdict::Ok), false)] {
        let mut stage = with_boxes(Series::Queue);
        stage.look(Series::Queue, 'G');
        stage.pass(LOOK);
        stage.look(Series::Queue, 'G');
        for _ in 0..200 {
            stage.pass(LOOK);
            if let Some(boxes) = boxes {
                stage.look_at_boxes(boxes);
            }
            if watches {
                stage.look(Series::Queue, 'G');
            }
            stage.tick();
        }
        assert_eq!(stage.live().len(), 1, "{boxes:?}");
    }
}

#[test]
fn a_box_that_is_not_green_holds_it_open() {
    for verdict in [Verdict::Critical, Verdict::Unknown] {
        let mut stage = with_boxes(Series::Queue);
        for _ in 0..60 {
            stage.look_at_boxes(verdict);
            stage.look(Series::Queue, 'G');
            stage.pass(LOOK);
        }
        assert_eq!(stage.of("QUEUE-17").state, State::Mitigated, "{verdict:?}");
    }
}

#[test]
fn each_state_has_its_time() {
    let mut stage = with_boxes(Series::Queue);
    let state_of = |stage: &Stage| stage.of("QUEUE-17").state;
    assert_eq!(state_of(&stage), State::Open);
    stage
        .deed("QUEUE-17", Deed::Acknowledge)
        .expect("it goes on");
    assert_eq!(state_of(&stage), State::Acknowledged);
    stage.looks(Series::Queue, "GG");
    assert_eq!(state_of(&stage), State::Mitigated);
    stage.minutes(Series::Queue, 'G', 5);
    assert_eq!(state_of(&stage), State::Resolved);
    let incident = stage.of("QUEUE-17");
    assert_eq!(
        incident.time_to_acknowledge(),
        Some(Duration::from_secs(30))
    );
    assert_eq!(incident.time_to_mitigate(), Some(Duration::from_secs(60)));
    assert_eq!(
        incident.time_to_resolve(),
        Some(Duration::from_secs(60 + 300))
    );
    let (opening, recovery) = (CaptureWhen::Opening, CaptureWhen::Recovery);
    assert_eq!(stage.captured(), [(opening, 1), (recovery, 1)]);
    stage.minutes(Series::Queue, 'G', 31);
    assert_eq!(state_of(&stage), State::Closed);
}

#[test]
fn what_fails_again_before_it_is_over_is_as_it_was() {
    let mut stage = with_boxes(Series::Queue);
    stage
        .deed("QUEUE-17", Deed::Acknowledge)
        .expect("it goes on");
    stage.looks(Series::Queue, "GGFFF");
    assert_eq!(stage.of("QUEUE-17").state, State::Acknowledged);
    assert_eq!(stage.of("QUEUE-17").mitigated_at, None);
}

#[test]
fn what_comes_back_within_thirty_minutes_is_the_same_and_has_to_be_good_for_twice_as_long() {
    for (minutes, names) in [(28, 1), (31, 2)] {
        let mut stage = with_boxes(Series::Queue);
        stage.looks(Series::Queue, "G");
        stage.minutes(Series::Queue, 'G', 5);
        stage.looks(Series::Queue, "G");
        assert_eq!(stage.live(), []);
        stage.minutes(Series::Queue, 'G', minutes);
        stage.looks(Series::Queue, "FFF");
        assert_eq!(stage.names().len(), names, "{minutes}");
        let first = stage.of("QUEUE-17");
        assert_eq!(first.reopened, u32::from(names == 1));
        if names == 1 {
            let dwell = stage
                .incidents
                .dwell(&name("QUEUE-17"))
                .expect("it goes on");
            assert_eq!(dwell.of, Duration::from_secs(600));
            assert_eq!(stage.told().last().expect("told"), "QUEUE-17 told 2");
        }
    }
}

#[test]
fn an_alert_is_over_when_its_sender_says_so_or_a_person_where_none_does() {
    for ends_by_itself in [true, false] {
        let mut stage = Stage::default();
        let mut alert = Alert {
            ends_by_itself,
            ..alert("n8n")
        };
        stage.alert(alert.clone());
        stage.look_at_boxes(Verdict::Ok);
        alert.is_firing = false;
        if ends_by_itself {
            stage.alert(alert);
        }
        for _ in 0..11 {
            stage.look_at_boxes(Verdict::Ok);
            stage.pass(LOOK);
        }
        let name = stage.names().remove(0);
        assert_eq!(stage.live().is_empty(), ends_by_itself);
        if !ends_by_itself {
            let all_clear = boxes(Verdict::Ok);
            let deed = Deed::Resolve {
                all_clear,
                against: None,
            };
            stage.deed(&name, deed).expect("all of it is good");
            assert_eq!(stage.of(&name).state, State::Resolved);
        }
    }
}

#[test]
fn a_clock_that_is_set_back_counts_no_time_twice() {
    let mut stage = with_boxes(Series::Queue);
    for _ in 0..30 {
        stage.looks(Series::Queue, "GG");
        stage.clock -= 2 * LOOK;
    }
    assert_eq!(stage.live().len(), 1);
}

#[test]
fn a_restart_opens_nothing_and_ends_nothing() {
    let mut stage = with_boxes(Series::Db);
    stage.looks(Series::Db, "G");
    stage.minutes(Series::Db, 'G', 29);
    stage.restart();
    let before = stage.out.len();
    stage.tick();
    assert_eq!(stage.out.len(), before);
    stage.looks(Series::Db, "F");
    stage.minutes(Series::Db, 'G', 5);
    assert_eq!(stage.live().len(), 1);
    stage.minutes(Series::Db, 'F', 5);
    assert_eq!(stage.names(), ["DB-17"]);
    let told = ["DB-17 told 1", "DB-17 relapsed 1", "DB-17 reminder 1"];
    assert_eq!(stage.told(), told);
}

/// What happens on a stage.
type Act = fn(&mut Stage);

/// One that is good again, be it that the watch saw it or that somebody says so although it fails.
fn mitigated(by_rule: bool) -> Stage {
    let mut stage = with_boxes(Series::Queue);
    stage
        .deed("QUEUE-17", Deed::Acknowledge)
        .expect("it goes on");
    match by_rule {
        true => stage.looks(Series::Queue, "GG"),
        false => {
            let text = "jobs are taken by hand".to_owned();
            let deed = Deed::Mitigate { text };
            stage.deed("QUEUE-17", deed).expect("it goes on");
            stage.looks(Series::Queue, "FF");
        }
    }
    assert_eq!(stage.of("QUEUE-17").state, State::Mitigated);
    stage
}

#[test]
fn whatever_begins_to_fail_in_what_was_good_again_is_a_relapse_and_told_as_one() {
    let over = |key: &str| Alert {
        is_firing: false,
        ..alert(key)
    };
    // An alert that was over at once, so that others still join its incident.
    let was_over = || {
        let mut stage = Stage::default();
        stage.alert(alert("disk"));
        stage.pass(5);
        stage.alert(over("disk"));
        stage.tick();
        stage
    };
    // The workers follow from it.
    let averted = || {
        let mut stage = Stage::default();
        stage.alert(Alert {
            over: [Series::Workers].into(),
            severity: Some(Severity::P2),
            ..alert("deployment")
        });
        let of = stage.names().remove(0);
        let text = "traffic goes elsewhere".to_owned();
        stage
            .deed(&of, Deed::Mitigate { text })
            .expect("it goes on");
        stage
    };
    let cases: [(&str, Stage, Act, &str); 8] = [
        (
            "the same again",
            mitigated(true),
            |stage| stage.looks(Series::Queue, "FFF"),
            "relapsed",
        ),
        (
            "the same again, averted",
            mitigated(false),
            |stage| stage.looks(Series::Queue, "GGFFF"),
            "relapsed",
        ),
        (
            "its root",
            mitigated(false),
            |stage| stage.looks(Series::Db, "A"),
            "severity_raised",
        ),
        (
            "another cause",
            mitigated(false),
            |stage| stage.looks(Series::Queue, "T"),
            "relapsed",
        ),
        (
            "the alert again",
            was_over(),
            |stage| stage.alert(alert("disk")),
            "relapsed",
        ),
        (
            "another alert",
            was_over(),
            |stage| stage.alert(alert("memory")),
            "relapsed",
        ),
        (
            "a series",
            was_over(),
            |stage| stage.look(Series::Locks, 'A'),
            "relapsed",
        ),
        (
            "what follows from it",
            averted(),
            |stage| stage.looks(Series::Workers, "FFF"),
            "relapsed",
        ),
    ];
    for (name, mut stage, act, kind) in cases {
        let of = stage.names().remove(0);
        assert_eq!(stage.of(&of).state, State::Mitigated, "{name}");
        let before = stage.told().len();
        act(&mut stage);
        assert_ne!(stage.of(&of).state, State::Mitigated, "{name}");
        stage.pass(MINUTE);
        stage.tick();
        assert_eq!(stage.names(), [of.as_str()], "{name}");
        let told = stage.told().split_off(before);
        assert_eq!(told, [format!("{of} {kind} 1")], "{name}");
        stage.restart();
        stage.tick();
        assert_ne!(stage.of(&of).state, State::Mitigated, "{name}");
    }
}

#[test]
fn what_was_averted_by_somebody_may_fail_on_as_it_did() {
    let mut stage = mitigated(false);
    stage.looks(Series::Queue, "FFF?FGFF");
    stage.alert(alert("elsewhere"));
    assert_eq!(stage.of("QUEUE-17").state, State::Mitigated);
    // Whoever was not there before does not know that it fails anew.
    stage.restart();
    stage.looks(Series::Queue, "FFFF");
    assert_eq!(stage.of("QUEUE-17").state, State::Mitigated);
    stage.looks(Series::Queue, "GGFFF");
    assert_eq!(stage.of("QUEUE-17").state, State::Acknowledged);
}

#[test]
fn what_was_seen_before_it_failed_is_no_evidence_that_it_is_over() {
    let mut one = Stage::default();
    let mut other = Stage::default();
    one.looks(Series::Queue, "FFF");
    // Another replica saw it good until then, and has not looked since.
    other.looks(Series::Queue, "GGG");
    other.clock = one.clock - LOOK;
    other.incidents.absorb(one.entries());
    other.look_at_boxes(Verdict::Ok);
    other.tick();
    assert_eq!(other.of("QUEUE-17").state, State::Open);
    other.pass(LOOK);
    other.looks(Series::Queue, "G");
    assert_eq!(
        other.of("QUEUE-17").state,
        State::Open,
        "one good look ends nothing"
    );
    other.looks(Series::Queue, "G");
    assert_eq!(other.of("QUEUE-17").state, State::Mitigated);
    other.minutes(Series::Queue, 'G', 4);
    // It fails all the same where the first one is.
    one.clock = other.clock;
    one.incidents.absorb(other.entries());
    one.tick();
    let state = one.of("QUEUE-17").state;
    assert_eq!(state, State::Mitigated, "it has not looked since");
    one.looks(Series::Queue, "F");
    assert_eq!(one.of("QUEUE-17").state, State::Open);
    // The time begins anew, and with it what it takes to be good.
    other.incidents.absorb(one.entries());
    other.pass(LOOK);
    other.looks(Series::Queue, "G");
    assert_eq!(other.of("QUEUE-17").state, State::Open);
    other.minutes(Series::Queue, 'G', 5);
    assert_eq!(other.of("QUEUE-17").state, State::Mitigated);
    other.looks(Series::Queue, "G");
    assert_eq!(other.of("QUEUE-17").state, State::Resolved);
}

#[test]
fn what_was_read_before_it_failed_is_no_sign_that_it_is_good() {
    let mut stage = with_boxes(Series::Queue);
    let failed = stage.now();
    let well = |stage: &mut Stage, read_at| {
        for _ in 0..2 {
            let slot = (stage.now(), Duration::from_secs(30));
            let shared = Sample::new(Series::Queue, slot, Duration::ZERO)
                .judged(Verdict::Ok, None)
                .read_at(read_at);
            stage
                .step(Input::Observed(shared))
                .expect("it is no command");
            stage.pass(LOOK);
        }
        stage.of("QUEUE-17").state
    };
    // Another replica has said that it fails, and an outcome of before is still shared here.
    let before = failed - Duration::from_secs(60);
    assert_eq!(well(&mut stage, before), State::Open);
    let now = stage.now();
    assert_eq!(well(&mut stage, now), State::Mitigated);
}
