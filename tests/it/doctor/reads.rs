//! The proof that doctor and smoke read, and nothing else.

use std::collections::BTreeSet;

use sqlx::Row;
use sqlx::postgres::PgConnection;

use crate::doctor::{Scene, server_log};
use crate::harness::{command, execute, url};

/// Everything in the schemas `ops` and `public`, and the next transaction id: it stays the same
/// only where nobody has written anything.
async fn contents(admin: &mut PgConnection) -> Vec<String> {
    let mut contents = Vec::new();
    for sql in [
        "SELECT pg_snapshot_xmax(pg_current_snapshot())::text",
        "SELECT string_agg(query_to_xml(format('SELECT * FROM %s', oid::regclass), true, true, '')::text, '' ORDER BY oid)
         FROM pg_class WHERE relkind = 'r' AND relnamespace IN ('ops'::regnamespace, 'public'::regnamespace)",
        "SELECT string_agg(format('%s %s %s', oid, relname, relacl), ',' ORDER BY oid) FROM pg_class",
        "SELECT string_agg(format('%s %s %s', jobid, a, b), ',') FROM (SELECT 1 AS jobid, n_tup_ins + n_tup_upd + n_tup_del AS a,
         relname AS b FROM pg_stat_user_tables ORDER BY relid) AS t",
    ] {
        let row = sqlx::raw_sql(sql).fetch_one(&mut *admin).await;
        let text: Option<String> = row.expect("it answers").try_get(0).expect("text");
        contents.push(text.unwrap_or_default());
    }
    contents
}

/// Each statement that our sessions have sent, comments left out.
fn statements(log: &str) -> Vec<String> {
    let mut messages: Vec<String> = Vec::new();
    let mut is_ours = false;
    for line in log.lines() {
        if let Some(more) = line.strip_prefix('\t') {
            if is_ours && !more.trim_start().starts_with("--") {
                messages.last_mut().expect("it began").push_str(more);
            }
            continue;
        }
        is_ours = line.contains("app=dragonfly-ops ");
        let message = line.split_once("LOG:  ").map(|(_, message)| message);
        if let Some(message) = message.filter(|_| is_ours) {
            // Neither of the extended protocol, nor anything else that is not a simple statement.
            let sql = message
                .strip_prefix("statement: ")
                .unwrap_or_else(|| panic!("not asked simply: {message}"));
            let sql = sql.split_once("--").map_or(sql, |(sql, _)| sql);
            messages.push(format!("{sql} "));
        }
    }
    messages
        .iter()
        .flat_map(|message| message.split(';'))
        .map(|sql| sql.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|sql| !sql.is_empty())
        .collect()
}

#[tokio::test]
async fn doctor_and_smoke_only_read() {
    let settings = [
        "log_statement=all",
        "log_line_prefix=[%p] app=%a ",
        "autovacuum=off",
    ];
    let scene = Scene::start(&settings).await;
    let mut admin = scene.admin().await;
    // So that every statement is sent: nothing limits the states, and one table is missing.
    execute(
        &mut admin,
        "ALTER TABLE ops.job_queue DROP CONSTRAINT job_queue_status_check; DROP TABLE ops.audit_log",
    )
    .await;
    let before = contents(&mut admin).await;
    let mark = server_log(&scene.cluster).len();
    let found = scene.look(&[], &[]).await;
    let subject = Some("ops.audit_log");
    found.assert("schema.table", subject, "warning", Some("DFE-VAL-002"));
    let mut smoke = tokio::process::Command::from(command(&[
        ("DATABASE_URL", &url(&scene.cluster)),
        (
            "SMOKE_RELATIONS",
            "plaintiffs,missing,v_plaintiffs_overview",
        ),
    ]));
    let smoked = smoke.arg("smoke").output().await.expect("it runs");
    assert_eq!(smoked.status.code(), Some(1), "{smoked:?}");
    let after = contents(&mut admin).await;
    assert_eq!(before, after);
    let sent = statements(&server_log(&scene.cluster)[mark..]);
    assert!(sent.len() > 50, "{sent:#?}");
    let mut kinds = BTreeSet::new();
    for sql in &sent {
        let kind = [
            "BEGIN READ ONLY",
            "SET LOCAL ",
            "SELECT ",
            "WITH ",
            "SAVEPOINT ",
            "ROLLBACK TO ",
            "COMMIT",
        ]
        .into_iter()
        .find(|kind| sql.starts_with(kind));
        kinds.insert(kind.unwrap_or_else(|| panic!("it sent {sql}")));
        // What a SELECT can do beside reading.
        for word in ["FOR UPDATE", "FOR SHARE", "nextval", "set_config", "INTO "] {
            assert!(!sql.contains(word), "{sql}");
        }
    }
    assert!(kinds.len() >= 6, "{kinds:?}");
    // Outside of a transaction, nothing but the first question.
    let loose = sent
        .iter()
        .filter(|sql| sql.contains("pg_backend_pid() AS backend"));
    let begun = sent.iter().filter(|sql| *sql == "BEGIN READ ONLY").count();
    assert!(loose.count() >= 2 && begun >= 4, "{sent:#?}");
}
