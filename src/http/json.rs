//! JSON, as answers carry it.

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use serde::Serialize;

use crate::http::link;

/// How many headers an answer has, as far as it goes well.
const MANY: usize = 6;

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
    of_line(line(value))
}

/// 200 with a line of JSON.
pub(super) fn of_line(line: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(line));
    let headers = response.headers_mut();
    // With room for what the edge adds: a map that grows is made anew.
    headers.reserve(MANY);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
