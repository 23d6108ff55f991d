//! What a report says of a timeline, and quiet windows over both changes of the clocks.

use super::*;

const ENVIRONMENT: &str = "prod";

fn report(stage: &Stage, of: &str) -> IncidentReport {
    let report = stage.incidents.report(&name(of), ENVIRONMENT, stage.now());
    report.expect("there is one of that name")
}

#[test]
fn a_report_says_how_long_each_step_took_what_was_done_and_what_is_missing() {
    let mut stage = Stage::default();
    stage.looks(Series::Db, "FFF");
    let young = report(&stage, "DB-17");
    // From the first failure to the third look.
    assert_eq!(young.durations.to_detect_seconds, 60);
    assert_eq!(young.durations.to_resolve_seconds, None);
    assert_eq!(
        (
            &young.end,
            young.incident.report.as_ref().map(|one| one.is_required)
        ),
        (&None, Some(true))
    );

    let opened = stage.of("DB-17").detected_at;
    stage.clock = opened.duration_since(time(0)).as_secs() + 2 * MINUTE;
    stage.deed("DB-17", Deed::Acknowledge).expect("ada has it");
    for deed in [
        Deed::Attach(Piece {
            name: "locks".to_owned(),
            sha256: "a0".repeat(32),
            bytes: 7,
            media_type: MediaType::Text,
            is_cut: false,
            occasion: None,
        }),
        Deed::CaptureFailed {
            name: "activity".to_owned(),
            reason: "the database is dead".to_owned(),
        },
        Deed::Remedy {
            action: "restart worker".to_owned(),
            audit_id: None,
        },
    ] {
        stage.deed("DB-17", deed).expect("it is done");
    }
    stage.pass(3 * MINUTE);
    let averted = Deed::Mitigate {
        text: "a replica serves".to_owned(),
    };
    stage.deed("DB-17", averted).expect("it is averted");
    stage.pass(5 * MINUTE);
    let over = Deed::Resolve {
        all_clear: boxes(Verdict::Critical),
        against: Some("by hand".to_owned()),
    };
    stage.deed("DB-17", over).expect("it is over");

    let report = report(&stage, "db-17");
    let spans = report.durations;
    assert_eq!(
        (
            spans.to_acknowledge_seconds,
            spans.to_mitigate_seconds,
            spans.to_resolve_seconds
        ),
        (Some(120), Some(300), Some(600))
    );
    assert_eq!(report.span(), (stage.of("DB-17").began_at, stage.now()));
    let remedies: Vec<_> = report
        .remedies
        .iter()
        .map(|one| (&*one.who, &*one.action))
        .collect();
    assert_eq!(remedies, [("ada", "restart worker")]);
    let evidence: Vec<_> = report
        .evidence
        .iter()
        .map(|one| {
            (
                &*one.name,
                one.bytes,
                one.sha256.is_some(),
                one.failed.as_deref(),
            )
        })
        .collect();
    let failed = Some("activity could not be taken: the database is dead");
    assert_eq!(
        evidence,
        [
            ("locks", Some(7), true, None),
            ("activity", None, false, failed)
        ]
    );
    let end = report.end.expect("it is over");
    assert_eq!(
        (&*end.who, end.against.as_deref()),
        ("ada", Some("by hand"))
    );
    assert_eq!(end.all_clear.open(), ["doctor"]);
    let written = report.incident.report.expect("it is shown");
    assert_eq!(written.lacks.len(), 4, "{:?}", written.lacks);
    assert!(written.texts.iter().all(|text| text.text.is_none()));

    let again = Deed::Reopen {
        reason: "it is back".to_owned(),
    };
    stage.deed("DB-17", again).expect("it is back");
    let live = stage
        .incidents
        .report(&name("DB-17"), ENVIRONMENT, stage.now());
    assert_eq!(live.and_then(|report| report.end), None, "it goes on again");
}

#[test]
fn the_report_of_what_was_merged_is_that_of_what_it_became_part_of() {
    let mut stage = Stage::default();
    stage.looks(Series::Queue, "FFF");
    stage.looks(Series::Locks, "FFF");
    let merge = Wish::Merge(name("QUEUE-17"), name("LOCKS-17"));
    stage.wish(merge).expect("they are one");
    let [one, other] = ["QUEUE-17", "LOCKS-17"].map(|of| report(&stage, of));
    assert_eq!(one, other);
    let opened = one.incident.timeline.into_iter().flatten();
    assert_eq!(opened.filter(|entry| entry.kind == "opened").count(), 2);
    assert_eq!(
        stage
            .incidents
            .report(&name("DB-99"), ENVIRONMENT, stage.now()),
        None
    );
}

#[test]
fn a_night_is_quiet_for_seven_hours_in_spring_and_for_nine_in_autumn() {
    for (evening, morning, begin, hours) in [
        (
            "2027-03-27T22:00",
            "2027-03-28T06:00",
            "2027-03-27T21:00:00Z",
            7,
        ),
        (
            "2027-10-30T22:00",
            "2027-10-31T06:00",
            "2027-10-30T20:00:00Z",
            9,
        ),
    ] {
        let begin: Timestamp = begin.parse().expect("a time");
        let mut stage = Stage {
            clock: begin.duration_since(time(0)).as_secs(),
            ..Stage::default()
        };
        let order = QuietOrder {
            zone: "Europe/Berlin".to_owned(),
            begin: evening.parse().expect("a time of a clock"),
            end: morning.parse().expect("a time of a clock"),
            reason: "a move".to_owned(),
            series: BTreeSet::new(),
        };
        stage.wish(Wish::QuietAdd(order)).expect("a window");
        stage.looks(Series::Queue, "FFF");
        let shown = |stage: &Stage| report(stage, "QUEUE-17").incident.is_quiet;
        stage.clock = begin.duration_since(time(0)).as_secs() + hours * 60 * MINUTE - 1;
        stage.tick();
        assert_eq!(
            (stage.told(), shown(&stage)),
            (Vec::new(), true),
            "{evening}"
        );
        stage.pass(1);
        stage.tick();
        assert_eq!(stage.told(), ["QUEUE-17 told 1"], "{evening}");
        assert!(!shown(&stage), "{evening}");
    }
}
