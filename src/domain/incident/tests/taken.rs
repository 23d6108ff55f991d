//! What a sender is told of its alerts.

use super::*;

/// What became of an alert, and of which incident.
fn taken(stage: &mut Stage, alert: &Alert) -> (Taken, Option<String>) {
    let out = stage.step(Input::Alert(alert.clone()));
    let out = out.expect("only commands fail").into_iter();
    let entries: Vec<Entry> = out
        .filter_map(|output| match output {
            Output::Entry(entry) => Some(*entry),
            Output::Notice(_) | Output::Capture(_) => None,
        })
        .collect();
    let (taken, name) = stage.incidents.book().taken(&alert.key, &entries);
    (taken, name.map(|name| name.to_string()))
}

#[test]
fn each_step_of_an_alert_is_answered_with_what_became_of_it() {
    let mut stage = Stage::default();
    let firing = alert("kuma:7");
    let over = Alert {
        is_firing: false,
        ..firing.clone()
    };
    assert_eq!(taken(&mut stage, &over), (Taken::Nothing, None));
    let (what, name) = taken(&mut stage, &firing);
    assert_eq!(what, Taken::Opened);
    assert!(name.is_some());
    let another = alert("kuma:8");
    for (alert, expected) in [
        (&firing, Taken::Known),
        (&another, Taken::Joined),
        (&another, Taken::Known),
        (&over, Taken::Ended),
        (&over, Taken::Known),
        (&firing, Taken::Joined),
    ] {
        assert_eq!(
            taken(&mut stage, alert),
            (expected, name.clone()),
            "{}",
            alert.key
        );
    }
}

#[test]
fn what_comes_back_is_the_incident_that_it_was() {
    let mut stage = Stage::default();
    let firing = alert("kuma:7");
    let (_, name) = taken(&mut stage, &firing);
    let over = Alert {
        is_firing: false,
        ..firing.clone()
    };
    assert_eq!(taken(&mut stage, &over), (Taken::Ended, name.clone()));
    while !stage.live().is_empty() {
        stage.tick();
        stage.look_at_boxes(Verdict::Ok);
        stage.pass(LOOK);
    }
    assert_eq!(taken(&mut stage, &firing), (Taken::Reopened, name.clone()));
    assert_eq!(taken(&mut stage, &firing), (Taken::Known, name));
}

#[test]
fn what_is_said_again_and_again_is_news_once() {
    let mut stage = Stage::default();
    let firing = Alert {
        code: Some(Code::VendorRailway),
        started_at: Some(time(0)),
        ..alert("railway:s1")
    };
    let over = Alert {
        is_firing: false,
        ..firing.clone()
    };
    let is_news = |stage: &Stage, alert: &Alert| stage.incidents.book().is_news(alert);
    assert!(!is_news(&stage, &over) && is_news(&stage, &firing));
    stage.alert(firing.clone());
    assert!(is_news(&stage, &over) && !is_news(&stage, &firing));
    let other_cause = Alert {
        code: Some(Code::ResourceExhausted),
        ..firing.clone()
    };
    assert!(is_news(&stage, &other_cause));
    // Somebody knows better, for however long it is there.
    let of = stage.names().remove(0);
    let (all_clear, against) = (AllClear::default(), Some("we know".to_owned()));
    let resolve = Deed::Resolve { all_clear, against };
    stage.deed(&of, resolve).expect("it is over");
    stage.pass(24 * 60 * MINUTE);
    assert!(!is_news(&stage, &firing) && !is_news(&stage, &other_cause));
    let anew = Alert {
        started_at: Some(stage.now()),
        ..firing.clone()
    };
    assert!(is_news(&stage, &anew));
    // And where it is over, that is what is known.
    stage.alert(over.clone());
    assert!(!is_news(&stage, &over) && is_news(&stage, &firing));
}

#[test]
fn what_was_declared_over_comes_back_once_it_has_begun_anew() {
    let mut stage = Stage::default();
    let firing = Alert {
        code: Some(Code::VendorRailway),
        started_at: Some(time(0)),
        ..alert("railway:s1")
    };
    let (_, name) = taken(&mut stage, &firing);
    stage.pass(5 * MINUTE);
    let of = stage.names().remove(0);
    let (all_clear, against) = (AllClear::default(), Some("we know".to_owned()));
    let resolve = Deed::Resolve { all_clear, against };
    stage.deed(&of, resolve).expect("it is over");
    let unsaid = Alert {
        started_at: None,
        ..firing.clone()
    };
    let at_the_time = Alert {
        started_at: Some(stage.now()),
        ..firing.clone()
    };
    stage.pass(MINUTE);
    for known in [&firing, &unsaid, &at_the_time] {
        assert_eq!(taken(&mut stage, known), (Taken::Known, name.clone()));
        assert!(stage.live().is_empty());
    }
    let anew = Alert {
        started_at: Some(stage.now()),
        ..firing
    };
    stage.pass(MINUTE);
    assert!(stage.incidents.book().is_news(&anew));
    assert_eq!(taken(&mut stage, &anew), (Taken::Reopened, name.clone()));
    assert!(!stage.incidents.book().is_news(&anew));
    assert_eq!(taken(&mut stage, &anew), (Taken::Known, name));
    assert_eq!(stage.live().len(), 1);
}
