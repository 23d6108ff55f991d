//! How long a million pending jobs take to be paused and resumed, and what workers notice of it.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark ends with what it spawns"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use dragonfly_ops::app::{App, MigrationRun};
use dragonfly_ops::dev::cluster::Cluster;
use dragonfly_ops::domain::action::Action;
use dragonfly_ops::domain::order::Order;
use dragonfly_ops::settings::Settings;
use sqlx::{Connection, PgConnection};

const JOBS: i32 = 1_000_000;
const WORKERS: usize = 4;
/// A worker claims a job this often.
const CLAIM_EVERY: Duration = Duration::from_millis(5);
const BASELINE: Duration = Duration::from_secs(5);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cluster = Cluster::start(
        "dragonfly",
        "bench-password",
        &["shared_buffers=256MB", "max_wal_size=4GB"],
    )?;
    let url = format!(
        "postgres://dragonfly:bench-password@127.0.0.1:{}/postgres",
        cluster.port()
    );
    tokio::runtime::Runtime::new()?.block_on(measure(&url))
}

/// A queue, how its jobs are added, and how its workers claim one.
struct Shape {
    name: &'static str,
    create: &'static [&'static str],
    add: &'static str,
    claim: &'static str,
}

const SHAPES: [Shape; 2] = [
    Shape {
        name: "the queue that migrate makes, held by state",
        create: &[],
        add: "INSERT INTO ops.job_queue (job_type) SELECT 't' FROM generate_series(1, $1)",
        claim: "UPDATE ops.job_queue SET status = 'processing', started_at = now()
                WHERE id = (SELECT id FROM ops.job_queue WHERE status = 'pending' ORDER BY created_at
                            LIMIT 1 FOR UPDATE SKIP LOCKED)",
    },
    Shape {
        name: "one of somebody else: uuids, enums, a claim function that heeds due times; held by never being due",
        create: &[
            include_str!("../tests/it/shapes/first.sql"),
            include_str!("../tests/it/shapes/hardened.sql"),
            "CREATE INDEX ON ops.job_queue (priority DESC, created_at) WHERE status = 'pending'",
        ],
        add: "INSERT INTO ops.job_queue (kind, next_run_at) SELECT 'enrich', now() FROM generate_series(1, $1)",
        claim: "SELECT id FROM ops.claim_pending_job('w')",
    },
];

async fn measure(url: &str) -> Result<(), Box<dyn std::error::Error>> {
    for shape in &SHAPES {
        println!("\n{}", shape.name);
        let mut admin = PgConnection::connect(url).await?;
        sqlx::raw_sql("DROP SCHEMA IF EXISTS ops CASCADE")
            .execute(&mut admin)
            .await?;
        for step in shape.create {
            sqlx::raw_sql(*step).execute(&mut admin).await?;
        }
        measure_one(url, &mut admin, shape).await?;
    }
    Ok(())
}

async fn measure_one(
    url: &str,
    admin: &mut PgConnection,
    shape: &Shape,
) -> Result<(), Box<dyn std::error::Error>> {
    let environment = BTreeMap::from([("DATABASE_URL".to_owned(), url.to_owned())]);
    let settings = Settings::load(environment, None);
    let app = App::new(settings);
    app.migrate(MigrationRun::Real).await?;
    sqlx::query(shape.add)
        .bind(JOBS)
        .execute(&mut *admin)
        .await?;
    sqlx::raw_sql("VACUUM ANALYZE ops.job_queue")
        .execute(&mut *admin)
        .await?;
    println!("{JOBS} pending jobs, {WORKERS} workers that each claim one every {CLAIM_EVERY:?}\n");

    let workers = Workers::start(url, shape.claim);
    tokio::time::sleep(BASELINE).await;
    workers.stop("before").await?;
    let pause = Action::PauseQueue {
        job_type: None,
        lasts: None,
    };
    for (name, action) in [
        ("pause", pause),
        ("resume", Action::ResumeQueue { pause: None }),
    ] {
        let workers = Workers::start(url, shape.claim);
        let began = Instant::now();
        let done = app.perform(action, order()).await?;
        println!(
            "{name}: {:.1} s, complete: {}",
            began.elapsed().as_secs_f64(),
            done.complete
        );
        workers.stop(&format!("during the {name}")).await?;
    }
    Ok(())
}

fn order() -> Order {
    Order {
        reason: "a benchmark".to_owned(),
        actor: "a benchmark".to_owned(),
        environment: "bench".to_owned(),
        request_id: "1".to_owned(),
        key: None,
        dry_run: false,
    }
}

/// Workers, and how long each of their claims took.
struct Workers {
    stop: Arc<AtomicBool>,
    running: Vec<tokio::task::JoinHandle<Result<Vec<Duration>, sqlx::Error>>>,
}

impl Workers {
    fn start(url: &str, claims: &'static str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let running = (0..WORKERS)
            .map(|_| tokio::spawn(claim(url.to_owned(), claims, Arc::clone(&stop))))
            .collect();
        Self { stop, running }
    }

    async fn stop(self, when: &str) -> Result<(), Box<dyn std::error::Error>> {
        self.stop.store(true, Ordering::SeqCst);
        let mut claims = Vec::new();
        for worker in self.running {
            claims.extend(worker.await??);
        }
        claims.sort_unstable();
        let at = |share: usize| {
            claims
                .get((claims.len() - 1) * share / 1000)
                .copied()
                .unwrap_or_default()
        };
        println!(
            "claims {when}: {}, p50 {:.1?}, p99 {:.1?}, longest {:.1?}",
            claims.len(),
            at(500),
            at(990),
            at(1000)
        );
        Ok(())
    }
}

async fn claim(
    url: String,
    sql: &'static str,
    stop: Arc<AtomicBool>,
) -> Result<Vec<Duration>, sqlx::Error> {
    let mut connection = PgConnection::connect(&url).await?;
    let mut claims = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let began = Instant::now();
        sqlx::raw_sql(sql).execute(&mut connection).await?;
        claims.push(began.elapsed());
        tokio::time::sleep(CLAIM_EVERY).await;
    }
    Ok(claims)
}
