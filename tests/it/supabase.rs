//! What Supabase, its gateway or the network can do to us. Peers are scripted: their answers are
//! those that Supabase documents.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::harness::{Instance, KEY, Peer};

fn start(port: u16, more: &[(&str, &str)]) -> Instance {
    let url = format!("http://127.0.0.1:{port}");
    let mut settings = vec![
        ("SUPABASE_URL", url.as_str()),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
    ];
    settings.extend_from_slice(more);
    Instance::start(&settings)
}

#[tokio::test]
async fn a_row_is_green_and_says_who_served_it() {
    let peer = Peer::http("200 OK", "server: postgrest/12.2\r\n", r#"[{"id":1}]"#).await;
    let service = start(peer.port, &[("SUPABASE_MODE", "test")]);
    let body = service.get("/api/health/supabase").await.assert_ok();
    assert_eq!(
        (&body["server"], &body["environment"]),
        (&"postgrest/12.2".into(), &"test".into())
    );
}

#[tokio::test]
async fn a_rejected_key_is_not_repeated_and_callers_share_one_request() {
    let peer = Peer::http("401 Unauthorized", "", "").await;
    let service = start(peer.port, &[("HEALTH_FRESHNESS_MS", "0")]);
    for _ in 0..50 {
        let problem = service
            .get("/api/health/supabase")
            .await
            .assert_code("DFE-VND-001");
        let first_check = problem["first_check"].as_str().unwrap_or_default();
        assert!(
            first_check.starts_with("API key validity: SUPABASE_SERVICE_ROLE_KEY"),
            "{problem}"
        );
        assert!(problem["next_attempt_at"].is_string());
    }
    assert_eq!(peer.seen(), 1);
    let peer = Peer::http("200 OK", "", "[]").await;
    let service = start(peer.port, &[("HEALTH_FRESHNESS_MS", "60000")]);
    let replies =
        futures_util::future::join_all((0..100).map(|_| service.get("/api/health/supabase"))).await;
    let mut sources: Vec<_> = replies
        .iter()
        .map(|reply| reply.assert_ok()["source"].to_string())
        .collect();
    sources.retain(|source| source == "\"live\"");
    assert_eq!((sources.len(), peer.seen()), (1, 1));
}

#[tokio::test]
async fn a_server_that_calls_itself_by_our_key_does_not_have_it_shown() {
    let header = format!("server: {KEY}\r\n");
    let peer = Peer::http("200 OK", &header, "[]").await;
    let service = start(peer.port, &[]);
    let body = service.get("/api/health/supabase").await.assert_ok();
    assert_eq!(body["server"], "[redacted]");
}

/// A legacy key that expires so many hours from now, and when that is.
fn legacy(hours: i64) -> (String, Timestamp) {
    let at = Timestamp::now() + SignedDuration::from_hours(hours);
    let at = Timestamp::from_second(at.as_second()).expect("a time");
    let claims = format!(r#"{{"role":"service_role","exp":{}}}"#, at.as_second());
    let key = format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims));
    (key, at)
}

#[tokio::test]
async fn a_key_that_expires_soon_is_said_while_it_still_works() {
    const GAUGE: &str = "dragonfly_supabase_key_expiry_timestamp_seconds";
    let peer = Peer::http("200 OK", "", "[]").await;
    for (hours, is_soon) in [(8 * 24, false), (6 * 24, true)] {
        let (key, at) = legacy(hours);
        let service = start(peer.port, &[("SUPABASE_SERVICE_ROLE_KEY", &key)]);
        let body = service.get("/api/health/supabase").await.assert_ok();
        let expires: Timestamp = body["key_expires_at"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .expect("a time");
        assert_eq!(expires, at);
        let warning = body["warning"].as_str().unwrap_or_default();
        assert_eq!(
            warning.contains("SUPABASE_SERVICE_ROLE_KEY expires in"),
            is_soon,
            "{body}"
        );
        let metrics = service.metrics().await;
        assert_eq!(metrics.value(GAUGE, &[]), at.as_second());
    }
    let service = start(peer.port, &[]);
    let body = service.get("/api/health/supabase").await.assert_ok();
    assert_eq!(
        (&body["key_expires_at"], &body["warning"]),
        (&Value::Null, &Value::Null)
    );
    let series = service.metrics().await.series();
    assert!(series.iter().all(|(name, _)| name != GAUGE));
}

#[tokio::test]
async fn an_expired_key_is_named_with_its_age_whatever_the_gateway_calls_it() {
    for body in [
        "",
        r#"{"message":"Invalid API key"}"#,
        r#"{"code":"PGRST301"}"#,
    ] {
        let peer = Peer::http("401 Unauthorized", "", body).await;
        let (key, _) = legacy(-72);
        for variable in ["SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_SECRET_KEY"] {
            let url = format!("http://127.0.0.1:{}", peer.port);
            let service = Instance::start(&[("SUPABASE_URL", &*url), (variable, &*key)]);
            let reply = service.get("/api/health/supabase").await;
            let problem = reply.assert_code("DFE-AUTH-002");
            let detail = problem["detail"].as_str().unwrap_or_default();
            let expected = format!("The key in {variable} expired 3 d ago, at ");
            assert!(detail.starts_with(&expected), "{problem}");
            let first_check = format!("A new key in {variable}, then redeploy");
            assert_eq!(problem["first_check"], first_check);
            assert!(!reply.body.contains(&key));
        }
    }
}
