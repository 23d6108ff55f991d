//! A variable is missing after a deploy.

use super::{Played, Scene};
use crate::harness::KEY;

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_is_missing() {
    let mut scene = Scene::start().await;
    scene.set("SUPABASE_SERVICE_ROLE_KEY", None);
    let mut played = Played::start(scene);
    played.opened("SUPABASE-").await;
    let named = "SUPABASE_SERVICE_ROLE_KEY (or SUPABASE_SECRET_KEY) is not set";
    let check = "Railway env configuration";
    played.checks().await.is(1, &["DFE-CFG-001", named, check]);
    played.types("doctor").await.is(1, &["DFE-CFG-001", named]);
    played.somebody_has_it(&["P2", "DFE-CFG-001", check]).await;
    played.scene.set("SUPABASE_SERVICE_ROLE_KEY", Some(KEY));
    played.redeploy();
    let report = played
        .ends("the variable was left out of the template")
        .await;
    report.is(
        0,
        &["DFE-CFG-001", "the variable was left out of the template"],
    );
}
