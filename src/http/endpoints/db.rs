//! `/api/health/db`: Postgres answers.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::on;

use crate::http::Service;
use crate::http::caller::Caller;
use crate::http::context::Context;
use crate::http::endpoints::checks::{DATABASE, respond};
use crate::http::json::json;
use crate::http::route::{Answer, Named, Route};
use crate::http::run::Passed;

pub(super) const ROUTE: Route = Route::look(
    &["/api/health/db"],
    "Postgres answers SELECT 1",
    Answer::Json(Named::of::<Passed>()),
    |method| on(method, db),
)
.shows_more()
.fails_with(&[DATABASE]);

async fn db(
    State(service): State<Arc<Service>>,
    context: Context,
    Caller(role): Caller,
) -> Response {
    respond("db", &service.db, &service, role, &context, |passed, ()| {
        json(&passed)
    })
    .await
}
