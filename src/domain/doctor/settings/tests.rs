use super::*;
use crate::domain::doctor::route::Encryption;
use crate::domain::target::Claim;

fn facts() -> SettingsFacts {
    SettingsFacts {
        faults: Vec::new(),
        has_operator: true,
        route: Some(DatabaseRoute::new(
            "x.pooler.supabase.com",
            6543,
            Encryption::Verified,
        )),
        deadlines: vec![("HEALTH_DB_TIMEOUT", Duration::from_secs(5))],
        idle_timeout: Duration::from_secs(75),
    }
}

fn target() -> Target {
    Target {
        environments: vec![Claim {
            source: "SUPABASE_MODE",
            value: "prod".to_owned(),
        }],
        places: vec![
            ("DATABASE_URL", Place::Project("abc".to_owned())),
            (
                "SUPABASE_SERVICE_ROLE_KEY",
                Place::Project("abc".to_owned()),
            ),
        ],
        ..Target::default()
    }
}

fn of<'a>(checks: &'a [Check], id: &str) -> &'a Check {
    let mut found = checks.iter().filter(|check| check.id == id);
    let check = found.next().expect("the row is never missing");
    assert!(found.next().is_none(), "{id} stands twice");
    check
}

fn verdict(facts: &SettingsFacts, id: &str) -> Verdict {
    of(&judge_settings(facts), id).verdict
}

fn proven(target: &Target, accepted: Option<bool>) -> Vec<Check> {
    let proven = target.prove(None).expect("nothing contradicts");
    judge_target(target, &proven, accepted)
}

#[test]
fn a_proven_target_says_by_what() {
    let checks = proven(&target(), Some(false));
    assert!(checks.iter().all(|check| check.verdict == Verdict::Ok));
    let project = of(&checks, "target.project");
    assert!(project.summary.contains("abc") && project.summary.contains("DATABASE_URL"));
}

#[test]
fn what_nothing_names_is_not_ok() {
    let nothing = Target::default();
    let checks = proven(&nothing, Some(false));
    assert_eq!(of(&checks, "target.environment").verdict, Verdict::Warning);
    assert_eq!(of(&checks, "target.project").verdict, Verdict::Unknown);
    assert_eq!(of(&checks, "target.key").verdict, Verdict::Unknown);
    let unset = proven(&nothing, None);
    assert_eq!(of(&unset, "target.key").verdict, Verdict::Unknown);
    let here = Target {
        places: vec![("DATABASE_URL", Place::Here)],
        ..nothing
    };
    let checks = proven(&here, Some(true));
    assert_eq!(of(&checks, "target.project").verdict, Verdict::Ok);
    assert_eq!(of(&checks, "target.key").verdict, Verdict::Ok);
}

#[test]
fn sound_settings_are_ok_and_every_mistake_is_a_row() {
    let checks = judge_settings(&facts());
    assert!(
        checks.iter().all(|check| check.verdict == Verdict::Ok),
        "{checks:?}"
    );
    let mistakes = SettingsFacts {
        faults: vec![
            Fault::new(Code::ConfigMissing, "A is not set."),
            Fault::new(Code::ConfigInvalid, "B is not valid."),
        ],
        ..facts()
    };
    let checks = judge_settings(&mistakes);
    let codes: Vec<_> = checks
        .iter()
        .filter(|check| check.id == "settings.valid")
        .map(|check| (check.verdict, check.code))
        .collect();
    assert_eq!(
        codes,
        [
            (Verdict::Critical, Some(Code::ConfigMissing)),
            (Verdict::Critical, Some(Code::ConfigInvalid)),
        ]
    );
}

#[test]
fn a_missing_token_is_a_warning() {
    let facts = SettingsFacts {
        has_operator: false,
        ..facts()
    };
    assert_eq!(verdict(&facts, "settings.token"), Verdict::Warning);
}

#[test]
fn the_direct_host_and_session_mode_are_warnings() {
    for (host, port, expected) in [
        ("db.abc.supabase.co", 5432, Verdict::Warning),
        ("db.abc.supabase.co", 6543, Verdict::Warning),
        ("aws-0-x.pooler.supabase.com", 5432, Verdict::Warning),
        ("aws-0-x.pooler.supabase.com", 6543, Verdict::Ok),
        ("db.example.com", 5432, Verdict::Ok),
    ] {
        let facts = SettingsFacts {
            route: Some(DatabaseRoute::new(host, port, Encryption::Verified)),
            ..facts()
        };
        assert_eq!(
            verdict(&facts, "settings.pooler"),
            expected,
            "{host}:{port}"
        );
    }
    let facts = SettingsFacts {
        route: None,
        ..facts()
    };
    assert_eq!(verdict(&facts, "settings.pooler"), Verdict::Unknown);
}

