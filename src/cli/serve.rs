//! `dragonfly-ops serve`

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;

use futures_util::FutureExt;
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use crate::app::App;
use crate::cli::exit::{UNCHECKED, UNHEALTHY};
use crate::domain::incident::Channel;
use crate::http::server::{self, Server};
use crate::settings::{ServerSettings, Settings};
use crate::telemetry::log::{self, Log};

/// What stands below the options in the help.
pub(super) const AFTER_HELP: &str = "\
SIGTERM, SIGINT or SIGHUP ends it once what is under way has been answered; the second one at once.

Exit codes:
  0  it ended as it was asked to
  1  it ended by itself
  3  it could not begin: the address is taken or is none of this machine";

/// Serves until SIGTERM, SIGINT or SIGHUP.
pub(super) async fn run(settings: Settings) -> ExitCode {
    let log = log::init(&settings.log);
    log::faults(&settings);
    raise_descriptor_limit();
    serve(&App::new(settings), &log, |_| {}).await
}

/// Serves; `ready` is called with the address once the listener is open. The first signal begins the drain, the second
/// one ends it.
pub(super) async fn serve(app: &Arc<App>, log: &Log, ready: impl FnOnce(SocketAddr)) -> ExitCode {
    let mut signals = match Signals::catch() {
        Ok(signals) => signals,
        Err(error) => {
            tracing::error!(code = "DFE-INT-002", cause = %error, "no signal can be received");
            return ExitCode::from(UNCHECKED);
        }
    };
    let settings = &app.settings;
    let service = Server::new(app);
    app.metrics.show_log(log.dropped());
    app.incidents.show_log(log.recent());
    let ServerSettings { host, port, .. } = settings.server;
    let listener = match server::bind(host, port) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(code = "DFE-CFG-002", address = %SocketAddr::new(host, port), cause = %error, "{}", unbound(&error));
            return ExitCode::from(UNCHECKED);
        }
    };
    let address = listener.local_addr();
    let address = address.unwrap_or_else(|_| SocketAddr::new(host, port));
    tracing::info!(
        %address,
        port = address.port(),
        version = env!("CARGO_PKG_VERSION"),
        git_sha = settings.deployment.git_sha,
        environment = settings.deployment.environment,
        "listening"
    );
    app.lifecycle.spawn(Arc::clone(app).keep_watch());
    app.lifecycle.spawn(Arc::clone(app).keep_history());
    app.lifecycle.spawn(Arc::clone(app).keep_incidents());
    app.lifecycle.spawn(Arc::clone(app).keep_evidence());
    app.lifecycle.spawn(Arc::clone(app).keep_remedies());
    app.lifecycle.spawn(Arc::clone(app).keep_all_clear());
    for channel in Channel::ALL {
        app.lifecycle.spawn(Arc::clone(app).keep_telling(channel));
    }
    app.lifecycle.spawn(Arc::clone(app).keep_heartbeat());
    app.lifecycle
        .spawn(Arc::clone(app).keep_reading_vendor_pages());
    app.lifecycle.spawn(Arc::clone(app).keep_watching_railway());
    app.lifecycle.spawn(Arc::clone(app).keep_watching_n8n());
    ready(address);
    let (stop, stopped) = oneshot::channel::<()>();
    let mut serving = pin!(service.serve(listener, stopped.map(drop)));
    let first = tokio::select! {
        well = &mut serving => return ended(well),
        signal = signals.next() => signal,
    };
    tracing::info!(signal = name(first), "asked to stop");
    drop(stop);
    tokio::select! {
        well = &mut serving => ended(well),
        second = signals.next() => {
            tracing::warn!(
                code = "DFE-INT-003",
                signal = name(second),
                "a second signal: ending at once, requests in flight are cut"
            );
            ExitCode::from(killed_by(second))
        }
    }
}

fn ended(well: bool) -> ExitCode {
    tracing::info!("stopped");
    if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(UNHEALTHY)
    }
}

/// Which variable is wrong, and how.
fn unbound(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::AddrNotAvailable => {
            "HOST is not valid: it is no address of this machine; :: listens on all that it has"
        }
        ErrorKind::AddrInUse => "PORT is not free: another process listens there",
        ErrorKind::PermissionDenied => {
            "PORT is not allowed: this user may not listen on ports as low as that"
        }
        _ => "HOST and PORT are no address that can be listened on",
    }
}

/// The signals that end the process: SIGTERM (a deploy), SIGINT (a terminal) and SIGHUP (a terminal that is gone).
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// Nothing where whoever started it has it ignored, as `nohup` does.
    hangup: Option<Signal>,
}

impl Signals {
    /// Catches them from now on, and not only once somebody waits: a signal before that would end the
    /// process without a drain.
    fn catch() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: match is_hangup_ignored() {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            },
        })
    }

    async fn next(&mut self) -> SignalKind {
        tokio::select! {
            _ = self.terminate.recv() => SignalKind::terminate(),
            _ = self.interrupt.recv() => SignalKind::interrupt(),
            Some(()) = async { self.hangup.as_mut()?.recv().await } => SignalKind::hangup(),
        }
    }
}

/// Whether SIGHUP was ignored before this process began. Linux says so; elsewhere it is not known.
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    ignored.is_some_and(|bits| bits & 1 == 1)
}

fn name(signal: SignalKind) -> &'static str {
    match signal {
        signal if signal == SignalKind::terminate() => "SIGTERM",
        signal if signal == SignalKind::hangup() => "SIGHUP",
        _ => "SIGINT",
    }
}

/// The exit code of who is ended by a signal, as shells have it.
fn killed_by(signal: SignalKind) -> u8 {
    u8::try_from(signal.as_raw_value()).map_or(UNHEALTHY, |number| 128 | number)
}

/// As many connections as the system allows: the soft limit is often 1024, fewer than the service
/// is made for.
fn raise_descriptor_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!(cause = %error, "the limit of open files stays as it is");
    }
}
