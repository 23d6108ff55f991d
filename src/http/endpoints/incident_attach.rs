//! `/api/ops/incidents/{incident}/evidence`: attach a file to an incident.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::response::Response;
use axum::routing::on;
use serde::Deserialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use crate::app::incidents::{AttachedFile, FileContent};
use crate::domain::fault::Fault;
use crate::domain::incident::{Known, MOST_ATTACHED, Name, ShownIncident};
use crate::domain::order::refuse;
use crate::http::endpoints::checks::INCIDENT;
use crate::http::endpoints::incident::parameter;
use crate::http::endpoints::orders::{Received, how_it_stands};
use crate::http::problem::Problem;
use crate::http::route::{AnswerSchema, Route, Tag, named};

pub(super) const ROUTE: Route = Route::order(
    &["/api/ops/incidents/{incident}/evidence"],
    "Attach a file to an incident: a picture, a document, lines of a log",
    named::<AttachBody>(),
    AnswerSchema::Json(named::<ShownIncident>()),
    &[INCIDENT],
    |method| on(method, attach),
)
.takes(parameter)
.takes_bodies_of(MAX_BODY)
.about(Tag::Incidents);

/// As much as the largest file takes, and room for what stands around it.
const MAX_BODY: usize = MOST_ATTACHED.div_ceil(3) * 4 + 64 * 1024;

/// So many are read at once: each takes a lot of memory.
pub(super) static ROOM: Semaphore = Semaphore::const_new(2);

/// A file that is attached to an incident.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({ "name": "mailer.log", "content": "U01UUCBhbnN3ZXJzIDQyMQo=" })))]
struct AttachBody {
    /// What it is called, such as `grafana.png`. What it is, is found out by what it holds: a png, jpeg, webp or pdf,
    /// JSON or text.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// What it holds, in base64; at most 10 MB.
    #[schema(max_length = 13_981_016)]
    content: String,
    /// Who attaches it; it goes on record beside the address.
    #[serde(default)]
    by: Option<String>,
}

async fn attach(
    name: Result<Path<String>, PathRejection>,
    order: Received,
) -> Result<Response, Problem> {
    // It is never closed.
    let _room = ROOM.acquire().await;
    let order = order.understand::<AttachBody>().await?;
    let fail = |fault: Fault| Problem::of_fault(&fault, &order.context);
    let name: Option<Name> = name.ok().and_then(|Path(name)| name.parse().ok());
    let name = name.ok_or_else(|| fail(refuse("There is no incident of that name.")))?;
    let file = AttachedFile {
        name: order.body.name,
        content: FileContent::Base64(order.body.content),
        by: order.context.actor(order.body.by.as_deref()),
        from: Known::Http,
    };
    let attached = order.app.attach_to_incident(order.id, &name, file);
    let name = attached.await.map_err(fail)?;
    how_it_stands(&order.app, &order.context, &name)
}
