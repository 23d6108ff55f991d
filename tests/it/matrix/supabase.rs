//! Supabase, where its own server cannot be made to fail so: peers that are scripted. Their answers
//! are those that Supabase and `PostgREST` document. What its own server does is in `lite.rs`.

use std::time::Duration;

use dragonfly_ops::dev::cluster::free_port;

use crate::harness::{Instance, KEY, Manner, NO_ROWS, Peer, in_namespaces};
use crate::matrix::{TIMEOUT, Within, assert_holds_no_more, holdings};
use crate::tls::{Authority, serve_tls, serve_tls_of};
use Within::{AtOnce, Deadline, Time};

/// One row: the fault, the answer's first line, its headers and its body, and what we say of it.
struct Row(
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

#[rustfmt::skip]
const ANSWERS: &[Row] = &[
    Row("unknown key", "401 Unauthorized", "", r#"{"message":"Invalid API key zqcanary"}"#, "DFE-VND-001", "rejected the API key"),
    Row("no key, no body", "401 Unauthorized", "", "", "DFE-VND-001", "rejected the API key"),
    Row("key of the wrong kind", "403 Forbidden", "", "zqcanary", "DFE-VND-001", "rejected the API key"),
    Row("JWT expired", "401 Unauthorized", "", r#"{"code":"PGRST303","message":"JWT expired"}"#, "DFE-AUTH-002", "expired"),
    Row("JWT malformed", "401 Unauthorized", "", r#"{"code":"PGRST301"}"#, "DFE-AUTH-002", "expired"),
    Row("not granted", "403 Forbidden", "", r#"{"code":"42501"}"#, "DFE-AUTH-003", "GRANT SELECT"),
    Row("table unknown to the cache", "404 Not Found", "", r#"{"code":"PGRST205"}"#, "DFE-VAL-002", "schema cache"),
    Row("table missing", "404 Not Found", "", r#"{"code":"42P01"}"#, "DFE-VAL-002", "table"),
    Row("429 with Retry-After", "429 Too Many Requests", "retry-after: 7\r\n", "", "DFE-VND-004", "fewer requests"),
    Row("429 without", "429 Too Many Requests", "", "zqcanary", "DFE-VND-004", "fewer requests"),
    Row("500", "500 Internal Server Error", "", "zqcanary", "DFE-VND-001", "HTTP 500"),
    Row("PGRST000", "503 Service Unavailable", "retry-after: 0\r\n", r#"{"code":"PGRST000"}"#, "DFE-VND-001", "will not help"),
    Row("PGRST001", "503 Service Unavailable", "", r#"{"code":"PGRST001"}"#, "DFE-VND-001", "will not help"),
    Row("PGRST002", "503 Service Unavailable", "retry-after: 0\r\n", r#"{"code":"PGRST002"}"#, "DFE-VND-001", "will not help"),
    Row("PGRST003", "504 Gateway Timeout", "", r#"{"code":"PGRST003"}"#, "DFE-VND-001", "pool timed out"),
    Row("statement timeout", "500 Internal Server Error", "", r#"{"code":"57014"}"#, "DFE-VND-001", "statement"),
    Row("restricted", "402 Payment Required", "", "", "DFE-VND-001", "restricted"),
    Row("paused", "540 Project Paused", "", "<html>", "DFE-VND-001", "paused"),
    Row("edge", "522 x", "", "<html>zqcanary</html>", "DFE-VND-001", "HTTP 522"),
    Row("redirect", "302 Found", "location: http://127.0.0.1:9/\r\n", "", "DFE-VND-001", "redirect"),
    Row("HTML", "200 OK", "", "<html>zqcanary</html>", "DFE-VND-001", "not the JSON"),
    Row("empty body", "200 OK", "", "", "DFE-VND-001", "not the JSON"),
    Row("wrong JSON", "200 OK", "", r#"{"zqcanary":1}"#, "DFE-VND-001", "not the JSON"),
];

async fn service_of(url: &str, more: &[(&str, &str)]) -> Instance {
    let timeout = TIMEOUT.as_secs().to_string();
    let mut settings = vec![
        ("SUPABASE_URL", url),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("HEALTH_SUPABASE_TIMEOUT", &timeout),
        ("HEALTH_FRESHNESS_MS", "0"),
    ];
    settings.extend_from_slice(more);
    let service = Instance::start(&settings);
    service.get("/api/health").await.assert_ok();
    service
}

async fn assert_fault(
    fault: &str,
    service: &Instance,
    code: &str,
    within: Within,
    detail: &str,
) -> crate::harness::Reply {
    let reply = service.get("/api/health/supabase").await;
    assert_eq!(reply.json()["code"], code, "{fault}: {}", reply.body);
    let problem = reply.assert_code(code);
    assert!(
        problem["detail"].to_string().contains(detail),
        "{fault}: {}",
        reply.body
    );
    within.assert(fault, &reply);
    let said = format!("{}{}", reply.body, service.log_text());
    assert!(
        !said.contains("zqcanary") && !said.contains(KEY),
        "{fault}: {said}"
    );
    service.get("/api/health").await.assert_ok();
    reply
}

#[tokio::test]
async fn answers() {
    for Row(fault, status, headers, body, code, detail) in ANSWERS {
        let peer = Peer::http(status, headers, body).await;
        let service = service_of(&format!("http://127.0.0.1:{}", peer.port), &[]).await;
        let reply = assert_fault(fault, &service, code, AtOnce, detail).await;
        if headers.contains("retry-after: 7") {
            let passed_on = reply.header("retry-after");
            assert!(["6", "7"].contains(&passed_on), "{fault}: {passed_on}");
        }
    }
}

/// A gzip bomb: 64 KiB here, 64 MiB once unpacked.
fn bomb() -> Vec<u8> {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n\
                 content-length: 65536\r\n\r\n";
    // A gzip header, and the densest that deflate has: runs of one byte.
    let mut bytes = head.to_vec();
    bytes.extend_from_slice(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xec, 0xc1]);
    bytes.resize(head.len() + 65536, 0);
    bytes
}

#[tokio::test]
async fn bodies_and_silences() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let long = format!("{head}content-length: 60000\r\n\r\n[");
    let endless = format!("{head}\r\n[{}", "1,".repeat(400_000));
    for (fault, bytes, manner, code, within, detail) in [
        (
            "silence",
            Vec::new(),
            Manner::Silent,
            "DFE-NET-001",
            Deadline,
            "did not answer",
        ),
        (
            "slow headers",
            b"HTTP/1.1 200 OK\r\nx".to_vec(),
            Manner::Trickle,
            "DFE-NET-001",
            Deadline,
            "did not answer",
        ),
        (
            "slow body",
            long.clone().into_bytes(),
            Manner::Trickle,
            "DFE-NET-001",
            Deadline,
            "began an answer",
        ),
        (
            "stops in the body",
            long.clone().into_bytes(),
            Manner::Hold,
            "DFE-NET-001",
            Deadline,
            "began an answer",
        ),
        (
            "endless body",
            endless.into_bytes(),
            Manner::Hold,
            "DFE-VND-001",
            Time,
            "not the JSON",
        ),
        (
            "gzip bomb",
            bomb(),
            Manner::Answer,
            "DFE-VND-001",
            Time,
            "not the JSON",
        ),
        (
            "reset in the body",
            long.into_bytes(),
            Manner::Reset,
            "DFE-NET-002",
            AtOnce,
            "broke",
        ),
        (
            "closed without an answer",
            Vec::new(),
            Manner::Answer,
            "DFE-NET-002",
            AtOnce,
            "closed",
        ),
        (
            "not HTTP",
            b"SSH-2.0-zqcanary\r\n".to_vec(),
            Manner::Answer,
            "DFE-VND-001",
            AtOnce,
            "HTTP",
        ),
    ] {
        let peer = Peer::of(bytes, manner).await;
        let service = service_of(&format!("http://127.0.0.1:{}", peer.port), &[]).await;
        let before = holdings(&service).await;
        assert_fault(fault, &service, code, within, detail).await;
        assert_holds_no_more(fault, &service, before).await;
    }
}

#[tokio::test]
async fn refused_and_unresolved() {
    let port = free_port().expect("a free port");
    let service = service_of(&format!("http://127.0.0.1:{port}"), &[]).await;
    assert_fault("refused", &service, "DFE-NET-002", AtOnce, "refused").await;
    let service = service_of(
        "https://nowhere.invalid",
        &[("HEALTH_SUPABASE_TIMEOUT", "30")],
    )
    .await;
    let reply = service.get("/api/health/supabase").await;
    reply.assert_code("DFE-NET-003");
}

/// A name server that hangs needs a `resolv.conf` and a port 53: both in namespaces of their own,
/// in which this program runs the next test.
#[test]
fn a_name_server_that_hangs() {
    let folder = tempfile::tempdir().expect("a folder");
    let resolv = folder.path().join("resolv.conf");
    let text = format!("nameserver {NAME_SERVER}\noptions timeout:30\n");
    std::fs::write(&resolv, text).expect("it is written");
    in_namespaces(
        &format!("mount --bind '{}' /etc/resolv.conf", resolv.display()),
        "matrix::supabase::within_its_namespaces",
    );
}

const NAME_SERVER: &str = "127.0.0.77";

#[tokio::test]
#[ignore = "runs in namespaces of its own: a_name_server_that_hangs"]
async fn within_its_namespaces() {
    let silent = tokio::net::UdpSocket::bind((NAME_SERVER, 53))
        .await
        .expect("the port is ours, in these namespaces");
    let timeout = TIMEOUT.as_secs().to_string();
    let service = Instance::start(&[
        ("SUPABASE_URL", "https://project.example"),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("DATABASE_URL", "postgres://u:p@db.example/postgres"),
        ("HEALTH_SUPABASE_TIMEOUT", &timeout),
        ("HEALTH_DB_TIMEOUT", &timeout),
    ]);
    service.get("/api/health").await.assert_ok();
    assert_fault(
        "DNS hangs",
        &service,
        "DFE-NET-003",
        Deadline,
        "not resolved",
    )
    .await;
    let mut question = [0; 512];
    let asked = tokio::time::timeout(Duration::from_secs(1), silent.recv(&mut question)).await;
    assert!(asked.is_ok(), "it was this name server that was asked");
    let reply = service.get("/api/health/db").await;
    let problem = reply.assert_code("DFE-DB-002");
    let detail = problem["detail"].to_string();
    assert!(detail.contains("not resolved"), "{detail}");
    Deadline.assert("DNS of the database hangs", &reply);
}

#[tokio::test]
async fn certificates() {
    let authority = Authority::new();
    let stranger = Authority::new();
    let roots = authority.file();
    for (fault, server, expected) in [
        ("a good one", authority.issue("localhost", true), None),
        (
            "expired",
            authority.issue("localhost", false),
            Some("DFE-NET-004"),
        ),
        (
            "of another host",
            authority.issue("other.example", true),
            Some("DFE-NET-004"),
        ),
        (
            "of an unknown issuer",
            stranger.issue("localhost", true),
            Some("DFE-NET-004"),
        ),
    ] {
        let port = serve_tls(&server, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]").await;
        let url = format!("https://localhost:{port}");
        let service = service_of(&url, &[("SSL_CERT_FILE", &roots)]).await;
        match expected {
            None => {
                let body = service.get("/api/health/supabase").await.assert_ok();
                assert_eq!(body["certificate_expires_at"], "2100-01-01T00:00:00.000Z");
            }
            Some(code) => {
                assert_fault(fault, &service, code, Time, "").await;
            }
        }
    }
}

#[tokio::test]
async fn a_certificate_that_expires_between_two_checks_is_seen_by_the_second() {
    let authority = Authority::new();
    let server = authority.issue("localhost", true);
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]";
    let (port, shown) = serve_tls_of(&server, answer).await;
    let url = format!("https://localhost:{port}");
    let service = service_of(&url, &[("SSL_CERT_FILE", &authority.file())]).await;
    service.get("/api/health/supabase").await.assert_ok();
    shown.change(&authority.issue("localhost", false));
    assert_fault("expired", &service, "DFE-NET-004", Time, "").await;
}

#[tokio::test]
async fn without_root_certificates_what_is_encrypted_is_refused_and_nothing_else() {
    let authority = Authority::new();
    let server = authority.issue("localhost", true);
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]";
    let port = serve_tls(&server, answer).await;
    let nothing = tempfile::tempdir().expect("a folder");
    let (file, folder) = (
        nothing.path().join("none.pem").display().to_string(),
        nothing.path().display().to_string(),
    );
    let nobody = [("SSL_CERT_FILE", &*file), ("SSL_CERT_DIR", &*folder)];
    let service = service_of(&format!("https://localhost:{port}"), &nobody).await;
    let lack = "the system has no root certificates";
    assert_fault("no roots", &service, "DFE-NET-004", Time, lack).await;
    // They may be put there later.
    std::fs::copy(authority.file(), &file).expect("it is copied");
    service.get("/api/health/supabase").await.assert_ok();
    std::fs::remove_file(&file).expect("it is there");
    // They were read once.
    service.get("/api/health/supabase").await.assert_ok();
    let peer = Peer::start(NO_ROWS.to_owned(), Manner::Answer).await;
    let service = service_of(&format!("http://127.0.0.1:{}", peer.port), &nobody).await;
    service.get("/api/health/supabase").await.assert_ok();
}
