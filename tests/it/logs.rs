//! `logs`, on files, on stdin and on Railway's.

use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::harness::command;
use crate::railway::{Railway, TOKEN};

const LOG: &str = concat!(
    "{\"timestamp\":\"2026-11-24T10:00:00Z\",\"level\":\"INFO\",\"message\":\"listening\"}\n",
    "{\"timestamp\":\"2026-11-24T10:05:00Z\",\"level\":\"ERROR\",\"code\":\"DFE-DB-002\",\"message\":\"the check fails\"}\n",
    "2026-11-24 10:05:01,000 ERROR app: job 7 failed\n",
    "Traceback (most recent call last):\n",
    "  File \"/app/worker/jobs.py\", line 12, in run\n",
    "    raise KeyError('x')\n",
    "KeyError: 'x'\n",
    "\u{1b}[31mnot a level\n",
);

async fn run(settings: &[(&str, &str)], arguments: &[&str], stdin: &[u8]) -> Output {
    let mut command = tokio::process::Command::from(command(settings));
    let mut process = command
        .arg("logs")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut input = process.stdin.take().expect("it is piped");
    let _ = input.write_all(stdin).await;
    drop(input);
    process.wait_with_output().await.expect("it ends")
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[tokio::test]
async fn a_log_is_read_from_a_file_and_from_stdin() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("worker.log");
    // Neither a broken character nor a line without end is a failure.
    let bytes = [
        LOG.as_bytes(),
        b"\xff\xfe",
        &vec![b'x'; 200_000],
        b"\nINFO last",
    ]
    .concat();
    std::fs::write(&path, &bytes).expect("it is written");
    let path = path.to_str().expect("text");
    let file = run(&[], &[path, "--output", "json"], b"").await;
    let stdin = run(&[], &["-", "--output", "json"], &bytes).await;
    let alike = |output: &Output| {
        let mut said = report(output);
        for of_the_answer in ["target", "time"] {
            said[of_the_answer].take();
        }
        (output.status.code(), said)
    };
    assert_eq!(alike(&file), alike(&stdin));
    assert_eq!(file.status.code(), Some(1));
    let said = report(&file);
    assert_eq!(said["lines"], 10, "{said}");
    assert_eq!(said["codes"][0]["code"], "DFE-DB-002");
    assert_eq!(said["traces"][0]["frame"], "/app/worker/jobs.py:12 in run");
    let table = run(&[], &[path], b"").await;
    let said = String::from_utf8_lossy(&table.stdout).into_owned();
    for part in [
        "DFE-DB-002",
        "KeyError at /app/worker/jobs.py:12",
        "2 error",
        "job # failed",
        "began",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains('\u{1b}'));
    let well = run(&[], &["-"], b"INFO all is well\n").await;
    assert_eq!(well.status.code(), Some(0));
    let empty = run(&[], &["-"], b"").await;
    assert_eq!(empty.status.code(), Some(3));
    let missing = run(&[], &["/nowhere.log"], b"").await;
    assert_eq!((missing.status.code(), missing.stdout.len()), (Some(2), 0));
    let nothing = run(&[], &[], b"").await;
    assert_eq!(nothing.status.code(), Some(2));
}

#[tokio::test]
async fn that_nothing_is_an_error_is_only_said_where_it_can_be_told() {
    for (log, status, said) in [
        ("INFO a\nINFO b\n", 0, "no line is an error"),
        // n8n and Railway's CLI write no level where nobody asked for it.
        (
            "listening on 8080\nclaimed job 7\n",
            3,
            "2 of 2 records have no level that could be read",
        ),
        (
            "INFO a\nINFO b\npassword authentication failed for user \"w\"\n",
            3,
            "lines without a level that read like errors",
        ),
        (
            "a\nb\nthread 'main' panicked at src/a.rs:1:2:\nno\n",
            1,
            "panic at src/a.rs:1:2",
        ),
        ("\n\n", 3, "2 lines"),
    ] {
        let table = run(&[], &["-"], log.as_bytes()).await;
        let page = String::from_utf8_lossy(&table.stdout).into_owned();
        assert_eq!(table.status.code(), Some(status), "{log}: {page}");
        assert!(page.contains(said), "{said}: {page}");
        assert_eq!(
            page.contains("no line is an error"),
            status == 0,
            "{log}: {page}"
        );
    }
}

