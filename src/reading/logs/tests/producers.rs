//! What real producers write, each as its own source writes it: `tests/corpus/logs/`.

use std::path::Path;

use super::*;

/// What must be read of a producer's log.
struct Expected {
    producer: &'static str,
    records: u64,
    errors: u64,
    warnings: u64,
    without_level: u64,
    /// Exceptions and their frames, in the order of the groups.
    traces: &'static [(&'static str, &'static str)],
    /// The codes of the records that are errors, in the order of the table.
    codes: &'static [&'static str],
    /// When the first error was written, on the day that all of them are of.
    first_error: &'static str,
}

macro_rules! producers {
    ($($producer:literal $records:literal $errors:literal $warnings:literal $unknown:literal
        [$(($exception:literal, $frame:literal)),*] [$($code:literal),*] $first:literal;)+) => {
        const PRODUCERS: &[Expected] = &[$(Expected {
            producer: $producer,
            records: $records,
            errors: $errors,
            warnings: $warnings,
            without_level: $unknown,
            traces: &[$(($exception, $frame)),*],
            codes: &[$($code),*],
            first_error: $first,
        }),+];
    };
}

// The producer; records, errors, warnings, records without a level; exceptions; codes; first error.
producers! {
    "celery" 11 2 1 5 [("KeyError", "/app/tasks.py:5 in send")] ["DFE-NET-002", "DFE-INT-001"] "10:01:01.221Z";
    "compose" 7 2 0 0 [("psycopg.errors.DeadlockDetected", "/app/worker/jobs.py:12 in run")] ["DFE-DB-003"] "10:01:01.104Z";
    "docker_json" 5 1 1 0 [("smtplib.SMTPServerDisconnected", "/app/worker/jobs.py:12 in run")] ["DFE-NET-002"] "10:01:01.123456789Z";
    "docker_times" 5 1 1 0 [("IndexError", "/app/worker/jobs.py:12 in run")] ["DFE-INT-001"] "10:01:01.123456789Z";
    "exception_group" 3 1 0 0 [("ExceptionGroup", "/app/worker/main.py:10 in run")] ["DFE-NET-001"] "10:01:01.104Z";
    "go_panic" 5 2 0 3 [("panic", "/app/jobs/worker.go:52 in intake/jobs.(*Worker).Claim"),
        ("panic", "/app/main.go:12 in main.pick")] ["DFE-INT-001"] "10:01:01Z";
    "gunicorn" 9 4 0 0 [("MemoryError", "/app/wsgi.py:3 in app")] ["DFE-INT-002", "DFE-INT-001"] "10:01:01Z";
    "java" 6 3 1 0 [("java.lang.IllegalStateException", "app.Jobs.claim(Jobs.java:31)"),
        ("java.lang.NullPointerException", "app.Main.main(Main.java:7)"),
        ("java.net.UnknownHostException", "app.Mail.send(Mail.java:19)")] ["DFE-DB-001", "DFE-NET-003", "DFE-INT-001"] "10:01:01.104Z";
    "journald_iso" 8 1 1 0 [] ["DFE-VND-004"] "10:01:02Z";
    "journald_json" 8 1 1 0 [] ["DFE-INT-002"] "10:01:03Z";
    "klog" 8 3 1 0 [] ["DFE-NET-001", "DFE-NET-002"] "10:01:01.123456Z";
    "kubernetes" 5 1 1 0 [("IndexError", "/app/worker/jobs.py:12 in run")] ["DFE-INT-001"] "10:01:01.123456789Z";
    "log4j_json" 8 3 1 0 [("java.net.SocketTimeoutException", "app.Mail.send(Mail.java:19)"),
        ("java.sql.SQLTransientConnectionException", "app.Jobs.claim(Jobs.java:31)")] ["DFE-DB-001", "DFE-NET-001"] "10:01:01Z";
    "logrus" 8 3 1 0 [] ["DFE-DB-004", "DFE-NET-004"] "10:01:01Z";
    "loguru" 5 1 1 0 [("ZeroDivisionError", "/app/worker/jobs.py:31 in run")] ["DFE-INT-001"] "10:01:01.123Z";
    "n8n_bare" 9 0 0 9 [] [] "";
    "n8n_json" 8 2 1 0 [("NodeApiError", "Object.execute (/home/node/.n8n/custom/Intake.node.ts:44:20)")] ["DFE-VND-003", "DFE-VND-004"] "10:01:04.5Z";
    "n8n_text" 8 2 1 0 [] ["DFE-VND-003"] "10:01:04.5Z";
    "nginx" 9 4 1 1 [] ["DFE-NET-002", "DFE-NET-001", "DFE-NET-003"] "10:01:01Z";
    "node_uncaught" 4 1 0 3 [("Error", "claim (file:///app/src/jobs.mjs:31:9)")] ["DFE-DB-001"] "";
    "own_json" 8 2 1 0 [] ["DFE-DB-002", "DFE-NET-004", "DFE-VND-001"] "10:03:07.104511Z";
    "own_pretty" 8 2 1 0 [] ["DFE-DB-002", "DFE-NET-004", "DFE-INT-001"] "10:03:07.104511Z";
    "pino" 8 3 1 0 [("DatabaseError", "async count (/app/src/jobs.js:9:3)"),
        ("Error", "async claim (/app/src/jobs.js:31:5)")] ["DFE-DB-001", "DFE-VAL-002"] "10:01:01Z";
    "postgres" 9 4 1 1 [] ["DFE-CFG-002", "DFE-DB-002", "DFE-DB-005", "DFE-VAL-002"] "10:01:01.387Z";
    "postgres_json" 8 2 1 0 [] ["DFE-DB-004", "DFE-DB-005"] "10:01:01.387Z";
    "python_plain" 6 2 1 0 [("sqlalchemy.exc.OperationalError", "/app/worker/jobs.py:8 in claim")] ["DFE-DB-001"] "";
    "python_service" 8 3 1 0 [("OperationalError", "/app/dragonfly/workers/intake.py:88 in claim"),
        ("ValidationError", "/app/dragonfly/workers/intake.py:91 in parse")] ["DFE-DB-004", "DFE-VAL-001"] "10:01:01.123456Z";
    "railway_attributes" 8 3 1 0 [] ["DFE-DB-002", "DFE-NET-001"] "10:03:07Z";
    "railway_bare" 8 0 0 8 [] [] "";
    "railway_json" 6 1 1 0 [("LookupError", "/app/worker/jobs.py:31 in run")] ["DFE-INT-001"] "10:03:07Z";
    "railway_plain" 6 1 1 0 [("httpx.ConnectTimeout", "/app/worker/jobs.py:31 in run")] ["DFE-NET-001"] "";
    "railway_text" 8 3 1 1 [] ["DFE-DB-001"] "10:03:07Z";
    "ruby" 8 2 1 0 [] ["DFE-DB-001"] "10:01:01.123456Z";
    "rust_panic" 4 2 0 0 [("panic", "./src/jobs.rs:31:10"),
        ("panic", "src/main.rs:4:5")] ["DFE-DB-004", "DFE-INT-001"] "10:00:00.123456Z";
    "slog" 8 2 1 0 [] ["DFE-NET-001", "DFE-NET-003"] "10:01:01.123456789Z";
    "structlog" 8 2 1 0 [("JSONDecodeError", "/app/worker/jobs.py:12 in parse")] ["DFE-VAL-001"] "10:01:01.571312Z";
    "syslog" 9 3 1 2 [("FileNotFoundError", "/app/worker/jobs.py:12 in run")] ["DFE-CFG-003", "DFE-INT-002"] "10:01:01Z";
    "tracing_json" 8 2 1 0 [] ["DFE-DB-001", "DFE-DB-005"] "10:01:01.123456Z";
    "tracing_pretty_lines" 3 1 0 0 [] ["DFE-DB-004"] "10:01:00.123456Z";
    "tracing_spans" 8 2 1 0 [] ["DFE-NET-001", "DFE-NET-004"] "10:01:01.123456Z";
    "uvicorn" 10 1 1 0 [("psycopg.OperationalError", "/app/app.py:7 in claim")] ["DFE-CFG-002"] "";
    "winston" 8 2 2 0 [("FetchError", "send (/app/src/mail.js:10:3)")] ["DFE-NET-003"] "10:01:01.12Z";
    "zap" 8 2 1 0 [("error", "/app/jobs/claim.go:31 in intake/jobs.Claim")] ["DFE-CFG-002", "DFE-NET-002"] "10:01:01.123Z";
    "zerolog" 8 3 1 0 [("error", "jobs.go:31 in claim")] ["DFE-DB-001", "DFE-NET-001", "DFE-NET-003"] "10:01:01Z";
    "zerolog_console" 8 2 1 0 [] ["DFE-DB-001"] "10:01:01Z";
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/logs")
}

