//! What is known of a run, as answers say it: whether it passed, failed or is one row of readiness.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::Role;
use crate::domain::fault::Fault;
use crate::domain::gate::{Answer, millis};
use crate::domain::observation::Source;
use crate::domain::taxonomy::Code;
use crate::http::time::Time;

/// What is asked for, as answers call it.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum CheckName {
    /// The process.
    Health,
    /// Postgres.
    Db,
    /// Supabase's REST API.
    Supabase,
    /// Both of them.
    Ready,
    /// What runs here.
    Version,
    /// What goes on in the database.
    Ops,
}

/// That a check passes.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum PassedStatus {
    /// It does.
    Ok,
}

/// What a failed check knows beside its fault.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct RunDetails {
    /// The name of the check.
    pub(super) check: CheckName,
    /// The environment.
    pub(super) environment: String,
    /// How long the run took.
    pub(super) latency_ms: f64,
    /// How long it may take.
    pub(super) timeout_ms: u64,
    /// Where the outcome comes from.
    pub(super) source: Source,
    /// How old the outcome is.
    pub(super) age_ms: f64,
    /// When the check began to fail.
    #[schema(value_type = String, format = DateTime)]
    pub(super) since: Time,
    /// When it last passed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) last_ok: Option<Time>,
    /// How many runs have failed in a row.
    pub(super) consecutive_failures: u32,
    /// Before this the dependency is left alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub(super) next_attempt_at: Option<Time>,
}

/// What every answer that passes has in common.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Passed {
    /// Always `ok`.
    status: PassedStatus,
    /// The name of the check.
    check: CheckName,
    /// When this was answered.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Time,
    /// How long it took to find out.
    latency_ms: f64,
    /// How long that may take; null where nothing is asked.
    timeout_ms: Option<u64>,
    /// `live`, `shared` with other callers, or `cached` from a moment before.
    source: Source,
    /// How old the outcome is.
    age_ms: f64,
    /// When it became ok.
    #[schema(value_type = String, format = DateTime)]
    since: Time,
    /// The environment.
    environment: String,
}

/// Both checks that readiness is made of.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ReadyChecks {
    /// Postgres.
    pub(super) db: CheckRow,
    /// Supabase's REST API.
    pub(super) supabase: CheckRow,
}

/// One check, as readiness shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "status", rename_all = "lowercase")]
pub(super) enum CheckRow {
    /// It passes.
    Ok(RunDetails),
    /// It fails.
    Failed(FailedRun),
}

/// A run that failed, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct FailedRun {
    /// The run.
    #[serde(flatten)]
    pub(super) run: RunDetails,
    /// What went wrong.
    #[serde(flatten)]
    pub(super) failure: FailureRow,
}

/// What went wrong in a check or a section, in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct FailureRow {
    /// The page of the code.
    #[serde(rename = "type")]
    type_: String,
    /// The stable code of the cause.
    code: Code,
    /// What the code is called.
    title: &'static str,
    /// What happened this time.
    detail: String,
    /// Whether trying again can help.
    retryable: bool,
    /// The first thing to look at.
    first_check: String,
    /// The chain of causes, redacted: for the operator's token only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
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
            first_check: fault.first_check().to_owned(),
            cause: (role == Role::Operator).then(|| fault.causes.clone()),
        }
    }
}

impl RunDetails {
    /// The run that is the answer of a gate.
    pub(super) fn of<E>(
        check: CheckName,
        environment: &str,
        timeout: Duration,
        answer: &Answer<E>,
    ) -> Self {
        let run = &answer.outcome.observation;
        Self {
            latency_ms: millis(run.latency),
            source: answer.source,
            age_ms: millis(answer.age),
            since: run.since.into(),
            last_ok: run.last_ok.map(Time::from),
            consecutive_failures: run.consecutive_failures,
            next_attempt_at: run.next_attempt.map(|next| next.at.into()),
            ..Self::now(check, environment, timeout)
        }
    }

    /// The same as a sample that is so old, in milliseconds.
    pub(super) fn sample(self, age_ms: f64) -> Self {
        Self {
            source: Source::Live,
            age_ms,
            ..self
        }
    }

    /// One that took no time, and asked nobody.
    pub(super) fn now(check: CheckName, environment: &str, timeout: Duration) -> Self {
        Self {
            check,
            environment: environment.to_owned(),
            latency_ms: 0.0,
            timeout_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
            source: Source::Live,
            age_ms: 0.0,
            since: Time::now(),
            last_ok: None,
            consecutive_failures: 0,
            next_attempt_at: None,
        }
    }
}

impl Passed {
    /// What the process knows of itself at that time: nobody is asked, and nothing can take too long.
    pub(super) fn by_itself(
        check: CheckName,
        environment: &str,
        (now, latency_ms): (Time, f64),
        since: Time,
    ) -> Self {
        let run = RunDetails::now(check, environment, Duration::ZERO);
        Self {
            timeout_ms: None,
            latency_ms,
            since,
            ..Self::at(now, run)
        }
    }

    /// What is answered at that time.
    pub(super) fn at(now: Time, run: RunDetails) -> Self {
        Self {
            status: PassedStatus::Ok,
            check: run.check,
            timestamp: now,
            latency_ms: run.latency_ms,
            timeout_ms: Some(run.timeout_ms),
            source: run.source,
            age_ms: run.age_ms,
            since: run.since,
            environment: run.environment,
        }
    }
}

impl From<RunDetails> for Passed {
    fn from(run: RunDetails) -> Self {
        Self::at(Time::now(), run)
    }
}
