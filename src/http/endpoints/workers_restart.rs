//! `/api/ops/workers/{service}/restart`: restart a service of workers.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::on;

use crate::domain::action::{Action, refuse};
use crate::domain::taxonomy::Code;
use crate::http::Service;
use crate::http::context::Context;
use crate::http::endpoints::checks::DATABASE;
use crate::http::endpoints::orders::{ActionBody, carry_out};
use crate::http::problem::Problem;
use crate::http::route::{Named, Route};

pub(super) const ROUTE: Route = Route::order(
    &["/api/ops/workers/{service}/restart"],
    "Restart a service of workers, and wait for its heartbeat",
    Named::of::<ActionBody>(),
    |method| on(method, restart),
)
.fails_with(&[DATABASE, RAILWAY])
.takes(|| {
    serde_json::json!({
        "name": "service", "in": "path", "required": true,
        "description": "The service's name at Railway",
        "schema": { "type": "string", "minLength": 1, "maxLength": 100 },
    })
});

/// What asking Railway can fail with.
const RAILWAY: &[Code] = &[
    Code::NetTimeout,
    Code::NetRefused,
    Code::NetDns,
    Code::NetTls,
    Code::VendorRailway,
    Code::VendorRateLimited,
];

async fn restart(
    State(service): State<Arc<Service>>,
    name: Result<Path<String>, PathRejection>,
    context: Context,
    request: Request,
) -> Result<Response, Problem> {
    let Ok(Path(name)) = name else {
        let fault = refuse("The name of the service is no text.");
        return Err(Problem::of_fault(&fault, &context));
    };
    let action = |_: &ActionBody| Action::RestartService { service: name };
    carry_out(&service, &context, request, action).await
}
