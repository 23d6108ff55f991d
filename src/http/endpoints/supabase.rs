//! `/api/health/supabase`: Supabase's REST API answers.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::on;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::report::Served;
use crate::http::Service;
use crate::http::caller::Caller;
use crate::http::context::Context;
use crate::http::endpoints::checks::{SUPABASE, respond};
use crate::http::json::json;
use crate::http::route::{Answer, Named, Route};
use crate::http::run::Passed;

pub(super) const ROUTE: Route = Route::look(
    &["/api/health/supabase"],
    "Supabase's REST API answers a one-row read",
    Answer::Json(Named::of::<SupabasePassed>()),
    |method| on(method, supabase),
)
.shows_more()
.fails_with(&[SUPABASE]);

/// A passing check of Supabase.
#[derive(Debug, Serialize, ToSchema)]
struct SupabasePassed {
    #[serde(flatten)]
    passed: Passed,
    /// What the answer says of its server, if it is plain.
    server: Option<String>,
}

async fn supabase(
    State(service): State<Arc<Service>>,
    context: Context,
    Caller(role): Caller,
) -> Response {
    let body = |passed, served: &Served| {
        let server = served.server.clone();
        json(&SupabasePassed { passed, server })
    };
    let gate = &service.supabase;
    respond("supabase", gate, &service, role, &context, body).await
}
