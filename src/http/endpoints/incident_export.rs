//! `/incidents/{incident}/export`: all that is kept of an incident, in one document.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::response::Response;
use axum::routing::on;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::incident::{Entry, IncidentReport};
use crate::http::endpoints::incident::{hear, named_incident, parameter, unknown};
use crate::http::json;
use crate::http::route::{AnswerSchema, Route, Tag, named};
use crate::http::viewer::Viewer;

pub(super) const ROUTE: Route = Route::view(
    &["/incidents/{incident}/export"],
    "All that is kept of an incident in one document, for whoever presents a token",
    AnswerSchema::Json(named::<IncidentExport>()),
    |method| on(method, incident_export),
)
.takes(parameter)
.about(Tag::Incidents);

/// All that is kept of an incident.
#[derive(Debug, Serialize, ToSchema)]
struct IncidentExport {
    /// Its report, with how it stands and its timeline.
    report: IncidentReport,
    /// Each entry as it is kept, those of incidents that were merged into it, too.
    entries: Vec<Entry>,
}

async fn incident_export(name: Result<Path<String>, PathRejection>, viewer: Viewer) -> Response {
    let name = match named_incident(name, &viewer.context) {
        Ok(name) => name,
        Err(problem) => return viewer.refuse(problem),
    };
    if let Some(refused) = viewer.refuse_anybody("All that is kept of an incident") {
        return refused;
    }
    let has_heard = hear(&name, &viewer).await;
    match viewer.app.incident_export(&name).await {
        Some((report, entries)) => json::json(&IncidentExport { report, entries }),
        None => viewer.refuse(unknown(&name, &viewer, has_heard)),
    }
}
