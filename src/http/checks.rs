//! `/api/health/db`, `/api/health/supabase` and `/api/health/ready`.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::Role;
use crate::domain::fault::Fault;
use crate::domain::gate::{Answer, Gate, millis};
use crate::domain::observation::Source;
use crate::domain::report::Served;
use crate::domain::taxonomy::Code;
use crate::domain::trace::Phase;
use crate::http::Service;
use crate::http::caller::Caller;
use crate::http::context::Context;
use crate::http::health::{Passed, json};
use crate::http::problem::{Problem, RunDetails, SERVER_TIMING, whole_millis};
use crate::http::time::Time;

/// A passing check of Supabase.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SupabasePassed {
    #[serde(flatten)]
    passed: Passed,
    /// What the answer says of its server, if it is plain.
    server: Option<String>,
}

/// Both checks pass.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReadyPassed {
    #[serde(flatten)]
    passed: Passed,
    /// Each check by its name.
    checks: ReadyChecks,
}

/// The checks that readiness is made of.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReadyChecks {
    db: CheckRow,
    supabase: CheckRow,
}

/// One check, as readiness shows it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CheckRow {
    /// `ok` or `failed`.
    status: &'static str,
    #[serde(flatten)]
    run: RunDetails,
    /// What went wrong, if anything.
    #[serde(flatten)]
    failure: Option<FailureRow>,
}

/// What went wrong in a check or a section, in short.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FailureRow {
    /// The page of the code.
    #[serde(rename = "type")]
    type_: String,
    /// The stable code of the cause.
    #[schema(value_type = String)]
    code: Code,
    /// What the code is called.
    title: &'static str,
    /// What happened this time.
    detail: String,
    /// Whether trying again can help.
    retryable: bool,
    /// The first thing to look at.
    first_check: &'static str,
    /// The chain of causes, redacted: for the operator's token only.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<Vec<String>>,
}

impl FailureRow {
    /// The fault, as `role` may see it.
    pub(super) fn of(fault: &Fault, role: Role) -> Self {
        Self {
            type_: fault.code.page(),
            code: fault.code,
            title: fault.code.entry().title,
            detail: fault.detail.clone().into_owned(),
            retryable: fault.retry().is_retryable(),
            first_check: fault.first_check(),
            cause: (role == Role::Operator).then(|| fault.causes.clone()),
        }
    }
}

/// `GET /api/health/db`
pub(super) async fn db(
    State(service): State<Arc<Service>>,
    context: Context,
    Caller(role): Caller,
) -> Result<Response, Problem> {
    let answer = service.db.check(context.arrival, &context.request_id).await;
    respond(
        "db",
        &service,
        &service.db,
        &answer,
        role,
        &context,
        |passed, ()| json(&passed),
    )
}

/// `GET /api/health/supabase`
pub(super) async fn supabase(
    State(service): State<Arc<Service>>,
    context: Context,
    Caller(role): Caller,
) -> Result<Response, Problem> {
    let answer = service
        .supabase
        .check(context.arrival, &context.request_id)
        .await;
    let body = |passed, served: &Served| {
        json(&SupabasePassed {
            passed,
            server: served.server.clone(),
        })
    };
    respond(
        "supabase",
        &service,
        &service.supabase,
        &answer,
        role,
        &context,
        body,
    )
}

/// 200 with what was found, or the problem.
pub(super) fn respond<E: Send + Sync + 'static>(
    check: &'static str,
    service: &Service,
    gate: &Gate<E>,
    answer: &Answer<E>,
    role: Role,
    context: &Context,
    body: impl FnOnce(Passed, &E) -> Response,
) -> Result<Response, Problem> {
    let timing = server_timing(&[(
        "",
        answer.outcome.observation.phases.as_slice(),
        answer.outcome.observation.latency,
    )]);
    let environment = &service.deployment.environment;
    match &answer.outcome.result {
        Ok(evidence) => {
            let passed = Passed {
                status: "ok",
                check,
                timestamp: Time::now(),
                latency_ms: millis(answer.outcome.observation.latency),
                timeout_ms: Some(whole_millis(gate.timeout())),
                source: answer.source.as_str(),
                age_ms: millis(answer.age),
                since: answer.outcome.observation.since.into(),
                environment: environment.clone(),
            };
            let mut response = body(passed, evidence);
            if let Some(timing) = timing {
                response.headers_mut().insert(SERVER_TIMING, timing);
            }
            Ok(response)
        }
        Err(fault) => {
            let run = RunDetails::of(check, environment, gate.timeout(), answer);
            Err(Problem::of_check(fault, context, answer.retry_in, run)
                .with_timing(timing)
                .for_role(role, fault))
        }
    }
}

