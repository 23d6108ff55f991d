//! What is wrong with the way in: the URL, the role, the certificate, the password.

use std::time::Duration;

use dragonfly_ops::dev::cluster::Cluster;
use sqlx::AssertSqlSafe;

use crate::harness::{
    Instance, Manner, PASSWORD, Peer, SUPERUSER, connect, execute, postgres, url, url_as,
};
use crate::matrix::Within;
use crate::pooler::{MISTRUSTED, Pooler};

/// What only another URL can make: the fault, the URL's parts, and the code.
#[tokio::test]
async fn what_is_wrong_with_the_url_or_the_role() {
    let cluster = postgres(&[]);
    let mut admin = connect(&url(&cluster)).await;
    execute(
        &mut admin,
        "CREATE ROLE stranger LOGIN PASSWORD 'stranger-password'",
    )
    .await;
    execute(&mut admin, "CREATE DATABASE closed").await;
    execute(&mut admin, "REVOKE CONNECT ON DATABASE closed FROM PUBLIC").await;
    sqlx::raw_sql(AssertSqlSafe(format!(
        "CREATE ROLE {MISTRUSTED} LOGIN PASSWORD 'another-password'"
    )))
    .execute(&mut admin)
    .await
    .expect("it is created");
    let pooler = Pooler::start(&cluster, &["server_login_retry = 1"]).await;
    let garbage = Peer::start(
        "HTTP/1.1 400 Bad Request\r\n\r\n".to_owned(),
        Manner::Answer,
    )
    .await;
    let (server, bouncer) = (cluster.port(), pooler.port());
    let in_database = |port, user, password, database: &str| {
        url_as(port, user, password).replace("/postgres", &format!("/{database}"))
    };
    for (fault, url, code) in [
        (
            "login rejected",
            url_as(server, SUPERUSER, "zqcanary"),
            "DFE-CFG-002",
        ),
        (
            "login rejected, pooler",
            url_as(bouncer, SUPERUSER, "zqcanary"),
            "DFE-CFG-002",
        ),
        (
            "login rejected behind the pooler",
            url_as(bouncer, MISTRUSTED, PASSWORD),
            "DFE-CFG-002",
        ),
        (
            "database missing",
            in_database(server, SUPERUSER, PASSWORD, "nowhere"),
            "DFE-CFG-002",
        ),
        (
            "database missing, pooler",
            in_database(bouncer, SUPERUSER, PASSWORD, "nowhere"),
            "DFE-CFG-002",
        ),
        (
            "role without rights",
            in_database(server, "stranger", "stranger-password", "closed"),
            "DFE-AUTH-003",
        ),
        (
            "TLS not offered",
            format!("{}?sslmode=require", url_as(server, SUPERUSER, PASSWORD)),
            "DFE-NET-004",
        ),
        (
            "TLS not offered, pooler",
            format!("{}?sslmode=require", url_as(bouncer, SUPERUSER, PASSWORD)),
            "DFE-NET-004",
        ),
        (
            "protocol garbage",
            url_as(garbage.port, "u", "p"),
            "DFE-DB-001",
        ),
    ] {
        let service = Instance::start(&[("DATABASE_URL", &url), ("HEALTH_FRESHNESS_MS", "0")]);
        let reply = service.get("/api/health/db").await;
        assert_eq!(reply.json()["code"], code, "{fault}: {}", reply.body);
        Within::Time.assert(fault, &reply);
        assert!(!format!("{}{}", service.log_text(), reply.body).contains("zqcanary"));
    }
}

#[tokio::test]
async fn a_certificate_of_another_host() {
    let authority = crate::tls::Authority::new();
    for (host, code) in [("localhost", None), ("other.example", Some("DFE-NET-004"))] {
        let identity = authority.issue(host, true);
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: String| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("it is written");
            // Postgres takes a key that only its owner can read.
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(&path, mode).expect("it is ours");
            path
        };
        let certificate = write("server.crt", identity.certificate.pem());
        let key = write("server.key", identity.key.serialize_pem());
        let cluster = postgres(&[]);
        cluster.adopt(folder.path()).expect("it is handed over");
        let mut admin = connect(&url(&cluster)).await;
        for (name, path) in [("ssl_cert_file", certificate), ("ssl_key_file", key)] {
            let sql = format!("ALTER SYSTEM SET {name} = '{}'", path.display());
            sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(&mut admin)
                .await
                .expect("it is set");
        }
        execute(&mut admin, "ALTER SYSTEM SET ssl = on").await;
        execute(&mut admin, "SELECT pg_reload_conf()").await;
        let encrypted = format!(
            "{}?sslmode=verify-full&sslrootcert={}",
            url(&cluster).replace("127.0.0.1", "localhost"),
            authority.file()
        );
        let service =
            Instance::start(&[("DATABASE_URL", &encrypted), ("HEALTH_FRESHNESS_MS", "0")]);
        // The reload is under way in the server; until it is done, TLS is not offered.
        let settled = async {
            loop {
                let reply = service.get("/api/health/db").await;
                if reply.status == 200 || !reply.body.contains("does not offer") {
                    return reply;
                }
            }
        };
        let reply = tokio::time::timeout(Duration::from_secs(10), settled)
            .await
            .expect("the server has its certificate");
        match code {
            None => drop(reply.assert_ok()),
            Some(code) => drop(reply.assert_code(code)),
        }
    }
}

#[tokio::test]
async fn ten_thousand_probes_with_a_rejected_login_make_one_attempt() {
    let cluster = postgres(&["log_connections=on"]);
    let wrong = url_as(cluster.port(), SUPERUSER, "zqcanary-password");
    let service = Instance::start(&[("DATABASE_URL", &wrong), ("HEALTH_FRESHNESS_MS", "0")]);
    let paths = [
        "/api/health/db",
        "/api/health/ops",
        "/api/health/ready",
        "/readyz",
    ];
    for _ in 0..50 {
        let batch = (0..200).map(|n| service.get(paths[n % paths.len()]));
        for reply in futures_util::future::join_all(batch).await {
            assert_eq!(reply.json()["code"], "DFE-CFG-002", "{}", reply.body);
        }
    }
    let rejections = |cluster: &Cluster| {
        std::fs::read_to_string(cluster.folder().join("server.log"))
            .expect("a log")
            .matches("password authentication failed")
            .count()
    };
    assert_eq!(rejections(&cluster), 1, "by the server's log");
    let metrics = service.metrics().await;
    assert_eq!(
        metrics.value("dragonfly_check_login_attempts_total", &[]),
        1,
        "and by our own count"
    );
    assert!(
        metrics.value(
            "dragonfly_check_next_attempt_timestamp_seconds",
            &[("check", "db")]
        ) > 0
    );
    let callers = metrics.value("dragonfly_check_callers_total", &[("check", "db")])
        + metrics.value("dragonfly_check_callers_total", &[("check", "ops")]);
    assert_eq!(callers, 10_000);
    drop(service);
    let service = Instance::start(&[("DATABASE_URL", &url(&cluster))]);
    service.get("/api/health/db").await.assert_ok();
    assert_eq!(rejections(&cluster), 1);
}
