//! Each finding fires on one fixture and not on another.

mod exact;

use super::*;
use crate::domain::doctor::grants::TableGrants;
use crate::domain::fault::Fault;

fn look<T>(facts: T) -> Look<T> {
    Look {
        found: Ok(facts),
        took: Duration::from_millis(3),
    }
}

fn server() -> ServerFacts {
    ServerFacts {
        version: 170_002,
        is_standby: false,
        is_read_only: false,
        port: Some(5432),
        backend: 7,
        backend_age: 0.1,
        login_age: 0.11,
        tls: Some("TLSv1.3".to_owned()),
        sees_sessions: true,
    }
}

fn facts(server: ServerFacts) -> DatabaseFacts {
    DatabaseFacts {
        reach: look(Reach {
            phases: vec![
                ("dns", Duration::from_millis(1)),
                ("login", Duration::from_millis(20)),
            ],
            backend: 7,
        }),
        server: look(server),
        clock: look(Clock {
            ahead: 0.01,
            round_trip: Duration::from_millis(2),
        }),
        grants: look(Grants {
            usage: Some(true),
            tables: vec![table("ops.job_queue", true)],
        }),
    }
}

fn table(name: &str, may: bool) -> TableGrants {
    TableGrants {
        name: name.to_owned(),
        may_read: may,
        may_insert: may,
        may_update: may,
        may_delete: may,
    }
}

fn route(host: &str, port: u16, encryption: Encryption) -> DatabaseRoute {
    DatabaseRoute::new(host, port, encryption)
}

fn verified() -> DatabaseRoute {
    route("db.example.com", 5432, Encryption::Verified)
}

fn row(facts: &DatabaseFacts, route: &DatabaseRoute, id: &str, subject: Option<&str>) -> Check {
    judge(facts, Some(route))
        .into_iter()
        .find(|check| check.id == id && (subject.is_none() || check.subject.as_deref() == subject))
        .expect("the row is never missing")
}

fn of(server: ServerFacts, id: &str) -> Check {
    row(&facts(server), &verified(), id, None)
}

#[test]
fn a_sound_database_is_ok_in_every_row() {
    for check in judge(&facts(server()), Some(&verified())) {
        assert_eq!(check.verdict, Verdict::Ok, "{check:?}");
    }
    let reach = of(server(), "database.reach");
    assert!(reach.summary.contains("dns 1.0 ms, login 20.0 ms"));
}

#[test]
fn what_is_not_reached_is_critical_and_all_that_rests_on_it_unknown() {
    let facts = DatabaseFacts {
        reach: Look {
            found: Err(Missed::Failed(Fault::new(Code::DbConnection, "refused"))),
            took: Duration::ZERO,
        },
        server: Look::after("database.reach"),
        clock: Look::after("database.reach"),
        grants: Look::after("database.reach"),
    };
    let checks = judge(&facts, None);
    assert_eq!(
        (checks[0].verdict, checks[0].code),
        (Verdict::Critical, Some(Code::DbConnection))
    );
    for id in [
        "database.mode",
        "database.tls",
        "database.standby",
        "database.read-only",
        "database.privileges",
        "database.clock",
        "database.version",
    ] {
        let rows: Vec<_> = checks.iter().filter(|check| check.id == id).collect();
        assert!(!rows.is_empty(), "{id} is missing");
        for check in rows {
            assert_eq!(check.verdict, Verdict::Unknown, "{check:?}");
            assert!(check.summary.contains("database.reach"), "{check:?}");
        }
    }
    let unset = Look::after("settings.valid");
    assert_eq!(judge_reach("x", &unset).verdict, Verdict::Unknown);
}

#[test]
fn the_mode_is_known_by_the_host_or_by_what_gives_a_pooler_away() {
    let mode =
        |server: &ServerFacts, route: &DatabaseRoute, first| judge_mode(server, Some(route), first);
    let here = |port| route("127.0.0.1", port, Encryption::Optional);
    let old = ServerFacts {
        backend_age: 60.0,
        ..server()
    };
    for (server, route, first, expected) in [
        (server(), here(5432), 7, "Direct"),
        (server(), here(6432), 7, "the server itself listens on 5432"),
        (old, here(5432), 7, "the backend is older than our login"),
        (server(), here(5432), 8, "Transaction pooler"),
        (
            server(),
            route("x.pooler.supabase.com", 6543, Encryption::Verified),
            7,
            "Transaction pooler, port 6543: known by",
        ),
        (
            server(),
            route("db.x.supabase.co", 6543, Encryption::Verified),
            7,
            "Dedicated PgBouncer",
        ),
        (
            server(),
            route("db.x.supabase.co", 5432, Encryption::Verified),
            7,
            "Direct, port 5432: known by",
        ),
    ] {
        let check = mode(&server, &route, Some(first));
        assert_eq!(check.verdict, Verdict::Ok, "{check:?}");
        assert!(check.summary.contains(expected), "{check:?}");
    }
    let session = route("x.pooler.supabase.com", 5432, Encryption::Verified);
    let check = mode(&server(), &session, Some(7));
    assert_eq!(check.verdict, Verdict::Warning);
}

