//! `/api/ops/queue/resume`: lift a pause.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::on;

use crate::domain::action::Action;
use crate::http::Service;
use crate::http::context::Context;
use crate::http::endpoints::checks::DATABASE;
use crate::http::endpoints::orders::{body, carry_out};
use crate::http::problem::Problem;
use crate::http::route::{Named, Route};

pub(super) const ROUTE: Route = Route::order(
    &["/api/ops/queue/resume"],
    "Lift a pause: exactly what it holds is pending again",
    Named::of::<ResumeBody>(),
    |method| on(method, resume),
)
.fails_with(&[DATABASE]);

body! {
    /// What a resume is asked for with.
    ResumeBody {
        /// Which pause; may be left out where only one lasts.
        #[schema(minimum = 1)]
        pause: Option<i64>,
    }
}

async fn resume(
    State(service): State<Arc<Service>>,
    context: Context,
    request: Request,
) -> Result<Response, Problem> {
    let action = |body: &ResumeBody| Action::ResumeQueue { pause: body.pause };
    carry_out(&service, &context, request, action).await
}
