//! `/api/health/supabase`: Supabase's REST API answers.

use axum::response::Response;
use axum::routing::on;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::activity::Served;
use crate::domain::certificate;
use crate::http::caller::Caller;
use crate::http::endpoints::checks::SUPABASE;
use crate::http::json::json;
use crate::http::route::{AnswerSchema, Route, named};
use crate::http::run::{CheckName, Passed};
use crate::http::time::Time;

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
    /// When the key expires; null where it does not by itself, or does not say.
    #[schema(value_type = Option<String>, format = DateTime)]
    key_expires_at: Option<Time>,
    /// When the certificate expires that was shown; null where the way there is not encrypted.
    #[schema(value_type = Option<String>, format = DateTime)]
    certificate_expires_at: Option<Time>,
    /// What will fail unless somebody acts: the key, or the certificate, expires within a week.
    warning: Option<String>,
}

async fn supabase(caller: Caller) -> Response {
    let settings = caller.app.settings.supabase.as_ref().ok();
    let key = settings.map(|supabase| supabase.validity);
    let body = |passed, served: &Served| {
        let now = Timestamp::now();
        let certificate = served.certificate_expires_at;
        json(&SupabasePassed {
            passed,
            server: served.server.clone(),
            key_expires_at: key.and_then(|key| key.expires_at).map(Time::from),
            certificate_expires_at: certificate.map(Time::from),
            warning: key
                .and_then(|key| key.warning(now))
                .or_else(|| certificate.and_then(|at| certificate::warning(at, now))),
        })
    };
    let gate = &caller.app.supabase;
    caller.respond(CheckName::Supabase, gate, body).await
}
