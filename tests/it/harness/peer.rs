//! A peer that fails in chosen ways.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// What a table without rows is answered with.
pub(crate) const NO_ROWS: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]";

/// A peer that answers every connection with the same bytes, after having read a request.
pub(crate) struct Peer {
    pub port: u16,
    pub connections: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Clone, Copy)]
pub(crate) enum Manner {
    /// Sends the bytes and closes.
    Answer,
    /// Sends the bytes and then one more byte now and then, for good.
    Trickle,
    /// Sends the bytes and then nothing more, without closing.
    Hold,
    /// Sends the bytes and resets the connection.
    Reset,
    /// Accepts and stays silent.
    Silent,
}

impl Peer {
    pub(crate) async fn start(bytes: String, manner: Manner) -> Self {
        Self::of(bytes.into_bytes(), manner).await
    }

    pub(crate) async fn of(bytes: Vec<u8>, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let connections = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let bytes = bytes.clone();
                open.spawn(async move {
                    let mut request = [0; 4096];
                    let _ = stream.read(&mut request).await;
                    if !matches!(manner, Manner::Silent) {
                        let _ = stream.write_all(&bytes).await;
                    }
                    if matches!(manner, Manner::Silent | Manner::Hold) {
                        // Until the other end closes.
                        while stream.read(&mut request).await.is_ok_and(|read| read > 0) {}
                        return;
                    }
                    if matches!(manner, Manner::Reset) {
                        let _ = stream.set_zero_linger();
                        return;
                    }
                    if matches!(manner, Manner::Trickle) {
                        loop {
                            tokio::time::sleep(Duration::from_millis(50)).await;
                            if stream.write_all(b" ").await.is_err() {
                                break;
                            }
                        }
                    }
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self {
            port,
            connections,
            task,
        }
    }

    /// An HTTP answer.
    pub(crate) async fn http(status: &str, headers: &str, body: &str) -> Self {
        let bytes = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        Self::start(bytes, Manner::Answer).await
    }

    pub(crate) fn seen(&self) -> u64 {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
