//! `/api/health/db`: Postgres answers.

use axum::response::Response;
use axum::routing::on;

use crate::http::caller::Caller;
use crate::http::endpoints::checks::DATABASE;
use crate::http::json::json;
use crate::http::route::{AnswerSchema, Route, named};
use crate::http::run::{CheckName, Passed};

pub(super) const ROUTE: Route = Route::check(
    &["/api/health/db"],
    "Postgres answers SELECT 1",
    AnswerSchema::Json(named::<Passed>()),
    &[DATABASE],
    |method| on(method, db),
);

async fn db(caller: Caller) -> Response {
    let gate = &caller.app.db;
    caller
        .respond(CheckName::Db, gate, |passed, ()| json(&passed))
        .await
}
