//! `/api/ops/quiet`: have nobody told for a while.

use std::collections::BTreeSet;

use axum::routing::on;
use jiff::civil::DateTime;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::history::Series;
use crate::domain::incident::{QuietOrder, ShownQuiet, Wish};
use crate::http::endpoints::checks::INCIDENT;
use crate::http::endpoints::orders::Received;
use crate::http::route::{AnswerSchema, Route, Tag, named};

pub(super) const ROUTE: Route = Route::order(
    &["/api/ops/quiet"],
    "Have nobody told for a while, at most seven days; everything is watched all the same",
    named::<QuietBody>(),
    AnswerSchema::Json(named::<ShownQuiet>()),
    &[INCIDENT],
    |method| {
        on(method, |order: Received| {
            order.about_quiet(|body: QuietBody| Ok((body.by.clone(), Wish::QuietAdd(body.order()))))
        })
    },
)
.about(Tag::Incidents);

/// A quiet window. It ends by itself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({ "reason": "the yearly drill", "zone": "Europe/Berlin", "begin": "2026-12-01T22:00", "end": "2026-12-01T23:00" })))]
pub(super) struct QuietBody {
    /// Why; it goes on record. At most 300 characters.
    #[schema(min_length = 1, max_length = 300)]
    reason: String,
    /// The IANA name of the time zone whose clocks are meant, such as `Europe/Berlin`.
    zone: String,
    /// When it begins, by the clocks of that zone, such as `2026-12-01T22:00`.
    #[schema(value_type = String)]
    begin: DateTime,
    /// When it ends, by the clocks of that zone.
    #[schema(value_type = String)]
    end: DateTime,
    /// What is kept quiet; everything where nothing is named.
    #[serde(default)]
    series: BTreeSet<Series>,
    /// Who wants it; it goes on record beside the address.
    #[serde(default)]
    pub(super) by: Option<String>,
}

impl QuietBody {
    pub(super) fn order(self) -> QuietOrder {
        QuietOrder {
            zone: self.zone,
            begin: self.begin,
            end: self.end,
            reason: self.reason,
            series: self.series,
        }
    }
}
