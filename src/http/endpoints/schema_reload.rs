//! `/api/ops/schema/reload`: make `PostgREST` read the schema again.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::on;

use crate::domain::action::Action;
use crate::http::Service;
use crate::http::context::Context;
use crate::http::endpoints::checks::{DATABASE, SUPABASE};
use crate::http::endpoints::orders::{ActionBody, carry_out};
use crate::http::problem::Problem;
use crate::http::route::{Named, Route};

pub(super) const ROUTE: Route = Route::order(
    &["/api/ops/schema/reload"],
    "Make PostgREST read the schema again, and look whether it did",
    Named::of::<ActionBody>(),
    |method| on(method, reload),
)
.fails_with(&[DATABASE, SUPABASE]);

async fn reload(
    State(service): State<Arc<Service>>,
    context: Context,
    request: Request,
) -> Result<Response, Problem> {
    let action = |_: &ActionBody| Action::ReloadSchema;
    carry_out(&service, &context, request, action).await
}
