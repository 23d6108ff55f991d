use std::time::Duration;

use super::*;
use crate::domain::fault::Fault;

const NOW: i64 = 1_800_000_000;
const VARIABLE: &str = "SUPABASE_SERVICE_ROLE_KEY";

fn now() -> Timestamp {
    Timestamp::from_second(NOW).expect("a time")
}

fn look<T>(found: Result<T, Fault>) -> Look<T> {
    Look {
        found: found.map_err(Missed::Failed),
        took: Duration::from_millis(4),
    }
}

fn facts() -> RestFacts {
    let relation = Relation::parse("plaintiffs").expect("a name");
    RestFacts {
        reach: look(Ok(Served::default())),
        key: Some(Key::Secret),
        relations: vec![(relation, look(Ok(())))],
        variable: VARIABLE,
        now: now(),
    }
}

fn of(facts: &RestFacts, id: &str) -> (Verdict, Option<Code>) {
    let checks = judge(facts);
    let check = checks.iter().find(|check| check.id == id);
    let check = check.expect("the row is never missing");
    (check.verdict, check.code)
}

fn legacy(role: &str, exp: Option<i64>) -> Key {
    Key::Legacy(jwt::Claims {
        project: None,
        role: Some(role.to_owned()),
        exp,
    })
}

#[test]
fn a_sound_api_is_ok_in_every_row() {
    for check in judge(&facts()) {
        assert_eq!(check.verdict, Verdict::Ok, "{check:?}");
    }
}

#[test]
fn what_fails_keeps_its_code_and_what_rests_on_it_is_unknown() {
    let without_database = "A schema reload will not help.";
    let facts = RestFacts {
        reach: look(Err(Fault::new(Code::VendorSupabase, without_database))),
        relations: vec![(
            Relation::parse("t").expect("a name"),
            Look::after("postgrest.reach"),
        )],
        ..facts()
    };
    let checks = judge(&facts);
    assert_eq!(
        of(&facts, "postgrest.reach"),
        (Verdict::Critical, Some(Code::VendorSupabase))
    );
    assert_eq!(checks[0].summary, without_database);
    assert_eq!(
        of(&facts, "postgrest.schema-cache"),
        (Verdict::Unknown, None)
    );
    let nothing = RestFacts {
        reach: Look::after("settings.valid"),
        key: None,
        relations: Vec::new(),
        variable: VARIABLE,
        now: now(),
    };
    for id in [
        "postgrest.reach",
        "postgrest.key",
        "postgrest.expiry",
        "postgrest.certificate",
        "postgrest.schema-cache",
    ] {
        assert_eq!(of(&nothing, id), (Verdict::Unknown, None), "{id}");
    }
}

#[test]
fn a_table_that_is_not_in_the_schema_cache_is_critical() {
    let stale = Fault::new(Code::ValSchema, "unknown").check_first("reload the PostgREST schema");
    let relation = Relation::parse("t").expect("a name");
    let facts = RestFacts {
        relations: vec![(relation, look(Err(stale)))],
        ..facts()
    };
    let check = judge(&facts).pop().expect("a row");
    assert_eq!(
        (check.verdict, check.code, check.advice.as_deref()),
        (
            Verdict::Critical,
            Some(Code::ValSchema),
            Some("reload the PostgREST schema")
        )
    );
    assert_eq!(check.subject.as_deref(), Some("t"));
}

#[test]
fn each_kind_of_key_has_its_verdict() {
    let forbidden = (Verdict::Critical, Some(Code::AuthForbidden));
    let doubtful = (Verdict::Warning, Some(Code::ConfigInvalid));
    for (key, expected) in [
        (Key::of("sb_secret_abc"), (Verdict::Ok, None)),
        (Key::of("sb_publishable_abc"), forbidden),
        (Key::of("something"), doubtful),
        (legacy("service_role", None), doubtful),
        (legacy("anon", None), forbidden),
    ] {
        let shown = format!("{key:?}");
        let facts = RestFacts {
            key: Some(key),
            ..facts()
        };
        assert_eq!(of(&facts, "postgrest.key"), expected, "{shown}");
    }
}

