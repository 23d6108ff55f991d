//! `/metrics`: what a scraper reads, and whether it agrees with what Postgres has seen.

use reqwest::Method;

use crate::harness::{Instance, World};

#[tokio::test]
async fn a_scrape_is_in_the_format_of_prometheus_and_its_labels_are_bounded() {
    let service = Instance::start(&[]);
    for n in 0..50 {
        service.get(&format!("/errors/DFE-X-{n}")).await;
        service.get(&format!("/nowhere/{n}")).await;
        let method = Method::from_bytes(format!("M{n}").as_bytes()).expect("a method");
        service.send(method, "/api/health", &[]).await;
        service.get("/api/health/db").await;
    }
    let reply = service.get("/metrics").await;
    assert_eq!(
        reply.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let metrics = service.metrics().await;
    let requests = |route, status| {
        metrics.value(
            "dragonfly_http_requests_total",
            &[("route", route), ("status", status)],
        )
    };
    assert_eq!(requests("none", "404"), 50);
    assert_eq!(requests("/errors/:code", "404"), 50);
    assert_eq!(requests("/api/health", "405"), 50);
    assert_eq!(requests("/api/health/db", "503"), 50);
    let codes = [("check", "db"), ("code", "DFE-CFG-001")];
    assert_eq!(metrics.value("dragonfly_check_runs_total", &codes), 1);
    for name in [
        "process_open_fds",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
        "dragonfly_build_info",
        "dragonfly_http_connections",
        "dragonfly_tasks",
    ] {
        assert!(metrics.value(name, &[]) > 0, "{name}");
    }
    let series = metrics.series();
    assert!(
        !series.iter().any(|(_, labels)| labels.contains("nowhere")),
        "no label is chosen by a caller"
    );
    let head = service.send(Method::HEAD, "/metrics", &[]).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[tokio::test]
async fn our_count_of_logins_and_queries_is_that_of_postgres() {
    let world = World::with_postgres(&["log_statement=all", "log_connections=on"]);
    let service = world.start(&[("HEALTH_FRESHNESS_MS", "0")]);
    for _ in 0..10 {
        service.get("/api/health/db").await.assert_ok();
    }
    for _ in 0..3 {
        service.get("/api/health/ops").await.assert_ok();
    }
    let metrics = service.metrics().await;
    let log = std::fs::read_to_string(world.cluster.folder().join("server.log")).expect("a log");
    let logged = |text: &str| i64::try_from(log.matches(text).count()).expect("a number");
    for check in ["db", "ops"] {
        let of = |name: &str| metrics.value(name, &[("check", check)]);
        assert_eq!(of("dragonfly_check_login_attempts_total"), 1, "{check}");
    }
    assert_eq!(logged("connection authorized"), 2);
    assert_eq!(
        logged("connection received"),
        metrics.value("dragonfly_check_connection_attempts_total", &[])
    );
    let queries = metrics.value("dragonfly_check_queries_total", &[]);
    assert_eq!(queries, logged("LOG:  statement: "), "{log}");
    assert_eq!(logged("; SELECT 1"), 10);
    let callers = |source| {
        let labels = [("check", "db"), ("source", source)];
        metrics.value("dragonfly_check_callers_total", &labels)
    };
    assert_eq!(
        (callers("live"), callers("shared"), callers("cached")),
        (10, 0, 0)
    );
}
