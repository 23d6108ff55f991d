//! What happens to every request and every answer, whatever its route.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, HOST, HeaderName};
use axum::http::{HeaderValue, StatusCode, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use crate::app::App;
use crate::domain::gate::{millis, panicked};
use crate::http::context::{Context, MAX_BODY, RemoteAddress, X_REQUEST_ID};
use crate::http::link;
use crate::http::problem::Problem;
use crate::telemetry::metrics::NO_ROUTE;

/// The commit that answers.
pub(super) const X_DRAGONFLY_SHA: HeaderName = HeaderName::from_static("x-dragonfly-sha");

/// What the edge knows.
#[derive(Debug, Clone)]
pub(super) struct Edge {
    /// Who is asked.
    pub(super) app: Arc<App>,
    /// How much the endpoint of a path takes, in bytes.
    pub(super) max_body: fn(&str) -> usize,
}

/// The outermost layer: gives the request its context, contains a panic, and sets what every answer
/// carries.
pub(super) async fn edge(
    State(Edge { app, max_body }): State<Edge>,
    request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<RemoteAddress>().copied();
    let mut context = Context::new(
        request.headers(),
        // A token of ours may stand anywhere in it, by mistake.
        &app.settings.redactor.redact_whole(request.uri().path()),
        peer,
        &app.settings.server.trusted_proxies,
    );
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    context.max_body = route
        .as_ref()
        .map_or(MAX_BODY, |path| max_body(path.as_str()));
    let too_large = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok())
        .is_some_and(|length| length > context.max_body);
    // HTTP/1.1 asks for exactly one: two are how one server is told another host than the next.
    let is_ambiguous = request.version() >= Version::HTTP_11
        && request.headers().get_all(HOST).iter().count() != 1;
    let answer = async {
        if is_ambiguous {
            Problem::plain(
                StatusCode::BAD_REQUEST,
                &context,
                "A request has exactly one Host header.",
            )
            .into_response()
        } else if too_large {
            Problem::plain(
                StatusCode::PAYLOAD_TOO_LARGE,
                &context,
                "The request's body is too large.",
            )
            .into_response()
        } else {
            let mut request = request;
            request.extensions_mut().insert(context.clone());
            match AssertUnwindSafe(next.run(request)).catch_unwind().await {
                Ok(response) => response,
                Err(panic) => {
                    Problem::of_fault(&panicked(panic.as_ref()), &context).into_response()
                }
            }
        }
    };
    let mut response = link::below(Arc::clone(&context.prefix), answer).await;
    let headers = response.headers_mut();
    // But for what never changes under its name.
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(&context.request_id) {
        headers.insert(X_REQUEST_ID, id);
    }
    if let Ok(sha) = HeaderValue::from_str(&app.settings.deployment.git_sha) {
        headers.insert(X_DRAGONFLY_SHA, sha);
    }
    if app.lifecycle.is_draining() || too_large {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let took = context.arrival.elapsed();
    app.metrics.answered(
        route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str),
        response.status().as_str(),
        took,
    );
    tracing::debug!(
        %method,
        path = &*context.path,
        status = response.status().as_u16(),
        request_id = &*context.request_id,
        trace_id = context.trace_id.as_deref(),
        latency_ms = millis(took),
        "answered"
    );
    response
}

/// A path that does not exist.
pub(super) async fn not_found(context: Context) -> Problem {
    Problem::plain(
        StatusCode::NOT_FOUND,
        &context,
        "There is nothing at this path; /openapi.json lists what there is.",
    )
}

/// HEAD where GET does something: whoever asks so wants to look.
pub(super) async fn no_head(context: Context) -> Response {
    let allowed = HeaderValue::from_static("GET,POST");
    ([(ALLOW, allowed)], method_not_allowed(context).await).into_response()
}

/// A method that the path does not have. The router adds `Allow`.
pub(super) async fn method_not_allowed(context: Context) -> Problem {
    Problem::plain(
        StatusCode::METHOD_NOT_ALLOWED,
        &context,
        "This path does not have that method; Allow lists those that it has.",
    )
}
