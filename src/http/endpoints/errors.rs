//! `/errors`: the taxonomy, for a browser and for a program.

use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use maud::{Markup, html};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::taxonomy::Code;
use crate::http::endpoints::error_code::CodeRow;
use crate::http::html::{Page, is_wanted, prose, vary};
use crate::http::json::json;
use crate::http::link;
use crate::http::route::{AnswerSchema, Route, Tag, named};

pub(super) const ROUTE: Route = Route::look(
    &["/errors"],
    "Every error code",
    AnswerSchema::JsonOrPage(named::<CodeTable>()),
    |method| on(method, errors),
)
.compressed()
.about(Tag::Codes);

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
        section aria-label="Error codes" {
            table.codes {
                thead { tr { th scope="col" { "Code" } th scope="col" { "First check" }
                    th.wide scope="col" { "Retry" } } }
                tbody {
                    @for code in Code::ALL {
                        tr {
                            th scope="row" {
                                a href=(link::to(&code.page())) { code { (code) } }
                                span.fine { (code.entry().title) }
                            }
                            td { (prose(code.entry().first_check)) }
                            td.wide { (code.entry().retry.as_str()) }
                        }
                    }
                }
            }
        }
    }
}
