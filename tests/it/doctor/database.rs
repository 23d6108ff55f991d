//! What the doctor finds in Postgres.

use std::collections::BTreeSet;

use sqlx::postgres::PgConnection;

use crate::doctor::{Scene, look, server_log};
use crate::harness::{Instance, PASSWORD, Peer, SUPERUSER, execute, postgres, url_as};
use crate::pooler::Pooler;

#[tokio::test]
async fn a_rejected_login_is_tried_once_however_long_it_waits() {
    let cluster = postgres(&["log_connections=on"]);
    let rest = Peer::http("503 x", "", "").await;
    let wrong = url_as(cluster.port(), SUPERUSER, "zqcanary-password");
    let found = look(&wrong, rest.port, &[], &["--wait", "7s"]).await;
    found.assert("database.reach", None, "critical", Some("DFE-CFG-002"));
    let log = server_log(&cluster);
    let attempts = log.matches("password authentication failed").count();
    assert_eq!(attempts, 1, "{log}");
    assert!(rest.seen() >= 2, "what may pass was asked again");
    let said = found.stderr();
    assert!(
        said.contains("waiting for postgrest.reach DFE-VND-001"),
        "{said}"
    );
    assert!(!said.contains("waiting for database.reach"), "{said}");
    assert!(!format!("{:?}", found.output).contains("zqcanary"));
    assert_eq!(found.code(), Some(1));
}

#[tokio::test]
async fn what_the_role_may_not_is_named() {
    let scene = Scene::start(&[]).await;
    let mut admin = scene.admin().await;
    execute(
        &mut admin,
        "CREATE ROLE poor LOGIN PASSWORD 'poor-password'",
    )
    .await;
    let poor = url_as(scene.cluster.port(), "poor", "poor-password");
    let found = scene.look_as(&poor, &[], &[]).await;
    let id = "database.privileges";
    let forbidden = Some("DFE-AUTH-003");
    found.assert(id, Some("pg_read_all_stats"), "warning", forbidden);
    found.assert(id, Some("ops"), "critical", forbidden);
    found.assert(id, Some("ops.job_queue"), "critical", forbidden);
    found.assert(id, Some("ops.audit_log"), "warning", forbidden);
    found.assert("workers.summary", None, "unknown", forbidden);
    found.assert("schema.table", Some("ops.job_queue"), "critical", forbidden);
    found.assert("schema.table", Some("ops.audit_log"), "ok", None);
    execute(
        &mut admin,
        "GRANT USAGE ON SCHEMA ops TO poor; GRANT SELECT ON ALL TABLES IN SCHEMA ops TO poor;
         GRANT pg_read_all_stats TO poor",
    )
    .await;
    let found = scene.look_as(&poor, &[], &[]).await;
    found.assert(id, Some("pg_read_all_stats"), "ok", None);
    found.assert(id, Some("ops"), "ok", None);
    for (table, missing) in [
        ("ops.check_samples", "INSERT, UPDATE, DELETE"),
        ("ops.incidents", "INSERT, UPDATE"),
        ("ops.evidence", "INSERT"),
    ] {
        let row = found.assert(id, Some(table), "warning", forbidden);
        let advice = format!("GRANT {missing} ON {table} to the role in DATABASE_URL");
        assert_eq!(row["advice"], advice.as_str(), "{row}");
    }
    assert_eq!(found.code(), Some(0), "{:?}", found.rows);
    hidden_rows_are_named(&scene, &mut admin, &poor).await;
}

/// What is kept of incidents and of the history, too: what is hidden of it looks like nothing at all.
async fn hidden_rows_are_named(scene: &Scene, admin: &mut PgConnection, poor: &str) {
    execute(
        admin,
        "GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ops TO poor;
         ALTER TABLE ops.incidents ENABLE ROW LEVEL SECURITY;
         ALTER TABLE ops.check_buckets ENABLE ROW LEVEL SECURITY;
         ALTER TABLE ops.leases ENABLE ROW LEVEL SECURITY;
         CREATE POLICY look ON ops.leases FOR SELECT USING (true)",
    )
    .await;
    let id = "schema.rows-visible";
    let forbidden = Some("DFE-AUTH-003");
    let found = scene.look_as(poor, &[], &[]).await;
    assert_eq!(found.code(), Some(3), "{:?}", found.rows);
    // What can be read and not be added to is no unknown: it is kept by nobody.
    found.assert(id, Some("ops.leases"), "warning", forbidden);
    for table in ["ops.incidents", "ops.check_buckets"] {
        found.assert(id, Some(table), "unknown", forbidden);
    }
    let policies = found.rows.iter().filter(|row| row["id"] == id);
    let policies: Vec<_> = policies
        .map(|row| row["advice"].as_str().expect("a statement").to_owned())
        .collect();
    assert_eq!(policies.len(), 3, "one for each: {policies:?}");
    // As they are printed, one after the other.
    let script: String = policies.into_iter().collect();
    sqlx::raw_sql(sqlx::AssertSqlSafe(script))
        .execute(admin)
        .await
        .expect("they are statements");
    let found = scene.look_as(poor, &[], &[]).await;
    found.assert(id, None, "ok", None);
    found.assert("database.privileges", Some("ops"), "ok", None);
    assert_eq!(found.code(), Some(0), "{:?}", found.rows);
}

