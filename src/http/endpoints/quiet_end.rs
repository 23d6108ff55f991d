//! `/api/ops/quiet/{quiet}/end`: end a quiet window before its time, or call it off.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::routing::on;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::domain::incident::{ShownQuiet, Wish};
use crate::domain::order::refuse;
use crate::http::endpoints::checks::INCIDENT;
use crate::http::endpoints::orders::Received;
use crate::http::route::{AnswerSchema, Route, Tag, named};

pub(super) const ROUTE: Route = Route::order(
    &["/api/ops/quiet/{quiet}/end"],
    "End a quiet window before its time, or call it off; what still fails is told then",
    named::<QuietEndBody>(),
    AnswerSchema::Json(named::<ShownQuiet>()),
    &[INCIDENT],
    |method| {
        on(
            method,
            async |id: Result<Path<String>, PathRejection>, order: Received| {
                let id = id.ok().map(|Path(id)| id);
                let wish = |body: QuietEndBody| {
                    let none = || refuse("There is no quiet window of that id.");
                    Ok((body.by, Wish::QuietEnd(id.ok_or_else(none)?)))
                };
                order.about_quiet(wish).await
            },
        )
    },
)
.takes(|| {
    json!({
        "name": "quiet", "in": "path", "required": true, "description": "Its id, as /quiet says it",
        "schema": { "type": "string" },
    })
})
.about(Tag::Incidents);

/// That a quiet window ends now.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({ "by": "the drill's lead" })))]
struct QuietEndBody {
    /// Who ends it; it goes on record beside the address.
    #[serde(default)]
    by: Option<String>,
}
