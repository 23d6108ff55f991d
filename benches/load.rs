//! What the service costs, as ratios to servers that do nothing: `make bench`.
//!
//! A bare hyper server, a bare axum server with a body of the same size and the service run side by
//! side, each a process of its own, and are loaded in alternation, so that what else the machine
//! does falls on all of them. CPU time is what the kernel charges to the process.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark ends with what it spawns"
)]

mod load {
    pub(crate) mod baseline;
    pub(crate) mod client;
    pub(crate) mod process;
    pub(crate) mod supabase;
}

use std::time::{Duration, Instant};

use dragonfly_ops::dev::cluster::Cluster;
use rustix::process::{Resource, Signal, getrlimit, setrlimit};

use load::client::{Line, Run, closed_loop, paced};
use load::process::Server;

const USER: &str = "bench";
const PASSWORD: &str = "bench-password-1";
const CONNECTIONS: usize = 64;
const ROUNDS: usize = 7;
const SLICE: Duration = Duration::from_secs(2);

fn main() {
    let mut arguments = std::env::args().skip(1);
    if let (Some(kind), Some(port)) = (arguments.next(), arguments.next())
        && let Ok(port) = port.parse()
    {
        return load::baseline::serve(&kind, port);
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cluster = Cluster::start(USER, PASSWORD, &["log_statement=all"])
        .expect("Postgres is installed and starts");
    tokio::runtime::Runtime::new()
        .expect("a runtime")
        .block_on(measure(&cluster));
}

async fn measure(cluster: &Cluster) {
    let supabase = load::supabase::supabase().await;
    let url = format!(
        "postgres://{USER}:{PASSWORD}@127.0.0.1:{}/postgres",
        cluster.port()
    );
    let supabase = format!("http://127.0.0.1:{supabase}");
    let settings = [
        ("DATABASE_URL", url.as_str()),
        ("SUPABASE_URL", &supabase),
        ("SUPABASE_SERVICE_ROLE_KEY", "sb_secret_bench_0123456789"),
    ];
    let hyper = Server::baseline("hyper").await;
    let axum = Server::baseline("axum").await;
    let ops = Server::service(&settings).await;
    let idle = ops.resident_kib();

    costs(&hyper, &axum, &ops).await;
    instructions(&settings).await;
    starts(&settings).await;
    println!(
        "memory at rest            {:>8.1} MiB\nmemory after load         {:>8.1} MiB\nbinary                    {:>8.1} MiB, {:.1} MiB stripped",
        mib(idle),
        mib(ops.resident_kib()),
        mib(Server::binary_bytes() / 1024),
        mib(Server::stripped_bytes() / 1024),
    );
    statements(cluster, &ops).await;
    hang(cluster, &ops).await;
    crowd(&ops).await;
    println!(
        "answers later than 100 ms after their deadline: {}",
        ops.late().await
    );
}

/// CPU and rate, as ratios to bare axum.
async fn costs(hyper: &Server, axum: &Server, ops: &Server) {
    let targets = [
        ("bare axum", axum, "/api/health"),
        ("bare hyper", hyper, "/api/health"),
        ("/api/health", ops, "/api/health"),
        ("/api/health/db", ops, "/api/health/db"),
        ("/ready", ops, "/api/health/ready"),
    ];
    let mut rounds: Vec<Vec<(f64, Run)>> = Vec::new();
    for round in 0..=ROUNDS {
        let mut results = Vec::new();
        for (_, server, path) in targets {
            let before = server.cpu();
            let run = closed_loop(server.port, path, CONNECTIONS, SLICE).await;
            let cpu = server.cpu().checked_sub(before).unwrap_or_default();
            results.push((cpu.as_secs_f64() * 1e6 / run.answers(), run));
        }
        // The first round warms up.
        if round > 0 {
            rounds.push(results);
        }
    }
    println!(
        "{CONNECTIONS} connections, {ROUNDS} rounds of {SLICE:?}; ratio to bare axum: median (lowest to highest)\n"
    );
    println!(
        "                       CPU us/request   ratio CPU              requests/s   ratio rate             p50 ms   p99 ms"
    );
    for (nth, (name, _, _)) in targets.iter().enumerate() {
        let of = |value: &dyn Fn(&(f64, Run)) -> f64| -> Vec<f64> {
            rounds.iter().map(|round| value(&round[nth])).collect()
        };
        let ratio = |value: &dyn Fn(&(f64, Run)) -> f64| -> String {
            let ratios = rounds
                .iter()
                .map(|round| value(&round[nth]) / value(&round[0]));
            spread(ratios.collect())
        };
        println!(
            "{name:<22} {:>14.1}   {:<20} {:>12.0}   {:<20} {:>8.2} {:>8.2}",
            median(of(&|(cpu, _)| *cpu)),
            ratio(&|(cpu, _)| *cpu),
            median(of(&|(_, run)| run.rate())),
            ratio(&|(_, run)| run.rate()),
            median(of(&|(_, run)| run.percentile(50.0))),
            median(of(&|(_, run)| run.percentile(99.0))),
        );
    }
    println!();
}

/// User instructions of an answer on one connection: what else the machine does is nothing to them.
async fn instructions(settings: &[(&str, &str)]) {
    println!("                       instructions/request");
    let mut axum = Server::counted_baseline("axum").await;
    let bare = axum.instructions("/api/health").await;
    println!("{:<22} {bare:>14}", "bare axum");
    // The answers share one check, and what that takes is not theirs.
    let shared = [("HEALTH_FRESHNESS_MS", "600000"), ("WATCH_INTERVAL", "0")];
    let mut ops = Server::counted_service(&[settings, &shared].concat()).await;
    for path in ["/api/health", "/api/health/db", "/api/health/ready"] {
        println!("{path:<22} {:>14}", ops.instructions(path).await);
    }
    println!();
}

/// From exec to the first 200.
async fn starts(settings: &[(&str, &str)]) {
    let mut times = Vec::new();
    for _ in 0..15 {
        times.push(Server::time_to_first_answer(settings).await.as_secs_f64() * 1e3);
    }
    println!("exec to the first 200     {} ms", spread(times));
}

/// What Postgres is asked, whatever the callers ask.
async fn statements(cluster: &Cluster, ops: &Server) {
    let log = cluster.folder().join("server.log");
    let asked = || {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        u32::try_from(text.matches("; SELECT 1").count()).unwrap_or(u32::MAX)
    };
    for rate in [1, 100, 10_000] {
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let (before, began) = (asked(), Instant::now());
        let run = paced(ops.port, "/api/health/db", rate, Duration::from_secs(8)).await;
        let seconds = began.elapsed().as_secs_f64();
        println!(
            "statements/s on Postgres  {:>8.2} at {rate} requests/s of /api/health/db asked for, {:.0} answered",
            f64::from(asked() - before) / seconds,
            run.answers() / seconds,
        );
    }
}

/// `/api/health` while Postgres hangs, against the same in health, with callers of `/db` in both.
async fn hang(cluster: &Cluster, ops: &Server) {
    let mut ratios = Vec::new();
    let (mut healthy, mut hanging) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let p99 = |port: u16| async move {
            let (health, _) = tokio::join!(
                paced(port, "/api/health", 500, Duration::from_secs(4)),
                paced(port, "/api/health/db", 20, Duration::from_secs(4)),
            );
            health.percentile(99.0)
        };
        let well = p99(ops.port).await;
        cluster.signal_all(Signal::STOP);
        let ill = p99(ops.port).await;
        cluster.signal_all(Signal::CONT);
        tokio::time::sleep(Duration::from_millis(1100)).await;
        ratios.push(ill / well);
        healthy.push(well);
        hanging.push(ill);
    }
    println!(
        "p99 of /api/health        {:.2} ms in health, {:.2} ms while Postgres hangs; ratio {}",
        median(healthy),
        median(hanging),
        spread(ratios)
    );
}

