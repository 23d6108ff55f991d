//! `/api/history/{check}`: what was seen of a check over time, for dashboards.

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::domain::history::{Bucket, Grain, Series};
use crate::domain::order::refuse;
use crate::domain::status::Share;
use crate::domain::taxonomy::Code;
use crate::http::endpoints::status_check::{named_check, parameter};
use crate::http::json;
use crate::http::problem::Problem;
use crate::http::route::{AnswerSchema, Route, named};
use crate::http::time::Time;
use crate::http::viewer::Viewer;

pub(super) const ROUTE: Route = Route::view(
    &["/api/history/{check}"],
    "What was seen of a check over time",
    AnswerSchema::Json(named::<HistoryFound>()),
    |method| on(method, history),
)
.compressed()
.takes(|| {
    let time = |name, what| {
        json!({
            "name": name, "in": "query", "required": false, "description": what,
            "schema": { "type": "string", "format": "date-time" },
        })
    };
    let kept = Grain::ALL.map(|grain| grain.kept_days().to_string());
    let answered = Grain::ALL.map(|grain| grain.answered_days().to_string());
    let words: Vec<Value> = Grain::ALL.map(|grain| json!(grain.as_str())).into();
    json!([
        parameter(),
        {
            "name": "grain", "in": "query", "required": false,
            "description": format!(
                "How long a bucket is; those of each are kept for {} days, and an answer holds {} of them",
                kept.join(", "),
                answered.join(", ")
            ),
            "schema": { "type": "string", "enum": words, "default": "5m" },
        },
        time("from", "Buckets that begin from here on; a day before `to` where it is not said"),
        time("to", "Buckets that begin before this; now where it is not said"),
    ])
});

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HistoryQuery {
    grain: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

/// Buckets of a check, in the order of time. There is none where nobody looked.
#[derive(Debug, Serialize, ToSchema)]
struct HistoryFound {
    /// Which check.
    check: Series,
    /// How long a bucket is.
    grain: Grain,
    /// Buckets begin from here on.
    #[schema(value_type = String, format = DateTime)]
    from: Time,
    /// Buckets begin before this.
    #[schema(value_type = String, format = DateTime)]
    to: Time,
    /// The buckets.
    buckets: Vec<BucketRow>,
}

/// What was seen in a stretch of time.
#[derive(Debug, Serialize, ToSchema)]
struct BucketRow {
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    start: Time,
    /// How much of it it was up, and how much is known.
    #[serde(flatten)]
    share: Share,
    /// For how many seconds it was ok.
    ok_seconds: u32,
    /// For how many there was a warning.
    warning_seconds: u32,
    /// For how many it could not be seen.
    unknown_seconds: u32,
    /// For how many it was critical.
    critical_seconds: u32,
    /// How many looks there were.
    looks: u32,
    /// How long they took on average, in milliseconds.
    mean_ms: Option<f64>,
    /// How long the longest took.
    max_ms: Option<f64>,
    /// Within how long 99 of a hundred ended; null below 100 looks.
    p99_ms: Option<f64>,
    /// The cause of the worst look, where it has a code.
    worst_code: Option<Code>,
}

impl BucketRow {
    fn of(start: Timestamp, bucket: &Bucket, grain: Grain) -> Self {
        let tenth = |ms: f64| (ms * 10.0).round() / 10.0;
        Self {
            start: start.into(),
            share: Share::of(bucket, grain.seconds()),
            ok_seconds: bucket.ok,
            warning_seconds: bucket.warning,
            unknown_seconds: bucket.unknown,
            critical_seconds: bucket.critical,
            looks: bucket.looks,
            mean_ms: bucket.mean_ms().map(tenth),
            max_ms: bucket.max_ms,
            p99_ms: bucket.quantile_ms(0.99).map(tenth),
            worst_code: bucket.worst,
        }
    }
}

async fn history(
    name: Result<Path<String>, PathRejection>,
    query: Result<Query<HistoryQuery>, QueryRejection>,
    viewer: Viewer,
) -> Response {
    match find(name, query, &viewer).await {
        Ok(found) => json::json(&found),
        Err(problem) => problem.into_response(),
    }
}

async fn find(
    name: Result<Path<String>, PathRejection>,
    query: Result<Query<HistoryQuery>, QueryRejection>,
    viewer: &Viewer,
) -> Result<HistoryFound, Problem> {
    let check = named_check(name, &viewer.context)?;
    let fail = |detail: &'static str| Problem::of_fault(&refuse(detail), &viewer.context);
    let Ok(Query(query)) = query else {
        return Err(fail(
            "What can be asked for is grain, from and to, each once.",
        ));
    };
    let grain = query
        .grain
        .as_deref()
        .unwrap_or(Grain::FiveMinutes.as_str());
    let grain: Grain = grain.parse().map_err(|_| fail("grain is 5m, 1h or 1d."))?;
    let time = |text: Option<String>| {
        let time = text.map(|text| text.parse::<Timestamp>()).transpose();
        time.map_err(|_| fail("from and to are times such as 2026-11-24T10:00:00Z."))
    };
    let to = time(query.to)?.unwrap_or_else(Timestamp::now);
    let day = SignedDuration::from_hours(24);
    let from = time(query.from)?.unwrap_or_else(|| to.saturating_sub(day).unwrap_or(to));
    let buckets = viewer.app.buckets(check, grain, (from, to)).await;
    let buckets = buckets.map_err(|fault| Problem::of_fault(&fault, &viewer.context))?;
    Ok(HistoryFound {
        check,
        grain,
        from: from.into(),
        to: to.into(),
        buckets: buckets
            .iter()
            .map(|(start, bucket)| BucketRow::of(*start, bucket, grain))
            .collect(),
    })
}
