//! The ten incidents of a night, played on the parts of `make run`: what is said of
//! the cause by the first command.
//!
//! Whoever is woken runs `check`. A cause that it does not name, with a next step that works in that
//! state, is a failure of the tool; the output shows what was said, and after how long.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dragonfly_ops::dev::demo::Demo;
use jiff::{SignedDuration, Timestamp};
use rustix::process::Signal;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tokio::net::TcpListener;

use crate::harness::{Instance, KEY, OPERATOR, World, command, execute, url_as};

/// What `make run` starts, without a worker that is stale from the beginning.
struct Scene {
    world: World,
    demo: Demo,
    settings: Vec<(&'static str, String)>,
}

impl Scene {
    async fn start() -> Self {
        Self::with_postgres(&[]).await
    }

    async fn with_postgres(configuration: &[&str]) -> Self {
        Self::with_key(configuration, KEY).await
    }

    async fn with_key(configuration: &[&str], key: &str) -> Self {
        let world = World::with_postgres(configuration).migrated();
        let rest = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let rest_url = format!("http://{}", rest.local_addr().expect("an address"));
        let demo = Demo::start(&world.url, rest, key.to_owned()).await;
        let demo = demo.expect("the demo starts");
        world
            .execute("UPDATE ops.worker_heartbeats SET last_heartbeat = now()")
            .await;
        let settings = vec![
            ("DATABASE_URL", world.url.clone()),
            ("SUPABASE_URL", rest_url),
            ("SUPABASE_SERVICE_ROLE_KEY", key.to_owned()),
            ("SUPABASE_HEALTH_TABLE", "plaintiffs".to_owned()),
            ("SUPABASE_MODE", "dev".to_owned()),
            ("OPS_TOKEN", OPERATOR.to_owned()),
        ];
        Self {
            world,
            demo,
            settings,
        }
    }

    fn set(&mut self, name: &'static str, value: Option<&str>) {
        self.settings.retain(|(other, _)| *other != name);
        let value = value.map(|value| (name, value.to_owned()));
        self.settings.extend(value);
    }

    fn settings(&self) -> Vec<(&str, &str)> {
        let settings = self.settings.iter();
        settings
            .map(|(name, value)| (*name, value.as_str()))
            .collect()
    }

    fn serve(&self) -> Instance {
        Instance::start(&self.settings())
    }

