//! The log that nobody reads, that cannot be written, and that a stranger would fill.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Method;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, prlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::harness::{Instance, KEY, Manner, Peer};

/// Nothing here takes longer; what hangs, hangs for good.
const PATIENCE: Duration = Duration::from_secs(30);

async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("{what} hangs"))
}

async fn dropped(service: &Instance) -> i64 {
    let metrics = in_time("the count", service.metrics()).await;
    metrics.value("dragonfly_log_lines_dropped_total", &[])
}

/// Waits for its end off the runtime, and returns the exit code.
async fn ended(mut service: Instance) -> Option<i32> {
    let waited = tokio::task::spawn_blocking(move || service.wait().code());
    in_time("the end", waited)
        .await
        .expect("it can be waited for")
}

#[tokio::test]
async fn a_pipe_that_nobody_reads_stops_neither_requests_nor_the_end() {
    let settings = [("RUST_LOG", "dragonfly_ops=debug"), ("DRAIN_DELAY", "0")];
    let mut service = Instance::start_with(&settings, Stdio::piped(), Stdio::inherit());
    let unread = service.take_stdout();
    // A pipe holds 64 KiB, the queue behind it 4,096 lines.
    for _ in 0..6_000 {
        let reply = in_time("liveness", service.get("/api/health")).await;
        assert_eq!(reply.status, 200);
    }
    let dropped = dropped(&service).await;
    assert!(dropped > 1_000, "{dropped} lines were dropped");
    service.signal(Signal::TERM);
    assert_eq!(ended(service).await, Some(0));
    drop(unread);
}

#[tokio::test]
async fn a_log_that_is_stuck_does_not_delay_a_second_signal() {
    let silent = Peer::start(String::new(), Manner::Silent).await;
    let supabase = format!("http://127.0.0.1:{}", silent.port);
    let settings = [
        ("RUST_LOG", "dragonfly_ops=debug"),
        ("SUPABASE_URL", &*supabase),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("HEALTH_SUPABASE_TIMEOUT", "300"),
        ("DRAIN_DELAY", "300"),
    ];
    let mut service = Instance::start_with(&settings, Stdio::piped(), Stdio::inherit());
    let unread = service.take_stdout();
    while dropped(&service).await == 0 {
        for _ in 0..500 {
            in_time("liveness", service.get("/api/health")).await;
        }
    }
    let address = ("127.0.0.1", service.port);
    let mut in_flight = TcpStream::connect(address).await.expect("it listens");
    let request = b"GET /api/health/supabase HTTP/1.1\r\nhost: x\r\n\r\n";
    in_flight.write_all(request).await.expect("it reads");
    while silent.seen() == 0 {
        tokio::task::yield_now().await;
    }
    service.signal(Signal::INT);
    let drains = async { while service.get("/livez").await.header("connection") != "close" {} };
    in_time("the drain", drains).await;
    service.signal(Signal::INT);
    assert_eq!(ended(service).await, Some(128 + 2));
    drop(unread);
}

#[tokio::test]
async fn failures_to_accept_are_said_when_they_begin_and_when_they_end() {
    let silent = Peer::start(String::new(), Manner::Silent).await;
    let supabase = format!("http://127.0.0.1:{}", silent.port);
    let service = Instance::start(&[
        ("SUPABASE_URL", &*supabase),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("HEALTH_SUPABASE_TIMEOUT", "5"),
    ]);
    // All of them share one check and are being served, so none can make room before it is over.
    let mut callers = JoinSet::new();
    for nth in 0..100 {
        if nth == 1 {
            // The check itself has its descriptor.
            while silent.seen() == 0 {
                tokio::task::yield_now().await;
            }
            let few = Rlimit {
                current: Some(60),
                ..getrlimit(Resource::Nofile)
            };
            prlimit(Some(service.pid()), Resource::Nofile, few).expect("it is ours");
        }
        let request = b"GET /api/health/supabase HTTP/1.1\r\nhost: x\r\n\r\n";
        let address = ("127.0.0.1", service.port);
        callers.spawn(async move {
            let mut stream = TcpStream::connect(address).await?;
            stream.write_all(request).await?;
            let mut answer = [0; 12];
            stream.read_exact(&mut answer).await?;
            Ok::<_, std::io::Error>(answer)
        });
    }
    // Also those who had to wait for a descriptor.
    while let Some(answer) = in_time("a caller", callers.join_next()).await {
        let answer = answer.expect("it ends").expect("it is answered");
        assert_eq!(answer, *b"HTTP/1.1 503");
    }
    let count = |what: &str| service.log_text().matches(what).count();
    while count("connections are accepted again") == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let log = service.log_text();
    assert_eq!(count("connections cannot be accepted"), 1, "{log}");
    let end = log.lines().find(|line| line.contains("accepted again"));
    let end: serde_json::Value = serde_json::from_str(end.expect("it is said")).expect("JSON");
    assert!(end["failures"].as_u64().is_some_and(|n| n > 10), "{end}");
}

