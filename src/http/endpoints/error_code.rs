//! `/errors/{code}`: what a code means, for a browser and for a program.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use maud::{Markup, html};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::taxonomy::Code;
use crate::http::context::Context;
use crate::http::html::{Page, is_wanted, prose, vary};
use crate::http::json::json;
use crate::http::link;
use crate::http::problem::Problem;
use crate::http::route::{AnswerSchema, Route, named};

pub(super) const ROUTE: Route = Route::look(
    &["/errors/{code}"],
    "What an error code means, and what to do",
    AnswerSchema::JsonOrPage(named::<CodeRow>()),
    |method| on(method, error_code),
)
.compressed()
.takes(|| {
    let ids: Vec<_> = Code::ALL.iter().map(|code| code.id()).collect();
    serde_json::json!({
        "name": "code", "in": "path", "required": true, "schema": { "type": "string", "examples": ids },
    })
});

/// A row of the taxonomy.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CodeRow {
    /// The id.
    #[schema(value_type = String, examples("DFE-DB-002"))]
    code: Code,
    /// What it is called.
    title: &'static str,
    /// The middle of the id.
    category: &'static str,
    /// Whether trying again can help.
    retryable: bool,
    /// `yes`, `no`, `backoff` or `maybe`.
    retry: &'static str,
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
}

impl CodeRow {
    pub(super) fn of(code: Code) -> Self {
        let entry = code.entry();
        Self {
            code,
            title: entry.title,
            category: code.category(),
            retryable: entry.retry.is_retryable(),
            retry: entry.retry.as_str(),
            status: entry.status,
            meaning: entry.meaning,
            symptom: entry.symptom,
            first_check: entry.first_check,
            fix: entry.fix,
            url: code.page(),
        }
    }
}

async fn error_code(
    id: Result<Path<String>, PathRejection>,
    context: Context,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(code) = id.ok().and_then(|Path(id)| id.parse::<Code>().ok()) else {
        return Err(Problem::plain(
            StatusCode::NOT_FOUND,
            &context,
            "There is no such error code; /errors lists all of them.",
        ));
    };
    let row = CodeRow::of(code);
    Ok(if is_wanted(&headers) {
        Page::new(format!("{code} {}", row.title), description(&row)).into_response()
    } else {
        vary(json(&row))
    })
}

fn description(row: &CodeRow) -> Markup {
    html! {
        h1 { code { (row.code) } " " (row.title) }
        dl.about {
            dt { "First check" } dd { (prose(row.first_check)) }
            dt { "Fix" } dd { (prose(row.fix)) }
            dt { "Meaning" } dd { (row.meaning) }
            dt { "Symptom" } dd { (row.symptom) }
            dt { "Retry" } dd { (row.retry) }
        }
        p { a href=(link::to("/errors")) { "All error codes" } }
    }
}
