//! `/errors`: the taxonomy, for a browser and for a program.

use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use maud::{Markup, html};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::taxonomy::Code;
use crate::http::endpoints::error_code::CodeRow;
use crate::http::html::{Page, is_wanted, vary};
use crate::http::json::json;
use crate::http::route::{AnswerSchema, Route, named};

pub(super) const ROUTE: Route = Route::look(
    &["/errors"],
    "Every error code",
    AnswerSchema::JsonOrPage(named::<CodeTable>()),
    |method| on(method, errors),
)
.compressed();

/// Every code.
#[derive(Debug, Serialize, ToSchema)]
struct CodeTable {
    /// The rows, in the order of the taxonomy.
    errors: Vec<CodeRow>,
}

async fn errors(headers: HeaderMap) -> Response {
    if is_wanted(&headers) {
        return Page::new("Error codes", table()).into_response();
    }
    vary(json(&CodeTable {
        errors: Code::ALL.iter().copied().map(CodeRow::of).collect(),
    }))
}

fn table() -> Markup {
    html! {
        h1 { "Error codes" }
        section.scroll tabindex="0" aria-label="Error codes" {
            table {
                thead { tr { th scope="col" { "Code" } th scope="col" { "Title" } th scope="col" { "Retry" }
                    th scope="col" { "First check" } } }
                tbody {
                    @for code in Code::ALL {
                        tr {
                            th scope="row" { a href=(code.page()) { code { (code) } } }
                            td { (code.entry().title) }
                            td { (code.entry().retry.as_str()) }
                            td { (code.entry().first_check) }
                        }
                    }
                }
            }
        }
    }
}
