//! `/metrics`: what is counted, for Prometheus.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::on;

use crate::app::App;
use crate::domain::fault::Fault;
use crate::domain::taxonomy::Code;
use crate::http::context::Context;
use crate::http::problem::Problem;
use crate::http::route::{AnswerSchema, Route};

pub(super) const ROUTE: Route = Route::look(
    &["/metrics"],
    "What is counted, in the text format of Prometheus",
    AnswerSchema::Text,
    |method| on(method, metrics),
)
.compressed();

/// Scrapers refuse what does not name its version.
const TEXT_FORMAT: HeaderValue =
    HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

async fn metrics(State(app): State<Arc<App>>, context: Context) -> Result<Response, Problem> {
    let tasks = tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks();
    app.metrics
        .render(tasks)
        .map(|text| ([(CONTENT_TYPE, TEXT_FORMAT)], text).into_response())
        .map_err(|error| {
            let fault = Fault::new(Code::Internal, "The metrics could not be rendered.")
                .caused_by(vec![error.to_string()]);
            Problem::of_fault(&fault, &context)
        })
}
