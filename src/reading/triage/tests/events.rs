//! What is one event, and what is evidence at all.

use super::*;

/// What is said in each event that is evidence, in small letters and without what is no evidence.
fn events(text: &str) -> Vec<String> {
    let mut said = Vec::new();
    event::each(text, |event| {
        let words: Vec<_> = event.said.split_whitespace().collect();
        said.push(words.join(" "));
    });
    said
}

fn healthy(middle: &str) -> String {
    let line = |n: usize| {
        format!(
            "2026-11-24 03:00:{:02}.000 UTC INFO request {n} served in 503 ms\n",
            n % 60
        )
    };
    let half: String = (0..24).map(line).collect();
    format!("{half}{middle}\n{half}")
}

#[test]
fn what_its_writer_calls_info_or_debug_is_no_evidence() {
    for text in [
        "2026-11-24 03:00:00 INFO retrying after connection refused",
        "[DEBUG] deadlock detected in the example",
        "INFO:     deadlock detected",
        r#"{"level":"info","message":"deadlock detected"}"#,
        r#"{"level":30,"msg":"deadlock detected"}"#,
        r#"time="2026-11-24T03:00:00Z" level=info msg="deadlock detected""#,
        "2026-11-24T04:18:27.811Z | info | deadlock detected",
        "16:22:27.870 [info] deadlock detected",
        "I1124 03:00:00.000000       1 main.go:7] deadlock detected",
        "1:M 24 Nov 2026 03:05:00.018 * deadlock detected",
        "203.0.113.8 - - [24/Nov/2026:03:02:11 +0000] \"GET /deadlock HTTP/1.1\" 200 1",
    ] {
        assert!(events(text).is_empty(), "{text}: {:?}", events(text));
    }
    for text in [
        "2026-11-24 03:00:00 ERROR deadlock detected",
        "[WARN] deadlock detected",
        "ERROR:  deadlock detected",
        r#"{"level":"error","message":"deadlock detected"}"#,
        "2026-11-24 03:00:00.123 UTC [7] app@db ERROR:  deadlock detected",
        "[2026-11-24 03:00:04,120: ERROR/MainProcess] deadlock detected",
        "deadlock detected",
    ] {
        assert_eq!(codes(text), ["DFE-DB-003"], "{text}");
    }
}

#[test]
fn an_error_among_healthy_lines_is_found_as_if_it_stood_alone() {
    for text in [
        "psql: error: connection to server at \"db\", port 5432 failed: Connection refused\n\tIs the server running on that host?",
        "Traceback (most recent call last):\n  File \"/app/a.py\", line 7, in f\n    raise TimeoutError from x\nhttpx.ConnectError: [Errno 111] Connection refused",
        "Error: connect ECONNREFUSED 127.0.0.1:3000\n    at TCPConnectWrap.afterConnect (node:net:1555:16) {\n  code: 'ECONNREFUSED'\n}",
        r#"{"level":"error","message":"relation \"x\" does not exist","code":"42P01"}"#,
        "stale cache",
    ] {
        assert_eq!(codes(&healthy(text)), codes(text), "{text}");
        assert!(!codes(text).is_empty(), "{text}");
    }
    assert!(codes(&healthy("all is well")).is_empty());
}

#[test]
fn what_stands_behind_a_warning_of_a_compiler_is_no_part_of_it() {
    let warning = "warning: unused variable: `x`\n  --> src/main.rs:10:9\n   |\n10 |     let x = 5;\n   |         ^ help: \
                   if this is intentional, prefix it with an underscore: `_x`\n   |\n   = note: on by default\n";
    for text in [
        "httpx.ConnectError: [Errno 111] Connection refused",
        "psycopg.OperationalError: connection failed: connection to server at \"203.0.113.7\", port 5432 failed: timeout expired",
        "Traceback (most recent call last):\n  File \"/app/a.py\", line 7, in f\nMemoryError",
        "TypeError: fetch failed\n    at node:internal/deps/undici/undici:13502:13\n  [cause]: Error: getaddrinfo ENOTFOUND api.example.com",
        "java.net.UnknownHostException: mail.example.com\n\tat java.base/java.net.InetAddress.getAllByName(InetAddress.java:1)",
        "Caused by: java.net.UnknownHostException: mail.example.com",
        "deadlock detected",
    ] {
        assert!(!codes(text).is_empty(), "{text}");
        assert_eq!(codes(&format!("{warning}{text}")), codes(text), "{text}");
        assert_eq!(codes(&format!("{warning}\n{text}")), codes(text), "{text}");
    }
    let more = "\nhelp: try this\n   |\n10 -     deadlock detected\n10 +     let y = 5;\n   |\n";
    assert!(events(&format!("{warning}{more}")).is_empty());
    assert!(codes(&format!("{warning}\n    Finished release in 3.2s\n")).is_empty());
}

