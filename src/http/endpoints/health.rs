//! `/api/health`: the process is up. It touches nothing, ever.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::on;
use jiff::Timestamp;

use crate::app::App;
use crate::domain::gate::millis;
use crate::http::context::Context;
use crate::http::json::{json, of_line};
use crate::http::prepared::{Changing, Last, Prepared, SAMPLE_NOW, SAMPLES};
use crate::http::route::{AnswerSchema, Route, Tag, named};
use crate::http::run::{CheckName, Passed};
use crate::http::time::Time;

pub(super) const ROUTE: Route = Route::look(
    &["/api/health", "/livez", "/health"],
    "The process is up",
    AnswerSchema::Json(named::<Passed>()),
    |method| on(method, health),
)
.about(Tag::Health);

/// Of the process whose environment and start these are.
static LAST: Last<(String, Timestamp), Prepared> = Last::new();

async fn health(State(app): State<Arc<App>>, context: Context) -> Response {
    let (environment, start) = (&app.settings.deployment.environment, app.started_at);
    let document = |at| Passed::by_itself(CheckName::Health, environment, at, Time::from(start));
    let prepared = LAST.of(
        |(of, since)| of == environment && *since == start,
        || {
            let document = document((SAMPLE_NOW.into(), SAMPLES[0]));
            let samples = [Changing::Now(SAMPLE_NOW.into()), Changing::Took(SAMPLES[0])];
            let prepared = Prepared::new(&document, &samples);
            ((environment.clone(), start), prepared)
        },
    );
    let (now, took) = (Time::now(), millis(context.arrival.elapsed()));
    let filled = prepared.filled(&[Changing::Now(now), Changing::Took(took)]);
    filled.map_or_else(|| json(&document((now, took))), of_line)
}
