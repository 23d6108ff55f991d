//! What a connection may do: what is no request, who is refused while still sending, and who asks nothing more.

use std::io;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Instance, OPERATOR};

/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn raw(port: u16, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port))
        .await
        .expect("it listens");
    stream.write_all(bytes).await.expect("it reads");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn what_is_no_request_gets_a_problem_and_echoes_nothing() {
    let service = Instance::start(&[]);
    let garbage = raw(service.port, b"zqcanary\r\n\r\n").await;
    assert!(
        garbage.starts_with("HTTP/1.1 400") && garbage.contains("application/problem+json"),
        "{garbage}"
    );
    assert!(
        garbage.contains("no-store") && !garbage.contains("zqcanary"),
        "{garbage}"
    );
    let mut long = b"GET /api/health HTTP/1.1\r\nhost: x\r\nx-long: ".to_vec();
    long.extend(std::iter::repeat_n(b'a', 64 * 1024));
    let header = raw(service.port, &long).await;
    assert!(
        header.starts_with("HTTP/1.1 431") && header.contains("application/problem+json"),
        "{header}"
    );
    let body = raw(
        service.port,
        b"GET /api/health HTTP/1.1\r\nhost: x\r\ncontent-length: 999999\r\n\r\n",
    )
    .await;
    assert!(
        body.starts_with("HTTP/1.1 413") && body.contains("application/problem+json"),
        "{body}"
    );
    service.get("/api/health").await.assert_ok();
}

#[tokio::test]
async fn who_is_refused_while_still_sending_reads_why() {
    let service = Instance::start(&[("OPS_TOKEN", OPERATOR)]);
    let much = vec![b'a'; 8_000_000];
    for (head, expected) in [
        (
            "POST /api/ops/incidents HTTP/1.1\r\nhost: x\r\ncontent-length: 8000000\r\n\r\n",
            "HTTP/1.1 413",
        ),
        (
            "POST /nowhere HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n7a1200\r\n",
            "HTTP/1.1 404",
        ),
        (
            "GET /api/health HTTP/1.1\r\nhost: x\r\nx-long: ",
            "HTTP/1.1 431",
        ),
        ("zqcanary\r\n\r\n", "HTTP/1.1 400"),
    ] {
        let begun = Instant::now();
        // All of it is sent before anything is read.
        let answer = raw(service.port, &[head.as_bytes(), &much].concat()).await;
        assert!(
            answer.starts_with(expected)
                && answer.contains("application/problem+json")
                && answer.contains("connection: close"),
            "{head}: {answer}"
        );
        // The end is told at once; the peer is only allowed to be late.
        assert!(begun.elapsed() < Duration::from_secs(8), "{head}");
    }
    service.get("/api/health").await.assert_ok();
}

#[tokio::test]
async fn who_was_refused_and_neither_sends_nor_leaves_holds_up_no_end() {
    let mut service = Instance::start(&[("DRAIN_TIMEOUT", "4")]);
    let address = ("127.0.0.1", service.port);
    let mut peer = TcpStream::connect(address).await.expect("it listens");
    let head = b"POST /nowhere HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    peer.write_all(head).await.expect("it is sent");
    let mut answer = Vec::new();
    peer.read_to_end(&mut answer).await.expect("an answer");
    assert!(answer.starts_with(b"HTTP/1.1 404"));
    service.signal(Signal::TERM);
    assert_eq!(service.wait().code(), Some(0), "nobody was being served");
    drop(peer);
}

#[tokio::test]
async fn a_thousand_half_open_connections_do_not_delay_liveness() {
    let service = Instance::start(&[("HTTP_HEADER_TIMEOUT", "2")]);
    let mut open = Vec::new();
    for _ in 0..1000 {
        let mut stream = TcpStream::connect(("127.0.0.1", service.port))
            .await
            .expect("it accepts");
        stream
            .write_all(b"GET /api/health HTTP/1.1\r\n")
            .await
            .expect("it reads");
        open.push(stream);
    }
    for _ in 0..20 {
        service.get("/api/health").await.assert_ok();
    }
    // Each is closed by the service, without an answer.
    for stream in &mut open {
        let mut rest = Vec::new();
        let closed = tokio::time::timeout(
            std::time::Duration::from_secs(20),
            stream.read_to_end(&mut rest),
        )
        .await;
        assert!(closed.is_ok(), "a half-open connection stays");
    }
}

/// Asks once on a connection of its own, and reads until the answer has this in it.
async fn asked(port: u16, path: &str, awaited: &str) -> TcpStream {
    let address = ("127.0.0.1", port);
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
    let sent = stream.write_all(request.as_bytes()).await;
    sent.expect("it is sent");
    let reading = async {
        let mut answer = Vec::new();
        while !String::from_utf8_lossy(&answer).contains(awaited) {
            let read = stream.read_buf(&mut answer).await.expect("it answers");
            assert_ne!(read, 0, "it was closed after {answer:?}");
        }
    };
    let read = tokio::time::timeout(PATIENCE, reading).await;
    read.expect("it goes on");
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_closed_that_asks_nothing_more_and_none_that_listens() {
    let service = Instance::start(&[("HTTP_IDLE_TIMEOUT", "1"), ("WATCH_INTERVAL", "0")]);
    let port = service.port;
    let listens = asked(port, "/status/events", "retry:").await;
    let begun = Instant::now();
    let mut idle = asked(port, "/api/health", "}\n").await;
    let mut slow = asked(port, "/api/health", "}\n").await;
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(PATIENCE, idle.read_to_end(&mut rest)).await;
    assert_eq!(closed.expect("in time").expect("it is closed"), 0);
    assert!(begun.elapsed() >= Duration::from_secs(1));
    // Who sends a request byte by byte is as idle.
    let closed = async {
        let mut pace = tokio::time::interval(Duration::from_millis(100));
        loop {
            pace.tick().await;
            let mut end = [0];
            let sent = slow.write_all(b"G").await;
            if sent.is_err() || matches!(slow.try_read(&mut end), Ok(0)) {
                return;
            }
        }
    };
    let closed = tokio::time::timeout(PATIENCE, closed).await;
    closed.expect("it is closed");
    // It has been silent for longer than they.
    let heard = listens.try_read(&mut [0]);
    assert_eq!(
        heard.expect_err("it is open").kind(),
        io::ErrorKind::WouldBlock
    );
}
