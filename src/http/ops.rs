//! `/api/health/ops`: what goes on in the database, section by section.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::Role;
use crate::domain::locks::LockForest;
use crate::domain::report::{
    Connections, Finding, LongRunning, OpsReport, Queue, Section, SessionIdentity, Verdict, Workers,
};
use crate::http::Service;
use crate::http::checks::{FailureRow, respond, role};
use crate::http::context::Context;
use crate::http::health::{Passed, json};
use crate::http::problem::Problem;

/// The report. Its `status` says that it could be made; its `verdict` says what it found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OpsPassed {
    #[serde(flatten)]
    passed: Passed,
    /// The worst verdict of all sections.
    verdict: Verdict,
    /// Each section by its name.
    sections: Sections,
}

/// The sections of the report.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Sections {
    workers: SectionBody<Workers>,
    queue: SectionBody<Queue>,
    connections: SectionBody<Connections>,
    long_running: SectionBody<LongRunning>,
    locks: SectionBody<LockForest>,
}

/// A section: its verdict with what it rests on, or with the problem of reading it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SectionBody<T> {
    /// What it came to; `unknown` where it could not be read.
    verdict: Verdict,
    /// One sentence for people.
    summary: String,
    /// What was found.
    #[serde(flatten)]
    facts: Option<T>,
    /// Why it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<FailureRow>,
}

/// `GET /api/health/ops`
pub(super) async fn ops(
    State(service): State<Service>,
    context: Context,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let role = role(&service, &headers, &context)?;
    let answer = service
        .ops
        .check(context.arrival, &context.request_id)
        .await;
    respond(
        "ops",
        &service,
        &service.ops,
        &answer,
        role,
        &context,
        |passed, report: &OpsReport| {
            json(&OpsPassed {
                passed,
                verdict: report.verdict(),
                sections: sections(report, role),
            })
        },
    )
}

fn sections(report: &OpsReport, role: Role) -> Sections {
    Sections {
        workers: section(&report.workers, role, |_| {}),
        queue: section(&report.queue, role, |_| {}),
        connections: section(&report.connections, role, |_| {}),
        long_running: section(&report.long_running, role, |facts| {
            let sessions = facts
                .active
                .iter_mut()
                .chain(&mut facts.idle_in_transaction);
            sessions.for_each(|session| hide(&mut session.identity));
        }),
        locks: section(&report.locks, role, |facts| {
            facts
                .roots
                .iter_mut()
                .for_each(|root| hide(&mut root.identity));
        }),
    }
}

fn hide(identity: &mut Option<SessionIdentity>) {
    *identity = None;
}

/// The section as `role` may see it; `hide` takes out what anybody may not.
fn section<T: Clone>(
    section: &Section<T>,
    role: Role,
    hide: impl FnOnce(&mut T),
) -> SectionBody<T> {
    match section {
        Ok(Finding {
            verdict,
            summary,
            facts,
        }) => {
            let mut facts = facts.clone();
            if role == Role::Anybody {
                hide(&mut facts);
            }
            SectionBody {
                verdict: *verdict,
                summary: summary.clone(),
                facts: Some(facts),
                problem: None,
            }
        }
        Err(fault) => SectionBody {
            verdict: Verdict::Unknown,
            summary: fault.detail.clone().into_owned(),
            facts: None,
            problem: Some(FailureRow::of(fault, role)),
        },
    }
}
