//! A network between the service and its dependency that can be broken in chosen ways.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// What the network does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Network {
    /// Everything passes.
    Open,
    /// Nothing passes, and nothing is closed: the packets are lost.
    BlackHole,
    /// Connections from before are lost; new ones pass.
    FailedOver,
    /// New connections are lost once so many bytes have come back over them.
    LostAfter(usize),
    /// Connections are reset, old ones and new ones.
    Reset,
    /// Each answer takes this much longer.
    Slow(Duration),
}

/// A proxy on a port of its own.
pub(crate) struct Proxy {
    port: u16,
    network: watch::Sender<(Network, u64)>,
    upstream: Arc<AtomicU16>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(upstream: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (network, receiver) = watch::channel((Network::Open, 0));
        let upstream = Arc::new(AtomicU16::new(upstream));
        let leads_to = Arc::clone(&upstream);
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                while connections.try_join_next().is_some() {}
                let upstream = leads_to.load(Ordering::SeqCst);
                connections.spawn(carry(client, upstream, receiver.clone()));
            }
        });
        Self {
            port,
            network,
            upstream,
            task,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// New connections go there from now on.
    pub(crate) fn lead_to(&self, port: u16) {
        self.upstream.store(port, Ordering::SeqCst);
    }

    pub(crate) fn set(&self, network: Network) {
        self.network
            .send_modify(|state| *state = (network, state.1 + 1));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type State = watch::Receiver<(Network, u64)>;

async fn carry(client: TcpStream, upstream: u16, mut state: State) {
    let born = state.borrow_and_update().1;
    if state.borrow().0 == Network::Reset {
        let _ = client.set_zero_linger();
        return;
    }
    let Ok(server) = TcpStream::connect(("127.0.0.1", upstream)).await else {
        let _ = client.set_zero_linger();
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let mut resets = state.clone();
    let reset = async {
        let _ = resets
            .wait_for(|(network, _)| *network == Network::Reset)
            .await;
    };
    let (client_in, client_out) = client.into_split();
    let (server_in, server_out) = server.into_split();
    let over = async {
        tokio::select! {
            () = pump(client_in, server_out, state.clone(), born, false) => {}
            () = pump(server_in, client_out, state.clone(), born, true) => {}
        }
    };
    tokio::select! {
        () = over => {}
        () = reset => {}
    }
}

/// Carries bytes one way. A lost connection keeps being read, as a network would not push back
/// either, until its end is closed by who gave up.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    state: State,
    born: u64,
    answers: bool,
) {
    let mut buffer = vec![0; 16 * 1024];
    let mut carried = 0;
    loop {
        let read = match from.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => read,
        };
        let (network, now) = *state.borrow();
        let passes = match network {
            Network::BlackHole => 0,
            Network::FailedOver if born < now => 0,
            Network::LostAfter(limit) if answers => limit.saturating_sub(carried).min(read),
            Network::Slow(delay) if answers => {
                tokio::time::sleep(delay).await;
                read
            }
            Network::Open
            | Network::Reset
            | Network::FailedOver
            | Network::LostAfter(_)
            | Network::Slow(_) => read,
        };
        carried += read;
        if passes > 0 && to.write_all(&buffer[..passes]).await.is_err() {
            return;
        }
    }
}
