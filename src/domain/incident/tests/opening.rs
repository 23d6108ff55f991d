//! What becomes an incident, and what becomes a part of one.

use super::*;

#[test]
fn three_failures_in_a_row_open_an_incident_and_two_good_looks_end_a_row() {
    for (looks, opens) in [
        ("FF", false),
        ("FFF", true),
        ("FFGF", true),
        ("FFGGF", false),
        ("FFGGFF", false),
        ("FFGGFFF", true),
        ("WWWW", false),
        ("FFWWFF", false),
        ("????????", false),
        ("FF?F", true),
        ("F?F?", false),
        ("A", true),
        ("C", true),
        ("GA", true),
        // What comes and goes is not well: five failures within ten minutes.
        ("FGGFGGFGGFGG", false),
        ("FGGFGGFGGFGGF", true),
    ] {
        let mut stage = Stage::default();
        stage.looks(Series::Queue, looks);
        let expected: &[&str] = if opens { &["QUEUE-17"] } else { &[] };
        assert_eq!(stage.names(), expected, "{looks}");
        let told: &[&str] = if opens { &["QUEUE-17 told 1"] } else { &[] };
        assert_eq!(stage.told(), told, "{looks}");
    }
}

#[test]
fn a_look_that_comes_twice_counts_once() {
    let mut stage = Stage::default();
    for _ in 0..5 {
        stage.look(Series::Queue, 'F');
    }
    assert_eq!(stage.names(), [""; 0]);
}

#[test]
fn an_incident_knows_when_it_began_and_evidence_is_taken() {
    let mut stage = Stage::default();
    stage.looks(Series::Db, "GFFF");
    let incident = stage.of("DB-17");
    assert_eq!(incident.severity, Severity::P1);
    assert_eq!(incident.began_at, time(LOOK));
    assert_eq!(incident.detected_at, time(3 * LOOK));
    assert_eq!(incident.time_to_detect(), Duration::from_secs(60));
    assert_eq!(incident.title, "Database: Database connection failed");
    assert_eq!(stage.captured(), [(CaptureWhen::Opening, 1)]);
}

#[test]
fn what_comes_within_thirty_seconds_is_part_of_it_and_told_with_it() {
    for (after, names) in [(0, 1), (30, 1), (31, 2)] {
        let mut stage = Stage::default();
        stage.looks(Series::Queue, "FFF");
        stage.clock -= LOOK;
        stage.pass(after);
        stage.alert(alert("n8n"));
        assert_eq!(stage.names().len(), names, "{after}");
        assert_eq!(stage.told().len(), names, "{after}");
    }
}

#[test]
fn what_follows_from_the_database_is_part_of_its_incident() {
    let mut stage = Stage::default();
    for _ in 0..4 {
        for series in [Series::Supabase, Series::Workers, Series::Db, Series::Queue] {
            stage.look(series, 'F');
        }
        stage.pass(LOOK);
    }
    assert_eq!(stage.names(), ["DB-17"]);
    assert_eq!(stage.told(), ["DB-17 told 1"]);
    let parts: Vec<_> = stage
        .of("DB-17")
        .members
        .values()
        .map(|one| one.part)
        .collect();
    assert_eq!(
        parts,
        [Part::Own, Part::Follows, Part::Follows, Part::Follows]
    );
}

#[test]
fn what_failed_before_its_root_did_gets_the_root_into_its_incident() {
    let mut stage = Stage::default();
    stage.looks(Series::Supabase, "FFFFF");
    stage.looks(Series::Db, "FFF");
    assert_eq!(stage.names(), ["SUPABASE-17"]);
    let incident = stage.of("SUPABASE-17");
    assert_eq!(incident.severity, Severity::P1);
    assert!(incident.owns(&Subject::Series(Series::Db)));
    assert_eq!(
        stage.told(),
        ["SUPABASE-17 told 1", "SUPABASE-17 severity_raised 1"]
    );
}

#[test]
fn what_outlives_its_root_has_an_incident_of_its_own() {
    let mut stage = Stage::default();
    for _ in 0..4 {
        stage.look(Series::Db, 'F');
        stage.look(Series::Workers, 'F');
        stage.pass(LOOK);
    }
    for round in 0..4 {
        assert_eq!(stage.names().len(), 1, "{round}");
        stage.look(Series::Db, 'G');
        stage.look(Series::Workers, 'F');
        stage.pass(LOOK);
    }
    assert_eq!(stage.names(), ["DB-17", "WORKERS-17"]);
    // It keeps nobody from saying that the root is well.
    for _ in 0..61 {
        stage.look(Series::Db, 'G');
        stage.look(Series::Workers, 'F');
        stage.look_at_boxes(Verdict::Ok);
        stage.pass(LOOK);
    }
    assert_eq!(stage.of("DB-17").state, State::Resolved);
    assert_eq!(stage.of("WORKERS-17").state, State::Open);
}

