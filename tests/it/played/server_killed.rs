//! Postgres is gone: it refuses connections.

use super::{Played, Scene};

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_killed() {
    let mut played = Played::well(Scene::start().await).await;
    played.scene.world.cluster.crash().expect("it dies");
    played.opened("DB-").await;
    let checked = played.checks().await;
    checked.is(
        1,
        &[
            "DFE-DB-001: Postgres refused the connection",
            "Database pooler status",
        ],
    );
    played
        .somebody_has_it(&["P1", "Look at: Database pooler status (DFE-DB-001"])
        .await;
    played.scene.world.cluster.recover(&[]).expect("it is back");
    let report = played.ends("the server was out of memory").await;
    report.is(0, &["DFE-DB-001", "the server was out of memory"]);
}
