//! What the page and the history answer in, and what is kept takes, with a month and with a year of it.

mod load {
    pub(crate) mod supabase;
}

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dragonfly_ops::dev::cluster::{Cluster, free_port};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

const RUNS: usize = 101;
/// For how long it rests.
const REST: Duration = Duration::from_secs(20);
/// A month, and as long as hours are kept.
const DAYS: [i32; 2] = [30, 400];

/// The service, ended when it is dropped.
struct Service {
    process: Child,
    address: String,
    /// Where it may write.
    _folder: TempDir,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cluster = Cluster::start("dragonfly", "bench-password", &[])?;
    let url = format!(
        "postgres://dragonfly:bench-password@127.0.0.1:{}/postgres",
        cluster.port()
    );
    let migrated = Command::new(env!("CARGO_BIN_EXE_dragonfly-ops"))
        .env_clear()
        .env("DATABASE_URL", &url)
        .arg("migrate")
        .stdout(Stdio::null())
        .status()?;
    assert!(migrated.success(), "it migrates");
    tokio::runtime::Runtime::new()?.block_on(measure(&url))
}

async fn measure(url: &str) -> Result<(), Box<dyn std::error::Error>> {
    // Where it is not well, the service has more to do than to remember.
    let supabase = load::supabase::supabase().await;
    let mut admin = PgConnection::connect(url).await?;
    println!(
        "seven series, median and longest of {RUNS} answers in milliseconds, and how long they are\n"
    );
    for days in DAYS {
        fill(&mut admin, days).await?;
        let bytes: i64 =
            sqlx::query_scalar("SELECT (pg_total_relation_size('ops.check_buckets') / 7)::int8")
                .fetch_one(&mut admin)
                .await?;
        println!("{days} days, {} kB a series on disk", bytes / 1024);
        let service = start(url, supabase).await?;
        println!("{:>12} kB resident at rest", resident(&service)?);
        let at = |days: i32| {
            let ago = jiff::SignedDuration::from_hours(i64::from(days) * 24);
            let from = jiff::Timestamp::now().saturating_sub(ago);
            from.map(|from| format!("{from:.0}")).unwrap_or_default()
        };
        for path in [
            "/status".to_owned(),
            "/status/db".to_owned(),
            "/status.json".to_owned(),
            format!("/api/history/db?grain=1h&from={}", at(days.min(99))),
            format!("/api/history/db?grain=1d&from={}", at(days)),
        ] {
            ask(&service, &path).await?;
        }
        println!("{:>12} kB resident after these\n", resident(&service)?);
    }
    Ok(())
}

async fn fill(admin: &mut PgConnection, days: i32) -> Result<(), sqlx::Error> {
    let sql = format!(
        "INSERT INTO ops.check_buckets
         SELECT s, g.grain, t, g.seconds, 0, 0, 0, g.seconds / 30, 0.1 * g.seconds, 1, 9, 0, NULL, array_fill(7, ARRAY[32])
         FROM unnest(ARRAY['db', 'supabase', 'workers', 'queue', 'connections', 'long_running', 'locks']) AS s
         CROSS JOIN (VALUES ('5m', 300, 8), ('1h', 3600, 400), ('1d', 86400, 1095)) AS g (grain, seconds, kept)
         CROSS JOIN LATERAL generate_series(
             date_trunc('day', now(), 'UTC') - make_interval(days => least({days}, g.kept)), now() - interval '1 hour',
             make_interval(secs => g.seconds)) AS t
         ON CONFLICT DO NOTHING"
    );
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut *admin)
        .await?;
    sqlx::raw_sql("VACUUM ANALYZE ops.check_buckets")
        .execute(admin)
        .await?;
    Ok(())
}

/// Starts the service, and waits until it has read what is kept.
async fn start(url: &str, supabase: u16) -> Result<Service, Box<dyn std::error::Error>> {
    let port = free_port()?;
    let folder = tempfile::tempdir()?;
    let process = Command::new(env!("CARGO_BIN_EXE_dragonfly-ops"))
        .env_clear()
        .envs([
            ("DATABASE_URL", url),
            ("SUPABASE_URL", &format!("http://127.0.0.1:{supabase}")),
            ("SUPABASE_SERVICE_ROLE_KEY", "sb_secret_bench_0123456789"),
            ("HOST", "127.0.0.1"),
            ("PORT", &port.to_string()),
            ("STATUS_PAGES", "off"),
            ("STATE_DIR", &folder.path().to_string_lossy()),
        ])
        .stdout(Stdio::null())
        .spawn()?;
    let service = Service {
        process,
        address: format!("http://127.0.0.1:{port}"),
        _folder: folder,
    };
    let began = Instant::now();
    loop {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "it reads what is kept"
        );
        let text = reqwest::get(format!("{}/metrics", service.address)).await;
        if let Ok(answer) = text
            && answer
                .text()
                .await?
                .contains("\ndragonfly_history_shipped_timestamp_seconds ")
        {
            tokio::time::sleep(REST).await;
            return Ok(service);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn ask(service: &Service, path: &str) -> Result<(), Box<dyn std::error::Error>> {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever measures is no neighbour of the service"
    )]
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut took = Vec::new();
    let mut bytes = 0;
    for _ in 0..RUNS {
        let began = Instant::now();
        let request = client.get(format!("{}{path}", service.address));
        let answer = request.header("accept", "text/html").send().await?;
        assert_eq!(answer.status(), 200, "{path}");
        bytes = answer.bytes().await?.len();
        took.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    took.sort_by(f64::total_cmp);
    let name = path.split("&from").next().unwrap_or(path);
    println!(
        "{name:>28} {:7.2} {:7.2} {:7} kB",
        took[RUNS / 2],
        took[RUNS - 1],
        bytes / 1024
    );
    Ok(())
}

/// How much memory it has, in kB.
fn resident(service: &Service) -> Result<String, Box<dyn std::error::Error>> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.process.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    Ok(line
        .unwrap_or_default()
        .trim()
        .trim_end_matches(" kB")
        .to_owned())
}
