//! `/api/health` and `/api/health/version`: what the process knows of itself. They touch nothing,
//! ever.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::deployment::Deployment;
use crate::domain::gate::millis;
use crate::http::Service;
use crate::http::context::Context;
use crate::http::problem::json_line;
use crate::http::time::Time;

/// What every answer that passes has in common.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Passed {
    /// Always `ok`.
    #[schema(value_type = String, examples("ok"))]
    pub(super) status: &'static str,
    /// The name of the check.
    pub(super) check: &'static str,
    /// When this was answered.
    #[schema(value_type = String, format = DateTime)]
    pub(super) timestamp: Time,
    /// How long it took to find out.
    pub(super) latency_ms: f64,
    /// How long that may take; null where nothing is asked.
    pub(super) timeout_ms: Option<u64>,
    /// `live`, `shared` with other callers, or `cached` from a moment before.
    pub(super) source: &'static str,
    /// How old the outcome is.
    pub(super) age_ms: f64,
    /// When it became ok.
    #[schema(value_type = String, format = DateTime)]
    pub(super) since: Time,
    /// The environment.
    pub(super) environment: String,
}

impl Passed {
    fn by_itself(check: &'static str, service: &Service, context: &Context) -> Self {
        Self {
            status: "ok",
            check,
            timestamp: Time::now(),
            latency_ms: millis(context.arrival.elapsed()),
            timeout_ms: None,
            source: "live",
            age_ms: 0.0,
            since: service.started_at.into(),
            environment: service.deployment.environment.clone(),
        }
    }
}

/// Name and version of what runs here.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are those of the wire")]
pub(super) struct Version {
    #[serde(flatten)]
    passed: Passed,
    /// Always `dragonfly-ops`.
    name: &'static str,
    /// The version of the package.
    version: &'static str,
    /// The commit that was built.
    git_sha: String,
    /// When it was built.
    build_time: String,
    /// Railway's id of the deployment.
    deployment_id: Option<String>,
    /// Railway's id of the replica.
    replica_id: Option<String>,
    /// When the process started.
    #[schema(value_type = String, format = DateTime)]
    started_at: Time,
}

/// `GET /api/health`
pub(super) async fn health(State(service): State<Arc<Service>>, context: Context) -> Response {
    json(&Passed::by_itself("health", &service, &context))
}

/// `GET /api/health/version`
pub(super) async fn version(State(service): State<Arc<Service>>, context: Context) -> Response {
    let Deployment {
        git_sha,
        build_time,
        deployment_id,
        replica_id,
        environment: _,
    } = service.deployment.clone();
    json(&Version {
        passed: Passed::by_itself("version", &service, &context),
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        git_sha,
        build_time,
        deployment_id,
        replica_id,
        started_at: service.started_at.into(),
    })
}

/// 200 with JSON.
pub(super) fn json(value: &impl Serialize) -> Response {
    let mut response = json_line(value).into_response();
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
