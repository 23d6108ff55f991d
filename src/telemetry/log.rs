//! Where the log goes: one JSON object a line on stdout, or lines for people.

mod recent;
mod writer;

use std::io::{self, IsTerminal, Write};

use prometheus::IntCounter;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

pub use self::recent::RecentLines;
use crate::domain::doctor::route::Encryption;
use crate::domain::gate::millis;
use crate::domain::observation::{Listener, Observation};
use crate::domain::taxonomy::Code;
use crate::settings::{DatabaseSettings, LogFormat, LogSettings, Settings, variables};
use crate::telemetry::log::writer::{LineQueue, Notice, Sink};
use crate::telemetry::metrics::log_lines_dropped;

/// Notices of the server are foreign text: they quote statements, and whatever a function raises.
const NOTICES_OFF: &str = "sqlx::postgres::notice=off";

/// The log of a process that serves. Dropping it waits for what is still to be written, as long as
/// somebody reads.
#[derive(Debug)]
pub struct Log {
    queue: Option<LineQueue>,
    dropped: IntCounter,
    recent: RecentLines,
}

impl Log {
    /// Counts the lines that were dropped.
    #[must_use]
    pub fn dropped(&self) -> &IntCounter {
        &self.dropped
    }

    /// The last lines that name a code.
    #[must_use]
    pub fn recent(&self) -> RecentLines {
        self.recent.clone()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if let Some(queue) = &self.queue {
            queue.flush();
        }
    }
}

/// Logs what a gate sees: a state that lasts when it begins, when it changes and when it ends.
#[derive(Debug, Clone, Copy)]
pub struct CheckLog;

impl Listener for CheckLog {
    fn observed(&self, now: &Observation, before: Option<&Observation>) {
        let Observation {
            check, request_id, ..
        } = now;
        let latency_ms = millis(now.latency);
        match (&now.fault, before.map(|last| (&last.fault, last))) {
            (Some(fault), Some((Some(was), _)))
                if was.code == fault.code && was.causes == fault.causes => {}
            (Some(fault), _) => tracing::error!(
                check,
                code = %fault.code,
                request_id,
                cause = (!fault.causes.is_empty()).then(|| fault.causes.join(": ")),
                latency_ms,
                next_attempt_at = now.next_attempt.map(|next| format!("{:.3}", next.at)),
                "{}",
                fault.detail
            ),
            (None, Some((Some(was), last))) => tracing::info!(
                check,
                code = %was.code,
                request_id,
                latency_ms,
                failed_since = %format_args!("{:.3}", last.since),
                failures = last.consecutive_failures,
                "the check passes again"
            ),
            (None, None) => {
                tracing::info!(check, request_id, latency_ms, "the check passes");
            }
            (None, Some((None, _))) => {}
        }
    }
}

/// Starts the log, and sends panics into it.
#[must_use]
pub fn init(settings: &LogSettings) -> Log {
    let dropped = log_lines_dropped();
    let recent = RecentLines::default();
    let queue = match start(settings, &dropped, &recent) {
        Ok(queue) => Some(queue),
        Err(error) => {
            // Not `eprintln!`, which panics where stderr is broken, too.
            let _ = writeln!(io::stderr(), "dragonfly-ops: no log: {error}");
            None
        }
    };
    // What a panic says may hold anything; where it happened does not. The hook itself cannot panic:
    // the queue takes a line or drops it.
    std::panic::set_hook(Box::new(|panic| {
        let location = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(code = "DFE-INT-001", location, "panicked");
    }));
    Log {
        queue,
        dropped,
        recent,
    }
}

fn start(
    settings: &LogSettings,
    dropped: &IntCounter,
    recent: &RecentLines,
) -> Result<LineQueue, Box<dyn std::error::Error>> {
    let text = Notice::default();
    let notice = dispatch(settings, text.clone());
    let queue = LineQueue::start(Sink::stdout()?, dropped.clone(), move |lines| {
        tracing::dispatcher::with_default(&notice, || {
            let were = if lines == 1 {
                "line of the log was"
            } else {
                "lines of the log were"
            };
            tracing::warn!(lines, "{lines} {were} dropped");
        });
        text.take()
    })?;
    let queue = queue.seen_by(recent.clone());
    dispatch(settings, queue.clone()).try_init()?;
    Ok(queue)
}

fn dispatch<W>(settings: &LogSettings, writer: W) -> tracing::Dispatch
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let mut filter =
        EnvFilter::try_new(&settings.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    if let Ok(silence) = NOTICES_OFF.parse() {
        filter = filter.add_directive(silence);
    }
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // It would go to stderr, and panic where that is broken.
        .log_internal_errors(false)
        .with_writer(writer);
    match settings.format {
        // Railway reads `level` and `message` at the top level.
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .finish()
            .into(),
        LogFormat::Pretty => builder
            .with_target(false)
            // A file and a pipe take them for text.
            .with_ansi(io::stdout().is_terminal())
            .finish()
            .into(),
    }
}

/// Says every mistake in the settings, together, and what nobody can do with them.
pub fn faults(settings: &Settings) {
    for fault in &settings.faults {
        tracing::error!(code = %fault.code, "{}", fault.detail);
    }
    for (name, database) in [
        (variables::DATABASE_URL.name, &settings.database),
        (variables::DATABASE_DIRECT_URL.name, &settings.migration),
    ] {
        let route = database.as_ref().map(DatabaseSettings::route);
        if route.is_ok_and(|route| !route.is_private && route.encryption == Encryption::Optional) {
            tracing::warn!(
                code = %Code::NetTls,
                "the sslmode in {name} leaves it to whoever answers whether the password travels encrypted"
            );
        }
    }
    // Once: it is so for everybody who asks, and lasts.
    if !settings.access.has_operator() {
        tracing::warn!(
            code = "DFE-CFG-001",
            "{} holds no token: nobody can order anything over HTTP",
            variables::OPS_TOKEN.name
        );
    }
}
