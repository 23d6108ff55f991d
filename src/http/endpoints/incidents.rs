//! `/incidents`: what has happened, the newest first.

use axum::response::{IntoResponse, Response};
use axum::routing::on;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::incident::{ShownIncident, ShownQuiet};
use crate::http::html::{Page, incidents as list, vary};
use crate::http::json;
use crate::http::route::{AnswerSchema, Route, Tag, named};
use crate::http::time::Time;
use crate::http::viewer::Viewer;

pub(super) const ROUTE: Route = Route::view(
    &["/incidents"],
    "What has happened: incidents, those that go on first",
    AnswerSchema::JsonOrPage(named::<IncidentsFound>()),
    |method| on(method, incidents),
)
.compressed()
.about(Tag::Incidents);

/// Incidents: those that go on first, then what was noticed last. Those of the last 30 days.
#[derive(Debug, Serialize, ToSchema)]
struct IncidentsFound {
    /// When this was so.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Time,
    /// Whether what the database knows of earlier incidents is among them.
    is_whole: bool,
    /// Why it could not be read, where that was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    unread: Option<String>,
    /// The quiet windows that last.
    quiet: Vec<ShownQuiet>,
    /// Each of them, without its timeline.
    incidents: Vec<ShownIncident>,
}

async fn incidents(viewer: Viewer) -> Response {
    let now = Timestamp::now();
    let known = &viewer.app.incidents;
    let found = viewer.app.shown_incidents(viewer.role, now);
    let quiet = known.known().quiet_now(viewer.role, now);
    let keeping = known.keeping();
    let channels = viewer.app.telling.states();
    if !viewer.is_browser {
        return vary(json::json(&IncidentsFound {
            timestamp: now.into(),
            is_whole: keeping.is_whole(),
            unread: keeping.unread.map(|fault| fault.detail.into_owned()),
            quiet,
            incidents: found,
        }));
    }
    Page::new(
        "Incidents",
        list(&found, &quiet, &keeping, &channels, viewer.role, now),
    )
    .environment(&viewer.app.settings.deployment.environment)
    .role(viewer.role)
    .into_response()
}