#[tokio::test]
async fn what_was_dropped_is_said_once_somebody_reads_again() {
    let settings = [("RUST_LOG", "dragonfly_ops=debug"), ("DRAIN_DELAY", "0")];
    let mut service = Instance::start_with(&settings, Stdio::piped(), Stdio::inherit());
    let unread = service.take_stdout();
    while dropped(&service).await == 0 {
        for _ in 0..500 {
            in_time("liveness", service.get("/api/health")).await;
        }
    }
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let read = Arc::clone(&lines);
    let reader = std::thread::spawn(move || {
        for line in BufReader::new(unread).lines().map_while(Result::ok) {
            read.lock().expect("not poisoned").push(line);
        }
    });
    // Once this one comes through, nothing waits in front of it any more.
    let is_through = || {
        let lines = lines.lock().expect("not poisoned");
        lines.iter().any(|line| line.contains("it-goes-on"))
    };
    while !is_through() {
        let marked = [("x-request-id", "it-goes-on")];
        in_time("liveness", service.send(Method::GET, "/livez", &marked)).await;
    }
    service.signal(Signal::TERM);
    assert_eq!(ended(service).await, Some(0));
    reader.join().expect("it reads to the end");
    let lines = lines.lock().expect("not poisoned");
    let entries: Vec<serde_json::Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).expect("every line is whole"))
        .collect();
    let notice = entries
        .iter()
        .find(|entry| entry["lines"].as_u64().is_some_and(|lines| lines > 0))
        .expect("it is said");
    assert_eq!(notice["level"], "WARN");
    let message = notice["message"].as_str().expect("a message");
    assert!(
        message.ends_with("lines of the log were dropped"),
        "{message}"
    );
    assert_eq!(entries.last().expect("lines")["message"], "stopped");
}

#[tokio::test]
async fn a_log_that_cannot_be_written_kills_nobody() {
    let full = || {
        Stdio::from(
            File::options()
                .write(true)
                .open("/dev/full")
                .expect("it opens"),
        )
    };
    let settings = [("RUST_LOG", "dragonfly_ops=debug"), ("DRAIN_DELAY", "0")];
    let mut broken = Instance::start_with(&settings, Stdio::piped(), Stdio::piped());
    drop((broken.take_stdout(), broken.take_stderr()));
    let no_space = Instance::start_with(&settings, full(), full());
    for service in [broken, no_space] {
        for path in ["/api/health", "/api/health/db", "/nowhere"] {
            let reply = in_time(path, service.get(path)).await;
            assert!([200, 503, 404].contains(&reply.status));
        }
        // The line of the request before it may still be on its way to the disk.
        while dropped(&service).await < 3 {}
        service.signal(Signal::TERM);
        assert_eq!(ended(service).await, Some(0));
    }
}

#[tokio::test]
async fn a_stranger_does_not_fill_the_log() {
    let service = Instance::start(&[("OPS_TOKEN", ""), ("OPS_READ_TOKEN", "")]);
    for nth in 0..300 {
        let order = service.send(Method::POST, "/api/ops/queue/pause", &[]);
        let reply = order.await;
        assert_eq!(reply.json()["code"], "DFE-CFG-001", "{}", reply.body);
        // Those beyond the tenth are answered late.
        if nth % 20 == 0 {
            let wrong = [("authorization", "Bearer nobody-knows-this-token")];
            service.send(Method::GET, "/api/health/db", &wrong).await;
        }
    }
    let log = service.log_text();
    let about = log
        .lines()
        .filter(|line| line.contains("OPS_TOKEN"))
        .count();
    assert_eq!(about, 1, "it is said once, at the start: {log}");
    assert!(log.lines().count() < 20, "{log}");
}
