//! What the service asks beside Postgres: it answers, and does nothing.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark ends with what it spawns"
)]

use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers every connection as a table without rows does. Gives its port.
pub(crate) async fn supabase() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]";
                let _ = stream.write_all(answer).await;
            });
        }
    });
    port
}
