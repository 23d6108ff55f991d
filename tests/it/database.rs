//! What Postgres, PgBouncer or the network between can do to us.

use std::time::Duration;

use dragonfly_ops::dev::cluster::free_port;
use reqwest::Method;
use rustix::process::Signal;

use crate::harness::{
    Instance, Manner, OPERATOR, PASSWORD, Peer, SUPERUSER, assert_at_deadline, connect, execute,
    postgres, url, url_as,
};
use crate::pooler::Pooler;

#[tokio::test]
async fn a_hang_is_answered_at_the_deadline_and_the_first_check_after_it_is_green() {
    let cluster = postgres(&[]);
    let pooler = Pooler::start(&cluster, &[]).await;
    for port in [cluster.port(), pooler.port()] {
        let url = url_as(port, SUPERUSER, PASSWORD);
        let service = Instance::start(&[
            ("DATABASE_URL", &url),
            ("HEALTH_DB_TIMEOUT", "1"),
            ("HEALTH_OPS_TIMEOUT", "1"),
            ("HEALTH_FRESHNESS_MS", "0"),
        ]);
        let green = service.get("/api/health/db").await;
        green.assert_ok();
        for phase in ["connect;dur=", "login;dur=", "query;dur="] {
            assert!(
                green.header("server-timing").contains(phase),
                "{}",
                green.header("server-timing")
            );
        }
        cluster.signal_all(Signal::STOP);
        let reply = service.get("/api/health/db").await;
        assert_at_deadline(&reply, Duration::from_secs(1));
        let problem = reply.assert_code("DFE-DB-002");
        assert!(
            problem["last_ok"].is_string() && problem["consecutive_failures"] == 1,
            "{}",
            reply.body
        );
        let (first, second) = tokio::join!(
            service.get("/api/health/db"),
            service.get("/api/health/ops")
        );
        first.assert_code("DFE-DB-002");
        second.assert_code("DFE-DB-002");
        service.get("/api/health").await.assert_ok();
        cluster.signal_all(Signal::CONT);
        service.get("/api/health/db").await.assert_ok();
        service.get("/api/health/ops").await.assert_ok();
        let log = service.logged("\"code\":\"DFE-DB-002\"", 4).await;
        assert_eq!(
            log.matches("\"code\":\"DFE-DB-002\"").count(),
            4,
            "begin and end, for each check: {log}"
        );
    }
}

#[tokio::test]
async fn refused_is_found_at_once() {
    let port = free_port().expect("a free port");
    let service = Instance::start(&[("DATABASE_URL", &url_as(port, "u", "p"))]);
    service.get("/api/health").await.assert_ok();
    for path in ["/api/health/db", "/api/health/ops"] {
        let reply = service.get(path).await;
        reply.assert_code("DFE-DB-001");
        // Nowhere near the deadline of 5 s.
        assert!(reply.took < Duration::from_secs(2), "{:?}", reply.took);
    }
}

#[tokio::test]
async fn a_rejected_login_makes_one_attempt_whatever_the_callers_and_a_restart_starts_clean() {
    let cluster = postgres(&["log_connections=on"]);
    let wrong = url_as(cluster.port(), SUPERUSER, "zqcanary-password");
    let service = Instance::start(&[("DATABASE_URL", &wrong), ("HEALTH_FRESHNESS_MS", "0")]);
    for _ in 0..20 {
        let (db, ops) = tokio::join!(
            service.get("/api/health/db"),
            service.get("/api/health/ops")
        );
        let problem = db.assert_code("DFE-CFG-002");
        assert!(problem["next_attempt_at"].is_string(), "{}", db.body);
        ops.assert_code("DFE-CFG-002");
        assert!(problem.get("cause").is_none());
    }
    let token = format!("Bearer {OPERATOR}");
    let reply = service
        .send(Method::GET, "/api/health/db", &[("authorization", &token)])
        .await;
    assert!(
        reply.json()["cause"]
            .to_string()
            .contains("password authentication failed"),
        "{}",
        reply.body
    );
    let server_log = std::fs::read_to_string(cluster.folder().join("server.log")).expect("a log");
    assert_eq!(
        server_log.matches("password authentication failed").count(),
        1,
        "{server_log}"
    );
    assert!(!format!("{}{}", service.log_text(), reply.body).contains("zqcanary"));
    drop(service);
    let service = Instance::start(&[("DATABASE_URL", &url(&cluster))]);
    service.get("/api/health/db").await.assert_ok();
}

