//! The listener: what a connection may do, and how it all ends.
//!
//! # Design notes
//!
//! hyper is used directly, as `axum::serve` sets no timeout at all: a thousand half-open
//! connections would stay for good. A new connection has a short time to send its first request;
//! between requests it may be idle for longer than the edge in front of us keeps it, or the edge
//! would write into connections that we have just closed. Where places or descriptors run out, the
//! longest idle make room; see `connections`.
//!
//! The end: readiness turns red and every answer says `Connection: close`, while the listener stays
//! open for a moment, so that callers leave by themselves; then nothing new is accepted, requests
//! in flight are finished, and what is not finished in time is cut.

mod body;
mod connections;
mod framing;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Request};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};

use crate::app::App;
use crate::domain::episode::Episode;
use crate::domain::lifecycle::Lifecycle;
use crate::http::answers::Answers;
use crate::http::edge::Edge;
use crate::http::server::connections::{OpenConnections, Slot};
use crate::http::server::framing::{Framed, Framing};
use crate::http::service;
use crate::telemetry::metrics::Metrics;

/// More than the edge lets through (32 KiB), so that what arrives is answered by the router.
const MAX_HEADER: usize = 40 * 1024;
const BACKLOG: i32 = 4096;
/// How long connections may still send a request once nobody new is let in.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// How long to wait for somebody to leave before looking again, so that the loop does not spin.
const PAUSE: Duration = Duration::from_millis(50);
/// A body of so many bytes is mostly there when its head is, and hyper reads it to its end where nobody else does.
const SHORT: u64 = 4096;
/// A state that lasts is over when nothing has happened for so long.
const QUIET: Duration = Duration::from_secs(5);
/// What the kernel holds for each peer at most, each way: a connection must not cost megabytes because
/// its peer does not read.
const SOCKET_BUFFER: usize = 32 * 1024;
/// No segment is larger. On the loopback one could be as large as what the kernel holds for a peer: it
/// would wait for an acknowledgement, and the peer with it for another segment, 40 ms for nothing.
/// Elsewhere segments are smaller anyway.
const MAX_SEGMENT: u32 = 8 * 1024;

/// What connections may do.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// For the first request of a connection.
    pub header_timeout: Duration,
    /// Between two requests of a connection.
    pub idle_timeout: Duration,
    /// Of a write without any progress.
    pub write_timeout: Duration,
    /// Open at the same time.
    pub max_connections: usize,
    /// How long the listener stays open while readiness is red.
    pub drain_delay: Duration,
    /// How long requests in flight may take after that.
    pub drain_timeout: Duration,
}

/// Listens. The unspecified IPv6 address takes IPv4, too; where there is no IPv6 at all, IPv4
/// alone.
///
/// # Errors
///
/// That of the system, where the address cannot be had.
pub fn bind(host: IpAddr, port: u16) -> io::Result<TcpListener> {
    match bind_one(host, port) {
        Err(error)
            if host.is_unspecified()
                && host.is_ipv6()
                && error.kind() != io::ErrorKind::AddrInUse =>
        {
            tracing::warn!("there is no IPv6 here; listening on IPv4 only");
            bind_one(Ipv4Addr::UNSPECIFIED.into(), port)
        }
        bound => bound,
    }
}