#[test]
fn what_follows_is_on_its_own_where_somebody_says_that_the_root_is_over() {
    let mut stage = Stage::default();
    for _ in 0..4 {
        stage.look(Series::Db, 'F');
        stage.look(Series::Workers, 'F');
        stage.pass(LOOK);
    }
    stage.looks(Series::Db, "GG");
    let against = Some("the provider says so".to_owned());
    let all_clear = AllClear::default();
    stage
        .deed("DB-17", Deed::Resolve { all_clear, against })
        .expect("it is over");
    stage.looks(Series::Workers, "FFF");
    assert_eq!(stage.names(), ["DB-17", "WORKERS-17"]);
}

#[test]
fn workers_follow_from_the_deployment_that_failed() {
    let mut stage = Stage::default();
    let mut deployment = Alert {
        code: Some(Code::VendorRailway),
        over: [Series::Workers].into(),
        ..alert("deployment 7")
    };
    stage.alert(deployment.clone());
    stage.pass(5 * MINUTE);
    stage.looks(Series::Workers, "FFFFFF");
    let names = stage.names();
    assert_eq!(names.len(), 1);
    assert!(names[0].starts_with("VND-17-"), "{names:?}");
    // It is told once; and that no worker is left is worse than a deployment that failed.
    assert_eq!(
        stage.told(),
        [
            format!("{} told 1", names[0]),
            format!("{} severity_raised 1", names[0])
        ]
    );
    deployment.is_firing = false;
    stage.alert(deployment);
    stage.looks(Series::Workers, "FFF");
    assert!(stage.names().contains(&"WORKERS-17".to_owned()));
}

#[test]
fn a_deployment_that_is_noticed_after_its_workers_is_part_of_their_incident() {
    let mut deployment = Alert {
        code: Some(Code::VendorRailway),
        over: [Series::Workers].into(),
        ..alert("deployment 7")
    };
    for (looks, incidents) in [("FFF", 1), ("FFFGG", 2), ("FF", 1)] {
        let mut stage = Stage::default();
        stage.looks(Series::Workers, looks);
        stage.pass(5 * MINUTE);
        stage.alert(deployment.clone());
        assert_eq!(stage.names().len(), incidents, "{looks}");
    }
    // What it is over does not name another series.
    deployment.over = [Series::Queue].into();
    let mut stage = Stage::default();
    stage.looks(Series::Workers, "FFFFFF");
    stage.alert(deployment);
    assert_eq!(stage.names().len(), 2);
}

#[test]
fn an_alert_is_one_incident_however_often_it_is_sent_and_belongs_to_what_it_speaks_of() {
    let mut stage = Stage::default();
    stage.looks(Series::Db, "FFFFF");
    let of_db = Alert {
        code: Some(Code::DbConnection),
        ..alert("postgres is down")
    };
    stage.alert(of_db);
    assert_eq!(stage.names(), ["DB-17"]);
    for _ in 0..3 {
        stage.alert(alert("disk"));
        stage.pass(MINUTE);
    }
    assert_eq!(stage.names().len(), 2);
    assert_eq!(stage.told().len(), 2);
    let mut over = alert("nobody knows this");
    over.is_firing = false;
    let before = stage.out.len();
    stage.alert(over);
    assert_eq!(stage.out.len(), before);
}

#[test]
fn names_are_given_once_in_a_term_and_after_a_restart() {
    let mut stage = Stage::default();
    for expected in ["LOCKS-17", "LOCKS-17-2", "LOCKS-17-3"] {
        stage.looks(Series::Locks, "FFF");
        assert!(
            stage.names().contains(&expected.to_owned()),
            "{:?}",
            stage.names()
        );
        stage.minutes(Series::Locks, 'G', 40);
        stage.restart();
    }
    stage.term = Some(18);
    stage.looks(Series::Locks, "FFF");
    assert!(stage.names().contains(&"LOCKS-18".to_owned()));
}

#[test]
fn two_replicas_name_one_outage_alike() {
    let mut one = Stage::default();
    let mut other = Stage::default();
    other.pass(11);
    for stage in [&mut one, &mut other] {
        stage.looks(Series::Db, "FFFF");
    }
    let ids = |stage: &Stage| -> BTreeSet<_> {
        stage.entries().into_iter().map(|entry| entry.id).collect()
    };
    assert_eq!(ids(&one), ids(&other));
}
