//! Every route, once: the router and the `OpenAPI` document are both made of this table.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::domain::taxonomy::Code;
use crate::http::{Service, actions, checks, errors, health, index, metrics, openapi, ops};

/// What is behind a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// What this is, and where everything else is.
    Index,
    /// The process is up.
    Health,
    /// Postgres answers.
    Db,
    /// Supabase's REST API answers.
    Supabase,
    /// Both of them.
    Ready,
    /// What runs here.
    Version,
    /// What goes on in the database.
    Ops,
    /// The taxonomy.
    Errors,
    /// One code of the taxonomy.
    ErrorCode,
    /// This API's description.
    OpenApi,
    /// What is counted.
    Metrics,
    /// Pause the job queue.
    PauseQueue,
    /// Resume the job queue.
    ResumeQueue,
    /// Make `PostgREST` read the schema again.
    ReloadSchema,
    /// Restart a service of workers.
    RestartService,
}

/// Every path and what is behind it.
pub const ROUTES: &[(&str, Endpoint)] = &[
    ("/", Endpoint::Index),
    ("/api/health", Endpoint::Health),
    ("/api/health/db", Endpoint::Db),
    ("/api/health/supabase", Endpoint::Supabase),
    ("/api/health/ready", Endpoint::Ready),
    ("/api/health/version", Endpoint::Version),
    ("/api/health/ops", Endpoint::Ops),
    ("/livez", Endpoint::Health),
    ("/health", Endpoint::Health),
    ("/readyz", Endpoint::Ready),
    ("/api/readyz", Endpoint::Ready),
    ("/api/version", Endpoint::Version),
    ("/errors", Endpoint::Errors),
    ("/errors/{code}", Endpoint::ErrorCode),
    ("/openapi.json", Endpoint::OpenApi),
    ("/metrics", Endpoint::Metrics),
    ("/api/ops/queue/pause", Endpoint::PauseQueue),
    ("/api/ops/queue/resume", Endpoint::ResumeQueue),
    ("/api/ops/schema/reload", Endpoint::ReloadSchema),
    (
        "/api/ops/workers/{service}/restart",
        Endpoint::RestartService,
    ),
];

/// What asking Postgres can fail with.
const DATABASE_CODES: &[Code] = &[
    Code::ConfigMissing,
    Code::ConfigInvalid,
    Code::ConfigFileMissing,
    Code::DbConnection,
    Code::DbTimeout,
    Code::DbTransaction,
    Code::DbPoolExhausted,
    Code::DbIntegrity,
    Code::NetTls,
    Code::AuthForbidden,
    Code::ValSchema,
    Code::ValData,
    Code::Internal,
    Code::ResourceExhausted,
];

/// What asking Supabase can fail with.
const SUPABASE_CODES: &[Code] = &[
    Code::ConfigMissing,
    Code::ConfigInvalid,
    Code::ConfigFileMissing,
    Code::NetTimeout,
    Code::NetRefused,
    Code::NetDns,
    Code::NetTls,
    Code::VendorSupabase,
    Code::VendorRateLimited,
    Code::AuthInvalid,
    Code::AuthForbidden,
    Code::ValSchema,
    Code::Internal,
];

/// What an order can be refused with.
const ACTION_CODES: &[Code] = &[
    Code::ConfigMissing,
    Code::ConfigInvalid,
    Code::AuthMissing,
    Code::AuthInvalid,
    Code::AuthForbidden,
    Code::ValInput,
    Code::Internal,
    Code::Cancelled,
];

/// What asking Railway can fail with.
const RAILWAY_CODES: &[Code] = &[
    Code::NetTimeout,
    Code::NetRefused,
    Code::NetDns,
    Code::NetTls,
    Code::VendorRailway,
    Code::VendorRateLimited,
];

impl Endpoint {
    /// One line for people.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Index => "What this is, and where everything else is",
            Self::Health => "The process is up",
            Self::Db => "Postgres answers SELECT 1",
            Self::Supabase => "Supabase's REST API answers a one-row read",
            Self::Ready => "Postgres and Supabase both answer, and the process is not draining",
            Self::Version => "Name, version, commit and deployment of what runs here",
            Self::Ops => "Workers, job queue, connections, long-running sessions and lock trees",
            Self::Errors => "Every error code",
            Self::ErrorCode => "What an error code means, and what to do",
            Self::OpenApi => "The description of this API",
            Self::Metrics => "What is counted, in the text format of Prometheus",
            Self::PauseQueue => "Hold the jobs that are pending, and those that arrive",
            Self::ResumeQueue => "Lift a pause: exactly what it holds is pending again",
            Self::ReloadSchema => "Make PostgREST read the schema again, and look whether it did",
            Self::RestartService => "Restart a service of workers, and wait for its heartbeat",
        }
    }

    /// The codes that a failed check may carry; none where nothing is checked.
    #[must_use]
    pub fn codes(self) -> Vec<Code> {
        match self {
            Self::Db | Self::Ops => DATABASE_CODES.to_vec(),
            Self::Supabase => SUPABASE_CODES.to_vec(),
            Self::Ready => {
                let mut codes = [DATABASE_CODES, SUPABASE_CODES, &[Code::Cancelled]].concat();
                codes.sort_unstable();
                codes.dedup();
                codes
            }
            Self::PauseQueue | Self::ResumeQueue => [ACTION_CODES, DATABASE_CODES].concat(),
            Self::ReloadSchema => [ACTION_CODES, DATABASE_CODES, SUPABASE_CODES].concat(),
            Self::RestartService => [ACTION_CODES, DATABASE_CODES, RAILWAY_CODES].concat(),
            Self::Index
            | Self::Health
            | Self::Version
            | Self::Errors
            | Self::ErrorCode
            | Self::OpenApi
            | Self::Metrics => Vec::new(),
        }
    }

    /// Whether something is done here: it is asked for with POST, and takes the operator's token.
    #[must_use]
    pub const fn is_action(self) -> bool {
        matches!(
            self,
            Self::PauseQueue | Self::ResumeQueue | Self::ReloadSchema | Self::RestartService
        )
    }

    /// Whether a token shows more here, so that a wrong one is refused.
    #[must_use]
    pub const fn takes_token(self) -> bool {
        matches!(self, Self::Db | Self::Supabase | Self::Ready | Self::Ops)
    }
}

/// A router with those routes of the table whose endpoint `is_meant`.
pub(super) fn router(is_meant: impl Fn(Endpoint) -> bool) -> Router<Arc<Service>> {
    ROUTES
        .iter()
        .filter(|(_, endpoint)| is_meant(*endpoint))
        .fold(Router::new(), |router, (path, endpoint)| {
            let handler = match endpoint {
                Endpoint::Index => get(index::index),
                Endpoint::Health => get(health::health),
                Endpoint::Db => get(checks::db),
                Endpoint::Supabase => get(checks::supabase),
                Endpoint::Ready => get(checks::ready),
                Endpoint::Version => get(health::version),
                Endpoint::Ops => get(ops::ops),
                Endpoint::Errors => get(errors::list),
                Endpoint::ErrorCode => get(errors::show),
                Endpoint::OpenApi => get(openapi::serve),
                Endpoint::Metrics => get(metrics::metrics),
                Endpoint::PauseQueue => post(actions::pause),
                Endpoint::ResumeQueue => post(actions::resume),
                Endpoint::ReloadSchema => post(actions::reload_schema),
                Endpoint::RestartService => post(actions::restart),
            };
            router.route(path, handler)
        })
}
