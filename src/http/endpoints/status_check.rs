//! `/status/{check}`: one check close up, and its part of the model for a program.

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::history::{Grain, Series};
use crate::domain::status::CheckStatus;
use crate::http::context::Context;
use crate::http::html::{Page, series, vary};
use crate::http::json;
use crate::http::problem::Problem;
use crate::http::route::{AnswerSchema, Route, named};
use crate::http::viewer::Viewer;

pub(super) const ROUTE: Route = Route::view(
    &["/status/{check}"],
    "How one check is and was",
    AnswerSchema::JsonOrPage(named::<CheckStatus>()),
    |method| on(method, status_check),
)
.compressed()
.takes(parameter);

/// The name of a check in a path, as `OpenAPI` writes it.
pub(super) fn parameter() -> Value {
    let names: Vec<_> = Series::ALL.map(Series::as_str).into();
    json!({
        "name": "check", "in": "path", "required": true, "description": "Which check",
        "schema": { "type": "string", "enum": names },
    })
}

/// The check that a path names.
pub(super) fn named_check(
    name: Result<Path<String>, PathRejection>,
    context: &Context,
) -> Result<Series, Problem> {
    let found = name.ok().and_then(|Path(name)| name.parse().ok());
    found.ok_or_else(|| {
        let all: Vec<_> = Series::ALL.map(Series::as_str).into();
        let detail = format!("There is no such check; there are {}.", all.join(", "));
        Problem::plain(StatusCode::NOT_FOUND, context, &detail)
    })
}

/// What may be asked of the page.
#[derive(Debug, Default, Deserialize)]
struct CheckQuery {
    /// A day to show, as in `2026-08-22`.
    day: Option<String>,
}

async fn status_check(
    name: Result<Path<String>, PathRejection>,
    query: Result<Query<CheckQuery>, QueryRejection>,
    viewer: Viewer,
) -> Response {
    let check = match named_check(name, &viewer.context) {
        Ok(check) => check,
        Err(problem) => return viewer.refuse(problem),
    };
    let status = viewer.app.status(viewer.role);
    let Some(seen) = status.check(check) else {
        // Each series is there, always.
        return StatusCode::NOT_FOUND.into_response();
    };
    if !viewer.is_browser {
        return vary(json::json(seen));
    }
    let now = status.timestamp;
    let from = now.saturating_sub(Grain::Hour.remembered()).unwrap_or(now);
    // From memory alone, as all of the page: a database that hangs must not hold it up.
    let hours = {
        let memory = viewer.app.history.memory();
        memory.buckets(check, Grain::Hour, (from, now))
    };
    let day = query.unwrap_or_default().0.day;
    let content = series(seen, &status, &hours, day.as_deref());
    let title = format!("{}: {}", seen.title, seen.verdict.as_str());
    Page::new(title, content)
        .environment(&viewer.app.settings.deployment.environment)
        .role(viewer.role)
        .live(seen.verdict)
        .into_response()
}
