//! `/openapi.json`: the description of this API.

use axum::Extension;
use axum::body::Bytes;
use axum::response::Response;
use axum::routing::on;

use crate::http::json::{line, rendered};
use crate::http::route::{AnswerSchema, Route};

pub(super) const ROUTE: Route = Route::look(
    &["/openapi.json"],
    "The description of this API",
    AnswerSchema::Description,
    |method| on(method, openapi),
);

/// The description, rendered once. It is made of all rows, and this is one of them: so the router
/// hands it in.
#[derive(Debug, Clone)]
pub(in crate::http) struct Description(Bytes);

impl Description {
    /// Of this document.
    pub(in crate::http) fn of(document: &serde_json::Value) -> Self {
        Self(line(document).into())
    }
}

async fn openapi(Extension(Description(line)): Extension<Description>) -> Response {
    rendered(line)
}
