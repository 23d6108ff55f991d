//! `/api/ops/queue/pause`: hold the jobs that are pending, and those that arrive.

use std::sync::Arc;
use std::time::Duration;

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
    &["/api/ops/queue/pause"],
    "Hold the jobs that are pending, and those that arrive",
    Named::of::<PauseBody>(),
    |method| on(method, pause),
)
.fails_with(&[DATABASE]);

body! {
    /// What a pause is asked for with.
    PauseBody {
        /// Jobs of this type only.
        job_type: Option<String>,
        /// After how many seconds it warns that it was meant to be over.
        #[schema(minimum = 1, maximum = 2_592_000)]
        seconds: Option<u64>,
    }
}

async fn pause(
    State(service): State<Arc<Service>>,
    context: Context,
    request: Request,
) -> Result<Response, Problem> {
    let action = |body: &PauseBody| Action::PauseQueue {
        job_type: body.job_type.clone(),
        lasts: body.seconds.map(Duration::from_secs),
    };
    carry_out(&service, &context, request, action).await
}
