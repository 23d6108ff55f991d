//! `/api/ops/sessions/{pid}/terminate`: end a session; its transaction is rolled back.

use axum::routing::on;

use crate::domain::action::{Action, DoneOf, PgTerminate};
use crate::http::endpoints::checks::DATABASE;
use crate::http::endpoints::orders::Received;
use crate::http::endpoints::sessions::{PidPath, SessionBody, backend, parameter};
use crate::http::route::{AnswerSchema, Route, named};

pub(super) const ROUTE: Route = Route::order(
    &["/api/ops/sessions/{pid}/terminate"],
    "End a session; its transaction is rolled back",
    named::<SessionBody>(),
    AnswerSchema::Json(named::<DoneOf<PgTerminate>>()),
    &[DATABASE],
    |method| {
        on(method, |pid: PidPath, order: Received| {
            order.carry_out_if(move |body| Ok(Action::TerminateSession(backend(&pid, body)?)))
        })
    },
)
.takes(parameter);
