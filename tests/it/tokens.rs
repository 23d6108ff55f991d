//! Wrong tokens slow down who sends them, and shut nobody out.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::harness::{Instance, OPERATOR, Reply};

async fn ask(service: &Instance, token: &str, client: &str) -> Reply {
    let authorization = format!("Bearer {token}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("x-real-ip", client),
    ];
    service.send(Method::GET, "/api/health/db", &headers).await
}

#[tokio::test]
async fn what_a_wrong_token_is_refused_with_can_be_looked_up_with_it() {
    let service = Instance::start(&[]);
    let refused = ask(&service, "wrong", "192.0.2.1").await;
    assert_eq!(refused.status, 401);
    let problem = refused.json();
    let path = problem["type"].as_str().expect("a path");
    assert_eq!(path, "/errors/DFE-AUTH-002");
    let stranger = service.get(path).await.body;
    // It is counted there as well: else that would be where to guess.
    for token in ["wrong", ""].into_iter().cycle().take(10) {
        let authorization = format!("Bearer {token}");
        let headers = [("authorization", authorization.as_str())];
        let reply = service.send(Method::GET, path, &headers).await;
        assert_eq!((reply.status, &reply.body), (200, &stranger));
    }
    service.logged("too many wrong tokens", 1).await;
}

/// The lines of the log about a limit.
fn limits(service: &Instance) -> Vec<Value> {
    service
        .log_text()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .filter(|line| {
            let said = line["message"].as_str().unwrap_or_default();
            said.contains("wrong tokens")
        })
        .collect()
}

#[tokio::test]
async fn a_right_token_always_passes_whatever_came_before_it() {
    let service = Instance::start(&[("TRUSTED_PROXIES", "127.0.0.0/8")]);
    // More than are remembered one by one, and too many from where the operator is.
    for n in 0..1_034_u32 {
        let client = format!("198.{}.{}.{}", 18 + n / 65_536, n / 256 % 256, n % 256);
        assert_eq!(ask(&service, "wrong", &client).await.status, 401);
    }
    for _ in 0..12 {
        assert_eq!(ask(&service, "wrong", "192.0.2.7").await.status, 401);
    }
    for client in ["192.0.2.7", "203.0.113.1", "198.18.0.1"] {
        let reply = ask(&service, OPERATOR, client).await;
        let body = reply.assert_code("DFE-CFG-001");
        assert!(
            body["cause"].is_array(),
            "it is the operator's answer: {body}"
        );
        assert!(reply.took < Duration::from_secs(1), "{:?}", reply.took);
    }
}

#[tokio::test]
async fn one_wrong_token_too_many_is_answered_late_and_that_is_logged_once() {
    let service = Instance::start(&[]);
    // The address that a stranger claims to have is not believed.
    for n in 1..10 {
        let reply = ask(&service, "wrong", &format!("192.0.2.{n}")).await;
        assert_eq!(reply.status, 401);
    }
    assert_eq!(limits(&service).len(), 0);
    for n in 10..13 {
        let reply = ask(&service, "wrong", &format!("192.0.2.{n}")).await;
        assert_eq!(reply.status, 401, "{}", reply.body);
        assert!(reply.took >= Duration::from_millis(240), "{:?}", reply.took);
    }
    service.logged("too many wrong tokens", 1).await;
    let limits = limits(&service);
    assert_eq!(limits.len(), 1, "{limits:?}");
    assert_eq!(limits[0]["client"], "127.0.0.1");
    assert_eq!(limits[0]["code"], "DFE-AUTH-002");
}
