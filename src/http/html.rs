//! The layout that all pages for people share.

use axum::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;\
                     color:#1b1f24;background:#fff}table{border-collapse:collapse;width:100%}th,td{text-align:left;\
                     padding:.4rem .8rem .4rem 0;border-bottom:1px solid #d8dee4;vertical-align:top}code{white-space:nowrap;font-size:\
                     .95em}a{color:#0550ae}dt{font-weight:600;margin-top:1rem}dd{margin:0}@media(prefers-color-scheme:\
                     dark){body{color:#e6edf3;background:#0d1117}a{color:#6cb6ff}th,td{border-color:#30363d}}";

/// A browser names HTML; `curl` and programs do not.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// Says that the answer depends on what the caller accepts.
pub(super) fn vary(mut response: Response) -> Response {
    response
        .headers_mut()
        .append(VARY, HeaderValue::from_static("accept"));
    response
}

/// A page.
pub(super) fn page(title: &str, content: &Markup) -> Response {
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
