//! The key is a JWT, and its time has run out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};

use super::{Played, Scene};

/// A legacy key that expires so many hours from now.
fn expires_in(hours: i64) -> String {
    let at = Timestamp::now() + SignedDuration::from_hours(hours);
    let claims = format!(r#"{{"role":"service_role","exp":{}}}"#, at.as_second());
    format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_has_expired() {
    let mut played = Played::start(Scene::with(&[], &expires_in(-24)).await);
    played.opened("SUPABASE-").await;
    let named = "The key in SUPABASE_SERVICE_ROLE_KEY expired 24 h ago, at ";
    let check = "A new key in SUPABASE_SERVICE_ROLE_KEY, then redeploy";
    played.checks().await.is(1, &["DFE-AUTH-002", named, check]);
    played.somebody_has_it(&["P2", "DFE-AUTH-002", check]).await;
    let key = expires_in(1_000);
    played.scene.demo.rotate_key(key.clone());
    played.scene.set("SUPABASE_SERVICE_ROLE_KEY", Some(&key));
    played.redeploy();
    let report = played.ends("nobody minded when it expires").await;
    report.is(0, &["DFE-AUTH-002", "nobody minded when it expires"]);
}
