//! What an answer weighs on its way, and what is never compressed.

use std::io::Write as _;
use std::process::{Command, Stdio};

use dragonfly_ops::dev::scene::Scene;
use reqwest::header::HeaderMap;

use super::stage::{Stage, operator_cookie};
use crate::harness::{OPERATOR, READER, client};

const GZIP: (&str, &str) = ("accept-encoding", "gzip, deflate, br, zstd");

async fn ask(stage: &Stage, path: &str, headers: &[(&str, &str)]) -> (HeaderMap, Vec<u8>) {
    let mut request = client().get(format!("{}{path}", stage.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.expect("an answer");
    assert!(answer.status().is_success(), "{path}");
    let headers = answer.headers().clone();
    (headers, answer.bytes().await.expect("a body").to_vec())
}

fn unpacked(body: &[u8]) -> Vec<u8> {
    let mut process = Command::new("gzip")
        .arg("-dc")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("gzip is installed");
    let mut stdin = process.stdin.take().expect("a pipe");
    let body = body.to_vec();
    let fed = std::thread::spawn(move || stdin.write_all(&body));
    let output = process.wait_with_output().expect("it ends");
    fed.join().expect("it was fed").expect("it takes all");
    assert!(output.status.success());
    output.stdout
}

#[tokio::test]
async fn what_is_large_is_compressed_for_whoever_asks() {
    let stage = Stage::set(Scene::Crowd, &[]);
    let html = ("accept", "text/html");
    for (path, accept, part) in [
        ("/", html, 6),
        ("/status", html, 6),
        ("/status/db", html, 3),
        ("/status.json", ("accept", "*/*"), 8),
        ("/api/v2/summary.json", ("accept", "*/*"), 2),
        ("/api/history/db", ("accept", "*/*"), 8),
        ("/openapi.json", ("accept", "*/*"), 4),
        ("/metrics", ("accept", "*/*"), 3),
        ("/errors", html, 2),
    ] {
        let (plain, whole) = ask(&stage, path, &[accept]).await;
        assert!(!plain.contains_key("content-encoding"), "{path}");
        let (headers, packed) = ask(&stage, path, &[accept, GZIP]).await;
        assert_eq!(headers["content-encoding"], "gzip", "{path}");
        assert_eq!(headers["content-type"], plain["content-type"], "{path}");
        let varies = headers.get_all("vary").iter();
        assert!(
            varies.into_iter().any(|value| value == "accept-encoding"),
            "{path}: {headers:?}"
        );
        println!("{path}: {} bytes, {} as gzip", whole.len(), packed.len());
        assert!(
            packed.len() * part < whole.len(),
            "{path}: {}",
            packed.len()
        );
        let unpacked = unpacked(&packed);
        assert_eq!(unpacked.last(), Some(&b'\n'), "{path}");
        if path == "/openapi.json" {
            assert_eq!(unpacked, whole);
        }
    }
}

#[tokio::test]
async fn what_probes_ask_and_what_a_token_shows_stays_as_it_is() {
    let stage = Stage::set(Scene::Crowd, &[]);
    let cookie = operator_cookie(&stage).await;
    let bearers = [OPERATOR, READER].map(|token| format!("Bearer {token}"));
    let html = ("accept", "text/html");
    for who in [
        ("cookie", cookie.as_str()),
        ("authorization", &bearers[0]),
        ("authorization", &bearers[1]),
    ] {
        for path in ["/status", "/status.json"] {
            let (headers, body) = ask(&stage, path, &[html, GZIP, who]).await;
            assert!(!headers.contains_key("content-encoding"), "{path} {who:?}");
            let text = String::from_utf8_lossy(&body);
            assert!(text.contains("dragonfly_app"), "{path} {who:?}");
        }
    }
    for path in ["/api/health", "/api/health/version", "/badge/db.svg"] {
        let (headers, _) = ask(&stage, path, &[GZIP]).await;
        assert!(!headers.contains_key("content-encoding"), "{path}");
        assert!(headers.contains_key("content-length"), "{path}");
    }
    // An event is there when it happens, and not once a block is full.
    let events = client()
        .get(format!("{}/status/events", stage.url))
        .header(GZIP.0, GZIP.1)
        .send()
        .await
        .expect("an answer");
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    assert!(!events.headers().contains_key("content-encoding"));
}
