//! What a run of the activity report costs as the history and the backlog grow. It grows until the counts
//! reach their end, and no further.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use dragonfly_ops::adapters::postgres::activity::ActivityProbe;
use dragonfly_ops::adapters::postgres::connection::Database;
use dragonfly_ops::adapters::postgres::migrate::{MigrationRun, migrate};
use dragonfly_ops::dev::cluster::Cluster;
use dragonfly_ops::domain::gate::{Probe, millis};
use dragonfly_ops::domain::tables::TableSettings;
use dragonfly_ops::domain::trace::Trace;
use dragonfly_ops::settings::Settings;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

const RUNS: usize = 21;
/// Long enough for every section to end, whatever it costs.
const TIMEOUT: Duration = Duration::from_secs(70);
/// The jobs that are finished, step by step.
const HISTORY: [u32; 3] = [1_000, 1_000_000, 10_000_000];
/// The jobs that wait on top of that.
const BACKLOG: u32 = 1_000_000;
/// The finished jobs of a queue of somebody else.
const THEIRS: u32 = 1_000_000;

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

async fn measure(url: &str) -> Result<(), Box<dyn std::error::Error>> {
    let environment = BTreeMap::from([("DATABASE_URL".to_owned(), url.to_owned())]);
    let settings = Settings::load(environment, None);
    let database = Database::new(&settings.database.clone()?, settings.redactor.clone())?;
    let tables = settings.tables.clone()?;
    migrate(&database, &tables, MigrationRun::Real).await?;
    let mut admin = PgConnection::connect(url).await?;
    sqlx::raw_sql(
        "INSERT INTO ops.worker_heartbeats (worker_name) SELECT 'w' || n FROM generate_series(0, 9) AS n",
    )
    .execute(&mut admin)
    .await?;
    let probe = ActivityProbe::new(Ok(database.clone()), Ok(tables), TIMEOUT);
    println!("a run of the report from BEGIN to COMMIT, {RUNS} runs, in milliseconds");
    println!("finished are spread over a week, a tenth of them failed\n");
    println!(
        "{:>10} {:>10}   {:>7} {:>7}",
        "finished", "pending", "median", "longest"
    );
    let mut there = 0;
    for finished in HISTORY {
        let add = format!(
            "INSERT INTO ops.job_queue (job_type, status, worker_name, created_at, started_at, finished_at)
             SELECT 't', CASE WHEN n % 10 = 3 THEN 'failed' ELSE 'completed' END, 'w' || n % 7, at, at, at
             FROM (SELECT n, now() - interval '7 days' * (n::float8 / {finished}) AS at
                   FROM generate_series({}, {finished}) AS n) AS jobs",
            there + 1
        );
        let sections = fill_and_run(&mut admin, add, &probe, (finished, 0)).await?;
        there = finished;
        if finished == HISTORY[HISTORY.len() - 1] {
            println!("{sections}");
        }
    }
    let add = format!(
        "INSERT INTO ops.job_queue (job_type) SELECT 't' FROM generate_series(1, {BACKLOG})"
    );
    let sections = fill_and_run(&mut admin, add, &probe, (there, BACKLOG)).await?;
    println!("{sections}");
    theirs(url, &mut admin, database).await
}

