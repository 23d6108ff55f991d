//! `/errors/{code}`: what a code means, for a browser and for a program.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use maud::{Markup, html};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::Role;
use crate::domain::incident::ShownSuggestion;
use crate::domain::taxonomy::{Category, Code, Retry};
use crate::http::html::{Page, prose, suggestions, vary};
use crate::http::json::json;
use crate::http::link;
use crate::http::problem::Problem;
use crate::http::route::{AnswerSchema, Route, Tag, named};
use crate::http::viewer::Visitor;

pub(super) const ROUTE: Route = Route::open(
    &["/errors/{code}"],
    "What an error code means, and what to do; what incidents have taught about it for whoever presents a token",
    AnswerSchema::JsonOrPage(named::<CodeRow>()),
    |method| on(method, error_code),
)
.compressed()
.takes(|| {
    let ids: Vec<_> = Code::ALL.iter().map(|code| code.id()).collect();
    serde_json::json!({
        "name": "code", "in": "path", "required": true, "description": "Its id, in capital letters or not",
        "schema": { "type": "string", "examples": ids },
    })
})
.about(Tag::Codes);

/// A row of the taxonomy.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CodeRow {
    /// The id.
    code: Code,
    /// What it is called.
    title: &'static str,
    /// The middle of the id.
    category: Category,
    /// Whether trying again can help.
    retryable: bool,
    /// The same, more exactly.
    retry: Retry,
    /// The HTTP status where the service's own API fails with it.
    status: u16,
    /// What it means.
    meaning: &'static str,
    /// What an engineer sees of it.
    symptom: &'static str,
    /// The first thing to look at.
    first_check: &'static str,
    /// What mends it.
    fix: &'static str,
    /// Its page.
    url: String,
    /// What incidents have taught about it, the newest first; for whoever presents a token to the code's own page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    runbook: Option<Vec<ShownSuggestion>>,
}

impl CodeRow {
    /// What the table says of a code.
    pub(crate) fn of(code: Code) -> Self {
        let entry = code.entry();
        Self {
            code,
            title: entry.title,
            category: code.category(),
            retryable: entry.retry.is_retryable(),
            retry: entry.retry,
            status: entry.status,
            meaning: entry.meaning,
            symptom: entry.symptom,
            first_check: entry.first_check,
            fix: entry.fix,
            url: code.page(),
            runbook: None,
        }
    }

    /// Beside what incidents have taught about it.
    pub(crate) fn with_runbook(self, runbook: Option<Vec<ShownSuggestion>>) -> Self {
        Self { runbook, ..self }
    }
}

async fn error_code(id: Result<Path<String>, PathRejection>, visitor: Visitor) -> Response {
    let Some(code) = id.ok().and_then(|Path(id)| id.parse::<Code>().ok()) else {
        let detail = "There is no such error code; /errors lists all of them.";
        let problem = Problem::plain(StatusCode::NOT_FOUND, &visitor.context, detail);
        return problem.into_response();
    };
    let runbook = visitor.app.suggestions(code, visitor.role);
    let row = CodeRow::of(code).with_runbook(runbook);
    if !visitor.is_browser {
        return vary(json(&row));
    }
    let page = Page::new(format!("{code} {}", row.title), description(&row));
    match visitor.role {
        // It is the same for anybody, also where nobody can sign in.
        Role::Anybody => page,
        role => page.role(role),
    }
    .into_response()
}

fn description(row: &CodeRow) -> Markup {
    html! {
        h1 { code { (row.code) } " " (row.title) }
        dl.about {
            dt { "First check" } dd { (prose(row.first_check)) }
            dt { "Fix" } dd { (prose(row.fix)) }
            dt { "Meaning" } dd { (row.meaning) }
            dt { "Symptom" } dd { (row.symptom) }
            dt { "Retry" } dd { (row.retry.as_str()) }
        }
        @if let Some(runbook) = &row.runbook { (suggestions(runbook)) }
        p { a href=(link::to("/errors")) { "All error codes" } }
    }
}
