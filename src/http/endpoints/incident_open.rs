//! `/api/ops/incidents`: report an incident that the watch does not see.

use axum::routing::on;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::incident::{Severity, ShownIncident, Wish};
use crate::domain::taxonomy::{Code, optional};
use crate::http::endpoints::checks::INCIDENT;
use crate::http::endpoints::orders::Received;
use crate::http::route::{AnswerSchema, Route, Tag, named};

pub(super) const ROUTE: Route = Route::order(
    &["/api/ops/incidents"],
    "Report an incident that the watch does not see",
    named::<OpenBody>(),
    AnswerSchema::Json(named::<ShownIncident>()),
    &[INCIDENT],
    |method| {
        on(method, |order: Received| {
            order.about_incident(|body: OpenBody| Ok((body.by.clone(), body.wish())))
        })
    },
)
.about(Tag::Incidents);

/// What an incident is reported with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({ "title": "Invoices are not sent", "severity": "P2", "code": "DFE-VND-003" })))]
pub(super) struct OpenBody {
    /// What it is called, in a few words.
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    /// More of it.
    #[serde(default)]
    message: String,
    /// How bad; by the cause where it is not said.
    #[serde(default)]
    severity: Option<Severity>,
    /// The cause, such as DFE-VND-003, where it is known.
    #[serde(default, with = "optional")]
    #[schema(value_type = Option<String>)]
    code: Option<Code>,
    /// Who reports it; it goes on record beside the address.
    #[serde(default)]
    pub(super) by: Option<String>,
}

impl OpenBody {
    pub(super) fn wish(self) -> Wish {
        Wish::Open {
            title: self.title,
            message: self.message,
            severity: self.severity,
            code: self.code,
        }
    }
}
