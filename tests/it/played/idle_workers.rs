//! Jobs wait, and the workers beat and finish none.

use std::time::Duration;

use super::{Played, Scene};

/// What a worker does that hangs in its work: it beats.
const BEAT: &str = "UPDATE ops.worker_heartbeats SET last_heartbeat = now()";

#[tokio::test(flavor = "multi_thread")]
async fn the_workers_beat_and_finish_nothing() {
    let mut scene = Scene::start().await;
    let railway = scene.with_railway().await;
    let mut played = Played::well(scene).await;
    played.scene.demo.end_workers();
    let world = &played.scene.world;
    let mut beats = world
        .admin_after(
            "DELETE FROM ops.worker_heartbeats WHERE worker_name NOT LIKE 'intake-%';
             UPDATE ops.job_queue SET finished_at = finished_at - interval '2 hours' WHERE finished_at IS NOT NULL;
             INSERT INTO ops.job_queue (job_type, created_at) SELECT 'scan', now() - interval '2 hours' FROM generate_series(1, 500)",
        )
        .await;
    let beats = tokio::spawn(async move {
        // For as long as there is a database.
        while sqlx::raw_sql(BEAT).execute(&mut beats).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    });
    played.opened("WORKERS-").await;
    let named = "queue.stalled: Jobs wait, and nobody has finished one for 2 h. What waits: 500 scan (none finished lately)";
    played.checks().await.is(
        1,
        &[
            named,
            "workers.worker [intake-1]: It beats",
            "a restart of its service lets go",
        ],
    );
    played
        .somebody_has_it(&["P2", "Restart the service of the workers"])
        .await;
    played
        .follows("dragonfly-ops workers")
        .await
        .is(1, &["intake-1", "alive not working"]);
    played.restarts_intake(&railway).await;
    // Started anew, they work.
    played
        .scene
        .world
        .execute(
            "UPDATE ops.job_queue SET status = 'completed', worker_name = 'intake-1', started_at = now(), finished_at = now()
             WHERE status = 'pending'",
        )
        .await;
    let report = played
        .ends("they waited for a peer without a deadline")
        .await;
    report.is(
        0,
        &[
            "they waited for a peer without a deadline",
            "workers.restart",
        ],
    );
    beats.abort();
}