#[tokio::test]
async fn callers_share_one_query_and_one_that_goes_away_harms_nobody() {
    let cluster = postgres(&["log_statement=all"]);
    let service = Instance::start(&[
        ("DATABASE_URL", &url(&cluster)),
        ("HEALTH_FRESHNESS_MS", "60000"),
    ]);
    let address = ("127.0.0.1", service.port);
    for _ in 0..20 {
        use tokio::io::AsyncWriteExt;
        let mut stream = tokio::net::TcpStream::connect(address)
            .await
            .expect("it listens");
        stream
            .write_all(b"GET /api/health/db HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .expect("it reads");
        drop(stream);
    }
    for _ in 0..100 {
        service.get("/api/health/db").await.assert_ok();
    }
    let log = std::fs::read_to_string(cluster.folder().join("server.log")).expect("a log");
    assert_eq!(log.matches("SELECT 1").count(), 1, "{log}");
}

#[tokio::test]
async fn a_connection_killed_while_idle_does_not_show() {
    let cluster = postgres(&[]);
    let service = Instance::start(&[
        ("DATABASE_URL", &url(&cluster)),
        ("HEALTH_FRESHNESS_MS", "0"),
    ]);
    service.get("/api/health/db").await.assert_ok();
    let mut admin = connect(&url(&cluster)).await;
    execute(
        &mut admin,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dragonfly-ops'",
    )
    .await;
    service.get("/api/health/db").await.assert_ok();
}

#[tokio::test]
async fn what_is_wrong_at_login_has_its_code() {
    let cluster = postgres(&["max_connections=10", "superuser_reserved_connections=3"]);
    let mut admin = connect(&url(&cluster)).await;
    execute(&mut admin, "CREATE ROLE app LOGIN PASSWORD 'app-password'").await;
    let base = url_as(cluster.port(), "app", "app-password");
    let no_database = base.replace(
        &format!("{}/postgres", cluster.port()),
        &format!("{}/nowhere", cluster.port()),
    );
    let need_tls = format!("{base}?sslmode=require");
    for (url, code) in [
        (no_database.as_str(), "DFE-CFG-002"),
        (need_tls.as_str(), "DFE-NET-004"),
    ] {
        let service = Instance::start(&[("DATABASE_URL", url)]);
        service.get("/api/health/db").await.assert_code(code);
    }
    let mut held: Vec<sqlx::PgConnection> = Vec::new();
    for _ in 0..7 {
        match <sqlx::PgConnection as sqlx::Connection>::connect(&base).await {
            Ok(connection) => held.push(connection),
            Err(_) => break,
        }
    }
    let service = Instance::start(&[("DATABASE_URL", &base), ("HEALTH_FRESHNESS_MS", "0")]);
    service
        .get("/api/health/db")
        .await
        .assert_code("DFE-DB-004");
    held.clear();
    let green = async { while service.get("/api/health/db").await.status != 200 {} };
    tokio::time::timeout(Duration::from_secs(10), green)
        .await
        .expect("it is green again");
}

#[tokio::test]
async fn a_login_that_hangs_names_the_login() {
    let peer = Peer::start(String::new(), Manner::Silent).await;
    let service = Instance::start(&[
        ("DATABASE_URL", &url_as(peer.port, "u", "p")),
        ("HEALTH_DB_TIMEOUT", "1"),
    ]);
    service.get("/api/health").await.assert_ok();
    let reply = service.get("/api/health/db").await;
    assert_at_deadline(&reply, Duration::from_secs(1));
    let problem = reply.assert_code("DFE-DB-002");
    assert!(
        problem["detail"]
            .as_str()
            .is_some_and(|text| text.contains("login")),
        "{}",
        reply.body
    );
}

#[tokio::test]
async fn the_checks_are_clean_through_a_transaction_pooler() {
    let cluster = postgres(&[]);
    let pooler = Pooler::start(&cluster, &[]).await;
    let url = url_as(pooler.port(), SUPERUSER, PASSWORD);
    let migrated = crate::harness::command(&[("DATABASE_URL", &url)])
        .arg("migrate")
        .output()
        .expect("it runs");
    assert_eq!(migrated.status.code(), Some(0), "{migrated:?}");
    // Three instances on two server connections: statements of one land where those of another
    // were.
    let services: Vec<_> = (0..3)
        .map(|_| Instance::start(&[("DATABASE_URL", url.as_str()), ("HEALTH_FRESHNESS_MS", "0")]))
        .collect();
    for _ in 0..30 {
        let asked = services.iter().flat_map(|service| {
            ["/api/health/db", "/api/health/ops"].map(|path| async move { service.get(path).await })
        });
        for reply in futures_util::future::join_all(asked).await {
            let body = reply.assert_ok();
            if body["check"] == "ops" {
                for (name, section) in body["sections"].as_object().expect("sections") {
                    assert!(section.get("problem").is_none(), "{name}: {section}");
                }
            }
        }
    }
    let options: sqlx::postgres::PgConnectOptions = url.parse().expect("a URL");
    let mut session = sqlx::ConnectOptions::connect(&options.extra_float_digits(None))
        .await
        .expect("it logs in");
    let timeout: (String,) =
        sqlx::query_as(sqlx::AssertSqlSafe("SHOW statement_timeout".to_owned()))
            .persistent(false)
            .fetch_one::<&mut sqlx::PgConnection>(&mut session)
            .await
            .expect("it answers");
    assert_eq!(timeout.0, "0", "no timeout leaks to others");
}

#[tokio::test]
async fn what_the_server_remarks_stays_out_of_the_log() {
    let cluster = postgres(&["client_min_messages=debug5"]);
    let url = url(&cluster);
    let service = Instance::start(&[("DATABASE_URL", &url), ("RUST_LOG", "trace")]);
    service.get("/api/health/db").await.assert_ok();
    let log = service.logged("\"message\":\"answered\"", 1).await;
    assert!(!log.contains("sqlx::postgres::notice"), "{log}");
}
