//! All of Postgres's processes are stopped: it accepts connections, and answers nobody.

use rustix::process::Signal;

use super::{Played, Scene};

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_stopped() {
    let mut played = Played::well(Scene::start().await).await;
    played.scene.world.cluster.signal_all(Signal::STOP);
    played.opened("DB-").await;
    let named = "The server itself: REST does not reach it either";
    let checked = played.checks().await;
    let checked = checked.is(1, &["DFE-DB-002", named]);
    // It would hang, too.
    assert!(
        !checked.stdout.contains("dragonfly-ops pg"),
        "{}",
        checked.stdout
    );
    played
        .somebody_has_it(&["P1", "DFE-DB-002: Query timeout", named])
        .await;
    played.scene.world.cluster.signal_all(Signal::CONT);
    let report = played.ends("all processes of Postgres were stopped").await;
    report.is(0, &["DFE-DB-002", "all processes of Postgres were stopped"]);
}
