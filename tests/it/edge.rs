//! What holds for every route: shapes, headers, methods, limits, the end.

use reqwest::Method;
use rustix::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Instance, Manner, Peer, command};

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
    assert!(
        service
            .log_text()
            .contains("DATABASE_URL (or SUPABASE_DB_URL) is not set.")
    );
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
    let allowed = reply.header("access-control-allow-headers");
    assert!(!allowed.contains("content-type"), "{allowed}");
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
        assert!(
            page.body.contains(code.entry().title) || page.body.contains("&amp;"),
            "{code}"
        );
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
    let mut routes: Vec<_> = dragonfly_ops::http::ROUTES
        .iter()
        .map(|(path, _)| (*path).to_owned())
        .collect();
    routes.sort();
    assert_eq!(paths, routes);
    // Every reference leads somewhere.
    let text = document.to_string();
    for part in text.split("\"$ref\":\"#").skip(1) {
        let pointer = part.split('"').next().expect("a pointer");
        assert!(document.pointer(pointer).is_some(), "{pointer} is missing");
    }
    for (path, endpoint) in dragonfly_ops::http::ROUTES {
        let (method, name) = if endpoint.is_action() {
            (Method::POST, "post")
        } else {
            (Method::GET, "get")
        };
        let concrete = path
            .replace("{code}", "DFE-DB-001")
            .replace("{service}", "intake");
        let reply = service.send(method, &concrete, &[]).await;
        let responses = &document["paths"][path][name]["responses"];
        let described = &responses[reply.status.to_string()];
        assert!(
            described.is_object(),
            "{path} answered {}, which is not described",
            reply.status
        );
        for code in endpoint.codes() {
            let status = match endpoint.is_action() {
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

async fn raw(port: u16, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port))
        .await
        .expect("it listens");
    stream.write_all(bytes).await.expect("it reads");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn what_is_no_request_gets_a_problem_and_echoes_nothing() {
    let service = Instance::start(&[]);
    let garbage = raw(service.port, b"zqcanary\r\n\r\n").await;
    assert!(
        garbage.starts_with("HTTP/1.1 400") && garbage.contains("application/problem+json"),
        "{garbage}"
    );
    assert!(
        garbage.contains("no-store") && !garbage.contains("zqcanary"),
        "{garbage}"
    );
    let mut long = b"GET /api/health HTTP/1.1\r\nhost: x\r\nx-long: ".to_vec();
    long.extend(std::iter::repeat_n(b'a', 64 * 1024));
    let header = raw(service.port, &long).await;
    assert!(
        header.starts_with("HTTP/1.1 431") && header.contains("application/problem+json"),
        "{header}"
    );
    let body = raw(
        service.port,
        b"GET /api/health HTTP/1.1\r\nhost: x\r\ncontent-length: 999999\r\n\r\n",
    )
    .await;
    assert!(
        body.starts_with("HTTP/1.1 413") && body.contains("application/problem+json"),
        "{body}"
    );
    service.get("/api/health").await.assert_ok();
}

#[tokio::test]
async fn a_thousand_half_open_connections_do_not_delay_liveness() {
    let service = Instance::start(&[("HTTP_HEADER_TIMEOUT", "2")]);
    let mut open = Vec::new();
    for _ in 0..1000 {
        let mut stream = TcpStream::connect(("127.0.0.1", service.port))
            .await
            .expect("it accepts");
        stream
            .write_all(b"GET /api/health HTTP/1.1\r\n")
            .await
            .expect("it reads");
        open.push(stream);
    }
    for _ in 0..20 {
        service.get("/api/health").await.assert_ok();
    }
    // Each is closed by the service, without an answer.
    for stream in &mut open {
        let mut rest = Vec::new();
        let closed = tokio::time::timeout(
            std::time::Duration::from_secs(20),
            stream.read_to_end(&mut rest),
        )
        .await;
        assert!(closed.is_ok(), "a half-open connection stays");
    }
}

#[tokio::test]
async fn sigterm_turns_readiness_red_and_finishes_what_is_in_flight() {
    let peer = Peer::start(String::new(), Manner::Silent).await;
    let supabase = format!("http://127.0.0.1:{}", peer.port);
    let mut service = Instance::start(&[
        ("SUPABASE_URL", &supabase),
        ("SUPABASE_SECRET_KEY", crate::harness::KEY),
        ("HEALTH_SUPABASE_TIMEOUT", "3"),
        ("DRAIN_DELAY", "1.5"),
    ]);
    let in_flight = service.get("/api/health/supabase");
    let drain = async {
        // The check is under way once the peer has been reached.
        while peer.seen() == 0 {
            tokio::task::yield_now().await;
        }
        service.signal(Signal::TERM);
        while !service.log_text().contains("draining") {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let ready = service.get("/api/health/ready").await;
        ready.assert_code("DFE-INT-003");
        assert_eq!(ready.header("connection"), "close");
        service.get("/api/health").await.assert_ok();
    };
    let (slow, ()) = tokio::join!(in_flight, drain);
    slow.assert_code("DFE-NET-001");
    assert_eq!(service.wait().code(), Some(0));
}

#[tokio::test]
async fn a_second_signal_ends_at_once_and_cuts_what_is_in_flight() {
    for (first, second, code) in [
        (Signal::INT, Signal::TERM, 128 + 15),
        (Signal::TERM, Signal::INT, 128 + 2),
        (Signal::INT, Signal::INT, 128 + 2),
    ] {
        let peer = Peer::start(String::new(), Manner::Silent).await;
        let supabase = format!("http://127.0.0.1:{}", peer.port);
        let mut service = Instance::start(&[
            ("SUPABASE_URL", &supabase),
            ("SUPABASE_SECRET_KEY", crate::harness::KEY),
            ("HEALTH_SUPABASE_TIMEOUT", "300"),
            ("DRAIN_TIMEOUT", "300"),
        ]);
        let mut in_flight = TcpStream::connect(("127.0.0.1", service.port))
            .await
            .expect("it listens");
        in_flight
            .write_all(b"GET /api/health/supabase HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .expect("it reads");
        while peer.seen() == 0 {
            tokio::task::yield_now().await;
        }
        service.signal(first);
        while !service.log_text().contains("draining") {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        service.signal(second);
        // What is in flight would take five minutes.
        let ended = tokio::task::spawn_blocking(move || (service.wait().code(), service));
        let ended = tokio::time::timeout(std::time::Duration::from_secs(30), ended).await;
        let (code_of, service) = ended.expect("it ends").expect("it can be waited for");
        assert_eq!(code_of, Some(code), "{first:?}, {second:?}");
        let log = service.log_text();
        assert!(log.contains("a second signal"), "{log}");
    }
}

#[test]
fn an_address_that_cannot_be_listened_on_names_its_variable() {
    // An address for documentation: nobody has it.
    let output = command(&[("HOST", "203.0.113.7"), ("PORT", "0")])
        .output()
        .expect("it runs");
    let log = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{log}");
    assert!(
        log.contains("HOST is not valid: it is no address of this machine"),
        "{log}"
    );
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let output = command(&[("HOST", "127.0.0.1"), ("PORT", &port)])
        .output()
        .expect("it runs");
    let log = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{log}");
    assert!(log.contains("PORT is not free"), "{log}");
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