    /// Runs what somebody runs first at 3 a.m., and says what it took: it has to name the cause.
    async fn is_named(&self, service: &Instance, says: &[&str]) {
        let url = format!("http://127.0.0.1:{}", service.port);
        let began = Instant::now();
        let mut check = tokio::process::Command::from(command(&self.settings()));
        let output = check.args(["check", &url]).output().await.expect("it runs");
        let text = String::from_utf8_lossy(&output.stdout);
        println!(
            "named by `check` after {:.1} s:\n{text}",
            began.elapsed().as_secs_f64()
        );
        for part in says {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
    }

    async fn end(self) {
        self.demo.stop().await;
    }
}

#[tokio::test]
async fn the_server_is_stopped() {
    let scene = Scene::start().await;
    let service = scene.serve();
    scene.world.cluster.signal_all(Signal::STOP);
    scene
        .is_named(
            &service,
            &[
                "DFE-DB-002",
                "The server itself: REST does not reach it either",
            ],
        )
        .await;
    scene.world.cluster.signal_all(Signal::CONT);
    scene.end().await;
}

#[tokio::test]
async fn the_server_is_killed() {
    let mut scene = Scene::start().await;
    let service = scene.serve();
    scene.world.cluster.crash().expect("it dies");
    scene
        .is_named(
            &service,
            &[
                "DFE-DB-001: Postgres refused the connection",
                "Database pooler status",
            ],
        )
        .await;
    scene.end().await;
}

#[tokio::test]
async fn a_worker_is_silent() {
    let scene = Scene::start().await;
    scene
        .world
        .execute("UPDATE ops.worker_heartbeats SET last_heartbeat = now() - interval '11 minutes' WHERE worker_name = 'enrichment-1'")
        .await;
    let service = scene.serve();
    scene
        .is_named(
            &service,
            &[
                "workers.worker [enrichment-1]: Stale",
                "Restart it if it is gone",
            ],
        )
        .await;
    scene.end().await;
}

#[tokio::test]
async fn twenty_readers_wait_for_a_lock() {
    let scene = Scene::start().await;
    let mut holder = scene.world.admin().await;
    execute(&mut holder, "BEGIN; LOCK TABLE public.plaintiffs").await;
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let mut reader = scene.world.admin().await;
        readers.spawn(async move {
            let _ = sqlx::raw_sql("SELECT count(*) FROM public.plaintiffs")
                .execute(&mut reader)
                .await;
        });
    }
    let mut admin = scene.world.admin().await;
    loop {
        let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_locks WHERE NOT granted")
            .fetch_one(&mut admin)
            .await
            .expect("it answers");
        if waiting >= 20 {
            break;
        }
    }
    let service = scene.serve();
    scene
        .is_named(
            &service,
            &[
                "21 sessions wait for a lock on public.plaintiffs behind the session",
                "dragonfly-ops pg locks: who is at the root",
            ],
        )
        .await;
    drop(holder);
    readers.shutdown().await;
    scene.end().await;
}

#[tokio::test]
async fn jobs_wait_and_the_workers_are_idle() {
    let scene = Scene::start().await;
    scene
        .world
        .execute(
            "UPDATE ops.job_queue SET finished_at = finished_at - interval '2 hours' WHERE finished_at IS NOT NULL;
             INSERT INTO ops.job_queue (job_type, created_at) SELECT 'scan', now() - interval '2 hours' FROM generate_series(1, 500)",
        )
        .await;
    let service = scene.serve();
    scene.is_named(&service, &["queue.stalled: Jobs wait, and nobody has finished one for 2 h. What waits: 500 scan", "workers.worker [mailer-1]: It beats", "a restart of its service lets go"]).await;
    scene.end().await;
}

#[tokio::test]
async fn the_key_is_wrong() {
    let mut scene = Scene::start().await;
    scene.set(
        "SUPABASE_SERVICE_ROLE_KEY",
        Some("sb_secret_another_0123456789"),
    );
    let service = scene.serve();
    scene
        .is_named(
            &service,
            &[
                "DFE-VND-001",
                "rejected the API key in SUPABASE_SERVICE_ROLE_KEY",
                "against the project's API keys",
            ],
        )
        .await;
    scene.end().await;
}

#[tokio::test]
async fn a_variable_is_missing() {
    let mut scene = Scene::start().await;
    scene.set("SUPABASE_SERVICE_ROLE_KEY", None);
    let service = scene.serve();
    scene
        .is_named(
            &service,
            &[
                "DFE-CFG-001: SUPABASE_SERVICE_ROLE_KEY (or SUPABASE_SECRET_KEY) is not set",
                "Railway env configuration",
            ],
        )
        .await;
    scene.end().await;
}

#[tokio::test]
async fn the_schema_cache_is_stale() {
    let mut scene = Scene::start().await;
    scene.set("SUPABASE_HEALTH_TABLE", Some("courts"));
    let service = scene.serve();
    scene
        .is_named(
            &service,
            &[
                "DFE-VAL-002: PostgREST does not know the table courts",
                "reload the PostgREST schema",
            ],
        )
        .await;
    scene.end().await;
}

#[tokio::test]
async fn all_slots_are_taken() {
    let mut scene = Scene::with_postgres(&["max_connections=16"]).await;
    scene
        .world
        .execute("CREATE ROLE watch LOGIN PASSWORD 'watch-password' IN ROLE pg_monitor; CREATE ROLE app LOGIN PASSWORD 'app-password'")
        .await;
    scene
        .world
        .execute(
            "GRANT USAGE ON SCHEMA ops TO watch; GRANT SELECT ON ALL TABLES IN SCHEMA ops TO watch",
        )
        .await;
    let url = url_as(scene.world.cluster.port(), "watch", "watch-password");
    scene.set("DATABASE_URL", Some(&url));
    let service = scene.serve();
    service.get("/api/health/ops").await.assert_ok();
    let url = url_as(scene.world.cluster.port(), "app", "app-password");
    let mut held = Vec::new();
    while let Ok(session) = PgConnection::connect(&format!("{url}?application_name=intake")).await {
        held.push(session);
    }
    scene
        .is_named(
            &service,
            &[
                "DFE-DB-004",
                "the server's or the pooler's slots are used up",
                "Connections by state",
            ],
        )
        .await;
    drop(held);
    scene.end().await;
}

#[tokio::test]
async fn the_key_has_expired() {
    let key = expired();
    let scene = Scene::with_key(&[], &key).await;
    let service = scene.serve();
    scene.is_named(&service, &["DFE-AUTH-002", "expired"]).await;
    scene.end().await;
}

/// A legacy key that expired yesterday.
fn expired() -> String {
    let at = Timestamp::now() - SignedDuration::from_hours(24);
    let claims = format!(r#"{{"role":"service_role","exp":{}}}"#, at.as_second());
    format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims))
}
