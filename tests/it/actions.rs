//! `/api/ops` and the commands that change something: who may, what is refused, what is on record.

use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnection, PgListener};
use sqlx::{AssertSqlSafe, Row};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::harness::{
    Instance, KEY, OPERATOR, Peer, READER, Reply, command, connect, execute, postgres, url, url_as,
};
use crate::pooler::Pooler;

const PAUSE: &str = "/api/ops/queue/pause";
const RESUME: &str = "/api/ops/queue/resume";
const RELOAD: &str = "/api/ops/schema/reload";
const RESTART: &str = "/api/ops/workers/intake/restart";

async fn post(
    service: &Instance,
    path: &str,
    token: &str,
    more: &[(&str, &str)],
    body: &Value,
) -> Reply {
    let authorization = format!("Bearer {token}");
    let mut headers = vec![("content-type", "application/json")];
    if !token.is_empty() {
        headers.push(("authorization", &authorization));
    }
    headers.extend_from_slice(more);
    service
        .send_body(Method::POST, path, &headers, body.to_string())
        .await
}

/// Status and code of an answer.
fn coded(reply: &Reply) -> (u16, String) {
    let code = reply.json()["code"].as_str().unwrap_or_default().to_owned();
    (reply.status, code)
}

fn because() -> Value {
    json!({ "reason": "the mailer sends twice" })
}

#[tokio::test]
async fn only_the_operator_may_act_and_who_guesses_is_not_listened_to() {
    let service = Instance::start(&[]);
    for path in [PAUSE, RESUME, RELOAD, RESTART] {
        for (token, status, code) in [
            ("", 401, "DFE-AUTH-001"),
            ("nobody's", 401, "DFE-AUTH-002"),
            (READER, 403, "DFE-AUTH-003"),
        ] {
            let reply = post(&service, path, token, &[], &because()).await;
            assert_eq!(coded(&reply), (status, code.to_owned()), "{path} {token}");
            assert_eq!(
                reply.headers.contains_key("www-authenticate"),
                status == 401
            );
        }
        let reply = service.get(path).await;
        assert_eq!(
            (reply.status, reply.header("allow")),
            (405, "POST"),
            "{path}"
        );
    }
    // Four of ten wrong ones were presented above.
    for _ in 0..6 {
        let reply = post(&service, PAUSE, "nobody's", &[], &because()).await;
        assert_eq!(reply.status, 401);
        assert!(!reply.headers.contains_key("retry-after"));
    }
    let reply = post(&service, PAUSE, OPERATOR, &[], &because()).await;
    assert_eq!(
        coded(&reply),
        (401, "DFE-AUTH-002".to_owned()),
        "{}",
        reply.body
    );
    let wait: u64 = reply.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    let reply = post(
        &service,
        PAUSE,
        OPERATOR,
        &[("x-real-ip", "192.0.2.7")],
        &because(),
    )
    .await;
    assert_eq!(
        coded(&reply),
        (500, "DFE-CFG-001".to_owned()),
        "somebody else is listened to"
    );
    let unset = Instance::start(&[("OPS_TOKEN", "")]);
    let reply = post(&unset, PAUSE, OPERATOR, &[], &because()).await;
    assert_eq!(
        coded(&reply),
        (500, "DFE-CFG-001".to_owned()),
        "{}",
        reply.body
    );
}

#[tokio::test]
async fn what_is_not_understood_is_refused_before_anything_is_done() {
    let service = Instance::start(&[("SUPABASE_MODE", "staging")]);
    for body in [
        json!({}),
        json!({ "reason": "" }),
        json!({ "reason": "x", "dryrun": true }),
        json!({ "reason": "x", "seconds": 0 }),
        json!({ "reason": "x", "job_type": "" }),
        json!({ "reason": "x", "environment": "prod" }),
        json!({ "reason": "x".repeat(301) }),
        json!([]),
    ] {
        let reply = post(&service, PAUSE, OPERATOR, &[], &body).await;
        assert_eq!(
            coded(&reply),
            (400, "DFE-VAL-001".to_owned()),
            "{body}: {}",
            reply.body
        );
    }
    for key in ["", "a b", &"x".repeat(201)] {
        let reply = post(
            &service,
            PAUSE,
            OPERATOR,
            &[("idempotency-key", key)],
            &because(),
        )
        .await;
        assert_eq!(
            coded(&reply),
            (400, "DFE-VAL-001".to_owned()),
            "{key:?}: {}",
            reply.body
        );
    }
    let authorization = format!("Bearer {OPERATOR}");
    for media in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", media),
        ];
        let reply = service
            .send_body(Method::POST, PAUSE, &headers, because().to_string())
            .await;
        assert_eq!(reply.status, 415, "{media}");
    }
    let contradicted = Instance::start(&[
        ("SUPABASE_MODE", "staging"),
        ("RAILWAY_ENVIRONMENT_NAME", "production"),
    ]);
    let reply = post(&contradicted, PAUSE, OPERATOR, &[], &because()).await;
    assert_eq!(coded(&reply), (500, "DFE-CFG-002".to_owned()));
    assert!(
        reply.json()["detail"]
            .as_str()
            .expect("text")
            .contains("SUPABASE_MODE says staging")
    );
}

