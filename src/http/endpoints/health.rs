//! `/api/health`: the process is up. It touches nothing, ever.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::on;

use crate::app::App;
use crate::http::context::Context;
use crate::http::json::json;
use crate::http::route::{AnswerSchema, Route, Tag, named};
use crate::http::run::{CheckName, Passed};

pub(super) const ROUTE: Route = Route::look(
    &["/api/health", "/livez", "/health"],
    "The process is up",
    AnswerSchema::Json(named::<Passed>()),
    |method| on(method, health),
)
.about(Tag::Health);

async fn health(State(app): State<Arc<App>>, context: Context) -> Response {
    json(&Passed::by_itself(
        CheckName::Health,
        &app.settings.deployment.environment,
        context.arrival.elapsed(),
        app.started_at.into(),
    ))
}
