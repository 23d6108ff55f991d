//! `dragonfly-ops serve`

use std::process::ExitCode;

use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

use crate::app::assemble;
use crate::cli::log::{self, Log};
use crate::cli::{UNCHECKED, UNHEALTHY};
use crate::http::server;
use crate::settings::Settings;

/// Serves until SIGTERM or SIGINT.
pub(super) async fn run(settings: &Settings) -> ExitCode {
    let log = log::init(&settings.log);
    log::faults(settings);
    raise_descriptor_limit();
    serve(settings, &log, || {}).await
}

/// Serves; `ready` is called once the listener is open.
pub(super) async fn serve(settings: &Settings, log: &Log, ready: impl FnOnce()) -> ExitCode {
    let stopped = stopped();
    let service = assemble(settings);
    service.metrics.show_log(log.dropped());
    let listener = match server::bind(settings.server.host, settings.server.port) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(code = "DFE-CFG-002", cause = %error, "the address in HOST and PORT cannot be listened on");
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
    let drained = service.serve(listener, stopped).await;
    tracing::info!("stopped");
    if drained {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(UNHEALTHY)
    }
}

/// Resolves at SIGTERM (a deploy) or SIGINT (a terminal). Both are caught from the call on, and not
/// only once somebody waits: a signal before that would end the process without a drain.
fn stopped() -> impl Future<Output = ()> {
    let signals = signal(SignalKind::terminate())
        .and_then(|terminate| Ok((terminate, signal(SignalKind::interrupt())?)));
    async {
        match signals {
            Ok((mut terminate, mut interrupt)) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            }
            Err(error) => {
                tracing::error!(code = "DFE-INT-002", cause = %error, "no signal can be received");
                std::future::pending::<()>().await;
            }
        }
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
