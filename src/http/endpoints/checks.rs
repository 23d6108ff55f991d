//! What the endpoints share that check something.

use std::sync::Arc;

use axum::http::HeaderValue;
use axum::http::header::HeaderName;
use axum::response::{IntoResponse, Response};

use crate::domain::fault::Fault;
use crate::domain::gate::{Answer, Gate, Outcome, millis};
use crate::domain::observation::{Observation, Source};
use crate::domain::taxonomy::Code;
use crate::http::caller::Caller;
use crate::http::json::{json, of_line};
use crate::http::prepared::{Changing, Last, Prepared, SAMPLE_NOW, SAMPLES};
use crate::http::problem::Problem;
use crate::http::run::{CheckName, Passed, RunDetails};
use crate::http::time::Time;

/// Where the time of a check went.
pub(in crate::http) const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// What an order about an incident can fail with: it does not go with how that stands, or is kept nowhere.
pub(super) const INCIDENT: &[Code] = &[Code::ValData, Code::ResourceExhausted];

/// What asking Postgres can fail with.
pub(super) const DATABASE: &[Code] = &[
    Code::ConfigMissing,
    Code::ConfigInvalid,
    Code::ConfigFileMissing,
    Code::DbConnection,
    Code::DbTimeout,
    Code::DbTransaction,
    Code::DbPoolExhausted,
    Code::DbIntegrity,
    Code::NetTls,
    Code::AuthForbidden,
    Code::ValSchema,
    Code::ValData,
    Code::Internal,
    Code::ResourceExhausted,
];

/// What asking Supabase can fail with.
pub(super) const SUPABASE: &[Code] = &[
    Code::ConfigMissing,
    Code::ConfigInvalid,
    Code::ConfigFileMissing,
    Code::NetTimeout,
    Code::NetRefused,
    Code::NetDns,
    Code::NetTls,
    Code::VendorSupabase,
    Code::VendorRateLimited,
    Code::AuthInvalid,
    Code::AuthForbidden,
    Code::ValSchema,
    Code::Internal,
];

impl Caller {
    /// Asks a gate.
    pub(super) async fn ask<E: Send + Sync + 'static>(&self, gate: &Arc<Gate<E>>) -> Answer<E> {
        gate.check(self.context.arrival, &self.context.request_id)
            .await
    }

    /// What is known of a run.
    pub(super) fn run<E: Send + Sync + 'static>(
        &self,
        check: CheckName,
        gate: &Gate<E>,
        answer: &Answer<E>,
    ) -> RunDetails {
        let environment = &self.app.settings.deployment.environment;
        RunDetails::of(check, environment, gate.timeout(), answer)
    }

    /// Asks a gate: what `body` makes of what was found, or the problem.
    pub(super) async fn respond<E: Send + Sync + 'static>(
        &self,
        check: CheckName,
        gate: &Arc<Gate<E>>,
        body: impl FnOnce(Passed, &E) -> Response,
    ) -> Response {
        let answer = self.ask(gate).await;
        let run = self.run(check, gate, &answer);
        let response = match &answer.outcome.result {
            Ok(evidence) => body(run.into(), evidence),
            Err(fault) => self.problem(&answer, fault, run),
        };
        timed(
            response,
            server_timing(&[("", &answer.outcome.observation)]),
        )
    }

    /// Asks a gate of which nothing but the run is told: that is prepared for all who share the outcome.
    pub(super) async fn respond_prepared(
        &self,
        check: CheckName,
        gate: &Arc<Gate<()>>,
        last: &Last<Arc<Outcome<()>>, PreparedRun>,
    ) -> Response {
        let answer = self.ask(gate).await;
        let outcome = &answer.outcome;
        let prepared = last.of(
            |of| Arc::ptr_eq(of, outcome),
            || {
                let run = self.run(check, gate, &answer).sample(SAMPLES[0]);
                let samples = [
                    Changing::Now(SAMPLE_NOW.into()),
                    Changing::Run(Source::Live, SAMPLES[0]),
                ];
                let document = Passed::at(SAMPLE_NOW.into(), run);
                let timing = server_timing(&[("", &outcome.observation)]);
                let prepared = PreparedRun {
                    body: Prepared::new(&document, &samples),
                    timing,
                };
                (Arc::clone(outcome), prepared)
            },
        );
        let response = match &outcome.result {
            Ok(()) => {
                let changing = [Changing::Now(Time::now()), changing(&answer)];
                let filled = prepared.body.filled(&changing);
                let whole = || json(&Passed::from(self.run(check, gate, &answer)));
                filled.map_or_else(whole, of_line)
            }
            Err(fault) => self.problem(&answer, fault, self.run(check, gate, &answer)),
        };
        timed(response, prepared.timing.clone())
    }

    fn problem<E>(&self, answer: &Answer<E>, fault: &Fault, run: RunDetails) -> Response {
        Problem::of_check(fault, &self.context, answer.retry_in, run)
            .for_role(self.role, fault)
            .into_response()
    }
}

/// What is the same for all who share an outcome.
#[derive(Debug)]
pub(super) struct PreparedRun {
    /// The document, where it passed.
    pub(super) body: Prepared,
    /// Where the time went.
    pub(super) timing: Option<HeaderValue>,
}

/// What differs from one caller of the same outcome to the next.
pub(super) fn changing<E>(answer: &Answer<E>) -> Changing {
    Changing::Run(answer.source, millis(answer.age))
}

/// Says where the time went.
pub(super) fn timed(mut response: Response, timing: Option<HeaderValue>) -> Response {
    if let Some(timing) = timing {
        response.headers_mut().insert(SERVER_TIMING, timing);
    }
    response
}

/// `connect;dur=1.2, query;dur=0.4, total;dur=1.7`, of each run behind its prefix.
pub(super) fn server_timing(runs: &[(&str, &Observation)]) -> Option<HeaderValue> {
    let mut text = Vec::with_capacity(256);
    for (prefix, run) in runs {
        let phases = run.phases.iter().map(|phase| (phase.name, phase.took));
        for (name, took) in phases.chain([("total", run.latency)]) {
            let separator = if text.is_empty() { "" } else { ", " };
            for part in [separator, prefix, name, ";dur="] {
                text.extend_from_slice(part.as_bytes());
            }
            // Into a vector it cannot fail, and takes a twentieth of what a format takes.
            let _ = serde_json::to_writer(&mut text, &millis(took));
        }
    }
    HeaderValue::try_from(text).ok()
}
