//! All endpoints for a while, with faults that come and go at random: `make soak`.
//!
//! `SOAK_SECONDS` (60) says for how long, `SOAK_SEED` repeats a run. Deadlines are one second here,
//! so that many faults fit in. It is the only test of its run: others would make it late.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tokio::task::JoinSet;

use crate::harness::{Dice, Instance, KEY, Peer, Reply, connect, postgres, url, url_as};
use crate::proxy::{Network, Proxy};
use dragonfly_ops::dev::cluster::Cluster;

const DEADLINE: Duration = Duration::from_secs(1);
/// The contract's tolerance.
const TOLERANCE: Duration = Duration::from_millis(100);
/// A fault still shows for as long as an outcome is fresh and a recovery may take.
const AFTERMATH: Duration = Duration::from_secs(2);
/// 200 requests a second.
const PACE: Duration = Duration::from_millis(5);
/// How much the resident memory may have grown, in bytes: an allocator does not give all back.
const MEMORY: i64 = 8 * 1024 * 1024;

const PATHS: &[&str] = &[
    "/api/health",
    "/api/health/db",
    "/api/health/supabase",
    "/api/health/ready",
    "/api/health/version",
    "/api/health/ops",
    "/metrics",
];

/// Who is broken, how, and what the service may say of it.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Database(Network),
    Stopped,
    Crashed,
    Gateway(Network),
    Answer(usize),
}

/// Answers of the gateway, and the code of each. The 429 says for how long it wants to be left alone:
/// where it does not, that is half a minute, which no episode here lasts.
const ANSWERS: &[(&str, &str)] = &[
    ("500 Internal Server Error", "DFE-VND-001"),
    ("429 Too Many Requests", "DFE-VND-004"),
    ("540 Project Paused", "DFE-VND-001"),
    ("404 Not Found", "DFE-VAL-002"),
];

const FAULTS: &[Fault] = &[
    Fault::Database(Network::BlackHole),
    Fault::Database(Network::Reset),
    Fault::Database(Network::FailedOver),
    Fault::Database(Network::Slow(Duration::from_millis(50))),
    Fault::Stopped,
    Fault::Crashed,
    Fault::Gateway(Network::BlackHole),
    Fault::Gateway(Network::Reset),
    Fault::Gateway(Network::Slow(Duration::from_millis(50))),
    Fault::Answer(0),
    Fault::Answer(1),
    Fault::Answer(2),
    Fault::Answer(3),
];

impl Fault {
    fn codes(self) -> &'static [&'static str] {
        match self {
            Self::Database(Network::Slow(_)) | Self::Gateway(Network::Slow(_)) => &[],
            // A connection may be cut in the middle of a login, and a server come back by way of 57P03.
            Self::Database(_) | Self::Stopped | Self::Crashed => &["DFE-DB-001", "DFE-DB-002"],
            Self::Gateway(_) => &["DFE-NET-001", "DFE-NET-002"],
            Self::Answer(nth) => std::slice::from_ref(&ANSWERS[nth].1),
        }
    }
}

/// By how much this process itself was late, and when: what the machine withheld from the callers is
/// not the service's.
#[derive(Default)]
struct Stalls(Mutex<Vec<(Instant, Duration)>>);

impl Stalls {
    async fn watch(&self) {
        loop {
            let due = tokio::time::Instant::now() + PACE;
            tokio::time::sleep_until(due).await;
            let late = due.elapsed();
            if late > PACE {
                let mut stalls = self.0.lock().expect("not poisoned");
                stalls.push((Instant::now(), late));
            }
        }
    }

    fn since(&self, sent: Instant) -> Duration {
        let stalls = self.0.lock().expect("not poisoned");
        let recent = stalls.iter().rev().take_while(|(when, _)| *when >= sent);
        recent.map(|(_, late)| *late).sum()
    }
}

/// A fault that was made, from when to when.
#[derive(Debug, Clone, Copy)]
struct Episode {
    fault: Fault,
    began: Instant,
    ended: Option<Instant>,
}

/// What was answered, and how soon.
#[derive(Default)]
struct Tally {
    answers: BTreeMap<(String, String), Vec<Duration>>,
    complaints: Vec<String>,
}

type Episodes = Arc<Mutex<Vec<Episode>>>;

/// Whether an answer given between these moments may carry the code.
fn is_allowed(code: &str, episodes: &[Episode], sent: Instant, answered: Instant) -> bool {
    episodes
        .iter()
        .filter(|episode| {
            episode.began <= answered && episode.ended.is_none_or(|ended| ended + AFTERMATH >= sent)
        })
        .any(|episode| episode.fault.codes().contains(&code))
}

