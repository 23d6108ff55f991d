//! The edge towards HTTP: the routes, and what surrounds each of them.

mod answers;
mod caller;
mod compression;
mod context;
mod edge;
mod endpoints;
mod form;
mod html;
mod json;
mod link;
mod markdown;
mod openapi;
mod prefix;
mod prepared;
mod problem;
mod report;
mod route;
mod run;
mod sections;
pub mod server;
mod time;
mod trace;
mod viewer;

use std::sync::Arc;

use axum::middleware::{from_extractor_with_state, map_request};
use axum::routing::MethodFilter;
use axum::{Extension, Router};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use crate::app::App;
use crate::http::caller::{HookReporter, Operator, Reporter};
use crate::http::endpoints::{Description, SERVER_TIMING};
use crate::http::route::{AnswerSchema, EndpointKind};

pub use self::answers::Answers;
pub use self::edge::Edge;
pub(crate) use self::endpoints::CodeRow;
pub use self::endpoints::ROUTES;
pub(crate) use self::problem::problem_document;
pub use self::route::Route;
pub(crate) use self::sections::SectionFound;

/// The whole service: every route, and what surrounds them.
pub fn service(app: &Arc<App>) -> Edge {
    let router = rows(app)
        .fallback(edge::not_found)
        .method_not_allowed_fallback(edge::method_not_allowed)
        .with_state(Arc::clone(app));
    let origins = app.settings.server.cors_origins.as_deref();
    Edge::new(app, router, ROUTES, &cors(origins))
}

/// A router with every endpoint.
fn rows(app: &Arc<App>) -> Router<Arc<App>> {
    // Here and not in each handler, so that none can forget to ask.
    let operator = from_extractor_with_state::<Operator, _>(Arc::clone(app));
    let reporter = from_extractor_with_state::<Reporter, _>(Arc::clone(app));
    let hook = from_extractor_with_state::<HookReporter, _>(Arc::clone(app));
    let mut router = Router::new();
    for route in ROUTES {
        let mut handler = match route.kind {
            EndpointKind::Look | EndpointKind::Open | EndpointKind::Check | EndpointKind::View => {
                (route.handler)(MethodFilter::GET)
            }
            // Their handlers ask by the type of their first argument, as pages answer with pages.
            EndpointKind::Form | EndpointKind::Signed => (route.handler)(MethodFilter::POST),
            EndpointKind::Link => (route.handler)(MethodFilter::GET.or(MethodFilter::POST)),
            EndpointKind::Order(_) => {
                (route.handler)(MethodFilter::POST).route_layer(operator.clone())
            }
            EndpointKind::Report(_) => {
                (route.handler)(MethodFilter::POST).route_layer(reporter.clone())
            }
            EndpointKind::Hook(_) => (route.handler)(MethodFilter::POST.or(MethodFilter::GET))
                .on(MethodFilter::HEAD, edge::no_head)
                .route_layer(hook.clone()),
        };
        if let AnswerSchema::Description = route.answer {
            let description = Description(|| openapi::document(ROUTES));
            handler = handler.route_layer(Extension(description));
        }
        if route.is_compressed {
            handler = handler
                .route_layer(compression::layer())
                .route_layer(map_request(compression::for_strangers));
        }
        for path in route.paths {
            router = router.route(path, handler.clone());
        }
    }
    router
}

