//! `/api/health/db`: Postgres answers.

use std::sync::Arc;

use axum::response::Response;
use axum::routing::on;

use crate::domain::gate::Outcome;
use crate::http::caller::Caller;
use crate::http::endpoints::checks::{DATABASE, PreparedRun};
use crate::http::prepared::Last;
use crate::http::route::{AnswerSchema, Route, named};
use crate::http::run::{CheckName, Passed};

pub(super) const ROUTE: Route = Route::check(
    &["/api/health/db"],
    "Postgres answers SELECT 1",
    AnswerSchema::Json(named::<Passed>()),
    &[DATABASE],
    |method| on(method, db),
);

static LAST: Last<Arc<Outcome<()>>, PreparedRun> = Last::new();

async fn db(caller: Caller) -> Response {
    let gate = &caller.app.db;
    caller.respond_prepared(CheckName::Db, gate, &LAST).await
}
