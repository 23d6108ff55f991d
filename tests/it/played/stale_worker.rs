//! A worker is silent: one of several first, and then there is no other.

use super::{Played, Scene};

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_is_stale() {
    let mut scene = Scene::start().await;
    let railway = scene.with_railway().await;
    let mut played = Played::well(scene).await;
    played.scene.demo.end_workers();
    let world = &played.scene.world;
    world
        .execute("UPDATE ops.worker_heartbeats SET last_heartbeat = now() - interval '11 minutes' WHERE worker_name = 'intake-1'")
        .await;
    // One of five: it is named, and wakes nobody.
    let named = "workers.worker [intake-1]: Stale";
    played
        .checks()
        .await
        .is(0, &[named, "Restart it if it is gone"]);
    let url = played.url();
    let list = played.types(&format!("incident list --via {url}")).await;
    list.is(0, &["Nothing goes on"]);
    let world = &played.scene.world;
    world
        .execute("DELETE FROM ops.worker_heartbeats WHERE worker_name <> 'intake-1'")
        .await;
    played.opened("WORKERS-").await;
    played
        .checks()
        .await
        .is(1, &[named, "Railway deployment status"]);
    played
        .somebody_has_it(&["P2", "Restart the service of the workers"])
        .await;
    played
        .follows("dragonfly-ops workers")
        .await
        .is(1, &["intake-1", "stale"]);
    played.restarts_intake(&railway).await;
    let report = played.ends("it was out of memory").await;
    report.is(0, &["it was out of memory", "workers.restart"]);
}
