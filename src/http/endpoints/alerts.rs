//! `/api/ops/alerts`: what others report, such as Alertmanager, Grafana, Uptime Kuma, n8n and Railway.
//!
//! # Design notes
//!
//! 202 is said once the alerts are kept: a sender that has heard it forgets them. Who sends too many is told to come
//! back with 503 and never with 429: Alertmanager gives up an alert that was answered with any 4xx.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::on;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::app::App;
use crate::app::incidents::alerts::{AlertContent, SentAlerts, TakenAlerts};
use crate::domain::fault::Fault;
use crate::domain::incident::Taken;
use crate::domain::taxonomy::Code;
use crate::http::context::Context;
use crate::http::form::body_of;
use crate::http::json;
use crate::http::problem::Problem;
use crate::http::route::{AnswerSchema, EndpointKind, Handler, Route, named};
use crate::http::time::Time;
use crate::reading::alerts::MAX_BYTES;

pub(super) const ROUTE: Route = reporting(
    &["/api/ops/alerts"],
    "Report alerts: `alerts[]` as Alertmanager and Grafana send them, or one of any other sender",
    EndpointKind::Report(body),
    |method| {
        on(method, |report: ReceivedReport| async {
            report.take(None).await
        })
    },
);

/// An endpoint that takes alerts.
pub(super) const fn reporting(
    paths: &'static [&'static str],
    summary: &'static str,
    kind: EndpointKind,
    handler: Handler,
) -> Route {
    let answer = AnswerSchema::Json(named::<AlertsTaken>());
    Route::report(paths, summary, kind, MAX_BYTES, answer, handler)
}

/// What alerts look like, as `OpenAPI` writes it: any object that is known by its members.
pub(super) fn body() -> Value {
    let about = |description: &str| json!({ "description": description });
    json!({
        "type": "object",
        "minProperties": 1,
        "description": "Alerts by the shape of their sender: `alerts[]` (Alertmanager 4, Grafana), Uptime Kuma, UptimeRobot, \
                        Better Stack, n8n's Error Trigger, Railway, Grafana OnCall, or the members below. n8n may send a \
                        list of them.",
        "properties": {
            "alerts": about("Alerts as Alertmanager and Grafana send them: `status`, `labels`, `annotations`, `startsAt`, \
                             `fingerprint`"),
            "key": about("The same for all that is said of the same thing; the title where it is not there"),
            "status": about("`firing` or `resolved`, or a usual word for them"),
            "title": about("What it is called, in a few words"),
            "message": about("More of it"),
            "severity": about("`critical`, `high`, `warning`, `info` or `P1` to `P4`"),
            "service": about("What it is about"),
            "code": about("The cause, such as DFE-VND-003; by what the texts say where it is not there"),
            "url": about("Where to read more"),
            "started_at": about("Since when"),
            "source": about("Who sends it"),
        },
        "examples": [{
            "key": "invoices", "status": "firing", "title": "Invoices are not sent", "severity": "high",
            "message": "SMTP answers 421", "source": "cron",
        }],
    })
}

/// What became of the alerts.
#[derive(Debug, Serialize, ToSchema)]
struct AlertsTaken {
    /// When this was so.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Time,
    /// Each alert, in the order in which they were sent.
    alerts: Vec<AlertTaken>,
    /// What was understood and is no alert, such as the test of a sender.
    set_aside: Vec<NoAlert>,
    /// How many more its sender says to have left out.
    left_out: u64,
}

/// What became of an alert.
#[derive(Debug, Serialize, ToSchema)]
struct AlertTaken {
    /// What it is known by: the same for all that is said of the same thing.
    key: String,
    /// What became of it.
    outcome: Taken,
    /// The incident that it concerns.
    incident: Option<String>,
    /// The cause, as far as it is known.
    code: Option<Code>,
}

/// What is no alert.
#[derive(Debug, Serialize, ToSchema)]
struct NoAlert {
    /// Where it stands.
    place: String,
    /// Why it is none.
    why: &'static str,
}

impl From<TakenAlerts> for AlertsTaken {
    fn from(taken: TakenAlerts) -> Self {
        let alerts = taken.alerts.into_iter().map(|alert| AlertTaken {
            key: alert.key,
            outcome: alert.taken,
            incident: alert.incident.map(Into::into),
            code: alert.code,
        });
        let set_aside = taken.set_aside.into_iter().map(|none| NoAlert {
            place: none.place,
            why: none.why,
        });
        Self {
            timestamp: Timestamp::now().into(),
            alerts: alerts.collect(),
            set_aside: set_aside.collect(),
            left_out: taken.left_out,
        }
    }
}

/// Alerts that have arrived, and are not read yet.
#[derive(Debug)]
pub(super) struct ReceivedReport {
    context: Context,
    app: Arc<App>,
    headers: HeaderMap,
    query: Option<String>,
    is_get: bool,
    body: Body,
}

impl FromRequest<Arc<App>> for ReceivedReport {
    type Rejection = Infallible;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Infallible> {
        let (parts, body) = request.into_parts();
        Ok(Self {
            context: Context::of(&parts),
            app: Arc::clone(app),
            query: parts.uri.query().map(ToOwned::to_owned),
            is_get: parts.method.is_safe(),
            headers: parts.headers,
            body,
        })
    }
}

impl ReceivedReport {
    /// Takes them, of a source where the address names one.
    pub(super) async fn take(self, source: Option<String>) -> Result<Response, Problem> {
        let (app, context) = (&self.app, &self.context);
        // Who sends too many must not fill the log: where that begins and ends stands in it.
        app.admit_alerts()
            .map_err(|fault| Problem::refusal(&fault, context))?;
        let said = if self.is_get {
            AlertContent::Query(self.query.unwrap_or_default())
        } else {
            let content_type = self.headers.get(CONTENT_TYPE);
            AlertContent::Body {
                bytes: body_of(context, self.body).await?,
                content_type: content_type
                    .and_then(|value| value.to_str().ok())
                    .map(ToOwned::to_owned),
            }
        };
        let sent = SentAlerts {
            source,
            content: said,
        };
        let taken = app.take_alerts(sent).await;
        let taken = taken.map_err(|fault: Fault| Problem::of_fault(&fault, context))?;
        let mut response = json::json(&AlertsTaken::from(taken));
        *response.status_mut() = StatusCode::ACCEPTED;
        Ok(response)
    }
}
