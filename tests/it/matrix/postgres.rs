//! Postgres, directly and through PgBouncer.

use dragonfly_ops::dev::cluster::Cluster;
use rustix::process::Signal;
use sqlx::{Connection, PgConnection};
use std::time::Duration;

use crate::harness::{
    Instance, Manner, PASSWORD, Peer, SUPERUSER, connect, execute, postgres, url, url_as,
};
use crate::matrix::{TIMEOUT, Within, assert_holds_no_more, assert_recovers, holdings};
use crate::pooler::Pooler;
use crate::proxy::{Network, Proxy};

/// How a fault is made.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// SIGSTOP for the server and all of its backends.
    Stopped,
    /// The server is gone.
    Down,
    /// The server is there and lets nobody in yet.
    Starting,
    /// The network between the service and the server (or the pooler).
    Network(Network),
    /// Others hold every slot of the server.
    SlotsUsedUp,
    /// `PAUSE` at the pooler's console.
    PoolerPaused,
    /// The pooler is gone.
    PoolerDown,
    /// Others hold every server connection of the pooler, and waiting is limited.
    PoolUsedUp,
}

use Fault::{Down, PoolUsedUp, PoolerDown, PoolerPaused, SlotsUsedUp, Starting, Stopped};
use Within::{AtOnce, Deadline, Time};

/// The way to the server.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    Direct,
    /// Through a pooler that lets clients wait for longer than the service does, as it comes.
    Pooled,
    /// Through one that gives up sooner, so that it can say what it waited for.
    Impatient,
}

