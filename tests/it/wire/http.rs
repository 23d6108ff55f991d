//! Over HTTP: answers, problems, orders, what is counted.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use reqwest::Method;

use super::{answer, assert_alike, assert_described, assert_pinned, by_line, got, ordered};
use crate::actions::{CANCEL, PAUSE, RELOAD, RESTART, RESUME, TERMINATE};
use crate::connections;
use crate::harness::{Instance, KEY, OPERATOR, Peer, READER, World};

const JSON: &str = "application/json";
const BECAUSE: &str = r#"{"reason":"the mailer sends twice"}"#;

/// Whatever is asked is looked at anew.
const LIVE: (&str, &str) = ("HEALTH_FRESHNESS_MS", "0");

#[tokio::test]
async fn the_description_of_the_api() {
    let service = Instance::start(&[]);
    let document = service.get("/openapi.json").await.json();
    let text = serde_json::to_string_pretty(&document).expect("JSON");
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    assert_pinned(
        "openapi",
        &text.replace(&version, "\"version\": \"[version]\""),
    );
}

#[tokio::test]
async fn what_is_answered_where_nothing_is_configured() {
    let service = Instance::start(&[LIVE]);
    let authorization = format!("Bearer {OPERATOR}");
    let operator = [("authorization", authorization.as_str())];
    let mut text = String::new();
    for path in [
        "/",
        "/api/health",
        "/api/health/version",
        "/api/health/db",
        "/api/health/supabase",
        "/api/health/ready",
        "/api/health/ops",
        "/api/health/ops?fail_on=critical",
    ] {
        text += &got(&service, path, &[]).await;
    }
    for path in ["/api/health/db", "/api/health/ready"] {
        text += &got(&service, path, &operator).await;
    }
    // Its first screen: the rest has the days of today in it.
    let page = got(&service, "/", &[("accept", "text/html")]).await;
    text += page
        .split("<section aria-labelledby=\"checks\">")
        .next()
        .unwrap_or_default();
    assert_alike("nothing_configured", &text);
}

#[tokio::test]
async fn what_is_answered_where_all_is_well() {
    let world = World::with_postgres(&[]).migrated();
    world
        .execute(
            "INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('intake');
         INSERT INTO ops.job_queue (job_type) VALUES ('mail')",
        )
        .await;
    let peer = Peer::http("200 OK", "server: postgrest/12.2\r\n", "[]").await;
    let rest = format!("http://127.0.0.1:{}", peer.port);
    let service = Instance::start(&[
        LIVE,
        ("DATABASE_URL", &world.url),
        ("SUPABASE_URL", &rest),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("SUPABASE_MODE", "prod"),
    ]);
    let authorization = format!("Bearer {READER}");
    let mut text = String::new();
    for path in [
        "/api/health/db",
        "/api/health/supabase",
        "/api/health/ready",
        "/api/health/ops",
        "/api/health/ops?fail_on=warning",
    ] {
        text += &got(&service, path, &[]).await;
    }
    let reader = [("authorization", authorization.as_str())];
    text += &got(&service, "/api/health/ops", &reader).await;
    assert_alike("all_well", &text);

    let mut text = String::new();
    let dry = r#"{"reason":"the mailer sends twice","dry_run":true}"#;
    for (path, body) in [
        (PAUSE, dry),
        (PAUSE, BECAUSE),
        (PAUSE, BECAUSE),
        (RESUME, BECAUSE),
        (RELOAD, BECAUSE),
        (RESTART, BECAUSE),
        (CANCEL, dry),
        (TERMINATE, BECAUSE),
    ] {
        text += &ordered(&service, path, OPERATOR, JSON, body).await;
    }
    assert_alike("orders", &text);

    service.get("/nowhere").await;
    let reply = service.get("/metrics").await;
    assert_pinned("metrics", &counted(&reply.body));
}

/// Names, help, types and labels, without what a sample says.
fn counted(metrics: &str) -> String {
    let mut known = BTreeSet::new();
    let mut text = String::new();
    for line in metrics.lines() {
        let line = match line.split_once('{') {
            _ if line.starts_with('#') => line.to_owned(),
            None => line.split(' ').next().unwrap_or_default().to_owned(),
            Some((name, labels)) => {
                let labels: Vec<_> = labels
                    .split("\",")
                    .filter_map(|label| label.split_once('=').map(|(label, _)| label))
                    .collect();
                format!("{name}{{{}}}", labels.join(","))
            }
        };
        if known.insert(line.clone()) {
            let _ = writeln!(text, "{line}");
        }
    }
    text
}

