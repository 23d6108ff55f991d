//! `/`: for a browser the status page; for a program what this is, and where everything else is.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use maud::html;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::access::PageAccess;
use crate::http::endpoints::status;
use crate::http::html::{Page, is_wanted, vary};
use crate::http::json::json;
use crate::http::link;
use crate::http::route::{AnswerSchema, Route, named};
use crate::http::viewer::Viewer;

pub(super) const ROUTE: Route = Route::look(
    &["/"],
    "What this is, and where everything else is",
    AnswerSchema::JsonOrPage(named::<Index>()),
    |method| on(method, index),
)
.compressed();

/// How many digits of a commit people read to each other.
const SHORT_SHA: usize = 7;

/// Where to look, the most telling first.
const LINKS: &[(&str, &str)] = &[
    ("status", "/status"),
    ("ready", "/api/health/ready"),
    ("ops", "/api/health/ops"),
    ("db", "/api/health/db"),
    ("supabase", "/api/health/supabase"),
    ("health", "/api/health"),
    ("version", "/api/health/version"),
    ("errors", "/errors"),
    ("metrics", "/metrics"),
    ("openapi", "/openapi.json"),
];

/// What this is, and where everything else is.
#[derive(Debug, Serialize, ToSchema)]
struct Index {
    /// Always `dragonfly-ops`.
    service: &'static str,
    /// The environment.
    environment: String,
    /// The commit that answers; `unknown` where the build had none.
    git_sha: String,
    /// Its first seven digits.
    short_sha: String,
    /// The paths, by what they are.
    links: BTreeMap<&'static str, String>,
}

async fn index(State(app): State<Arc<App>>, request: Request) -> Response {
    let deployment = &app.settings.deployment;
    let short_sha: String = deployment.git_sha.chars().take(SHORT_SHA).collect();
    if is_wanted(request.headers()) {
        if app.settings.status_page != PageAccess::Off {
            let (mut parts, _) = request.into_parts();
            let viewer = Viewer::from_request_parts(&mut parts, &app).await;
            return viewer.map_or_else(|refused| refused, |viewer| status::page(&viewer));
        }
        let content = html! {
            h1 { (env!("CARGO_PKG_NAME")) }
            p { "Environment " code { (deployment.environment) } ", commit " code { (short_sha) } "." }
            ul { @for (name, path) in LINKS { li { a href=(link::to(path)) { (name) } } } }
        };
        return Page::new("Index", content).into_response();
    }
    vary(json(&Index {
        service: env!("CARGO_PKG_NAME"),
        environment: deployment.environment.clone(),
        git_sha: deployment.git_sha.clone(),
        short_sha,
        links: LINKS
            .iter()
            .map(|(name, path)| (*name, link::to(path)))
            .collect(),
    }))
}
