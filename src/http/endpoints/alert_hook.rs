//! `/api/hooks/{source}/{token}`: the same for senders that cannot send a header.
//!
//! # Design notes
//!
//! A token in an address stands in the logs of whoever passes it on, so it is one that can only report, and never
//! the operator's. In our own answers and log its place is empty.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::routing::on;
use serde_json::{Value, json};

use crate::domain::order::refuse;
use crate::http::context::{Context, is_plain};
use crate::http::endpoints::alerts::{ReceivedReport, body, reporting};
use crate::http::problem::Problem;
use crate::http::route::{EndpointKind, Route};

/// How long the name of a sender may be.
const LONGEST_SOURCE: usize = 40;

pub(super) const ROUTE: Route = reporting(
    &["/api/hooks/{source}/{token}"],
    "Report alerts with the token in the address, for senders without headers: a body, or a query with GET",
    EndpointKind::Hook(body),
    |method| {
        on(
            method,
            async |path: Result<Path<(String, String)>, PathRejection>,
                   context: Context,
                   report: ReceivedReport| {
                let source = path.ok().map(|Path((source, _))| source);
                let is_fit = |source: &String| {
                    !source.is_empty() && source.len() <= LONGEST_SOURCE && is_plain(source)
                };
                let Some(source) = source.filter(is_fit) else {
                    let fault = refuse(
                        "The source in the address has to be 1 to 40 letters, digits, hyphens, dots or underscores.",
                    );
                    return Err(Problem::refusal(&fault, &context));
                };
                report.take(Some(source)).await
            },
        )
    },
)
.takes(parameters);

fn parameters() -> Value {
    json!([
        {
            "name": "source", "in": "path", "required": true, "description": "Who sends, such as `uptime-kuma`",
            "schema": {
                "type": "string", "minLength": 1, "maxLength": LONGEST_SOURCE, "pattern": "^[A-Za-z0-9._-]+$",
            },
        },
        {
            "name": "token", "in": "path", "required": true, "description": "The one in OPS_ALERT_TOKEN",
            "schema": { "type": "string", "minLength": 16, "pattern": "^[A-Za-z0-9._-]+$" },
        },
    ])
}
