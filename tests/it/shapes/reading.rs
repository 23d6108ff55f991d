//! What each shape lets be said.

use dragonfly_ops::adapters::postgres::statements;
use dragonfly_ops::domain::tables::TableSettings;
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};

use super::{
    BARE, FIRST, FORCED, HARDENED, INTEGERS, doctor, make_indexes, migrated, report, row, run,
    world,
};
use crate::harness::{connect, execute, url_as};

#[tokio::test]
async fn every_statement_fits_every_shape() {
    for shape in [FIRST, HARDENED, INTEGERS, BARE] {
        let (_world, mut admin) = migrated(shape).await;
        let settings = TableSettings::default();
        let all = statements(&mut admin, &settings).await.expect("it answers");
        let can_hold = all.iter().any(|(name, _)| *name == "pause_hold");
        assert_eq!(can_hold, shape != FIRST);
        for (name, sql) in all {
            let prepared = admin
                .prepare(AssertSqlSafe(sql.clone()).into_sql_str())
                .await;
            assert!(prepared.is_ok(), "{name}: {prepared:?}\n{sql}");
        }
    }
}

#[tokio::test]
async fn the_first_shape_is_read_and_what_it_cannot_say_is_named() {
    let (world, mut admin) = migrated(FIRST).await;
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (job_type, created_at) SELECT 'enrich', now() - interval '3 hours' FROM generate_series(1, 50);
         INSERT INTO ops.job_queue (job_type, status, updated_at) VALUES
             ('outreach', 'completed', now() - interval '20 seconds'),
             ('outreach', 'failed', now() - interval '1 hour'),
             ('outreach', 'failed', now() - interval '3 days');
         INSERT INTO ops.job_queue (job_type, status, locked_at) VALUES ('judgment', 'processing', now() - interval '1 hour');
         INSERT INTO ops.worker_heartbeats (worker_id, worker_type, last_seen_at, status) VALUES
             ('a-1', 'ingest', now(), 'running'),
             ('a-0', 'ingest', now() - interval '2 hours', 'running'),
             ('a-old', 'ingest', now() - interval '3 days', 'running'),
             ('b-1', 'enforce', now() - interval '6 minutes', 'running'),
             ('c-1', 'mail', now() - interval '1 hour', 'stopped')",
    )
    .await;
    let sections = report(&world, &[]).await;
    let queue = &sections["queue"];
    assert_eq!(queue["table"], "ops.job_queue", "{queue}");
    assert_eq!(queue["pending"], 50, "{queue}");
    assert_eq!(queue["stuck_processing"], 1, "{queue}");
    assert_eq!(queue["failed_24h"], 1, "{queue}");
    assert_eq!(queue["finished_column"], "updated_at", "{queue}");
    assert_eq!(queue["verdict"], "critical", "{queue}");
    let finished = queue["seconds_since_finished_job"]
        .as_f64()
        .expect("a number");
    assert!((20.0..120.0).contains(&finished), "{queue}");
    assert!(queue["scheduled"].is_null(), "no job has a time: {queue}");
    let workers = &sections["workers"];
    assert_eq!(workers["table"], "ops.worker_heartbeats", "{workers}");
    assert_eq!(workers["by_state"]["alive"], 1, "{workers}");
    assert_eq!(workers["by_state"]["replaced"], 1, "{workers}");
    assert_eq!(workers["by_state"]["stale"], 1, "{workers}");
    assert_eq!(workers["by_state"]["stopped"], 1, "{workers}");
    assert_eq!(workers["gone"], 1, "{workers}");
    assert_eq!(
        workers["verdict"], "critical",
        "two kinds have nobody: {workers}"
    );
    // Who has a job is not said: whether they work is not known, and nobody is accused.
    assert_eq!(
        workers["unanswered"][0]["question"], "workers.working",
        "{workers}"
    );
    let because = workers["unanswered"][0]["because"].as_str().expect("why");
    assert!(
        because.contains("ops.job_queue") && because.contains("worker"),
        "{because}"
    );
    let (code, text, _) = run(&world.url, &[], &["workers"]);
    assert_eq!(code, Some(1), "{text}");
    for expected in [
        "kind",
        "replaced",
        "1 more were replaced or stopped",
        "Read from ops.worker_heartbeats.",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let (_, text, _) = run(&world.url, &[], &["queue", "status"]);
    assert!(text.contains("Read from ops.job_queue."), "{text}");
    let rows = doctor(&world.url);
    let table = rows
        .iter()
        .find(|row| row["subject"] == "ops.job_queue" && row["id"] == "schema.table");
    let roles = table.expect("a row")["summary"].to_string();
    for role in [
        "type is job_type",
        "started is locked_at",
        "updated is updated_at",
        "it has none for due, finished, failed, worker",
    ] {
        assert!(roles.contains(role), "{role}: {roles}");
    }
    let pauses = row(&rows, "schema.pauses");
    assert_eq!(pauses["verdict"], "warning", "{pauses}");
    let why = pauses["summary"].as_str().expect("why");
    assert!(
        why.contains("migrate --add-paused")
            && why.contains("a column that says when a job is due"),
        "{why}"
    );
    let service = world.start(&[]);
    let address = format!("http://127.0.0.1:{}", service.port);
    let (code, text, _) = run(&world.url, &[], &["check", &address]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("queue"), "{text}");
}

