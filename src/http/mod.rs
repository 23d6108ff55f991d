//! The edge towards HTTP: the routes, and what surrounds each of them.

mod checks;
mod context;
mod edge;
mod errors;
mod framing;
mod health;
mod openapi;
mod ops;
mod problem;
mod routes;
pub mod server;

use std::sync::Arc;

use axum::Router;
use jiff::Timestamp;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::domain::access::Access;
use crate::domain::deployment::Deployment;
use crate::domain::gate::Gate;
use crate::domain::lifecycle::Lifecycle;
use crate::domain::report::{OpsReport, Served};

pub use self::openapi::document as openapi;
pub use self::routes::ROUTES;

/// What the handlers share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Service {
    /// The gate of Postgres.
    pub db: Arc<Gate<()>>,
    /// The gate of Supabase.
    pub supabase: Arc<Gate<Served>>,
    /// The gate of the ops report.
    pub ops: Arc<Gate<OpsReport>>,
    /// Whether the process is on its way out.
    pub lifecycle: Lifecycle,
    /// What runs here.
    pub deployment: Arc<Deployment>,
    /// Who may see more than anybody.
    pub access: Access,
    /// When the process started.
    pub started_at: Timestamp,
}

/// The whole service: every route, and the layers around them.
///
/// `origins` are those whose pages may read the answers; nothing: any.
pub fn router(service: Service, origins: Option<&[String]>) -> Router {
    routes::router()
        .fallback(edge::not_found)
        .method_not_allowed_fallback(edge::method_not_allowed)
        .layer(cors(origins))
        // Outermost, so that every answer passes it: those of the layers inside, too.
        .layer(axum::middleware::from_fn_with_state(
            service.clone(),
            edge::edge,
        ))
        .with_state(service)
}

fn cors(origins: Option<&[String]>) -> CorsLayer {
    use axum::http::header::{AUTHORIZATION, HeaderName, RETRY_AFTER};
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
        .allow_headers([AUTHORIZATION, edge::X_REQUEST_ID])
        .expose_headers([
            edge::X_REQUEST_ID,
            edge::X_DRAGONFLY_SHA,
            RETRY_AFTER,
            HeaderName::from_static("server-timing"),
        ])
        .max_age(std::time::Duration::from_secs(3600))
}
