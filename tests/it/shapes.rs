//! Queues and heartbeats as others keep them: what each shape lets be said, and held.

mod barriers;
mod edges;
mod holding;
mod obstacles;
mod reading;
mod switched;
pub(crate) mod zones;

use serde_json::Value;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, SqlSafeStr};

use crate::harness::{OPERATOR, World, command, execute, migrate};

const FIRST: &[&str] = &[include_str!("shapes/first.sql")];
const HARDENED: &[&str] = &[
    include_str!("shapes/first.sql"),
    include_str!("shapes/hardened.sql"),
];
const FORCED: &[&str] = &[
    include_str!("shapes/first.sql"),
    include_str!("shapes/hardened.sql"),
    include_str!("shapes/forced.sql"),
];
const INTEGERS: &[&str] = &[include_str!("shapes/integers.sql")];
const BARE: &[&str] = &[include_str!("shapes/bare.sql")];

const HEARTBEATS: &str = "CREATE SCHEMA ops;
    CREATE TABLE ops.worker_heartbeats (worker_name text PRIMARY KEY, last_heartbeat timestamptz DEFAULT now())";
const PAUSE: &[&str] = &["queue", "pause", "--reason", "a test", "--yes"];
const RESUME: &[&str] = &["queue", "resume", "--reason", "a test", "--yes"];

/// A Postgres with tables of somebody else, before the service has added anything.
async fn world(shape: &[&'static str]) -> (World, PgConnection) {
    let world = World::with_postgres(&[]);
    let mut admin = world.admin().await;
    for step in shape {
        execute(&mut admin, step).await;
    }
    (world, admin)
}

/// The same after `dragonfly-ops migrate`.
async fn migrated(shape: &[&'static str]) -> (World, PgConnection) {
    let (world, admin) = world(shape).await;
    migrate(&world.url);
    (world, admin)
}

/// A command as the operator, with these settings as well: its exit code, answer and complaint.
fn run(url: &str, settings: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut all = vec![
        ("DATABASE_URL", url),
        ("OPS_TOKEN", OPERATOR),
        ("DRAGONFLY_TOKEN", OPERATOR),
    ];
    all.extend_from_slice(settings);
    let output = command(&all).args(arguments).output().expect("it runs");
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// The rows of doctor.
fn doctor(url: &str) -> Vec<Value> {
    let (_, answer, said) = run(url, &[], &["doctor", "--output", "json"]);
    let found: Value =
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {said}"));
    found["checks"].as_array().expect("rows").clone()
}

/// The first row of this id.
fn row<'a>(rows: &'a [Value], id: &str) -> &'a Value {
    let row = rows.iter().find(|row| row["id"] == id);
    row.unwrap_or_else(|| panic!("no {id}: {rows:#?}"))
}

async fn report(world: &World, settings: &[(&str, &str)]) -> Value {
    let service = world.start(settings);
    service.get("/api/health/ops").await.assert_ok()["sections"].clone()
}

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

/// Makes the indexes that doctor proposes, by the very statements.
async fn make_indexes(admin: &mut PgConnection, rows: &[Value]) {
    for proposal in rows.iter().filter(|row| row["id"] == "schema.indexes") {
        let sql = proposal["advice"].as_str().expect("a statement").to_owned();
        sqlx::raw_sql(AssertSqlSafe(sql.clone()))
            .execute(&mut *admin)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}
