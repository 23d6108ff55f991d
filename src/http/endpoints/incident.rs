//! `/incidents/{incident}`: one incident, with its timeline for whoever is let in.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::access::Role;
use crate::domain::incident::{Name, ShownIncident};
use crate::http::context::Context;
use crate::http::html::{Page, incident as page, vary};
use crate::http::json;
use crate::http::problem::Problem;
use crate::http::route::{AnswerSchema, Route, Tag, named};
use crate::http::viewer::Viewer;

pub(super) const ROUTE: Route = Route::view(
    &["/incidents/{incident}"],
    "One incident, with its timeline for whoever presents a token",
    AnswerSchema::JsonOrPage(named::<ShownIncident>()),
    |method| on(method, incident),
)
.compressed()
.takes(parameter)
.about(Tag::Incidents);

/// The name of an incident in a path, as `OpenAPI` writes it.
pub(super) fn parameter() -> Value {
    json!({
        "name": "incident", "in": "path", "required": true, "description": "Its name, such as DB-17",
        "schema": { "type": "string", "maxLength": 40 },
    })
}

/// The incident that a path names.
pub(super) fn named_incident(
    name: Result<Path<String>, PathRejection>,
    context: &Context,
) -> Result<Name, Problem> {
    let found = name.ok().and_then(|Path(name)| name.parse().ok());
    found.ok_or_else(|| there_is_none(context))
}

fn there_is_none(context: &Context) -> Problem {
    let detail = "There is no incident of that name; /incidents lists those of the last 30 days.";
    Problem::plain(StatusCode::NOT_FOUND, context, detail)
}

/// Hears of it where another replica has opened it; false where nobody answered in time. Who is not let in
/// makes nobody read.
pub(super) async fn hear(name: &Name, viewer: &Viewer) -> bool {
    viewer.role == Role::Anybody || viewer.app.hear_of(name, 0).await
}

/// There is no such incident, or nobody can know.
pub(super) fn unknown(name: &Name, viewer: &Viewer, has_heard: bool) -> Problem {
    match viewer.app.refuse_unread(name, has_heard) {
        Ok(()) => there_is_none(&viewer.context),
        // Anybody may ask, as often as they like.
        Err(fault) => Problem::refusal(&fault, &viewer.context),
    }
}

async fn incident(name: Result<Path<String>, PathRejection>, viewer: Viewer) -> Response {
    let name = match named_incident(name, &viewer.context) {
        Ok(name) => name,
        Err(problem) => return viewer.refuse(problem),
    };
    let has_heard = hear(&name, &viewer).await;
    let now = Timestamp::now();
    let shown = viewer.app.shown_incident(&name, viewer.role, now);
    let Some(shown) = shown else {
        return viewer.refuse(unknown(&name, &viewer, has_heard));
    };
    if !viewer.is_browser {
        return vary(json::json(&shown));
    }
    let title = format!("{}: {}", shown.name, shown.state.as_str());
    Page::new(title, page(&shown, viewer.role, now))
        .environment(&viewer.app.settings.deployment.environment)
        .role(viewer.role)
        .into_response()
}
