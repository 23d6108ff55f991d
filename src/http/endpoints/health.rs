//! `/api/health`: the process is up. It touches nothing, ever.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::on;

use crate::http::Service;
use crate::http::context::Context;
use crate::http::json::json;
use crate::http::route::{Answer, Route, named};
use crate::http::run::Passed;

pub(super) const ROUTE: Route = Route::look(
    &["/api/health", "/livez", "/health"],
    "The process is up",
    Answer::Json(named::<Passed>()),
    |method| on(method, health),
);

async fn health(State(service): State<Arc<Service>>, context: Context) -> Response {
    json(&Passed::by_itself(
        "health",
        &service.deployment.environment,
        context.arrival.elapsed(),
        service.started_at.into(),
    ))
}
