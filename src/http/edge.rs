//! What happens to every request and every answer, whatever its route.
//!
//! # Design notes
//!
//! A plain service around the router and no layer of it, which would be boxed and cloned for each route and each request.
//! It knows the row of a path before the router does: how much may be sent there, whether a page of another origin may look
//! at it, and what is counted. Who comes from no other origin passes no CORS.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, Entry, HOST, HeaderName, ORIGIN, VARY,
};
use axum::http::{HeaderValue, Method, StatusCode, Version};
use axum::response::{IntoResponse, Response};
use foldhash::HashMap;
use futures_util::FutureExt;
use futures_util::future::Either;
use tower::{Layer as _, Service as _};
use tower_http::cors::{Cors, CorsLayer};

use crate::app::App;
use crate::domain::gate::{millis, panicked};
use crate::http::answers::Answers;
use crate::http::context::{Context, MAX_BODY, X_REQUEST_ID, shown};
use crate::http::problem::Problem;
use crate::http::route::Route;
use crate::telemetry::metrics::{NO_ROUTE, RouteMetrics};

/// The commit that answers.
pub(super) const X_DRAGONFLY_SHA: HeaderName = HeaderName::from_static("x-dragonfly-sha");

/// The whole service. Cheap to clone.
#[derive(Clone)]
pub struct Edge(Arc<Inside>);

struct Inside {
    /// Who is asked.
    app: Arc<App>,
    /// Every route.
    router: Router,
    /// The same for pages of other origins.
    foreign: Cors<Router>,
    /// The commit, as answers say it.
    sha: Option<HeaderValue>,
    literals: HashMap<&'static str, Endpoint>,
    patterns: matchit::Router<Endpoint>,
    nowhere: Endpoint,
}

/// What is known of a path before the router has it.
struct Endpoint {
    /// The path, where it is the same in every request.
    path: Option<Arc<str>>,
    /// How much it takes, in bytes.
    max_body: usize,
    /// Whether a page of another origin may look at it.
    is_foreign: bool,
    metrics: RouteMetrics,
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edge").finish_non_exhaustive()
    }
}

impl Edge {
    /// Surrounds a router of these rows. A page of another origin may look, and cannot order anything: what acts has no
    /// CORS at all.
    pub(super) fn new(
        app: &Arc<App>,
        router: Router,
        rows: &'static [Route],
        cors: &CorsLayer,
    ) -> Self {
        let (mut literals, mut patterns) = (HashMap::default(), matchit::Router::new());
        for (route, path) in rows.iter().flat_map(|route| {
            let paths = route.paths.iter();
            paths.map(move |path| (route, *path))
        }) {
            let is_pattern = path.contains('{');
            let endpoint = Endpoint {
                path: (!is_pattern).then(|| path.into()),
                max_body: route.max_body,
                is_foreign: !route.is_post(),
                metrics: app.metrics.route(path),
            };
            if is_pattern {
                // The router would have refused it, too.
                let _ = patterns.insert(path, endpoint);
            } else {
                literals.insert(path, endpoint);
            }
        }
        Self(Arc::new(Inside {
            foreign: cors.layer(router.clone()),
            router,
            sha: HeaderValue::from_str(&app.settings.deployment.git_sha).ok(),
            literals,
            patterns,
            nowhere: Endpoint {
                path: None,
                max_body: MAX_BODY,
                is_foreign: true,
                metrics: app.metrics.route(NO_ROUTE),
            },
            app: Arc::clone(app),
        }))
    }
}

impl Inside {
    fn endpoint(&self, path: &str) -> &Endpoint {
        let literal = self.literals.get(path);
        let pattern = || Some(self.patterns.at(path).ok()?.value);
        literal.or_else(pattern).unwrap_or(&self.nowhere)
    }

    /// What the routes answer.
    fn routed(
        &self,
        request: Request,
        endpoint: &Endpoint,
    ) -> impl Future<Output = Result<Response, Infallible>> {
        let is_foreign = endpoint.is_foreign
            && (request.headers().contains_key(ORIGIN) || request.method() == Method::OPTIONS);
        if is_foreign {
            Either::Left(self.foreign.clone().call(request))
        } else {
            Either::Right(self.router.clone().call(request))
        }
    }
}

impl Answers for Edge {
    /// Gives the request its context, contains a panic, and sets what every answer carries.
    async fn answer(&self, request: Request<Body>, peer: IpAddr) -> Response {
        let Self(inside) = self;
        let app = &inside.app;
        let endpoint = inside.endpoint(request.uri().path());
        let path = endpoint.path.clone();
        let mut context = Context::new(
            request.headers(),
            // A token of ours may stand anywhere in it, by mistake.
            path.unwrap_or_else(|| {
                shown(&app.settings.redactor.redact_whole(request.uri().path()))
            }),
            Some(peer),
            &app.settings.server.trusted_proxies,
        );
        let method = request.method().clone();
        context.max_body = endpoint.max_body;
        let too_large = request
            .headers()
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok())
            .is_some_and(|length| length > context.max_body);
        // HTTP/1.1 asks for exactly one: two are how one server is told another host than the next.
        let is_ambiguous = request.version() >= Version::HTTP_11
            && request.headers().get_all(HOST).iter().count() != 1;
        let refused = if is_ambiguous {
            Some((
                StatusCode::BAD_REQUEST,
                "A request has exactly one Host header.",
            ))
        } else if too_large {
            Some((
                StatusCode::PAYLOAD_TOO_LARGE,
                "The request's body is too large.",
            ))
        } else {
            None
        };
        let mut response = match refused {
            Some((status, why)) => {
                context.answers_now(|| Problem::plain(status, &context, why).into_response())
            }
            None => {
                let answer = async { inside.routed(request, endpoint).await };
                let answer = AssertUnwindSafe(answer).catch_unwind();
                match context.clone().answers(answer).await {
                    Ok(Ok(response)) => response,
                    Ok(Err(never)) => match never {},
                    Err(panic) => {
                        let fault = panicked(panic.as_ref());
                        context.answers_now(|| Problem::of_fault(&fault, &context).into_response())
                    }
                }
            }
        };
        let headers = response.headers_mut();
        match headers.entry(CACHE_CONTROL) {
            Entry::Vacant(entry) => {
                entry.insert(HeaderValue::from_static("no-store"));
            }
            // What may be kept is not the same for everybody.
            Entry::Occupied(_) => {
                headers.append(VARY, HeaderValue::from_static("origin"));
            }
        }
        if let Ok(id) = HeaderValue::from_str(&context.request_id) {
            headers.insert(X_REQUEST_ID, id);
        }
        if let Some(sha) = &inside.sha {
            headers.insert(X_DRAGONFLY_SHA, sha.clone());
        }
        if app.lifecycle.is_draining() {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let took = context.arrival.elapsed();
        endpoint.metrics.answered(response.status().as_str(), took);
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