fn bind_one(host: IpAddr, port: u16) -> io::Result<TcpListener> {
    let address = SocketAddr::new(host, port);
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if host.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.set_reuse_address(true)?;
    // Connections inherit them; what the system grants instead is fine, too.
    let _ = socket.set_send_buffer_size(SOCKET_BUFFER);
    let _ = socket.set_recv_buffer_size(SOCKET_BUFFER);
    let _ = socket.set_tcp_mss(MAX_SEGMENT);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// The service, ready to be served.
#[derive(Debug)]
pub struct Server<S> {
    /// The routes and what surrounds them.
    pub service: S,
    /// The commit, for answers that never reach the router.
    pub sha: Arc<str>,
    /// The latch that turns readiness red.
    pub lifecycle: Lifecycle,
    /// What is counted.
    pub metrics: Metrics,
    /// What connections may do.
    pub limits: ConnectionLimits,
}

impl Server<Edge> {
    /// Serves `app`.
    #[must_use]
    pub fn new(app: &Arc<App>) -> Self {
        let server = &app.settings.server;
        Self {
            service: service(app),
            sha: app.settings.deployment.git_sha.as_str().into(),
            lifecycle: app.lifecycle.clone(),
            metrics: app.metrics.clone(),
            limits: ConnectionLimits {
                header_timeout: server.header_timeout,
                idle_timeout: server.idle_timeout,
                write_timeout: server.write_timeout,
                max_connections: server.max_connections,
                drain_delay: server.drain_delay,
                drain_timeout: server.drain_timeout,
            },
        }
    }
}

impl<S: Answers> Server<S> {
    /// Serves until `stop` resolves, then drains. Returns whether everything in flight was finished
    /// in time, and nothing has crashed.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) -> bool {
        let graceful = GracefulShutdown::new();
        let mut accepting = Box::pin(self.accept(&listener, &graceful));
        tokio::select! {
            () = &mut accepting => {}
            () = stop => {}
        }
        self.lifecycle.drain();
        tracing::info!("draining: readiness is red, requests in flight are finished");
        let _ = tokio::time::timeout(self.limits.drain_delay, &mut accepting).await;
        drop(accepting);
        drop(listener);
        // Who was let in a moment ago has the first request still on the way, and hyper closes at
        // once what has not spoken yet.
        if self.metrics.open_connections().get() > 0 {
            tokio::time::sleep(LAST_WORDS.min(self.limits.drain_timeout)).await;
        }
        let finished = async {
            graceful.shutdown().await;
            self.lifecycle.finished().await;
        };
        let drained = tokio::time::timeout(self.limits.drain_timeout, finished)
            .await
            .is_ok();
        if !drained {
            tracing::warn!(
                code = "DFE-INT-003",
                "requests in flight were cut: the drain time is over"
            );
        }
        let crashed = self.lifecycle.has_crashed();
        if crashed {
            tracing::error!(
                code = "DFE-INT-001",
                "a task has crashed since the start: see the line that says where it panicked"
            );
        }
        drained && !crashed
    }

    async fn accept(&self, listener: &TcpListener, graceful: &GracefulShutdown) {
        let connections = OpenConnections::new(self.limits.max_connections, self.metrics.clone());
        let mut crowd = Episode::new(QUIET);
        let mut failures = Episode::new(QUIET);
        loop {
            while connections.is_full() {
                connections.make_room();
                connections.somebody_leaves(PAUSE).await;
            }
            let next_end = crowd.over_at().into_iter().chain(failures.over_at()).min();
            let accepted = tokio::select! {
                accepted = listener.accept() => Some(accepted),
                () = tokio::time::sleep_until(next_end.unwrap_or_else(Instant::now).into()), if next_end.is_some() => None,
            };
            match accepted {
                Some(Ok((stream, peer))) => {
                    self.connection(stream, peer.ip(), connections.enter(), graceful);
                    if connections.is_crowded() {
                        connections.make_room();
                        if crowd.happens(Instant::now()) {
                            tracing::warn!(
                                code = "DFE-INT-002",
                                limit = self.limits.max_connections,
                                "HTTP_MAX_CONNECTIONS is almost reached: the longest idle connections make room"
                            );
                        }
                    }
                }
                Some(Err(error)) if is_of_the_peer(&error) => {}
                Some(Err(error)) => {
                    if failures.happens(Instant::now()) {
                        tracing::error!(code = "DFE-INT-002", cause = %error, "connections cannot be accepted");
                    }
                    connections.make_some_room();
                    connections.somebody_leaves(PAUSE).await;
                }
                None => {}
            }
            let now = Instant::now();
            if let Some(past) = crowd.end(now) {
                tracing::info!(
                    times = past.times,
                    lasted_s = past.lasted.as_secs(),
                    "there is room for connections again"
                );
            }
            if let Some(past) = failures.end(now) {
                tracing::info!(
                    failures = past.times,
                    lasted_s = past.lasted.as_secs(),
                    "connections are accepted again"
                );
            }
        }
    }

    fn framing(&self) -> Framing {
        Framing {
            sha: Arc::clone(&self.sha),
            metrics: self.metrics.clone(),
            write_timeout: self.limits.write_timeout,
            lifecycle: self.lifecycle.clone(),
            last_words: LAST_WORDS.min(self.limits.drain_timeout / 2),
        }
    }

    fn connection(
        &self,
        stream: TcpStream,
        peer: IpAddr,
        place: Slot,
        graceful: &GracefulShutdown,
    ) {
        let limits = &self.limits;
        let service = self.service.clone();
        // Answers are small and written at once; a failure to say so costs latency only.
        let _ = stream.set_nodelay(true);
        let counted = Arc::clone(place.activity());
        let peer = peer.to_canonical();
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let service = service.clone();
            let activity = Arc::clone(&counted);
            async move {
                activity.begins().await;
                let is_long = request
                    .body()
                    .size_hint()
                    .upper()
                    .is_none_or(|length| length > SHORT);
                let request = request.map(|inner| body::of_request(inner, &activity));
                let response = service.answer(request, peer).await;
                let mut response = body::of_answer(response, &activity);
                if is_long && activity.is_unread() {
                    // What the peer sends next would be thrown away with the rest of the body.
                    let headers = response.headers_mut();
                    headers.insert(CONNECTION, HeaderValue::from_static("close"));
                }
                activity.ends();
                Ok::<_, Infallible>(response)
            }
        });
        let activity = Arc::clone(place.activity());
        let io = TokioIo::new(Framed::new(stream, activity, self.framing()));
        let served = http1::Builder::new()
            .max_buf_size(MAX_HEADER)
            .serve_connection(io, service);
        let served = graceful.watch(served);
        let (first, next) = (limits.header_timeout, limits.idle_timeout);
        self.lifecycle.spawn(async move {
            let place = place;
            tokio::pin!(served);
            tokio::select! {
                // Who has asked in time is served, however late that is seen.
                biased;
                _ = &mut served => {}
                () = place.is_needed() => {}
                // One timer for as long as it is open: hyper's would be one for each request.
                () = place.activity().falls_silent(first, next) => {}
            }
        });
    }
}

