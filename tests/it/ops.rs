//! `/api/health/ops` on a real database.

use dragonfly_ops::domain::tables::TableSettings;
use reqwest::Method;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Row};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::harness::{Instance, OPERATOR, READER, World, connect, execute, migrate, url_as};

async fn ops(service: &Instance, token: &str) -> Value {
    let authorization = format!("Bearer {token}");
    let headers = [("authorization", authorization.as_str())];
    service
        .send(Method::GET, "/api/health/ops", &headers)
        .await
        .assert_ok()
}

#[tokio::test]
async fn workers_and_queue_are_judged() {
    let world = World::with_postgres(&[]).migrated();
    world.execute(
            "INSERT INTO ops.worker_heartbeats (worker_name, last_heartbeat) VALUES
             ('alive', now()), ('idle', now()), ('late', now() - interval '2 minutes'),
             ('gone', now() - interval '3 days'), ('ahead', now() + interval '1 hour');
         INSERT INTO ops.job_queue (job_type, status, created_at, worker_name, started_at, finished_at) VALUES
             ('t', 'pending', now() - interval '20 minutes', NULL, NULL, NULL),
             ('t', 'paused', now(), NULL, NULL, NULL),
             ('t', 'processing', now(), 'late', now() - interval '16 minutes', NULL),
             ('t', 'processing', now(), 'late', NULL, NULL),
             ('t', 'completed', now(), 'alive', now(), now()),
             ('t', 'completed', now(), 'idle', now(), now() - interval '16 minutes'),
             ('t', 'failed', now(), 'alive', now(), now() - interval '23 hours'),
             ('t', 'failed', now(), 'alive', now(), now() - interval '25 hours')",
        )
        .await;
    let service = world.start(&[]);
    let body = service.get("/api/health/ops").await.assert_ok();
    assert_eq!(
        body["verdict"], "unknown",
        "the heartbeat of one says nothing"
    );
    let workers = body["sections"]["workers"]["items"]
        .as_array()
        .expect("workers");
    let mut states: Vec<_> = workers
        .iter()
        .map(|worker| (worker["name"].as_str(), worker["state"].as_str()))
        .collect();
    states.sort_unstable();
    assert_eq!(
        states,
        [
            (Some("ahead"), Some("unknown")),
            (Some("alive"), Some("alive")),
            (Some("gone"), Some("stale")),
            (Some("idle"), Some("alive_not_working")),
            (Some("late"), Some("late")),
        ]
    );
    let queue = &body["sections"]["queue"];
    for (name, expected) in [
        ("pending", 1),
        ("paused", 1),
        ("processing", 2),
        ("stuck_processing", 2),
        ("failed_24h", 1),
    ] {
        assert_eq!(queue[name], expected, "{name}: {queue}");
    }
    assert!(
        queue["oldest_pending_seconds"]
            .as_f64()
            .is_some_and(|age| (1199.0..1300.0).contains(&age)),
        "{queue}"
    );
    let complaints = queue["complaints"].as_array().expect("complaints");
    let ids: Vec<_> = complaints.iter().map(|row| &row["id"]).collect();
    assert_eq!(
        ids,
        ["queue.stuck", "queue.overdue", "queue.paused"],
        "{queue}"
    );
    assert!(
        queue["seconds_since_finished_job"]
            .as_f64()
            .is_some_and(|age| age < 60.0),
        "{queue}"
    );
}

#[tokio::test]
async fn missing_tables_cost_their_sections_and_no_other() {
    let world = World::with_postgres(&[]);
    let service = world.start(&[]);
    let body = service.get("/api/health/ops").await.assert_ok();
    assert_eq!(body["verdict"], "unknown");
    for section in ["workers", "queue"] {
        assert_eq!(
            body["sections"][section]["problem"]["code"], "DFE-VAL-002",
            "{body}"
        );
        assert_eq!(body["sections"][section]["verdict"], "unknown");
    }
    for section in ["connections", "long_running", "locks"] {
        assert_eq!(body["sections"][section]["verdict"], "ok", "{body}");
    }
}

