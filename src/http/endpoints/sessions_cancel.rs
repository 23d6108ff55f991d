//! `/api/ops/sessions/{pid}/cancel`: cancel what a session is doing; the session stays.

use axum::routing::on;

use crate::domain::action::{Action, DoneOf, PgCancel};
use crate::http::endpoints::checks::DATABASE;
use crate::http::endpoints::orders::Received;
use crate::http::endpoints::sessions::{PidPath, SessionBody, backend, parameter};
use crate::http::route::{AnswerSchema, Route, named};

pub(super) const ROUTE: Route = Route::order(
    &["/api/ops/sessions/{pid}/cancel"],
    "Cancel what a session is doing; the session stays",
    named::<SessionBody>(),
    AnswerSchema::Json(named::<DoneOf<PgCancel>>()),
    &[DATABASE],
    |method| {
        on(method, |pid: PidPath, order: Received| {
            order.carry_out_if(move |body| Ok(Action::CancelSession(backend(&pid, body)?)))
        })
    },
)
.takes(parameter);
