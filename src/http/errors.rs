//! `/errors` and `/errors/{code}`: the taxonomy for a browser and for a program.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use maud::{Markup, html};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::taxonomy::Code;
use crate::http::context::Context;
use crate::http::health::json;
use crate::http::html::{is_wanted, page, vary};
use crate::http::problem::Problem;

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

/// Every code.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CodeTable {
    /// The rows, in the order of the taxonomy.
    errors: Vec<CodeRow>,
}

impl CodeRow {
    fn of(code: Code) -> Self {
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

/// `GET /errors`
pub(super) async fn list(headers: HeaderMap) -> Response {
    if is_wanted(&headers) {
        return page("Error codes", &table());
    }
    vary(json(&CodeTable {
        errors: Code::ALL.iter().copied().map(CodeRow::of).collect(),
    }))
}

/// `GET /errors/{code}`
pub(super) async fn show(
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
        page(&format!("{code} {}", row.title), &description(&row))
    } else {
        vary(json(&row))
    })
}

fn table() -> Markup {
    html! {
        table {
            thead { tr { th { "Code" } th { "Title" } th { "Retry" } th { "First check" } } }
            tbody {
                @for row in Code::ALL.iter().copied().map(CodeRow::of) {
                    tr {
                        td { a href=(row.url) { code { (row.code) } } }
                        td { (row.title) }
                        td { (row.retry) }
                        td { (row.first_check) }
                    }
                }
            }
        }
    }
}

fn description(row: &CodeRow) -> Markup {
    html! {
        dl {
            dt { "Meaning" } dd { (row.meaning) }
            dt { "Symptom" } dd { (row.symptom) }
            dt { "First check" } dd { (row.first_check) }
            dt { "Fix" } dd { (row.fix) }
            dt { "Retry" } dd { (row.retry) }
        }
        p { a href="/errors" { "All error codes" } }
    }
}