#[tokio::test]
async fn a_trace_has_its_code_and_what_was_logged_with_it_and_two_bursts_are_two() {
    use std::fmt::Write as _;

    let mut log = String::from("2026-11-24T10:00:00Z INFO begins\n");
    for minute in [5, 40] {
        for second in 0..9 {
            let _ = writeln!(
                log,
                "2026-11-24T10:{minute:02}:{second:02}Z ERROR job {second} failed\n\
                 Traceback (most recent call last):\n  File \"/app/a.py\", line 1, in f\n\
                 psycopg.OperationalError: connection failed: FATAL:  password authentication failed"
            );
        }
    }
    log.push_str("2026-11-24T10:59:00Z INFO ends\n");
    let json = run(&[], &["-", "--output", "json"], log.as_bytes()).await;
    let said = report(&json);
    assert_eq!(
        (
            json.status.code(),
            &said["traces"][0]["code"],
            &said["traces"][0]["count"]
        ),
        (Some(1), &json!("DFE-CFG-002"), &json!(18)),
        "{said}"
    );
    assert_eq!(said["codes"][0]["code"], "DFE-CFG-002");
    assert_eq!(said["bursts"][0]["began"], "2026-11-24T10:05:00Z");
    assert_eq!(said["bursts"][1]["began"], "2026-11-24T10:40:00Z");
    let table = run(&[], &["-"], log.as_bytes()).await;
    let page = String::from_utf8_lossy(&table.stdout).into_owned();
    for part in [
        "DFE-CFG-002  psycopg.OperationalError at /app/a.py:1 in f",
        "logged as job # failed",
        "bursts   2026-11-24 10:05:00 UTC to 2026-11-24 10:05:08 UTC: 9 errors",
        "         2026-11-24 10:40:00 UTC to 2026-11-24 10:40:08 UTC: 9 errors",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn a_log_is_read_from_railway() {
    let railway = Railway::start().await;
    railway.set(|behaviour| {
        behaviour.log = LOG
            .lines()
            .map(|line| json!({ "timestamp": "2026-11-24T10:00:00Z", "message": line, "severity": "info" }))
            .collect();
    });
    let settings = [
        ("RAILWAY_API_URL", railway.url.as_str()),
        ("RAILWAY_TOKEN", TOKEN),
        ("SUPABASE_MODE", "production"),
    ];
    let arguments = ["--railway", "intake", "--env", "prod", "--output", "json"];
    let output = run(&settings, &arguments, b"").await;
    let said = report(&output);
    assert_eq!(
        (output.status.code(), &said["codes"][0]["code"]),
        (Some(1), &json!("DFE-DB-002")),
        "{said}"
    );
    assert_eq!(said["traces"][0]["exception"], "KeyError");
    let all = run(&settings, &["--output", "json", "--railway"], b"").await;
    // Two services have a deployment.
    assert_eq!(report(&all)["lines"], 16);
    let unknown = run(&settings, &["--railway", "nobody"], b"").await;
    assert_eq!(unknown.status.code(), Some(2), "{unknown:?}");
    let staging = run(&settings, &["--railway", "--env", "staging"], b"").await;
    assert_eq!(staging.status.code(), Some(2), "{staging:?}");
    railway.set(|behaviour| {
        behaviour.fails = Some((
            200,
            r#"{"errors":[{"message":"Problem processing request"}],"data":null}"#,
        ));
    });
    let failed = run(&settings, &arguments, b"").await;
    assert_eq!(
        (failed.status.code(), &report(&failed)["code"]),
        (Some(3), &json!("DFE-VND-002")),
        "{failed:?}"
    );
    let said = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(
        said.contains("DFE-VND-002") && !said.contains(TOKEN),
        "{said}"
    );
    let unset = run(&[], &["--railway"], b"").await;
    assert_eq!(unset.status.code(), Some(3));
}