#[test]
fn deadlines_are_neither_too_short_nor_too_long() {
    for (seconds, idle, expected) in [
        (5.0, 75, Verdict::Ok),
        (0.2, 75, Verdict::Warning),
        (31.0, 75, Verdict::Warning),
        (5.0, 60, Verdict::Warning),
    ] {
        let facts = SettingsFacts {
            deadlines: vec![("HEALTH_DB_TIMEOUT", Duration::from_secs_f64(seconds))],
            idle_timeout: Duration::from_secs(idle),
            ..facts()
        };
        assert_eq!(verdict(&facts, "settings.deadlines"), expected, "{seconds}");
    }
}

#[test]
fn a_proven_target_is_said_with_everybody_who_says_so() {
    let named = Target {
        environments: vec![
            Claim {
                source: "SUPABASE_MODE",
                value: "prod".to_owned(),
            },
            Claim {
                source: "RAILWAY_ENVIRONMENT_NAME",
                value: "production".to_owned(),
            },
        ],
        ..target()
    };
    let said: Vec<_> = proven(&named, Some(true))
        .into_iter()
        .map(|check| check.summary)
        .collect();
    let expected = [
        "prod, says SUPABASE_MODE and RAILWAY_ENVIRONMENT_NAME.",
        "abc, says DATABASE_URL and SUPABASE_SERVICE_ROLE_KEY.",
        "The key names the same project.",
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_key_that_names_nothing_is_judged_by_whether_it_is_accepted() {
    let accepted = "The key names no project, but that of SUPABASE_URL accepts it.";
    let refused = "The key names no project, and was not accepted by one: see postgrest.reach.";
    let places = |key_leads| Target {
        places: vec![
            ("SUPABASE_URL", Place::Project("abc".to_owned())),
            ("SUPABASE_SERVICE_ROLE_KEY", key_leads),
        ],
        ..Target::default()
    };
    for (target, accepts, verdict, summary) in [
        (places(Place::Elsewhere), true, Verdict::Ok, accepted),
        (places(Place::Elsewhere), false, Verdict::Unknown, refused),
        (
            places(Place::Project("abc".to_owned())),
            false,
            Verdict::Ok,
            "The key names the same project.",
        ),
    ] {
        let checks = proven(&target, Some(accepts));
        let key = of(&checks, "target.key");
        assert_eq!((key.verdict, key.summary.as_str()), (verdict, summary));
        assert_eq!(
            of(&checks, "target.project")
                .summary
                .contains("SERVICE_ROLE_KEY"),
            target.places[1].1 != Place::Elsewhere
        );
    }
}

#[test]
fn a_project_is_unknown_unless_all_is_here() {
    let at = |place| Target {
        places: vec![("DATABASE_URL", place)],
        ..Target::default()
    };
    for (place, verdict) in [
        (Place::Here, Verdict::Ok),
        (Place::Elsewhere, Verdict::Unknown),
    ] {
        let checks = proven(&at(place), None);
        assert_eq!(of(&checks, "target.project").verdict, verdict);
    }
}

#[test]
fn a_deadline_may_be_as_long_as_its_limits_and_no_longer() {
    let short = "a slow login looks like an outage";
    let long = "whoever asks gives up before";
    let edge = "HTTP_IDLE_TIMEOUT is 60 s, not longer than the 60 s of the edge: \
                now and then a request is lost.";
    for (millis, idle, verdict, said) in [
        (1_000, 61, Verdict::Ok, "A 1 s, B 5 s.".to_owned()),
        (30_000, 61, Verdict::Ok, "A 30 s, B 5 s.".to_owned()),
        (999, 61, Verdict::Warning, format!("A is 0.999 s: {short}.")),
        (
            30_001,
            61,
            Verdict::Warning,
            format!("A is 30.001 s: {long}."),
        ),
        (1_000, 60, Verdict::Warning, edge.to_owned()),
        (
            999,
            60,
            Verdict::Warning,
            format!("A is 0.999 s: {short}; {edge}"),
        ),
    ] {
        let facts = SettingsFacts {
            deadlines: vec![
                ("A", Duration::from_millis(millis)),
                ("B", Duration::from_secs(5)),
            ],
            idle_timeout: Duration::from_secs(idle),
            ..facts()
        };
        let check = judge_deadlines(&facts);
        assert_eq!((check.verdict, check.summary), (verdict, said));
    }
}

#[test]
fn what_is_known_of_the_way_to_the_database_is_said() {
    for (host, port, said) in [
        ("db.abc.supabase.co", 5432, "Supabase's direct host"),
        ("db.abc.supabase.co", 6543, "Supabase's direct host"),
        ("x.pooler.supabase.com", 5432, "session mode (port 5432)"),
        ("x.pooler.supabase.com", 6543, "in transaction mode."),
        ("db.example.com", 5432, "nothing is known against it"),
    ] {
        let route = DatabaseRoute::new(host, port, Encryption::Verified);
        let summary = judge_pooler(Some(&route)).summary;
        assert!(summary.contains(said), "{host}: {summary}");
    }
    assert_eq!(judge_token(true).verdict, Verdict::Ok);
    assert_eq!(judge_token(false).code, Some(Code::ConfigMissing));
}
