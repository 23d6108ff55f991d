//! Which lines belong together, and what a record of them says.

use super::producers::judged;
use super::*;
use crate::reading::records::{Record, records};

fn all(text: &str) -> Vec<Record> {
    records(text, at(NOW))
}

/// Level, lines and message of each.
fn shapes(text: &str) -> Vec<(Option<Level>, u64, String)> {
    all(text)
        .into_iter()
        .map(|record| (record.level, record.lines, record.message))
        .collect()
}

const TRACE: &str =
    "Traceback (most recent call last):\n  File \"/app/a.py\", line 1, in f\n    x\n";

#[test]
fn the_level_of_somebody_else_in_a_message_is_not_the_lines() {
    for line in [
        "psycopg.OperationalError: connection failed: FATAL:  password authentication failed",
        "psycopg2.OperationalError: FATAL:  database \"x\" does not exist",
        "the server said: ERROR:  no",
        "he said \"ERROR\"",
        "it ended, and ERROR was written",
        "x = {'level': 'ERROR'}",
    ] {
        assert_eq!(all(line)[0].level, None, "{line}");
    }
    let text = format!(
        "2026-11-24 10:00:00 ERROR app.jobs: failed\n{TRACE}\
         psycopg.OperationalError: connection failed: FATAL:  password authentication failed for user \"w\"\n\
         FATAL:  no pg_hba.conf entry for host \"10.0.0.9\"\n\
         \tIs the server running?\n\n(Background on this error at: https://sqlalche.me/e/20/e3q8)\n\
         2026-11-24 10:00:01 INFO next"
    );
    let found = all(&text);
    assert_eq!(found.len(), 2, "{found:#?}");
    let exception = found[0].exception.as_ref().expect("an exception");
    assert_eq!(exception.name, "psycopg.OperationalError");
    assert!(
        exception
            .message
            .starts_with("connection failed: FATAL:  password")
            && exception.message.contains("no pg_hba.conf entry"),
        "{exception:?}"
    );
    assert_eq!((found[0].lines, found[0].message.as_str()), (9, "failed"));
}

#[test]
fn what_has_no_head_belongs_to_the_record_before_where_it_shows_so() {
    for (text, lines) in [
        ("ERROR a\n  b\nINFO c", &[2, 1][..]),
        ("ERROR a\nb\nINFO c", &[1, 1, 1]),
        ("ERROR a\n\n\nINFO c", &[3, 1]),
        (
            "ERROR a\njava.lang.Error: b\n\tat c.D.e(D.java:1)\nINFO c",
            &[3, 1],
        ),
        (
            "INFO a\njava.lang.Error: b\n\tat c.D.e(D.java:1)\nINFO c",
            &[1, 2, 1],
        ),
        (
            "ERROR a\n** (App.Error) b\n    lib/a.ex:1: f\nINFO c",
            &[3, 1],
        ),
        ("Error: a\n\nCaused by:\n    0: b\nINFO c", &[4, 1]),
        ("2026-11-24 10:00:00 a\n2026-11-24 10:00:01   b", &[1, 1]),
        ("{\"msg\":\"a\"}\n{\"msg\":\"b\"}", &[1, 1]),
        (
            "2026-11-24 10:00:00 UTC [7] ERROR:  a\n2026-11-24 10:00:00 UTC [7] DETAIL:  b\n\tc\n\
             2026-11-24 10:00:00 UTC [8] STATEMENT:  d",
            &[3, 1],
        ),
    ] {
        let found: Vec<_> = all(text).iter().map(|record| record.lines).collect();
        assert_eq!(found, lines, "{text}");
    }
}

#[test]
fn a_trace_belongs_to_what_announced_it() {
    let bare = format!("{TRACE}KeyError: 'a'");
    for (before, expected) in [
        ("ERROR failed", vec![(Some(Level::Error), 5, "failed")]),
        ("WARN failed", vec![(Some(Level::Warning), 5, "failed")]),
        (
            "INFO begins",
            vec![
                (Some(Level::Info), 1, "begins"),
                (Some(Level::Error), 4, "KeyError: 'a'"),
            ],
        ),
        (
            "Exception in thread Thread-1 (run):",
            vec![(Some(Level::Error), 5, "Exception in thread Thread-1 (run):")],
        ),
        (
            "doing 7",
            vec![
                (None, 1, "doing 7"),
                (Some(Level::Error), 4, "KeyError: 'a'"),
            ],
        ),
    ] {
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(level, lines, message)| (level, lines, message.to_owned()))
            .collect();
        assert_eq!(shapes(&format!("{before}\n{bare}")), expected, "{before}");
    }
}

