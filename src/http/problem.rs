//! The only place where a fault meets HTTP: the problem document of RFC 9457.
//!
//! # Design notes
//!
//! Status, headers and body of an answer come from one value, so that a 200 that says "error"
//! cannot be written. The document is private to this file but for its schema; everybody else hands
//! in a fault and gets a response.

use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::Role;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::taxonomy::{Category, Code, Retry};
use crate::domain::verdict::Verdict;
use crate::http::context::Context;
use crate::http::json;
use crate::http::run::{ReadyChecks, RunDetails};
use crate::http::sections::SectionBodies;
use crate::http::time::Time;

/// A failure, as a program and a person read it (RFC 9457).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[schema(as = Problem, examples(json!({
    "type": "/errors/DFE-DB-002", "title": "Query timeout", "status": 503,
    "detail": "Postgres did not answer SELECT 1 within 5 s.", "instance": "/api/health/db", "code": "DFE-DB-002",
    "category": "DB", "retryable": true, "retry": "yes",
    "first_check": "Long-running queries, pool exhaustion", "timestamp": "2026-11-23T21:04:05.123Z",
    "request_id": "01KB3N5V6W7X8Y9Z0A1B2C3D4E", "check": "db", "environment": "prod", "latency_ms": 5001.3,
    "timeout_ms": 5000, "source": "live", "age_ms": 0.0, "since": "2026-11-23T21:03:00.000Z",
    "last_ok": "2026-11-23T21:02:30.000Z", "consecutive_failures": 3,
})))]
pub(super) struct Document {
    /// A relative reference to the page of the code; `about:blank` where there is no code.
    #[serde(rename = "type")]
    #[schema(examples("/errors/DFE-DB-002"))]
    type_: String,
    /// What the code is called.
    title: String,
    /// The HTTP status, again.
    status: u16,
    /// What happened this time. Never holds a host, a user, a DSN, a key or a query.
    detail: String,
    /// The path that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = true)]
    instance: Option<String>,
    /// The stable code of the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    code: Option<Code>,
    /// The middle of the code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    category: Option<Category>,
    /// Whether trying again can help.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retryable: Option<bool>,
    /// The same, more exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry: Option<Retry>,
    /// The first thing to look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    first_check: Option<String>,
    /// When this was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = true)]
    timestamp: Option<Time>,
    /// The id of the request, as in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = true)]
    request_id: Option<String>,
    /// What a failed check knows beside its fault.
    #[serde(flatten)]
    run: Option<RunDetails>,
    /// Both checks, where the problem is that of readiness.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    checks: Option<ReadyChecks>,
    /// The worst verdict of all sections, where that is what the caller asked to fail on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    verdict: Option<Verdict>,
    /// Each section by its name, as in the answer that does not fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sections: Option<SectionBodies>,
    /// The chain of causes, redacted: for the operator's token only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cause: Option<Vec<String>>,
}

impl Document {
    /// What a fault comes to, whoever asked.
    fn of(fault: &Fault, status: StatusCode) -> Self {
        let code = fault.code;
        Self {
            type_: code.page(),
            title: code.entry().title.to_owned(),
            status: status.as_u16(),
            detail: fault.detail.clone().into_owned(),
            code: Some(code),
            category: Some(code.category()),
            retryable: Some(fault.retry().is_retryable()),
            retry: Some(fault.retry()),
            first_check: Some(fault.first_check().to_owned()),
            ..Self::default()
        }
    }

    /// Says which request it answers.
    fn asked_in(mut self, context: &Context) -> Self {
        self.instance = Some(context.path.to_string());
        self.timestamp = Some(Time::now());
        self.request_id = Some(context.request_id.to_string());
        self
    }
}

/// The same document where a command fails, and not a request: for whoever holds the operator's secrets anyway.
pub(crate) fn problem_document(fault: &Fault) -> impl Serialize {
    Document {
        cause: Some(fault.causes.clone()),
        ..Document::of(fault, status_of(fault))
    }
}

/// What a page says of a problem.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) status: StatusCode,
    pub(super) title: String,
    pub(super) detail: String,
    pub(super) first_check: Option<String>,
    pub(super) code: Option<Code>,
    pub(super) request_id: String,
}

/// A problem on its way out.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    headers: HeaderMap,
    document: Box<Document>,
}

impl Problem {
    /// A failure of HTTP itself, which needs no code.
    pub(super) fn plain(status: StatusCode, context: &Context, detail: &str) -> Self {
        let document = Document {
            type_: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.to_owned(),
            ..Document::default()
        }
        .asked_in(context);
        Self {
            status,
            headers: HeaderMap::new(),
            document: Box::new(document),
        }
    }

