//! What whoever stands in front of the service says of a request: below which path it was asked for, and
//! which trace it is a part of.

use reqwest::Method;
use serde_json::Value;

use crate::harness::{Instance, OPERATOR};
use crate::page::staying;

const BELOW: (&str, &str) = ("x-forwarded-prefix", "/ops/eu");

#[tokio::test]
async fn every_link_leads_below_the_prefix() {
    let service = Instance::start(&[("STATUS_PAGE", "public")]);
    let ask = async |path: &'static str, accept: &'static str| {
        let headers = [BELOW, ("accept", accept)];
        service.send(Method::GET, path, &headers).await
    };
    let problem = ask("/api/health/db", "*/*").await.json();
    assert_eq!(problem["type"], "/ops/eu/errors/DFE-CFG-001");
    assert_eq!(problem["instance"], "/ops/eu/api/health/db");
    let nothing = ask("/nowhere", "*/*").await.json();
    assert_eq!(nothing["type"], "about:blank");
    let ready = ask("/readyz", "*/*").await.json();
    assert_eq!(ready["checks"]["db"]["type"], "/ops/eu/errors/DFE-CFG-001");
    let index = ask("/", "*/*").await.json();
    assert_eq!(index["links"]["ops"], "/ops/eu/api/health/ops");
    let codes = ask("/errors", "*/*").await.json();
    assert_eq!(codes["errors"][0]["url"], "/ops/eu/errors/DFE-CFG-001");
    let api = ask("/openapi.json", "*/*").await.json();
    assert_eq!(api["servers"][0]["url"], "/ops/eu");
    assert!(api["paths"]["/api/health/db"].is_object());
    let feed = ask("/feed.atom", "*/*").await.body;
    assert!(feed.contains("/ops/eu/status\""), "{feed}");
    let summary = ask("/api/v2/summary.json", "*/*").await.json();
    let url = summary["page"]["url"].as_str().expect("an address");
    assert!(
        url.starts_with("http://") && url.ends_with("/ops/eu/status"),
        "{url}"
    );
    for path in [
        "/",
        "/status",
        "/status/db",
        "/errors",
        "/errors/DFE-DB-001",
        "/incidents",
        "/quiet",
        "/sign-in",
    ] {
        let page = ask(path, "text/html").await;
        assert!(
            page.header("content-type").starts_with("text/html"),
            "{path}"
        );
        for attribute in ["href", "action", "src"] {
            let begin = format!(" {attribute}=\"");
            let links = page.body.split(&begin).skip(1);
            for link in links.filter(|link| link.starts_with('/')) {
                assert!(link.starts_with("/ops/eu/"), "{path}: {link}");
            }
        }
        assert!(page.body.contains("\"/ops/eu/assets/page."), "{path}");
    }
}

#[tokio::test]
async fn who_signs_in_below_the_prefix_stays_there() {
    let service = Instance::start(&[("OPS_TOKEN", OPERATOR)]);
    let address = format!("http://127.0.0.1:{}", service.port);
    let client = staying();
    for (prefix, path, leads) in [
        (BELOW.1, "/ops/eu;", "/ops/eu/status"),
        // What is not plainly a path is nobody's.
        ("//evil.example.com", "/;", "/status"),
        ("/a/../b", "/;", "/status"),
        ("/a; Domain=example.com", "/;", "/status"),
    ] {
        let answer = client
            .post(format!("{address}/session"))
            .header("origin", &address)
            .header(BELOW.0, prefix)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("token={OPERATOR}"))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status().as_u16(), 303, "{prefix}");
        assert_eq!(answer.headers()["location"], leads);
        let cookie = answer.headers()["set-cookie"].to_str().expect("text");
        assert!(cookie.contains(&format!("; Path={path}")), "{cookie}");
    }
}

#[tokio::test]
async fn the_line_of_a_request_names_its_trace_where_that_is_one() {
    let service = Instance::start(&[("RUST_LOG", "dragonfly_ops=debug")]);
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let parent = format!("00-{trace}-b7ad6b7169203331-01");
    let wrong = format!("00-{}-b7ad6b7169203331-01", "0".repeat(32));
    for (id, parent, expected) in [
        ("with-a-trace", &parent, Value::from(trace)),
        ("with-a-wrong-one", &wrong, Value::Null),
    ] {
        let headers = [("x-request-id", id), ("traceparent", parent)];
        service.send(Method::GET, "/livez", &headers).await;
        let log = service.logged(id, 1).await;
        let mut lines = log.lines().filter(|line| line.contains(id));
        let line: Value = serde_json::from_str(lines.next().expect("a line")).expect("JSON");
        let found = line.get("trace_id").or(line["fields"].get("trace_id"));
        assert_eq!(found.cloned().unwrap_or_default(), expected, "{line}");
    }
}

#[tokio::test]
async fn who_refuses_html_is_answered_as_a_program() {
    let service = Instance::start(&[]);
    for (accept, media) in [
        ("text/html", "text/html; charset=utf-8"),
        ("text/html;q=0, application/json", "application/json"),
        ("*/*, text/html; q=0.0", "application/json"),
    ] {
        let answer = service
            .send(Method::GET, "/errors/DFE-DB-001", &[("accept", accept)])
            .await;
        assert_eq!(answer.header("content-type"), media, "{accept}");
    }
}
