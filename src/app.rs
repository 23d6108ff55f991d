//! The composition root: the one file that names every layer.

use std::sync::Arc;

use axum::Router;
use jiff::Timestamp;

use crate::adapters::postgres::activity::ActivityProbe;
use crate::adapters::postgres::probe::PostgresProbe;
use crate::adapters::postgres::session::Database;
use crate::adapters::supabase::probe::SupabaseProbe;
use crate::domain::gate::{Gate, Limits};
use crate::domain::lifecycle::Lifecycle;
use crate::http::{self, Service, server};
use crate::settings::Settings;

/// The service, put together: settings, adapters, gates, routes.
#[derive(Debug)]
pub struct App {
    /// The routes and what surrounds them.
    pub router: Router,
    /// The latch that turns readiness red.
    pub lifecycle: Lifecycle,
    /// What connections may do.
    pub limits: server::Limits,
}

impl App {
    /// Puts the service together. Nothing is connected before the first request.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let database = settings
            .database
            .clone()
            .and_then(|database| Database::new(&database, settings.redactor.clone()));
        let health = settings.health;
        let limits = |timeout| Limits {
            timeout,
            freshness: health.freshness,
        };
        let lifecycle = Lifecycle::default();
        let supabase = SupabaseProbe::new(settings.supabase.clone(), settings.redactor.clone());
        let activity = ActivityProbe::new(database.clone(), health.ops_timeout);
        let service = Service {
            db: Gate::new(
                "db",
                PostgresProbe::new(database),
                limits(health.db_timeout),
            ),
            supabase: Gate::new("supabase", supabase, limits(health.supabase_timeout)),
            ops: Gate::new("ops", activity, limits(health.ops_timeout)),
            lifecycle: lifecycle.clone(),
            deployment: Arc::new(settings.deployment.clone()),
            access: settings.access.clone(),
            started_at: Timestamp::now(),
        };
        let server = &settings.server;
        Self {
            router: http::router(service, server.cors_origins.as_deref()),
            lifecycle,
            limits: server::Limits {
                header_timeout: server.header_timeout,
                idle_timeout: server.idle_timeout,
                max_connections: server.max_connections,
                drain_delay: server.drain_delay,
                drain_timeout: server.drain_timeout,
            },
        }
    }
}
