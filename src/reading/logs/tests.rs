mod groups;
mod lines;
mod onsets;
mod producers;
mod records;
mod traces;

use std::fmt::Write as _;

use super::groups::{MAX_GROUPS, Seen, normal};
use super::*;

const NOW: &str = "2026-11-24T12:00:00Z";

fn reader() -> LogReader {
    let redactor = Redactor::new(["hunter2-secret".to_owned()]);
    LogReader::new(redactor, |_, _| None, at(NOW))
}

fn read(text: &str) -> LogReport {
    let mut log = reader();
    for line in text.lines() {
        log.line(line);
    }
    log.finish()
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

#[test]
fn every_usual_format_has_its_time_and_level() {
    for (line, time, level) in [
        (
            r#"{"timestamp":"2026-11-24T10:00:00.5Z","level":"ERROR","message":"x"}"#,
            "2026-11-24T10:00:00.5Z",
            Level::Error,
        ),
        (
            r#"{"ts":1795514400,"severity":"warn","msg":"x"}"#,
            "2026-11-24T10:00:00Z",
            Level::Warning,
        ),
        (
            r#"{"time":1795514400500,"level":50,"msg":"x"}"#,
            "2026-11-24T10:00:00.5Z",
            Level::Error,
        ),
        (
            "time=2026-11-24T10:00:00Z level=error msg=\"a b\"",
            "2026-11-24T10:00:00Z",
            Level::Error,
        ),
        (
            "2026-11-24 10:00:00,123 ERROR app.jobs: x",
            "2026-11-24T10:00:00.123Z",
            Level::Error,
        ),
        (
            "2026-11-24 10:00:00.123 UTC [123] FATAL:  x",
            "2026-11-24T10:00:00.123Z",
            Level::Critical,
        ),
        (
            "2026-11-24T12:00:00+02:00 WARN x",
            "2026-11-24T10:00:00Z",
            Level::Warning,
        ),
        (
            "[2026-11-24 10:00:00 +0000] [7] [INFO] x",
            "2026-11-24T10:00:00Z",
            Level::Info,
        ),
        (
            "2026-11-24T10:00:00.000000Z CRITICAL x",
            "2026-11-24T10:00:00Z",
            Level::Critical,
        ),
        (
            "2026/11/24 10:00:00 [error] 7#7: x",
            "2026-11-24T10:00:00Z",
            Level::Error,
        ),
    ] {
        let report = read(line);
        assert_eq!(report.first, Some(at(time)), "{line}");
        assert_eq!(report.levels, BTreeMap::from([(level, 1)]), "{line}");
    }
    for (line, level) in [
        ("ERROR:root:x", Level::Error),
        (
            "INFO:     127.0.0.1:1 - \"GET / HTTP/1.1\" 200 OK",
            Level::Info,
        ),
        ("error: x", Level::Error),
        ("no errors today, and no warning either", Level::Unknown),
    ] {
        let report = read(&format!("{line}\n"));
        assert_eq!(report.levels, BTreeMap::from([(level, 1)]), "{line:?}");
        assert_eq!(report.first, None);
    }
    let empty = read("\n");
    assert_eq!((empty.lines, empty.records), (1, 0));
}

#[test]
fn codes_are_grouped_with_first_and_last() {
    let report = read(
        r#"{"timestamp":"2026-11-24T10:00:00Z","level":"ERROR","code":"DFE-DB-002","message":"the check fails"}
{"timestamp":"2026-11-24T10:05:00Z","level":"ERROR","code":"DFE-DB-002","message":"the check fails"}
2026-11-24T10:06:00Z ERROR DFE-NET-001: no answer with hunter2-secret
2026-11-24T10:07:00Z INFO see /errors/DFE-INT-001"#,
    );
    let groups: Vec<_> = report
        .codes
        .iter()
        .map(|group| (group.code.id(), group.seen.count))
        .collect();
    assert_eq!(groups, [("DFE-DB-002", 2), ("DFE-NET-001", 1)]);
    assert_eq!(report.codes[0].seen.first, Some(at("2026-11-24T10:00:00Z")));
    assert_eq!(report.codes[0].seen.last, Some(at("2026-11-24T10:05:00Z")));
    assert!(report.codes[1].seen.example.contains("[redacted]"));
    assert_eq!((report.errors, report.messages.len()), (3, 0));
}

#[test]
fn pythons_traces_end_in_our_own_frame_and_in_the_last_of_a_chain() {
    let report = read(
        "2026-11-24 10:00:00,000 ERROR app: job failed\n\
         Traceback (most recent call last):\n  \
           File \"/app/worker/jobs.py\", line 12, in run\n    send(job)\n  \
           File \"/usr/lib/python3.12/site-packages/httpx/_client.py\", line 99, in send\n    raise\n\
         httpx.ConnectError: [Errno 111] Connection refused\n\n\
         During handling of the above exception, another exception occurred:\n\n\
         Traceback (most recent call last):\n  \
           File \"/app/worker/main.py\", line 5, in main\n    run()\n  \
           File \"/app/worker/retry.py\", line 7, in again\n    raise GaveUp\n\
         worker.errors.GaveUp: after 3 attempts\n\
         2026-11-24 10:01:00,000 INFO app: next",
    );
    let traces: Vec<_> = report
        .traces
        .iter()
        .map(|group| {
            (
                group.exception.as_str(),
                group.frame.as_str(),
                group.seen.count,
            )
        })
        .collect();
    assert_eq!(
        traces,
        [("worker.errors.GaveUp", "/app/worker/retry.py:7 in again", 1)]
    );
    assert_eq!(
        report.traces[0].seen.first,
        Some(at("2026-11-24T10:00:00Z"))
    );
    let plain = read(
        "Traceback (most recent call last):\n  File \"/app/a.py\", line 1, in f\n    x\nKeyError: 'a'\n",
    );
    assert_eq!(
        (
            plain.traces[0].exception.as_str(),
            plain.traces[0].seen.example.as_str()
        ),
        ("KeyError", "'a'")
    );
}

#[test]
fn rusts_panics_have_a_place_with_and_without_a_backtrace() {
    let report = read(
        "thread 'main' panicked at src/jobs.rs:10:5:\nindex out of bounds\n\
         note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n\
         thread 'tokio-runtime-worker' panicked at /rustc/abc/library/core/src/option.rs:1:1:\ncalled unwrap\n\
         stack backtrace:\n   0: rust_begin_unwind\n             at /rustc/abc/library/std/src/panicking.rs:1:1\n   \
         1: app::jobs::claim\n             at ./src/jobs.rs:77:9\n\
         thread 'main' panicked at 'old words', src/old.rs:3:1\n\
         all is well",
    );
    let frames: Vec<_> = report
        .traces
        .iter()
        .map(|group| group.frame.as_str())
        .collect();
    assert_eq!(
        frames,
        ["./src/jobs.rs:77:9", "src/jobs.rs:10:5", "src/old.rs:3:1"]
    );
    assert_eq!(report.traces[2].seen.example, "old words");
    assert!(read("he panicked at the sight of it").traces.is_empty());
}

#[test]
fn javascripts_traces_skip_what_is_not_ours_inside_of_json_too() {
    let text = "TypeError: x is not a function\n    at Object.<anonymous> (/app/node_modules/pg/lib/client.js:1:2)\n    \
                at send (/app/src/mail.js:10:3)\n    at process.processTicks (node:internal/process:1:1)\nnext";
    let report = read(text);
    assert_eq!(report.traces.len(), 1, "{report:?}");
    assert_eq!(
        (
            report.traces[0].exception.as_str(),
            report.traces[0].frame.as_str()
        ),
        ("TypeError", "send (/app/src/mail.js:10:3)")
    );
    let line =
        serde_json::json!({ "level": "error", "message": "it failed", "stack": text }).to_string();
    let report = read(&line);
    assert_eq!(
        (report.traces.len(), report.errors, report.messages.len()),
        (1, 1, 0),
        "{report:?}"
    );
    assert!(read("look at the moon\n  at night").traces.is_empty());
}

#[test]
fn errors_without_a_code_are_grouped_by_what_they_have_in_common() {
    let report = read(
        "ERROR job 17 of \"anna\" failed after 3 s\nERROR job 99 of \"bert\" failed after 12 s\nERROR other",
    );
    let groups: Vec<_> = report
        .messages
        .iter()
        .map(|group| (group.message.as_str(), group.seen.count))
        .collect();
    assert_eq!(
        groups,
        [("job # of \"...\" failed after # s", 2), ("other", 1)]
    );
}

fn errors_at(minutes: &[(u32, u32)], until: u32) -> String {
    let mut text = String::from("2026-11-24T10:00:00Z INFO began\n");
    for (minute, count) in minutes {
        for _ in 0..*count {
            let _ = writeln!(text, "2026-11-24T10:{minute:02}:30Z ERROR x");
        }
    }
    text + &format!("2026-11-24T10:{until:02}:59Z INFO ends\n")
}

#[test]
fn it_began_where_the_rate_changed_and_not_with_the_first_error() {
    let began = |text: &str| match read(text).onset {
        Onset::At { began, .. } => Some(began),
        _ => None,
    };
    let text = errors_at(&[(2, 1), (9, 1), (20, 5), (21, 6), (22, 5), (23, 7)], 23);
    assert_eq!(began(&text), Some(at("2026-11-24T10:20:30Z")));
    let over = errors_at(&[(5, 1), (20, 9), (21, 9), (22, 9)], 50);
    assert_eq!(
        began(&over),
        Some(at("2026-11-24T10:20:30Z")),
        "it is over again"
    );
    let all_along: Vec<_> = (0..30).map(|minute| (minute, 2)).collect();
    assert_eq!(began(&errors_at(&all_along, 29)), None);
    assert_eq!(
        began(&errors_at(&[(20, 1)], 30)),
        None,
        "one error is no rate"
    );
    assert_eq!(read("INFO x").onset, Onset::NoErrors);
    assert_eq!(read("ERROR x").onset, Onset::NoTimes);
}

#[test]
fn memory_is_bounded_and_what_did_not_fit_is_said() {
    let mut log = LogReader::default();
    for n in 0..300_u32 {
        let word: String = n
            .to_string()
            .bytes()
            .map(|b| char::from(b - b'0' + b'a'))
            .collect();
        log.line(&format!("ERROR failed {word}"));
    }
    let report = log.finish();
    assert_eq!((report.messages.len(), report.dropped), (MAX_GROUPS, 100));
}

proptest::proptest! {
    /// Whatever stands in a log, nothing panics and no known secret is kept.
    #[test]
    fn no_line_panics(
        lines in proptest::collection::vec(
            proptest::prop_oneof![
                ".{0,80}",
                "(ERROR|Traceback \\(most recent call last\\):|  File \"a\", line 1, in f|[A-Z][a-z]+Error: .*|    at .*:1:1).{0,20}",
                "thread 'x' panicked at .{0,20}",
                "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}.{0,40}",
                "\\{\"level\":.{0,40}\\}",
            ],
            0..40,
        ),
    ) {
        let mut log = reader();
        for line in &lines {
            log.line(&format!("{line} hunter2-secret"));
        }
        let shown = format!("{:?}", log.finish());
        proptest::prop_assert!(!shown.contains("hunter2-secret"));
    }
}

#[test]
fn the_level_of_who_carried_it_counts_where_the_line_has_none() {
    for (line, expected) in [
        ("<11>x", Level::Error),
        ("<11>INFO x", Level::Info),
        (
            r#"{"log":"x\n","stream":"stderr","time":"2026-11-24T10:00:00Z"}"#,
            Level::Unknown,
        ),
        (r#"{"log":"ERROR x\n","stream":"stderr"}"#, Level::Error),
        (
            r#"{"log":"{\"level\":\"warn\",\"msg\":\"x\"}\n"}"#,
            Level::Warning,
        ),
        (r#"{"PRIORITY":"3","MESSAGE":"x"}"#, Level::Error),
        (r#"{"PRIORITY":"3","MESSAGE":"INFO x"}"#, Level::Error),
    ] {
        let report = read(line);
        assert_eq!(report.levels, BTreeMap::from([(expected, 1)]), "{line}");
    }
}
