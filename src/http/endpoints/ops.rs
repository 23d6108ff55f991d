//! `/api/health/ops`: what goes on in the database, section by section.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use serde::{Deserialize, Serialize};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::activity::Activity;
use crate::domain::order::refuse;
use crate::domain::verdict::Verdict;
use crate::http::caller::Caller;
use crate::http::context::Context;
use crate::http::endpoints::checks::DATABASE;
use crate::http::json::json;
use crate::http::problem::Problem;
use crate::http::route::{AnswerSchema, Route, named};
use crate::http::run::{CheckName, Passed};
use crate::http::sections::SectionBodies;

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
        let sections = SectionBodies::of(report, caller.role);
        if fail_on.is_some_and(|fail_on| verdict >= fail_on.verdict()) {
            return failed(&caller.context, verdict, sections).into_response();
        }
        json(&OpsPassed {
            passed,
            verdict,
            sections,
        })
    };
    Ok(caller
        .respond(CheckName::Ops, &caller.app.activity, body)
        .await)
}

/// A report that is as bad as the caller asked to be told by the status alone. It has no code of its
/// own: a verdict has as many causes as there are sections.
fn failed(context: &Context, verdict: Verdict, sections: SectionBodies) -> Problem {
    let detail = format!(
        "The verdict is {}. {}",
        verdict.as_str(),
        sections.complaints()
    );
    Problem::plain(StatusCode::SERVICE_UNAVAILABLE, context, detail.trim_end())
        .with_sections(verdict, sections)
}
