//! Where the log goes: one JSON object a line on stdout, or lines for people.

use tracing_subscriber::EnvFilter;

use crate::settings::{LogFormat, LogSettings, Settings};

/// Starts the log, and sends panics into it.
pub(super) fn init(settings: &LogSettings) {
    let filter = EnvFilter::try_new(&settings.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stdout);
    let started = match settings.format {
        // Railway reads `level` and `message` at the top level.
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .try_init(),
        LogFormat::Pretty => builder.with_target(false).try_init(),
    };
    if let Err(error) = started {
        eprintln!("dragonfly-ops: no log: {error}");
    }
    // What a panic says may hold anything; where it happened does not.
    std::panic::set_hook(Box::new(|panic| {
        let location = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(code = "DFE-INT-001", location, "panicked");
    }));
}

/// Says every mistake in the settings, together.
pub(super) fn faults(settings: &Settings) {
    for fault in &settings.faults {
        tracing::error!(code = %fault.code, "{}", fault.detail);
    }
}
