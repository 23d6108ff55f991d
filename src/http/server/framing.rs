//! Gives a body to the answers that hyper writes by itself, and an end to a peer's not reading them; and
//! lets a peer that is still sending read its answer.
//!
//! # Design notes
//!
//! A request that is not HTTP, or whose header is too large, never reaches the router: hyper
//! answers 400 or 431 with an empty body and closes. A caller is promised a problem, so the bare
//! answer is replaced on its way out. That is safe: such an answer is only written while no request
//! of the connection is in the service, and it is the last one.
//!
//! hyper has no time limit on a write: who asks and never reads would hold the connection for good.
//! The limit is on a write without any progress, so that a slow line is none.
//!
//! A request that is refused before all of it was read leaves its peer sending. If the connection were
//! closed then, the kernel would answer what comes with a reset, and the peer would see a broken pipe in
//! place of why it was refused (RFC 9112, 9.6). So only our side is closed, and what still comes is
//! thrown away, until the peer closes, for [`LINGER`] at most, and hardly at all where the process is on its
//! way out: nobody is being served.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;
use ulid::Ulid;

use crate::domain::lifecycle::Lifecycle;
use crate::http::json;
use crate::http::server::connections::ConnectionActivity;
use crate::http::time::Time;
use crate::telemetry::metrics::{Metrics, NO_ROUTE};

/// How long a peer may go on sending after its answer, at most.
const LINGER: Duration = Duration::from_secs(10);
/// What every answer of the router carries.
const OWN: &[u8] = b"\r\nx-request-id:";

/// What all connections have in common.
#[derive(Debug, Clone)]
pub(super) struct Framing {
    /// The commit, for answers that never reach the router.
    pub(super) sha: Arc<str>,
    /// What is counted.
    pub(super) metrics: Metrics,
    /// How long a write may wait for the peer to take anything.
    pub(super) write_timeout: Duration,
    /// Who says that the process is on its way out.
    pub(super) lifecycle: Lifecycle,
    /// How long a peer may go on sending after its answer then.
    pub(super) last_words: Duration,
}

impl Framing {
    /// For how long a peer may go on sending.
    async fn linger(self) {
        let told = async {
            self.lifecycle.draining().await;
            tokio::time::sleep(self.last_words).await;
        };
        // Whichever is over first.
        let _ = tokio::time::timeout(LINGER, told).await;
    }
}

/// A connection whose bare error answers become problems, and whose peer has to read.
pub(super) struct Framed {
    inner: TcpStream,
    activity: Arc<ConnectionActivity>,
    framing: Framing,
    pending: Vec<u8>,
    /// Runs while the peer takes no bytes.
    patience: Option<Pin<Box<Sleep>>>,
    /// Runs while our side is closed and the peer may still send.
    linger: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Framed {
    /// What was accepted, framed so.
    pub(super) fn new(
        inner: TcpStream,
        activity: Arc<ConnectionActivity>,
        framing: Framing,
    ) -> Self {
        Self {
            inner,
            activity,
            framing,
            pending: Vec::new(),
            patience: None,
            linger: None,
        }
    }

    /// The problem in place of a bare answer, if it is one.
    fn replacement(&self, written: &[u8]) -> Option<Vec<u8>> {
        if !self.activity.is_quiet() {
            return None;
        }
        let status = written
            .strip_prefix(b"HTTP/1.1 ")
            .or_else(|| written.strip_prefix(b"HTTP/1.0 "))?
            .get(..3)?;
        let status = StatusCode::from_bytes(status).ok()?;
        let detail = match status {
            StatusCode::BAD_REQUEST => "What was sent is no HTTP request.",
            StatusCode::URI_TOO_LONG => "The request's URI is too long.",
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "The request's header is too large.",
            _ => return None,
        };
        // An answer of the router is no bare one: each of them has an id.
        if written
            .windows(OWN.len())
            .any(|part| part.eq_ignore_ascii_case(OWN))
        {
            return None;
        }
        let nowhere = self.framing.metrics.route(NO_ROUTE);
        nowhere.answered(status.as_str(), Duration::ZERO);
        let request_id = Ulid::generate().to_string();
        let body = json::line(&serde_json::json!({
            "type": "about:blank",
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "detail": detail,
            "request_id": request_id,
            "timestamp": Time::now(),
        }));
        let mut answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\n\
             cache-control: no-store\r\nx-request-id: {request_id}\r\nx-dragonfly-sha: {}\r\nconnection: close\r\n\r\n",
            body.len(),
            self.framing.sha
        )
        .into_bytes();
        answer.extend_from_slice(&body);
        Some(answer)
    }

