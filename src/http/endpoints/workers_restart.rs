//! `/api/ops/workers/{service}/restart`: restart a service of workers.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::response::Response;
use axum::routing::on;

use crate::domain::action::{Action, DoneOf, WorkersRestart};
use crate::domain::order::refuse;
use crate::domain::taxonomy::Code;
use crate::http::endpoints::checks::DATABASE;
use crate::http::endpoints::orders::{ActionBody, Received};
use crate::http::problem::Problem;
use crate::http::route::{AnswerSchema, Route, named};

pub(super) const ROUTE: Route = Route::order(
    &["/api/ops/workers/{service}/restart"],
    "Restart a service of workers, and wait for its heartbeat",
    named::<ActionBody>(),
    AnswerSchema::Json(named::<DoneOf<WorkersRestart>>()),
    &[DATABASE, RAILWAY],
    |method| on(method, restart),
)
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
    name: Result<Path<String>, PathRejection>,
    order: Received,
) -> Result<Response, Problem> {
    let Ok(Path(service)) = name else {
        let fault = refuse("The name of the service is no text.");
        return Err(Problem::of_fault(&fault, &order.context));
    };
    let action = |_: &ActionBody| Action::RestartService { service };
    order.carry_out(action).await
}
