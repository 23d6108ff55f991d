//! A transaction that does nothing has read a table, somebody alters it, and everybody else waits behind that.

use tokio::task::JoinSet;

use super::{Played, Scene};
use crate::actions;
use crate::harness::execute;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_readers_wait_behind_an_alter_behind_an_idle_transaction() {
    let mut played = Played::well(Scene::start().await).await;
    let world = &played.scene.world;
    let mut holder = world.admin().await;
    execute(
        &mut holder,
        "SET application_name = 'report'; BEGIN; SELECT FROM public.plaintiffs",
    )
    .await;
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .persistent(false)
        .fetch_one(&mut holder)
        .await
        .expect("it answers");
    let mut waiting = JoinSet::new();
    let mut admin = world.admin().await;
    for nth in 0..=20 {
        let sql = match nth {
            0 => "ALTER TABLE public.plaintiffs ADD COLUMN note text",
            _ => "SELECT count(*) FROM public.plaintiffs",
        };
        let mut session = world.admin().await;
        waiting.spawn(async move {
            let _ = sqlx::raw_sql(sql).execute(&mut session).await;
        });
        let waits = format!("(SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted) > {nth}");
        actions::until(&mut admin, waits).await;
    }
    played.opened("SUPABASE-").await;
    // What is read of the database is shared for a while: then the lock is seen.
    let step = "dragonfly-ops pg locks: who is at the root";
    played
        .until("the lock is named", |one| {
            let check = one["codes"][0]["first_check"].as_str();
            check.is_some_and(|check| check.starts_with(step))
                && one["remedies"][0]["command"].is_string()
        })
        .await;
    let named = "sessions wait for a lock on public.plaintiffs behind the session";
    let named = format!("{named} {pid}");
    let checked = played.checks().await;
    checked.is(1, &["DFE-NET-001", &named, step]);
    let mends = "End the session at the root of the lock tree";
    let root = format!("dragonfly-ops pg terminate {pid} --backend-start ");
    played.somebody_has_it(&["P2", mends, &root]).await;
    let tree = format!("{pid} idle in transaction for ");
    let altered = "AccessExclusiveLock on public.plaintiffs";
    played
        .follows("dragonfly-ops pg locks")
        .await
        .is(0, &[&tree, altered, &root]);
    played
        .follows(&format!("pg terminate {pid} --backend-start"))
        .await
        .is(2, &["--yes goes ahead"]);
    played
        .agrees(&format!("pg terminate {pid} --backend-start"))
        .await
        .is(0, &["done, and seen to have had its effect"]);
    waiting.join_all().await;
    let report = played.ends("somebody left a transaction open").await;
    report.is(0, &["somebody left a transaction open", "pg.terminate"]);
}
