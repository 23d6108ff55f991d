//! `/api/v2/summary.json`: the same in the shape of Atlassian's Statuspage, which existing watchers
//! read.

use axum::response::Response;
use axum::routing::on;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::Role;
use crate::domain::incident::{Severity, ShownIncident, State};
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

/// The page, its components and what has happened.
#[derive(Debug, Serialize, ToSchema)]
struct Summary {
    page: SummaryPage,
    status: SummaryStatus,
    components: Vec<Component>,
    /// Those that go on, and the latest of those that are over.
    incidents: Vec<StatuspageIncident>,
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
    indicator: Indicator,
    description: String,
}

/// How bad it is, in their words.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Indicator {
    None,
    Minor,
    Major,
    Critical,
}

/// How a check is, in their words.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ComponentStatus {
    Operational,
    DegradedPerformance,
    PartialOutage,
    MajorOutage,
}

/// How an incident stands, in their words.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum IncidentStatus {
    Investigating,
    Identified,
    Monitoring,
    Resolved,
    Postmortem,
}

impl IncidentStatus {
    const fn of(state: State) -> Self {
        match state {
            State::Open => Self::Investigating,
            State::Acknowledged => Self::Identified,
            State::Mitigated => Self::Monitoring,
            State::Resolved => Self::Resolved,
            State::Closed => Self::Postmortem,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Investigating => "investigating",
            Self::Identified => "identified",
            Self::Monitoring => "monitoring",
            Self::Resolved => "resolved",
            Self::Postmortem => "postmortem",
        }
    }
}

/// One check.
#[derive(Debug, Serialize, ToSchema)]
struct Component {
    id: &'static str,
    name: &'static str,
    status: ComponentStatus,
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
const fn indicator(verdict: Verdict) -> Indicator {
    match verdict {
        Verdict::Ok => Indicator::None,
        Verdict::Warning => Indicator::Minor,
        Verdict::Unknown => Indicator::Major,
        Verdict::Critical => Indicator::Critical,
    }
}

const fn component_status(verdict: Verdict) -> ComponentStatus {
    match verdict {
        Verdict::Ok => ComponentStatus::Operational,
        Verdict::Warning => ComponentStatus::DegradedPerformance,
        Verdict::Unknown => ComponentStatus::PartialOutage,
        Verdict::Critical => ComponentStatus::MajorOutage,
    }
}

/// An incident in their words.
#[derive(Debug, Serialize, ToSchema)]
struct StatuspageIncident {
    id: String,
    name: String,
    status: IncidentStatus,
    impact: Indicator,
    shortlink: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Time,
    #[schema(value_type = String, format = DateTime)]
    started_at: Time,
    #[schema(value_type = Option<String>, format = DateTime)]
    monitoring_at: Option<Time>,
    #[schema(value_type = Option<String>, format = DateTime)]
    resolved_at: Option<Time>,
    page_id: String,
    incident_updates: Vec<StatuspageUpdate>,
    /// None is named.
    #[schema(value_type = Vec<Object>)]
    components: [(); 0],
}

/// How an incident came to stand as it does.
#[derive(Debug, Serialize, ToSchema)]
struct StatuspageUpdate {
    id: String,
    status: IncidentStatus,
    body: String,
    incident_id: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Time,
    #[schema(value_type = String, format = DateTime)]
    display_at: Time,
}

fn incident(one: &ShownIncident, page_id: &str, base: &str) -> StatuspageIncident {
    let impact = match one.severity {
        Severity::P1 => Indicator::Critical,
        Severity::P2 => Indicator::Major,
        Severity::P3 | Severity::P4 => Indicator::Minor,
    };
    let steps = [
        (State::Open, "Noticed.", Some(one.detected_at)),
        (State::Acknowledged, "Somebody has it.", one.acknowledged_at),
        (
            State::Mitigated,
            "All of it is good again.",
            one.mitigated_at,
        ),
        (State::Resolved, "It is over.", one.resolved_at),
        (State::Closed, "It is closed.", one.closed_at),
    ];
    let id = one.name.as_str().to_lowercase();
    let updates = steps.into_iter().filter_map(|(state, body, at)| {
        let (status, at) = (IncidentStatus::of(state), Time::from(at?));
        Some(StatuspageUpdate {
            id: format!("{id}-{}", status.as_str()),
            status,
            body: body.to_owned(),
            incident_id: id.clone(),
            created_at: at,
            updated_at: at,
            display_at: at,
        })
    });
    // Theirs have the latest first.
    let mut updates: Vec<_> = updates.collect();
    updates.reverse();
    StatuspageIncident {
        id: id.clone(),
        name: format!("{}: {}", one.name, one.title),
        status: IncidentStatus::of(one.state),
        impact,
        shortlink: format!("{base}/incidents/{}", one.name),
        created_at: one.detected_at.into(),
        updated_at: one.changed_at().into(),
        started_at: one.began_at.into(),
        monitoring_at: one.mitigated_at.map(Time::from),
        resolved_at: one.resolved_at.map(Time::from),
        page_id: page_id.to_owned(),
        incident_updates: updates,
        components: [],
    }
}

async fn summary(viewer: Viewer) -> Response {
    let environment = &viewer.app.settings.deployment.environment;
    let status = viewer.app.status(Role::Anybody);
    let page_id = format!("dragonfly-ops-{environment}");
    let base = viewer.base();
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
            url: format!("{base}/status"),
            time_zone: "Etc/UTC",
            updated_at: looked.into(),
        },
        status: SummaryStatus {
            indicator: indicator(status.verdict),
            description: match status.unread() {
                None => status.headline.clone(),
                Some(unread) => format!("{}. {unread}", status.headline.trim_end_matches('.')),
            },
        },
        components: status.checks.iter().enumerate().map(component).collect(),
        incidents: status
            .incidents
            .iter()
            .map(|one| incident(one, &page_id, &base))
            .collect(),
        scheduled_maintenances: [],
    })
}
