//! `/openapi.json`: the description of this API.

use axum::Extension;
use axum::response::Response;
use axum::routing::on;
use serde_json::{Value, json};

use crate::http::json::json;
use crate::http::link;
use crate::http::route::{AnswerSchema, Route};

pub(super) const ROUTE: Route = Route::look(
    &["/openapi.json"],
    "The description of this API",
    AnswerSchema::Description,
    |method| on(method, openapi),
)
.compressed();

/// What makes the description. It is made of all rows, and this is one of them: so the router hands
/// it in. It is made anew for each who asks: few do, and kept it would cost more than all else.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Description(pub(in crate::http) fn() -> Value);

async fn openapi(Extension(Description(make)): Extension<Description>) -> Response {
    let mut document = make();
    let prefix = link::current();
    if !prefix.is_empty() {
        document["servers"][0]["url"] = json!(*prefix);
    }
    json(&document)
}
