//! `/api/health/version`: what runs here. It touches nothing, ever.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::on;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::deployment::Deployment;
use crate::domain::gate::millis;
use crate::http::context::Context;
use crate::http::json::json;
use crate::http::route::{AnswerSchema, Route, Tag, named};
use crate::http::run::{CheckName, Passed};
use crate::http::time::Time;

pub(super) const ROUTE: Route = Route::look(
    &["/api/health/version", "/api/version"],
    "Name, version, commit and deployment of what runs here",
    AnswerSchema::Json(named::<Version>()),
    |method| on(method, version),
)
.about(Tag::Health);

/// Name and version of what runs here.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are those of the wire")]
struct Version {
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

async fn version(State(app): State<Arc<App>>, context: Context) -> Response {
    let Deployment {
        git_sha,
        build_time,
        deployment_id,
        replica_id,
        environment,
    } = app.settings.deployment.clone();
    let started_at = app.started_at.into();
    let now = (Time::now(), millis(context.arrival.elapsed()));
    json(&Version {
        passed: Passed::by_itself(CheckName::Version, &environment, now, started_at),
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        git_sha,
        build_time,
        deployment_id,
        replica_id,
        started_at,
    })
}
