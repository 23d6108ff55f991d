//! What Supabase, its gateway or the network can do to us. Peers are scripted: their answers are
//! those that Supabase documents.

use std::time::Duration;

use crate::harness::{Instance, KEY, Manner, Peer, assert_at_deadline};

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
async fn each_answer_has_its_code_at_once() {
    for (status, headers, body, code, detail) in [
        (
            "401 Unauthorized",
            "",
            r#"{"message":"Invalid API key zqcanary"}"#,
            "DFE-VND-001",
            "rejected the API key",
        ),
        (
            "401 Unauthorized",
            "",
            "",
            "DFE-VND-001",
            "rejected the API key",
        ),
        (
            "401 Unauthorized",
            "",
            r#"{"code":"PGRST303"}"#,
            "DFE-AUTH-002",
            "expired",
        ),
        (
            "403 Forbidden",
            "",
            r#"{"code":"42501"}"#,
            "DFE-AUTH-003",
            "GRANT SELECT",
        ),
        (
            "404 Not Found",
            "",
            r#"{"code":"PGRST205"}"#,
            "DFE-VAL-002",
            "schema cache",
        ),
        (
            "429 Too Many Requests",
            "retry-after: 7\r\n",
            "",
            "DFE-VND-004",
            "fewer requests",
        ),
        (
            "503 Service Unavailable",
            "retry-after: 0\r\n",
            r#"{"code":"PGRST002"}"#,
            "DFE-VND-001",
            "will not help",
        ),
        (
            "504 Gateway Timeout",
            "",
            r#"{"code":"PGRST003"}"#,
            "DFE-VND-001",
            "pool timed out",
        ),
        ("540 Project Paused", "", "<html>", "DFE-VND-001", "paused"),
        (
            "522 x",
            "",
            "<html>zqcanary</html>",
            "DFE-VND-001",
            "HTTP 522",
        ),
        (
            "302 Found",
            "location: http://127.0.0.1:9/\r\n",
            "",
            "DFE-VND-001",
            "redirect",
        ),
        (
            "200 OK",
            "",
            "<html>zqcanary</html>",
            "DFE-VND-001",
            "not the JSON",
        ),
        ("200 OK", "", "", "DFE-VND-001", "not the JSON"),
    ] {
        let peer = Peer::http(status, headers, body).await;
        let service = start(peer.port, &[]);
        let reply = service.get("/api/health/supabase").await;
        let problem = reply.assert_code(code);
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|text| text.contains(detail)),
            "{status}: {}",
            reply.body
        );
        assert!(!reply.body.contains("zqcanary") && !service.log_text().contains("zqcanary"));
        if code == "DFE-VND-004" {
            assert!(
                ["6", "7"].contains(&reply.header("retry-after")),
                "{}",
                reply.header("retry-after")
            );
        }
    }
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
async fn silence_and_a_trickle_end_at_the_deadline() {
    let deadline = Duration::from_secs(1);
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n[".to_owned();
    for (bytes, manner, detail) in [
        (String::new(), Manner::Silent, "did not answer"),
        (head, Manner::Trickle, "began an answer"),
    ] {
        let peer = Peer::start(bytes, manner).await;
        let service = start(peer.port, &[("HEALTH_SUPABASE_TIMEOUT", "1")]);
        // Connections of the client itself are warm before anything is timed.
        service.get("/api/health").await.assert_ok();
        let reply = service.get("/api/health/supabase").await;
        assert_at_deadline(&reply, deadline);
        let problem = reply.assert_code("DFE-NET-001");
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|text| text.contains(detail)),
            "{}",
            reply.body
        );
    }
}

#[tokio::test]
async fn refused_is_found_at_once_and_a_name_that_does_not_resolve_is_dns() {
    let port = dragonfly_ops::dev::cluster::free_port().expect("a free port");
    let service = start(port, &[]);
    service.get("/api/health").await.assert_ok();
    let reply = service.get("/api/health/supabase").await;
    reply.assert_code("DFE-NET-002");
    assert!(reply.took < Duration::from_millis(250), "{:?}", reply.took);
    let service = Instance::start(&[
        ("SUPABASE_URL", "https://nowhere.invalid"),
        ("SUPABASE_SECRET_KEY", KEY),
        ("HEALTH_SUPABASE_TIMEOUT", "30"),
    ]);
    service
        .get("/api/health/supabase")
        .await
        .assert_code("DFE-NET-003");
}

#[tokio::test]
async fn a_certificate_of_nobody_is_tls() {
    use std::sync::Arc;
    let certified =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = rustls::pki_types::PrivateKeyDer::try_from(certified.signing_key.serialize_der())
        .expect("a key");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .expect("a configuration");
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().expect("an address").port()
    );
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = acceptor.accept(stream).await;
        }
    });
    let service = Instance::start(&[("SUPABASE_URL", &url), ("SUPABASE_SECRET_KEY", KEY)]);
    service
        .get("/api/health/supabase")
        .await
        .assert_code("DFE-NET-004");
    server.abort();
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
