//! What a report says of a timeline, and quiet windows over both changes of the clocks.

use super::*;
use crate::domain::access::Role;

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
            occasion: None,
        },
        Deed::Remedy {
            action: "restart worker".to_owned(),
            audit_id: None,
            at: None,
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
    let failed = Some("the database is dead");
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

#[test]
fn a_timeline_says_each_thing_once_and_names_things_as_people_do() {
    let texts = |stage: &Stage, of: &Name| -> Vec<String> {
        let shown = stage.incidents.shown(of, Role::Reader, stage.now());
        let timeline = shown.expect("it is known").timeline;
        let entries = timeline.expect("a reader is let in").into_iter();
        entries.map(|entry| entry.text).collect()
    };
    let disk = || Alert {
        message: "93 % full".to_owned(),
        ..alert("disk")
    };
    let open: [fn(&mut Stage, Alert); 3] = [
        |stage, _| stage.looks(Series::Queue, "FFF"),
        |stage, alert| stage.alert(alert),
        |stage, _| {
            let wish = Wish::Open {
                title: "It is slow".to_owned(),
                message: "for all".to_owned(),
                severity: None,
                code: None,
            };
            stage.wish(wish).expect("it can be reported");
        },
    ];
    for act in open {
        let mut stage = Stage::default();
        act(&mut stage, disk());
        let of = stage.live().remove(0);
        let said = texts(&stage, &of);
        let once: BTreeSet<_> = said.iter().collect();
        assert_eq!(once.len(), said.len(), "{said:?}");
        assert_eq!(
            said.last().map(String::as_str),
            Some("Nobody is told that it is there: no channel is set")
        );
        // All of it is kept and exported all the same.
        assert_eq!(stage.incidents.entries_of(&of).len(), said.len() + 1);
    }
    let mut stage = Stage::default();
    stage.looks(Series::Queue, "FFFGGFFF");
    let said = texts(&stage, &name("QUEUE-17"));
    assert!(
        said.contains(&"Job queue: failing again".to_owned()),
        "{said:?}"
    );
    let mut stage = Stage::default();
    let over = Alert {
        is_firing: false,
        ..disk()
    };
    for alert in [disk(), over, disk()] {
        stage.alert(alert);
        stage.pass(MINUTE);
    }
    let of = stage.live().remove(0);
    let said = texts(&stage, &of);
    let again = "a test says: alert disk: 93 % full: failing again".to_owned();
    assert!(said.contains(&again), "{said:?}");
}

#[test]
fn of_evidence_it_is_said_when_it_was_taken_or_was_to_be() {
    let mut stage = Stage::default();
    stage.looks(Series::Db, "FFF");
    for occasion in [Some(CaptureWhen::Opening), None] {
        let failed = Deed::CaptureFailed {
            name: "lock tree".to_owned(),
            reason: "DFE-DB-001: refused: twice".to_owned(),
            occasion,
        };
        stage.deed("DB-17", failed).expect("it is remembered");
    }
    let report = stage.incidents.report(&name("DB-17"), "test", stage.now());
    let evidence = report.expect("it is known").evidence;
    let said: Vec<_> = evidence
        .iter()
        .map(|one| (one.occasion, one.failed.as_deref()))
        .collect();
    let why = Some("DFE-DB-001: refused: twice");
    assert_eq!(said, [(Some(CaptureWhen::Opening), why), (None, why)]);
    let texts: Vec<_> = stage
        .entries()
        .into_iter()
        .map(|entry| entry.text)
        .collect();
    let said = "lock tree could not be taken at the opening: DFE-DB-001: refused: twice".to_owned();
    assert!(texts.contains(&said), "{texts:?}");
}

#[test]
fn what_incidents_have_taught_outlives_them_and_is_the_same_in_whatever_order_it_comes() {
    let mut stage = Stage::default();
    stage.looks(Series::Db, "FFF");
    let suggest = |text: String| Deed::Suggest {
        code: Code::DbConnection,
        text,
    };
    for nth in 0..12 {
        stage.pass(MINUTE);
        stage
            .deed("DB-17", suggest(format!("say {nth}")))
            .expect("it is said");
    }
    let texts = |incidents: &Incidents| -> Vec<String> {
        let all = incidents.book().runbook().of(Code::DbConnection);
        all.into_iter().map(|one| one.text).collect()
    };
    let newest: Vec<_> = (2..12).rev().map(|nth| format!("say {nth}")).collect();
    assert_eq!(texts(&stage.incidents), newest);
    assert_eq!(stage.incidents.book().runbook().of(Code::DbTimeout), []);
    let last = stage.incidents.book().runbook().of(Code::DbConnection)[0]
        .id
        .clone();
    let withdraw = |suggestion: &str| Deed::Withdraw {
        suggestion: suggestion.to_owned(),
        reason: "it is wrong".to_owned(),
    };
    for (of, suggestion) in [
        ("DB-17", "DB-17/opened/1"),
        ("DB-17", "x"),
        ("DB-18", &*last),
    ] {
        stage
            .deed(of, withdraw(suggestion))
            .expect_err("it is refused");
    }
    stage
        .deed("DB-17", withdraw(&last))
        .expect("it is withdrawn");
    stage
        .deed("DB-17", withdraw(&last))
        .expect_err("it is withdrawn already");
    let known: Vec<_> = (1..11).rev().map(|nth| format!("say {nth}")).collect();
    assert_eq!(texts(&stage.incidents), known);
    let shown = stage
        .incidents
        .shown(&name("DB-17"), Role::Reader, stage.now());
    let taught = shown
        .and_then(|one| one.report)
        .map(|report| report.runbook.len());
    assert_eq!(taught, Some(11), "of its own incident all are shown");

    let entries = stage.entries();
    let backwards = Incidents::replay(entries.iter().rev().cloned());
    assert_eq!(backwards.book(), stage.incidents.book());
    let mut apart = Incidents::default();
    apart.learn(&entries);
    assert_eq!(
        (texts(&apart), apart.book().incidents().count()),
        (known.clone(), 0)
    );
    let over = Deed::Resolve {
        all_clear: boxes(Verdict::Ok),
        against: Some("we know".to_owned()),
    };
    stage.deed("DB-17", over).expect("it is over");
    stage.incidents.forget(time(stage.clock + MINUTE));
    assert_eq!(stage.names(), Vec::<String>::new());
    assert_eq!(texts(&stage.incidents), known);
}
