//! `/api/ops/queue/pause`: hold the jobs that are pending, and those that arrive.

use std::time::Duration;

use axum::routing::on;

use crate::domain::action::{Action, DoneOf, QueuePause};
use crate::http::endpoints::checks::DATABASE;
use crate::http::endpoints::orders::{Received, body};
use crate::http::route::{AnswerSchema, Route, named};

pub(super) const ROUTE: Route = Route::order(
    &["/api/ops/queue/pause"],
    "Hold the jobs that are pending, and those that arrive",
    named::<PauseBody>(),
    AnswerSchema::Json(named::<DoneOf<QueuePause>>()),
    &[DATABASE],
    |method| on(method, |order: Received| order.carry_out(pause)),
);

body! {
    /// What a pause is asked for with.
    #[schema(examples(json!({ "reason": "the mailer sends twice", "job_type": "mail", "seconds": 1800 })))]
    PauseBody {
        /// Jobs of this type only.
        job_type: Option<String>,
        /// After how many seconds it warns that it was meant to be over.
        #[schema(minimum = 1, maximum = 2_592_000)]
        seconds: Option<u64>,
    }
}

fn pause(body: &PauseBody) -> Action {
    Action::PauseQueue {
        job_type: body.job_type.clone(),
        lasts: body.seconds.map(Duration::from_secs),
    }
}
