//! `dragonfly-ops migrate`, and the statements that rely on it.

use dragonfly_ops::adapters::postgres::statements;
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};

use crate::harness::{World, command};

fn run_migrate(url: &str) -> (Option<i32>, String) {
    let output = command(&[("DATABASE_URL", url)])
        .arg("migrate")
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
        let runs = [(); 2].map(|()| scope.spawn(|| run_migrate(&world.url)));
        runs.map(|run| run.join().expect("it ran"))
            .into_iter()
            .collect()
    });
    for (code, text) in both {
        assert_eq!(code, Some(0), "{text}");
    }
    let (code, text) = run_migrate(&world.url);
    assert_eq!(code, Some(0));
    assert_eq!(text.matches("exists, left as it is").count(), 8, "{text}");
    let mut admin = world.admin().await;
    for (name, sql) in statements() {
        let prepared = admin.prepare(AssertSqlSafe(sql).into_sql_str()).await;
        assert!(prepared.is_ok(), "{name}: {prepared:?}");
    }
}

#[tokio::test]
async fn a_table_of_another_shape_is_named_and_left_alone() {
    let world = World::with_postgres(&[]);
    let mut admin = world
        .admin_after(
            "CREATE SCHEMA ops; CREATE TABLE ops.job_queue (id int, status int, worker_name text)",
        )
        .await;
    let (code, text) = run_migrate(&world.url);
    assert_eq!(code, Some(1), "{text}");
    for expected in [
        "DFE-VAL-002",
        "created_at",
        "started_at",
        "finished_at",
        "status (is integer",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_tables WHERE schemaname = 'ops'")
        .fetch_one(&mut admin)
        .await
        .expect("it answers");
    assert_eq!(tables, 1, "nothing was created beside it");
}

#[test]
fn without_a_database_it_could_not_check() {
    let output = command(&[]).arg("migrate").output().expect("it runs");
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("DFE-CFG-001"));
}