/// The same on a queue of somebody else, without the indexes that the doctor proposes, and with them.
async fn theirs(
    url: &str,
    admin: &mut PgConnection,
    database: Database,
) -> Result<(), Box<dyn std::error::Error>> {
    let drop = "DROP SCHEMA ops CASCADE; DROP ROLE IF EXISTS dragonfly_app";
    sqlx::raw_sql(drop).execute(&mut *admin).await?;
    for shape in [
        include_str!("../tests/it/shapes/first.sql"),
        include_str!("../tests/it/shapes/hardened.sql"),
        "INSERT INTO ops.worker_heartbeats (worker_id, worker_type) SELECT 'w' || n, 'k' || n % 3 FROM generate_series(0, 9) AS n",
    ] {
        sqlx::raw_sql(shape).execute(&mut *admin).await?;
    }
    let probe = ActivityProbe::new(Ok(database), Ok(TableSettings::default()), TIMEOUT);
    println!("\na queue of somebody else, {THEIRS} finished and 1000 that wait");
    let add = format!(
        "INSERT INTO ops.job_queue (kind, status, worker_id, payload, created_at, started_at, updated_at)
         SELECT 'enrich', CASE WHEN n % 10 = 3 THEN 'failed' ELSE 'completed' END::ops.job_status, 'w' || n % 7,
             jsonb_build_object('case', n, 'note', repeat('x', 100)), at, at, at
         FROM (SELECT n, now() - interval '7 days' * (n::float8 / {THEIRS}) AS at
               FROM generate_series(1, {THEIRS}) AS n) AS jobs;
         INSERT INTO ops.job_queue (kind) SELECT 'enrich' FROM generate_series(1, 1000)"
    );
    println!("as it is:");
    let sections = fill_and_run(admin, add, &probe, (THEIRS, 1_000)).await?;
    println!("{sections}");
    let doctor = std::process::Command::new(env!("CARGO_BIN_EXE_dragonfly-ops"))
        .env_clear()
        .env("DATABASE_URL", url)
        .args(["doctor", "--output", "json"])
        .output()?;
    let found: serde_json::Value = serde_json::from_slice(&doctor.stdout)?;
    let rows = found["checks"].as_array().into_iter().flatten();
    let proposals: Vec<_> = rows
        .filter(|row| row["id"] == "schema.indexes" && row["verdict"] == "warning")
        .filter_map(|row| row["advice"].as_str())
        .collect();
    for proposal in &proposals {
        println!("{proposal}");
        sqlx::raw_sql(AssertSqlSafe((*proposal).to_owned()))
            .execute(&mut *admin)
            .await?;
    }
    println!("with them:");
    // What was found of the tables on a connection is kept for a minute.
    let settings = Settings::load(
        BTreeMap::from([("DATABASE_URL".to_owned(), url.to_owned())]),
        None,
    );
    let database = Database::new(&settings.database.clone()?, settings.redactor.clone())?;
    let probe = ActivityProbe::new(Ok(database), Ok(TableSettings::default()), TIMEOUT);
    let sections = fill_and_run(admin, "SELECT 1".to_owned(), &probe, (THEIRS, 1_000)).await?;
    println!("{sections}");
    Ok(())
}

/// Adds jobs and runs the report; gives the sections of its last run.
async fn fill_and_run(
    admin: &mut PgConnection,
    add: String,
    probe: &ActivityProbe,
    (finished, pending): (u32, u32),
) -> Result<String, Box<dyn std::error::Error>> {
    sqlx::raw_sql(AssertSqlSafe(add))
        .execute(&mut *admin)
        .await?;
    sqlx::raw_sql("VACUUM ANALYZE ops.job_queue")
        .execute(&mut *admin)
        .await?;
    let mut runs = Vec::new();
    let mut sections = String::new();
    // The first one fills the server's caches.
    for nth in 0..=RUNS {
        let trace = Trace::default();
        let deadline = tokio::time::Instant::now() + TIMEOUT;
        let began = Instant::now();
        probe.run(&trace, deadline).await?;
        let whole = began.elapsed();
        let before: Duration = trace
            .phases()
            .iter()
            .take_while(|phase| phase.name != "begin")
            .map(|phase| phase.took)
            .sum();
        if nth > 0 {
            runs.push(whole.saturating_sub(before));
        }
        sections = trace
            .phases()
            .iter()
            .map(|phase| format!("{} {:.1}", phase.name, millis(phase.took)))
            .collect::<Vec<_>>()
            .join(", ");
    }
    runs.sort_unstable();
    println!(
        "{finished:>10} {pending:>10}   {:>7.1} {:>7.1}",
        millis(runs[RUNS / 2]),
        millis(runs[RUNS - 1])
    );
    Ok(sections)
}
