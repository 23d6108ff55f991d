//! Each threshold at its value, each sentence in full.

use super::*;

#[test]
fn a_pooler_gives_itself_away_by_age_by_port_or_by_a_second_backend() {
    let at = |port| route("127.0.0.1", port, Encryption::Optional);
    let mode = |server: &ServerFacts, route: Option<&DatabaseRoute>, first| {
        judge_mode(server, route, first)
            .summary
            .split(": ")
            .next()
            .map(str::to_owned)
            .unwrap_or_default()
    };
    let unknown = |port: u16| format!("A pooler, port {port}, in a mode that cannot be known");
    let direct = |port: u16| format!("Direct, port {port}, as far as it can be known");
    for (backend_age, port, own, first, expected) in [
        // What two measurements of the same time may differ by gives nothing away.
        (10.5, 5432, Some(5432), Some(7), direct(5432)),
        (10.6, 5432, Some(5432), Some(7), unknown(5432)),
        (9.0, 5432, Some(5432), Some(7), direct(5432)),
        (10.0, 6432, Some(5432), Some(7), unknown(6432)),
        (10.0, 6432, None, Some(7), direct(6432)),
        (10.0, 5432, Some(5432), None, direct(5432)),
        (
            10.6,
            6432,
            Some(5432),
            Some(8),
            "Transaction pooler, port 6432".to_owned(),
        ),
    ] {
        let server = ServerFacts {
            backend_age,
            login_age: 10.0,
            port: own,
            ..server()
        };
        let found = mode(&server, Some(&at(port)), first);
        assert_eq!(found, expected, "{backend_age} {port} {own:?} {first:?}");
    }
    let without = mode(&server(), None, Some(7));
    assert_eq!(without, direct(0));
    let session = route("x.pooler.supabase.com", 5432, Encryption::Verified);
    let check = judge_mode(&server(), Some(&session), Some(8));
    assert_eq!(
        (check.code, check.summary.as_str()),
        (
            Some(Code::ConfigInvalid),
            "Session pooler, port 5432: known by Supabase's host and port."
        )
    );
}

#[test]
fn whose_leg_the_encryption_is_seen_on_is_said() {
    let plain = ServerFacts {
        tls: None,
        ..server()
    };
    let maybe = "(behind a pooler that is the pooler's leg, not ours)";
    let surely = "(that is the pooler's leg, not ours)";
    for (server, host, port, encryption, expected) in [
        (
            server(),
            "db.example.com",
            5432,
            Encryption::Verified,
            format!("The certificate is verified; TLSv1.3, as the backend sees it {maybe}."),
        ),
        (
            plain.clone(),
            "x.pooler.supabase.com",
            6543,
            Encryption::Verified,
            format!("The certificate is verified; not encrypted, as the backend sees it {surely}."),
        ),
        (
            server(),
            "x.pooler.supabase.com",
            5432,
            Encryption::Required,
            format!(
                "Encrypted with whoever answers: sslmode=require verifies no certificate; \
                 TLSv1.3, as the backend sees it {surely}."
            ),
        ),
        (
            server(),
            "db.abc.supabase.co",
            6543,
            Encryption::Optional,
            format!(
                "Whether our leg is encrypted is up to whoever answers, as sslmode does not require it; \
                 TLSv1.3, as the backend sees it {surely}."
            ),
        ),
        (
            plain,
            "127.0.0.1",
            5432,
            Encryption::Verified,
            "It leaves neither this machine nor a private network; \
             not encrypted, as the backend sees it."
                .to_owned(),
        ),
    ] {
        let check = judge_tls(&server, Some(&route(host, port, encryption)));
        assert_eq!(check.summary, expected);
    }
    assert_eq!(judge_tls(&server(), None).verdict, Verdict::Ok);
}

#[test]
fn a_clock_is_said_with_its_doubt_and_judged_beyond_its_thresholds() {
    for (ahead, round_trip, verdict, summary) in [
        (
            2.5,
            1_000,
            Verdict::Ok,
            "The server's clock is 2.500 s ahead of ours, give or take 0.500 s.",
        ),
        (
            -2.75,
            1_000,
            Verdict::Warning,
            "The server's clock is 2.750 s behind ours, give or take 0.500 s.",
        ),
        (
            30.5,
            1_000,
            Verdict::Warning,
            "The server's clock is 30.500 s ahead of ours, give or take 0.500 s.",
        ),
        (
            -30.75,
            1_000,
            Verdict::Critical,
            "The server's clock is 30.750 s behind ours, give or take 0.500 s.",
        ),
        (
            0.0,
            0,
            Verdict::Ok,
            "The server's clock is 0.000 s ahead of ours, give or take 0.000 s.",
        ),
    ] {
        let check = judge_clock(&Clock {
            ahead,
            round_trip: Duration::from_millis(round_trip),
        });
        assert_eq!((check.verdict, check.summary.as_str()), (verdict, summary));
    }
}

#[test]
fn a_version_is_said_as_people_write_it() {
    for (version, expected) in [
        (170_002, "PostgreSQL 17.2"),
        (140_000, "PostgreSQL 14.0"),
        (
            139_999,
            "PostgreSQL 13.9999 is too old: the activity report needs 14.",
        ),
    ] {
        let server = ServerFacts {
            version,
            ..server()
        };
        assert_eq!(judge_version(&server).summary, expected);
    }
}

#[test]
fn each_row_says_how_long_its_look_took_and_whose_it_is() {
    for check in judge(&facts(server()), Some(&verified())) {
        assert_eq!(check.took.as_millis(), 3, "{check:?}");
    }
    let blind = ServerFacts {
        sees_sessions: false,
        ..server()
    };
    for (server, verdict) in [(server(), Verdict::Ok), (blind, Verdict::Warning)] {
        let check = judge_sessions(&server);
        assert_eq!(check.subject.as_deref(), Some("pg_read_all_stats"));
        assert_eq!(check.verdict, verdict);
    }
    assert_eq!(
        of(server(), "database.standby").summary,
        "It is the primary."
    );
    let reach = Look {
        found: Err(Missed::Failed(Fault::new(Code::DbTimeout, "slow"))),
        took: Duration::from_millis(5),
    };
    let check = judge_reach("x", &reach);
    assert_eq!((check.id, check.took.as_millis()), ("x", 5));
}