#[tokio::test]
async fn nulls_wherever_they_may_stand_are_no_panic() {
    let world = World::with_postgres(&[]);
    world.execute(
            "CREATE SCHEMA ops;
         CREATE TABLE ops.worker_heartbeats
             (worker_name text, last_heartbeat timestamptz, status text, jobs_processed int, error_count numeric);
         CREATE TABLE ops.job_queue (status text, worker_name text, created_at timestamptz, started_at timestamptz,
             finished_at timestamptz);
         INSERT INTO ops.worker_heartbeats DEFAULT VALUES;
         INSERT INTO ops.job_queue DEFAULT VALUES;
         INSERT INTO ops.job_queue (status) VALUES ('pending'), ('processing'), ('failed')",
        )
        .await;
    migrate(&world.url);
    let service = world.start(&[]);
    let body = service.get("/api/health/ops").await.assert_ok();
    assert_eq!(body["sections"]["workers"]["items"][0]["state"], "unknown");
    assert_eq!(body["sections"]["queue"]["stuck_processing"], 1);
}

#[tokio::test]
async fn the_cost_of_the_queue_follows_the_backlog() {
    let world = World::with_postgres(&[]).migrated();
    let mut admin = world
        .admin_after(
            "INSERT INTO ops.job_queue (job_type, status, worker_name, started_at, finished_at)
             SELECT 't', 'completed', 'w', now(), now() - n * interval '1 second' FROM generate_series(1, 1000000) AS n;
         INSERT INTO ops.job_queue (job_type) VALUES ('t'), ('t');
         INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('w');",
        )
        .await;
    execute(&mut admin, "VACUUM ANALYZE ops.job_queue").await;
    for (name, sql) in statements(&mut admin).await {
        if !["queue_backlog", "queue_history", "worker_jobs"].contains(&name) {
            continue;
        }
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}"));
        let plan: (Value,) = {
            let row = sqlx::raw_sql(explain)
                .fetch_one(&mut admin)
                .await
                .expect("it runs");
            let text: String = sqlx::Row::try_get_unchecked(&row, 0).expect("a plan");
            (serde_json::from_str(&text).expect("JSON"),)
        };
        let plan = &plan.0[0]["Plan"];
        let pages = plan["Shared Hit Blocks"].as_u64().expect("a number")
            + plan["Shared Read Blocks"].as_u64().expect("a number");
        assert!(pages < 100, "{name} reads {pages} pages: {plan}");
    }
    let service = world.start(&[]);
    let body = service.get("/api/health/ops").await.assert_ok();
    assert_eq!(body["sections"]["queue"]["pending"], 2);
}

/// What is sent to the tables that there are.
async fn statements(admin: &mut sqlx::PgConnection) -> Vec<(&'static str, String)> {
    let settings = TableSettings::default();
    let found = dragonfly_ops::adapters::postgres::activity::statements(admin, &settings);
    found.await.expect("it answers")
}

/// Every node of a plan.
fn nodes(plan: &Value) -> Vec<&Value> {
    let below = plan["Plans"].as_array().into_iter().flatten();
    std::iter::once(plan).chain(below.flat_map(nodes)).collect()
}

