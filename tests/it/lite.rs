//! Supabase's own server, `@supabase/lite`, on the same real Postgres.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dragonfly_ops::dev::cluster::free_port;
use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{
    Instance, KEY, PASSWORD, SUPERUSER, World, assert_at_deadline, client, execute, npm_install,
    url_as,
};
use crate::proxy::{Network, Proxy};

/// A running `@supabase/lite`, ended when it is dropped.
struct Lite {
    process: Child,
    port: u16,
    _home: tempfile::TempDir,
}

impl Lite {
    async fn start(folder: &Path, database: &str) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let port = free_port().expect("a free port");
        let process = Command::new("setpriv")
            .args([
                "--pdeathsig",
                "KILL",
                "node",
                "node_modules/@supabase/lite/dist/cli/index.js",
            ])
            .args([
                "--no-telemetry",
                "start",
                "--host",
                "127.0.0.1",
                "--no-admin",
            ])
            .current_dir(folder)
            .env("HOME", home.path())
            .env("LITE_DB_URL", database)
            .env("LITE_PORT", port.to_string())
            .env(
                "LITE_JWT_SECRET",
                "a-secret-of-the-tests-with-over-32-characters",
            )
            .env("SUPABASE_SECRET_KEY", KEY)
            .env("SUPABASE_PUBLISHABLE_KEY", "sb_publishable_test")
            .envs([
                ("LITE_TELEMETRY", "0"),
                ("DO_NOT_TRACK", "1"),
                ("LITE_NON_INTERACTIVE", "1"),
                ("CI", "1"),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("node is installed");
        let lite = Self {
            process,
            port,
            _home: home,
        };
        // That it listens proves nothing: ready is who has answered a row.
        let client = client();
        let row = format!("http://127.0.0.1:{port}/rest/v1/plaintiffs?select=id&limit=1");
        for _ in 0..1500 {
            let answer = client.get(&row).header("apikey", KEY).send().await;
            if answer.is_ok_and(|answer| answer.status() == 200) {
                return lite;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("@supabase/lite does not become ready");
    }

    fn service(&self, more: &[(&str, &str)]) -> Instance {
        let url = format!("http://127.0.0.1:{}", self.port);
        let mut settings = vec![
            ("SUPABASE_URL", url.as_str()),
            ("SUPABASE_SECRET_KEY", KEY),
            ("HEALTH_FRESHNESS_MS", "0"),
        ];
        settings.extend_from_slice(more);
        Instance::start(&settings)
    }
}

impl Drop for Lite {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn supabases_own_server_is_understood() {
    let files = ["package.json", "package-lock.json", "supabase/config.toml"];
    let folder = npm_install("tests/supabase-lite", &files);
    let world = World::with_postgres(&[]);
    let admin = world
        .admin_after(
            "CREATE TABLE plaintiffs (id int PRIMARY KEY); INSERT INTO plaintiffs VALUES (1)",
        )
        .await;
    drop(admin);
    let mut lite = Lite::start(folder.path(), &world.url).await;
    let path = "/api/health/supabase";

    let service = lite.service(&[
        ("DATABASE_URL", &world.url),
        ("HEALTH_SUPABASE_TIMEOUT", "2"),
        ("HEALTH_DB_TIMEOUT", "1"),
    ]);
    service.get(path).await.assert_ok();
    service.get("/api/health/ready").await.assert_ok();
    let unknown_key = lite.service(&[("SUPABASE_SECRET_KEY", "sb_secret_nobody_knows")]);
    let problem = unknown_key.get(path).await.assert_code("DFE-VND-001");
    let first_check = problem["first_check"].as_str().unwrap_or_default();
    assert!(
        first_check.starts_with("API key validity: SUPABASE_SE"),
        "{problem}"
    );
    let missing_table = lite.service(&[("SUPABASE_HEALTH_TABLE", "nowhere")]);
    missing_table.get(path).await.assert_code("DFE-VAL-002");

    // The table that is read is locked: REST is silent, and the cause is seen by the session beside it.
    let mut admin = world.admin().await;
    execute(&mut admin, "BEGIN; LOCK TABLE plaintiffs").await;
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut admin)
        .await
        .expect("it answers");
    let reply = service.get("/api/health/ready").await;
    assert_at_deadline(&reply, Duration::from_secs(2));
    let problem = reply.assert_code("DFE-NET-001");
    let detail = problem["detail"].as_str().expect("a detail");
    let lock = format!("for a lock on public.plaintiffs behind the session {pid}.");
    assert!(detail.ends_with(&lock), "{problem}");
    let first = problem["first_check"].as_str().expect("a first check");
    assert!(first.starts_with("dragonfly-ops pg locks"), "{problem}");
    execute(&mut admin, "ROLLBACK").await;
    service.get("/api/health/ready").await.assert_ok();
    drop(admin);

    // The way to Postgres alone is lost: REST says that the server is well.
    let proxy = Proxy::start(world.cluster.port()).await;
    let lost = lite.service(&[
        ("DATABASE_URL", &url_as(proxy.port(), SUPERUSER, PASSWORD)),
        // REST has three quarters of it to answer.
        ("HEALTH_DB_TIMEOUT", "4"),
    ]);
    lost.get("/api/health/db").await.assert_ok();
    proxy.set(Network::BlackHole);
    let problem = lost.get("/api/health/db").await.assert_code("DFE-DB-002");
    let first = problem["first_check"].as_str().expect("a first check");
    assert!(
        first.starts_with("The network path of this connection"),
        "{problem}"
    );

    // Postgres hangs behind it: both checks at their deadlines, then green at once.
    world.cluster.signal_all(Signal::STOP);
    let reply = service.get("/api/health/ready").await;
    assert_at_deadline(&reply, Duration::from_secs(2));
    let problem = reply.assert_code("DFE-DB-002");
    assert_eq!(
        problem["checks"]["supabase"]["code"], "DFE-NET-001",
        "{problem}"
    );
    let first = problem["first_check"].as_str().expect("a first check");
    assert!(first.starts_with("The server itself"), "{problem}");
    world.cluster.signal_all(Signal::CONT);
    service.get("/api/health/ready").await.assert_ok();

    // The server itself hangs.
    let pid = i32::try_from(lite.process.id())
        .ok()
        .and_then(Pid::from_raw);
    let pid = pid.expect("a pid");
    kill_process(pid, Signal::STOP).expect("it runs");
    let reply = service.get(path).await;
    assert_at_deadline(&reply, Duration::from_secs(2));
    reply.assert_code("DFE-NET-001");
    kill_process(pid, Signal::CONT).expect("it is stopped");
    service.get(path).await.assert_ok();

    lite.process.kill().expect("it runs");
    lite.process.wait().expect("it ends");
    let reply = service.get(path).await;
    reply.assert_code("DFE-NET-002");
    // Nowhere near the deadline of 2 s.
    assert!(reply.took < Duration::from_secs(1), "{:?}", reply.took);
}
