//! `/errors` and `/errors/{code}`: the taxonomy for a browser and for a program.

use axum::extract::Path;
use axum::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::taxonomy::Code;
use crate::http::context::Context;
use crate::http::health::json;
use crate::http::problem::Problem;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;\
                     color:#1b1f24;background:#fff}table{border-collapse:collapse;width:100%}th,td{text-align:left;\
                     padding:.4rem .8rem .4rem 0;border-bottom:1px solid #d8dee4;vertical-align:top}code{white-space:nowrap;font-size:\
                     .95em}a{color:#0550ae}dt{font-weight:600;margin-top:1rem}dd{margin:0}@media(prefers-color-scheme:\
                     dark){body{color:#e6edf3;background:#0d1117}a{color:#6cb6ff}th,td{border-color:#30363d}}";

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
    if wants_html(&headers) {
        return page("Error codes", &table());
    }
    vary(json(&CodeTable {
        errors: Code::ALL.iter().copied().map(CodeRow::of).collect(),
    }))
}

/// `GET /errors/{code}`
pub(super) async fn show(
    Path(id): Path<String>,
    context: Context,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Ok(code) = id.parse::<Code>() else {
        return Err(Problem::plain(
            StatusCode::NOT_FOUND,
            &context,
            "There is no such error code; /errors lists all of them.",
        ));
    };
    let row = CodeRow::of(code);
    Ok(if wants_html(&headers) {
        page(&format!("{code} {}", row.title), &description(&row))
    } else {
        vary(json(&row))
    })
}

/// A browser names HTML; `curl` and programs do not.
fn wants_html(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

fn vary(mut response: Response) -> Response {
    response
        .headers_mut()
        .append(VARY, HeaderValue::from_static("accept"));
    response
}

fn page(title: &str, content: &Markup) -> Response {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · dragonfly-ops" }
                style { (maud::PreEscaped(STYLE)) }
            }
            body { h1 { (title) } (content) }
        }
    };
    let mut response = document.into_string().into_response();
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    vary(response)
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
