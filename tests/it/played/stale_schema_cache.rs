//! `PostgREST` has not heard of a migration: it does not know the table.

use super::{Played, Scene};
use crate::actions::reload::stale_rest;

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_cache_is_stale() {
    let mut scene = Scene::start().await;
    let (port, _) = stale_rest(&scene.world.url).await;
    scene.set("SUPABASE_URL", Some(&format!("http://127.0.0.1:{port}")));
    let mut played = Played::start(scene);
    played.opened("SUPABASE-").await;
    let named = "PostgREST does not know the table plaintiffs";
    let check = "reload the PostgREST schema";
    played.checks().await.is(1, &["DFE-VAL-002", named, check]);
    let mends = "Have PostgREST read the schema again";
    played
        .somebody_has_it(&["P2", "DFE-VAL-002", check, mends])
        .await;
    let reload = format!(
        "reload-schema --reason \"its schema cache is stale, {}\"",
        played.name
    );
    played
        .follows(&format!("{reload} --dry-run"))
        .await
        .is(0, &["nothing was changed; it would be so"]);
    played
        .agrees(&reload)
        .await
        .is(0, &["done, and seen to have had its effect"]);
    let report = played.ends("a migration did not say so").await;
    report.is(0, &["DFE-VAL-002", "schema.reload"]);
}