#[tokio::test]
async fn what_is_not_due_does_not_wait() {
    let (world, mut admin) = migrated(HARDENED).await;
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (kind, created_at, next_run_at) VALUES
             ('enrich', now() - interval '5 days', now() + interval '1 hour'),
             ('enrich', now() - interval '5 days', now() - interval '30 seconds'),
             ('enrich', now() - interval '20 seconds', NULL);
         INSERT INTO ops.job_queue (kind, status, updated_at) VALUES ('enrich', 'completed', now());
         INSERT INTO ops.worker_heartbeats (worker_id, worker_type) VALUES ('a-1', 'ingest')",
    )
    .await;
    let sections = report(&world, &[]).await;
    let queue = &sections["queue"];
    assert_eq!(
        (&queue["pending"], &queue["scheduled"]),
        (&2.into(), &1.into()),
        "{queue}"
    );
    let oldest = queue["oldest_pending_seconds"].as_f64().expect("a number");
    assert!((30.0..120.0).contains(&oldest), "since it is due: {queue}");
    assert_eq!(queue["verdict"], "ok", "{queue}");
    assert_eq!(sections["workers"]["verdict"], "ok", "{sections}");
}

#[tokio::test]
async fn an_index_less_is_read_once_and_proposed() {
    let (world, mut admin) = migrated(HARDENED).await;
    execute(
        &mut admin,
        "DROP INDEX ops.idx_job_queue_status_created;
         INSERT INTO ops.job_queue (kind, status, updated_at) SELECT 'enrich', 'completed', now() FROM generate_series(1, 2000);
         INSERT INTO ops.job_queue (kind) VALUES ('enrich');
         ANALYZE ops.job_queue",
    )
    .await;
    let rows = doctor(&world.url);
    let proposals = rows.iter().filter(|row| row["id"] == "schema.indexes");
    assert_eq!(proposals.count(), 6, "{rows:#?}");
    let scans = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'job_queue'";
    execute(&mut admin, "SELECT pg_stat_force_next_flush()").await;
    let service = world.start(&[]);
    let before: i64 = sqlx::query_scalar(scans)
        .fetch_one(&mut admin)
        .await
        .expect("it answers");
    let queue = service.get("/api/health/ops").await.assert_ok()["sections"]["queue"].clone();
    assert_eq!(
        (&queue["pending"], &queue["failed_24h"]),
        (&1.into(), &0.into()),
        "{queue}"
    );
    // The service's backend says what it has read when it ends.
    drop(service);
    let after = loop {
        let mut other = connect(&world.url).await;
        let now: i64 = sqlx::query_scalar(scans)
            .fetch_one(&mut other)
            .await
            .expect("it answers");
        if now > before {
            break now;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    };
    assert_eq!(after - before, 1, "one reading for all that is counted");
    make_indexes(&mut admin, &rows).await;
    let rows = doctor(&world.url);
    assert_eq!(row(&rows, "schema.indexes")["verdict"], "ok", "they serve");
    let queue = report(&world, &[]).await["queue"].clone();
    assert_eq!(queue["pending"], 1, "{queue}");
}

#[tokio::test]
async fn what_forced_row_level_security_hides_is_unknown_and_said_first() {
    let (world, mut admin) = world(FORCED).await;
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (kind, created_at) SELECT 'enrich', now() - interval '3 hours' FROM generate_series(1, 50)",
    )
    .await;
    let app = url_as(world.cluster.port(), "dragonfly_app", "app-password-1");
    let service = world.start(&[("DATABASE_URL", &app)]);
    let sections = service.get("/api/health/ops").await.assert_ok()["sections"].clone();
    for section in ["workers", "queue"] {
        assert_eq!(sections[section]["verdict"], "unknown", "{sections}");
        assert_eq!(
            sections[section]["problem"]["code"], "DFE-AUTH-003",
            "{sections}"
        );
    }
    let rows = doctor(&app);
    assert_eq!(rows[0]["id"], "schema.rows-visible", "{rows:#?}");
    assert_eq!(rows[0]["verdict"], "unknown", "{rows:#?}");
    let policy = rows[0]["advice"].as_str().expect("a policy").to_owned();
    assert!(
        policy.contains("TO \"dragonfly_app\" USING (true)"),
        "{policy}"
    );
    for row in rows
        .iter()
        .take_while(|row| row["id"] == "schema.rows-visible")
    {
        let policy = row["advice"].as_str().expect("a policy").to_owned();
        sqlx::raw_sql(AssertSqlSafe(policy))
            .execute(&mut admin)
            .await
            .expect("it runs as printed");
    }
    let sections = world
        .start(&[("DATABASE_URL", &app)])
        .get("/api/health/ops")
        .await
        .assert_ok();
    let queue = &sections["sections"]["queue"];
    assert_eq!(
        (&queue["pending"], &queue["verdict"]),
        (&50.into(), &"critical".into()),
        "{queue}"
    );
    // One column that may not be read is enough to know nothing.
    execute(
        &mut admin,
        "REVOKE SELECT ON ops.job_queue FROM dragonfly_app;
         GRANT SELECT (id, kind, status, created_at, started_at, locked_at, updated_at, worker_id) ON ops.job_queue TO dragonfly_app",
    )
    .await;
    let sections = world
        .start(&[("DATABASE_URL", &app)])
        .get("/api/health/ops")
        .await
        .assert_ok();
    let problem = &sections["sections"]["queue"]["problem"];
    assert_eq!(problem["code"], "DFE-AUTH-003", "{sections}");
    assert!(
        problem["detail"]
            .as_str()
            .is_some_and(|text| text.contains("next_run_at")),
        "{problem}"
    );
}

