//! `/status`: the status page, and its model for a program.

use axum::response::{IntoResponse, Response};
use axum::routing::on;

use crate::domain::status::Status;
use crate::http::html::{Page, overview, vary};
use crate::http::json::json;
use crate::http::route::{AnswerSchema, Route, named};
use crate::http::viewer::Viewer;

pub(super) const ROUTE: Route = Route::view(
    &["/status"],
    "How everything is, from memory: the page, and its model for a program",
    AnswerSchema::JsonOrPage(named::<Status>()),
    |method| on(method, status),
)
.compressed();

async fn status(viewer: Viewer) -> Response {
    if viewer.is_browser {
        return page(&viewer);
    }
    vary(json(&viewer.app.status(viewer.role)))
}

/// The status page.
pub(super) fn page(viewer: &Viewer) -> Response {
    let status = viewer.app.status(viewer.role);
    Page::new(status.headline.clone(), overview(&status, viewer.role))
        .environment(&viewer.app.settings.deployment.environment)
        .role(viewer.role)
        .live(status.verdict)
        .into_response()
}
