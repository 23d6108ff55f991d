//! Who waits for whom, on a real server: the edges that it knows, no more and no fewer.

use std::collections::BTreeSet;
use std::time::Duration;

use dragonfly_ops::dev::cluster::Cluster;
use serde_json::Value;
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;
use tokio::task::JoinSet;

use crate::harness::{Instance, connect, execute, postgres, url, url_as};

/// A server on which sessions are made to wait for each other.
struct Scene {
    cluster: Cluster,
    admin: PgConnection,
    waiters: JoinSet<()>,
    waiting: i64,
}

type Edges = BTreeSet<(i64, i64)>;

impl Scene {
    async fn new(settings: &[&str]) -> Self {
        let cluster = postgres(settings);
        let mut admin = connect(&url(&cluster)).await;
        execute(
            &mut admin,
            "CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 0), (2, 0);
             CREATE ROLE blind LOGIN PASSWORD 'blind-password'",
        )
        .await;
        Self {
            cluster,
            admin,
            waiters: JoinSet::new(),
            waiting: 0,
        }
    }

    /// A session inside a transaction in which it has done this, and its process id.
    async fn holder(&self, sql: &str) -> (PgConnection, i64) {
        let mut holder = connect(&url(&self.cluster)).await;
        sqlx::raw_sql(AssertSqlSafe(format!("BEGIN; {sql}")))
            .execute(&mut holder)
            .await
            .expect("nothing is in its way");
        let pid = pid(&mut holder).await;
        (holder, pid)
    }