fn judge(
    path: &str,
    reply: &Reply,
    sent: Instant,
    episodes: &Episodes,
    tally: &Mutex<Tally>,
    stalls: &Stalls,
) {
    let answered = Instant::now();
    let code = if reply.status == 200 {
        "ok".to_owned()
    } else {
        reply.json()["code"].as_str().unwrap_or("none").to_owned()
    };
    let episodes = episodes.lock().expect("not poisoned");
    let mut tally = tally.lock().expect("not poisoned");
    if code != "ok" && !is_allowed(&code, &episodes, sent, answered) {
        let complaint = format!("{path} said {code} without cause: {}", reply.body);
        tally.complaints.push(complaint);
    }
    if reply.took > DEADLINE + TOLERANCE + stalls.since(sent) {
        let complaint = format!("{path} took {:?}: {}", reply.took, reply.body);
        tally.complaints.push(complaint);
    }
    tally
        .answers
        .entry((path.to_owned(), code))
        .or_default()
        .push(reply.took);
}

/// Everything that can be broken.
struct World {
    cluster: Cluster,
    database: Proxy,
    gateway: Proxy,
    upstream: Peer,
    broken: Vec<Peer>,
}

impl World {
    fn make(&mut self, fault: Fault) {
        match fault {
            Fault::Database(network) => self.database.set(network),
            Fault::Gateway(network) => self.gateway.set(network),
            Fault::Stopped => self.cluster.signal_all(Signal::STOP),
            Fault::Crashed => self.cluster.crash().expect("it stops"),
            Fault::Answer(nth) => self.gateway.lead_to(self.broken[nth].port),
        }
    }

    fn undo(&mut self, fault: Fault) {
        match fault {
            Fault::Database(_) => self.database.set(Network::Open),
            Fault::Gateway(_) => self.gateway.set(Network::Open),
            Fault::Stopped => self.cluster.signal_all(Signal::CONT),
            Fault::Crashed => self.cluster.recover(&[]).expect("it starts"),
            Fault::Answer(_) => self.gateway.lead_to(self.upstream.port),
        }
    }
}

/// What must not grow.
#[derive(Debug)]
struct Size {
    memory: i64,
    descriptors: i64,
    tasks: i64,
}

