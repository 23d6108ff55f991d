//! What Postgres names where a statement does not fit its tables: it is said, and no value of a row is.

use dragonfly_ops::adapters::postgres::classify::classify;
use dragonfly_ops::reading::redact::Redactor;
use reqwest::Method;

use crate::harness::{Instance, OPERATOR, connect, execute, migrate, postgres, url};

/// What is known of a table is kept; a column that has gone is named once, and then it is read as it is.
#[tokio::test]
async fn a_table_that_changes_under_the_service_is_a_schema_error_once_and_names_the_column() {
    let cluster = postgres(&[]);
    let url = url(&cluster);
    migrate(&url);
    let mut admin = connect(&url).await;
    let settings = [
        ("DATABASE_URL", url.as_str()),
        ("OPS_TOKEN", OPERATOR),
        ("HEALTH_FRESHNESS_MS", "0"),
    ];
    let service = Instance::start(&settings);
    let authorization = format!("Bearer {OPERATOR}");
    let headers = [("authorization", authorization.as_str())];
    let ask = || service.send(Method::GET, "/api/health/ops", &headers);
    ask().await.assert_ok();
    execute(
        &mut admin,
        "ALTER TABLE ops.worker_heartbeats RENAME last_heartbeat TO last_heartbeats;
         ALTER TABLE ops.job_queue RENAME started_at TO claimed_at",
    )
    .await;
    let body = ask().await.assert_ok();
    for (section, column) in [
        ("workers", "ops.worker_heartbeats.last_heartbeat"),
        ("queue", "ops.job_queue.started_at"),
    ] {
        let problem = &body["sections"][section]["problem"];
        assert_eq!(problem["code"], "DFE-VAL-002", "{body}");
        let detail = problem["detail"].as_str().expect("a detail");
        assert!(detail.ends_with(&format!("That is {column}.")), "{body}");
        let hint = "hint: Perhaps you meant to reference the column";
        assert_eq!(
            problem["cause"].to_string().contains(hint),
            section == "workers",
            "{body}"
        );
    }
    let body = ask().await.assert_ok();
    assert_eq!(body["sections"]["queue"]["stuck_processing"], 0, "{body}");
    let problem = &body["sections"]["workers"]["problem"];
    assert_eq!(problem["code"], "DFE-VAL-002", "{body}");
    let detail = problem["detail"].as_str().expect("a detail");
    assert!(
        detail.contains("none of its columns is its beat (last_heartbeat,")
            && detail.contains("HEARTBEAT_COLUMNS"),
        "{detail}"
    );
}

#[tokio::test]
async fn what_postgres_names_is_a_cause_and_no_value_of_a_row_is() {
    let cluster = postgres(&[]);
    let mut admin = connect(&url(&cluster)).await;
    execute(
        &mut admin,
        "CREATE TABLE t (id int PRIMARY KEY, status text NOT NULL); INSERT INTO t VALUES (4711, 'x')",
    )
    .await;
    for (sql, code, expected) in [
        (
            "INSERT INTO t VALUES (1)",
            "DFE-DB-005",
            &["table: t", "column: status"][..],
        ),
        (
            "INSERT INTO t VALUES (4711, 'y')",
            "DFE-DB-005",
            &["table: t", "constraint: t_pkey"],
        ),
        ("SELECT gone FROM t", "DFE-VAL-002", &[]),
        (
            "SELECT statu FROM t",
            "DFE-VAL-002",
            &["hint: Perhaps you meant to reference the column \"t.status\"."],
        ),
        (
            "DO $$ BEGIN RAISE 'no' USING HINT = 'zq'; END $$",
            "DFE-VAL-003",
            &[],
        ),
    ] {
        let failed = sqlx::raw_sql(sql).execute(&mut admin).await;
        let fault = classify(&failed.expect_err(sql), &Redactor::default()).fault;
        assert_eq!(fault.code.id(), code, "{fault:?}");
        assert_eq!(fault.causes[1..], *expected, "{fault:?}");
        assert!(!fault.causes.concat().contains("4711"), "{fault:?}");
    }
}