#[tokio::test]
async fn a_standby_and_a_database_that_takes_no_writes_are_critical() {
    let mut scene = Scene::start(&[]).await;
    let mut admin = scene.admin().await;
    execute(
        &mut admin,
        "ALTER DATABASE postgres SET default_transaction_read_only = on",
    )
    .await;
    drop(admin);
    let found = scene.look(&[], &[]).await;
    found.assert("database.read-only", None, "critical", Some("DFE-INT-002"));
    found.assert("database.standby", None, "ok", None);
    scene.cluster.crash().expect("it stops");
    scene
        .cluster
        .restart(&[], true, "ready to accept read-only connections")
        .expect("it starts");
    let found = scene.look(&[], &[]).await;
    found.assert("database.standby", None, "critical", Some("DFE-CFG-002"));
    assert_eq!(found.code(), Some(1));
}

#[tokio::test]
async fn what_is_open_to_the_internet_is_critical() {
    let scene = Scene::start(&[]).await;
    let mut admin = scene.admin().await;
    execute(
        &mut admin,
        "GRANT SELECT (id) ON plaintiff_contacts TO anon;
         GRANT SELECT ON v_plaintiff_call_queue TO authenticated;
         CREATE TABLE countries (id int); GRANT SELECT ON countries TO anon;
         CREATE SCHEMA crm; CREATE TABLE crm.cases (id int); GRANT SELECT ON crm.cases TO anon;
         GRANT USAGE ON SCHEMA ops TO anon",
    )
    .await;
    let found = scene.look(&[], &[]).await;
    let forbidden = Some("DFE-AUTH-003");
    let id = "schema.rls";
    found.assert(id, Some("plaintiff_contacts"), "critical", forbidden);
    found.assert(id, Some("v_plaintiff_call_queue"), "warning", forbidden);
    found.assert(id, Some("countries"), "warning", forbidden);
    found.assert("schema.grants", Some("ops"), "critical", forbidden);
    let subjects: BTreeSet<_> = found
        .rows
        .iter()
        .filter(|row| row["id"] == id)
        .map(|row| row["subject"].to_string())
        .collect();
    assert_eq!(
        subjects.len(),
        3,
        "the guarded ones are no finding: {subjects:?}"
    );
    // A schema of its own counts once it may be used, and is the business.
    execute(&mut admin, "GRANT USAGE ON SCHEMA crm TO anon").await;
    let more = [("SMOKE_RELATIONS", "plaintiffs,crm.cases")];
    let found = scene.look(&more, &[]).await;
    found.assert(id, Some("crm.cases"), "critical", forbidden);
}

#[tokio::test]
async fn a_schema_that_has_drifted_is_named_part_by_part() {
    let scene = Scene::start(&[]).await;
    let mut admin = scene.admin().await;
    let schema = Some("DFE-VAL-002");
    execute(
        &mut admin,
        "DROP INDEX ops.job_queue_finished;
         ALTER TABLE ops.job_queue DROP CONSTRAINT job_queue_status_check;
         INSERT INTO ops.job_queue (job_type, status) VALUES ('t', 'purple'), ('t', 'purple');
         ALTER TABLE ops.worker_heartbeats DROP COLUMN started_at, ALTER COLUMN error_count TYPE text",
    )
    .await;
    let found = scene.look(&[], &[]).await;
    let small = found.assert("schema.indexes", None, "ok", None);
    assert!(
        small["summary"]
            .to_string()
            .contains("what each worker finished last"),
        "{small}"
    );
    let strays = found.assert("schema.job-statuses", None, "warning", Some("DFE-VAL-003"));
    assert!(
        strays["summary"].to_string().contains("2 in purple"),
        "{strays}"
    );
    // A column that is of another type is nobody's, and the rest is read.
    let table = Some("ops.worker_heartbeats");
    let shape = found.assert("schema.table", table, "ok", None);
    assert!(
        shape["summary"]
            .to_string()
            .contains("it has none for kind, started, errors"),
        "{shape}"
    );
    execute(
        &mut admin,
        "DELETE FROM ops.job_queue; ALTER TABLE ops.job_queue DROP COLUMN status CASCADE",
    )
    .await;
    let found = scene.look(&[], &[]).await;
    let queue = found.assert("schema.table", Some("ops.job_queue"), "critical", schema);
    assert!(
        queue["summary"].to_string().contains("QUEUE_COLUMNS"),
        "{queue}"
    );
    execute(&mut admin, "DROP SCHEMA ops CASCADE").await;
    let found = scene.look(&[], &[]).await;
    found.assert("schema.table", Some("ops.job_queue"), "critical", schema);
    for id in [
        "schema.job-statuses",
        "schema.indexes",
        "schema.pauses",
        "database.privileges",
    ] {
        let subject = (id == "database.privileges").then_some("ops");
        found.assert(id, subject, "unknown", None);
    }
    found.assert("workers.summary", None, "unknown", schema);
    found.assert("locks.waiting", None, "ok", None);
}