    /// A session that does this and has to wait. Gives its process id once it does.
    async fn waiter(&mut self, sql: &'static str) -> i64 {
        let mut waiter = connect(&url(&self.cluster)).await;
        let pid = pid(&mut waiter).await;
        self.waiters.spawn(async move {
            let _ = sqlx::raw_sql(sql).execute(&mut waiter).await;
        });
        self.waiting += 1;
        loop {
            let waiting: i64 =
                sqlx::query_scalar("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
                    .fetch_one(&mut self.admin)
                    .await
                    .expect("it answers");
            if waiting == self.waiting {
                return pid;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Asserts the edges and the root as the owner sees them, and as a role without any grant does.
    async fn assert(&self, edges: &Edges, root: i64, kind: &str, behind: usize) {
        let blind = url_as(self.cluster.port(), "blind", "blind-password");
        for url in [url(&self.cluster), blind] {
            let service = Instance::start(&[("DATABASE_URL", &url)]);
            let body = service.get("/api/health/ops").await.assert_ok();
            let locks = &body["sections"]["locks"];
            let seen: Edges = locks["edges"]
                .as_array()
                .expect("edges")
                .iter()
                .map(|edge| (number(&edge["waiting_pid"]), number(&edge["blocking_pid"])))
                .collect();
            assert_eq!(&seen, edges, "{locks}");
            assert_eq!(
                locks["edges"].as_array().map(Vec::len),
                Some(edges.len()),
                "none twice"
            );
            let roots = locks["roots"].as_array().expect("roots");
            assert_eq!(roots.len(), 1, "{locks}");
            assert_eq!(
                (number(&roots[0]["pid"]), roots[0]["kind"].as_str()),
                (root, Some(kind))
            );
            assert_eq!(roots[0]["waiting"], behind, "{locks}");
        }
    }
}

fn number(value: &Value) -> i64 {
    value.as_i64().expect("a number")
}

async fn pid(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar("SELECT pg_backend_pid()::int8")
        .fetch_one(connection)
        .await
        .expect("it answers")
}

#[tokio::test]
async fn one_waits_for_a_row() {
    let mut scene = Scene::new(&[]).await;
    let (_bystander, _) = scene.holder("UPDATE t SET v = 1 WHERE id = 2").await;
    let (_holder, holder) = scene.holder("UPDATE t SET v = 1 WHERE id = 1").await;
    let waiter = scene.waiter("UPDATE t SET v = 2 WHERE id = 1").await;
    let edges = [(waiter, holder)].into();
    scene.assert(&edges, holder, "session", 1).await;
}

#[tokio::test]
async fn three_wait_for_one_row_in_a_queue() {
    let mut scene = Scene::new(&[]).await;
    let (_holder, holder) = scene.holder("UPDATE t SET v = 1 WHERE id = 1").await;
    let first = scene.waiter("UPDATE t SET v = 2 WHERE id = 1").await;
    let second = scene.waiter("UPDATE t SET v = 3 WHERE id = 1").await;
    let third = scene.waiter("UPDATE t SET v = 4 WHERE id = 1").await;
    // The first waits for the transaction and holds the row's place in the queue; the others wait
    // for that place, each behind all who came before.
    let edges = [
        (first, holder),
        (second, first),
        (third, first),
        (third, second),
    ]
    .into();
    scene.assert(&edges, holder, "session", 3).await;
}

#[tokio::test]
async fn readers_queue_behind_ddl_behind_an_idle_transaction() {
    let mut scene = Scene::new(&[]).await;
    let (_idle, idle) = scene.holder("SELECT * FROM t").await;
    let ddl = scene.waiter("ALTER TABLE t ADD COLUMN w int").await;
    let mut edges: Edges = [(ddl, idle)].into();
    for _ in 0..26 {
        edges.insert((scene.waiter("SELECT * FROM t").await, ddl));
    }
    scene.assert(&edges, idle, "session", 27).await;
}

#[tokio::test]
async fn a_prepared_transaction_blocks_without_a_session() {
    let mut scene = Scene::new(&["max_prepared_transactions=2"]).await;
    let (mut holder, _) = scene.holder("UPDATE t SET v = 1 WHERE id = 1").await;
    execute(&mut holder, "PREPARE TRANSACTION 'p'").await;
    let waiter = scene.waiter("UPDATE t SET v = 2 WHERE id = 1").await;
    let edges = [(waiter, 0)].into();
    scene.assert(&edges, 0, "prepared_transaction", 1).await;
}

#[tokio::test]
async fn an_advisory_lock_is_a_lock() {
    let mut scene = Scene::new(&[]).await;
    let (_holder, holder) = scene.holder("SELECT pg_advisory_xact_lock(7)").await;
    let waiter = scene.waiter("BEGIN; SELECT pg_advisory_xact_lock(7)").await;
    let edges = [(waiter, holder)].into();
    scene.assert(&edges, holder, "session", 1).await;
}

#[tokio::test]
async fn what_runs_for_over_a_minute_is_long_and_what_idles_in_a_transaction_is_told_apart() {
    let mut scene = Scene::new(&[]).await;
    let (_idle, idle) = scene.holder("SELECT 'zqcanary'").await;
    let mut busy = connect(&url(&scene.cluster)).await;
    let active = pid(&mut busy).await;
    scene.waiters.spawn(async move {
        let _ = sqlx::raw_sql("SELECT pg_sleep(600), 'zqcanary'")
            .execute(&mut busy)
            .await;
    });
    let _resting = connect(&url(&scene.cluster)).await;
    let service = Instance::start(&[("DATABASE_URL", &url(&scene.cluster))]);
    let young = service.get("/api/health/ops").await.assert_ok();
    assert_eq!(young["sections"]["long_running"]["verdict"], "ok");
    let old = async {
        loop {
            let body = service.get("/api/health/ops").await.assert_ok();
            let section = &body["sections"]["long_running"];
            let length = |name: &str| section[name].as_array().map_or(0, Vec::len);
            if length("active") + length("idle_in_transaction") == 2 {
                return section.clone();
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    let section = tokio::time::timeout(Duration::from_secs(90), old)
        .await
        .expect("both are long-running after a minute");
    assert_eq!(section["verdict"], "warning", "{section}");
    assert_eq!(section["active"][0]["pid"], active, "{section}");
    assert_eq!(section["idle_in_transaction"][0]["pid"], idle, "{section}");
    assert!(!section.to_string().contains("zqcanary"), "{section}");
}
