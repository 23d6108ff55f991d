//! `dragonfly-ops healthcheck`: for an image without a shell.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::cli::exit::UNHEALTHY;
use crate::settings::Settings;

/// What stands below the options in the help.
pub(super) const AFTER_HELP: &str = "\
Exit codes:
  0  it answers 200 within 2 s
  1  it does not";

const TIMEOUT: Duration = Duration::from_secs(2);

/// Exit code 0 where `/api/health` on this machine answers 200.
pub(super) async fn run(settings: &Settings) -> ExitCode {
    let host = match settings.server.host {
        host if host.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        host => host,
    };
    let address = SocketAddr::new(host, settings.server.port);
    match tokio::time::timeout(TIMEOUT, ask(address)).await {
        Ok(Ok(true)) => ExitCode::SUCCESS,
        Ok(Ok(false)) => complain(address, "the service answered, but not with 200"),
        Ok(Err(error)) => complain(address, &error.to_string()),
        Err(_) => complain(address, "the service did not answer within 2 s"),
    }
}

async fn ask(address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    stream
        .write_all(b"GET /api/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .await?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await?;
    Ok(answer == *b"HTTP/1.1 200")
}

fn complain(address: SocketAddr, reason: &str) -> ExitCode {
    eprintln!("unhealthy: http://{address}/api/health: {reason}");
    ExitCode::from(UNHEALTHY)
}