async fn size(service: &Instance) -> Size {
    let metrics = service.metrics().await;
    // Callers keep their connections; each is one descriptor and one task.
    let callers = metrics.value("dragonfly_http_connections", &[]);
    Size {
        memory: metrics.value("process_resident_memory_bytes", &[]),
        descriptors: metrics.value("process_open_fds", &[]) - callers,
        tasks: metrics.value("dragonfly_tasks", &[]) - callers,
    }
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a run of its own: make soak, and a minute of it in make test"]
async fn faults_come_and_go() {
    let length = Duration::from_secs(setting("SOAK_SECONDS").unwrap_or(60));
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let seed = setting("SOAK_SEED").unwrap_or_else(|| clock.expect("after 1970").as_secs());
    println!("soak: {length:?}, SOAK_SEED={seed}");
    let mut dice = Dice::of(seed);

    let cluster = postgres(&[]);
    crate::harness::migrate(&url(&cluster));
    let upstream = Peer::http("200 OK", "", "[]").await;
    let mut broken = Vec::new();
    for (status, _) in ANSWERS {
        broken.push(Peer::http(status, "retry-after: 1\r\n", "{}").await);
    }
    let mut world = World {
        database: Proxy::start(cluster.port()).await,
        gateway: Proxy::start(upstream.port).await,
        cluster,
        upstream,
        broken,
    };
    let database_url = url_as(
        world.database.port(),
        crate::harness::SUPERUSER,
        crate::harness::PASSWORD,
    );
    let gateway_url = format!("http://127.0.0.1:{}", world.gateway.port());
    let service = Arc::new(Instance::start(&[
        ("DATABASE_URL", &database_url),
        ("SUPABASE_URL", &gateway_url),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("HEALTH_DB_TIMEOUT", "1"),
        ("HEALTH_SUPABASE_TIMEOUT", "1"),
        ("HEALTH_OPS_TIMEOUT", "1"),
        ("HEALTH_FRESHNESS_MS", "200"),
    ]));

    let episodes: Episodes = Arc::default();
    let tally = Arc::new(Mutex::new(Tally::default()));
    let stalls = Arc::new(Stalls::default());
    let watched = Arc::clone(&stalls);
    let watch = tokio::spawn(async move { watched.watch().await });
    let began = Instant::now();
    let load = {
        let stalls = Arc::clone(&stalls);
        let (service, episodes, tally) = (
            Arc::clone(&service),
            Arc::clone(&episodes),
            Arc::clone(&tally),
        );
        tokio::spawn(async move {
            let mut requests = JoinSet::new();
            let mut pace = tokio::time::interval(PACE);
            let mut nth = 0;
            while began.elapsed() < length {
                pace.tick().await;
                nth += 1;
                let path = PATHS[nth % PATHS.len()];
                let (service, episodes, tally) = (
                    Arc::clone(&service),
                    Arc::clone(&episodes),
                    Arc::clone(&tally),
                );
                let stalls = Arc::clone(&stalls);
                requests.spawn(async move {
                    let sent = Instant::now();
                    let reply = service.get(path).await;
                    judge(path, &reply, sent, &episodes, &tally, &stalls);
                });
                while let Some(done) = requests.try_join_next() {
                    done.expect("every request is answered");
                }
            }
            while let Some(done) = requests.join_next().await {
                done.expect("every request is answered");
            }
            nth
        })
    };

    // The first second is healthy, and what is held at its end is what may be held.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let warm = size(&service).await;
    let mut middle = None;
    while began.elapsed() + Duration::from_secs(4) < length {
        if middle.is_none() && began.elapsed() > length / 2 {
            middle = Some(size(&service).await);
        }
        let fault = FAULTS[dice.roll(FAULTS.len())];
        let nth = {
            let mut episodes = episodes.lock().expect("not poisoned");
            episodes.push(Episode {
                fault,
                began: Instant::now(),
                ended: None,
            });
            episodes.len() - 1
        };
        world.make(fault);
        tokio::time::sleep(dice.millis(300, 2_000)).await;
        world.undo(fault);
        episodes.lock().expect("not poisoned")[nth].ended = Some(Instant::now());
        tokio::time::sleep(dice.millis(100, 1_500)).await;
    }
    let sent = load.await.expect("the load goes on to the end");
    watch.abort();
    let patience = Instant::now() + Duration::from_secs(10);
    let cold = loop {
        let now = size(&service).await;
        if now.descriptors <= warm.descriptors && now.tasks <= warm.tasks {
            break now;
        }
        assert!(
            Instant::now() < patience,
            "something stays behind: {warm:?}, {now:?}"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let middle = middle.expect("it lasted long enough for one fault after the middle");
    assert!(
        cold.memory < middle.memory + MEMORY,
        "memory has grown: {middle:?}, {cold:?}"
    );
    let mut admin = connect(&url(&world.cluster)).await;
    let backends: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dragonfly-ops'",
    )
    .fetch_one(&mut admin)
    .await
    .expect("it answers");
    assert!(backends <= 2, "{backends} backends, of two checks");
    let log = service.log_text();
    assert!(!log.contains("panicked"), "{log}");
    let metrics = service.metrics().await;
    let server_log =
        std::fs::read_to_string(world.cluster.folder().join("server.log")).expect("a log");
    assert!(!server_log.contains("password authentication failed"));

    let tally = tally.lock().expect("not poisoned");
    print!(
        "{}",
        table(
            &tally,
            episodes.lock().expect("not poisoned").len(),
            &warm,
            &cold
        )
    );
    assert_eq!(metrics.value("dragonfly_check_answers_late_total", &[]), 0);
    let answers: usize = tally.answers.values().map(Vec::len).sum();
    assert_eq!(answers, sent, "every request was answered");
    for path in ["/api/health", "/api/health/version", "/metrics"] {
        let kinds: Vec<_> = tally.answers.keys().filter(|(of, _)| of == path).collect();
        assert_eq!(kinds.len(), 1, "{kinds:?}");
    }
    assert!(tally.complaints.is_empty(), "{:#?}", tally.complaints);
}

/// Answers by path and code, and their latency.
fn table(tally: &Tally, faults: usize, warm: &Size, cold: &Size) -> String {
    let mut text = format!(
        "{:<24} {:<12} {:>7} {:>10} {:>10} {:>10}\n",
        "path", "code", "answers", "p50 ms", "p99 ms", "max ms"
    );
    for ((path, code), latencies) in &tally.answers {
        let mut sorted = latencies.clone();
        sorted.sort_unstable();
        let at = |percent: usize| {
            sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)].as_secs_f64() * 1e3
        };
        let _ = writeln!(
            text,
            "{path:<24} {code:<12} {:>7} {:>10.1} {:>10.1} {:>10.1}",
            sorted.len(),
            at(50),
            at(99),
            at(100)
        );
    }
    let _ = writeln!(text, "{faults} faults; warm: {warm:?}; after: {cold:?}");
    text
}
