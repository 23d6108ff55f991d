//! Who asks: as fast as it can over some connections, or at a given pace.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// Sorted, in milliseconds.
    latencies: Vec<f64>,
    seconds: f64,
}

impl Run {
    async fn of(mut callers: JoinSet<Vec<f64>>, began: Instant) -> Self {
        let mut latencies = Vec::new();
        while let Some(caller) = callers.join_next().await {
            latencies.extend(caller.expect("a caller ends"));
        }
        latencies.sort_by(f64::total_cmp);
        Self {
            latencies,
            seconds: began.elapsed().as_secs_f64(),
        }
    }

    pub(crate) fn answers(&self) -> f64 {
        f64::from(u32::try_from(self.latencies.len()).unwrap_or(u32::MAX))
    }

    pub(crate) fn rate(&self) -> f64 {
        self.answers() / self.seconds
    }

    /// In milliseconds.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let nearest = format!("{:.0}", self.answers() * percent / 100.0);
        let nth = nearest.parse().unwrap_or(0_usize);
        self.latencies
            .get(nth.min(last))
            .copied()
            .unwrap_or(f64::NAN)
    }
}

/// Each connection asks again as soon as it is answered.
pub(crate) async fn closed_loop(
    port: u16,
    path: &str,
    connections: usize,
    length: Duration,
) -> Run {
    let began = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..connections {
        let mut line = Line::open(port, path).await;
        callers.spawn(async move {
            let mut latencies = Vec::new();
            while began.elapsed() < length {
                latencies.push(line.ask().await);
            }
            latencies
        });
    }
    Run::of(callers, began).await
}

/// So many requests a second in all; who is not answered yet does not ask again.
pub(crate) async fn paced(port: u16, path: &str, rate: u32, length: Duration) -> Run {
    let connections = rate.clamp(1, 50);
    let began = Instant::now();
    let mut callers = JoinSet::new();
    for nth in 0..connections {
        let mut line = Line::open(port, path).await;
        let period = Duration::from_secs(1) * connections / rate;
        let first = tokio::time::Instant::now() + period * nth / connections;
        callers.spawn(async move {
            let mut latencies = Vec::new();
            let mut pace = tokio::time::interval_at(first, period);
            while began.elapsed() < length {
                pace.tick().await;
                latencies.push(line.ask().await);
            }
            latencies
        });
    }
    Run::of(callers, began).await
}

/// One connection that asks one question.
pub(crate) struct Line {
    stream: TcpStream,
    question: Vec<u8>,
    buffer: Vec<u8>,
}

impl Line {
    pub(crate) async fn open(port: u16, path: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port))
            .await
            .expect("it listens");
        stream.set_nodelay(true).expect("a socket option");
        Self {
            stream,
            question: format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes(),
            buffer: vec![0; 16 * 1024],
        }
    }

    /// Gives the latency in milliseconds.
    pub(crate) async fn ask(&mut self) -> f64 {
        let asked = Instant::now();
        self.stream
            .write_all(&self.question)
            .await
            .expect("it reads");
        let mut have = 0;
        loop {
            let read = self
                .stream
                .read(&mut self.buffer[have..])
                .await
                .expect("it answers");
            assert!(read > 0, "it closed the connection");
            have += read;
            // The body is one line that ends in a brace; no line of the head does.
            if self.buffer[..have].ends_with(b"}\n") {
                return asked.elapsed().as_secs_f64() * 1e3;
            }
        }
    }
}