#[test]
fn a_key_warns_before_it_expires() {
    for (key, expected) in [
        (legacy("service_role", None), Verdict::Ok),
        (legacy("service_role", Some(NOW + 8 * 86_400)), Verdict::Ok),
        (
            legacy("service_role", Some(NOW + 6 * 86_400)),
            Verdict::Warning,
        ),
        (legacy("service_role", Some(NOW)), Verdict::Critical),
        (legacy("service_role", Some(0)), Verdict::Critical),
        (Key::Other, Verdict::Unknown),
    ] {
        let shown = format!("{key:?}");
        let facts = RestFacts {
            key: Some(key),
            ..facts()
        };
        let (verdict, code) = of(&facts, "postgrest.expiry");
        assert_eq!(verdict, expected, "{shown}");
        let expires = [Verdict::Warning, Verdict::Critical].contains(&verdict);
        assert_eq!(code == Some(Code::AuthInvalid), expires);
    }
}

#[test]
fn what_answers_is_named_where_it_says_so() {
    for (server, summary) in [
        (None, "It answers a read of one row."),
        (
            Some("postgrest/12.2".to_owned()),
            "It answers a read of one row (postgrest/12.2).",
        ),
    ] {
        let facts = RestFacts {
            reach: look(Ok(Served {
                server,
                ..Served::default()
            })),
            ..facts()
        };
        let checks = judge(&facts);
        assert_eq!(checks[0].summary, summary);
        assert_eq!((checks[0].took.as_millis(), checks.len()), (4, 5));
    }
    let relation = &judge(&facts())[4];
    assert_eq!(relation.summary, "PostgREST knows it and answers for it.");
    assert_eq!(relation.took.as_millis(), 4);
}

#[test]
fn a_key_is_known_by_its_start_or_by_being_a_token() {
    let claims = jwt::Claims::default();
    for (key, expected) in [
        ("sb_secret_abc", Key::Secret),
        ("sb_publishable_abc", Key::Publishable),
        ("e30.e30.sig", Key::Legacy(claims)),
        ("e30.e30", Key::Other),
        ("x sb_secret_abc", Key::Other),
    ] {
        assert_eq!(Key::of(key), expected, "{key}");
    }
}

#[test]
fn the_role_of_a_key_is_said() {
    let nobody = Key::Legacy(jwt::Claims::default());
    for (key, summary) in [
        (
            legacy("anon", None),
            "A legacy key (JWT) of the role anon, not service_role.",
        ),
        (
            nobody,
            "A legacy key (JWT) of the role nobody, not service_role.",
        ),
        (
            legacy("service_role", None),
            "A legacy key (JWT) of the role service_role: Supabase retires these by the end of 2026.",
        ),
        (Key::Secret, "A secret key: the role service_role."),
        (
            Key::Publishable,
            "A publishable key: the role anon, which may not read what it has to.",
        ),
        (Key::Other, "Neither a key of Supabase's forms nor a JWT."),
    ] {
        assert_eq!(judge_key(Some(&key), VARIABLE).summary, summary);
    }
}

#[test]
fn a_key_expires_at_its_second_and_warns_for_a_week() {
    const DAY: i64 = 86_400;
    for (left, verdict, summary) in [
        (
            7 * DAY + 1,
            Verdict::Ok,
            "The key expires in 7 d, at 2027-01-22T08:00:01Z.",
        ),
        (
            7 * DAY,
            Verdict::Warning,
            "The key in SUPABASE_SERVICE_ROLE_KEY expires in 7 d, at 2027-01-22T08:00:00Z.",
        ),
        (
            0,
            Verdict::Critical,
            "The key in SUPABASE_SERVICE_ROLE_KEY expired 0 s ago, at 2027-01-15T08:00:00Z.",
        ),
        (
            -3 * DAY,
            Verdict::Critical,
            "The key in SUPABASE_SERVICE_ROLE_KEY expired 3 d ago, at 2027-01-12T08:00:00Z.",
        ),
    ] {
        let key = legacy("service_role", Some(NOW + left));
        let check = judge_expiry(Some(&key), VARIABLE, now());
        assert_eq!((check.verdict, check.summary.as_str()), (verdict, summary));
        let named = check.advice.is_none_or(|advice| advice.contains(VARIABLE));
        assert!(named, "{summary}");
    }
    for (key, summary) in [
        (Key::Secret, "The key does not expire by itself."),
        (Key::Publishable, "The key does not expire by itself."),
        (
            Key::Other,
            "Whether it expires cannot be read from this key.",
        ),
    ] {
        assert_eq!(judge_expiry(Some(&key), VARIABLE, now()).summary, summary);
    }
}
