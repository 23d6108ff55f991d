//! `/api/ops/queue/resume`: lift a pause.

use axum::routing::on;

use crate::domain::action::{Action, DoneOf, QueueResume};
use crate::http::endpoints::checks::DATABASE;
use crate::http::endpoints::orders::{Received, body};
use crate::http::route::{AnswerSchema, Route, named};

pub(super) const ROUTE: Route = Route::order(
    &["/api/ops/queue/resume"],
    "Lift a pause: exactly what it holds is pending again",
    named::<ResumeBody>(),
    AnswerSchema::Json(named::<DoneOf<QueueResume>>()),
    &[DATABASE],
    |method| on(method, |order: Received| order.carry_out(resume)),
);

body! {
    /// What a resume is asked for with.
    #[schema(examples(json!({ "reason": "the mailer is mended", "pause": 1 })))]
    ResumeBody {
        /// Which pause; may be left out where only one lasts.
        #[schema(minimum = 1)]
        pause: Option<i64>,
    }
}

fn resume(body: &ResumeBody) -> Action {
    Action::ResumeQueue { pause: body.pause }
}
