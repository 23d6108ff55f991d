//! `/api/v2/summary.json`: the same in the shape of Atlassian's Statuspage, which existing watchers
//! read.

use axum::response::Response;
use axum::routing::on;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::Role;
use crate::domain::status::CheckStatus;
use crate::domain::verdict::Verdict;
use crate::http::json::json;
use crate::http::route::{AnswerSchema, Route, named};
use crate::http::time::Time;
use crate::http::viewer::Viewer;

pub(super) const ROUTE: Route = Route::view(
    &["/api/v2/summary.json"],
    "How everything is, in the shape of Statuspage",
    AnswerSchema::Json(named::<Summary>()),
    |method| on(method, summary),
)
.compressed();

/// The page, its components and what is open.
#[derive(Debug, Serialize, ToSchema)]
struct Summary {
    page: SummaryPage,
    status: SummaryStatus,
    components: Vec<Component>,
    /// None yet.
    #[schema(value_type = Vec<Object>)]
    incidents: [(); 0],
    /// None yet.
    #[schema(value_type = Vec<Object>)]
    scheduled_maintenances: [(); 0],
}

/// The page.
#[derive(Debug, Serialize, ToSchema)]
struct SummaryPage {
    id: String,
    name: String,
    url: String,
    time_zone: &'static str,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Time,
}

/// All of it together.
#[derive(Debug, Serialize, ToSchema)]
struct SummaryStatus {
    /// `none`, `minor`, `major` or `critical`.
    indicator: &'static str,
    description: String,
}

/// One check.
#[derive(Debug, Serialize, ToSchema)]
struct Component {
    id: &'static str,
    name: &'static str,
    /// `operational`, `degraded_performance`, `partial_outage` or `major_outage`.
    status: &'static str,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Time,
    position: usize,
    description: String,
    showcase: bool,
    start_date: Option<String>,
    group_id: Option<String>,
    page_id: String,
    group: bool,
    only_show_if_degraded: bool,
}

/// What is not known is no outage to a stranger, and never operational.
const fn indicator(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "none",
        Verdict::Warning => "minor",
        Verdict::Unknown => "major",
        Verdict::Critical => "critical",
    }
}

const fn component_status(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "operational",
        Verdict::Warning => "degraded_performance",
        Verdict::Unknown => "partial_outage",
        Verdict::Critical => "major_outage",
    }
}

async fn summary(viewer: Viewer) -> Response {
    let environment = &viewer.app.settings.deployment.environment;
    let status = viewer.app.status(Role::Anybody);
    let page_id = format!("dragonfly-ops-{environment}");
    let looked = status.watch.last_look.unwrap_or(status.timestamp);
    let component = |(nth, check): (usize, &CheckStatus)| Component {
        id: check.check.as_str(),
        name: check.title,
        status: component_status(check.verdict),
        created_at: viewer.app.started_at.into(),
        updated_at: check.since.unwrap_or(looked).into(),
        position: nth + 1,
        description: check.summary.clone(),
        showcase: true,
        start_date: check.days.first().map(|day| day.date.clone()),
        group_id: None,
        page_id: page_id.clone(),
        group: false,
        only_show_if_degraded: false,
    };
    json(&Summary {
        page: SummaryPage {
            id: page_id.clone(),
            name: format!("dragonfly-ops, {environment}"),
            // Clients open it from elsewhere.
            url: format!("{}/status", viewer.origin),
            time_zone: "Etc/UTC",
            updated_at: looked.into(),
        },
        status: SummaryStatus {
            indicator: indicator(status.verdict),
            description: status.headline.clone(),
        },
        components: status.checks.iter().enumerate().map(component).collect(),
        incidents: [],
        scheduled_maintenances: [],
    })
}