/// `GET /api/health/ready`
///
/// Both checks run at the same time, each with its own deadline. Postgres is named first where both
/// fail: `PostgREST` stands on it.
pub(super) async fn ready(
    State(service): State<Arc<Service>>,
    context: Context,
    Caller(role): Caller,
) -> Result<Response, Problem> {
    if service.lifecycle.is_draining() {
        return Err(draining(&service, &context));
    }
    let (db, supabase) = tokio::join!(
        service.db.check(context.arrival, &context.request_id),
        service.supabase.check(context.arrival, &context.request_id)
    );
    let timing = server_timing(&[
        (
            "db-",
            db.outcome.observation.phases.as_slice(),
            db.outcome.observation.latency,
        ),
        (
            "supabase-",
            supabase.outcome.observation.phases.as_slice(),
            supabase.outcome.observation.latency,
        ),
    ]);
    let checks = ReadyChecks {
        db: row("db", &service, &service.db, &db, role),
        supabase: row("supabase", &service, &service.supabase, &supabase, role),
    };
    let summary = Summary::of(&service, &db, &supabase);
    let Some((fault, retry_in)) = first_fault(&db).or_else(|| first_fault(&supabase)) else {
        let passed = summary.passed(&service);
        let mut response = json(&ReadyPassed { passed, checks });
        if let Some(timing) = timing {
            response.headers_mut().insert(SERVER_TIMING, timing);
        }
        return Ok(response.into_response());
    };
    let checks = serde_json::to_value(&checks).unwrap_or_default();
    Err(
        Problem::of_check(fault, &context, retry_in, summary.failed(&service))
            .with_timing(timing)
            .with_checks(checks)
            .for_role(role, fault),
    )
}

fn draining(service: &Service, context: &Context) -> Problem {
    let fault = Fault::new(
        Code::Cancelled,
        "The service is shutting down and takes no more work; requests in flight are still answered.",
    );
    let run = RunDetails {
        check: "ready",
        environment: service.deployment.environment.clone(),
        latency_ms: 0.0,
        timeout_ms: whole_millis(ready_timeout(service)),
        source: Source::Live.as_str(),
        age_ms: 0.0,
        since: Time::now(),
        last_ok: None,
        consecutive_failures: 1,
        next_attempt_at: None,
    };
    Problem::of_check(&fault, context, Duration::from_secs(1), run)
}

fn ready_timeout(service: &Service) -> Duration {
    service.db.timeout().max(service.supabase.timeout())
}

fn first_fault<E>(answer: &Answer<E>) -> Option<(&Fault, Duration)> {
    answer
        .outcome
        .result
        .as_ref()
        .err()
        .map(|fault| (fault, answer.retry_in))
}

fn row<E: Send + Sync + 'static>(
    check: &'static str,
    service: &Service,
    gate: &Gate<E>,
    answer: &Answer<E>,
    role: Role,
) -> CheckRow {
    let failure = answer
        .outcome
        .result
        .as_ref()
        .err()
        .map(|fault| FailureRow::of(fault, role));
    CheckRow {
        status: if failure.is_none() { "ok" } else { "failed" },
        run: RunDetails::of(
            check,
            &service.deployment.environment,
            gate.timeout(),
            answer,
        ),
        failure,
    }
}

/// What readiness says of both checks together.
struct Summary {
    latency_ms: f64,
    timeout_ms: u64,
    source: Source,
    age_ms: f64,
    ok_since: Timestamp,
    failing_since: Option<Timestamp>,
    last_ok: Option<Timestamp>,
    consecutive_failures: u32,
    next_attempt_at: Option<Timestamp>,
}

impl Summary {
    fn of(service: &Service, db: &Answer<()>, supabase: &Answer<Served>) -> Self {
        let (a, b) = (&db.outcome.observation, &supabase.outcome.observation);
        let failing = [
            a.fault.is_some().then_some(a.since),
            b.fault.is_some().then_some(b.since),
        ];
        Self {
            latency_ms: millis(a.latency.max(b.latency)),
            timeout_ms: whole_millis(ready_timeout(service)),
            source: db.source.max(supabase.source),
            age_ms: millis(db.age.max(supabase.age)),
            // Ready since the later of both became ok; not ready since the earlier of both failed.
            ok_since: a.since.max(b.since),
            failing_since: failing.into_iter().flatten().min(),
            last_ok: a.last_ok.zip(b.last_ok).map(|(a, b)| a.min(b)),
            consecutive_failures: a.consecutive_failures.max(b.consecutive_failures),
            next_attempt_at: a.next_attempt.or(b.next_attempt).map(|next| next.at),
        }
    }

    fn passed(self, service: &Service) -> Passed {
        Passed {
            status: "ok",
            check: "ready",
            timestamp: Time::now(),
            latency_ms: self.latency_ms,
            timeout_ms: Some(self.timeout_ms),
            source: self.source.as_str(),
            age_ms: self.age_ms,
            since: self.ok_since.into(),
            environment: service.deployment.environment.clone(),
        }
    }

    fn failed(self, service: &Service) -> RunDetails {
        RunDetails {
            check: "ready",
            environment: service.deployment.environment.clone(),
            latency_ms: self.latency_ms,
            timeout_ms: self.timeout_ms,
            source: self.source.as_str(),
            age_ms: self.age_ms,
            since: self.failing_since.unwrap_or(self.ok_since).into(),
            last_ok: self.last_ok.map(Time::from),
            consecutive_failures: self.consecutive_failures,
            next_attempt_at: self.next_attempt_at.map(Time::from),
        }
    }
}

/// `connect;dur=1.2, query;dur=0.4, total;dur=1.7`, each name behind its prefix.
fn server_timing(runs: &[(&str, &[Phase], Duration)]) -> Option<HeaderValue> {
    let mut text = String::with_capacity(128);
    let mut entry = |prefix: &str, name: &str, took: Duration| {
        let separator = if text.is_empty() { "" } else { ", " };
        // Writing into a string cannot fail.
        let _ = write!(text, "{separator}{prefix}{name};dur={}", millis(took));
    };
    for (prefix, phases, total) in runs {
        for phase in *phases {
            entry(prefix, phase.name, phase.took);
        }
        entry(prefix, "total", *total);
    }
    HeaderValue::try_from(text).ok()
}