    /// A failure of the service itself: the status is the code's. Logged, as nobody else does.
    pub(super) fn of_fault(fault: &Fault, context: &Context) -> Self {
        let problem = Self::in_answer(fault, context);
        if problem.status.is_server_error() {
            let request_id = &*context.request_id;
            let cause = fault.causes.join(": ");
            tracing::error!(code = %fault.code, request_id, cause, "{}", fault.detail);
        } else {
            Self::mention(fault, context);
        }
        problem
    }

    /// A caller who may not do this, whatever the status: anybody can ask as often as they like, and
    /// must not fill the log. What is missing in the settings stands in it since the start.
    pub(super) fn refusal(fault: &Fault, context: &Context) -> Self {
        Self::mention(fault, context);
        Self::in_answer(fault, context)
    }

    fn in_answer(fault: &Fault, context: &Context) -> Self {
        let mut problem = Self::with(fault, status_of(fault), context);
        if let Some(wait) = fault.retry_after {
            problem.retry_in(wait);
        }
        problem
    }

    fn mention(fault: &Fault, context: &Context) {
        let request_id = &*context.request_id;
        tracing::debug!(code = %fault.code, request_id, "{}", fault.detail);
    }

    /// A failed check: always 503, as the service itself answered. The gate has logged it.
    pub(super) fn of_check(
        fault: &Fault,
        context: &Context,
        retry_in: Duration,
        run: RunDetails,
    ) -> Self {
        let mut problem = Self::with(fault, StatusCode::SERVICE_UNAVAILABLE, context);
        problem.document.run = Some(run);
        tracing::debug!(
            code = %fault.code,
            request_id = &*context.request_id,
            cause = fault.causes.join(": "),
            "{}",
            fault.detail
        );
        if fault.retry().is_retryable() {
            problem.retry_in(retry_in);
        }
        problem
    }

    fn retry_in(&mut self, wait: Duration) {
        let seconds = wait.as_millis().div_ceil(1000).max(1);
        if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
            self.headers.insert(RETRY_AFTER, value);
        }
    }

    /// Adds what only the operator may read.
    pub(super) fn for_role(mut self, role: Role, fault: &Fault) -> Self {
        self.document.cause = (role == Role::Operator).then(|| fault.causes.clone());
        self
    }

    /// Adds the checks that readiness is made of.
    pub(super) fn with_checks(mut self, checks: ReadyChecks) -> Self {
        self.document.checks = Some(checks);
        self
    }

    /// Adds what was found, where that is what fails.
    pub(super) fn with_sections(mut self, verdict: Verdict, sections: SectionBodies) -> Self {
        self.document.verdict = Some(verdict);
        self.document.sections = Some(sections);
        self
    }

    /// What a page says of it.
    pub(super) fn told(self) -> Told {
        let document = *self.document;
        Told {
            status: self.status,
            title: document.title,
            detail: document.detail,
            first_check: document.first_check,
            code: document.code,
            request_id: document.request_id.unwrap_or_default(),
        }
    }

    fn with(fault: &Fault, status: StatusCode, context: &Context) -> Self {
        let document = Document::of(fault, status).asked_in(context);
        let mut headers = HeaderMap::new();
        if status == StatusCode::UNAUTHORIZED {
            // Who has presented none has done nothing wrong yet.
            let challenge = match fault.code {
                Code::AuthMissing => "Bearer",
                _ => "Bearer error=\"invalid_token\"",
            };
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        Self {
            status,
            headers,
            document: Box::new(document),
        }
    }
}

/// The code's own status, but where HTTP has one that says more; the table holds none that is not one.
fn status_of(fault: &Fault) -> StatusCode {
    if fault.kind == Some(FaultKind::TooLarge) {
        return StatusCode::PAYLOAD_TOO_LARGE;
    }
    // What is left alone for a while, as a database that has rejected our login: who asks comes back then.
    if fault.retry_after.is_some() && fault.code.entry().status == 500 {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    StatusCode::from_u16(fault.code.entry().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json::line(&self.document);
        let mut response = (self.status, body).into_response();
        response.headers_mut().extend(self.headers);
        response.headers_mut().insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_only_left_alone_for_a_while_is_unavailable() {
        let rejected = Fault::new(Code::ConfigInvalid, "The database rejected the login.");
        assert_eq!(status_of(&rejected), StatusCode::INTERNAL_SERVER_ERROR);
        let mut silent = rejected;
        silent.retry_after = Some(Duration::from_secs(60));
        assert_eq!(status_of(&silent), StatusCode::SERVICE_UNAVAILABLE);
        let mut limited = Fault::new(Code::AuthInvalid, "The bearer token is wrong.");
        limited.retry_after = Some(Duration::from_secs(1));
        assert_eq!(status_of(&limited), StatusCode::UNAUTHORIZED);
    }
}