#[tokio::test]
async fn the_queue_is_paused_and_resumed_over_http_and_the_order_is_on_record() {
    let cluster = postgres(&[]);
    let url = url(&cluster);
    crate::ops::migrate(&url);
    let mut admin = connect(&url).await;
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (job_type) VALUES ('mail'), ('scan')",
    )
    .await;
    let service = Instance::start(&[("DATABASE_URL", &url), ("SUPABASE_MODE", "prod")]);
    let body = json!({
        "reason": format!("it said {OPERATOR}"), "by": "anna", "job_type": "mail", "seconds": 600, "environment": "production",
    });
    let mut dry = body.clone();
    dry["dry_run"] = true.into();
    let rehearsed = post(&service, PAUSE, OPERATOR, &[], &dry).await;
    assert_eq!(rehearsed.status, 200, "{}", rehearsed.body);
    assert_eq!(
        (
            &rehearsed.json()["dry_run"],
            &rehearsed.json()["after"]["paused"]
        ),
        (&json!(true), &json!(1))
    );
    let headers = [
        ("idempotency-key", "k-1"),
        ("x-request-id", "r-1"),
        ("x-real-ip", "192.0.2.7"),
    ];
    let reply = post(&service, PAUSE, OPERATOR, &headers, &body).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let done = reply.json();
    assert_eq!(
        (&done["complete"], &done["verified"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(
        (&done["before"]["pending"], &done["after"]["pending"]),
        (&json!(2), &json!(1))
    );
    let again = post(&service, PAUSE, OPERATOR, &headers, &body)
        .await
        .json();
    assert_eq!(
        (&again["replayed"], &again["audit_id"]),
        (&json!(true), &done["audit_id"])
    );
    let row = sqlx::raw_sql(
        "SELECT action, actor, reason, environment, request_id, request::text, before::text, count(*) OVER ()
         FROM ops.audit_log ORDER BY id LIMIT 1",
    )
    .fetch_one(&mut admin)
    .await
    .expect("it is on record");
    let text = |at: usize| row.get::<String, _>(at);
    assert_eq!(text(0), "queue.pause");
    assert_eq!(text(1), "anna (http: 192.0.2.7)");
    assert_eq!(text(2), "it said [redacted]");
    assert_eq!((text(3), text(4)), ("prod".to_owned(), "r-1".to_owned()));
    assert!(
        text(5).contains("mail") && text(6).contains("pending"),
        "{} {}",
        text(5),
        text(6)
    );
    assert_eq!(row.get::<i64, _>(7), 2, "its beginning and its end");
    assert!(!service.log_text().contains(OPERATOR));
    assert!(service.log_text().contains("an action was carried out"));
    let reply = post(&service, RESUME, OPERATOR, &[], &because()).await;
    assert_eq!(
        (reply.status, &reply.json()["after"]["pending"]),
        (200, &json!(2)),
        "{}",
        reply.body
    );
    let reply = post(&service, RESUME, OPERATOR, &[], &because()).await;
    assert_eq!(
        coded(&reply),
        (400, "DFE-VAL-001".to_owned()),
        "nothing is left to resume"
    );
}

#[tokio::test]
async fn without_its_tables_an_action_says_how_to_get_them() {
    let cluster = postgres(&[]);
    let service = Instance::start(&[("DATABASE_URL", &url(&cluster))]);
    let reply = post(&service, PAUSE, OPERATOR, &[], &because()).await;
    assert_eq!(coded(&reply), (422, "DFE-VAL-002".to_owned()));
    assert!(
        reply.body.contains("run dragonfly-ops migrate"),
        "{}",
        reply.body
    );
}

/// Something that behaves like `PostgREST` with a stale schema cache, until it is notified.
async fn stale_rest(database: &str) -> (u16, Arc<AtomicBool>) {
    let mut listener = PgListener::connect(database).await.expect("a listener");
    listener.listen("pgrst").await.expect("it listens");
    let fresh = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&fresh);
    tokio::spawn(async move {
        while let Ok(said) = listener.recv().await {
            heard.store(said.payload() == "reload schema", Ordering::SeqCst);
        }
    });
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let port = socket.local_addr().expect("an address").port();
    let state = Arc::clone(&fresh);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = socket.accept().await {
            let (status, body) = if state.load(Ordering::SeqCst) {
                ("200 OK", "[]")
            } else {
                ("404 Not Found", r#"{"code":"PGRST205"}"#)
            };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (port, fresh)
}

fn settings<'a>(database: &'a str, rest: &'a str) -> [(&'a str, &'a str); 3] {
    [
        ("DATABASE_URL", database),
        ("SUPABASE_URL", rest),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
    ]
}

#[tokio::test]
async fn a_schema_reload_travels_through_a_pooler_and_is_seen_to_have_worked() {
    let cluster = postgres(&[]);
    let direct = url(&cluster);
    crate::ops::migrate(&direct);
    let pooler = Pooler::start(&cluster, &[]).await;
    let through = url_as(
        pooler.port(),
        crate::harness::SUPERUSER,
        crate::harness::PASSWORD,
    );
    let (port, fresh) = stale_rest(&direct).await;
    let rest = format!("http://127.0.0.1:{port}");
    let service = Instance::start(&settings(&through, &rest));
    service
        .get("/api/health/supabase")
        .await
        .assert_code("DFE-VAL-002");
    let dry = json!({ "reason": "x", "dry_run": true });
    let rehearsed = post(&service, RELOAD, OPERATOR, &[], &dry).await;
    assert_eq!(
        (rehearsed.status, fresh.load(Ordering::SeqCst)),
        (200, false),
        "{}",
        rehearsed.body
    );
    let key = [("idempotency-key", "r-1")];
    let reply = post(&service, RELOAD, OPERATOR, &key, &because()).await;
    let done = reply.json();
    assert_eq!(
        (reply.status, &done["verified"]),
        (200, &json!(true)),
        "{done}"
    );
    assert_eq!(
        (&done["before"]["code"], &done["after"]["rest"]),
        (&json!("DFE-VAL-002"), &json!("ok"))
    );
    let again = post(&service, RELOAD, OPERATOR, &key, &because())
        .await
        .json();
    assert_eq!(
        (&again["replayed"], &again["audit_id"]),
        (&json!(true), &done["audit_id"]),
        "{again}"
    );
    // Well before and after: nothing is proved, and nothing else is said.
    let reply = post(&service, RELOAD, OPERATOR, &[], &because()).await;
    assert_eq!(
        (reply.status, &reply.json()["verified"]),
        (200, &Value::Null)
    );
}

#[tokio::test]
async fn a_reload_that_cannot_help_is_not_sent() {
    let mut cluster = postgres(&[]);
    let url = url(&cluster);
    crate::ops::migrate(&url);
    let mut listener = PgListener::connect(&url).await.expect("a listener");
    listener.listen("pgrst").await.expect("it listens");
    let peer = Peer::http("503 x", "", r#"{"code":"PGRST002"}"#).await;
    let rest = format!("http://127.0.0.1:{}", peer.port);
    let service = Instance::start(&settings(&url, &rest));
    let reply = post(&service, RELOAD, OPERATOR, &[], &because()).await;
    assert_eq!(coded(&reply), (502, "DFE-VND-001".to_owned()));
    assert!(
        reply.body.contains("schema reload will not help"),
        "{}",
        reply.body
    );
    let mut admin = connect(&url).await;
    execute(&mut admin, "NOTIFY pgrst, 'the only one'").await;
    let heard = listener.recv().await.expect("it hears");
    assert_eq!(heard.payload(), "the only one");
    drop((listener, admin));
    cluster.crash().expect("it stops");
    cluster
        .restart(
            &["hot_standby=on"],
            true,
            "database system is ready to accept read-only connections",
        )
        .expect("it is a standby");
    let stale = Peer::http("404 x", "", r#"{"code":"PGRST205"}"#).await;
    let rest = format!("http://127.0.0.1:{}", stale.port);
    let service = Instance::start(&settings(&url, &rest));
    let reply = post(&service, RELOAD, OPERATOR, &[], &because()).await;
    assert_eq!(coded(&reply), (500, "DFE-CFG-002".to_owned()));
    assert!(reply.body.contains("standby"), "{}", reply.body);
}

async fn run(settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = tokio::process::Command::from(command(settings));
    command.args(arguments).output().await.expect("it runs")
}

/// Exit code, stdout and stderr.
fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[tokio::test]
async fn a_command_that_changes_something_takes_a_token_a_target_and_a_yes() {
    let cluster = postgres(&[]);
    let url = url(&cluster);
    crate::ops::migrate(&url);
    let base = [
        ("DATABASE_URL", url.as_str()),
        ("SUPABASE_MODE", "prod"),
        ("OPS_TOKEN", OPERATOR),
        ("OPS_READ_TOKEN", READER),
    ];
    let pause = ["queue", "pause", "--reason", "a test"];
    let with = |token: &'static str| [base.as_slice(), &[("DRAGONFLY_TOKEN", token)]].concat();
    for (token, code) in [
        ("", "DFE-AUTH-001"),
        ("x", "DFE-AUTH-002"),
        (READER, "DFE-AUTH-003"),
    ] {
        let (exit, out, err) = said(&run(&with(token), &[&pause[..], &["--yes"]].concat()).await);
        assert_eq!((exit, out.as_str()), (Some(2), ""), "{err}");
        assert!(err.contains(code), "{err}");
    }
    for (more, complaint) in [
        (vec!["--env", "staging", "--yes"], "--env says staging"),
        (vec!["--env", "prod"], "--yes goes ahead"),
        (vec!["--for", "soon", "--yes"], "a number with a unit"),
        (
            vec!["--reason", "\t", "--yes"],
            "cannot be used multiple times",
        ),
    ] {
        let (exit, _, err) = said(&run(&with(OPERATOR), &[&pause[..], &more].concat()).await);
        assert_eq!(exit, Some(2), "{err}");
        assert!(err.contains(complaint), "{err}");
    }
    let mut admin = connect(&url).await;
    let pauses = "SELECT count(*) FROM ops.queue_pauses";
    let count: i64 = sqlx::query_scalar(pauses)
        .fetch_one(&mut admin)
        .await
        .expect("a number");
    assert_eq!(count, 0, "nothing was changed so far");
    let go = [
        &pause[..],
        &[
            "--env",
            "production",
            "--for",
            "30m",
            "--type",
            "mail",
            "--yes",
        ],
    ]
    .concat();
    let (exit, out, err) = said(&run(&with(OPERATOR), &go).await);
    assert_eq!(exit, Some(0), "{out}{err}");
    assert!(
        err.contains("target: environment production") || err.contains("target: environment prod"),
        "{err}"
    );
    assert!(
        out.contains("queue.pause: done, and seen to have had its effect"),
        "{out}"
    );
    let (exit, out, _) = said(&run(&base, &["queue", "status"]).await);
    assert_eq!(exit, Some(0), "{out}");
    assert!(
        out.contains("mail") && out.contains("a test") && out.contains("in 30 min"),
        "{out}"
    );
    let (exit, out, _) = said(
        &run(
            &with(OPERATOR),
            &[
                "queue", "resume", "--reason", "over", "--yes", "--output", "json",
            ],
        )
        .await,
    );
    let done: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (exit, &done["action"], &done["verified"]),
        (Some(0), &json!("queue.resume"), &json!(true))
    );
    let (exit, _, err) = said(
        &run(
            &with(OPERATOR),
            &["queue", "resume", "7", "--reason", "over", "--yes"],
        )
        .await,
    );
    assert_eq!(exit, Some(2), "{err}");
}

/// A session that waits for its statement, and its process id.
async fn sleeper(url: &str) -> (i32, tokio::task::JoinHandle<Result<(), sqlx::Error>>) {
    let mut connection = connect(url).await;
    let pid = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut connection)
        .await
        .expect("a pid");
    let task = tokio::spawn(async move {
        sqlx::raw_sql("SELECT pg_sleep(600)")
            .execute(&mut connection)
            .await
            .map(drop)
    });
    (pid, task)
}

async fn until(admin: &mut PgConnection, condition: String) {
    for _ in 0..1_000 {
        let is: bool = sqlx::query_scalar(AssertSqlSafe(format!("SELECT {condition}")))
            .fetch_one(&mut *admin)
            .await
            .expect("it answers");
        if is {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never {condition}");
}

#[tokio::test]
async fn a_session_is_signalled_by_pid_and_start_and_the_server_itself_never() {
    let cluster = postgres(&[]);
    let url = url(&cluster);
    crate::ops::migrate(&url);
    let mut admin = connect(&url).await;
    let base = [
        ("DATABASE_URL", url.as_str()),
        ("OPS_TOKEN", OPERATOR),
        ("DRAGONFLY_TOKEN", OPERATOR),
    ];
    let signal = async |verb: &'static str, pid: i32, more: &[&str]| {
        let pid = pid.to_string();
        let arguments = [
            &[
                "pg", verb, &pid, "--reason", "a test", "--yes", "--output", "json",
            ],
            more,
        ]
        .concat();
        said(&run(&base, &arguments).await)
    };
    let (pid, sleeping) = sleeper(&url).await;
    until(
        &mut admin,
        format!("EXISTS (SELECT FROM pg_stat_activity WHERE pid = {pid} AND state = 'active')"),
    )
    .await;
    let (exit, out, _) = signal("cancel", pid, &["--dry-run"]).await;
    assert_eq!(exit, Some(0), "{out}");
    let before: Value = serde_json::from_str(&out).expect("JSON");
    let start = before["before"]["backend_start"]
        .as_str()
        .expect("a start")
        .to_owned();
    assert_eq!(
        before["before"]["session"]["query"], "SELECT pg_sleep(?)",
        "{before}"
    );
    let (exit, _, err) = signal(
        "cancel",
        pid,
        &["--backend-start", "2020-01-01 00:00:00+00"],
    )
    .await;
    assert_eq!(exit, Some(1), "{err}");
    assert!(err.contains("DFE-VAL-003"), "{err}");
    let (exit, out, err) = signal("cancel", pid, &["--backend-start", &start]).await;
    assert_eq!(exit, Some(0), "{out}{err}");
    let error = sleeping
        .await
        .expect("it ends")
        .expect_err("it was cancelled");
    assert!(error.to_string().contains("canceling statement"), "{error}");

    let (pid, sleeping) = sleeper(&url).await;
    let (exit, out, err) = signal("terminate", pid, &[]).await;
    assert_eq!(exit, Some(0), "{out}{err}");
    sleeping.await.expect("it ends").expect_err("it was ended");
    until(
        &mut admin,
        format!("NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {pid})"),
    )
    .await;
    let recorded: i64 =
        sqlx::query_scalar("SELECT count(*) FROM ops.audit_log WHERE action LIKE 'pg.%'")
            .fetch_one(&mut admin)
            .await
            .expect("a number");
    assert_eq!(
        recorded, 2,
        "what was refused or rehearsed is not on record"
    );

    let server: i32 =
        sqlx::query_scalar("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
            .fetch_one(&mut admin)
            .await
            .expect("there is one");
    let (exit, _, err) = signal("terminate", server, &[]).await;
    assert!(
        exit == Some(2) && err.contains("the server's checkpointer"),
        "{err}"
    );
    let (exit, _, err) = signal("terminate", pid, &[]).await;
    assert!(exit == Some(2) && err.contains("no session"), "{err}");
    execute(&mut admin, "CREATE DATABASE other").await;
    let elsewhere = format!("{}/other", url.rsplit_once('/').expect("a URL").0);
    let (pid, sleeping) = sleeper(&elsewhere).await;
    let (exit, _, err) = signal("terminate", pid, &[]).await;
    assert!(exit == Some(2) && err.contains("another database"), "{err}");
    sleeping.abort();
    execute(&mut admin, "SET application_name = 'dragonfly-ops'").await;
    let own: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut admin)
        .await
        .expect("a pid");
    let (exit, _, err) = signal("terminate", own, &[]).await;
    assert!(
        exit == Some(2) && err.contains("dragonfly-ops itself"),
        "{err}"
    );

    execute(
        &mut admin,
        "CREATE ROLE blind LOGIN PASSWORD 'blind-password'; GRANT USAGE ON SCHEMA ops TO blind;
         GRANT SELECT, INSERT ON ops.audit_log TO blind",
    )
    .await;
    let (pid, sleeping) = sleeper(&url).await;
    let blind = url_as(cluster.port(), "blind", "blind-password");
    let base = [
        ("DATABASE_URL", blind.as_str()),
        ("OPS_TOKEN", OPERATOR),
        ("DRAGONFLY_TOKEN", OPERATOR),
    ];
    let (exit, _, err) = said(
        &run(
            &base,
            &[
                "pg",
                "terminate",
                &pid.to_string(),
                "--reason",
                "x",
                "--yes",
            ],
        )
        .await,
    );
    assert!(exit == Some(2) && err.contains("DFE-AUTH-003"), "{err}");
    execute(&mut admin, "GRANT pg_read_all_stats TO blind").await;
    let (exit, _, err) = said(
        &run(
            &base,
            &[
                "pg",
                "terminate",
                &pid.to_string(),
                "--reason",
                "x",
                "--yes",
            ],
        )
        .await,
    );
    assert!(
        exit == Some(2) && err.contains("pg_signal_backend"),
        "{err}"
    );
    sleeping.abort();
}

#[tokio::test]
async fn the_looks_show_what_the_report_knows() {
    let cluster = postgres(&[]);
    let url = url(&cluster);
    crate::ops::migrate(&url);
    let mut admin = connect(&url).await;
    execute(
        &mut admin,
        "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'x');
         INSERT INTO ops.worker_heartbeats (worker_name, last_heartbeat) VALUES ('intake-1', now() - interval '7 minutes')",
    )
    .await;
    let mut holder = connect(&url).await;
    execute(
        &mut holder,
        "BEGIN; UPDATE t SET v = 'zqcanary' WHERE id = 1",
    )
    .await;
    let waiting = {
        let mut waiter = connect(&url).await;
        tokio::spawn(async move {
            execute(&mut waiter, "UPDATE t SET v = 'zqcanary' WHERE id = 1").await;
        })
    };
    until(
        &mut admin,
        "EXISTS (SELECT FROM pg_locks WHERE NOT granted)".to_owned(),
    )
    .await;
    let base = [("DATABASE_URL", url.as_str())];
    let (exit, out, err) = said(&run(&base, &["pg", "locks"]).await);
    assert_eq!(exit, Some(0), "{err}");
    assert!(
        out.contains("idle in transaction")
            && out.contains("└─ ")
            && out.contains("pg terminate PID"),
        "{out}"
    );
    assert!(!out.contains("zqcanary"), "{out}");
    let (exit, out, _) = said(&run(&base, &["pg", "locks", "--output", "json"]).await);
    let locks: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (exit, &locks["facts"]["waiting"]),
        (Some(0), &json!(1)),
        "{locks}"
    );
    let (exit, out, _) = said(&run(&base, &["pg", "connections"]).await);
    assert!(
        exit == Some(0) && out.contains("idle in transaction") && out.contains(" of "),
        "{out}"
    );
    let (exit, out, _) = said(&run(&base, &["pg", "long"]).await);
    assert!(exit == Some(0) && out.contains("0 statements"), "{out}");
    let (exit, out, _) = said(&run(&base, &["workers"]).await);
    assert!(
        exit == Some(1) && out.contains("intake-1") && out.contains("stale"),
        "{out}"
    );
    execute(&mut holder, "ROLLBACK").await;
    waiting.await.expect("it ends");
    let (exit, out, _) = said(&run(&base, &["pg", "locks"]).await);
    assert!(exit == Some(0) && out.contains("No session waits"), "{out}");
    let gone = url_as(1, "u", "p");
    let (exit, _, err) = said(&run(&[("DATABASE_URL", gone.as_str())], &["workers"]).await);
    assert!(exit == Some(3) && err.contains("DFE-DB-001"), "{err}");
}