#[tokio::test]
async fn every_question_about_jobs_is_answered_by_an_index_and_has_an_end() {
    // Parallel workers are as cheap to a planner as they can be.
    let world = World::with_postgres(&["parallel_setup_cost=0", "min_parallel_table_scan_size=0"])
        .migrated();
    let mut admin = world.admin().await;
    // Those that are sought come last: what a limit on a sequential scan would have to go through.
    execute(
        &mut admin,
        "INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('w0'), ('w1'), ('idle');
         INSERT INTO ops.job_queue (job_type, status, worker_name, started_at, finished_at)
             SELECT 't', CASE WHEN n % 10 = 3 THEN 'failed' ELSE 'completed' END, 'w' || n % 2, now(),
                 now() - n * interval '1 second'
             FROM generate_series(1, 50000) AS n;
         INSERT INTO ops.queue_pauses (job_type, reason, paused_by) VALUES ('mail', 'a test', 'tests');
         INSERT INTO ops.job_queue (job_type) SELECT 'mail' FROM generate_series(1, 1000);
         INSERT INTO ops.job_queue (job_type) SELECT 't' FROM generate_series(1, 150000);
         INSERT INTO ops.queue_pauses (reason, paused_by, resumed_at)
             SELECT 'over', 'tests', now() FROM generate_series(1, 2000)",
    )
    .await;
    execute(&mut admin, "VACUUM ANALYZE ops.job_queue, ops.queue_pauses").await;
    execute(&mut admin, "BEGIN").await;
    execute(
        &mut admin,
        dragonfly_ops::adapters::postgres::activity::PLANNING,
    )
    .await;
    for (name, sql) in statements(&mut admin).await {
        let explain = AssertSqlSafe(format!("EXPLAIN (ANALYZE, FORMAT JSON) {sql}"));
        let row = sqlx::raw_sql(explain)
            .fetch_one(&mut admin)
            .await
            .expect("it runs");
        let text: String = row.try_get_unchecked(0).expect("a plan");
        let plan: Value = serde_json::from_str(&text).expect("JSON");
        let plan = &plan[0]["Plan"];
        let all = nodes(plan);
        assert!(!text.contains("Gather"), "{name}: {plan:#}");
        let tables = ["job_queue", "queue_pauses"];
        let reads = all.iter().filter(|node| {
            let relation = node["Relation Name"].as_str();
            relation.is_some_and(|relation| tables.contains(&relation))
        });
        let mut seen = 0;
        for node in reads {
            seen += 1;
            let kind = node["Node Type"].as_str().expect("a type");
            assert!(kind.starts_with("Index"), "{name}: {node:#}");
            assert_eq!(
                node["Rows Removed by Filter"].as_i64().unwrap_or(0),
                0,
                "{name}: {node:#}"
            );
            let rows = node["Actual Rows"].as_f64().expect("a number");
            assert!(rows <= 100_001.0, "{name} has no end: {node:#}");
        }
        let is_about_jobs = name.starts_with("queue")
            || name.starts_with("pauses")
            || ["worker_jobs", "waiting_types"].contains(&name);
        assert_eq!(seen > 0, is_about_jobs, "{name}: {plan:#}");
    }
    execute(&mut admin, "ROLLBACK").await;
    let before = scans(&mut admin).await;
    let service = world.start(&[]);
    let body = service.get("/api/health/ops").await.assert_ok();
    let queue = &body["sections"]["queue"];
    assert_eq!(queue["pending"], 100_001, "{queue}");
    assert!(
        queue["summary"]
            .as_str()
            .is_some_and(|said| said.starts_with("over 100000 pending")),
        "{queue}"
    );
    assert_eq!(queue["failed_24h"], 5_000, "{queue}");
    assert_eq!(queue["pauses"].as_array().map(Vec::len), Some(1), "{queue}");
    // The service's backend says what it has read when it ends.
    drop(service);
    let after = loop {
        let now = scans(&mut admin).await;
        if now.1 > before.1 {
            break now;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    };
    assert_eq!(after.0, before.0, "no table was gone through");
}

/// How often a table of jobs or pauses was read from its beginning, and how often by an index.
async fn scans(admin: &mut sqlx::PgConnection) -> (i64, i64) {
    let row = sqlx::raw_sql(
        "SELECT sum(seq_scan)::int8, sum(idx_scan)::int8 FROM pg_stat_user_tables
         WHERE relname IN ('job_queue', 'queue_pauses')",
    )
    .fetch_one(admin)
    .await
    .expect("it answers");
    (row.get(0), row.get(1))
}

#[tokio::test]
async fn without_the_newer_indexes_the_report_is_made_and_migrate_brings_them() {
    let world = World::with_postgres(&[]).migrated();
    world.execute(
            "DROP INDEX ops.job_queue_last_finished, ops.job_queue_pending_type;
         INSERT INTO ops.job_queue (job_type, status, finished_at) VALUES ('t', 'completed', now())",
        )
        .await;
    let service = world.start(&[("HEALTH_FRESHNESS_MS", "0")]);
    let finished = |body: Value| body["sections"]["queue"]["seconds_since_finished_job"].clone();
    let body = service.get("/api/health/ops").await.assert_ok();
    assert_eq!(body["sections"]["queue"]["verdict"], "ok", "{body}");
    assert!(
        finished(body.clone()).is_number(),
        "the table was read: {body}"
    );
    migrate(&world.url);
    let body = service.get("/api/health/ops").await.assert_ok();
    assert!(finished(body.clone()).is_number(), "{body}");
}

/// Speaks like Postgres: lets everybody in, answers the first statement, and the next with rows
/// without end.
async fn endless() -> u16 {
    let message = |kind: u8, body: &[u8]| {
        let length = u32::try_from(body.len() + 4).expect("it is short");
        [&[kind], length.to_be_bytes().as_slice(), body].concat()
    };
    let ready = message(b'Z', b"I");
    let welcome = [message(b'R', &[0; 4]), ready.clone()].concat();
    let begun = [message(b'C', b"BEGIN\0"), ready].concat();
    let head = [
        0, 1, b'x', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0,
    ];
    let head = message(b'T', &head);
    let rows = message(b'D', &[0, 1, 0, 0, 0, 1, b'x']).repeat(1_000);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answers = [welcome.clone(), begun.clone(), head.clone()];
            let rows = rows.clone();
            tokio::spawn(async move {
                let mut asked = [0; 16_384];
                for answer in answers {
                    if stream.read(&mut asked).await.unwrap_or(0) == 0 {
                        return;
                    }
                    let _ = stream.write_all(&answer).await;
                }
                while stream.write_all(&rows).await.is_ok() {}
            });
        }
    });
    port
}

