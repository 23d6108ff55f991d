//! What the endpoints share that check something.

use std::sync::Arc;

use axum::http::HeaderValue;
use axum::http::header::HeaderName;
use axum::response::{IntoResponse, Response};

use crate::domain::gate::{Answer, Gate, millis};
use crate::domain::observation::Observation;
use crate::domain::taxonomy::Code;
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::http::run::{CheckName, Passed, RunDetails};

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
            Err(fault) => Problem::of_check(fault, &self.context, answer.retry_in, run)
                .for_role(self.role, fault)
                .into_response(),
        };
        timed(response, server_timing("", &answer.outcome.observation))
    }
}

/// Says where the time went.
pub(super) fn timed(mut response: Response, timing: Vec<u8>) -> Response {
    if let Ok(timing) = HeaderValue::try_from(timing) {
        response.headers_mut().insert(SERVER_TIMING, timing);
    }
    response
}

/// `connect;dur=1.2, query;dur=0.4, total;dur=1.7`, each name behind the prefix.
pub(super) fn server_timing(prefix: &str, run: &Observation) -> Vec<u8> {
    let mut text = Vec::with_capacity(256);
    let phases = run.phases.iter().map(|phase| (phase.name, phase.took));
    for (name, took) in phases.chain([("total", run.latency)]) {
        let separator = if text.is_empty() { "" } else { ", " };
        for part in [separator, prefix, name, ";dur="] {
            text.extend_from_slice(part.as_bytes());
        }
        // Into a vector it cannot fail, and takes a twentieth of what a format takes.
        let _ = serde_json::to_writer(&mut text, &millis(took));
    }
    text
}