#[tokio::test]
async fn other_names_free_text_and_times_without_a_zone_are_read() {
    let (world, mut admin) = migrated(INTEGERS).await;
    execute(
        &mut admin,
        "INSERT INTO ops.jobs (task, enqueued_at) VALUES ('mail', (now() AT TIME ZONE 'UTC') - interval '20 minutes');
         INSERT INTO ops.jobs (task, scheduled_at) VALUES ('mail', (now() AT TIME ZONE 'UTC') + interval '20 minutes');
         INSERT INTO ops.jobs (task, state, started_at, locked_by) VALUES ('mail', 'running', now() AT TIME ZONE 'UTC', 'w');
         INSERT INTO ops.jobs (task, state, finished_at, locked_by) VALUES ('mail', 'done', now() AT TIME ZONE 'UTC', 'w');
         INSERT INTO ops.heartbeats (name) VALUES ('w')",
    )
    .await;
    let sections = report(&world, &[("TZ", "Asia/Tokyo")]).await;
    let queue = &sections["queue"];
    assert_eq!(
        (&queue["pending"], &queue["scheduled"], &queue["processing"]),
        (&1.into(), &1.into(), &1.into()),
        "{queue}"
    );
    let oldest = queue["oldest_pending_seconds"].as_f64().expect("a number");
    assert!((1_200.0..1_320.0).contains(&oldest), "{queue}");
    assert_eq!(queue["table"], "ops.jobs");
    let worker = &sections["workers"]["items"][0];
    assert_eq!(
        (&worker["name"], &worker["state"]),
        (&"w".into(), &"alive".into()),
        "{sections}"
    );
    assert_eq!(worker["has_recent_job"], true, "{sections}");
    // A word that nobody knows is not passed over.
    execute(
        &mut admin,
        "INSERT INTO ops.jobs (task, state) VALUES ('mail', 'purple')",
    )
    .await;
    let rows = doctor(&world.url);
    let states = row(&rows, "schema.job-statuses");
    assert!(
        states["summary"].to_string().contains("1 in purple"),
        "{states}"
    );
    execute(&mut admin, "ANALYZE ops.jobs; INSERT INTO ops.jobs (task, state) SELECT 'mail', 'purple' FROM generate_series(1, 20); ANALYZE ops.jobs").await;
    let queue = report(&world, &[]).await["queue"].clone();
    assert_eq!(queue["verdict"], "unknown", "{queue}");
    assert_eq!(
        queue["unanswered"][0]["question"], "queue.states",
        "{queue}"
    );
    let said = [(
        "QUEUE_STATES",
        "pending=queued|purple,processing=running,completed=done,failed=dead",
    )];
    let queue = report(&world, &said).await["queue"].clone();
    assert_eq!(queue["pending"], 22, "{queue}");
}