#[tokio::test]
async fn a_pooler_gives_itself_away() {
    let scene = Scene::start(&[]).await;
    let pooler = Pooler::start(&scene.cluster, &[]).await;
    let url = url_as(pooler.port(), SUPERUSER, PASSWORD);
    let found = scene.look_as(&url, &[], &[]).await;
    let mode = found.row("database.mode", None)["summary"].to_string();
    let own = format!("the server itself listens on {}", scene.cluster.port());
    assert!(mode.contains("A pooler") && mode.contains(&own), "{mode}");
    for row in &found.rows {
        assert_eq!(row["verdict"], "ok", "all is asked through it: {row}");
    }
}

#[tokio::test]
async fn workers_queue_and_locks_have_their_rows() {
    let scene = Scene::start(&[]).await;
    let mut admin = scene.admin().await;
    execute(
        &mut admin,
        "INSERT INTO ops.worker_heartbeats (worker_name, last_heartbeat) VALUES ('gone', now() - interval '1 hour');
         INSERT INTO ops.job_queue (job_type, status, created_at, started_at) VALUES
             ('t', 'pending', now() - interval '20 minutes', NULL),
             ('t', 'paused', now(), NULL),
             ('t', 'processing', now(), now() - interval '20 minutes')",
    )
    .await;
    let found = scene.look(&[], &[]).await;
    // One is silent, the other does nothing while jobs wait.
    found.assert("workers.summary", None, "critical", None);
    found.assert("workers.worker", Some("gone"), "warning", None);
    found.assert("queue.stuck", None, "warning", None);
    found.assert("queue.overdue", None, "warning", None);
    found.assert("queue.stalled", None, "warning", None);
    found.assert("queue.paused", None, "warning", Some("DFE-VAL-003"));
    assert_eq!(found.code(), Some(1));
    // The endpoint says the same: it is one judgement.
    let url = crate::harness::url(&scene.cluster);
    let service = Instance::start(&[("DATABASE_URL", &url)]);
    let body = service.get("/api/health/ops").await.assert_ok();
    for (section, row) in [
        ("workers", "workers.summary"),
        ("connections", "connections.used"),
        ("long_running", "connections.long-running"),
        ("locks", "locks.waiting"),
    ] {
        let row = found.row(row, None);
        assert_eq!(
            body["sections"][section]["verdict"], row["verdict"],
            "{section}"
        );
    }
    let queue = &body["sections"]["queue"];
    assert_eq!(queue["verdict"], "warning", "{queue}");
    let said = queue["summary"].to_string();
    for id in [
        "queue.stuck",
        "queue.overdue",
        "queue.stalled",
        "queue.paused",
    ] {
        let row = found.row(id, None);
        if id == "queue.paused" || id == "queue.stuck" {
            let summary = row["summary"].as_str().expect("a sentence");
            assert!(said.contains(summary), "{summary}: {said}");
        }
    }
}

/// The size from which on a missing index is a warning is one from which on the planner uses it.
#[tokio::test]
async fn an_index_is_missed_from_the_size_on_at_which_it_would_be_used() {
    let scene = Scene::start(&[]).await;
    let mut admin = scene.admin().await;
    // No more than a page at a time, and of a table without old rows.
    let grow = "INSERT INTO ops.job_queue (job_type, status, worker_name, finished_at)
         SELECT 't', 'completed', 'w' || n % 7, now() - n * interval '1 minute' FROM generate_series(1, 30) AS n";
    let size = "SELECT pg_relation_size('ops.job_queue')";
    let question = "EXPLAIN SELECT max(finished_at) FROM ops.job_queue WHERE worker_name = 'w1' AND finished_at IS NOT NULL";
    for (limit, verdict, uses_it) in [(65_536_i64, "ok", None), (65_537, "warning", Some(true))] {
        loop {
            let bytes: i64 = sqlx::query_scalar(size)
                .fetch_one(&mut admin)
                .await
                .expect("it answers");
            if bytes >= limit {
                break;
            }
            execute(&mut admin, grow).await;
        }
        execute(&mut admin, "ANALYZE ops.job_queue").await;
        let plan: Vec<String> = sqlx::query_scalar(question)
            .fetch_all(&mut admin)
            .await
            .expect("it answers");
        let is_used = plan.iter().any(|line| line.contains("job_queue_finished"));
        assert!(uses_it.is_none_or(|uses| uses == is_used), "{plan:#?}");
        execute(&mut admin, "DROP INDEX ops.job_queue_finished").await;
        let found = scene.look(&[], &[]).await;
        let subject = (verdict == "warning").then_some("what each worker finished last");
        let code = subject.map(|_| "DFE-VAL-002");
        found.assert("schema.indexes", subject, verdict, code);
        execute(
            &mut admin,
            "CREATE INDEX job_queue_finished ON ops.job_queue (worker_name, finished_at) WHERE finished_at IS NOT NULL",
        )
        .await;
    }
}
