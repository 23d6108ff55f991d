//! `/incidents/{incident}/report`: the report of an incident, as a page, as Markdown and as JSON.

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use serde::Deserialize;
use serde_json::json;

use crate::domain::incident::IncidentReport;
use crate::domain::order::refuse;
use crate::http::endpoints::incident::{hear, named_incident, parameter, unknown};
use crate::http::html::{self, Page, vary};
use crate::http::json;
use crate::http::problem::Problem;
use crate::http::report::markdown;
use crate::http::route::{AnswerSchema, Route, Tag, named};
use crate::http::viewer::Viewer;

/// What Markdown is called on the wire.
const MARKDOWN: &str = "text/markdown";

pub(super) const ROUTE: Route = Route::view(
    &["/incidents/{incident}/report"],
    "The report of an incident, for whoever presents a token",
    AnswerSchema::JsonOrPage(named::<IncidentReport>()),
    |method| on(method, incident_report),
)
.takes(|| {
    json!([
        parameter(),
        {
            "name": "format", "in": "query", "required": false,
            "description": "As what; by `Accept` where it is not said (`text/html`, `text/markdown`, else JSON)",
            "schema": { "type": "string", "enum": ["html", "md", "json"] },
        },
    ])
})
.about(Tag::Incidents);

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportQuery {
    format: Option<ReportFormat>,
}

/// As what a report is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ReportFormat {
    Html,
    Md,
    Json,
}

/// What the caller takes, where the address does not say.
fn accepted(headers: &HeaderMap) -> ReportFormat {
    match () {
        () if html::is_wanted(headers) => ReportFormat::Html,
        () if html::is_accepted(headers, MARKDOWN) => ReportFormat::Md,
        () => ReportFormat::Json,
    }
}

async fn incident_report(
    name: Result<Path<String>, PathRejection>,
    query: Result<Query<ReportQuery>, QueryRejection>,
    headers: HeaderMap,
    viewer: Viewer,
) -> Response {
    let name = match named_incident(name, &viewer.context) {
        Ok(name) => name,
        Err(problem) => return viewer.refuse(problem),
    };
    let Ok(Query(ReportQuery { format })) = query else {
        let fault = refuse("The format of a report is html, md or json.");
        return viewer.refuse(Problem::of_fault(&fault, &viewer.context));
    };
    if let Some(refused) = viewer.refuse_anybody("The report of an incident") {
        return refused;
    }
    let has_heard = hear(&name, &viewer).await;
    let Some(report) = viewer.app.incident_report(&name).await else {
        return viewer.refuse(unknown(&name, &viewer, has_heard));
    };
    match format.unwrap_or_else(|| accepted(&headers)) {
        ReportFormat::Json => vary(json::json(&report)),
        ReportFormat::Md => {
            let media = HeaderValue::from_static("text/markdown; charset=utf-8");
            vary(([(CONTENT_TYPE, media)], markdown(&report)).into_response())
        }
        ReportFormat::Html => {
            let title = format!("Report of {}", report.incident.name);
            Page::new(title, html::report(&report))
                .environment(&report.environment)
                .role(viewer.role)
                .into_response()
        }
    }
}
