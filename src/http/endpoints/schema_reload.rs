//! `/api/ops/schema/reload`: make `PostgREST` read the schema again.

use axum::routing::on;

use crate::domain::action::{Action, DoneOf, SchemaReload};
use crate::http::endpoints::checks::{DATABASE, SUPABASE};
use crate::http::endpoints::orders::{ActionBody, Received};
use crate::http::route::{AnswerSchema, Route, named};

pub(super) const ROUTE: Route = Route::order(
    &["/api/ops/schema/reload"],
    "Make PostgREST read the schema again, and look whether it did",
    named::<ActionBody>(),
    AnswerSchema::Json(named::<DoneOf<SchemaReload>>()),
    &[DATABASE, SUPABASE],
    |method| on(method, |order: Received| order.carry_out(reload)),
);

fn reload(_: &ActionBody) -> Action {
    Action::ReloadSchema
}
