//! `/api/health/ready`: Postgres and Supabase both answer, and the process is not draining.
//!
//! Both checks run at the same time, each with its own deadline. Postgres is named first where both
//! fail: `PostgREST` stands on it.

use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use axum::routing::on;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::activity::Served;
use crate::domain::fault::Fault;
use crate::domain::gate::{self, Gate, Outcome, millis};
use crate::domain::observation::Source;
use crate::domain::taxonomy::Code;
use crate::http::caller::Caller;
use crate::http::context::Context;
use crate::http::endpoints::checks::{
    DATABASE, PreparedRun, SUPABASE, changing, server_timing, timed,
};
use crate::http::json::{json, of_line};
use crate::http::prepared::{Changing, Last, Prepared, SAMPLE_NOW, SAMPLES};
use crate::http::problem::Problem;
use crate::http::route::{AnswerSchema, Route, named};
use crate::http::run::{
    CheckName, CheckRow, FailedRun, FailureRow, Passed, ReadyChecks, RunDetails,
};
use crate::http::time::Time;

pub(super) const ROUTE: Route = Route::check(
    &["/api/health/ready", "/readyz", "/api/readyz"],
    "Postgres and Supabase both answer, and the process is not draining",
    AnswerSchema::Json(named::<ReadyPassed>()),
    &[DATABASE, SUPABASE, &[Code::Cancelled]],
    |method| on(method, ready),
);

/// Both checks pass.
#[derive(Debug, Serialize, ToSchema)]
struct ReadyPassed {
    #[serde(flatten)]
    passed: Passed,
    /// Each check by its name.
    checks: ReadyChecks,
}

/// Of which outcomes, and what they are answered with.
type LastReady = Last<(Arc<Outcome<()>>, Arc<Outcome<Served>>), PreparedRun>;

static LAST: LastReady = Last::new();

async fn ready(caller: Caller) -> Response {
    let Caller { app, context, .. } = &caller;
    if app.lifecycle.is_draining() {
        return draining(context, blank(&caller)).into_response();
    }
    let (db, supabase) = tokio::join!(caller.ask(&app.db), caller.ask(&app.supabase));
    let prepared = LAST.of(
        |(a, b)| Arc::ptr_eq(a, &db.outcome) && Arc::ptr_eq(b, &supabase.outcome),
        || {
            let outcomes = (Arc::clone(&db.outcome), Arc::clone(&supabase.outcome));
            (outcomes, prepared(&caller, &db, &supabase))
        },
    );
    let run = || of_both(&db, &supabase, blank(&caller));
    let checks = || ReadyChecks {
        db: row(CheckName::Db, &caller, &app.db, &db),
        supabase: row(CheckName::Supabase, &caller, &app.supabase, &supabase),
    };
    let response = match first_fault(&db).or_else(|| first_fault(&supabase)) {
        None => {
            let (source, age_ms) = freshness(&db, &supabase);
            let filled = prepared.body.filled(&[
                Changing::Now(Time::now()),
                Changing::Run(source, age_ms),
                changing(&db),
                changing(&supabase),
            ]);
            let whole = || {
                json(&ReadyPassed {
                    passed: run().into(),
                    checks: checks(),
                })
            };
            filled.map_or_else(whole, of_line)
        }
        Some((fault, retry_in)) => Problem::of_check(fault, context, retry_in, run())
            .with_checks(checks())
            .for_role(caller.role, fault)
            .into_response(),
    };
    timed(response, prepared.timing.clone())
}

/// What is known where nobody was asked.
fn blank(caller: &Caller) -> RunDetails {
    let app = &caller.app;
    let timeout = app.db.timeout().max(app.supabase.timeout());
    RunDetails::now(
        CheckName::Ready,
        &app.settings.deployment.environment,
        timeout,
    )
}

/// What is the same for all who share both outcomes.
fn prepared(
    caller: &Caller,
    db: &gate::Answer<()>,
    supabase: &gate::Answer<Served>,
) -> PreparedRun {
    let app = &caller.app;
    let is_ready = first_fault(db).is_none() && first_fault(supabase).is_none();
    let body = || {
        let [both, of_db, of_supabase] = SAMPLES;
        let db_run = caller.run(CheckName::Db, &app.db, db).sample(of_db);
        let supabase_run = caller.run(CheckName::Supabase, &app.supabase, supabase);
        let run = of_both(db, supabase, blank(caller)).sample(both);
        let document = ReadyPassed {
            passed: Passed::at(SAMPLE_NOW.into(), run),
            checks: ReadyChecks {
                db: CheckRow::Ok(db_run),
                supabase: CheckRow::Ok(supabase_run.sample(of_supabase)),
            },
        };
        let runs = SAMPLES.map(|age_ms| Changing::Run(Source::Live, age_ms));
        let now = [Changing::Now(SAMPLE_NOW.into())];
        Prepared::new(&document, &[&now[..], &runs[..]].concat())
    };
    PreparedRun {
        body: is_ready.then(body).unwrap_or_default(),
        timing: server_timing(&[
            ("db-", &db.outcome.observation),
            ("supabase-", &supabase.outcome.observation),
        ]),
    }
}

fn draining(context: &Context, run: RunDetails) -> Problem {
    let fault = Fault::new(
        Code::Cancelled,
        "The service is shutting down and takes no more work; requests in flight are still answered.",
    );
    let run = RunDetails {
        consecutive_failures: 1,
        ..run
    };
    Problem::of_check(&fault, context, Duration::from_secs(1), run)
}

fn first_fault<E>(answer: &gate::Answer<E>) -> Option<(&Fault, Duration)> {
    let fault = answer.outcome.result.as_ref().err();
    fault.map(|fault| (fault, answer.retry_in))
}

fn row<E: Send + Sync + 'static>(
    check: CheckName,
    caller: &Caller,
    gate: &Gate<E>,
    answer: &gate::Answer<E>,
) -> CheckRow {
    let run = caller.run(check, gate, answer);
    match first_fault(answer) {
        None => CheckRow::Ok(run),
        Some((fault, _)) => CheckRow::Failed(FailedRun {
            run,
            failure: FailureRow::of(fault, caller.role),
        }),
    }
}

/// Where both together come from, and how old they are in milliseconds: they are as fresh as the older one of them.
fn freshness(db: &gate::Answer<()>, supabase: &gate::Answer<Served>) -> (Source, f64) {
    let age = db.age.max(supabase.age);
    (db.source.min(supabase.source), millis(age))
}

/// What readiness says of both checks together.
fn of_both(
    db: &gate::Answer<()>,
    supabase: &gate::Answer<Served>,
    blank: RunDetails,
) -> RunDetails {
    let (a, b) = (&db.outcome.observation, &supabase.outcome.observation);
    let (source, age_ms) = freshness(db, supabase);
    // Ready since the later of both became ok; not ready since the earlier of both failed.
    let since = match (&a.fault, &b.fault) {
        (None, None) => a.since.max(b.since),
        (Some(_), Some(_)) => a.since.min(b.since),
        (Some(_), None) => a.since,
        (None, Some(_)) => b.since,
    };
    RunDetails {
        latency_ms: millis(a.latency.max(b.latency)),
        source,
        age_ms,
        since: since.into(),
        last_ok: a.last_ok.zip(b.last_ok).map(|(a, b)| a.min(b).into()),
        consecutive_failures: a.consecutive_failures.max(b.consecutive_failures),
        next_attempt_at: a
            .next_attempt
            .or(b.next_attempt)
            .map(|next| Time::from(next.at)),
        ..blank
    }
}
