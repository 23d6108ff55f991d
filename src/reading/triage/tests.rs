mod events;
mod exact;

use super::*;
use crate::domain::fault::Fault;
use crate::reading::triage::candidate::{Certainty, Evidence};
use crate::reading::triage::sign::Row;

fn sqlstate(state: &str, _message: &str) -> Option<Code> {
    match state {
        "42501" => Some(Code::AuthForbidden),
        "53300" => Some(Code::DbPoolExhausted),
        "40001" => Some(Code::DbTransaction),
        _ => None,
    }
}

fn codes(text: &str) -> Vec<&'static str> {
    triage(text, sqlstate, &Redactor::default())
        .iter()
        .map(|candidate| candidate.code.id())
        .collect()
}

#[test]
fn a_code_of_ours_decides() {
    assert_eq!(
        codes(r#"{"code":"DFE-DB-004","message":"the check fails: connection refused"}"#)[0],
        "DFE-DB-004"
    );
    assert!(codes("DFE-XX-999 is none").is_empty());
}

#[test]
fn a_number_is_a_sqlstate_only_where_it_is_named_as_one() {
    for text in [
        "SQLSTATE 42501",
        "SQLSTATE: 42501",
        r#"{"code":"42501","message":""}"#,
        "ERROR:  42501: no",
        "[code=42501]",
        "pq: no (42501)",
        "SqlState(E42501)",
        "Npgsql.PostgresException (0x80004005): 42501: no",
        "psycopg.errors.InsufficientPrivilege: no",
        "asyncpg.exceptions.InsufficientPrivilegeError: no",
        "** (Postgrex.Error) ERROR 42501 (insufficient_privilege) no",
    ] {
        assert_eq!(codes(text), ["DFE-AUTH-003"], "{text}");
    }
    for text in ["order 42501 shipped", "user 53300 logged in", "42501"] {
        assert!(codes(text).is_empty(), "{text}");
    }
}

#[test]
fn the_cause_goes_before_what_wraps_it() {
    for (text, expected) in [
        (
            r#"HTTP 503 {"code":"PGRST002","message":"Could not query the database for the schema cache. Retrying."}"#,
            "DFE-VND-001",
        ),
        (
            r#"{"code":"PGRST205","message":"Could not find the table 'public.x' in the schema cache"}"#,
            "DFE-VAL-002",
        ),
        (
            "thread 'main' panicked at src/main.rs:4:5:\ncalled `Result::unwrap()` on an `Err` value: PoolTimedOut",
            "DFE-DB-004",
        ),
        (
            "HikariPool-1 - Connection is not available, request timed out after 30000ms.",
            "DFE-DB-004",
        ),
        ("SSL SYSCALL error: EOF detected", "DFE-DB-001"),
        (
            "HikariPool-1 - Connection is not available, request timed out after 30000ms.\nCaused by: \
             org.postgresql.util.PSQLException: FATAL: password authentication failed for user \"x\"",
            "DFE-CFG-002",
        ),
    ] {
        assert_eq!(codes(text)[0], expected, "{text}");
    }
}

#[test]
fn whose_connection_was_refused_decides() {
    for (text, expected) in [
        ("connect ECONNREFUSED 127.0.0.1:5432", &["DFE-DB-001"][..]),
        ("connect ECONNREFUSED 127.0.0.1:3000", &["DFE-NET-002"]),
        (
            "(ENOTFOUND) tenant/user postgres.abc not found",
            &["DFE-CFG-002"],
        ),
        ("getaddrinfo ENOTFOUND api.example.com", &["DFE-NET-003"]),
        // Without a peer: the database first.
        ("Connection refused", &["DFE-DB-001", "DFE-NET-002"]),
    ] {
        let found = codes(text);
        assert_eq!(
            &found[..expected.len().min(found.len())],
            expected,
            "{text}"
        );
    }
}

#[test]
fn the_checklists_words_all_match() {
    for (text, expected) in [
        ("Connection refused", "DFE-DB-001"),
        ("Query timeout", "DFE-DB-002"),
        ("Missing env var", "DFE-CFG-001"),
        ("Invalid config", "DFE-CFG-002"),
        ("HTTP timeout", "DFE-NET-001"),
        ("Supabase 401/403", "DFE-VND-001"),
        ("Auth token expired", "DFE-AUTH-002"),
        ("Pool exhausted", "DFE-DB-004"),
        ("Worker crashed", "DFE-INT-001"),
        ("Stale cache", "DFE-VAL-002"),
        ("Bad migration", "DFE-VAL-002"),
        ("Env var missing", "DFE-CFG-001"),
        ("Rate limited", "DFE-VND-004"),
        // Misspelt ones, too.
        ("conection refused", "DFE-DB-001"),
        ("qurey timout", "DFE-DB-002"),
        ("wroker crashd", "DFE-INT-001"),
    ] {
        assert_eq!(codes(text).first(), Some(&expected), "{text}");
    }
}

#[test]
fn what_the_taxonomy_itself_says_matches() {
    let silent: Vec<_> = Code::ALL
        .iter()
        .filter(|code| codes(code.entry().title).is_empty())
        .collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn what_goes_well_accuses_nobody_and_a_but_does() {
    for text in [
        "all workers alive, last heartbeat 4 s ago",
        "no jobs stuck",
        "nobody waits for a lock",
        "request succeeded on retry after 503",
        "the deadlocks are gone",
        "certificate expires in 81 days",
        "the checksums match",
        "error handler registered",
        "the worker was stopped on purpose",
        "Returns 429 when the limit is exceeded.",
        "--timeout <seconds>  how long to wait before giving up",
        "it('fails without a token', () => {",
        "commit 9f8e7d6 avoid a crash when the file is missing",
        "\"on\": [\"timeout\", \"connection refused\"],",
    ] {
        assert_eq!(codes(text), [""; 0], "{text}");
    }
    for text in [
        "the worker is alive but jobs are stuck",
        "0 of 3 workers alive",
        "no db connections left",
        "the checksums dont match",
        "the connection could not be restored, connection refused",
        "no errors in the log, but the database is down",
        "api returns 500 since the deploy",
        "User already registered",
    ] {
        assert!(!codes(text).is_empty(), "{text}");
    }
}

#[test]
fn nothing_is_an_answer() {
    for text in [
        "",
        "Hello, world",
        "GET /api/health 200 in 3 ms",
        "\u{0}\u{1b}[31m",
        "no deadlocks today",
        "connect_timeout=10",
        "read timeout is 30 s",
        "docs: explain what connection refused means",
        "Successfully installed timeout-decorator-0.5.0",
        "Workflow \"Failed payments report\" activated",
        "429",
        "UPDATE 403",
    ] {
        assert!(codes(text).is_empty(), "{text}: {:?}", codes(text));
    }
}

#[test]
fn no_pattern_has_a_star_where_it_can_only_be_said() {
    for pattern in signatures::rows().flat_map(Row::patterns) {
        let pieces = pattern.trim_start_matches('~').split(" & ");
        for piece in pieces.flat_map(|part| part.split("..")) {
            let inner = piece.strip_prefix('*').unwrap_or(piece);
            let inner = inner.strip_suffix('*').unwrap_or(inner);
            assert!(!inner.contains('*'), "{pattern}");
        }
    }
}

#[test]
fn every_code_has_a_sign_and_no_sign_is_in_capitals() {
    for code in Code::ALL {
        assert!(signatures::rows().any(|row| row.code == *code), "{code}");
    }
    for pattern in signatures::rows().flat_map(Row::patterns) {
        assert_eq!(pattern, pattern.to_ascii_lowercase());
        assert!(pattern.trim_matches(['~', '*']).len() > 1, "{pattern}");
    }
}

#[test]
fn evidence_is_the_line_and_holds_no_secret() {
    let redactor = Redactor::new(["hunter2-and-more".to_owned()]);
    let text =
        "first line\npassword authentication failed for \"me\" with hunter2-and-more\nlast line";
    let found = triage(text, sqlstate, &redactor);
    assert_eq!(
        found[0].evidence[0].line,
        "password authentication failed for \"me\" with [redacted]"
    );
}

#[test]
fn a_probe_supports_rules_out_or_says_nothing() {
    let probe = |found: &[Code]| ProbeResult {
        what: "SELECT 1",
        covers: &[Code::DbConnection, Code::DbTimeout],
        found: found
            .iter()
            .map(|code| Found::from(&Fault::new(*code, "seen")))
            .collect(),
    };
    let standing = |findings: Vec<Assessment>, code: Code| {
        let finding = findings.into_iter().find(|finding| finding.code == code);
        finding.expect("it is there").standing
    };
    let asked = [Code::DbConnection, Code::VendorN8n];
    let well = weigh(&asked, &[probe(&[])]);
    assert_eq!(
        standing(well.clone(), Code::DbConnection),
        CauseStatus::RuledOut
    );
    assert_eq!(standing(well, Code::VendorN8n), CauseStatus::Undecided);
    let so = weigh(&asked, &[probe(&[Code::DbConnection])]);
    assert_eq!(standing(so, Code::DbConnection), CauseStatus::Supported);
    let other = weigh(&asked, &[probe(&[Code::ConfigInvalid])]);
    assert_eq!(
        standing(other.clone(), Code::DbConnection),
        CauseStatus::Undecided
    );
    assert_eq!(standing(other, Code::ConfigInvalid), CauseStatus::Supported);
    // A warning supports whoever speaks of it, and is not told to others.
    let mut warned = probe(&[Code::DbTimeout]);
    warned.found[0].is_critical = false;
    let warned = [warned];
    let spoken = weigh(&[Code::DbTimeout], &warned);
    assert_eq!(standing(spoken, Code::DbTimeout), CauseStatus::Supported);
    let unspoken = weigh(&asked, &warned);
    let codes: Vec<_> = unspoken.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, asked);
}

proptest::proptest! {
    /// Whatever is pasted, nothing panics, and no known secret is repeated.
    #[test]
    fn no_text_panics_and_no_secret_is_repeated(
        before in "(?s).{0,200}",
        sign in proptest::sample::select(signatures::rows().flat_map(Row::patterns).collect::<Vec<_>>()),
        after in "(?s).{0,200}",
    ) {
        let redactor = Redactor::new(["zqcanary-secret".to_owned()]);
        let sign = sign.replace(['~', '*'], "").replace("..", " ");
        let text = format!("{before} zqcanary-secret {sign} {after} zqcanary-secret");
        for candidate in triage(&text, sqlstate, &redactor) {
            for evidence in candidate.evidence {
                proptest::prop_assert!(!evidence.line.contains("zqcanary-secret"), "{}", evidence.line);
            }
        }
    }
}
