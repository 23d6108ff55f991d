//! Workers beat and nothing is done: what waits, and since when nobody finished one of it.

use serde_json::{Value, json};

use crate::harness::{World, execute};

/// Two workers that beat, and jobs of seven types that wait for 20 minutes.
const STANDSTILL: &str = "
    INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('w-1'), ('w-2');
    INSERT INTO ops.job_queue (job_type, created_at)
        SELECT 'enrich', now() - interval '20 minutes' FROM generate_series(1, 12);
    INSERT INTO ops.job_queue (job_type, created_at)
        SELECT 'mail', now() - interval '20 minutes' FROM generate_series(1, 3);
    INSERT INTO ops.job_queue (job_type, created_at)
        SELECT 'rare-' || n, now() - interval '20 minutes' FROM generate_series(1, 5) AS n;
    INSERT INTO ops.job_queue (job_type, status, worker_name, started_at, finished_at) VALUES
        ('enrich', 'completed', 'w-1', now() - interval '3 hours', now() - interval '3 hours'),
        ('enrich', 'failed', 'w-2', now() - interval '30 minutes', now() - interval '30 minutes'),
        ('other', 'completed', 'w-2', now() - interval '25 minutes', now() - interval '25 minutes')";

async fn sections(world: &World) -> Value {
    let service = world.start(&[]);
    let body = service.get("/api/health/ops").await.assert_ok();
    body["sections"].clone()
}

#[tokio::test]
async fn what_waits_is_said_where_nobody_does_it_with_and_without_an_index() {
    let world = World::with_postgres(&[]).migrated();
    let mut admin = world.admin_after(STANDSTILL).await;
    let expected = "What waits: 12 enrich (the last one finished 30 min ago), 3 mail (none finished lately), \
                    1 rare-1 (none finished lately)";
    for leave in [
        "SELECT 1",
        "DROP INDEX ops.job_queue_last_finished",
        "DROP INDEX ops.job_queue_backlog",
    ] {
        execute(&mut admin, leave).await;
        let sections = sections(&world).await;
        for section in ["workers", "queue"] {
            let summary = sections[section]["summary"].as_str().unwrap_or_default();
            assert!(summary.contains(expected), "{leave}: {summary}");
            assert!(
                summary.contains(", and of more types."),
                "{leave}: {summary}"
            );
        }
        let types = sections["queue"]["waiting_types"].as_array();
        let types = types.expect("they are known");
        assert_eq!(types.len(), 6, "{leave}: {types:?}");
        assert_eq!(
            types[1],
            json!({
                "job_type": "mail", "jobs": 3, "seconds_since_finished_job": null,
            })
        );
        let complaints = sections["workers"]["complaints"].to_string();
        // Once, and not for each worker.
        let said = complaints.matches("What waits: 12 enrich").count();
        assert_eq!(
            (said, complaints.matches("while jobs wait.").count()),
            (1, 2),
            "{complaints}"
        );
    }
}

#[tokio::test]
async fn where_work_is_done_nobody_asks_what_waits() {
    let world = World::with_postgres(&["log_statement=all"]).migrated();
    let mut admin = world.admin_after(STANDSTILL).await;
    execute(
        &mut admin,
        "UPDATE ops.job_queue SET finished_at = now() WHERE status <> 'pending';
         INSERT INTO ops.job_queue (job_type, status, worker_name, started_at, finished_at)
             VALUES ('mail', 'completed', 'w-1', now(), now())",
    )
    .await;
    let found = sections(&world).await;
    assert_eq!(found["queue"]["waiting_types"], Value::Null);
    let asked = || {
        let log = world.cluster.folder().join("server.log");
        let log = std::fs::read_to_string(log).expect("a log");
        log.matches("Which types of jobs wait").count()
    };
    assert_eq!(asked(), 0);
    execute(
        &mut admin,
        "UPDATE ops.job_queue SET finished_at = now() - interval '1 hour' WHERE status <> 'pending'",
    )
    .await;
    let found = sections(&world).await;
    assert!(found["queue"]["waiting_types"].is_array(), "{found}");
    assert_eq!(asked(), 1);
}
