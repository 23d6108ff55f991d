//! The watch: what is seen while nobody asks.

use std::collections::BTreeMap;

use rustix::process::Signal;

use crate::harness::{Instance, KEY, Peer, World, execute, url_as};
use crate::tls::{Authority, serve_tls};

/// When it last looked.
const LOOK: &str = "dragonfly_watch_last_look_timestamp_seconds";

/// Prometheus, and nobody else.
pub(crate) struct Scraper<'a>(pub(crate) &'a Instance);

impl Scraper<'_> {
    /// The gauges, by their name with the labels.
    async fn scrape(&self) -> BTreeMap<String, f64> {
        let text = self.0.get("/metrics").await.body;
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines
            .filter_map(|line| line.rsplit_once(' '))
            .map(|(name, value)| (name.to_owned(), value.parse().expect("a number")))
            .collect()
    }

    /// Scrapes until the watch has looked once more, and it is so.
    pub(crate) async fn until(&self, what: &str, is_so: impl Fn(&BTreeMap<String, f64>) -> bool) {
        let mut last = BTreeMap::new();
        for _ in 0..1_500 {
            last = self.scrape().await;
            if is_so(&last) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let shown: Vec<_> = last
            .iter()
            .filter(|(name, _)| name.starts_with("dragonfly_") && !name.contains("http"))
            .collect();
        panic!("{what}: {shown:#?}");
    }
}

pub(crate) fn verdict(check: &str) -> String {
    format!("dragonfly_verdict{{check=\"{check}\"}}")
}

#[tokio::test]
async fn an_outage_is_seen_though_nobody_asks() {
    let mut world = World::with_postgres(&[]).migrated();
    world
        .execute(
            "INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('w');
             INSERT INTO ops.job_queue (job_type, created_at) VALUES ('t', now() - interval '40 s')",
        )
        .await;
    let peer = Peer::http("200 OK", "", "[]").await;
    let mut service = world.start(&[
        ("WATCH_INTERVAL", "1"),
        ("SUPABASE_URL", &format!("http://127.0.0.1:{}", peer.port)),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
    ]);
    let scraper = Scraper(&service);
    scraper
        .until("all is seen", |gauges| {
            gauges.get(&verdict("db")) == Some(&0.0)
                && gauges.get(&verdict("supabase")) == Some(&0.0)
                && gauges.get(&verdict("locks")) == Some(&0.0)
                && gauges.get("dragonfly_workers{state=\"alive\"}") == Some(&1.0)
                && gauges.get("dragonfly_jobs{state=\"pending\"}") == Some(&1.0)
                && gauges
                    .get("dragonfly_oldest_pending_job_seconds")
                    .is_some_and(|age| *age >= 40.0)
                && gauges
                    .get("dragonfly_connections_ratio")
                    .is_some_and(|share| *share > 0.0)
                && gauges.get("dragonfly_longest_lock_wait_seconds") == Some(&0.0)
        })
        .await;
    world.cluster.crash().expect("it dies");
    scraper
        .until("the outage is seen", |gauges| {
            gauges.get("dragonfly_check_ok{check=\"db\"}") == Some(&0.0)
                && gauges.get(&verdict("db")) == Some(&3.0)
                && gauges.get(&verdict("queue")) == Some(&2.0)
                && !gauges.contains_key("dragonfly_jobs{state=\"pending\"}")
                && !gauges.contains_key("dragonfly_connections_ratio")
        })
        .await;
    let before = scraper.scrape().await;
    scraper
        .until("it looks on", |gauges| gauges[LOOK] > before[LOOK] + 1.0)
        .await;
    service.signal(Signal::TERM);
    assert!(service.wait().success());
}

#[tokio::test]
async fn a_rejected_login_is_tried_once_however_often_it_is_looked_at() {
    let world = World::with_postgres(&[]).migrated();
    let url = url_as(world.cluster.port(), "dragonfly", "wrong-password");
    let service = Instance::start(&[("DATABASE_URL", &url), ("WATCH_INTERVAL", "1")]);
    let scraper = Scraper(&service);
    scraper
        .until("it was rejected", |gauges| {
            gauges.get(&verdict("db")) == Some(&3.0)
        })
        .await;
    let before = scraper.scrape().await;
    scraper
        .until("three looks more", |gauges| {
            gauges[LOOK] > before[LOOK] + 2.5
        })
        .await;
    let counted = service.metrics().await;
    let logins = counted.value("dragonfly_check_login_attempts_total", &[]);
    assert_eq!(logins, 1, "of the checks, the history and the incidents");
    let log = std::fs::read_to_string(world.cluster.folder().join("server.log")).expect("a log");
    let rejected = log.matches("password authentication failed").count();
    assert_eq!(rejected, 1, "as Postgres has it");
}

#[tokio::test]
async fn what_cannot_be_seen_any_more_is_unknown_and_no_number_stays() {
    let world = World::with_postgres(&[]).migrated();
    let mut admin = world
        .admin_after("INSERT INTO ops.worker_heartbeats (worker_name) VALUES ('w')")
        .await;
    let service = world.start(&[("WATCH_INTERVAL", "1")]);
    let scraper = Scraper(&service);
    let workers = "dragonfly_workers{state=\"alive\"}";
    scraper
        .until("the worker is seen", |gauges| gauges.contains_key(workers))
        .await;
    execute(&mut admin, "DROP TABLE ops.worker_heartbeats CASCADE").await;
    scraper
        .until("it cannot be seen", |gauges| {
            gauges.get(&verdict("workers")) == Some(&2.0)
                && gauges.get(&verdict("queue")) == Some(&0.0)
                && !gauges.contains_key(workers)
        })
        .await;
}

#[tokio::test]
async fn when_the_certificate_expires_is_a_number() {
    let authority = Authority::new();
    let server = authority.issue("localhost", true);
    let port = serve_tls(&server, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]").await;
    let service = Instance::start(&[
        ("WATCH_INTERVAL", "1"),
        ("SUPABASE_URL", &format!("https://localhost:{port}")),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("SSL_CERT_FILE", &authority.file()),
    ]);
    let expiry = "dragonfly_supabase_certificate_expiry_timestamp_seconds";
    let in_2100 = Some(&4_102_444_800.0);
    Scraper(&service)
        .until("it is shown", |gauges| gauges.get(expiry) == in_2100)
        .await;
}
