//! Many at once: what those are told who share an outcome, a drain under load, and connections that nobody uses.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use rustix::process::{Resource, Signal, getrlimit, setrlimit};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::harness::{Instance, KEY, Manner, NO_ROWS, Peer, World};

/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn who_shares_an_outcome_is_told_where_it_comes_from_and_how_old_it_is_by_now() {
    let world = World::with_postgres(&[]);
    let peer = Peer::start(NO_ROWS.to_owned(), Manner::Answer).await;
    let service = world.start(&[
        ("WATCH_INTERVAL", "0"),
        ("SUPABASE_URL", &format!("http://127.0.0.1:{}", peer.port)),
        ("SUPABASE_SERVICE_ROLE_KEY", KEY),
        ("HEALTH_FRESHNESS_MS", "600000"),
    ]);
    let age = |run: &Value| run["age_ms"].as_f64().expect("an age");
    let db = service.get("/api/health/db").await.json();
    assert_eq!(db["source"], "live", "{db}");
    let ready = service.get("/api/health/ready").await.json();
    let of = |ready: &Value| {
        let runs = [ready, &ready["checks"]["db"], &ready["checks"]["supabase"]];
        runs.map(|run| run["source"].clone())
    };
    assert_eq!(of(&ready), ["cached", "cached", "live"], "{ready}");
    let mut last = ready;
    // The second one is prepared for by the first.
    for _ in 0..2 {
        // Ages are told to a tenth of a millisecond.
        tokio::time::sleep(Duration::from_millis(1)).await;
        let ready = service.get("/api/health/ready").await.json();
        let (db, supabase) = (&ready["checks"]["db"], &ready["checks"]["supabase"]);
        assert_eq!(of(&ready), ["cached", "cached", "cached"], "{ready}");
        assert!(age(db) > age(supabase), "{ready}");
        assert_eq!(ready["age_ms"], db["age_ms"]);
        for check in ["db", "supabase"] {
            let (now, before) = (&ready["checks"][check], &last["checks"][check]);
            assert!(age(now) > age(before), "{last}\n{ready}");
            assert_eq!(now["since"], before["since"]);
        }
        assert!(ready["timestamp"].as_str() > last["timestamp"].as_str());
        last = ready;
    }
    let db = service.get("/api/health/db").await.json();
    assert!(db["source"] == "cached" && age(&db) > age(&last["checks"]["db"]));
}

/// What became of a request.
#[derive(Debug)]
enum Outcome {
    Answered {
        close: bool,
    },
    /// Nobody listens any more: it was never taken on.
    Refused,
    /// It was sent, and never answered in full.
    Lost(String),
}

/// Sends one request over a connection that is kept, if there is one.
async fn request(port: u16, kept: &mut Option<TcpStream>) -> Outcome {
    let is_fresh = kept.is_none();
    let mut stream = match kept.take() {
        Some(stream) => stream,
        None => match TcpStream::connect(("127.0.0.1", port)).await {
            Ok(stream) => stream,
            Err(_) => return Outcome::Refused,
        },
    };
    // The kernel takes connections on before the service does, and resets those that are still in
    // its queue when the listener is closed.
    let was_queued = |error: &io::Error| is_fresh && error.kind() == io::ErrorKind::ConnectionReset;
    let sent = stream.write_all(b"GET /api/health HTTP/1.1\r\nhost: x\r\n\r\n");
    if let Err(error) = sent.await {
        if was_queued(&error) {
            return Outcome::Refused;
        }
        return Outcome::Lost(format!("not sent: {error}"));
    }
    let mut answer = Vec::new();
    loop {
        let mut buffer = [0; 2048];
        match stream.read(&mut buffer).await {
            Ok(0) => return Outcome::Lost(format!("closed after {} bytes", answer.len())),
            Err(error) if answer.is_empty() && was_queued(&error) => return Outcome::Refused,
            Err(error) => return Outcome::Lost(format!("after {} bytes: {error}", answer.len())),
            Ok(read) => answer.extend_from_slice(&buffer[..read]),
        }
        // The body is one line; the head ends each of its lines with a carriage return, too.
        if answer.ends_with(b"}\n") {
            break;
        }
    }
    let text = String::from_utf8_lossy(&answer);
    if !text.starts_with("HTTP/1.1 200") {
        return Outcome::Lost(text.into_owned());
    }
    let close = text.contains("connection: close");
    if !close {
        *kept = Some(stream);
    }
    Outcome::Answered { close }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_under_load_loses_no_request() {
    let mut service = Instance::start(&[("DRAIN_DELAY", "1"), ("DRAIN_TIMEOUT", "10")]);
    let answered = Arc::new(AtomicUsize::new(0));
    let port = service.port;
    let told_to_leave = Arc::new(AtomicBool::new(false));
    // 50 callers, each 100 times a second.
    let callers: Vec<_> = (0..50)
        .map(|_| {
            let (answered, left) = (Arc::clone(&answered), Arc::clone(&told_to_leave));
            tokio::spawn(async move {
                let mut kept = None;
                let mut pace = tokio::time::interval(Duration::from_millis(10));
                loop {
                    pace.tick().await;
                    match request(port, &mut kept).await {
                        Outcome::Answered { close } => {
                            answered.fetch_add(1, Ordering::SeqCst);
                            left.fetch_or(close, Ordering::SeqCst);
                        }
                        Outcome::Refused => return Ok(()),
                        Outcome::Lost(how) => return Err(how),
                    }
                }
            })
        })
        .collect();
    let warm = async {
        while answered.load(Ordering::SeqCst) < 5_000
            && !callers.iter().any(JoinHandle::is_finished)
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, warm)
        .await
        .expect("callers are answered");
    service.signal(Signal::TERM);
    for caller in callers {
        let ended = tokio::time::timeout(PATIENCE, caller).await;
        let lost = ended.expect("a caller is told").expect("a caller ends");
        assert_eq!(lost, Ok(()));
    }
    assert!(
        told_to_leave.load(Ordering::SeqCst),
        "callers were told to leave"
    );
    assert_eq!(service.wait().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_half_open_and_a_thousand_idle_connections_delay_nobody() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("descriptors for the callers");
    let service = Instance::start(&[("HTTP_MAX_CONNECTIONS", "4096")]);
    let address = ("127.0.0.1", service.port);
    let mut held = Vec::new();
    for n in 0..1_000 {
        let mut half_open = TcpStream::connect(address).await.expect("it is accepted");
        if n % 2 == 0 {
            let _ = half_open.write_all(b"GET /api/hea").await;
        }
        let mut idle = None;
        match request(service.port, &mut idle).await {
            Outcome::Answered { .. } => held.extend([Some(half_open), idle]),
            other => panic!("{other:?}"),
        }
    }
    let mut slowest = Duration::ZERO;
    for _ in 0..300 {
        let reply = service.get("/api/health").await;
        reply.assert_ok();
        slowest = slowest.max(reply.took);
    }
    // No measurement: an answer that had to wait for one of them would take seconds.
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    let open = service
        .metrics()
        .await
        .value("dragonfly_http_connections", &[]);
    assert!(open > 1_000, "{open} are open");
    drop(held);
}
