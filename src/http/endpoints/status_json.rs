//! `/status.json`: the model of the status page.

use axum::response::Response;
use axum::routing::on;

use crate::domain::status::Status;
use crate::http::json::json;
use crate::http::route::{AnswerSchema, Route, named};
use crate::http::viewer::Viewer;

pub(super) const ROUTE: Route = Route::view(
    &["/status.json"],
    "How everything is, from memory: what the status page shows",
    AnswerSchema::Json(named::<Status>()),
    |method| on(method, status_json),
)
.compressed();

async fn status_json(viewer: Viewer) -> Response {
    json(&viewer.app.status(viewer.role))
}
