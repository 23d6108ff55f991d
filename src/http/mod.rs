//! The edge towards HTTP: the routes, and what surrounds each of them.

mod actions;
mod caller;
mod checks;
mod connections;
mod context;
mod edge;
mod errors;
mod framing;
mod health;
mod html;
mod index;
mod metrics;
mod openapi;
mod ops;
mod problem;
mod routes;
pub mod server;
mod time;

use std::sync::Arc;

use axum::Router;
use ipnet::IpNet;
use jiff::Timestamp;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use crate::app::App;
use crate::domain::access::Access;
use crate::domain::attempts::Attempts;
use crate::domain::deployment::Deployment;
use crate::domain::gate::Gate;
use crate::domain::lifecycle::Lifecycle;
use crate::domain::report::{OpsReport, Served};
use crate::domain::target::Target;
use crate::http::routes::Endpoint;
use crate::telemetry::metrics::Metrics;

pub use self::openapi::document as openapi;
pub use self::routes::ROUTES;

/// What the handlers share.
#[derive(Debug)]
pub struct Service {
    /// The gate of Postgres.
    pub db: Arc<Gate<()>>,
    /// The gate of Supabase.
    pub supabase: Arc<Gate<Served>>,
    /// The gate of the ops report.
    pub ops: Arc<Gate<OpsReport>>,
    /// Whether the process is on its way out.
    pub lifecycle: Lifecycle,
    /// What is counted.
    pub metrics: Metrics,
    /// What runs here.
    pub deployment: Deployment,
    /// Who may see more than anybody.
    pub access: Access,
    /// Who has presented wrong tokens.
    pub attempts: Attempts,
    /// Whose word counts for where a request comes from.
    pub trusted_proxies: Vec<IpNet>,
    /// What an action would act on.
    pub target: Target,
    /// Whoever carries out actions.
    pub actions: Arc<App>,
    /// When the process started.
    pub started_at: Timestamp,
}

impl Service {
    /// What the handlers need of what the product does.
    #[must_use]
    pub fn of(app: &Arc<App>) -> Self {
        let settings = &app.settings;
        Self {
            db: Arc::clone(&app.db),
            supabase: Arc::clone(&app.supabase),
            ops: Arc::clone(&app.ops),
            lifecycle: app.lifecycle.clone(),
            metrics: app.metrics.clone(),
            deployment: settings.deployment.clone(),
            access: settings.access.clone(),
            attempts: Attempts::default(),
            trusted_proxies: settings.server.trusted_proxies.clone(),
            target: settings.target.clone(),
            actions: Arc::clone(app),
            started_at: app.started_at,
        }
    }
}

/// The whole service: every route, and the layers around them.
///
/// `origins` are those whose pages may read the answers; nothing: any.
pub fn router(service: Service, origins: Option<&[String]>) -> Router {
    let service = Arc::new(service);
    // A page of another origin may look and cannot order anything: what acts has no CORS at all.
    let looks = routes::router(|endpoint| !endpoint.is_action())
        .fallback(edge::not_found)
        .method_not_allowed_fallback(edge::method_not_allowed)
        .layer(cors(origins));
    let acts =
        routes::router(Endpoint::is_action).method_not_allowed_fallback(edge::method_not_allowed);
    looks
        .merge(acts)
        // Outermost, so that every answer passes it: those of the layers inside, too.
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(&service),
            edge::edge,
        ))
        .with_state(service)
}

fn cors(origins: Option<&[String]>) -> CorsLayer {
    use axum::http::header::{HeaderName, RETRY_AFTER};
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
            edge::X_REQUEST_ID,
            edge::X_DRAGONFLY_SHA,
            RETRY_AFTER,
            HeaderName::from_static("server-timing"),
        ])
        .max_age(std::time::Duration::from_secs(3600))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use axum::routing::get;
    use serde_json::Value;
    use tower::ServiceExt;

    use super::*;
    use crate::domain::fault::Fault;
    use crate::domain::gate::{Limits, Probe, Run};
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

    /// Is never asked.
    struct Absent<E>(std::marker::PhantomData<fn() -> E>);

    impl<E: Send + Sync + 'static> Probe for Absent<E> {
        type Evidence = E;

        fn run<'a>(&'a self, _trace: &'a Trace, _deadline: tokio::time::Instant) -> Run<'a, E> {
            Box::pin(std::future::pending())
        }

        fn overdue(&self, _phase: Option<&'static str>, _timeout: Duration) -> Fault {
            Fault::new(Code::Internal, "")
        }
    }

    fn service() -> Service {
        let limits = Limits {
            timeout: Duration::from_secs(1),
            freshness: Duration::ZERO,
        };
        let metrics = Metrics::new();
        let check = |name| metrics.check(name);
        let absent = std::marker::PhantomData;
        Service {
            db: Gate::new("db", Clumsy::default(), limits, vec![Box::new(check("db"))]),
            supabase: Gate::new(
                "supabase",
                Absent(absent),
                limits,
                vec![Box::new(check("supabase"))],
            ),
            ops: Gate::new(
                "ops",
                Absent(std::marker::PhantomData),
                limits,
                vec![Box::new(check("ops"))],
            ),
            metrics,
            lifecycle: Lifecycle::default(),
            deployment: Deployment {
                environment: "test".to_owned(),
                git_sha: "unknown".to_owned(),
                build_time: "unknown".to_owned(),
                deployment_id: None,
                replica_id: None,
            },
            access: Access::default(),
            attempts: Attempts::default(),
            trusted_proxies: Vec::new(),
            target: Target::default(),
            actions: App::new(Settings::load(BTreeMap::new(), None)),
            started_at: Timestamp::now(),
        }
    }

    async fn ask(router: &Router, path: &str) -> (u16, Value) {
        let request = Request::get(path)
            .header("host", "localhost")
            .body(Body::empty())
            .expect("a request");
        let response = router.clone().oneshot(request).await.expect("an answer");
        let status = response.status().as_u16();
        assert!(response.headers().contains_key("x-request-id"));
        let body = to_bytes(response.into_body(), 65536).await.expect("a body");
        let text = String::from_utf8(body.to_vec()).expect("text");
        assert!(!text.contains("zqcanary"), "{text}");
        (status, serde_json::from_str(&text).expect("JSON"))
    }

    #[tokio::test]
    async fn a_panic_in_a_probe_is_an_answer_and_the_next_check_passes() {
        let router = router(service(), None);
        let (status, body) = ask(&router, "/api/health/db").await;
        assert_eq!((status, &body["code"]), (503, &"DFE-INT-001".into()));
        assert_eq!(ask(&router, "/api/health/db").await.0, 200);
    }

    #[tokio::test]
    async fn a_panic_in_a_handler_is_an_answer_and_the_process_lives() {
        async fn panics() {
            panic!("zqcanary")
        }
        let service = Arc::new(service());
        let router = Router::new()
            .route("/panics", get(panics))
            .layer(axum::middleware::from_fn_with_state(
                Arc::clone(&service),
                edge::edge,
            ))
            .with_state(service);
        for _ in 0..2 {
            let (status, body) = ask(&router, "/panics").await;
            assert_eq!((status, &body["code"]), (500, &"DFE-INT-001".into()));
        }
    }
}
