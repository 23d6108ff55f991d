//! Where the log goes: one JSON object a line on stdout, or lines for people.

use tracing_subscriber::EnvFilter;

use crate::domain::doctor::route::Encryption;
use crate::domain::taxonomy::Code;
use crate::settings::{DatabaseSettings, LogFormat, LogSettings, Settings, variables};

/// Notices of the server are foreign text: they quote statements, and whatever a function raises.
const NOTICES_OFF: &str = "sqlx::postgres::notice=off";

/// Starts the log, and sends panics into it.
pub(super) fn init(settings: &LogSettings) {
    let mut filter =
        EnvFilter::try_new(&settings.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    if let Ok(silence) = NOTICES_OFF.parse() {
        filter = filter.add_directive(silence);
    }
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
    for (variable, database) in [
        (&variables::DATABASE_URL, &settings.database),
        (&variables::DATABASE_DIRECT_URL, &settings.migration),
    ] {
        let route = database.as_ref().map(DatabaseSettings::route);
        if route.is_ok_and(|route| !route.is_private && route.encryption == Encryption::Optional) {
            tracing::warn!(
                code = %Code::NetTls,
                "the sslmode in {} leaves it to whoever answers whether the password travels encrypted",
                variable.name
            );
        }
    }
}
