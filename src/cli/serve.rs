//! `dragonfly-ops serve`

use std::io::{self, ErrorKind};
use std::process::ExitCode;

use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::app::assemble;
use crate::cli::log::{self, Log};
use crate::cli::{UNCHECKED, UNHEALTHY};
use crate::http::server;
use crate::settings::Settings;

/// Serves until SIGTERM or SIGINT, then finishes what is in flight; a second signal ends that at once.
pub(super) async fn run(settings: &Settings) -> ExitCode {
    let log = log::init(&settings.log);
    log::faults(settings);
    raise_descriptor_limit();
    serve(settings, &log, || {}).await
}

/// Serves; `ready` is called once the listener is open.
pub(super) async fn serve(settings: &Settings, log: &Log, ready: impl FnOnce()) -> ExitCode {
    let signals = Signals::catch();
    let service = assemble(settings);
    service.metrics.show_log(log.dropped());
    let listener = match server::bind(settings.server.host, settings.server.port) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(code = "DFE-CFG-002", cause = %error, "{}", unbound(&error));
            return ExitCode::from(UNCHECKED);
        }
    };
    if let Ok(address) = listener.local_addr() {
        tracing::info!(
            %address,
            port = address.port(),
            version = env!("CARGO_PKG_VERSION"),
            git_sha = settings.deployment.git_sha,
            environment = settings.deployment.environment,
            "listening"
        );
    }
    ready();
    let is_clean = tokio::select! {
        is_clean = service.serve(listener, signals.first.cancelled()) => is_clean,
        () = signals.second.cancelled() => {
            tracing::warn!(
                code = "DFE-INT-003",
                "a second signal: requests in flight were cut"
            );
            false
        }
    };
    tracing::info!("stopped");
    if is_clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(UNHEALTHY)
    }
}

/// SIGTERM (a deploy) and SIGINT (a terminal): the first asks for an end, the second for one at once.
#[derive(Debug, Clone, Default)]
struct Signals {
    first: CancellationToken,
    second: CancellationToken,
}

impl Signals {
    /// Both are caught from this call on, and not only once somebody waits: a signal before that
    /// would end the process without a drain.
    fn catch() -> Self {
        let signals = Self::default();
        let caught = signal(SignalKind::terminate())
            .and_then(|terminate| Ok((terminate, signal(SignalKind::interrupt())?)));
        match caught {
            Ok((mut terminate, mut interrupt)) => {
                let Self { first, second } = signals.clone();
                // Lives as long as the process; it has nothing to finish.
                tokio::spawn(async move {
                    for stage in [first, second] {
                        tokio::select! {
                            _ = terminate.recv() => {}
                            _ = interrupt.recv() => {}
                        }
                        stage.cancel();
                    }
                });
            }
            Err(error) => {
                tracing::error!(code = "DFE-INT-002", cause = %error, "no signal can be received");
            }
        }
        signals
    }
}

/// What is wrong with an address that cannot be listened on.
fn unbound(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::AddrNotAvailable => {
            "HOST is an address that this machine does not have: it has to be one of its own, or :: for all of them"
        }
        ErrorKind::AddrInUse => "PORT is in use: something listens there already",
        ErrorKind::PermissionDenied => "PORT needs rights that this process does not have",
        _ => "the address in HOST and PORT cannot be listened on",
    }
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
