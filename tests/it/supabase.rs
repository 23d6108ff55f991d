//! What Supabase, its gateway or the network can do to us. Peers are scripted: their answers are
//! those that Supabase documents.

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
        assert_eq!(problem["first_check"], "API key validity");
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
