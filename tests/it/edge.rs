//! What holds for every route: shapes, headers, methods, hosts, tokens.

use dragonfly_ops::http::Route;
use reqwest::Method;

use crate::connections::raw;
use crate::harness::{Instance, OPERATOR, command};

#[tokio::test]
async fn without_any_setting_the_process_is_up_and_the_checks_name_what_is_missing() {
    let service = Instance::start(&[]);
    for path in ["/api/health", "/livez", "/api/health/version"] {
        service.get(path).await.assert_ok();
    }
    let db = service
        .get("/api/health/db")
        .await
        .assert_code("DFE-CFG-001");
    assert!(
        db["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("DATABASE_URL"))
    );
    let supabase = service
        .get("/api/health/supabase")
        .await
        .assert_code("DFE-CFG-001");
    assert!(
        supabase["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("SUPABASE_URL"))
    );
    let ready = service.get("/readyz").await.assert_code("DFE-CFG-001");
    assert_eq!(ready["checks"]["db"]["code"], "DFE-CFG-001");
    assert_eq!(ready["checks"]["supabase"]["code"], "DFE-CFG-001");
    service
        .get("/api/health/ops")
        .await
        .assert_code("DFE-CFG-001");
    service
        .logged("DATABASE_URL (or SUPABASE_DB_URL) is not set.", 1)
        .await;
}

#[tokio::test]
async fn every_answer_carries_the_common_headers_and_head_is_get_without_a_body() {
    let service = Instance::start(&[]);
    for path in [
        "/api/health",
        "/api/health/db",
        "/api/health/version",
        "/errors",
        "/openapi.json",
        "/nope",
    ] {
        let get = service
            .send(Method::GET, path, &[("x-request-id", "abc-1")])
            .await;
        let head = service
            .send(Method::HEAD, path, &[("x-request-id", "abc-1")])
            .await;
        assert_eq!(get.status, head.status, "{path}");
        assert!(head.body.is_empty());
        for reply in [&get, &head] {
            assert_eq!(reply.header("cache-control"), "no-store", "{path}");
            assert_eq!(reply.header("x-request-id"), "abc-1", "{path}");
            assert_eq!(reply.header("x-dragonfly-sha"), "unknown", "{path}");
        }
        assert_eq!(
            get.header("content-type"),
            head.header("content-type"),
            "{path}"
        );
        assert!(get.body.ends_with('\n'), "{path}");
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let service = Instance::start(&[]);
    let missing = service.get("/api/health/").await;
    assert_eq!(
        (missing.status, missing.header("content-type")),
        (404, "application/problem+json")
    );
    assert_eq!(missing.json()["type"], "about:blank");
    let method = service.send(Method::POST, "/api/health", &[]).await;
    assert_eq!(
        (method.status, method.header("content-type")),
        (405, "application/problem+json")
    );
    assert_eq!(method.header("allow"), "GET,HEAD");
    assert_eq!(method.json()["type"], "about:blank");
    let code = service.get("/errors/DFE-XX-999").await;
    assert_eq!(
        (code.status, code.header("content-type")),
        (404, "application/problem+json")
    );
}

#[tokio::test]
async fn a_page_of_another_origin_may_read() {
    let service = Instance::start(&[]);
    let get = service
        .send(
            Method::GET,
            "/api/health",
            &[("origin", "https://dash.example")],
        )
        .await;
    assert_eq!(get.header("access-control-allow-origin"), "*");
    let preflight = [
        ("origin", "https://dash.example"),
        ("access-control-request-method", "GET"),
    ];
    let reply = service
        .send(Method::OPTIONS, "/api/health/ops", &preflight)
        .await;
    assert_eq!(reply.header("access-control-allow-methods"), "GET,HEAD");
    let dashboard = [
        ("origin", "https://dash.example"),
        ("access-control-request-method", "GET"),
        (
            "access-control-request-headers",
            "content-type,x-dragonfly-api-key",
        ),
    ];
    for path in ["/api/health", "/api/health/ops", "/api/version", "/readyz"] {
        let reply = service.send(Method::OPTIONS, path, &dashboard).await;
        assert_eq!(
            reply.header("access-control-allow-headers"),
            "content-type,x-dragonfly-api-key",
            "{path}"
        );
    }
    // To a browser POST needs no permission, but the JSON that an order has to be does.
    let order = [
        ("origin", "https://dash.example"),
        ("access-control-request-method", "POST"),
        (
            "access-control-request-headers",
            "authorization,content-type",
        ),
    ];
    let reply = service
        .send(Method::OPTIONS, "/api/ops/queue/pause", &order)
        .await;
    for name in ["origin", "headers", "methods"] {
        let name = format!("access-control-allow-{name}");
        assert_eq!(reply.header(&name), "", "{name}");
    }
    assert_eq!(reply.status, 405, "{}", reply.body);
    let closed = Instance::start(&[("CORS_ALLOWED_ORIGINS", "https://dash.example")]);
    let other = closed
        .send(
            Method::GET,
            "/api/health",
            &[("origin", "https://other.example")],
        )
        .await;
    assert_eq!(other.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn every_code_has_its_page_for_people_and_for_programs() {
    let service = Instance::start(&[]);
    let table = service.get("/errors").await.json();
    assert_eq!(table["errors"].as_array().map(Vec::len), Some(25));
    for code in dragonfly_ops::domain::taxonomy::Code::ALL {
        let row = service.get(&code.page()).await;
        assert_eq!(
            (row.status, &row.json()["code"]),
            (200, &serde_json::json!(code.id()))
        );
        let page = service
            .send(Method::GET, &code.page(), &[("accept", "text/html,*/*")])
            .await;
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        // No title has a character that HTML would write differently.
        for part in [code.id(), code.entry().title] {
            assert!(page.body.contains(part), "{part}: {}", page.body);
        }
    }
}

#[tokio::test]
async fn the_openapi_document_describes_every_route_and_nothing_else() {
    let service = Instance::start(&[]);
    let document = service.get("/openapi.json").await.json();
    let paths: Vec<_> = document["paths"]
        .as_object()
        .expect("paths")
        .keys()
        .cloned()
        .collect();
    let routes = dragonfly_ops::http::ROUTES;
    let described = || routes.iter().filter(|route| route.is_described());
    let mut listed: Vec<_> = described().flat_map(|route| route.paths).copied().collect();
    listed.sort_unstable();
    assert_eq!(paths, listed);
    // Every reference leads somewhere.
    let text = document.to_string();
    for part in text.split("\"$ref\":\"#").skip(1) {
        let pointer = part.split('"').next().expect("a pointer");
        assert!(document.pointer(pointer).is_some(), "{pointer} is missing");
    }
    let each = |route: &'static Route| route.paths.iter().map(move |path| (*path, route));
    for (path, route) in described().flat_map(each) {
        let (method, name) = if route.is_post() {
            (Method::POST, "post")
        } else {
            (Method::GET, "get")
        };
        let concrete = path
            .replace("{code}", "DFE-DB-001")
            .replace("{service}", "intake")
            .replace("{check}", "db")
            .replace("{file}", "all.svg")
            .replace("{source}", "kuma");
        let reply = service.send(method, &concrete, &[]).await;
        let responses = &document["paths"][path][name]["responses"];
        let described = &responses[reply.status.to_string()];
        assert!(
            described.is_object(),
            "{path} answered {}, which is not described",
            reply.status
        );
        for code in route.codes() {
            let status = match route.is_post() {
                true => code.entry().status.to_string(),
                false => "503".to_owned(),
            };
            let codes = responses[status]["x-codes"].to_string();
            assert!(codes.contains(code.id()), "{path}: {code}");
        }
    }
}

#[tokio::test]
async fn a_wrong_token_is_refused_where_a_token_shows_more() {
    let service = Instance::start(&[]);
    for wrong in ["Bearer nobody-knows-this-token", "Bearer", "bearer x\ty"] {
        let reply = service
            .send(Method::GET, "/api/health/db", &[("authorization", wrong)])
            .await;
        assert_eq!(
            (reply.status, reply.json()["code"].as_str()),
            (401, Some("DFE-AUTH-002"))
        );
        assert!(reply.header("www-authenticate").starts_with("Bearer"));
    }
    let basic = service
        .send(
            Method::GET,
            "/api/health/db",
            &[("authorization", "Basic eDp5")],
        )
        .await;
    basic.assert_code("DFE-CFG-001");
    service
        .send(
            Method::GET,
            "/api/health",
            &[("authorization", "Bearer wrong")],
        )
        .await
        .assert_ok();
}

#[tokio::test]
async fn the_names_that_clients_ask_for_already_are_names_of_the_same() {
    let service = Instance::start(&[]);
    for (alias, check) in [
        ("/livez", "health"),
        ("/health", "health"),
        ("/api/version", "version"),
    ] {
        assert_eq!(service.get(alias).await.assert_ok()["check"], check);
    }
    for alias in ["/readyz", "/api/readyz"] {
        let body = service.get(alias).await.assert_code("DFE-CFG-001");
        assert_eq!(body["check"], "ready");
    }
}

#[tokio::test]
async fn the_root_says_what_this_is_and_its_links_lead_somewhere() {
    let service = Instance::start(&[
        ("SUPABASE_MODE", "staging"),
        (
            "RAILWAY_GIT_COMMIT_SHA",
            "0123456789abcdef0123456789abcdef01234567",
        ),
    ]);
    let reply = service.get("/").await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let body = reply.json();
    assert_eq!(body["service"], "dragonfly-ops");
    assert_eq!(body["environment"], "staging");
    let sha = body["git_sha"].as_str().expect("a commit");
    assert_eq!(body["short_sha"].as_str(), sha.get(..7));
    for (name, path) in body["links"].as_object().expect("links") {
        let reply = service.get(path.as_str().expect("a path")).await;
        assert!([200, 503].contains(&reply.status), "{name}: {}", reply.body);
    }
    let page = service
        .send(Method::GET, "/", &[("accept", "text/html")])
        .await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.body.contains("staging"), "{}", page.body);
}

#[tokio::test]
async fn every_time_has_three_digits_of_a_second() {
    let service = Instance::start(&[]);
    let mut seen = 0;
    for path in [
        "/api/health",
        "/api/health/version",
        "/api/health/ready",
        "/nowhere",
    ] {
        let body = service.get(path).await.body;
        for part in body
            .split('"')
            .filter(|part| part.ends_with('Z') && part.starts_with("20") && part.contains('T'))
        {
            assert_eq!(part.len(), "2026-11-24T02:24:39.123Z".len(), "{part}");
            seen += 1;
        }
    }
    assert!(seen >= 9, "{seen}");
}

#[tokio::test]
async fn a_request_has_exactly_one_host() {
    let service = Instance::start(&[]);
    for hosts in ["", "host: a\r\nhost: b\r\n", "host: a\r\nhost: a\r\n"] {
        let request = format!("GET /api/health HTTP/1.1\r\n{hosts}connection: close\r\n\r\n");
        let answer = raw(service.port, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{hosts:?}: {answer}");
        assert!(answer.contains("application/problem+json"), "{answer}");
    }
    let old = raw(service.port, b"GET /api/health HTTP/1.0\r\n\r\n").await;
    assert!(old.starts_with("HTTP/1.0 200 "), "{old}");
}

#[tokio::test]
async fn a_path_that_is_no_text_is_a_problem_after_the_token_was_asked_for() {
    let service = Instance::start(&[]);
    let code = service.get("/errors/%ff").await;
    assert_eq!(
        (code.status, code.header("content-type")),
        (404, "application/problem+json")
    );
    let path = "/api/ops/workers/%ff/restart";
    let authorization = format!("Bearer {OPERATOR}");
    for (headers, expected) in [
        (&[][..], (401, "DFE-AUTH-001")),
        (
            &[("authorization", authorization.as_str())],
            (400, "DFE-VAL-001"),
        ),
    ] {
        let reply = service.send(Method::POST, path, headers).await;
        let body = reply.json();
        assert_eq!(
            (reply.status, body["code"].as_str()),
            (expected.0, Some(expected.1))
        );
    }
}

#[test]
fn wrong_usage_is_2_and_an_unanswered_health_check_1() {
    for arguments in [["nonsense"], ["--nonsense"]] {
        let output = command(&[]).args(arguments).output().expect("it runs");
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("Usage"));
    }
    let port = dragonfly_ops::dev::cluster::free_port()
        .expect("a free port")
        .to_string();
    let output = command(&[("PORT", &port)])
        .arg("healthcheck")
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let service = Instance::start(&[]);
    let port = service.port.to_string();
    let output = command(&[("PORT", &port)])
        .arg("healthcheck")
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(0));
}