/// One row: the fault, and what the service says directly, through a pooler, and through one that
/// gives up sooner.
struct Row(
    &'static str,
    Fault,
    Option<(&'static str, Within)>,
    Option<(&'static str, Within)>,
    Option<(&'static str, Within)>,
);

/// Early enough to be in the middle of the exchange in which the server proves who it is.
const IN_THE_LOGIN: usize = 20;

// A pooler keeps its clients waiting while it has no server to give them: through it, "down" and
// "used up" look like a hang, unless it gives up first.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row("stopped by SIGSTOP", Stopped, Some(("DFE-DB-002", Deadline)), Some(("DFE-DB-002", Deadline)), None),
    Row("down", Down, Some(("DFE-DB-001", AtOnce)), Some(("DFE-DB-002", Deadline)), Some(("DFE-DB-004", Time))),
    Row("starting up (57P03)", Starting, Some(("DFE-DB-001", AtOnce)), Some(("DFE-DB-002", Deadline)), None),
    Row("black hole after the handshake", Fault::Network(Network::BlackHole), Some(("DFE-DB-002", Deadline)), Some(("DFE-DB-002", Deadline)), None),
    Row("lost in the middle of the login", Fault::Network(Network::LostAfter(IN_THE_LOGIN)), Some(("DFE-DB-002", Deadline)), Some(("DFE-DB-002", Deadline)), None),
    Row("reset", Fault::Network(Network::Reset), Some(("DFE-DB-001", AtOnce)), Some(("DFE-DB-001", AtOnce)), None),
    Row("slots used up (53300)", SlotsUsedUp, Some(("DFE-DB-004", AtOnce)), None, None),
    Row("pooler paused", PoolerPaused, None, Some(("DFE-DB-002", Deadline)), Some(("DFE-DB-004", Time))),
    Row("pooler down", PoolerDown, None, Some(("DFE-DB-001", AtOnce)), None),
    Row("pool used up", PoolUsedUp, None, Some(("DFE-DB-002", Deadline)), Some(("DFE-DB-004", Time))),
];

const SETTINGS: &[&str] = &["max_connections=12", "superuser_reserved_connections=3"];

/// A server, perhaps a pooler, a network that can be broken, and the service behind it.
struct World {
    cluster: Cluster,
    pooler: Option<Pooler>,
    proxy: Proxy,
    held: Vec<PgConnection>,
    service: Instance,
}

impl World {
    async fn new(way: Way) -> Self {
        let cluster = postgres(SETTINGS);
        let mut admin = connect(&url(&cluster)).await;
        execute(
            &mut admin,
            "CREATE ROLE app LOGIN PASSWORD 'app-password-1'",
        )
        .await;
        // A server that came back is tried again within a second, not after 15.
        let pooler = match way {
            Way::Direct => None,
            Way::Pooled => Some(Pooler::start(&cluster, &["server_login_retry = 1"]).await),
            Way::Impatient => {
                let settings = ["server_login_retry = 1", "query_wait_timeout = 1"];
                Some(Pooler::start(&cluster, &settings).await)
            }
        };
        let port = pooler.as_ref().map_or(cluster.port(), Pooler::port);
        let proxy = Proxy::start(port).await;
        let (user, password) = match way {
            Way::Direct => ("app", "app-password-1"),
            Way::Pooled | Way::Impatient => (SUPERUSER, PASSWORD),
        };
        let timeout = TIMEOUT.as_secs().to_string();
        let service = Instance::start(&[
            ("DATABASE_URL", &url_as(proxy.port(), user, password)),
            ("HEALTH_DB_TIMEOUT", &timeout),
            ("HEALTH_FRESHNESS_MS", "0"),
        ]);
        Self {
            cluster,
            pooler,
            proxy,
            held: Vec::new(),
            service,
        }
    }

    async fn make(&mut self, fault: Fault) {
        match fault {
            Fault::Stopped => self.cluster.signal_all(Signal::STOP),
            Fault::Down => self.cluster.crash().expect("it stops"),
            Fault::Starting => {
                self.cluster.crash().expect("it stops");
                let settings = [SETTINGS, &["hot_standby=off"]].concat();
                self.cluster
                    .restart(&settings, true, "entering standby mode")
                    .expect("it starts");
            }
            Fault::Network(network) => self.proxy.set(network),
            Fault::SlotsUsedUp => {
                let url = url_as(self.cluster.port(), "app", "app-password-1");
                while let Ok(connection) = PgConnection::connect(&url).await {
                    self.held.push(connection);
                }
                // The service's own connection has a slot; a new one gets none.
                self.proxy.set(Network::Reset);
                self.proxy.set(Network::Open);
                let killed = async {
                    let mut admin =
                        connect(&url_as(self.cluster.port(), SUPERUSER, PASSWORD)).await;
                    execute(
                        &mut admin,
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                         WHERE application_name = 'dragonfly-ops'",
                    )
                    .await;
                };
                killed.await;
                if let Ok(connection) = PgConnection::connect(&url).await {
                    self.held.push(connection);
                }
            }
            Fault::PoolerPaused => self.pooler().admin("PAUSE").await,
            Fault::PoolerDown => self.pooler.as_mut().expect("a pooler").kill(),
            Fault::PoolUsedUp => {
                for _ in 0..2 {
                    let options: sqlx::postgres::PgConnectOptions =
                        url_as(self.pooler().port(), SUPERUSER, PASSWORD)
                            .parse()
                            .expect("a URL");
                    let mut connection =
                        sqlx::ConnectOptions::connect(&options.extra_float_digits(None))
                            .await
                            .expect("it lets us in");
                    execute(&mut connection, "BEGIN; SELECT 1").await;
                    self.held.push(connection);
                }
            }
        }
    }

    async fn undo(&mut self, fault: Fault) {
        match fault {
            Fault::Stopped => self.cluster.signal_all(Signal::CONT),
            Fault::Down => self.cluster.recover(SETTINGS).expect("it starts"),
            Fault::Starting => {
                self.cluster.crash().expect("it stops");
                self.cluster.recover(SETTINGS).expect("it starts");
            }
            Fault::Network(_) => self.proxy.set(Network::Open),
            Fault::SlotsUsedUp | Fault::PoolUsedUp => {
                for connection in self.held.drain(..) {
                    let _ = connection.close().await;
                }
            }
            Fault::PoolerPaused => self.pooler().admin("RESUME").await,
            Fault::PoolerDown => self.pooler.as_mut().expect("a pooler").restart().await,
        }
    }

    fn pooler(&self) -> &Pooler {
        self.pooler.as_ref().expect("a pooler")
    }

    /// How many backends the service has.
    async fn backends(&self) -> i64 {
        let mut admin = connect(&url(&self.cluster)).await;
        sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dragonfly-ops'",
        )
        .fetch_one(&mut admin)
        .await
        .expect("it answers")
    }
}

async fn run(way: Way) {
    let mut world = World::new(way).await;
    for Row(name, fault, direct, pooled, impatient) in ROWS {
        let expected = match way {
            Way::Direct => direct,
            Way::Pooled => pooled,
            Way::Impatient => impatient,
        };
        let Some((code, within)) = expected else {
            continue;
        };
        assert_recovers(name, &world.service, "/api/health/db").await;
        let before = holdings(&world.service).await;
        world.make(*fault).await;
        let reply = world.service.get("/api/health/db").await;
        assert_eq!(reply.json()["code"], *code, "{name}: {}", reply.body);
        reply.assert_code(code);
        within.assert(name, &reply);
        world.service.get("/api/health").await.assert_ok();
        world.undo(*fault).await;
        assert_recovers(name, &world.service, "/api/health/db").await;
        assert_holds_no_more(name, &world.service, before).await;
        if way == Way::Direct {
            assert_eq!(world.backends().await, 1, "{name}");
        }
    }
    let log = world.service.log_text();
    assert!(
        !log.contains(PASSWORD) && !log.contains("app-password-1"),
        "{log}"
    );
    assert!(!log.contains("panicked"), "{log}");
    let metrics = world.service.metrics().await;
    assert_eq!(
        metrics.value("dragonfly_check_answers_late_total", &[("check", "db")]),
        0
    );
}

#[tokio::test]
async fn directly() {
    run(Way::Direct).await;
}

#[tokio::test]
async fn through_a_transaction_pooler() {
    run(Way::Pooled).await;
}

#[tokio::test]
async fn through_a_pooler_that_gives_up_sooner() {
    run(Way::Impatient).await;
}

#[tokio::test]
async fn slow_but_in_time_is_green_and_the_phases_say_where() {
    let mut world = World::new(Way::Direct).await;
    world
        .make(Fault::Network(Network::Slow(Duration::from_millis(200))))
        .await;
    let reply = world.service.get("/api/health/db").await;
    reply.assert_ok();
    let timing = reply.header("server-timing");
    for phase in ["login", "query"] {
        let took: f64 = timing
            .split(", ")
            .find_map(|entry| entry.strip_prefix(phase)?.strip_prefix(";dur="))
            .and_then(|took| took.parse().ok())
            .unwrap_or_else(|| panic!("{phase} is missing: {timing}"));
        assert!(took >= 199.0, "{timing}");
    }
}

#[tokio::test]
async fn after_a_failover_one_deadline_is_lost_and_no_more() {
    let world = World::new(Way::Direct).await;
    let service = &world.service;
    for path in ["/api/health/db", "/api/health/ops"] {
        service.get(path).await.assert_ok();
    }
    world.proxy.set(Network::FailedOver);
    let reply = service.get("/api/health/db").await;
    reply.assert_code("DFE-DB-002");
    Within::Deadline.assert("failover", &reply);
    service.get("/api/health/db").await.assert_ok();
}

#[tokio::test]
async fn lost_in_the_middle_of_tls() {
    let peer = Peer::start("S".to_owned(), Manner::Hold).await;
    let url = format!("{}?sslmode=require", url_as(peer.port, "u", "p"));
    let timeout = TIMEOUT.as_secs().to_string();
    let service = Instance::start(&[("DATABASE_URL", &url), ("HEALTH_DB_TIMEOUT", &timeout)]);
    service.get("/api/health").await.assert_ok();
    let reply = service.get("/api/health/db").await;
    reply.assert_code("DFE-DB-002");
    Within::Deadline.assert("in the middle of TLS", &reply);
}

#[tokio::test]
async fn killed_in_the_middle_of_a_query() {
    let cluster = postgres(&[]);
    let url = url(&cluster);
    crate::harness::migrate(&url);
    let mut admin = connect(&url).await;
    execute(&mut admin, "BEGIN; LOCK TABLE ops.worker_heartbeats").await;
    let service = Instance::start(&[("DATABASE_URL", &url), ("HEALTH_FRESHNESS_MS", "0")]);
    let kill = async {
        loop {
            let killed: i64 = sqlx::query_scalar(
                "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_locks WHERE NOT granted",
            )
            .fetch_one(&mut admin)
            .await
            .expect("it answers");
            if killed > 0 {
                return;
            }
        }
    };
    let (reply, ()) = tokio::join!(service.get("/api/health/ops"), kill);
    reply.assert_code("DFE-DB-001");
    execute(&mut admin, "ROLLBACK").await;
    service.get("/api/health/ops").await.assert_ok();
}

#[tokio::test]
async fn a_statement_that_runs_too_long_or_waits_for_a_lock_costs_its_section() {
    let cluster = postgres(&[]);
    let url = url(&cluster);
    crate::harness::migrate(&url);
    let mut admin = connect(&url).await;
    execute(
        &mut admin,
        "DROP TABLE ops.worker_heartbeats CASCADE;
         CREATE VIEW ops.worker_heartbeats AS
             SELECT 'w' || pg_sleep(60) AS worker_name, now() AS last_heartbeat, 'x' AS status,
                    0 AS jobs_processed, 0 AS error_count",
    )
    .await;
    execute(&mut admin, "BEGIN; LOCK TABLE ops.job_queue").await;
    let service = Instance::start(&[("DATABASE_URL", &url)]);
    let body = service.get("/api/health/ops").await.assert_ok();
    let sections = &body["sections"];
    assert_eq!(
        sections["workers"]["problem"]["code"], "DFE-DB-002",
        "{body}"
    );
    let locked = &sections["queue"]["problem"];
    assert_eq!(locked["code"], "DFE-DB-003", "{body}");
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut admin)
        .await
        .expect("a pid");
    let said = locked["detail"].as_str().expect("text");
    assert!(
        said.contains(&format!(
            "ops.job_queue is locked by the session {pid} (idle in transaction;"
        )),
        "{said}"
    );
    let first = locked["first_check"].as_str().expect("text");
    assert!(
        first.contains(&format!("dragonfly-ops pg terminate {pid} --backend-start")),
        "{first}"
    );
    assert!(sections["connections"].get("problem").is_none(), "{body}");
}

#[tokio::test]
async fn a_standby_is_healthy_to_readers_and_refuses_migrations() {
    let mut cluster = postgres(&[]);
    let url = url(&cluster);
    cluster.crash().expect("it stops");
    cluster
        .restart(&[], true, "ready to accept read-only connections")
        .expect("it starts");
    let service = Instance::start(&[("DATABASE_URL", &url)]);
    for path in ["/api/health/db", "/api/health/ops"] {
        service.get(path).await.assert_ok();
    }
    let refused = crate::harness::command(&[("DATABASE_URL", &url)])
        .arg("migrate")
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert!(
        said.contains("DFE-CFG-002") && said.contains("standby"),
        "{said}"
    );
}
