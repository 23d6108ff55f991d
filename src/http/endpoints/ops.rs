//! `/api/health/ops`: what goes on in the database, section by section.

use std::fmt::Write as _;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use serde::{Deserialize, Serialize};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::access::Role;
use crate::domain::activity::{
    Activity, Connections, Finding, LongRunning, Queue, Section, Workers,
};
use crate::domain::check::Check;
use crate::domain::locks::LockForest;
use crate::domain::order::refuse;
use crate::domain::taxonomy::Code;
use crate::domain::verdict::Verdict;
use crate::http::caller::Caller;
use crate::http::context::Context;
use crate::http::endpoints::checks::{DATABASE, FailureRow};
use crate::http::json::json;
use crate::http::problem::Problem;
use crate::http::route::{AnswerSchema, Route, named};
use crate::http::run::Passed;

pub(super) const ROUTE: Route = Route::check(
    &["/api/health/ops"],
    "Workers, job queue, connections, long-running sessions and lock trees",
    AnswerSchema::Json(named::<OpsPassed>()),
    &[DATABASE],
    |method| on(method, ops),
)
.takes(|| {
    serde_json::json!({
        "name": "fail_on", "in": "query", "required": false,
        "description": "From which verdict on the answer is a 503, for whoever only knows status codes",
        "schema": FailOn::schema(),
    })
});

/// The report. Its `status` says that it could be made; its `verdict` says what it found.
#[derive(Debug, Serialize, ToSchema)]
struct OpsPassed {
    #[serde(flatten)]
    passed: Passed,
    /// The worst verdict of all sections.
    verdict: Verdict,
    /// Each section by its name.
    sections: SectionBodies,
}

/// The sections of the report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sections)]
struct SectionBodies {
    workers: SectionBody<Workers>,
    queue: SectionBody<Queue>,
    connections: SectionBody<Connections>,
    long_running: SectionBody<LongRunning>,
    locks: SectionBody<LockForest>,
}

/// A section: what it came to, or the problem of reading it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum SectionBody<T> {
    /// It was read.
    Found(SectionFound<T>),
    /// It could not be read.
    Unread(SectionUnread),
}

/// A section that was read: its verdict, with what it rests on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SectionFound<T> {
    /// What it came to.
    verdict: Verdict,
    /// One sentence for people.
    summary: String,
    /// What is not well, one by one: the rows that `doctor` shows, too.
    complaints: Vec<Complaint>,
    /// What was found.
    #[serde(flatten)]
    facts: T,
}

impl<T> SectionFound<T> {
    /// What was found, as everybody is told of it.
    pub(crate) fn of(finding: Finding<T>) -> Self {
        Self {
            verdict: finding.verdict,
            complaints: finding.complaints().map(Complaint::of).collect(),
            summary: finding.summary,
            facts: finding.facts,
        }
    }
}

/// One thing that is not well.
#[derive(Debug, Serialize, ToSchema)]
struct Complaint {
    /// What was looked at, stable, as in `doctor`.
    id: &'static str,
    /// Which one of several, such as a worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// The judgement.
    verdict: Verdict,
    /// The cause, where it has a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    code: Option<Code>,
    /// One sentence for people.
    summary: String,
    /// What to look at, or to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Complaint {
    fn of(check: &Check) -> Self {
        Self {
            id: check.id,
            subject: check.subject.clone(),
            verdict: check.verdict,
            code: check.code,
            summary: check.summary.clone(),
            advice: check.advice.clone(),
        }
    }
}

/// A section that could not be read.
#[derive(Debug, Serialize, ToSchema)]
struct SectionUnread {
    /// Always `unknown`.
    verdict: Verdict,
    /// One sentence for people.
    summary: String,
    /// Why it could not be read.
    problem: FailureRow,
}

/// What may be asked of the report.
#[derive(Debug, Default, Deserialize)]
struct OpsQuery {
    /// From which verdict on the answer is a failure; nothing: it never is.
    fail_on: Option<FailOn>,
}

// The verdicts that an answer can fail on.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum FailOn {
    Critical,
    Unknown,
    Warning,
}

impl FailOn {
    const fn verdict(self) -> Verdict {
        match self {
            Self::Critical => Verdict::Critical,
            Self::Unknown => Verdict::Unknown,
            Self::Warning => Verdict::Warning,
        }
    }
}

async fn ops(
    caller: Caller,
    query: Result<Query<OpsQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let Ok(Query(OpsQuery { fail_on })) = query else {
        let fault = refuse("fail_on is critical, unknown or warning, and is said once.");
        return Err(Problem::of_fault(&fault, &caller.context));
    };
    let body = |passed, report: &Activity| {
        let verdict = report.verdict();
        let sections = sections(report, caller.role);
        if fail_on.is_some_and(|fail_on| verdict >= fail_on.verdict()) {
            return failed(&caller.context, verdict, &sections).into_response();
        }
        json(&OpsPassed {
            passed,
            verdict,
            sections,
        })
    };
    Ok(caller.respond("ops", &caller.app.activity, body).await)
}

/// A report that is as bad as the caller asked to be told by the status alone. It has no code of its
/// own: a verdict has as many causes as there are sections.
fn failed(context: &Context, verdict: Verdict, sections: &SectionBodies) -> Problem {
    let detail = format!(
        "The verdict is {}. {}",
        verdict.as_str(),
        sections.complaints()
    );
    Problem::plain(StatusCode::SERVICE_UNAVAILABLE, context, detail.trim_end())
        .with_sections(verdict, serde_json::to_value(sections).unwrap_or_default())
}

impl SectionBodies {
    /// The sentences of the sections that are not well.
    fn complaints(&self) -> String {
        let sentences = [
            ("workers", self.workers.said()),
            ("queue", self.queue.said()),
            ("connections", self.connections.said()),
            ("long_running", self.long_running.said()),
            ("locks", self.locks.said()),
        ];
        let mut text = String::new();
        for (name, (_, summary)) in sentences
            .iter()
            .filter(|(_, (verdict, _))| *verdict > Verdict::Ok)
        {
            // Writing into a string cannot fail.
            let _ = write!(text, "{name}: {summary} ");
        }
        text
    }
}

impl<T> SectionBody<T> {
    fn said(&self) -> (Verdict, &str) {
        match self {
            Self::Found(found) => (found.verdict, &found.summary),
            Self::Unread(unread) => (unread.verdict, &unread.summary),
        }
    }
}

fn sections(report: &Activity, role: Role) -> SectionBodies {
    let report = report.clone().shown_to(role);
    SectionBodies {
        workers: section(report.workers, role),
        queue: section(report.queue, role),
        connections: section(report.connections, role),
        long_running: section(report.long_running, role),
        locks: section(report.locks, role),
    }
}

fn section<T>(section: Section<T>, role: Role) -> SectionBody<T> {
    match section {
        Ok(finding) => SectionBody::Found(SectionFound::of(finding)),
        Err(fault) => SectionBody::Unread(SectionUnread {
            verdict: Verdict::Unknown,
            summary: fault.detail.clone().into_owned(),
            problem: FailureRow::of(&fault, role),
        }),
    }
}
