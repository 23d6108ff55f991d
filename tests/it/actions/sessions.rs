//! Cancelling and ending sessions.

use serde_json::Value;

use crate::actions::{run, said, until};
use crate::harness::{OPERATOR, World, connect, execute, url_as};

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

#[tokio::test]
async fn a_session_is_signalled_by_pid_and_start_and_the_server_itself_never() {
    let World { cluster, url } = World::with_postgres(&[]).migrated();
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
