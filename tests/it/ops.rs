//! `/api/health/ops` on a real database.

use reqwest::Method;
use serde_json::Value;

use crate::harness::{
    Instance, OPERATOR, READER, command, connect, execute, postgres, url, url_as,
};

async fn ops(service: &Instance, token: &str) -> Value {
    let authorization = format!("Bearer {token}");
    let headers = [("authorization", authorization.as_str())];
    service
        .send(Method::GET, "/api/health/ops", &headers)
        .await
        .assert_ok()
}

pub(crate) fn migrate(url: &str) {
    let output = command(&[("DATABASE_URL", url)])
        .arg("migrate")
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[tokio::test]
async fn workers_and_queue_are_judged() {
    let cluster = postgres(&[]);
    let url = url(&cluster);
    migrate(&url);
    let mut admin = connect(&url).await;
    execute(
        &mut admin,
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
    let service = Instance::start(&[("DATABASE_URL", &url)]);
    let body = service.get("/api/health/ops").await.assert_ok();
    // A heartbeat from the future is unknown, which is worse than the warnings of all the others.
    assert_eq!(body["verdict"], "unknown");
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
}

#[tokio::test]
async fn missing_tables_cost_their_sections_and_no_other() {
    let cluster = postgres(&[]);
    let service = Instance::start(&[("DATABASE_URL", &url(&cluster))]);
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
    let cluster = postgres(&[]);
    let url = url(&cluster);
    let mut admin = connect(&url).await;
    execute(
        &mut admin,
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
    migrate(&url);
    let service = Instance::start(&[("DATABASE_URL", &url)]);
    let body = service.get("/api/health/ops").await.assert_ok();
    assert_eq!(body["sections"]["workers"]["items"][0]["state"], "unknown");
    assert_eq!(body["sections"]["queue"]["stuck_processing"], 1);
}

/// What a plan must not have, anywhere in it.
fn assert_goes_by_indexes(name: &str, node: &Value) {
    let is_of_the_queue = node["Relation Name"] == "job_queue";
    let kind = node["Node Type"].as_str().unwrap_or_default();
    assert!(!(kind == "Seq Scan" && is_of_the_queue), "{name}: {node}");
    assert!(!kind.starts_with("Gather"), "{name}: {node}");
    // A condition that no index serves is a filter: what it removes was read in vain.
    let in_vain = node["Rows Removed by Filter"].as_u64().unwrap_or(0)
        * node["Actual Loops"]
            .as_f64()
            .map_or(1, |loops| if loops > 1.0 { 10 } else { 1 });
    assert!(in_vain < 100, "{name}: {node}");
    for below in node["Plans"].as_array().into_iter().flatten() {
        assert_goes_by_indexes(name, below);
    }
}

#[tokio::test]
async fn the_report_goes_by_indexes_and_its_counts_have_an_end() {
    use dragonfly_ops::adapters::postgres::activity::{PLANNING, statements};
    let cluster = postgres(&[]);
    let url = url(&cluster);
    migrate(&url);
    let mut admin = connect(&url).await;
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (job_type, status, worker_name, started_at, finished_at)
             SELECT 't', CASE WHEN n % 10 = 0 THEN 'failed' ELSE 'completed' END, 'w' || n % 3, now(),
                 now() - n * interval '1 minute'
             FROM generate_series(1, 200000) AS n;
         INSERT INTO ops.job_queue (job_type) SELECT 't' || n % 2 FROM generate_series(1, 120000) AS n;
         INSERT INTO ops.queue_pauses (job_type, reason, paused_by) VALUES (NULL, 'r', 'b'), ('none', 'r', 'b');
         INSERT INTO ops.worker_heartbeats (worker_name) SELECT 'w' || n FROM generate_series(0, 9) AS n",
    )
    .await;
    // Once as a planner sees it that has been told nothing, and once with statistics.
    for prepare in ["SELECT 1", "VACUUM ANALYZE ops.job_queue"] {
        execute(&mut admin, prepare).await;
        for (name, sql) in statements() {
            let explain =
                format!("BEGIN; {PLANNING}; EXPLAIN (ANALYZE, FORMAT JSON) {sql}; ROLLBACK");
            let row = sqlx::raw_sql(sqlx::AssertSqlSafe(explain))
                .fetch_one(&mut admin)
                .await
                .expect("it runs");
            let text: String = sqlx::Row::try_get_unchecked(&row, 0).expect("a plan");
            let plan: Value = serde_json::from_str(&text).expect("JSON");
            assert_goes_by_indexes(name, &plan[0]["Plan"]);
        }
    }
    let service = Instance::start(&[("DATABASE_URL", &url)]);
    let body = service.get("/api/health/ops").await.assert_ok();
    let queue = &body["sections"]["queue"];
    assert_eq!(queue["pending"], 100_001, "{queue}");
    let said = queue["summary"].as_str().expect("a sentence");
    assert!(said.starts_with("over 100000 pending"), "{said}");
    // One in ten minutes; the last of them is about to be a day old.
    let failed = queue["failed_24h"].as_u64().expect("a number");
    assert!((143..=144).contains(&failed), "{queue}");
}

#[tokio::test]
async fn queries_are_for_tokens_and_a_role_without_grants_says_what_it_cannot_see() {
    let cluster = postgres(&[]);
    let url = url(&cluster);
    migrate(&url);
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
    let cluster = postgres(&[]);
    let url = url(&cluster);
    migrate(&url);
    let mut admin = connect(&url).await;
    // A warning at the most: one job that nobody has finished for a while.
    execute(
        &mut admin,
        "INSERT INTO ops.worker_heartbeats (worker_name, last_heartbeat, status)
         VALUES ('a', now(), 'running'), ('b', now() - interval '2 minutes', 'running')",
    )
    .await;
    let service = Instance::start(&[("DATABASE_URL", &url), ("HEALTH_FRESHNESS_MS", "0")]);
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
        detail.contains("workers: 1 of 2 workers are alive"),
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
