//! An application has opened all the connections that there are.

use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::{Played, Scene};
use crate::harness::{KEY, url_as};

#[tokio::test(flavor = "multi_thread")]
async fn all_slots_are_used_up() {
    let mut scene = Scene::with(&["max_connections=16"], KEY).await;
    scene
        .world
        .execute(
            "CREATE ROLE watch LOGIN PASSWORD 'watch-password' IN ROLE pg_monitor, pg_signal_backend;
             GRANT USAGE ON SCHEMA ops TO watch; GRANT ALL ON ALL TABLES IN SCHEMA ops TO watch;
             GRANT USAGE ON ALL SEQUENCES IN SCHEMA ops TO watch;
             GRANT SELECT ON ALL TABLES IN SCHEMA public TO watch;
             CREATE ROLE app LOGIN PASSWORD 'app-password'",
        )
        .await;
    let port = scene.world.cluster.port();
    let url = url_as(port, "watch", "watch-password");
    scene.set("DATABASE_URL", Some(&url));
    let mut played = Played::well(scene).await;
    let url = url_as(port, "app", "app-password");
    let mut held = Vec::new();
    while let Ok(session) = PgConnection::connect(&format!("{url}?application_name=zqintake")).await
    {
        held.push(session);
    }
    played.opened("CONNECTIONS-").await;
    let named = "connections.used DFE-DB-004: 13 of 13 connections in use";
    let step = "dragonfly-ops pg connections: who holds them, and how one is ended";
    played.checks().await.is(1, &[named, step]);
    // There is no slot for a login of ours, either, while an instance has its session.
    played
        .follows("pg connections")
        .await
        .is(3, &["DFE-DB-004", "--via URL asks a running instance"]);
    let look = "Look at: dragonfly-ops pg connections --via http://";
    played
        .somebody_has_it(&["P3", "DFE-DB-004: Pool exhausted", look])
        .await;
    played.follows("pg connections --via").await.is(
        1,
        &["are held by zqintake as app", "zqintake app 127.0.0.1 idle"],
    );
    played
        .agrees("pg terminate")
        .await
        .is(0, &["done, and seen to have had its effect"]);
    // That was one of them; whoever opened them lets go of the others.
    drop(held);
    let report = played.ends("the application leaks connections").await;
    report.is(0, &["DFE-DB-004", "pg.terminate"]);
}