fn cors(origins: Option<&[String]>) -> CorsLayer {
    use axum::http::header::RETRY_AFTER;
    use axum::http::{HeaderValue, Method};
    let allowed = origins.map_or_else(AllowOrigin::any, |origins| {
        AllowOrigin::list(
            origins
                .iter()
                .filter_map(|origin| HeaderValue::from_str(origin).ok()),
        )
    });
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::HEAD])
        // Whatever a dashboard's client adds to each of its requests.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([
            context::X_REQUEST_ID,
            edge::X_DRAGONFLY_SHA,
            RETRY_AFTER,
            SERVER_TIMING,
        ])
        .max_age(std::time::Duration::from_secs(3600))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use axum::body::{Body, to_bytes};
    use axum::http::{Method, Request};
    use axum::routing::get;
    use serde_json::Value;

    use super::*;
    use crate::domain::fault::Fault;
    use crate::domain::gate::{Gate, GateLimits, Probe, Run};
    use crate::domain::taxonomy::Code;
    use crate::domain::trace::Trace;
    use crate::settings::Settings;

    /// Panics at its first run.
    #[derive(Default)]
    struct Clumsy(AtomicBool);

    impl Probe for Clumsy {
        type Evidence = ();

        fn run<'a>(&'a self, _trace: &'a Trace, _deadline: tokio::time::Instant) -> Run<'a, ()> {
            Box::pin(async move {
                assert!(self.0.swap(true, Ordering::SeqCst), "zqcanary");
                Ok(())
            })
        }

        fn overdue(&self, _phase: Option<&'static str>, _timeout: Duration) -> Fault {
            Fault::new(Code::DbTimeout, "")
        }
    }

    /// Nothing is set but the tokens, and Postgres is clumsy.
    fn app() -> Arc<App> {
        let tokens = [
            ("OPS_TOKEN", "operator-token-1"),
            ("OPS_READ_TOKEN", "reader-token-123"),
            ("OPS_ALERT_TOKEN", "reporter-token-1"),
        ];
        let tokens = tokens.map(|(name, token)| (name.to_owned(), token.to_owned()));
        let mut app = App::new(Settings::load(tokens.into(), None));
        let limits = GateLimits {
            timeout: Duration::from_secs(1),
            freshness: Duration::ZERO,
        };
        let own = Arc::get_mut(&mut app).expect("nobody else has it yet");
        own.db = Gate::new("db", Clumsy::default(), limits, Vec::new());
        app
    }

    async fn ask(service: &Edge, path: &str) -> (u16, Value) {
        let request = Request::get(path)
            .header("host", "localhost")
            .body(Body::empty())
            .expect("a request");
        let response = service.answer(request, Ipv4Addr::LOCALHOST.into()).await;
        let status = response.status().as_u16();
        assert!(response.headers().contains_key("x-request-id"));
        let body = to_bytes(response.into_body(), 65536).await.expect("a body");
        let text = String::from_utf8(body.to_vec()).expect("text");
        assert!(!text.contains("zqcanary"), "{text}");
        (status, serde_json::from_str(&text).expect("JSON"))
    }

    /// The status of a request to a row's path, with this token.
    async fn status(service: &Edge, method: Method, path: &str, token: Option<&str>) -> u16 {
        let path = path
            .replace("{code}", "DFE-DB-001")
            .replace("{check}", "db")
            .replace("{source}", "kuma")
            .replace("{token}", token.unwrap_or("none"));
        let request = Request::builder()
            .method(method)
            .uri(path.replace("{service}", "intake"))
            .header("host", "localhost");
        let request = match token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        };
        let request = request.body(Body::empty()).expect("a request");
        let response = service.answer(request, Ipv4Addr::LOCALHOST.into()).await;
        response.status().as_u16()
    }

    /// Every path with its row, its method and the one that it does not have.
    fn paths() -> impl Iterator<Item = (&'static Route, &'static str, Method, Method)> {
        ROUTES.iter().flat_map(|route| {
            let (own, other) = match route.kind {
                EndpointKind::Hook(_) => (Method::POST, Method::HEAD),
                EndpointKind::Link => (Method::POST, Method::PUT),
                _ if route.is_post() => (Method::POST, Method::GET),
                _ => (Method::GET, Method::POST),
            };
            let paths = route.paths.iter();
            paths.map(move |path| (route, *path, own.clone(), other.clone()))
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_counts_where_the_row_says_so_and_nowhere_else() {
        let service = service(&app());
        for (route, path, method, _) in paths() {
            let refused = match route.kind {
                // Who signs, and whose secret is not set, is told so before anything is looked at.
                EndpointKind::Look | EndpointKind::Open | EndpointKind::Signed => [None; 3],
                EndpointKind::Check | EndpointKind::View => [None, Some(401), None],
                // A bearer is nothing to a form, which came from nowhere, nor to a link, which is a token by itself.
                EndpointKind::Form | EndpointKind::Link => [Some(403); 3],
                EndpointKind::Order(_) | EndpointKind::Report(_) => {
                    [Some(401), Some(401), Some(403)]
                }
                // Whatever stands in its address is a token.
                EndpointKind::Hook(_) => [Some(401), Some(401), Some(403)],
            };
            let tokens = [None, Some("wrong"), Some("reader-token-123")];
            for (token, refused) in tokens.into_iter().zip(refused) {
                let status = status(&service, method.clone(), path, token).await;
                let is_refusal = [401, 403].contains(&status).then_some(status);
                assert_eq!(is_refusal, refused, "{path} with {token:?}");
            }
            if let EndpointKind::Form | EndpointKind::Link = route.kind {
                continue;
            }
            // The operator's does not belong into an address.
            let (right, other) = match route.kind {
                EndpointKind::Hook(_) => ("reporter-token-1", "operator-token-1"),
                EndpointKind::Report(_) => ("reporter-token-1", "nobody's"),
                _ => ("operator-token-1", "nobody's"),
            };
            let status = async |token| status(&service, method.clone(), path, Some(token)).await;
            let passes = status(right).await;
            assert!(![401, 403].contains(&passes), "{path}: {passes}");
            if route.is_report() {
                assert!([401, 403].contains(&status(other).await), "{path}");
                continue;
            }
            // Whoever may report may do nothing else.
            if let EndpointKind::Order(_) | EndpointKind::Check | EndpointKind::View = route.kind {
                assert_eq!(status("reporter-token-1").await, 401, "{path}");
            }
        }
    }

    #[tokio::test]
    async fn a_path_has_the_method_of_its_row_and_no_other() {
        let service = service(&app());
        for (_, path, _, other) in paths() {
            let token = Some("reporter-token-1").filter(|_| path.contains("{token}"));
            assert_eq!(status(&service, other, path, token).await, 405, "{path}");
        }
    }

    #[tokio::test]
    async fn a_panic_in_a_probe_is_an_answer_and_the_next_check_passes() {
        let service = service(&app());
        let (status, body) = ask(&service, "/api/health/db").await;
        assert_eq!((status, &body["code"]), (503, &"DFE-INT-001".into()));
        assert_eq!(ask(&service, "/api/health/db").await.0, 200);
    }

    #[tokio::test]
    async fn a_panic_in_a_handler_is_an_answer_and_the_process_lives() {
        async fn panics() {
            panic!("zqcanary")
        }
        let app = app();
        let router = Router::new()
            .route("/panics", get(panics))
            .with_state(Arc::clone(&app));
        let service = Edge::new(&app, router, &[], &cors(None));
        for _ in 0..2 {
            let (status, body) = ask(&service, "/panics").await;
            assert_eq!((status, &body["code"]), (500, &"DFE-INT-001".into()));
        }
    }
}