    fn poll_pending(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.pending.is_empty() {
            let polled = Pin::new(&mut self.inner).poll_write(cx, &self.pending);
            let written = ready!(self.poll_progress(cx, polled))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.pending.drain(..written);
        }
        Poll::Ready(Ok(()))
    }

    /// Fails a write that waits for too long.
    fn poll_progress(
        &mut self,
        cx: &mut Context<'_>,
        polled: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if polled.is_ready() {
            self.patience = None;
            self.activity.wrote();
            return polled;
        }
        let (activity, timeout) = (&self.activity, self.framing.write_timeout);
        let patience = self.patience.get_or_insert_with(|| {
            activity.blocks();
            Box::pin(tokio::time::sleep(timeout))
        });
        ready!(patience.as_mut().poll(cx));
        self.framing.metrics.let_go("unread");
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Drop for Framed {
    fn drop(&mut self) {
        if self.patience.is_some() {
            // What the peer does not read would otherwise stay with the kernel, for minutes.
            let _ = self.inner.set_zero_linger();
        }
    }
}

impl AsyncRead for Framed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        self.activity.reads();
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Framed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_pending(cx))?;
        match self.replacement(buf) {
            Some(answer) => {
                self.pending = answer;
                self.activity.leaves_unread();
                Poll::Ready(Ok(buf.len()))
            }
            None => {
                let polled = Pin::new(&mut self.inner).poll_write(cx, buf);
                self.poll_progress(cx, polled)
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_pending(cx))?;
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.linger.is_none() {
            ready!(this.poll_pending(cx))?;
            ready!(Pin::new(&mut this.inner).poll_shutdown(cx))?;
            if !this.activity.is_unread() {
                return Poll::Ready(Ok(()));
            }
        }
        let framing = &this.framing;
        let linger = this
            .linger
            .get_or_insert_with(|| Box::pin(framing.clone().linger()));
        let mut scrap = [0; 4096];
        while linger.as_mut().poll(cx).is_pending() {
            let mut scrap = ReadBuf::new(&mut scrap);
            let read = ready!(Pin::new(&mut this.inner).poll_read(cx, &mut scrap));
            if read.is_err() || scrap.filled().is_empty() {
                break;
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;
    use tokio::time::Instant;

    use super::*;
    use crate::http::server::connections::OpenConnections;

    #[tokio::test]
    async fn who_still_sends_is_heard_for_a_while_only() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let none = Duration::ZERO;
        for (is_unread, goes, drains, lingers) in [
            (false, false, false, none),
            (true, true, false, none),
            (true, false, false, LINGER),
            (true, false, true, LINGER / 10),
        ] {
            let mut peer = TcpStream::connect(address).await.expect("it listens");
            let (stream, _) = listener.accept().await.expect("a peer");
            let metrics = Metrics::new();
            let place = OpenConnections::new(16, metrics.clone()).enter();
            let activity = Arc::clone(place.activity());
            if is_unread {
                activity.leaves_unread();
            }
            peer.write_all(b"more").await.expect("it is open");
            let kept = (!goes).then_some(peer);
            let framing = Framing {
                sha: "sha".into(),
                metrics,
                write_timeout: LINGER,
                lifecycle: Lifecycle::default(),
                last_words: LINGER / 10,
            };
            let lifecycle = framing.lifecycle.clone();
            let mut framed = Framed::new(stream, activity, framing);
            tokio::time::pause();
            if drains {
                lifecycle.drain();
            }
            let begun = Instant::now();
            framed.shutdown().await.expect("it is closed");
            let lingered = begun.elapsed();
            assert!(
                lingered >= lingers && lingered < lingers + LINGER / 10,
                "{is_unread} {goes} {drains}: {lingered:?}"
            );
            tokio::time::resume();
            drop(kept);
        }
    }
}