fn is_of_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Response;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// Without the edge, which would contain a panic.
    #[derive(Clone)]
    struct Bare;

    impl Answers for Bare {
        async fn answer(&self, request: Request<Body>, _peer: IpAddr) -> Response<Body> {
            assert_eq!(request.uri().path(), "/fine");
            Response::new(Body::from("fine"))
        }
    }

    #[tokio::test]
    async fn a_connection_that_crashed_is_a_failed_end() {
        for (path, well) in [("/fine", true), ("/panics", false)] {
            let second = Duration::from_secs(1);
            let server = Server {
                service: Bare,
                sha: "unknown".into(),
                lifecycle: Lifecycle::default(),
                metrics: Metrics::new(),
                limits: ConnectionLimits {
                    header_timeout: second,
                    idle_timeout: second,
                    write_timeout: second,
                    max_connections: 16,
                    drain_delay: Duration::ZERO,
                    drain_timeout: 60 * second,
                },
            };
            let listener = bind(Ipv4Addr::LOCALHOST.into(), 0).expect("a free port");
            let address = listener.local_addr().expect("an address");
            let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
            let serving = tokio::spawn(server.serve(listener, async { drop(stopped.await) }));
            let mut stream = TcpStream::connect(address).await.expect("it listens");
            let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
            stream
                .write_all(request.as_bytes())
                .await
                .expect("it reads");
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            drop(stop);
            assert_eq!(serving.await.expect("it lives on"), well, "{path}");
        }
    }
}
