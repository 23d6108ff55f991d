//! What tables of others may have beside their shape: types without operators, constraints, triggers, owners.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::{doctor, report, row, run, world};
use crate::harness::{World, execute};

const HEARTBEATS: &str = "CREATE SCHEMA ops;
    CREATE TABLE ops.worker_heartbeats (worker_name text PRIMARY KEY, last_heartbeat timestamptz DEFAULT now())";
const PAUSE: &[&str] = &["queue", "pause", "--reason", "a test", "--yes"];
const RESUME: &[&str] = &["queue", "resume", "--reason", "a test", "--yes"];

/// A Postgres with heartbeats and these tables beside them.
async fn with(tables: &'static str) -> (World, PgConnection) {
    world(&[HEARTBEATS, tables]).await
}

async fn rows(admin: &mut PgConnection, sql: &'static str) -> Vec<String> {
    let rows = sqlx::query_scalar(AssertSqlSafe(sql).into_sql_str());
    rows.fetch_all(admin).await.expect("it answers")
}

/// Runs it, as it has to.
fn done(url: &str, settings: &[(&str, &str)], arguments: &[&str]) -> String {
    let (code, answer, said) = run(url, settings, arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {answer} {said}");
    answer
}

/// A cast to `character` is one to a single one.
#[tokio::test]
async fn texts_of_a_fixed_length_come_back_whole() {
    let (world, mut admin) = with(
        "CREATE TABLE ops.job_queue (id char(26) PRIMARY KEY, status char(12) NOT NULL DEFAULT 'pending', created_at timestamptz DEFAULT now());
         INSERT INTO ops.job_queue (id) VALUES ('01ARZ3NDEKTSV4RRFFQ69G5FAV'), ('01ARZ3NDEKTSV4RRFFQ69G5FAW')",
    )
    .await;
    done(&world.url, &[], &["migrate"]);
    done(&world.url, &[], PAUSE);
    execute(&mut admin, "INSERT INTO ops.job_queue (id) VALUES ('x')").await;
    let states = "SELECT DISTINCT status::text FROM ops.job_queue";
    assert_eq!(rows(&mut admin, states).await, ["paused"]);
    done(&world.url, &[], RESUME);
    assert_eq!(rows(&mut admin, states).await, ["pending"]);
}

/// An empty or a small table has no statistics that could say which words there are.
#[tokio::test]
async fn words_in_capitals_count_and_those_that_nobody_knows_are_named() {
    let (world, mut admin) = with(
        "CREATE TABLE ops.job_queue (id bigint PRIMARY KEY, status text, created_at timestamptz, started_at timestamptz, finished_at timestamptz);
         INSERT INTO ops.job_queue SELECT n, CASE n % 2 WHEN 0 THEN 'PENDING' ELSE 'Queued' END, now() - interval '3 hours' FROM generate_series(1, 40) AS n",
    )
    .await;
    let queue = report(&world, &[]).await["queue"].clone();
    assert_eq!(
        (&queue["pending"], &queue["verdict"]),
        (&40.into(), &"critical".into()),
        "{queue}"
    );
    execute(
        &mut admin,
        "UPDATE ops.job_queue SET status = CASE WHEN id > 1 THEN 'purple' END",
    )
    .await;
    let queue = report(&world, &[]).await["queue"].clone();
    assert_eq!(queue["verdict"], "unknown", "{queue}");
    let open = queue["unanswered"].to_string();
    assert!(open.contains("What `purple`, null in"), "{open}");
}

/// No operator takes a domain over an enum, and a constraint may leave out what the enum allows.
#[tokio::test]
async fn a_domain_over_an_enum_is_read_and_learns_to_be_paused() {
    let (world, mut admin) = with(
        "CREATE TYPE ops.word AS ENUM ('pending', 'processing', 'completed', 'failed');
         CREATE TYPE ops.kind AS ENUM ('a', 'b');
         CREATE DOMAIN ops.job_state AS ops.word;
         CREATE DOMAIN ops.job_kind AS ops.kind;
         CREATE TABLE ops.job_queue (
             id bigint PRIMARY KEY, job_type ops.job_kind DEFAULT 'a', created_at timestamptz DEFAULT now(),
             status ops.job_state NOT NULL DEFAULT 'pending'
                 CHECK (status::ops.word IN ('pending', 'processing', 'completed', 'failed'))
         );
         INSERT INTO ops.job_queue (id, job_type) VALUES (1, 'a'), (2, 'b')",
    )
    .await;
    let queue = report(&world, &[]).await["queue"].clone();
    assert_eq!(queue["pending"], 2, "{queue}");
    done(&world.url, &[], &["migrate", "--add-paused", "--yes"]);
    let pause = [PAUSE, &["--type", "a"]].concat();
    done(&world.url, &[], &pause);
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (id, job_type) VALUES (3, 'a'), (4, 'b')",
    )
    .await;
    let states = "SELECT id || ' ' || status FROM ops.job_queue ORDER BY id";
    assert_eq!(
        rows(&mut admin, states).await,
        ["1 paused", "2 pending", "3 paused", "4 pending"]
    );
    let queue = report(&world, &[]).await["queue"].clone();
    assert_eq!(queue["pauses"][0]["escaped"], 0, "{queue}");
    done(&world.url, &[], RESUME);
    let proposals = doctor(&world.url);
    for proposal in proposals.iter().filter(|row| row["id"] == "schema.indexes") {
        let sql = proposal["advice"].as_str().expect("a statement").to_owned();
        sqlx::raw_sql(AssertSqlSafe(sql.clone()))
            .execute(&mut admin)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    let rows = doctor(&world.url);
    assert_eq!(row(&rows, "schema.indexes")["verdict"], "ok", "{rows:#?}");
}
