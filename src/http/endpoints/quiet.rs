//! `/quiet`: quiet windows: when nobody is told, on purpose.

use axum::response::{IntoResponse, Response};
use axum::routing::on;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::incident::ShownQuiet;
use crate::http::html::{Page, quiet as page, vary};
use crate::http::json;
use crate::http::route::{AnswerSchema, Route, Tag, named};
use crate::http::time::Time;
use crate::http::viewer::Viewer;

pub(super) const ROUTE: Route = Route::view(
    &["/quiet"],
    "Quiet windows: when nobody is told on purpose, those that last first",
    AnswerSchema::JsonOrPage(named::<QuietFound>()),
    |method| on(method, quiet),
)
.compressed()
.about(Tag::Incidents);

/// Quiet windows: those that last first, then those to come, then those of the last 30 days that are over.
#[derive(Debug, Serialize, ToSchema)]
struct QuietFound {
    /// When this was so.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Time,
    /// Whether what the database knows of earlier ones is among them.
    is_whole: bool,
    /// Each of them.
    windows: Vec<ShownQuiet>,
}

async fn quiet(viewer: Viewer) -> Response {
    let now = Timestamp::now();
    let known = &viewer.app.incidents;
    let windows = known.known().all_quiet(viewer.role, now);
    let keeping = known.keeping();
    if !viewer.is_browser {
        return vary(json::json(&QuietFound {
            timestamp: now.into(),
            is_whole: keeping.is_whole(),
            windows,
        }));
    }
    Page::new("Quiet windows", page(&windows, &keeping, viewer.role, now))
        .environment(&viewer.app.settings.deployment.environment)
        .role(viewer.role)
        .into_response()
}