#[tokio::test]
async fn a_bare_queue_answers_what_it_can_and_names_the_rest() {
    let (world, mut admin) = migrated(BARE).await;
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (id, status, created_at) VALUES (1, 'pending', now() - interval '2 hours'), (2, 'done', now())",
    )
    .await;
    let queue = report(&world, &[]).await["queue"].clone();
    assert_eq!(
        (&queue["pending"], &queue["verdict"]),
        (&1.into(), &"critical".into()),
        "{queue}"
    );
    for unknown in [
        "scheduled",
        "stuck_processing",
        "failed_24h",
        "seconds_since_finished_job",
        "finished_column",
    ] {
        assert!(queue[unknown].is_null(), "{unknown}: {queue}");
    }
    let open: Vec<_> = queue["unanswered"]
        .as_array()
        .expect("questions")
        .iter()
        .map(|one| one["question"].clone())
        .collect();
    assert_eq!(
        open,
        ["queue.stuck", "queue.stalled", "queue.failed"],
        "{queue}"
    );
    execute(&mut admin, "UPDATE ops.job_queue SET created_at = now()").await;
    let queue = report(&world, &[]).await["queue"].clone();
    assert_eq!(
        queue["verdict"], "unknown",
        "what cannot be seen is not well: {queue}"
    );
    let ruled_out = [(
        "QUEUE_COLUMNS",
        "started=none,finished=none,failed=none,worker=none",
    )];
    let queue = report(&world, &ruled_out).await["queue"].clone();
    assert_eq!(queue["verdict"], "ok", "{queue}");
    // All of it can be paused, and no type.
    let (code, _, said) = run(
        &world.url,
        &[],
        &["queue", "pause", "--type", "mail", "--reason", "r", "--yes"],
    );
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("No column of ops.job_queue says of which type a job is"),
        "{said}"
    );
}

#[tokio::test]
async fn what_is_said_wrongly_is_named_and_all_else_is_read() {
    let (world, _admin) = migrated(HARDENED).await;
    for (variable, value, section, code, expected) in [
        (
            "QUEUE_TABLE",
            "ops.nowhere",
            "queue",
            "DFE-VAL-002",
            "ops.nowhere does not exist (QUEUE_TABLE names it).",
        ),
        (
            "QUEUE_COLUMNS",
            "due=nowhere",
            "queue",
            "DFE-CFG-002",
            "QUEUE_COLUMNS says due=nowhere, and ops.job_queue has no such column.",
        ),
        (
            "HEARTBEAT_COLUMNS",
            "beat=worker_id",
            "workers",
            "DFE-CFG-002",
            "HEARTBEAT_COLUMNS says beat=worker_id, and ops.worker_heartbeats.worker_id is of the type text: it has to be a timestamp.",
        ),
        (
            "QUEUE_STATES",
            "paused=held",
            "queue",
            "DFE-CFG-002",
            "QUEUE_STATES names held, and no job of ops.job_queue may be that.",
        ),
        (
            "QUEUE_STATES",
            "pending",
            "queue",
            "DFE-CFG-002",
            "QUEUE_STATES is not valid",
        ),
    ] {
        let sections = report(&world, &[(variable, value)]).await;
        let problem = &sections[section]["problem"];
        assert_eq!(problem["code"], code, "{variable}: {sections}");
        let detail = problem["detail"].as_str().expect("a detail");
        assert!(detail.starts_with(expected), "{variable}: {detail}");
        assert_eq!(sections["connections"]["verdict"], "ok", "{sections}");
    }
}
