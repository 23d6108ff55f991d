//! Gives a body to the answers that hyper writes by itself.
//!
//! # Design notes
//!
//! A request that is not HTTP, or whose header is too large, never reaches the router: hyper
//! answers 400 or 431 with an empty body and closes. A caller is promised a problem, so the bare
//! answer is replaced on its way out. That is safe: such an answer is only written while no request
//! of the connection is in the service, and it is the last one.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use ulid::Ulid;

use crate::domain::metrics::{Metrics, NO_ROUTE};
use crate::http::problem::json_line;
use crate::http::time::Time;

/// What every answer of the router carries.
const OWN: &[u8] = b"\r\nx-request-id:";

/// How many requests of a connection are in the service, and how many have been.
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// Now.
    pub(super) in_flight: AtomicUsize,
    /// Since the connection was opened.
    pub(super) seen: AtomicUsize,
}

/// A connection whose bare error answers become problems.
#[derive(Debug)]
pub(super) struct Framed<T> {
    inner: T,
    activity: Arc<Activity>,
    sha: Arc<str>,
    metrics: Metrics,
    pending: Vec<u8>,
}

impl<T> Framed<T> {
    pub(super) fn new(inner: T, activity: Arc<Activity>, sha: Arc<str>, metrics: Metrics) -> Self {
        Self {
            inner,
            activity,
            sha,
            metrics,
            pending: Vec::new(),
        }
    }

    /// The problem in place of a bare answer, if it is one.
    fn replacement(&self, written: &[u8]) -> Option<Vec<u8>> {
        if self.activity.in_flight.load(Ordering::Acquire) > 0 {
            return None;
        }
        let status = written
            .strip_prefix(b"HTTP/1.1 ")
            .or_else(|| written.strip_prefix(b"HTTP/1.0 "))?
            .get(..3)?;
        let (status, title, detail) = match status {
            b"400" => (400, "Bad Request", "What was sent is no HTTP request."),
            b"414" => (414, "URI Too Long", "The request's URI is too long."),
            b"431" => (
                431,
                "Request Header Fields Too Large",
                "The request's header is too large.",
            ),
            _ => return None,
        };
        // An answer of the router is no bare one: each of them has an id.
        if written
            .windows(OWN.len())
            .any(|part| part.eq_ignore_ascii_case(OWN))
        {
            return None;
        }
        self.metrics
            .answered(NO_ROUTE, &status.to_string(), Duration::ZERO);
        let request_id = Ulid::generate().to_string();
        let body = json_line(&serde_json::json!({
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": detail,
            "request_id": request_id,
            "timestamp": Time::now(),
        }));
        let mut answer = format!(
            "HTTP/1.1 {status} {title}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\n\
             cache-control: no-store\r\nx-request-id: {request_id}\r\nx-dragonfly-sha: {}\r\nconnection: close\r\n\r\n",
            body.len(),
            self.sha
        )
        .into_bytes();
        answer.extend_from_slice(&body);
        Some(answer)
    }
}

impl<T: AsyncWrite + Unpin> Framed<T> {
    fn poll_pending(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.pending.is_empty() {
            let written = ready!(Pin::new(&mut self.inner).poll_write(cx, &self.pending))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.pending.drain(..written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Framed<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Framed<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_pending(cx))?;
        match self.replacement(buf) {
            Some(answer) => {
                self.pending = answer;
                Poll::Ready(Ok(buf.len()))
            }
            None => Pin::new(&mut self.inner).poll_write(cx, buf),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_pending(cx))?;
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_pending(cx))?;
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
