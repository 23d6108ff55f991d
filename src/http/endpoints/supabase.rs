//! `/api/health/supabase`: Supabase's REST API answers.

use axum::response::Response;
use axum::routing::on;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::activity::Served;
use crate::http::caller::Caller;
use crate::http::endpoints::checks::SUPABASE;
use crate::http::json::json;
use crate::http::route::{AnswerSchema, Route, named};
use crate::http::run::Passed;

pub(super) const ROUTE: Route = Route::check(
    &["/api/health/supabase"],
    "Supabase's REST API answers a one-row read",
    AnswerSchema::Json(named::<SupabasePassed>()),
    &[SUPABASE],
    |method| on(method, supabase),
);

/// A passing check of Supabase.
#[derive(Debug, Serialize, ToSchema)]
struct SupabasePassed {
    #[serde(flatten)]
    passed: Passed,
    /// What the answer says of its server, if it is plain.
    server: Option<String>,
}

async fn supabase(caller: Caller) -> Response {
    let body = |passed, served: &Served| {
        let server = served.server.clone();
        json(&SupabasePassed { passed, server })
    };
    let gate = &caller.app.supabase;
    caller.respond("supabase", gate, body).await
}
