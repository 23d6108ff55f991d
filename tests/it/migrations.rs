//! `dragonfly-ops migrate`, and the statements that rely on it.

use dragonfly_ops::adapters::postgres::statements;
use dragonfly_ops::domain::tables::TableSettings;
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};

use crate::harness::{OPERATOR, World, command, execute};

fn run_migrate(url: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let output = command(&[("DATABASE_URL", url)])
        .arg("migrate")
        .args(arguments)
        .output()
        .expect("it runs");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

#[tokio::test]
async fn it_creates_what_is_missing_and_may_be_repeated_at_the_same_time() {
    let world = World::with_postgres(&[]);
    let both: Vec<_> = std::thread::scope(|scope| {
        let runs = [(); 2].map(|()| scope.spawn(|| run_migrate(&world.url, &[])));
        runs.map(|run| run.join().expect("it ran"))
            .into_iter()
            .collect()
    });
    for (code, text) in both {
        assert_eq!(code, Some(0), "{text}");
    }
    let (code, text) = run_migrate(&world.url, &[]);
    assert_eq!(code, Some(0));
    assert_eq!(text.matches("exists, left as it is").count(), 20, "{text}");
    let mut admin = world.admin().await;
    let settings = TableSettings::default();
    let all = statements(&mut admin, &settings).await.expect("it answers");
    for (name, sql) in all {
        let prepared = admin.prepare(AssertSqlSafe(sql).into_sql_str()).await;
        assert!(prepared.is_ok(), "{name}: {prepared:?}");
    }
}

#[tokio::test]
async fn a_table_that_cannot_be_read_is_named_and_left_alone() {
    let world = World::with_postgres(&[]);
    let mut admin = world
        .admin_after("CREATE SCHEMA ops; CREATE TABLE ops.job_queue (id int, worker_name text)")
        .await;
    let (code, text) = run_migrate(&world.url, &[]);
    assert_eq!(code, Some(1), "{text}");
    for expected in [
        "DFE-VAL-002",
        "ops.job_queue is of another shape",
        "QUEUE_COLUMNS",
        "the triggers of the pauses: not created, and not available",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let columns: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_attribute WHERE attrelid = 'ops.job_queue'::regclass AND attnum > 0",
    )
    .fetch_one(&mut admin)
    .await
    .expect("it answers");
    assert_eq!(columns, 2, "nothing was added to it");
}

/// A pause that was ordered before holds were in a table of their own goes on, and gives back what it
/// held.
#[tokio::test]
async fn what_a_pause_of_before_holds_is_taken_over() {
    let world = World::with_postgres(&[]);
    let mut admin = world.admin().await;
    for step in [
        include_str!("../../migrations/0001_worker_heartbeats.sql"),
        include_str!("../../migrations/0002_job_queue.sql"),
        include_str!("before/0005_queue_pauses.sql"),
        "INSERT INTO ops.queue_pauses (reason, paused_by) VALUES ('before', 'tests');
         INSERT INTO ops.job_queue (job_type) VALUES ('mail'), ('scan');
         INSERT INTO ops.job_queue (job_type, status) VALUES ('mail', 'paused')",
    ] {
        execute(&mut admin, step).await;
    }
    let (code, text) = run_migrate(&world.url, &[]);
    assert_eq!(code, Some(0), "{text}");
    let held: Vec<String> = sqlx::query_scalar(
        "SELECT q.job_type || ' ' || b.pause_id || ' ' || b.state FROM ops.queue_holds AS b
         JOIN ops.job_queue AS q ON q.id::text = b.job_id ORDER BY q.id",
    )
    .fetch_all(&mut admin)
    .await
    .expect("it answers");
    assert_eq!(held, ["mail 1 pending", "scan 1 pending"]);
    execute(
        &mut admin,
        "INSERT INTO ops.job_queue (job_type) VALUES ('new')",
    )
    .await;
    let output = command(&[
        ("DATABASE_URL", &world.url),
        ("OPS_TOKEN", OPERATOR),
        ("DRAGONFLY_TOKEN", OPERATOR),
    ])
    .args(["queue", "resume", "1", "--reason", "a test", "--yes"])
    .output()
    .expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let statuses: Vec<String> = sqlx::query_scalar("SELECT status FROM ops.job_queue ORDER BY id")
        .fetch_all(&mut admin)
        .await
        .expect("it answers");
    assert_eq!(statuses, ["pending", "pending", "paused", "pending"]);
}

#[tokio::test]
async fn a_dry_run_shows_the_statements_and_runs_none() {
    let world = World::with_postgres(&[]);
    let (code, text) = run_migrate(&world.url, &["--dry-run"]);
    assert_eq!(code, Some(0), "{text}");
    for expected in [
        "CREATE TABLE ops.job_queue",
        "CREATE TABLE ops.queue_holds",
        "CREATE OR REPLACE FUNCTION ops.hold_job()",
        "CREATE TRIGGER hold_new_job AFTER INSERT ON \"ops\".\"job_queue\"",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(!text.contains(": created"), "{text}");
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_namespace WHERE nspname = 'ops'")
        .fetch_one(&mut world.admin().await)
        .await
        .expect("it answers");
    assert_eq!(tables, 0);
}

#[test]
fn without_a_database_it_could_not_check() {
    let output = command(&[]).arg("migrate").output().expect("it runs");
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("DFE-CFG-001"));
}