#[test]
fn what_a_line_stands_beside_does_not_change_what_it_means() {
    let refused = "httpx.ConnectError: [Errno 111] Connection refused";
    let alone = codes(refused);
    for (before, after) in [
        // An object in front, and nothing of it goes on.
        (r#"{"level":"info","msg":"postgres is ready"}"#, ""),
        // A frame that belongs to nobody.
        ("INFO postgres is ready\n    at b (/app/a.js:1:2)", ""),
        (
            "Traceback (most recent call last):\n  File \"/app/a.py\", line 1, in f\nINFO postgres is ready",
            "",
        ),
        // Who carried the others carried none of it.
        (
            "db-1  | LOG:  database system is ready\ndb-1  | INFO x",
            " Container db-1  Started",
        ),
        (
            "To github.com:example/postgres.git",
            "   4f2a1c9..5a1b2d3  main -> main",
        ),
        ("", "postgres is ready\n\tas ever"),
    ] {
        let text = format!("{before}\n{refused}\n{after}");
        assert_eq!(codes(&text), alone, "{text}");
    }
}

#[test]
fn one_error_of_a_long_log_is_the_answer_and_the_others_are_ranked() {
    let one = healthy("ERROR deadlock detected");
    let found = triage(&one, sqlstate, &Redactor::default());
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(
        (found[0].code, found[0].count, found[0].first),
        (Code::DbTransaction, 1, 25)
    );
    // What names its cause goes before what only broke, however often that did.
    let broke = "ERROR something broke\n".repeat(20);
    let found = codes(&healthy(&format!(
        "{broke}ERROR deadlock detected\n{broke}"
    )));
    assert_eq!(found[0], "DFE-DB-003");
    // Of several programs the lines stand as they came, and count as they stand.
    let several = "a-1  | ERROR deadlock detected\n\
                   b-1  | ERROR canceling statement due to statement timeout\nb-1  | INFO x\na-1  | INFO x";
    assert_eq!(codes(several), ["DFE-DB-003", "DFE-DB-002"]);
}

#[test]
fn where_an_object_is_an_answer_all_of_it_counts_and_where_it_is_a_line_its_fields() {
    for (text, expected) in [
        (
            r#"{"error":{"code":"rate_limit","message":"Request rate limit exceeded."}}"#,
            &["DFE-VND-004"][..],
        ),
        (
            r#"[{"detail":{"msg":"deadlock detected"}}]"#,
            &["DFE-DB-003"],
        ),
        (
            r#"{"status":503,"reason":"deadlock detected"}"#,
            &["DFE-DB-003"],
        ),
        (
            r#"{"level":"error","msg":"x","error":{"message":"deadlock detected"}}"#,
            &["DFE-DB-003"],
        ),
        (
            r#"{"level":"error","msg":"x","workflow":"deadlock detected"}"#,
            &[],
        ),
        (
            r#"{"level":"error","msg":"x","logger":"deadlock detected"}"#,
            &[],
        ),
        (
            r#"{"level":"LOG","msg":"deadlock detected"}"#,
            &["DFE-DB-003"],
        ),
        (r#"{"level":"info","msg":"deadlock detected"}"#, &[]),
    ] {
        let found = codes(text);
        assert_eq!(found.first(), expected.first(), "{text}: {found:?}");
    }
}

#[test]
fn frames_statements_and_parameters_are_no_evidence() {
    for text in [
        "Traceback (most recent call last):\n  File \"/app/timeout.py\", line 7, in deadlock_detected\n    raise DeadlockDetected(\"deadlock detected\")\nExit",
        "2026-11-24 03:00:00 UTC [7] LOG:  duration: 3.1 ms  statement: SELECT 'deadlock detected'",
        "2026-11-24 03:00:00 UTC [7] STATEMENT:  SELECT 'deadlock detected'",
        "see https://example.com/page?q=deadlock%20detected&error=connection refused"
            .split(" refused")
            .next()
            .unwrap_or_default(),
        "12 jobs, 0 failed, errors: 0, timeouts=0",
    ] {
        assert!(codes(text).is_empty(), "{text}: {:?}", codes(text));
    }
}

#[test]
fn how_often_and_when_first_decide_among_alike() {
    let often = "ERROR deadlock detected\nERROR canceling statement due to statement timeout\n\
                 ERROR canceling statement due to statement timeout";
    let found = triage(often, sqlstate, &Redactor::default());
    let said: Vec<_> = found[..2]
        .iter()
        .map(|c| (c.code.id(), c.count, c.first))
        .collect();
    assert_eq!(said, [("DFE-DB-002", 2, 2), ("DFE-DB-003", 1, 1)]);
    let alike = "ERROR deadlock detected\nERROR canceling statement due to statement timeout";
    assert_eq!(codes(alike), ["DFE-DB-003", "DFE-DB-002"]);
}

#[test]
fn how_sure_an_answer_is_follows_from_its_sign() {
    let certainty = |text: &str| triage(text, sqlstate, &Redactor::default())[0].certainty;
    assert_eq!(certainty("deadlock detected"), Certainty::Likely);
    assert_eq!(certainty("db slow"), Certainty::Possible);
}

#[test]
fn a_megabyte_of_log_is_read_in_no_time() {
    let line = "2026-11-24 03:00:00.123 UTC [7] app@db ERROR:  could not serialize access due to concurrent update\n";
    let log = line.repeat(MAX_TEXT / line.len());
    let found = triage(&log, sqlstate, &Redactor::default());
    assert_eq!(
        (found[0].code, found[0].count),
        (Code::DbTransaction, MAX_TEXT / line.len())
    );
}
