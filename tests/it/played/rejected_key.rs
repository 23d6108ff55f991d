//! Somebody has rotated the key in Supabase: ours is rejected from then on.

use super::{Played, Scene};

const NEW_KEY: &str = "sb_secret_another_0123456789";

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_rejected() {
    let mut played = Played::well(Scene::start().await).await;
    played.scene.demo.rotate_key(NEW_KEY.to_owned());
    played.opened("SUPABASE-").await;
    let named = "rejected the API key in SUPABASE_SERVICE_ROLE_KEY";
    let check = "API key validity: SUPABASE_SERVICE_ROLE_KEY";
    played.checks().await.is(1, &["DFE-VND-001", named, check]);
    played.somebody_has_it(&["P2", "DFE-VND-001", check]).await;
    played.scene.set("SUPABASE_SERVICE_ROLE_KEY", Some(NEW_KEY));
    played.redeploy();
    let report = played.ends("the key was rotated, and not here").await;
    report.is(0, &["DFE-VND-001", "the key was rotated, and not here"]);
}
