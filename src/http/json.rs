//! JSON, as answers carry it.

use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::http::link;

/// A line of JSON: it ends with a newline, so that a terminal stays tidy.
pub(super) fn line(value: &impl Serialize) -> Vec<u8> {
    // Our own types cannot fail to serialise: no maps with keys that are no strings.
    let mut line = Vec::with_capacity(1024);
    let written = if link::current().is_empty() {
        serde_json::to_writer(&mut line, value)
    } else {
        serde_json::to_value(value).and_then(|mut document| {
            link::lead(&mut document);
            serde_json::to_writer(&mut line, &document)
        })
    };
    if written.is_err() {
        line = b"{}".to_vec();
    }
    line.push(b'\n');
    line
}

/// 200 with JSON.
pub(super) fn json(value: &impl Serialize) -> Response {
    let media = HeaderValue::from_static("application/json");
    ([(CONTENT_TYPE, media)], line(value)).into_response()
}