#[tokio::test]
async fn what_is_no_request_of_ours_is_refused() {
    let service = Instance::start(&[]);
    let wrong = [("authorization", "Bearer nobody's")];
    let preflight = [
        ("origin", "https://dash.example"),
        ("access-control-request-method", "GET"),
    ];
    let mut text = String::new();
    for (method, path, headers) in [
        (Method::GET, "/nowhere", &[][..]),
        (Method::GET, "/api/health/", &[]),
        (Method::POST, "/api/health", &[]),
        (Method::GET, PAUSE, &[]),
        (Method::GET, "/errors/DFE-XX-999", &[]),
        (Method::GET, "/errors/%ff", &[]),
        (Method::GET, "/api/health/ops?fail_on=never", &[]),
        (Method::GET, "/api/health/db", &wrong),
        (Method::GET, "/api/health/supabase", &wrong),
        (Method::GET, "/api/health/ready", &wrong),
        (Method::GET, "/api/health/ops", &wrong),
        (Method::OPTIONS, "/api/health", &preflight),
        (Method::OPTIONS, PAUSE, &preflight),
    ] {
        let reply = service.send(method.clone(), path, headers).await;
        assert_described(&service, &method, path, &reply).await;
        text += &answer(&format!("{method} {path} {headers:?}"), &reply);
    }
    let long = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}", "a".repeat(64 * 1024));
    for request in [
        "no request\r\n\r\n",
        "GET /api/health HTTP/1.1\r\nconnection: close\r\n\r\n",
        "GET /api/health HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n",
        "GET /api/health HTTP/1.1\r\nhost: x\r\ncontent-length: 999999\r\n\r\n",
        &long,
    ] {
        let asked: String = request.chars().take(80).collect();
        let said = raw(service.port, request).await;
        let _ = writeln!(text, ">>> {}\n{said}", asked.escape_default());
    }
    assert_alike("refused", &text);
}

/// All that comes back over a connection of its own, without the date and the length.
async fn raw(port: u16, request: &str) -> String {
    let answer = connections::raw(port, request.as_bytes()).await;
    let lines = answer
        .lines()
        .filter(|line| !line.starts_with("date:") && !line.starts_with("content-length:"));
    by_line(&lines.collect::<Vec<_>>().join("\n"))
}

#[tokio::test]
async fn an_order_is_refused_for_a_reason() {
    let service = Instance::start(&[("SUPABASE_MODE", "staging")]);
    let elsewhere = r#"{"reason":"a test","environment":"prod"}"#;
    let large = format!(r#"{{"reason":"{}"}}"#, "x".repeat(70_000));
    let mut text = String::new();
    for path in [PAUSE, RESUME, RELOAD, RESTART, CANCEL, TERMINATE] {
        for (token, media, body) in [
            ("", JSON, BECAUSE),
            ("nobody's", JSON, BECAUSE),
            (READER, JSON, BECAUSE),
            (OPERATOR, "text/plain", BECAUSE),
            (OPERATOR, JSON, "no JSON"),
            (OPERATOR, JSON, "{}"),
            (OPERATOR, JSON, r#"{"reason":"a test","dryrun":true}"#),
            (OPERATOR, JSON, elsewhere),
            (OPERATOR, JSON, &large),
            (OPERATOR, JSON, BECAUSE),
        ] {
            text += &ordered(&service, path, token, media, body).await;
        }
    }
    let no_token = Instance::start(&[("OPS_TOKEN", "")]);
    text += &ordered(&no_token, PAUSE, OPERATOR, JSON, BECAUSE).await;
    assert_alike("orders_refused", &text);
}

#[tokio::test]
async fn every_code_has_its_page() {
    let service = Instance::start(&[]);
    let table = service.get("/errors").await.json();
    let table = serde_json::to_string_pretty(&table).expect("JSON");
    assert_pinned("errors", &table);
    let page = "/errors/DFE-DB-002";
    let text = got(&service, page, &[]).await
        + &got(&service, page, &[("accept", "text/html")]).await
        + &got(&service, "/errors", &[("accept", "text/html")]).await;
    assert_alike("error_pages", &text);
}
