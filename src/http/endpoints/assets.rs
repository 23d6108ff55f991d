//! `/assets/{name}`: style and script of the pages, under names that change with their content.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::on;

use crate::http::context::Context;
use crate::http::html::{Asset, SCRIPT, STYLE};
use crate::http::problem::Problem;
use crate::http::route::{AnswerSchema, Route};

pub(super) const ROUTE: Route = Route::look(
    &["/assets/{name}"],
    "Style and script of the pages",
    AnswerSchema::Text,
    |method| on(method, assets),
)
.compressed()
.undescribed();

async fn assets(
    name: Result<Path<String>, PathRejection>,
    context: Context,
) -> Result<Response, Problem> {
    let name = name.ok().map(|Path(name)| name);
    let all: [&Asset; 2] = [&STYLE, &SCRIPT];
    let found = all
        .into_iter()
        .find(|asset| Some(&asset.name) == name.as_ref());
    let Some(asset) = found else {
        return Err(Problem::plain(
            StatusCode::NOT_FOUND,
            &context,
            "There is no such file, or not any more: its name changes with its content.",
        ));
    };
    let headers = [
        (CONTENT_TYPE, asset.media),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    Ok((headers, asset.content).into_response())
}