/// `/api/health` beside a thousand half-open and a thousand idle connections, against without them.
async fn crowd(ops: &Server) {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("descriptors for the callers");
    let p99 = || async {
        let run = paced(ops.port, "/api/health", 500, Duration::from_secs(4)).await;
        run.percentile(99.0)
    };
    let (mut ratios, mut alone, mut crowded) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..5 {
        let before = p99().await;
        let mut held = Vec::new();
        for _ in 0..1_000 {
            let mut idle = Line::open(ops.port, "/api/health").await;
            idle.ask().await;
            held.extend([idle, Line::open(ops.port, "/api/health").await]);
        }
        let beside = p99().await;
        drop(held);
        ratios.push(beside / before);
        alone.push(before);
        crowded.push(beside);
    }
    println!(
        "p99 of /api/health        {:.2} ms alone, {:.2} ms beside 2,000 idle connections; ratio {}",
        median(alone),
        median(crowded),
        spread(ratios)
    );
}

fn mib(kib: u64) -> f64 {
    f64::from(u32::try_from(kib).unwrap_or(u32::MAX)) / 1024.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn spread(mut values: Vec<f64>) -> String {
    values.sort_by(f64::total_cmp);
    format!(
        "{:.2} ({:.2} to {:.2})",
        values[values.len() / 2],
        values[0],
        values[values.len() - 1]
    )
}