/// What the adapter of Postgres would say of the states that stand in the logs.
fn sqlstate(state: &str, _: &str) -> Option<Code> {
    Some(match state {
        "23505" => Code::DbIntegrity,
        "42P01" => Code::ValSchema,
        "53300" => Code::DbPoolExhausted,
        _ => return None,
    })
}

pub(super) fn judged(text: &str) -> LogReport {
    let mut log = LogReader::new(Redactor::default(), sqlstate, at(NOW));
    for line in text.lines() {
        log.line(line);
    }
    log.finish()
}

#[test]
fn each_producer_is_read_as_it_writes() {
    let mut wrong = Vec::new();
    for expected in PRODUCERS {
        let path = folder().join(expected.producer).with_extension("log");
        let text = std::fs::read_to_string(&path).expect("a log");
        let report = judged(&text);
        let name = expected.producer;
        let count = |level| report.levels.get(&level).copied().unwrap_or(0);
        assert_eq!(report.lines, text.lines().count() as u64, "{name}");
        assert_eq!(
            (
                report.records,
                report.errors,
                count(Level::Warning),
                count(Level::Unknown)
            ),
            (
                expected.records,
                expected.errors,
                expected.warnings,
                expected.without_level
            ),
            "{name}: {report:#?}"
        );
        let traces: Vec<_> = report
            .traces
            .iter()
            .map(|group| (group.exception.as_str(), group.frame.as_str()))
            .collect();
        assert_eq!(traces, expected.traces, "{name}");
        let codes: Vec<_> = report.codes.iter().map(|group| group.code.id()).collect();
        if codes != expected.codes {
            wrong.push(format!("{name}: {codes:?} and not {:?}", expected.codes));
        }
        let first = match report.onset {
            Onset::Steady { first_error } => first_error.to_string(),
            _ => report
                .traces
                .iter()
                .map(|group| group.seen.first)
                .chain(report.messages.iter().map(|group| group.seen.first))
                .chain(report.codes.iter().map(|group| group.seen.first))
                .flatten()
                .min()
                .map_or_else(String::new, |first| first.to_string()),
        };
        let first = first.strip_prefix("2026-11-24T").unwrap_or_default();
        assert_eq!(first, expected.first_error, "{name}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_log_of_the_corpus_is_in_the_table() {
    let mut files: Vec<_> = std::fs::read_dir(folder())
        .expect("a folder")
        .map(|file| {
            let path = file.expect("a file").path();
            let name = path.file_stem().expect("a name").to_str().expect("text");
            name.to_owned()
        })
        .collect();
    files.sort_unstable();
    let mut rows: Vec<_> = PRODUCERS.iter().map(|row| row.producer).collect();
    rows.sort_unstable();
    assert_eq!(files, rows);
}

#[test]
fn the_lines_of_producers_in_any_mixture_lose_no_error() {
    // One after the other, as when somebody puts the logs of a night into one file.
    let whole: String = PRODUCERS
        .iter()
        .map(|row| {
            let path = folder().join(row.producer).with_extension("log");
            std::fs::read_to_string(path).expect("a log")
        })
        .collect();
    let errors: u64 = PRODUCERS.iter().map(|row| row.errors).sum();
    assert_eq!(judged(&whole).errors, errors);
}