#[test]
fn the_lines_of_several_programs_do_not_cut_each_other() {
    let text = "a-1  | ERROR failed\nb-1  | INFO x\na-1  | Traceback (most recent call last):\n\
                b-1  | ERROR y\na-1  |   File \"/app/a.py\", line 1, in f\nb-1  | INFO z\na-1  | KeyError: 'a'\n";
    let report = read(text);
    assert_eq!((report.records, report.errors), (4, 2));
    assert_eq!(report.traces[0].frame, "/app/a.py:1 in f");
    // More of them than there is room for are read one after the other.
    let many: Vec<_> = (0..200).map(|n| format!("app-{n}  | ERROR x")).collect();
    assert_eq!(read(&many.join("\n")).errors, 200);
}

#[test]
fn a_record_keeps_apart_what_its_writer_kept_apart() {
    let text = r#"{"time":"2026-11-24T10:00:00Z","level":"error","logger":"app.jobs","message":"cannot claim","code":"23505","status":503,"error":{"name":"DatabaseError","message":"duplicate key","detail":"Key (id)=(7) already exists."}}"#;
    let record = &all(text)[0];
    assert_eq!(record.logger.as_deref(), Some("app.jobs"));
    assert_eq!(record.message, "cannot claim");
    assert_eq!(record.field("code"), Some("23505"));
    assert_eq!(record.field("status"), Some("503"));
    assert_eq!(record.field("detail"), Some("Key (id)=(7) already exists."));
    assert_eq!(record.field("nothing"), None);
    let exception = record.exception.as_ref().expect("an exception");
    assert_eq!(
        (
            exception.language,
            exception.name.as_str(),
            exception.message.as_str()
        ),
        (Language::Unknown, "DatabaseError", "duplicate key")
    );
    let shown = record.text();
    for part in [
        "cannot claim",
        "code: 23505",
        "status: 503",
        "DatabaseError: duplicate key",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn who_wrote_a_line_is_no_part_of_the_message() {
    for (line, logger, message) in [
        (
            "2026-11-24 10:00:00,1 - app.jobs - ERROR - x",
            Some("app.jobs"),
            "x",
        ),
        (
            "2026-11-24 10:00:00 ERROR app.jobs: x",
            Some("app.jobs"),
            "x",
        ),
        (
            "2026-11-24 10:00:00 ERROR app::jobs: x",
            Some("app::jobs"),
            "x",
        ),
        (
            "ERROR claim{id=7 to=\"a b\"}:send: app::jobs: x",
            None,
            "claim{id=7 to=\"a b\"}:send: app::jobs: x",
        ),
        (
            "ERROR claim{id=7 to=\"a b\"}: app::jobs: x",
            Some("app::jobs"),
            "x",
        ),
        ("ERROR:app.jobs:x", Some("app.jobs"), "x"),
        ("ERROR app: x", None, "app: x"),
        ("ERROR Timeout: x", None, "Timeout: x"),
        ("ERROR app.errors.GaveUp: x", None, "app.errors.GaveUp: x"),
        (
            "[2026-11-24 10:00:00,1: ERROR/ForkPoolWorker-1] x",
            None,
            "x",
        ),
        (
            "E1124 10:00:00.123456       1 jobs.go:138] x",
            Some("jobs.go:138"),
            "x",
        ),
    ] {
        let record = &all(line)[0];
        assert_eq!(
            (record.logger.as_deref(), record.message.as_str()),
            (logger, message),
            "{line}"
        );
    }
}

#[test]
fn pairs_behind_a_message_are_fields_and_words_are_none() {
    for (line, message, fields) in [
        ("ERROR x code=7", "x", &[("code", "7")][..]),
        ("ERROR x a=1 code=\"b c\"", "x", &[("code", "b c")]),
        (
            "ERROR x error=\"no \\\"y\\\"\"",
            "x: no \"y\"",
            &[("error", "no \"y\"")],
        ),
        ("ERROR a=1", "a=1", &[]),
        ("ERROR a=1 is not b=2 here", "a=1 is not b=2 here", &[]),
        ("ERROR x {\"code\":\"E1\"}", "x", &[("code", "E1")]),
        ("ERROR x {not json}", "x {not json}", &[]),
    ] {
        let record = &all(line)[0];
        let found: Vec<_> = record
            .fields
            .iter()
            .map(|field| (field.name.as_str(), field.value.as_str()))
            .collect();
        assert_eq!(
            (record.message.as_str(), &*found),
            (message, fields),
            "{line}"
        );
    }
}

#[test]
fn each_record_has_the_code_that_triage_gives_it_alone() {
    let report = judged(
        "ERROR POST /send: HTTP 429 Too Many Requests\nERROR POST /send: HTTP 429 Too Many Requests\n\
         ERROR connection to server at \"10.0.0.7\", port 5432 failed: Connection refused\nERROR the sky is grey\n\
         {\"level\":\"error\",\"msg\":\"cannot insert\",\"code\":\"23505\"}\n\
         {\"level\":\"error\",\"msg\":\"cannot insert\",\"code\":\"42P01\"}\nWARN HTTP 429 Too Many Requests",
    );
    let codes: Vec<_> = report
        .messages
        .iter()
        .map(|group| (group.code.map(Code::id), group.seen.count))
        .collect();
    assert_eq!(
        codes,
        [
            (Some("DFE-VND-004"), 2),
            (Some("DFE-DB-005"), 1),
            (Some("DFE-VAL-002"), 1),
            (Some("DFE-DB-001"), 1),
            (None, 1),
        ],
        "{:#?}",
        report.messages
    );
    let counted: Vec<_> = report
        .codes
        .iter()
        .map(|group| (group.code.id(), group.seen.count, group.stated))
        .collect();
    assert_eq!(counted[0], ("DFE-VND-004", 2, 0));
    // The same exception at the same place, for two causes.
    let trace = |said: &str| format!("ERROR x\n{TRACE}psycopg.OperationalError: {said}\n");
    let report = judged(&format!(
        "{}{}",
        trace("connection to server failed: Connection refused"),
        trace("FATAL:  password authentication failed for user \"w\"")
    ));
    let codes: Vec<_> = report
        .traces
        .iter()
        .map(|group| group.code.map(Code::id))
        .collect();
    assert_eq!(codes, [Some("DFE-CFG-002"), Some("DFE-DB-001")]);
}

#[test]
fn that_nothing_is_an_error_is_said_only_where_it_can_be_told() {
    for (text, expected) in [
        ("INFO a", Onset::NoErrors),
        ("INFO a\nb", Onset::NoErrors),
        ("INFO a\nb\nc", Onset::NoLevels),
        ("a", Onset::NoLevels),
        ("", Onset::NoLevels),
        ("\n\n", Onset::NoLevels),
        (
            "INFO a\nINFO b\nINFO c\npassword authentication failed for user x",
            Onset::NoLevels,
        ),
        ("a\nb\nERROR c", Onset::NoTimes),
        (&format!("a\nb\n{TRACE}KeyError: 'a'"), Onset::NoTimes),
    ] {
        let report = read(text);
        assert_eq!(report.onset, expected, "{text}");
    }
    let report = read("INFO a\nINFO b\npassword authentication failed for user x");
    assert_eq!(report.suspects[0].code, Some(Code::ConfigInvalid));
}

#[test]
fn a_record_of_many_lines_has_a_bounded_length() {
    let lines = "  further\n".repeat(20_000);
    let record = &all(&format!("ERROR x\n{lines}"))[0];
    assert!(record.message.len() < 16 * 1024, "{}", record.message.len());
    assert_eq!(record.lines, 20_001);
    let frames = "  File \"/app/a.py\", line 1, in f\n".repeat(900);
    let record = &all(&format!("{TRACE}{frames}KeyError: 'a'"))[0];
    assert!(record.trace.len() < 32 * 1024);
    assert!(record.text().len() < 8 * 1024);
    assert!(record.text().contains("KeyError: 'a'"));
    // What is only said in the middle of a long one is not lost.
    let group = format!(
        "  + Exception Group Traceback (most recent call last):\n{frames}  | ExceptionGroup: x (1 sub-exception)\n\
         {bars}    | httpx.ConnectTimeout: timed out\n{bars}",
        frames = "  |   File \"/app/a.py\", line 1, in f\n".repeat(90),
        bars = "    | further\n".repeat(400),
    );
    let record = &all(&group)[0];
    assert!(record.text().contains("httpx.ConnectTimeout: timed out"));
}
