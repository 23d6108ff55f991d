//! More connections than there is room for: those that ask once and stay, and those that never read
//! what they have asked for. The house of the first tests is small; `make soak` fills the real one.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::harness::{Instance, KEY, Manner, Peer};

/// Who waits longer was shut out.
const PATIENCE: Duration = Duration::from_secs(30);
const REQUEST: &[u8] = b"GET /api/health HTTP/1.1\r\nhost: x\r\n\r\n";

/// What the crowd does with its connections.
#[derive(Debug, Clone, Copy)]
enum Crowd {
    /// Asks once, reads the answer, and keeps the connection.
    Idle,
    /// Asks without an end and reads nothing.
    Deaf,
    /// Begins a request and does not end it.
    Slow,
}

impl Crowd {
    /// Does it; counts itself once the harm is done, and stays until it is let go.
    async fn join(self, port: u16, settled: Arc<AtomicUsize>) -> io::Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let mut answer = [0; 2048];
        match self {
            Self::Idle => {
                stream.write_all(REQUEST).await?;
                let _ = stream.read(&mut answer).await?;
                settled.fetch_add(1, Ordering::SeqCst);
                while stream.read(&mut answer).await? > 0 {}
            }
            Self::Deaf => {
                let many = REQUEST.repeat(1_000);
                let filled = async {
                    loop {
                        stream.write_all(&many).await?;
                    }
                };
                tokio::pin!(filled);
                let first = tokio::time::timeout(Duration::from_secs(1), &mut filled).await;
                settled.fetch_add(1, Ordering::SeqCst);
                match first {
                    Ok(ended) => return ended,
                    Err(_) => return filled.await,
                }
            }
            Self::Slow => {
                stream.write_all(&REQUEST[..20]).await?;
                settled.fetch_add(1, Ordering::SeqCst);
                while stream.read(&mut answer).await? > 0 {}
            }
        }
        Ok(())
    }

    /// So many at once. They are there until the set is dropped.
    fn gather(self, size: usize, port: u16) -> (JoinSet<io::Result<()>>, Arc<AtomicUsize>) {
        let settled = Arc::new(AtomicUsize::new(0));
        let mut crowd = JoinSet::new();
        for _ in 0..size {
            crowd.spawn(self.join(port, Arc::clone(&settled)));
        }
        (crowd, settled)
    }
}

/// Asks for liveness as somebody new, and says how long that took.
async fn newcomer(port: u16) -> Option<Duration> {
    let began = Instant::now();
    let asked = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.write_all(REQUEST).await?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await?;
        Ok::<_, io::Error>(answer == *b"HTTP/1.1 200")
    };
    let answered = tokio::time::timeout(PATIENCE, asked).await;
    matches!(answered, Ok(Ok(true))).then(|| began.elapsed())
}

/// Until so many of them have had their way, or half a second has changed nothing.
async fn settle(settled: &AtomicUsize, size: usize) {
    let mut last = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = settled.load(Ordering::SeqCst);
        if now >= size || now == last {
            return;
        }
        last = now;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn newcomers_are_served_whatever_a_crowd_does_and_who_is_being_served_stays() {
    for crowd in [Crowd::Idle, Crowd::Deaf, Crowd::Slow] {
        let silent = Peer::start(String::new(), Manner::Silent).await;
        let supabase = format!("http://127.0.0.1:{}", silent.port);
        let service = Instance::start(&[
            ("HTTP_MAX_CONNECTIONS", "64"),
            ("HTTP_HEADER_TIMEOUT", "300"),
            ("HTTP_IDLE_TIMEOUT", "300"),
            ("HTTP_WRITE_TIMEOUT", "300"),
            ("SUPABASE_URL", &supabase),
            ("SUPABASE_SERVICE_ROLE_KEY", KEY),
            ("HEALTH_SUPABASE_TIMEOUT", "6"),
        ]);
        let served = service.get("/api/health/supabase");
        let attack = async {
            while silent.seen() == 0 {
                tokio::task::yield_now().await;
            }
            let (crowd_of, settled) = crowd.gather(200, service.port);
            settle(&settled, 200).await;
            for nth in 0..50 {
                let took = newcomer(service.port).await;
                assert!(took.is_some(), "{crowd:?}: newcomer {nth} was shut out");
            }
            drop(crowd_of);
        };
        let (served, ()) = tokio::join!(served, attack);
        served.assert_code("DFE-NET-001");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_is_let_go() {
    let service = Instance::start(&[("HTTP_WRITE_TIMEOUT", "0.5")]);
    let (mut crowd, _) = Crowd::Deaf.gather(20, service.port);
    let gone = async { while crowd.join_next().await.is_some() {} };
    tokio::time::timeout(PATIENCE, gone)
        .await
        .expect("their connections are closed");
    // Who reads slowly, but reads, is not.
    let mut slow = TcpStream::connect(("127.0.0.1", service.port))
        .await
        .expect("it accepts");
    let requests = "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(7)
        + "GET /openapi.json HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    slow.write_all(requests.as_bytes()).await.expect("it reads");
    let mut answers = Vec::new();
    let mut part = vec![0; 16 * 1024];
    loop {
        tokio::time::sleep(Duration::from_millis(20)).await;
        match slow.read(&mut part).await.expect("it is not let go") {
            0 => break,
            read => answers.extend_from_slice(&part[..read]),
        }
    }
    let whole = answers
        .windows(15)
        .filter(|part| part == b"HTTP/1.1 200 OK");
    assert_eq!(whole.count(), 8);
}

fn kib(service: &Instance, name: &str) -> u64 {
    let path = format!("/proc/{}/status", service.pid().as_raw_nonzero());
    let status = std::fs::read_to_string(path).expect("it is running");
    let line = status.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .expect("a number")
}

/// The crowd against the defaults, and what it costs.
async fn overrun(crowd: Crowd, size: usize) {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("descriptors for the crowd");
    let service = Instance::start(&[]);
    let calm = kib(&service, "VmRSS");
    let (crowd_of, settled) = crowd.gather(size, service.port);
    let mut took = Vec::new();
    let mut shut_out = 0;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(30) && shut_out == 0 {
        match newcomer(service.port).await {
            Some(time) => took.push(time),
            None => shut_out += 1,
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    took.sort_unstable();
    let at = |percent: usize| {
        let nth = (took.len() * percent / 100).min(took.len().saturating_sub(1));
        took.get(nth).map_or(f64::NAN, Duration::as_secs_f64) * 1e3
    };
    println!(
        "{size} of {crowd:?}, {} settled: {} newcomers served, {shut_out} shut out; p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms; \
         memory {:.1} MiB before, {:.1} MiB now, {:.1} MiB at most",
        settled.load(Ordering::SeqCst),
        took.len(),
        at(50),
        at(99),
        at(100),
        mib(calm),
        mib(kib(&service, "VmRSS")),
        mib(kib(&service, "VmHWM")),
    );
    assert_eq!(shut_out, 0, "somebody waited for {PATIENCE:?}");
    drop(crowd_of);
}

fn mib(kib: u64) -> f64 {
    f64::from(u32::try_from(kib).expect("less than 4 TiB")) / 1024.0
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "five thousand connections: make soak"]
async fn five_thousand_ask_once_and_stay() {
    overrun(Crowd::Idle, 5_000).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "four thousand connections: make soak"]
async fn four_thousand_two_hundred_never_read() {
    overrun(Crowd::Deaf, 4_200).await;
}