#[test]
fn a_certificate_that_nobody_verifies_is_a_warning_unless_the_way_is_private() {
    for (host, encryption, expected) in [
        ("db.example.com", Encryption::Verified, Verdict::Ok),
        ("db.example.com", Encryption::Required, Verdict::Warning),
        ("db.example.com", Encryption::Optional, Verdict::Warning),
        ("127.0.0.1", Encryption::Optional, Verdict::Ok),
        ("pg.railway.internal", Encryption::Optional, Verdict::Ok),
    ] {
        let route = route(host, 5432, encryption);
        let check = row(&facts(server()), &route, "database.tls", None);
        assert_eq!(check.verdict, expected, "{check:?}");
        assert!(check.summary.contains("TLSv1.3"), "{check:?}");
    }
    let pooler = route("x.pooler.supabase.com", 6543, Encryption::Verified);
    let check = row(&facts(server()), &pooler, "database.tls", None);
    assert!(check.summary.contains("the pooler's leg"), "{check:?}");
}

#[test]
fn what_takes_no_writes_is_critical() {
    let standby = ServerFacts {
        is_standby: true,
        ..server()
    };
    let check = of(standby, "database.standby");
    assert_eq!(check.verdict, Verdict::Critical);
    let full = ServerFacts {
        is_read_only: true,
        ..server()
    };
    let check = of(full, "database.read-only");
    assert_eq!(
        (check.verdict, check.code),
        (Verdict::Critical, Some(Code::ResourceExhausted))
    );
}

#[test]
fn each_missing_privilege_is_named() {
    let blind = ServerFacts {
        sees_sessions: false,
        ..server()
    };
    let check = of(blind, "database.privileges");
    assert_eq!(
        (check.verdict, check.code),
        (Verdict::Warning, Some(Code::AuthForbidden))
    );
    let denied = DatabaseFacts {
        grants: look(Grants {
            usage: Some(false),
            tables: vec![
                table("ops.job_queue", false),
                table("ops.audit_log", false),
                table("ops.worker_heartbeats", true),
            ],
        }),
        ..facts(server())
    };
    let subjects: Vec<_> = judge(&denied, Some(&verified()))
        .into_iter()
        .filter(|check| check.verdict == Verdict::Critical)
        .filter_map(|check| check.subject)
        .collect();
    assert_eq!(subjects, ["ops", "ops.job_queue"]);
    let absent = DatabaseFacts {
        grants: look(Grants::default()),
        ..facts(server())
    };
    let check = row(&absent, &verified(), "database.privileges", Some("ops"));
    assert_eq!(check.verdict, Verdict::Unknown);
}

#[test]
fn a_clock_counts_as_wrong_only_by_what_the_round_trip_cannot_explain() {
    for (ahead, round_trip, expected) in [
        (0.0, 10, Verdict::Ok),
        (1.9, 10, Verdict::Ok),
        (-2.1, 10, Verdict::Warning),
        (2.1, 4_000, Verdict::Ok),
        (29.0, 10, Verdict::Warning),
        (31.0, 10, Verdict::Critical),
        (-31.0, 10, Verdict::Critical),
    ] {
        let check = judge_clock(&Clock {
            ahead,
            round_trip: Duration::from_millis(round_trip),
        });
        assert_eq!(check.verdict, expected, "{ahead} in {round_trip} ms");
    }
}

#[test]
fn a_version_that_cannot_be_asked_is_critical() {
    for (version, expected) in [(130_010, Verdict::Critical), (140_000, Verdict::Ok)] {
        let server = ServerFacts {
            version,
            ..server()
        };
        assert_eq!(of(server, "database.version").verdict, expected);
    }
}
