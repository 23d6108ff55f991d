//! The composition root: the one file that names every layer.

use std::sync::Arc;

use jiff::Timestamp;

use crate::adapters::actions::Actions;
use crate::adapters::postgres::activity::ActivityProbe;
use crate::adapters::postgres::probe::PostgresProbe;
use crate::adapters::postgres::session::Database;
use crate::adapters::supabase::probe::SupabaseProbe;
use crate::domain::attempts::Attempts;
use crate::domain::gate::{Gate, Limits};
use crate::domain::lifecycle::Lifecycle;
use crate::domain::observation::Listener;
use crate::http::server::{self, Server};
use crate::http::{self, Service};
use crate::settings::Settings;
use crate::telemetry::log::CheckLog;
use crate::telemetry::metrics::{CheckMetrics, Metrics};

/// Puts the service together: settings, adapters, gates, routes. Nothing is connected before the
/// first request.
#[must_use]
pub fn assemble(settings: &Settings) -> Server {
    let metrics = Metrics::new();
    metrics.describe(&settings.deployment);
    let [db, supabase, ops] = ["db", "supabase", "ops"].map(|name| metrics.check(name));
    let redactor = &settings.redactor;
    let database = settings
        .database
        .clone()
        .and_then(|database| Database::new(&database, redactor.clone()));
    let counted = |check: &CheckMetrics| {
        database
            .clone()
            .map(|database| database.counted_by(check.traffic()))
    };
    let health = settings.health;
    let limits = |timeout| Limits {
        timeout,
        freshness: health.freshness,
    };
    let listeners =
        |metrics| -> Vec<Box<dyn Listener>> { vec![Box::new(CheckLog), Box::new(metrics)] };
    let lifecycle = Lifecycle::default();
    let rest = SupabaseProbe::new(
        settings.supabase.clone(),
        redactor.clone(),
        supabase.traffic(),
    );
    let activity = ActivityProbe::new(counted(&ops), health.ops_timeout);
    let service = Service {
        db: Gate::new(
            "db",
            PostgresProbe::new(counted(&db)),
            limits(health.db_timeout),
            listeners(db),
        ),
        supabase: Gate::new(
            "supabase",
            rest,
            limits(health.supabase_timeout),
            listeners(supabase),
        ),
        ops: Gate::new("ops", activity, limits(health.ops_timeout), listeners(ops)),
        lifecycle: lifecycle.clone(),
        metrics: metrics.clone(),
        deployment: settings.deployment.clone(),
        access: settings.access.clone(),
        attempts: Attempts::default(),
        trusted_proxies: settings.server.trusted_proxies.clone(),
        target: settings.target.clone(),
        actions: Arc::new(Actions::new(settings, database.clone())),
        started_at: Timestamp::now(),
    };
    let server = &settings.server;
    Server {
        router: http::router(service, server.cors_origins.as_deref()),
        sha: settings.deployment.git_sha.as_str().into(),
        lifecycle,
        metrics,
        limits: server::Limits {
            header_timeout: server.header_timeout,
            idle_timeout: server.idle_timeout,
            write_timeout: server.write_timeout,
            max_connections: server.max_connections,
            drain_delay: server.drain_delay,
            drain_timeout: server.drain_timeout,
        },
    }
}