#[tokio::test]
async fn rows_without_end_are_not_read_to_their_end() {
    let url = format!(
        "postgres://u:p@127.0.0.1:{}/x?sslmode=disable",
        endless().await
    );
    let service = Instance::start(&[("DATABASE_URL", &url)]);
    // Without a bound it would read until its deadline: DFE-DB-002.
    let body = service.get("/api/health/ops").await.json();
    assert_eq!(body["code"], "DFE-VAL-003", "{body}");
}

#[tokio::test]
async fn queries_are_for_tokens_and_a_role_without_grants_says_what_it_cannot_see() {
    let World { cluster, url } = World::with_postgres(&[]).migrated();
    let mut admin = connect(&url).await;
    execute(
        &mut admin,
        "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'x')",
    )
    .await;
    execute(
        &mut admin,
        "CREATE ROLE blind LOGIN PASSWORD 'blind-password'",
    )
    .await;
    let mut holder = connect(&url).await;
    execute(
        &mut holder,
        "BEGIN; UPDATE t SET v = 'zqcanary' WHERE id = 1",
    )
    .await;
    let waiters: Vec<_> = (0..3)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move {
                let mut waiter = connect(&url).await;
                execute(&mut waiter, "UPDATE t SET v = 'zqcanary' WHERE id = 1").await;
            })
        })
        .collect();
    loop {
        let waiting: i64 =
            sqlx::query_scalar("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
                .fetch_one(&mut admin)
                .await
                .expect("it answers");
        if waiting == 3 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let blind_url = url_as(cluster.port(), "blind", "blind-password");
    let service = Instance::start(&[("DATABASE_URL", &url)]);
    let blind = Instance::start(&[("DATABASE_URL", &blind_url)]);
    for body in [ops(&service, OPERATOR).await, ops(&service, READER).await] {
        let locks = &body["sections"]["locks"];
        assert_eq!(
            (&locks["waiting"], &locks["roots"][0]["waiting"]),
            (&3.into(), &3.into()),
            "{locks}"
        );
        assert_eq!(locks["roots"].as_array().map(Vec::len), Some(1));
        assert_eq!(
            locks["roots"][0]["query"],
            "BEGIN; UPDATE t SET v = ? WHERE id = ?"
        );
        assert!(!body.to_string().contains("zqcanary"));
    }
    let public = service.get("/api/health/ops").await;
    assert!(
        !public.body.contains("UPDATE") && !public.body.contains("127.0.0.1"),
        "{}",
        public.body
    );
    let body = blind.get("/api/health/ops").await.assert_ok();
    assert_eq!(
        body["sections"]["locks"]["roots"][0]["waiting"], 3,
        "{body}"
    );
    for section in ["connections", "long_running"] {
        assert_eq!(body["sections"][section]["verdict"], "unknown", "{body}");
        assert!(
            body["sections"][section]["hidden"]
                .as_i64()
                .is_some_and(|hidden| hidden >= 4),
            "{body}"
        );
    }
    for section in ["workers", "queue"] {
        assert_eq!(
            body["sections"][section]["problem"]["code"], "DFE-AUTH-003",
            "{body}"
        );
    }
    execute(&mut holder, "ROLLBACK").await;
    for waiter in waiters {
        waiter.await.expect("it ends");
    }
}

#[tokio::test]
async fn a_monitor_that_only_knows_status_codes_can_say_from_what_on_it_fails() {
    let world = World::with_postgres(&[]).migrated();
    let mut admin = world.admin().await;
    // A warning at the most: one job that nobody has finished for a while.
    execute(
        &mut admin,
        "INSERT INTO ops.worker_heartbeats (worker_name, last_heartbeat, status)
         VALUES ('a', now(), 'running'), ('b', now() - interval '2 minutes', 'running')",
    )
    .await;
    let service = world.start(&[("HEALTH_FRESHNESS_MS", "0")]);
    let path = |on: &str| format!("/api/health/ops?fail_on={on}");
    let well = service.get("/api/health/ops").await.assert_ok();
    assert_eq!(well["verdict"], "warning", "{well}");
    for (on, status) in [("critical", 200), ("unknown", 200), ("warning", 503)] {
        let reply = service.get(&path(on)).await;
        assert_eq!(reply.status, status, "{on}: {}", reply.body);
    }
    let failed = service.get(&path("warning")).await;
    assert_eq!(failed.header("content-type"), "application/problem+json");
    assert!(!failed.header("server-timing").is_empty());
    let body = failed.json();
    assert_eq!(body["verdict"], "warning");
    assert_eq!(body["sections"]["workers"]["verdict"], "warning", "{body}");
    let detail = body["detail"].as_str().expect("a sentence");
    assert!(
        detail.contains("workers: 1 of 2 workers is alive"),
        "{detail}"
    );
    let head = service.send(Method::HEAD, &path("warning"), &[]).await;
    assert_eq!((head.status, head.body.as_str()), (503, ""));
    execute(
        &mut admin,
        "UPDATE ops.worker_heartbeats SET last_heartbeat = now() - interval '1 hour'",
    )
    .await;
    assert_eq!(service.get(&path("critical")).await.status, 503);
    for wrong in ["", "bad", "ok", "warning&fail_on=critical"] {
        let reply = service.get(&path(wrong)).await;
        let body = reply.json();
        assert_eq!(
            (reply.status, body["code"].as_str()),
            (400, Some("DFE-VAL-001")),
            "{wrong}"
        );
    }
    service.get("/api/health/ops?unknown=1").await.assert_ok();
}
